"""Generate the visits and searches of a day; rows include protected accounts."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from mock_server.clock import SECOND
from mock_server.world.chance import draw_for
from mock_server.world.contents import Catalogue
from mock_server.world.domain import ANONYMOUS, Search, Visit
from mock_server.world.model import TrafficSection
from mock_server.world.people import Origin, Person
from mock_server.world.rhythm import Rhythm
from mock_server.world.words import Vocabulary, search_term

BLOCKING_TIME = 5 * SECOND
"""Repeated views by the same person within this time are not counted."""

_TRIES = 20


class Traffic:
    """Generates the rows of a site."""

    def __init__(
        self,
        section: TrafficSection,
        people: Sequence[Person],
        *,
        zone: ZoneInfo,
        vocabulary: Vocabulary,
        origin: Origin,
    ) -> None:
        self._section = section
        self._vocabulary = vocabulary
        self._origin = origin
        self._rhythm = Rhythm(section, people, zone)

    def add_visits(self, day: date, catalogue: Catalogue, written: list[Visit]) -> list[Visit]:
        """Return the written visits of a day, filled up with generated ones."""
        rows = self._visits(day, catalogue)
        return written + list(_without_repeats(rows, written))

    def _visits(self, day: date, catalogue: Catalogue) -> list[Visit]:
        draw = draw_for(*self._origin, "visits", day)
        cumulated, contents, created, ends = catalogue.weighted(day)
        total = cumulated[-1] if cumulated else 0.0
        rows = []
        for moment, viewer in self._rhythm.arrivals(day, self._section.visits, draw):
            for _ in range(_TRIES if total else 0):
                place = bisect(cumulated, draw() * total)
                if created[place] <= moment < ends[place]:
                    rows.append(Visit(moment, contents[place].id, viewer))
                    break
        rows.sort()
        return rows

    def searches(self, day: date, catalogue: Catalogue) -> list[Search]:
        """Return the generated searches of a day."""
        draw = draw_for(*self._origin, "searches", day)
        cumulated, contents, created, ends = catalogue.weighted(day)
        total = cumulated[-1] if cumulated else 0.0
        rows = []
        for moment, viewer in self._rhythm.arrivals(day, self._section.searches, draw):
            place = bisect(cumulated, draw() * total) if total else -1
            is_there = total and created[place] <= moment < ends[place]
            term = search_term(
                contents[place].title if is_there else "",
                self._vocabulary,
                draw,
                mistyped=self._section.mistyped,
                unwritten=self._section.unwritten,
            )
            rows.append(Search(moment, term, viewer, catalogue.results(term, moment)))
        return rows


def _without_repeats(rows: Iterable[Visit], written: Iterable[Visit]) -> Iterable[Visit]:
    """Remove generated visits within the blocking time of another one by the same viewer.

    `rows` must be sorted by time; `written` visits are always kept.
    """
    fixed: dict[tuple[int, str | None], list[int]] = {}
    for visit in written:
        fixed.setdefault((visit.content_id, visit.account), []).append(visit.time)
    last: dict[tuple[int, str | None], int] = {}
    for row in rows:
        moment, content_id, viewer = row
        key = (content_id, viewer)
        if viewer != ANONYMOUS:
            before = last.get(key)
            if before is not None and moment - before <= BLOCKING_TIME:
                continue
            if any(abs(moment - other) <= BLOCKING_TIME for other in fixed.get(key, ())):
                continue
            last[key] = moment
        yield row
