"""Convert a request's arguments to a report query."""

import re
from collections.abc import Collection
from itertools import chain, repeat
from typing import Any

from mock_server.api.filters import (
    BOUNDS,
    OUTCOMES,
    account_kinds,
    content_id_of,
    is_yes,
    listed,
)
from mock_server.api.parameters import Arguments
from mock_server.api.ranges import RangeReader, no_cursor, refused
from mock_server.binding.fields import Field, Grouping, Interval, Kind, Part
from mock_server.binding.lexicon import (
    CONTENT_TYPES,
    choices,
    column_of,
    grouping_of,
    has_direction,
    inclusions,
    is_descending,
    is_every,
    media_type_named,
    words_of,
)
from mock_server.binding.model import OperationBinding, ParameterBinding
from mock_server.binding.parameters import column_in
from mock_server.binding.properties import counted, field_named
from mock_server.data.query import Bound, ReportQuery, SortKey, read_cursor
from mock_server.data.zones import zone_of
from mock_server.errors import cut
from mock_server.world.domain import ContentType

DEFAULT_LIMIT = 100
"""Page size if the document declares the parameter without a default."""

_LARGEST = 2**62
_EXCLUSIVE = {"gt": 1, "lt": -1}
"""What a comparison that excludes its value adds to a count."""
_DIGITS = re.compile(r"[0-9]{1,18}")


def parse_query(binding: OperationBinding, arguments: Arguments, now: int) -> ReportQuery:
    """Convert a request's arguments to a query for rows; `now` is in epoch milliseconds."""
    return _Arguments(binding, arguments, now).query()


