"""Collects the findings of one requirement at one target."""

from collections import Counter

from contract_tests.model import Finding
from contract_tests.wire.redaction import Redactor
from contract_tests.wire.response import Response
from mock_server import Operation

_MOST = 20
"""Maximum number of findings; one more gives the number of omitted ones."""


class Findings:
    """Collects findings, and counts checked rows, so that no requirement holds without data."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._found: dict[tuple[object, ...], Finding] = {}
        self._left_out = 0
        self._rows: Counter[str] = Counter()
        self.known = ""
        """Why the findings are known; empty while they are not."""

    def add(
        self,
        message: str,
        response: Response | None = None,
        *,
        operation: Operation | str | None = None,
        pointer: str = "",
        place: str = "",
    ) -> None:
        """Add a finding, unless an equal one for another request was added before.

        Args:
            message: The expected and the actual behaviour, in sentences.
            response: The response that shows the breach.
            operation: The operation or its id; defaults to the response's operation.
            pointer: JSON Pointer into the response body.
            place: JSON Pointer into the document.
        """
        sent = operation or (response.operation if response else None)
        name = sent.id if isinstance(sent, Operation) else sent
        if name is not None:
            self._rows[name] += 1
        message, pointer = self._redactor.text(message), self._redactor.text(pointer)
        key = (message, name, pointer, place)
        if key in self._found:
            return
        if len(self._found) >= _MOST:
            self._left_out += 1
            return
        exchange, curl = (response.exchange, response.curl) if response else (None, "")
        self._found[key] = Finding(message, name, pointer, place, exchange, curl)

    def checked(self, operation: Operation | str, *, rows: int = 1) -> None:
        """Count checked rows of an operation, or responses if rows do not matter."""
        name = operation.id if isinstance(operation, Operation) else operation
        self._rows[name] += rows

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings, in order."""
        found = tuple(self._found.values())
        if self._left_out:
            found += (Finding(f"{self._left_out} more findings are omitted."),)
        return found

    @property
    def operations(self) -> tuple[str, ...]:
        """Ids of the checked operations."""
        return tuple(name for name, rows in self._rows.items() if rows)

    @property
    def lack(self) -> str:
        """Why there is not enough data for a verdict; empty if there is enough."""
        return "" if self._rows.total() else "there was nothing to check"
