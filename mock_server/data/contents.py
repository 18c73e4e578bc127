"""Changes of a site's contents: trash, restore, delete, and additional visits and searches.

The changes are stored in the database. Another process with the same database reads trashed and
deleted contents only when it starts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any
from unicodedata import normalize

from mock_server.clock import DAY, Clock, is_moment, start_of, to_rfc3339
from mock_server.data.database import damaged
from mock_server.data.rows import Store
from mock_server.errors import ConflictError, NotFoundError, did_you_mean, shown
from mock_server.world.domain import ANONYMOUS, Content, Search, Visit
from mock_server.world.world import World

_KEPT = 30 * DAY
"""Retention of trashed contents (vendor's page on the data structure)."""
_WHAT = "The change of the content"


class Contents:
    """The current contents of a site, and changes of its rows.

    Contents that do not exist now raise a `NotFoundError`, impossible rows a `ConflictError`.
    """

    def __init__(self, world: World, store: Store, clock: Clock) -> None:
        self._world = world
        self._store = store
        self._clock = clock
        self._table = store.tables.ends
        self._changing = Lock()
        self._ends = self._read()
        """When changed contents were trashed, and were or will be deleted."""
        self._known: tuple[Any, Any, Mapping[int, Content]] = (None, None, {})
        """The generated contents, the changes, and both combined."""
        self._viewers = {ANONYMOUS, *(account.id for account in world.accounts)}

    def at(self, until: int) -> Mapping[int, Content]:
        """Return the contents created at or before a time, by id, oldest first.

        Includes trashed and deleted contents, with the times.
        """
        made = self._world.contents(until)
        if not self._ends:
            return made
        ends, known = self._ends, self._known  # other threads may replace them
        if known[0] is not made or known[1] is not ends:
            changed = {
                number: replace(made[number], trashed=trashed, deleted=deleted)
                for number, (trashed, deleted) in ends.items()
                if number in made
            }
            known = self._known = (made, ends, {**made, **changed})
        return known[2]

    def content(self, content_id: int, now: int | None = None) -> Content:
        """Return a content that exists now, or at an epoch millisecond, trashed or not."""
        now = self._clock.now() if now is None else now
        contents = self.at(now)
        content = contents.get(content_id)
        if content is None:
            raise no_content(content_id, contents)
        if content.deleted is not None and content.deleted <= now:
            raise NotFoundError(f"The content {content_id} is deleted, and its visits with it.")
        return content

    def find(self, content: int | str) -> Content:
        """Return a content that exists now, by id or title; several are a `ConflictError`."""
        if isinstance(content, int):
            return self.content(content)
        titles = {one.id: one.title for one in self.at(self._clock.now()).values()}
        wanted = normalize("NFC", content)
        ids = [
            number for number, title in titles.items()
            if wanted in {normalize("NFC", title), str(number)}
        ]  # fmt: skip
        if not ids:
            hint = did_you_mean(content, titles.values())
            raise NotFoundError(f"There is no content {shown(content)}.{hint}")
        if len(ids) > 1:
            several = ", ".join(map(str, ids))
            raise ConflictError(f"{shown(content)} is the title of several contents: {several}.")
        return self.content(ids[0])

    def trash(self, content_id: int) -> Content:
        """Trash a content, which hides its visits, unless it is trashed; it is deleted 30 days later."""
        with self._changing:
            content, now = self.content(content_id), self._clock.now()
            if content.trashed is None or content.trashed > now:
                self._set(content_id, now, now + _KEPT)
            return self.content(content_id)

    def restore(self, content_id: int) -> Content:
        """Restore a content from the trash, with its earlier visits."""
        with self._changing:
            content, now = self.content(content_id), self._clock.now()
            if content.trashed is not None and content.trashed <= now:
                if content_id in self._ends and content.trashed < now:
                    # Remove generated visits from the time in the trash.
                    self._store.remove(content_id, content.trashed, now)
                self._set(content_id, None, None)
            return self.content(content_id)

    def delete(self, content_id: int) -> None:
        """Delete a content permanently, with its visits."""
        with self._changing:
            self._set(content_id, self.content(content_id).trashed, self._clock.now())

    def add_visits(self, visits: Sequence[Visit]) -> None:
        """Add visits, all or none."""
        contents = self.at(self._clock.now())
        for number, visit in enumerate(visits, 1):
            what = f"visit number {number}"
            content = contents.get(visit.content_id)
            if content is None:
                raise ConflictError(f"{what}: {no_content(visit.content_id, contents).detail}")
            self._check(visit, what)
            if not content.created <= visit.time < content.end:
                raise ConflictError(
                    f"{what}: the content {content.id} is not there, or no longer there, "
                    f"at {to_rfc3339(visit.time)}."
                )
        self._store.add(visits=self._world.as_stored(visits))

    def add_searches(self, searches: Sequence[Search]) -> None:
        """Add searches, all or none."""
        for number, search in enumerate(searches, 1):
            self._check(search, f"search number {number}")
        self._store.add(searches=self._world.as_stored(searches))

    def reset(self) -> None:
        """Undo all changes."""
        with self._changing:
            with self._store.database.writing(_WHAT) as connection:
                connection.execute(f"DELETE FROM {self._table}")
            self._ends = {}
            self._store.reset()

    def _check(self, row: Visit | Search, what: str) -> None:
        time, now = to_rfc3339(row.time), self._clock.now()
        if row.account not in self._viewers:
            account = str(row.account)[:80]
            raise ConflictError(
                f"{what}: nobody has the account {account!r}.{did_you_mean(account, self._viewers)}"
            )
        if row.time > now:
            raise ConflictError(
                f"{what}: {time} is in the future; the clock shows {to_rfc3339(now)}."
            )
        if row.time < start_of(self._world.installed):
            raise ConflictError(f"{what}: {time} is before the first day, {self._world.installed}.")

    def _set(self, content_id: int, trashed: int | None, deleted: int | None) -> None:
        with self._store.database.writing(_WHAT) as connection:
            row = (content_id, trashed, deleted)
            connection.execute(f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?)", row)
        self._ends = self._read()

    def _read(self) -> dict[int, tuple[int | None, int | None]]:
        with self._store.database.reading() as connection:
            query = f"SELECT content_id, trashed, deleted FROM {self._table}"
            rows = connection.execute(query).fetchall()
        if not all(time is None or is_moment(time) for _, *times in rows for time in times):
            raise damaged("a content went at a time that cannot be")
        return {number: (trashed, deleted) for number, trashed, deleted in rows}


def no_content(content_id: int, contents: Mapping[int, Content]) -> NotFoundError:
    """Return the error for an unknown content id."""
    if content_id < 0:
        return NotFoundError("There is no content with this id; ids are whole numbers.")
    shown = str(content_id)[:30]
    return NotFoundError(f"There is no content {shown}.{did_you_mean(shown, map(str, contents))}")