class _Arguments(RangeReader):
    def __init__(self, binding: OperationBinding, arguments: Arguments, now: int) -> None:
        super().__init__(binding, arguments, now)
        self._notes: list[str] = []
        self._given = {**binding.described_orders, **self._given}

    def query(self) -> ReportQuery:
        zone, binding = self._text(Part.TIME_ZONE), self._binding
        self._zone = None if zone is None else zone_of(zone)
        if zone is not None and self._zone is None:
            bound = self._given[Part.TIME_ZONE][0]
            raise refused(bound, f"{zone!r} is not a time zone; send one such as Europe/Berlin")
        found = self.range()
        if found.is_reversed and binding.refuses_reversed is not None:
            start, end = binding.parameter(Part.START), binding.parameter(Part.END)
            if start is not None and end is not None:
                if binding.refuses_reversed is Part.END:
                    raise refused(end, f"the range ends before {start.parameter.name!r}")
                raise refused(start, f"the range begins after {end.parameter.name!r}")
        if found.is_reversed:
            self._notes.append("the range ends before it starts, so the report is empty")
        offset, limit = self._page()
        paged = binding.parameter(Part.PAGE)
        sort = self._sort()
        is_ordered, descending = self._direction(sort)
        sort = sort or tuple((field, descending if is_ordered else largest_first)
                             for field, largest_first in binding.usual_sort)  # fmt: skip
        contents, spaces = map(self._several, (Part.CONTENT_ID, Part.SPACE_KEY))
        space_key = self._text(Part.SPACE_KEY) if spaces is None else None
        content_id = self._value(Part.CONTENT_ID) if contents is None else None
        account = self._given.get(Part.ACCOUNT)
        whole, part = self._text(Part.EXACT_TERM), self._text(Part.TERM)
        if whole and part:
            unused = self._given[Part.TERM][0].parameter.name
            self._notes.append(f"beside the whole text, {cut(unused)} has no effect")
        return ReportQuery(
            subject=binding.subject,
            grouping=binding.grouping,
            start=found.start,
            end=found.end,
            content_id=None if content_id is None else content_id_of(content_id),
            contents=None if contents is None else frozenset(map(content_id_of, contents)),
            space_key=space_key,
            spaces=None if spaces is None else frozenset(map(str, spaces)),
            site_url=self._text(Part.SITE_URL),
            content_types=self._content_types(),
            accounts=None if account is None else frozenset(map(str, listed(account[1]))),
            must_exist=account is not None and account[0].parameter.location == "path",
            account_kinds=self._account_kinds(),
            space_kinds=self._words(Part.SPACE_KIND, Field.SPACE_KIND) or None,
            term=whole or part,
            is_exact=bool(whole),
            successful=self._successful(),
            bounds=self._bounds(),
            interval=self._interval(),
            grouped_by=self._grouped_by(),
            offset=offset,
            after=self._row(Part.CURSOR),
            before=self._row(Part.CURSOR_BEFORE),
            limit=limit,
            first_page=paged.first if paged is not None else 0,
            sort=sort,
            descending=descending,
            is_ordered=is_ordered,
            shown_end=found.shown_end,
            preset=self._text(Part.PRESET),
            zone=zone,
            hides_anonymous=binding.hides_anonymous,
            with_protected=binding.with_protected,
            trashed=self._trashed(),
            has_gaps=binding.has_gaps,
            has_slots=binding.has_slots,
            content_must_exist=self._must_exist(Part.CONTENT_ID),
            space_must_exist=self._must_exist(Part.SPACE_KEY),
            with_total=(
                binding.parameter(Part.WITH_TOTAL) is None or is_yes(self._value(Part.WITH_TOTAL))
            ),
            notes=tuple(self._notes),
        )

    def _listed(self, part: Part) -> list[Any]:
        """Return the values of a parameter; empty if it was not sent."""
        return listed(self._given[part][1]) if part in self._given else []

    def _text(self, part: Part) -> str | None:
        value = self._value(part)
        if isinstance(value, list):
            if len(value) > 1:
                name = self._given[part][0].parameter.name
                self._notes.append(f"of the values of {cut(name)} only the first one counts")
            value = value[0] if value else None
        return None if value is None else str(value)

    def _several(self, part: Part) -> list[Any] | None:
        """Return the values of a parameter that may have several; None for others."""
        value = self._value(part)
        return value if isinstance(value, list) else None

    def _must_exist(self, part: Part) -> bool:
        """Return whether what a parameter names must exist; an optional filter may match nothing.

        Only an operation with a 404 and without another parameter that must exist refuses it.
        """
        bound, operation = self._binding.parameter(part), self._binding.operation
        if bound is None or bound.parameter.required or "404" not in operation.responses:
            return bound is None or bound.parameter.required
        return not any(parameter.location == "path" for parameter in operation.parameters)

    def _number(self, part: Part) -> int | None:
        """Return a number; a document without types does not tell that it must be one."""
        value = self._value(part)
        if isinstance(value, str) and _DIGITS.fullmatch(value) is None:
            raise refused(self._given[part][0], f"{value!r} is not a number")
        return None if value is None else int(value)

    def _limit(self) -> int | None:
        value, bound = self._number(Part.LIMIT), self._binding.parameter(Part.LIMIT)
        limit, most = None, self._binding.most_rows
        if value == 0 and bound is not None and bound.zero_is_default:
            value = None
        if value == -1 and bound is not None and bound.parameter.schema.get("minimum") == -1:
            return most  # all rows
        if value is not None:
            limit = min(max(value, 0), (bound and bound.most) or _LARGEST)
        elif bound is not None:
            limit = DEFAULT_LIMIT if bound.default is None else bound.default
            limit = limit if bound.most is None else min(limit, max(bound.most, 1))
        elif any(map(self._binding.parameter, (Part.OFFSET, Part.PAGE, Part.CURSOR))):
            limit = DEFAULT_LIMIT
        return most if limit is None else min(limit, _LARGEST if most is None else most)

    def _page(self) -> tuple[int, int | None]:
        """Return the offset and the limit of the page."""
        limit = self._limit()
        for part in (Part.CURSOR, Part.CURSOR_BEFORE):
            if part in self._given and not self._binding.has_id_cursors:
                return self._page_at(part, limit)
        if (page := self._number(Part.PAGE)) is not None:
            first = self._given[Part.PAGE][0].first
            return min(max(page - first, 0) * (limit or 0), _LARGEST), limit
        return min(max(self._number(Part.OFFSET) or 0, 0), _LARGEST), limit

    def _page_at(self, part: Part, limit: int | None) -> tuple[int, int | None]:
        """Return the page that a cursor is the start or the end of."""
        bound, text = self._given[part]
        found = read_cursor(str(text))
        if found is None:
            raise no_cursor(bound, str(text))
        place, is_end = found
        if part is Part.CURSOR_BEFORE and self._binding.has_row_cursors:
            place = max(place - 1, 0)  # the cursor of a row is after it
        if not is_end and part is Part.CURSOR:
            return place, limit
        start = max(place - limit, 0) if limit is not None else 0
        return start, place - start

    def _row(self, part: Part) -> str | None:
        """Return the id of the row before or after the page; None if cursors are not row ids."""
        is_sent = part in self._given and self._binding.has_id_cursors
        return str(self._value(part)) if is_sent else None

    def _content_types(self) -> frozenset[ContentType] | None:
        sent, known = self._listed(Part.CONTENT_TYPE), self._binding.content_types
        if not sent or any(map(is_every, sent)):
            return None if known is None else frozenset(map(ContentType, known))
        meant = choices(Field.CONTENT_TYPE, self._given[Part.CONTENT_TYPE][0].values or sent)
        wanted = {word for word, value in meant.items() if value in sent} & (known or CONTENT_TYPES)
        if not wanted:
            self._notes.append("no content type is called that, so the report is empty")
        return frozenset(map(ContentType, wanted))

    def _account_kinds(self) -> frozenset[str] | None:
        """Return the account kinds that all sent parameters allow; None for all."""
        passing = [kinds for bound, value in self._given.values()
                   if (kinds := account_kinds(bound, value)) is not None]  # fmt: skip
        is_of_each = self._binding.grouping is Grouping.VIEWERS
        if self._binding.left_out and (is_of_each or not self._binding.parameter(Part.GROUPING)):
            passing.append(frozenset({"known", "anonymous", "protected"} - self._binding.left_out))
        return frozenset.intersection(*passing) if passing else None

    def _successful(self) -> bool | None:
        for part in filter(OUTCOMES.__contains__, self._given):
            words = self._words(part, Field.IS_SUCCESSFUL)
            wanted = OUTCOMES[part]["true" not in words] if words else None
            if wanted is not None:  # another flag may be true
                return wanted
        return None

    def _words(self, part: Part, field: Field) -> set[str]:
        """Return what the values of a parameter mean, alone or among all that are allowed."""
        if part not in self._given:
            return set()
        sent = [str(value) for value in self._listed(part)]
        meant = choices(field, sent)
        if sent and not meant:
            meant = choices(field, self._given[part][0].values)
        return {word for word, value in meant.items() if value in sent}

    def _interval(self) -> Interval:
        is_sent = Part.INTERVAL in self._given
        words = self._words(Part.INTERVAL if is_sent else Part.GROUPING, Field.INTERVAL)
        if is_sent and not words:
            sent = cut(str(self._value(Part.INTERVAL)))
            self._notes.append(f"there are no totals by {sent!r}, so they are by day")
        usual = Interval.DAY if is_sent or words else self._binding.interval
        return next((interval for interval in Interval if interval in words), usual)

    def _sort(self) -> tuple[SortKey, ...]:
        """Return the fields to sort by, each with its direction."""
        of_columns = {bound.parameter for bound in self._binding.parameters
                      if bound.part is Part.COLUMN_ORDER}  # fmt: skip
        keys = {
            field: is_descending(str(value))
            for parameter, value in self._arguments.items()  # in the order of the request
            if parameter in of_columns
            if (field := field_named(self._binding, column_in(parameter.name))) is not None
        }
        directions = self._orders(Part.ORDER)
        for text in self._orders(Part.SORT) or directions:
            if not (name := column_of(text)):  # `views,desc`
                keys |= dict.fromkeys([*keys][-1:], is_descending(text))
            elif (field := field_named(self._binding, name)) is None:
                self._refuse_or_note(name)
            else:
                is_ranked = self._is_ranked(field) and not has_direction(text)
                keys.setdefault(field, is_ranked or is_descending(text))
        if Part.SORT in self._given and directions:
            of_keys = chain(directions, repeat(directions[-1]))
            return tuple(zip(keys, map(is_descending, of_keys), strict=False))
        return tuple(keys.items())

    def _refuse_or_note(self, name: str) -> None:
        """Refuse an unknown column if the description lists others, else note that it has no effect."""
        bound = self._binding.sorted_by
        described = set[str]() if bound is None else {*words_of(bound.parameter.description)}
        columns = [path.rpartition("/")[2] for path in self._binding.properties]
        is_listed = sum({*words_of(column)} <= described for column in columns) > 1
        is_declared = not {"400", "422"}.isdisjoint(self._binding.operation.responses)
        if bound and is_listed and is_declared and not {*words_of(name)} <= described:
            raise refused(bound, f"nothing here is sorted by {name!r}")
        self._notes.append(f"nothing here is sorted by {cut(name)!r}, so it has no effect")

    def _is_ranked(self, field: Field) -> bool:
        """Return whether a field without a direction has its largest value first."""
        bound = self._binding.parameter(Part.SORT)
        is_rank = bound is not None and "rank" in words_of(bound.parameter.name)
        is_count = field.kind in {Kind.COUNT, Kind.RATIO}
        is_largest_first = self._binding.largest_first and (is_count or is_rank)
        return is_largest_first or self._binding.is_always_descending

    def _direction(self, sort: Collection[SortKey]) -> tuple[bool, bool]:
        """Return whether there is an order, and whether it is descending.

        An unknown column changes nothing, not even the default order.
        """
        orders = [*self._orders(Part.ORDER), *self._orders(Part.SORT)]
        is_ordered = bool(sort) or any(not column_of(text) for text in orders)
        if not is_ordered:
            orders = list(filter(None, map(self._binding.default_of, (Part.ORDER, Part.SORT))))
        usual = self._binding.newest_first
        return is_ordered or usual, is_descending(orders[0]) if orders else usual

    def _orders(self, part: Part) -> list[str]:
        """Return the columns and directions in the values of a parameter."""
        flags = {True: "descending", False: "ascending"}
        texts = [flags[value] if isinstance(value, bool) else str(value)
                 for value in self._listed(part)]  # fmt: skip
        return [name for text in texts for name in text.split(",") if name.strip()]

    def _grouped_by(self) -> str | None:
        value = self._text(Part.GROUPING)
        if value is not None and grouping_of(value) is not self._binding.grouping:
            self._notes.append(f"there are no totals by {cut(value)!r}, so they are the usual ones")
        return value

    def _trashed(self) -> bool | None:
        """Return whether contents must be in the trash; None if they may be."""
        if is_yes(self._value(Part.WITH_TRASHED)):
            return None
        if included := inclusions(map(str, self._listed(Part.TRASHED))):
            return None if "with" in included else "only" in included
        words = self._words(Part.TRASHED, Field.IS_TRASHED)
        return None if len(words) > 1 else "true" in words

    def _bounds(self) -> tuple[Bound, ...]:
        """Return the bounds of counts; a request may have several."""
        return tuple(
            Bound(field, self._count(bound, part), part is Part.LEAST)
            for bound in self._binding.parameters
            if bound.part in BOUNDS and bound.parameter in self._arguments
            for field in [field_named(self._binding, counted(bound.parameter.name))]
            if field is not None
            for part in BOUNDS[bound.part]
        )

    def _count(self, bound: ParameterBinding, part: Part) -> int:
        """Return a minimum or maximum, inclusive."""
        value = self._arguments[bound.parameter]
        try:
            if bound.part is Part.BETWEEN:  # `2..9`
                return int(str(value).split("..", 1)[part is Part.MOST])
            return int(value) + _EXCLUSIVE.get(bound.comparator, 0)
        except (ValueError, IndexError):
            like = ", such as 2..9" if bound.part is Part.BETWEEN else ""
            raise refused(bound, f"{value!r} is not a number{like}") from None


def grouped(binding: OperationBinding, arguments: Arguments) -> OperationBinding:
    """Return the binding for the grouping that a request selects; the usual one if unknown."""
    value = _sent(binding, Part.GROUPING, arguments)
    grouping = None if not value else grouping_of(str(listed(value)[0]))
    return binding if grouping is None else binding.groupings.get(grouping, binding)


def chosen_media_type(binding: OperationBinding, arguments: Arguments) -> str | None:
    """Return the media type that a parameter selects; None for the bound one, which is usual."""
    value = _sent(binding, Part.FORMAT, arguments)
    found = None if value is None else media_type_named(value, binding.media_types)
    return None if found == binding.media_type.name else found


def _sent(binding: OperationBinding, part: Part, arguments: Arguments) -> Any:
    bound = binding.parameter(part)
    return None if bound is None else arguments.get(bound.parameter)
