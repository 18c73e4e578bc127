"""The site of one residency: its world, rows and tokens, and its reports."""

from collections.abc import Collection, Hashable, Mapping
from contextlib import suppress
from dataclasses import replace

from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import DAY, Clock, day_of, start_of
from mock_server.data.contents import Contents, no_content
from mock_server.data.database import TABLES, Database
from mock_server.data.fields import (
    FieldValues,
    Known,
    account_values,
    content_values,
    paging_values,
    space_values,
    stands_for,
    stored,
)
from mock_server.data.opening import open_database
from mock_server.data.queries import SUMMED, Queries, select
from mock_server.data.query import ReportQuery
from mock_server.data.report import Report, Selection, left_out, local
from mock_server.data.rows import Store
from mock_server.data.tokens import TokenState, TokenStore
from mock_server.errors import NotFoundError, did_you_mean
from mock_server.settings import Settings
from mock_server.world.domain import ANONYMOUS, NEVER, Content, ContentType, Residency, Space
from mock_server.world.file import read_world
from mock_server.world.world import World

ALL_FIELDS = frozenset(Field)
_MOST_COUNTS = 1_000


class Site:
    """The Confluence site of one residency, as Viewtracker sees it."""

    def __init__(self, world: World, database: Database, clock: Clock) -> None:
        self.world = world
        self.clock = clock
        self.seed = world.seed
        self.database = database
        self.residency = world.residency
        tables, prefix = TABLES[self.residency], f"vt_{self.residency.value}_"
        self.tokens = TokenStore(database, tables.tokens, clock, prefix=prefix)
        self.store = Store(database, tables, world)
        self.contents = Contents(world, self.store, clock)
        self._spaces = {space.key: space for space in world.spaces}
        self._accounts = {account.id: account for account in world.accounts}
        self._ended: tuple[Mapping[int, Content], list[Content]] = ({}, [])
        """Contents, and those of them that are trashed or deleted at some time."""
        self._counts: tuple[object, dict[Hashable, int]] = (None, {})
        """A revision of the database, and numbers of selected rows."""

    @property
    def demo_token(self) -> str | None:
        """The well-known token, if it is active."""
        token = demo_token_of(self.residency)
        return token if self.opens(token) else None

    def opens(self, token: str) -> bool:
        """Return whether a token is active on this site, without recording a use."""
        return self.tokens.verify(token, is_use=False) is TokenState.ACTIVE

    def close(self) -> None:
        """Release the database."""
        self.database.close()

    def reset(self, *, demo_token: bool) -> None:
        """Undo all changes and delete all tokens; `demo_token` keeps the well-known one."""
        self.tokens.reset(demo_token_of(self.residency) if demo_token else None)
        self.contents.reset()

    def example_content(self) -> Content:
        """Return a content for examples in documentation, if possible one with visits."""
        now = self.clock.now()
        contents, hidden = self._seen(now)
        recent = ReportQuery(Subject.SPACE_VISITS, Grouping.CONTENTS, start=now - 7 * DAY, end=now)
        with select(self.store, recent, now, hidden) as queries:
            busiest = queries.totals()
        if busiest:
            return stored(contents, busiest[0].key, "content")
        shown = (content for key, content in contents.items() if key not in hidden)
        space = next(iter(self._spaces), "NONE")
        return next(shown, Content(1, ContentType.PAGE, "", space, 0))

    def report(
        self,
        query: ReportQuery,
        *,
        now: int | None = None,
        sums: Collection[Field] = SUMMED,
        fields: Collection[Field] = ALL_FIELDS,
    ) -> Report:
        """Run a query; what it names and does not exist is a `NotFoundError`.

        Args:
            query: The rows to select.
            now: The time of the report in epoch milliseconds; the clock's time if None.
            sums: The values of all selected rows together to compute, out of `FIGURES`.
            fields: The fields of rows that are read; others may be missing.
        """
        url = query.site_url
        if url is not None and not self.world.is_at(url):
            raise NotFoundError(f"The site here is {self.world.site_url}, not {url[:255]!r}.")
        now = self.clock.now() if now is None else now
        contents, hidden = self._seen(now, trashed=query.trashed)
        origin = f"{self.residency.value} {self.world.digest}"
        known = Known(contents, self._spaces, self._accounts, self.world.site_url, origin)
        query, values = self._identified(query, now, known)
        in_trash = query.content_id in hidden
        notes = ("the content is in the trash, so its visits are hidden",) if in_trash else ()
        hidden |= left_out(contents, query)
        filtered = (bound.field for bound in query.bounds)
        summed = SUMMED & {*fields, Field.VIEWS, *filtered, *(field for field, _ in query.sort)}
        with select(self.store, query, now, hidden, summed) as queries:
            revision = self.database.revision()
            selected = Selection(queries, known)
            rows, total = selected.page(lambda: self._count(queries, revision), fields, values)
            if sums:
                values |= selected.sums(sums)
        end = query.end - 1 if query.shown_end is None else query.shown_end
        values |= paging_values(query, len(rows), total) | {
            Field.RANGE_START: query.start,
            Field.RANGE_END: end,
            Field.TIMESTAMP: now,
            Field.IS_SUCCESSFUL: True,
            Field.RESIDENCY: self.residency.value,
            Field.SITE_URL: self.world.site_url,
        }
        return Report(rows, local(values, selected.zone), notes)

    def _count(self, queries: Queries, revision: object) -> int:
        """Return the number of selected rows, counted once per revision of the database."""
        if revision is None or revision != self.database.revision():
            return queries.count()
        if self._counts[0] != revision or len(self._counts[1]) > _MOST_COUNTS:
            self._counts = (revision, {})
        counts = self._counts[1]
        key = queries.key
        if key not in counts:
            counts[key] = queries.count()
        return counts[key]

    def _identified(
        self, query: ReportQuery, now: int, known: Known
    ) -> tuple[ReportQuery, FieldValues]:
        """Find the account, space and content of a report, and return their values."""
        values: FieldValues = {}
        if query.accounts is not None:
            found = [self._account(name, query) for name in query.accounts]
            query = replace(query, accounts=frozenset(found))
            values |= account_values(found[0], known) if query.must_exist else {}
        if query.space_key is not None:
            with suppress(*() if query.space_must_exist else (NotFoundError,)):
                space = self._space(query.space_key)
                if space.key != query.space_key:
                    query = replace(query, space_key=space.key)
                values |= space_values(space)
        if query.content_id is not None:
            with suppress(*() if query.content_must_exist else (NotFoundError,)):
                content = self.contents.content(query.content_id, now)
                if query.space_must_exist and query.space_key not in {None, content.space_key}:
                    raise no_content(query.content_id, {})
                values |= content_values(content, known)
        return query, values

    def has_rows(self, start: int, end: int) -> bool:
        """Return whether all rows of a range have already been generated."""
        start = max(start, start_of(self.world.installed))
        return end <= start or self.store.has(day_of(start), day_of(end - 1))

    def visits_per_hour(self, query: ReportQuery) -> Mapping[tuple[int, int], int]:
        """Return the number of selected visits by weekday (0 is Monday) and hour, in UTC."""
        now = self.clock.now()
        with select(self.store, query, now, self._seen(now)[1], (Field.VIEWS,)) as queries:
            hours = queries.per_hour_of_week()
        return {divmod(total.key, 24): total.values[Field.VIEWS] for total in hours}

    def _seen(
        self, now: int, *, trashed: bool | None = False
    ) -> tuple[Mapping[int, Content], frozenset[int]]:
        """Return the contents created by now, and those whose visits are hidden."""
        contents = self.contents.at(now)
        known, ended = self._ended  # other threads may replace them
        if known is not contents:
            ended = [content for content in contents.values() if content.end < NEVER]
            self._ended = contents, ended
        deleted = {one.id for one in ended if one.deleted is not None and one.deleted <= now}
        gone = {one.id for one in ended if one.end <= now}
        if trashed is False:
            return contents, frozenset(gone)
        return contents, frozenset(contents.keys() - (gone - deleted) if trashed else deleted)

    def _account(self, given: str, query: ReportQuery) -> str:
        if given in self._accounts:
            if query.must_exist and self._accounts[given].is_protected:  # its name is not shown
                raise NotFoundError(f"The account {given[:255]!r} is protected.")
            return given
        if given.casefold() == ANONYMOUS.casefold():
            return ANONYMOUS
        known = next((account for account in self._accounts if stands_for(given, account)), None)
        if known is None and query.must_exist:
            hint = did_you_mean(given[:255], self._accounts)
            raise NotFoundError(f"There is no account {given[:255]!r}.{hint}")
        return known or given

    def _space(self, key: str) -> Space:
        if key in self._spaces:
            return self._spaces[key]
        for space in self._spaces.values():
            if stands_for(key, space.key):
                return space
        for space in self._spaces.values():
            if space.formerly == key:
                raise NotFoundError(f"The space {key[:255]!r} is called {space.key!r} now.")
        hint = did_you_mean(key[:255], self._spaces)
        raise NotFoundError(f"There is no space {key[:255]!r}.{hint}")


