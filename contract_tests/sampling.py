"""What a target has to ask about: given by options, or found by asking."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from contract_tests.asking import Reading, ask, day_of, read
from contract_tests.errors import NotJudgedError, SpentError
from contract_tests.wire import Wire
from mock_server import Binding, Clock, Field, Grouping, OperationBinding, Part, Subject

_SPANS = (30, 365)
"""Days to look back for rows, one after the other."""


class Sample:
    """Finds contents, spaces and ranges with rows; each is looked for once.

    Everything raises `NotJudgedError`, which ends a requirement as not run, if it is not found.
    """

    def __init__(self, wire: Wire, binding: Binding) -> None:
        self._wire = wire
        self._binding = binding
        self._found: dict[str, Any] = {}

    @property
    def now(self) -> int:
        """The target's time in epoch milliseconds: the newest `Date` header, or our own time."""
        for answer in reversed(self._wire.answers):
            try:
                told = parsedate_to_datetime(answer.headers.get("Date", ""))
            except ValueError:
                continue
            return round(told.timestamp() * 1_000)
        return Clock().now()

    @property
    def today(self) -> date:
        """The UTC day that it is at the target."""
        return day_of(self.now)

    @property
    def content_id(self) -> str:
        """The id of a content, with visits if we found it ourselves."""
        given = self._wire.target.content_id
        return given or self._once(
            "content id", lambda: self._seen(Field.CONTENT_ID, Part.CONTENT_ID)
        )

    @property
    def space_key(self) -> str:
        """The key of a space, with visits if we found it ourselves."""
        given = self._wire.target.space_key
        return given or self._once("space key", lambda: self._seen(Field.SPACE_KEY, Part.SPACE_KEY))

    def values(self, bound: OperationBinding) -> dict[Part, Any]:
        """Give values for the content id and space key that an operation asks for."""
        values: dict[Part, Any] = {}
        if bound.parameter(Part.CONTENT_ID) is not None:
            values[Part.CONTENT_ID] = self.content_id
        if bound.parameter(Part.SPACE_KEY) is not None:
            values[Part.SPACE_KEY] = self.space_key
        return values

    def ask(self, bound: OperationBinding, values: Mapping[Part, Any] | None = None) -> Reading:
        """Ask about the sampled content or space, with these values beside, and read the answer."""
        return read(bound, ask(self._wire, bound, {**self.values(bound), **(values or {})}))

    def reading(self, bound: OperationBinding) -> Reading:
        """Give a first page of rows, of the days of `range` where the operation takes a range."""
        found: Reading = self._once(
            f"reading of {bound.operation.id}", lambda: self._with_rows(bound)
        )
        return found

    def range(self, bound: OperationBinding) -> tuple[date, date]:
        """Give the first and the last day of a range with rows, both belonging to it."""
        times = self.reading(bound).times()
        if not times:
            raise NotJudgedError(f"The rows of {bound.operation.id} have no times.")
        return day_of(min(times)), day_of(max(times))

    def _with_rows(self, bound: OperationBinding) -> Reading:
        if bound.parameter(Part.START) is None:
            readings = iter([self.ask(bound)])
        else:
            today = self.today
            readings = (
                self.ask(bound, {Part.START: today - timedelta(days=span), Part.END: today})
                for span in _SPANS
            )
        for reading in readings:
            if reading.rows:
                return reading
        raise NotJudgedError(f"{bound.operation.id} has no rows within {_SPANS[-1]} days.")

    def _seen(self, field: Field, part: Part) -> str:
        """Give the value of a field that most rows have, of an operation that we can ask."""
        for bound in self._binding.operations.values():
            if bound.subject is Subject.SEARCHES or bound.parameter(part) is not None:
                continue
            if bound.grouping not in {Grouping.ROWS, Grouping.CONTENTS}:
                continue
            try:
                rows = self.reading(bound).rows
            except SpentError:
                raise
            except NotJudgedError:
                continue
            seen = Counter(str(row[field]) for row in rows if row.get(field) is not None)
            if seen:
                return seen.most_common(1)[0][0]
        raise NotJudgedError(f"No {field} is known: give --{part.replace(' ', '-')}.")

    def _once(self, name: str, find: Callable[[], Any]) -> Any:
        if name not in self._found:
            # Whoever looks for it while it is looked for would turn in a circle.
            self._found[name] = NotJudgedError(f"No {name} is known.")
            try:
                self._found[name] = find()
            except NotJudgedError as error:
                self._found[name] = error
        if isinstance(self._found[name], NotJudgedError):
            raise self._found[name]
        return self._found[name]
