"""All answers of a target, whoever asked, with what openapi-core says of them."""

from collections.abc import Iterable, Iterator
from functools import partial

from contract_tests import requirement
from contract_tests.errors import NotJudgedError
from contract_tests.judging.findings import Findings
from contract_tests.judging.judge import Complaint, Judge
from contract_tests.requirements import JUDGES_ANSWERS
from contract_tests.suite.made_up import MOST_FIXED
from contract_tests.wire.answers import Answer
from contract_tests.wire.asking import read
from contract_tests.wire.wire import Wire
from mock_server import Binding, Operation

BAD_REQUEST = (400, 422)
"""The statuses by which documents refuse input that they do not allow."""

making_up = partial(
    requirement, sends="made-up requests", each=MOST_FIXED, drawn=1, shares="made up"
)
"""Makes a test a requirement that sends made-up input, or judges it with all other answers."""

judging_answers = partial(making_up, tags=(JUDGES_ANSWERS,))


class Answered:
    """The answers to what the document declares."""

    def __init__(self, wire: Wire, judge: Judge, binding: Binding) -> None:
        self._wire = wire
        self._judge = judge
        self._binding = binding
        self._rows: dict[Answer, int] = {}

    def __iter__(self) -> Iterator[tuple[Operation, Answer]]:
        for answer in self._wire.answers:
            if answer.operation is not None:
                yield answer.operation, answer

    @property
    def errors(self) -> Iterator[tuple[Operation, Answer]]:
        """Those that say that something went wrong."""
        return ((operation, answer) for operation, answer in self if answer.status >= 400)

    def complaints(self, answer: Answer) -> tuple[Complaint, ...]:
        """Give what the document does not allow about one of them, or does not declare."""
        return self._judge.complaints(answer)

    def rows_of(self, operation: Operation, answer: Answer) -> int:
        """Tell how many rows one of them has; 1 if it is a report that has none by nature."""
        if answer not in self._rows:
            self._rows[answer] = self._count(operation, answer)
        return self._rows[answer]

    def _count(self, operation: Operation, answer: Answer) -> int:
        bound = self._binding.operations.get(operation.id)
        if bound is None:
            return int(answer.status < 300)
        try:
            return len(read(bound, answer).rows) if bound.rows_at is not None else 1
        except NotJudgedError:
            return 0


def blame(findings: Findings, found: Iterable[tuple[Operation, Answer, Complaint]]) -> None:
    """Note complaints, of those that are alike the first one."""
    seen = set()
    for operation, answer, complaint in found:
        key = operation.id, answer.status, complaint.alike
        if key not in seen:
            seen.add(key)
            place = place_of(operation, answer.status)
            findings.add(complaint.message, answer=answer, pointer=complaint.pointer, place=place)


def place_of(operation: Operation, status: int) -> str:
    """Give where the document says what answers of a status must be, a JSON Pointer."""
    declared = operation.response(status)
    path = operation.path.replace("~", "~0").replace("/", "~1")
    more = f"/{declared.status}" if declared else ""
    return f"/paths/{path}/{operation.method.lower()}/responses{more}"