def demo_token_of(residency: Residency) -> str:
    """Return the well-known token of a residency."""
    return f"demo-token-{residency.value}"


def build_worlds(settings: Settings) -> dict[Residency, World]:
    """Create the world of each residency, without a database."""
    file = read_world(settings.world)
    return {
        residency: World(file, seed=settings.seed, residency=residency) for residency in Residency
    }


def open_sites(settings: Settings, clock: Clock) -> dict[Residency, Site]:
    """Open the site of each residency; a `WorldError` or `StorageError` if its file is invalid."""
    worlds = build_worlds(settings)
    owner: dict[str, object] = {}
    for residency, world in worlds.items():
        owner |= {
            f"{residency.value} seed": settings.seed,
            f"{residency.value} world": world.digest,
        }
    database = open_database(settings.database, owner)
    try:
        sites = {one: Site(world, database, clock) for one, world in worlds.items()}
        for residency, site in sites.items():
            site.tokens.install_demo(demo_token_of(residency), wanted=settings.demo_token)
    except BaseException:
        database.close()
        raise
    return sites


def reset_sites(sites: Mapping[Residency, Site], settings: Settings) -> None:
    """Restore rows and tokens to the state of a new database."""
    for site in sites.values():
        site.reset(demo_token=settings.demo_token)
