"""All responses of a target, with the violations that openapi-core finds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial

from contract_tests import requirement
from contract_tests.checking.drift import Kind, drifts_of
from contract_tests.checking.findings import Findings
from contract_tests.checking.validator import Aspect, Complaint, ResponseValidator
from contract_tests.errors import NotCheckedError
from contract_tests.model import pointer_of
from contract_tests.requirements import CHECKS_RESPONSES
from contract_tests.suite.generated import MOST_FIXED
from contract_tests.wire.request import read
from contract_tests.wire.response import Response
from contract_tests.wire.wire import Wire
from mock_server import Binding, Operation

BAD_REQUEST = (400, 422)
"""The status codes for invalid input."""

making_up = partial(
    requirement, sends="generated requests", each=MOST_FIXED, drawn=1, shares="generated"
)
"""Decorates a requirement that sends generated input, or checks its responses."""

checking_responses = partial(making_up, tags=(CHECKS_RESPONSES,))


def declared_only(wire: Wire) -> Iterator[tuple[Operation, Response]]:
    """Yield the responses of declared operations."""
    for response in wire.responses:
        if response.operation is not None:
            yield response.operation, response


class AllResponses:
    """The responses of declared operations."""

    def __init__(self, wire: Wire, validator: ResponseValidator, binding: Binding) -> None:
        self._wire = wire
        self._validator = validator
        self._binding = binding

    def __iter__(self) -> Iterator[tuple[Operation, Response]]:
        return declared_only(self._wire)

    @property
    def errors(self) -> Iterator[tuple[Operation, Response]]:
        """The responses with a 4xx or 5xx status code."""
        return ((operation, response) for operation, response in self if response.status >= 400)

    def complaints(self, response: Response) -> tuple[Complaint, ...]:
        """Return the violations of a response."""
        return self._validator.complaints(response)

    def additions(self, operation: Operation, response: Response) -> Iterator[Complaint]:
        """Yield the undeclared properties of a response.

        Unlike openapi-core, this takes all parts of an `allOf` together.
        """
        additions = [one for one in self.complaints(response) if one.is_addition]
        yield from (one for one in additions if not one.is_drift)
        if not any(one.is_drift for one in additions):
            return
        document, names = self._validator.document, defaultdict[str, list[str]](list)
        for drift in drifts_of(document, self._validator, response, operation):
            if drift.kind is Kind.NEW_PROPERTY:
                names[pointer_of(drift.at[:-1])].append(drift.name)
        for pointer, several in names.items():
            message = f"Additional properties are not allowed: {', '.join(sorted(several))}"
            yield Complaint(Aspect.BODY, message, pointer, "additionalProperties", is_drift=True)

    def rows_of(self, operation: Operation, response: Response) -> int:
        """Return the number of rows of a response; 1 if its report has no rows."""
        bound = self._binding.operations.get(operation.id)
        if bound is None:
            return int(response.status < 300)
        try:
            return len(read(bound, response).rows) if bound.rows_at is not None else 1
        except NotCheckedError:
            return 0


def blame(findings: Findings, found: Iterable[tuple[Operation, Response, Complaint]]) -> None:
    """Add findings for complaints; of similar ones, only the first."""
    seen = set()
    for operation, response, complaint in found:
        key = operation.id, response.status, complaint.alike
        if key not in seen:
            seen.add(key)
            place = place_of(operation, response.status)
            findings.add(complaint.message, response, pointer=complaint.pointer, place=place)


def place_of(operation: Operation, status: int) -> str:
    """Return a JSON Pointer to the declaration of a response in the document."""
    declared = operation.response(status)
    steps = ["paths", operation.path, operation.method.lower(), "responses"]
    return pointer_of([*steps, declared.status] if declared else steps)
