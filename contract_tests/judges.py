"""The second judge of every answer: openapi-core, which shares no code with the mock's own check.

Its strict policies find what schemathesis does not look for: a property that the document does not
declare, or declares and does not find.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import requests
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

from contract_tests.answers import Answer
from mock_server import Document

_IGNORED = frozenset({"date", "content-length", "connection", "server", "content-encoding", "vary"})
"""Headers that differ from answer to answer, and that no document declares."""


@dataclass(frozen=True)
class Complaint:
    """One thing about an answer that the document does not allow."""

    kind: str
    """The name of openapi-core's error, such as `InvalidData`."""
    message: str
    pointer: str = ""
    """The place in the body, a JSON Pointer; empty where it is about the whole answer."""
    rule: str = ""
    """The JSON Schema keyword that was broken, such as `additionalProperties`; empty if none."""
    is_drift: bool = False
    """Whether only the strict policies complain: the document's own words allow it."""

    @property
    def is_addition(self) -> bool:
        """Whether it is about a property that the document does not declare."""
        return self.message.startswith(("Additional properties", "Unevaluated properties"))


class Judge:
    """Compares answers with a document, each once.

    Args:
        document: The document.
        base_url: What stands before its paths.
    """

    def __init__(self, document: Document, base_url: str) -> None:
        content = {**document.content, "servers": [{"url": base_url}]}
        readers = {"application/problem+json": json.loads}
        self._strict = OpenAPI.from_dict(
            content,
            config=Config(
                extra_media_type_deserializers=readers,
                additional_properties_default_policy="forbid",
                response_properties_default_policy="required",
            ),
        )
        self._lenient = OpenAPI.from_dict(
            content, config=Config(extra_media_type_deserializers=readers)
        )
        self._judged: dict[Any, tuple[Complaint, ...]] = {}

    def complaints(self, answer: Answer) -> tuple[Complaint, ...]:
        """Give what the document does not allow about an answer; nothing if it is as promised.

        An answer to what the document does not declare at all is not judged.
        """
        if answer.operation is None:
            return ()
        told = tuple(
            (name.lower(), value)
            for name, value in answer.headers.items()
            if name.lower() not in _IGNORED and not name.lower().startswith("x-mock-")
        )
        key = (answer.operation.id, answer.status, told, answer.body)
        if key not in self._judged:
            self._judged[key] = tuple(self._ask(answer.response))
        return self._judged[key]

    def _ask(self, response: requests.Response) -> list[Complaint]:
        told = RequestsOpenAPIRequest(response.request), RequestsOpenAPIResponse(response)
        strict = list(self._strict.iter_response_errors(*told))
        if not strict:
            return []
        errors = self._lenient.iter_response_errors(*told)
        plain = [complaint for error in errors for complaint in _complaints_of(error)]
        return plain + [
            replace(complaint, is_drift=True)
            for error in strict
            for complaint in _complaints_of(error)
            if complaint not in plain
        ]


def _complaints_of(error: Exception) -> list[Complaint]:
    kind = type(error).__name__
    details = getattr(error.__cause__, "schema_errors", None)
    if not details:
        return [Complaint(kind, str(error.__cause__ or error))]
    return [_complaint(kind, inner) for one in details for inner in _innermost(one)]


def _complaint(kind: str, one: Any) -> Complaint:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in one.absolute_path)
    return Complaint(
        kind, one.message, "".join(f"/{step}" for step in steps), str(one.validator or "")
    )


def _innermost(error: Any) -> Iterator[Any]:
    """Give what is wrong with the branch of a choice that fits best; the error itself if none."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    if not branches or error.validator not in {"oneOf", "anyOf"}:
        yield error
        return
    best = min(branches.values(), key=lambda found: (found[0].validator == "type", len(found)))
    for inner in best:
        yield from _innermost(inner)
