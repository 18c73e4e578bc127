"""Finds ids, keys and ranges with rows at a target, unless the options set them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from functools import partial, wraps
from typing import Any, TypeVar

from contract_tests.errors import NotCheckedError
from contract_tests.wire.paging import Walk, limits_of, walk
from contract_tests.wire.request import Reading, day_of, read, send
from contract_tests.wire.wire import Wire
from mock_server import Binding, Clock, Document, Field, Grouping, OperationBinding, Part, Subject

Found = TypeVar("Found")

_SPANS = (30, 365)
"""Days to look back for rows, tried one after the other."""

_EXAMPLES = 4
"""Maximum number of the document's examples to try."""

_FIRST_YEAR, _LAST_YEAR = 1971, 9_998
"""Plausible years of a clock, with room for a range of days before and after."""


class _CircularError(NotCheckedError):
    """A search needs its own result."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No {name} is known.")
        self.name = name


class Once:
    """Caches results by name, including failures."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def __call__(self, name: str, find: Callable[[], Any]) -> Any:
        """Return the cached result of `find`, or raise its cached error."""
        if name not in self._found:
            # A recursive call fails instead of looping.
            self._found[name] = _CircularError(name)
            try:
                self._found[name] = find()
            except _CircularError as error:
                if error.name != name:
                    # This search may succeed later, when the one that needs it has ended.
                    del self._found[name]
                    raise
                self._found[name] = NotCheckedError(str(error))
            except NotCheckedError as error:
                self._found[name] = error
            except BaseException:  # such as the end of the budget, which explains itself
                del self._found[name]
                raise
        if isinstance(self._found[name], NotCheckedError):
            raise self._found[name]
        return self._found[name]


def once_each(
    find: Callable[[Any, OperationBinding], Found],
) -> Callable[[Any, OperationBinding], Found]:
    """Cache a method per operation; its object needs a `Once` in the attribute `once`."""

    @wraps(find)
    def found(self: Any, bound: OperationBinding) -> Found:
        name = f"{find.__name__.strip('_')} of {bound.operation.id}"
        result: Found = self.once(name, partial(find, self, bound))
        return result

    return found


