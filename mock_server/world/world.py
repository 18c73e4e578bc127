"""A world: the rows of a residency by UTC day, as a function of file, seed and day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from mock_server.clock import day_of, start_of, to_rfc3339
from mock_server.world.contents import Catalogue, ContentGenerator
from mock_server.world.domain import ANONYMOUS, Content, Residency, Search, Visit
from mock_server.world.file import WorldFile
from mock_server.world.people import build_people, build_places
from mock_server.world.traffic import Traffic
from mock_server.world.words import vocabulary

_AHEAD = timedelta(days=730)

_Row = TypeVar("_Row", Visit, Search)


class World:
    """A generated Confluence site and its traffic.

    The rows of a day depend only on the file, the seed, the residency and the day. Another seed
    generates another site of the same structure.
    """

    def __init__(self, file: WorldFile, *, seed: int, residency: Residency) -> None:
        model, site, written = file.model, file.model.sites[residency], file.written[residency]
        self.name = model.name
        self.callers = model.callers
        self.installed = model.installed
        """The first UTC day with rows."""
        self.digest = file.digest
        """Independent of seed and residency."""
        self.residency = residency
        self.seed = seed
        self.site_url = site.url
        self.timezone = site.timezone
        origin = (seed, residency.value, model.name)
        people = build_people(file, residency, origin)
        places = build_places(file, residency, origin, people)
        self.accounts = tuple(person.account for person in people)
        self.spaces = (*written.spaces.values(), *(place.space for place in places))
        self._protected = {account.id for account in self.accounts if account.is_protected}
        self._private_from = model.extended_privacy_from or date.max
        self._items = tuple(written.items.values())
        self._visits = _by_day(written.visits)
        self._searches = _by_day(written.searches)
        zone, words = ZoneInfo(site.timezone), vocabulary(site.locale)
        self._generator = ContentGenerator(origin, model.installed, zone, words, places)
        self._catalogue = self._build_catalogue(model.installed)
        self._traffic = None
        if model.traffic is not None:
            self._traffic = Traffic(
                model.traffic, people, zone=zone, vocabulary=words, origin=origin
            )

    def is_at(self, url: str) -> bool:
        """Return whether a URL is the site's, with or without Confluence's path."""
        return url.casefold().rstrip("/").removesuffix("/wiki") == self.site_url.casefold()

    def contents(self, until: int) -> Mapping[int, Content]:
        """Return the contents created at or before a time, by id, oldest first.

        Includes trashed and deleted contents, with the times.
        """
        return self._catalogue_for(day_of(until)).contents(until)

    def content(self, content_id: int) -> Content:
        """Return a content in `contents` or in the rows of a day."""
        return self._catalogue.content(content_id)

    def visits_on(self, day: date) -> list[Visit]:
        """Return the visits of a UTC day, sorted by time, content and account."""
        rows = self._visits.get(day, [])
        if self._traffic is not None and day >= self.installed:
            rows = rows + self._traffic.visits(day, self._catalogue_for(day), rows)
        return self._sorted(rows)

    def searches_on(self, day: date) -> list[Search]:
        """Return the searches of a UTC day, sorted by time, term and account."""
        rows = self._searches.get(day, [])
        if self._traffic is not None and day >= self.installed:
            rows = rows + self._traffic.searches(day, self._catalogue_for(day))
        return self._sorted(rows)

    def _sorted(self, rows: Iterable[_Row]) -> list[_Row]:
        return sorted(self.as_stored(rows), key=lambda row: (row[0], row[1], row[2] or ""))

    def as_stored(self, rows: Iterable[_Row]) -> list[_Row]:
        """Return rows as Viewtracker stores them: without the accounts of protected viewers."""
        private_from, protected = start_of(self._private_from), self._protected
        return [
            row._replace(account=None)
            if row[2] in protected or (row[0] >= private_from and row[2] != ANONYMOUS)
            else row
            for row in rows
        ]

    def _catalogue_for(self, day: date) -> Catalogue:
        catalogue = self._catalogue
        if catalogue.horizon < day:
            # Replaced atomically, so that threads need no lock.
            catalogue = self._catalogue = self._build_catalogue(day)
        return catalogue

    def _build_catalogue(self, day: date) -> Catalogue:
        horizon = date.max if date.max - day < _AHEAD else day + _AHEAD
        taken = {item.content.id for item in self._items}
        return Catalogue((*self._items, *self._generator.items(horizon, taken)), horizon)


def _by_day(rows: Iterable[_Row]) -> dict[date, list[_Row]]:
    days: dict[date, list[_Row]] = {}
    for row in rows:
        days.setdefault(day_of(row.time), []).append(row)
    return days


def describe(world: World, until: int) -> dict[str, Any]:
    """Describe a site at a time as JSON values; times are RFC 3339."""
    return {
        "residency": world.residency.value,
        "site": world.site_url,
        "installed": world.installed.isoformat(),
        "spaces": [
            {"key": space.key, "name": space.name, "personal": space.personal}
            for space in world.spaces
        ],
        "contents": [
            {
                "id": content.id,
                "type": content.type.value,
                "title": content.title,
                "space": content.space_key,
                "parent": content.parent_id,
                "created": to_rfc3339(content.created),
                "trashed": _at(content.trashed),
                "deleted": _at(content.deleted),
            }
            for content in world.contents(until).values()
        ],
        "accounts": [
            {"id": account.id, "name": account.name, "protected": account.is_protected}
            for account in world.accounts
        ],
    }


def _at(moment: int | None) -> str | None:
    return None if moment is None else to_rfc3339(moment)


def rows_between(
    world: World, rows: str, first: date, last: date, now: int
) -> Iterator[dict[str, Any]]:
    """Yield a world's visits or searches in a range of days up to now, with space key and title."""
    contents = world.contents(now)
    day = max(first, world.installed)
    while day <= last:
        for row in world.searches_on(day) if rows == "searches" else world.visits_on(day):
            if row.time <= now:
                plain = row._asdict()
                if "content_id" in plain:
                    content = contents[plain["content_id"]]
                    plain |= {"space_key": content.space_key, "title": content.title}
                yield plain
        day += timedelta(days=1)
