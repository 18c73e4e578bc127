"""Collects the differences between the responses of a run and the document."""

import json
from dataclasses import dataclass
from itertools import chain
from typing import Any

from contract_tests.checking.drift import Drift, drifts_of
from contract_tests.checking.overlay import overlay_of
from contract_tests.context import RunContext
from contract_tests.model import pointer_of
from contract_tests.wire.response import Response

_LONGEST_EXAMPLE = 60
"""Maximum length of an example, in characters."""


@dataclass(frozen=True)
class Entry:
    """One difference, with its number of occurrences and an example."""

    what: str
    """A short description."""
    operation: str
    """The operation's id."""
    pointer: str
    """JSON Pointer to its first occurrence in a response body; empty for the response itself."""
    place: str
    """JSON Pointer to the part of the document that would have to change."""
    times: int
    """The number of occurrences."""
    example: str
    """The first value as JSON, redacted and truncated."""


class Ledger:
    """Collects the differences of all responses of a run."""

    def __init__(self, context: RunContext) -> None:
        self._redactor = context.redactor
        self._document = context.document
        self._found: dict[tuple[Any, ...], list[Drift]] = {}
        responses = (response for wire in context.wires.values() for response in wire.responses)
        for response in responses:
            if (operation := response.operation) is None:
                continue
            for drift in drifts_of(context.document, context.validator, response, operation):
                where = tuple("*" if isinstance(step, int) else step for step in drift.at)
                key = (operation.id, where, drift.place, drift.kind, drift.name)
                self._found.setdefault(key, []).append(drift)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The differences, in order of their first occurrence."""
        return tuple(
            Entry(
                what=self._redactor.text(f"{found[0].kind}: {found[0].name}"),
                operation=str(key[0]),
                pointer=self._redactor.text(pointer_of(found[0].at)),
                place=pointer_of(found[0].place),
                times=len(found),
                example=self._example(found[0].value),
            )
            for key, found in self._found.items()
        )

    def overlay(self) -> dict[str, Any] | None:
        """Return an OpenAPI Overlay that declares the differences; None if none can be declared."""
        return overlay_of(self._document, chain.from_iterable(self._found.values()))

    def _example(self, value: Any) -> str:
        value = value.text if isinstance(value, Response) else value
        text = self._redactor.text(json.dumps(value, ensure_ascii=False))
        return text if len(text) <= _LONGEST_EXAMPLE else f"{text[:_LONGEST_EXAMPLE]}…"
