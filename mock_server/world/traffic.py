"""Generate the visits and searches of a day; rows include protected accounts."""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
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
        self, section: TrafficSection, people: Sequence[Person], *, zone: ZoneInfo,
        vocabulary: Vocabulary, origin: Origin,
    ) -> None:  # fmt: skip
        self._section = section
        self._vocabulary = vocabulary
        self._origin = origin
        self._rhythm = Rhythm(section, people, zone)

    def visits(self, day: date, catalogue: Catalogue, written: list[Visit]) -> list[Visit]:
        """Return the generated visits of a day, except repetitions."""
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
        return list(_without_repeats(sorted(rows), written))

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


def _without_repeats(rows: Iterable[Visit], written: Iterable[Visit]) -> Iterator[Visit]:
    """Remove visits within the blocking time of another one by the same viewer.

    `rows` must be sorted by time.
    """
    times: dict[tuple[int, str | None], list[int]] = {}
    for visit in written:
        times.setdefault((visit.content_id, visit.account), []).append(visit.time)
    last: dict[tuple[int, str | None], list[int]] = {}
    for row in rows:
        moment, content_id, viewer = row
        if viewer != ANONYMOUS:
            key = (content_id, viewer)
            others = (*times.get(key, ()), *last.get(key, ()))
            if any(abs(moment - other) <= BLOCKING_TIME for other in others):
                continue
            last[key] = [moment]
        yield row
