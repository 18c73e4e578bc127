"""What drifted in a run: each thing once, with how often and an example."""

import json
from dataclasses import dataclass
from typing import Any

from contract_tests.inquiry import Inquiry
from contract_tests.judging.drift import Drift, drifts_of
from contract_tests.judging.overlay import overlay_of
from contract_tests.model import pointer_of
from contract_tests.wire.response import Response

_LONGEST_EXAMPLE = 60
"""Characters."""


@dataclass(frozen=True)
class Entry:
    """One thing that drifted."""

    what: str
    """In a few words."""
    operation: str
    """The operation's id."""
    pointer: str
    """Where in the response it was first met, a JSON Pointer; empty for the response itself."""
    place: str
    """What of the document would have to change, a JSON Pointer."""
    times: int
    """How often it was met."""
    example: str
    """What was met first, as JSON, without secrets and not all of it if it is long."""


class Ledger:
    """Collects the differences of all responses of a run."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._redactor = inquiry.redactor
        self._document = inquiry.document
        self._found: dict[tuple[Any, ...], list[Drift]] = {}
        for wire in inquiry.wires.values():
            for response in wire.responses:
                if (asked := response.operation) is None:
                    continue
                for drift in drifts_of(inquiry.document, inquiry.judge, response, asked):
                    where = tuple("*" if isinstance(step, int) else step for step in drift.at)
                    key = (asked.id, where, drift.place, drift.kind, drift.name)
                    self._found.setdefault(key, []).append(drift)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What drifted, in the order it was met."""
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
        """Return the OpenAPI Overlay that declares what drifted; None if nothing can be declared."""
        return overlay_of(
            self._document, (drift for found in self._found.values() for drift in found)
        )

    def _example(self, value: Any) -> str:
        if isinstance(value, Response):
            value = value.text
        text = self._redactor.text(json.dumps(value, ensure_ascii=False))
        return text if len(text) <= _LONGEST_EXAMPLE else f"{text[:_LONGEST_EXAMPLE]}…"
