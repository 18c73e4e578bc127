"""All responses of a target, whoever asked, with what openapi-core says of them."""

from collections.abc import Iterable, Iterator
from functools import partial

from contract_tests import requirement
from contract_tests.errors import NotJudgedError
from contract_tests.judging.findings import Findings
from contract_tests.judging.judge import Complaint, Judge
from contract_tests.model import pointer_of
from contract_tests.requirements import JUDGES_RESPONSES
from contract_tests.suite.made_up import MOST_FIXED
from contract_tests.wire.request import read
from contract_tests.wire.response import Response
from contract_tests.wire.wire import Wire
from mock_server import Binding, Operation

BAD_REQUEST = (400, 422)
"""The statuses by which documents refuse input that they do not allow."""

making_up = partial(
    requirement, sends="made-up requests", each=MOST_FIXED, drawn=1, shares="made up"
)
"""Makes a test a requirement that sends made-up input, or judges it with all other responses."""

judging_responses = partial(making_up, tags=(JUDGES_RESPONSES,))


class AllResponses:
    """The responses to what the document declares."""

    def __init__(self, wire: Wire, judge: Judge, binding: Binding) -> None:
        self._wire = wire
        self._judge = judge
        self._binding = binding
        self._rows: dict[Response, int] = {}

    def __iter__(self) -> Iterator[tuple[Operation, Response]]:
        for response in self._wire.responses:
            if response.operation is not None:
                yield response.operation, response

    @property
    def errors(self) -> Iterator[tuple[Operation, Response]]:
        """Those that say that something went wrong."""
        return ((operation, response) for operation, response in self if response.status >= 400)

    def complaints(self, response: Response) -> tuple[Complaint, ...]:
        """Return what the document does not allow about one of them, or does not declare."""
        return self._judge.complaints(response)

    def rows_of(self, operation: Operation, response: Response) -> int:
        """Return how many rows one of them has; 1 if it is a report that has none by nature."""
        if response not in self._rows:
            self._rows[response] = self._count(operation, response)
        return self._rows[response]

    def _count(self, operation: Operation, response: Response) -> int:
        bound = self._binding.operations.get(operation.id)
        if bound is None:
            return int(response.status < 300)
        try:
            return len(read(bound, response).rows) if bound.rows_at is not None else 1
        except NotJudgedError:
            return 0


def blame(findings: Findings, found: Iterable[tuple[Operation, Response, Complaint]]) -> None:
    """Note complaints, of those that are alike the first one."""
    seen = set()
    for operation, response, complaint in found:
        key = operation.id, response.status, complaint.alike
        if key not in seen:
            seen.add(key)
            place = place_of(operation, response.status)
            findings.add(
                complaint.message, response=response, pointer=complaint.pointer, place=place
            )


def place_of(operation: Operation, status: int) -> str:
    """Return where the document says what responses of a status must be, a JSON Pointer."""
    declared = operation.response(status)
    steps = ["paths", operation.path, operation.method.lower(), "responses"]
    return pointer_of([*steps, declared.status] if declared else steps)