class Sample:
    """Finds contents, spaces and ranges with rows, and caches them.

    All methods raise `NotCheckedError` if they find nothing.
    """

    def __init__(self, wire: Wire, binding: Binding, document: Document) -> None:
        self._wire = wire
        self._binding = binding
        self._document = document
        self.once = Once()

    @property
    def now(self) -> int:
        """The target's time in epoch milliseconds: the latest `Date` header, or the local time."""
        for response in reversed(self._wire.responses):
            with suppress(ValueError):
                sent = parsedate_to_datetime(response.headers.get("Date", ""))
                if _FIRST_YEAR <= sent.year <= _LAST_YEAR:
                    return round(sent.timestamp() * 1_000)
        return Clock().now()

    @property
    def today(self) -> date:
        """The current UTC day at the target."""
        return day_of(self.now)

    @property
    def content_id(self) -> str:
        """The id of a content from the options, or of one with visits."""
        given, fields = self._wire.target.content_id, (Field.CONTENT_ID, Part.CONTENT_ID)
        return given or self.once("content id", partial(self._seen, *fields))

    @property
    def space_key(self) -> str:
        """The key of a space from the options, or of one with visits."""
        given, fields = self._wire.target.space_key, (Field.SPACE_KEY, Part.SPACE_KEY)
        return given or self.once("space key", partial(self._seen, *fields))

    def values(self, bound: OperationBinding) -> dict[Part, Any]:
        """Return the content id and the space key, if the operation has such parameters."""
        values: dict[Part, Any] = {}
        if bound.parameter(Part.CONTENT_ID) is not None:
            values[Part.CONTENT_ID] = self.content_id
        if bound.parameter(Part.SPACE_KEY) is not None:
            values[Part.SPACE_KEY] = self.space_key
        return values

    def pages(
        self,
        bound: OperationBinding,
        values: Mapping[Part, Any] | None = None,
        *,
        limit: int | None = None,
        most: int = 1,
    ) -> Walk:
        """Request pages of the report on the sampled content or space."""
        sent = {**self.values(bound), **(values or {})}
        if limit is None and bound.parameter(Part.LIMIT) is not None:
            limit = max(limits_of(bound, self._document), default=None)
        return walk(self._wire, bound, sent, limit=limit, most=most)

    def reading(self, bound: OperationBinding) -> Reading:
        """Return a first page with rows, of the last month or year if the operation has ranges."""
        return self._page(bound).readings[0]

    def range(self, bound: OperationBinding) -> tuple[date, date]:
        """Return the first and the last day of a range with rows; both are inclusive.

        The range is in the past, so that its rows do not change, and the rows fit on one page, or
        on a few pages if a day has very many rows. If no row has a past time, it is a month.
        """
        walked = self._page(bound)
        times = walked.readings[0].times()
        yesterday = self.today - timedelta(days=1)
        there = sorted({day_of(time) for time in times})
        is_newest_first = bool(times) and times[0] > times[-1]
        if not there or (there[0] > yesterday and (walked.is_whole or not is_newest_first)):
            return yesterday - timedelta(days=_SPANS[0]), yesterday
        over = [day for day in there if day <= yesterday] or there
        # The next page may contain more rows of the last row's day.
        known = [day for day in over if walked.is_whole or day != day_of(times[-1])]
        if walked.is_whole or len(known) > 1:
            return known[0], known[-1]
        begin = over[-1] - timedelta(days=1) if is_newest_first else over[0]
        return begin, min(begin + timedelta(days=1), max(yesterday, begin))

    @once_each
    def _page(self, bound: OperationBinding) -> Walk:
        for values in self._ranges() if bound.parameter(Part.START) else [{}]:
            walked = self.pages(bound, values)
            if walked.rows:
                return walked
        raise NotCheckedError(f"{bound.operation.id} has no rows within {_SPANS[-1]} days.")

    def _ranges(self) -> Iterator[dict[Part, date]]:
        for span in _SPANS:
            today = self.today
            yield {Part.START: today - timedelta(days=span), Part.END: today}
            if self.today != today:  # the first response revealed a different day at the target
                yield {Part.START: self.today - timedelta(days=span), Part.END: self.today}

    def _seen(self, field: Field, part: Part) -> str:
        """Return the most frequent value of a field, from an operation that does not require it."""
        for bound in self._binding.operations.values():
            if bound.subject is Subject.SEARCHES or bound.parameter(part) is not None:
                continue
            if bound.grouping in {Grouping.ROWS, Grouping.CONTENTS}:
                with suppress(NotCheckedError):
                    rows = self.reading(bound).rows
                    seen = Counter(str(row[field]) for row in rows if row.get(field) is not None)
                    if seen:
                        return seen.most_common(1)[0][0]
        if found := self._exemplary(field, part):
            return found
        raise NotCheckedError(f"No {field} is known; set --{part.replace(' ', '-')}.")

    def _exemplary(self, field: Field, part: Part) -> str | None:
        """Return the first of the document's examples that has rows at the target."""
        for bound in self._binding.operations.values():
            others = {Part.CONTENT_ID, Part.SPACE_KEY} - {part}
            if bound.parameter(part) is None or any(bound.parameter(other) for other in others):
                continue
            for value in self._examples(field)[:_EXAMPLES]:
                response = send(self._wire, bound, {part: value})
                if response.status == bound.status and read(bound, response).rows:
                    return value
        return None

    def _examples(self, field: Field) -> list[str]:
        """Return the document's examples for a field of rows, and for parameters of its names."""
        names = {
            path.rpartition("/")[2]
            for bound in self._binding.operations.values()
            for path, prop in bound.properties.items()
            if prop.field is field
        }

        def look(node: Any) -> Iterator[str]:
            if isinstance(node, Mapping):
                if node.get("name") in names and node.get("example") is not None:
                    yield str(node["example"])
                for name, value in node.items():
                    if name in names and isinstance(value, str | int):
                        yield str(value)
                    yield from look(value)
            for item in node if isinstance(node, list) else ():
                yield from look(item)

        return list(dict.fromkeys(look(self._document.content)))
