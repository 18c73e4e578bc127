"""The second judge of every answer: openapi-core, which shares no code with the mock's own check.

Its strict policies find what schemathesis does not look for: a property that the document does not
declare, or declares and does not find.
"""

import json
from dataclasses import dataclass
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


class Judge:
    """Compares answers with a document, each once.

    Args:
        document: The document.
        base_url: What stands before its paths.
    """

    def __init__(self, document: Document, base_url: str) -> None:
        self._openapi = OpenAPI.from_dict(
            {**document.content, "servers": [{"url": base_url}]},
            config=Config(
                extra_media_type_deserializers={"application/problem+json": json.loads},
                additional_properties_default_policy="forbid",
                response_properties_default_policy="required",
            ),
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
        errors = self._openapi.iter_response_errors(
            RequestsOpenAPIRequest(response.request), RequestsOpenAPIResponse(response)
        )
        return [complaint for error in errors for complaint in _complaints_of(error)]


def _complaints_of(error: Exception) -> list[Complaint]:
    kind = type(error).__name__
    details = getattr(error.__cause__, "schema_errors", None)
    if not details:
        return [Complaint(kind, str(error.__cause__ or error))]
    return [
        Complaint(
            kind,
            one.message,
            "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in one.path),
            str(one.validator or ""),
        )
        for one in details
    ]
