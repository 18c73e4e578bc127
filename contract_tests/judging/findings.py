"""What one requirement finds at one target, while it is being judged."""

from collections import Counter
from typing import NoReturn

from contract_tests.errors import RetiredError
from contract_tests.model import Finding
from contract_tests.wire.redaction import Redactor
from contract_tests.wire.response import Response
from mock_server import Operation

_MOST = 20
"""More findings than these say nothing new; the last one tells how many there were."""


class Findings:
    """Collects findings, and counts what was judged, so that nothing passes emptily."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._found: dict[tuple[object, ...], Finding] = {}
        self._left_out = 0
        self._rows: Counter[str] = Counter()
        self._needed = 1
        self.known = ""
        """Why the findings are known; empty while they are not."""

    def add(
        self,
        message: str,
        *,
        operation: Operation | str | None = None,
        response: Response | None = None,
        pointer: str = "",
        place: str = "",
    ) -> None:
        """Note that the requirement broke; one like it, but for the request, is noted once.

        Args:
            message: What was expected and what came, in sentences.
            operation: What was asked, or its id; that of the response if left out.
            response: What shows it.
            pointer: Where in the response, a JSON Pointer.
            place: Where the document says so, a JSON Pointer.
        """
        asked = operation or (response.operation if response else None)
        name = asked.id if isinstance(asked, Operation) else asked
        if name is not None:
            self._rows[name] += 1
        message, pointer = self._redactor.text(message), self._redactor.text(pointer)
        key = (message, name, pointer, place)
        if key in self._found:
            return
        if len(self._found) >= _MOST:
            self._left_out += 1
            return
        self._found[key] = Finding(
            message=message,
            operation=name,
            pointer=pointer,
            place=place,
            exchange=response.exchange if response else None,
            curl=response.curl if response else "",
        )

    def judged(self, operation: Operation | str, *, rows: int = 1) -> None:
        """Count what was judged: rows of an operation, or responses where rows do not matter."""
        name = operation.id if isinstance(operation, Operation) else operation
        self._rows[name] += rows

    def need(self, rows: int) -> None:
        """Say how many must have been judged for `held` to mean something; 1 unless said."""
        self._needed = rows

    def retire(self, reason: str) -> NoReturn:
        """End the requirement as retired: it asks about what is announced to be gone, and is.

        Raises:
            RetiredError: Always.
        """
        raise RetiredError(self._redactor.text(reason))

    @property
    def found(self) -> tuple[Finding, ...]:
        """What was found, in order."""
        found = tuple(self._found.values())
        if self._left_out:
            found += (Finding(f"{self._left_out} more findings are left out."),)
        return found

    @property
    def operations(self) -> tuple[str, ...]:
        """Ids of the operations that something was judged of."""
        return tuple(name for name, rows in self._rows.items() if rows)

    @property
    def lack(self) -> str:
        """Why what was judged is too little for a verdict; empty if it is enough."""
        total = self._rows.total()
        if total >= self._needed:
            return ""
        return (
            f"only {total} of at least {self._needed} needed were there to judge"
            if total
            else ("nothing was there to judge")
        )
