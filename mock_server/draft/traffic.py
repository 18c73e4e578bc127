"""Who reads and searches what on one day.

People work in the hours and on the weekdays of the site's time zone, read several contents in a
row, and mostly the same few; what is new draws a crowd that is gone after two weeks.
"""

import math
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import accumulate
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from mock_server.clock import DAY, SECOND, start_of
from mock_server.domain import ANONYMOUS, Account, Content, ContentType, Search, Visit
from mock_server.draft.chance import chance, pick, shuffled, whole
from mock_server.draft.terms import Terms

_HOUR = 3_600 * SECOND
_HOURS = (2, 1, 1, 1, 1, 2, 8, 30, 75, 110, 118, 104, 62, 78, 108, 106, 84, 50, 24, 12, 10, 8, 5, 3)
"""How busy each local hour of a working day is; the sum is about a thousand."""

_BLOCKING = 5 * SECOND
"""A repeat view within this time is no view (vendor's Data Center page on blocking time)."""

_SATURDAY = 5
_STEEPNESS = 1.12
_FRESH_DAYS = 4.5
_FRESH_WEIGHT = 0.7
_TAIL_WEIGHT = 0.012
_SESSION = 1.9
"""Contents that are read in one go, on average."""


class Traffic:
    """Makes the rows of days from who and what there is.

    Args:
        generated: The world file's table of that name.
        names: What chance depends on: seed, residency and world.
        accounts: Those who can be named in rows.
        zone: Where people live and work.
        contents: Gives the contents created by a moment.
        unknown: Words to search for that no title has.
    """

    def __init__(
        self,
        generated: Mapping[str, Any],
        *,
        names: tuple[object, ...],
        accounts: Sequence[Account],
        zone: ZoneInfo,
        contents: Callable[[int], Mapping[int, Content]],
        unknown: Sequence[str],
    ) -> None:
        self._generated = generated
        self._names = names
        self._zone = zone
        self._contents = contents
        self._unknown = unknown
        self._named = [account.id for account in accounts if not account.is_protected]
        self._awake = [self._weights_at(hour) for hour in range(24)]
        self._ranks: dict[int, int] = {}

    def visits_on(self, day: date) -> list[Visit]:
        """Give the visits of a UTC day, sorted."""
        source = chance(*self._names, "visits", day)
        start = start_of(day)
        readable = self._readable(start)
        if not readable:
            return []
        weights = list(accumulate(self._weight(content, start) for content in readable))
        rows: list[Visit] = []
        rate = self._generated["visits_per_workday"] / _SESSION
        for slot, hour, sessions in self._slots(start, rate, source):
            for _ in range(sessions):
                account = self._viewer(source, hour)
                time = slot + whole(source, 0, _HOUR - 1)
                for _ in range(_session_length(source)):
                    content = readable[bisect(weights, source.random() * weights[-1])]
                    rows.append(Visit(max(time, content.created), content.id, account))
                    time += whole(source, 8 * SECOND, 300 * SECOND)
        return _without_repeats(rows, start + _BLOCKING, start + DAY)

    def searches_on(self, day: date) -> list[Search]:
        """Give the searches of a UTC day, sorted."""
        source = chance(*self._names, "searches", day)
        start = start_of(day)
        readable = [one for one in self._readable(start) if one.created <= start]
        if not readable:
            return []
        weights = list(accumulate(self._weight(content, start) for content in readable))
        terms = Terms(readable, weights, self._generated, self._unknown)
        rows = [
            Search(slot + whole(source, 0, _HOUR - 1), term, self._viewer(source, hour),
                   terms.number_of_results(term))
            for slot, hour, searches in self._slots(
                start, self._generated["searches_per_workday"], source
            )
            for term in [terms.draw(source) for _ in range(searches)]
        ]  # fmt: skip
        return sorted(rows, key=lambda row: (row.time, row.term, row.account or ""))

    def _slots(self, start: int, rate: float, source: Random) -> Iterator[tuple[int, int, int]]:
        """Give each UTC hour of a day with its local hour, and how often something happens."""
        for slot in range(start, start + DAY, _HOUR):
            local = datetime.fromtimestamp(slot // SECOND, UTC).astimezone(self._zone)
            expected = rate * _HOURS[local.hour] / sum(_HOURS)
            if local.weekday() >= _SATURDAY:
                expected *= self._generated["weekend_activity"]
            yield slot, local.hour, int(expected * (0.7 + 0.6 * source.random()) + source.random())

    def _readable(self, start: int) -> list[Content]:
        """Give the contents that can be read on a day, in order of creation."""
        return [
            content
            for content in self._contents(start + DAY - 1).values()
            if (content.trashed or start + DAY) > start and (content.deleted or start + DAY) > start
            and content.created < start + DAY - _HOUR
        ]  # fmt: skip

    def _weight(self, content: Content, start: int) -> float:
        """Say how much a content is read: by its rank, and by how new it is."""
        age = max(start - content.created, 0) / DAY
        fresh = _FRESH_WEIGHT * math.exp(-age / _FRESH_DAYS)
        if content.type is ContentType.BLOG_POST:
            return fresh + _TAIL_WEIGHT
        rank = self._ranks.get(content.id)
        if rank is None:
            rank = int(chance(*self._names, "rank", content.id).random() * 40)
            self._ranks[content.id] = rank
        lasting = 1 / (1 + rank) ** _STEEPNESS
        return fresh + lasting * (0.3 if content.type is ContentType.ATTACHMENT else 1.0)

    def _weights_at(self, hour: int) -> list[float]:
        """Give how likely each named account is to be the one that reads at a local hour."""
        order = shuffled(chance(*self._names, "diligence"), range(len(self._named)))
        weights = []
        for rank, account in zip(order, self._named, strict=True):
            begin = whole(chance(*self._names, "begin", account), 6, 10)
            is_awake = begin <= hour < begin + 9
            weights.append((1.0 if is_awake else 0.08) / (3 + rank) ** 0.7)
        return list(accumulate(weights))

    def _viewer(self, source: Random, hour: int) -> str | None:
        drawn = source.random()
        if drawn < self._generated["anonymous_share"]:
            return ANONYMOUS
        drawn -= self._generated["anonymous_share"]
        if drawn < self._generated["protected_share"] or not self._named:
            return None
        weights = self._awake[hour]
        return self._named[bisect(weights, source.random() * weights[-1])]


def _session_length(source: Random) -> int:
    return pick(source, (1, 1, 1, 1, 1, 2, 2, 3, 3, 4))


def _without_repeats(rows: list[Visit], start: int, end: int) -> list[Visit]:
    """Sort visits, and leave out repeats within the blocking time and what is not of the day.

    The first seconds of a day stay empty, so that no row repeats one of the day before.
    """
    rows.sort(key=lambda row: (row.time, row.content_id, row.account or ""))
    kept: list[Visit] = []
    last: dict[tuple[int, str | None], int] = {}
    for row in rows:
        before = last.get((row.content_id, row.account))
        if start <= row.time < end and (before is None or row.time - before > _BLOCKING):
            last[row.content_id, row.account] = row.time
            kept.append(row)
    return kept
