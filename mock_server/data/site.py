"""The site of one residency: its world, rows and tokens, and its reports."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace

from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import DAY, LATEST, Clock, day_of, start_of
from mock_server.data.contents import Contents, no_content, stored
from mock_server.data.database import TABLES, Database
from mock_server.data.fields import (
    FieldValues,
    account_values,
    content_values,
    paging_values,
    space_values,
    stands_for,
)
from mock_server.data.opening import Owner, open_database
from mock_server.data.queries import SUMMED, Queries, Visible
from mock_server.data.query import ReportQuery
from mock_server.data.report import Known, Report, RowCounts, Selection, is_past, local
from mock_server.data.rows import Store
from mock_server.data.selection import left_out
from mock_server.data.tokens import TokenState, TokenStore
from mock_server.errors import NotFoundError, did_you_mean
from mock_server.settings import Settings
from mock_server.world.domain import (
    ANONYMOUS,
    Content,
    ContentType,
    Residency,
    Search,
    Space,
    Visit,
)
from mock_server.world.file import read_world
from mock_server.world.world import World

ALL_FIELDS = frozenset(Field)


class Site:
    """The Confluence site of one residency, as Viewtracker sees it."""

    def __init__(
        self, residency: Residency, world: World, database: Database, clock: Clock, *, seed: int
    ) -> None:
        tables = TABLES[residency]
        self.residency = residency
        self.world = world
        self.clock = clock
        self.seed = seed
        self.database = database
        self.tokens = TokenStore(database, tables.tokens, clock, prefix=f"vt_{residency.value}_")
        self._spaces = {space.key: space for space in world.spaces}
        self._accounts = {account.id: account for account in world.accounts}
        self.store = Store(database, tables, world, world.content)
        self.contents = Contents(world, self.store, clock)
        self._visits = Queries(self.store, Visit, installed=world.installed)
        self._searches = Queries(self.store, Search, installed=world.installed)
        self._origin = f"{residency.value} {world.digest}"
        self._counts = RowCounts(database)
        self._hidden: tuple[Mapping[int, Content], int, int, frozenset[int]] = (
            {},
            0,
            0,
            frozenset(),
        )
        """Contents, the period in which the hidden ones stay the same, and the hidden ones."""

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
        contents, visible = self._seen(now)
        recent = ReportQuery(Subject.SPACE_VISITS, Grouping.CONTENTS, start=now - 7 * DAY, end=now)
        busiest = self._visits.totals(recent, visible)
        if busiest:
            return stored(contents, busiest[0].key, "content")
        shown = (content for key, content in contents.items() if key not in visible.hidden)
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
        """Run a query.

        Args:
            query: The rows to select.
            now: The time of the report in epoch milliseconds; the clock's time if None.
            sums: The values of all selected rows together to compute, out of `FIGURES`.
            fields: The fields of rows that are read; others may be missing, because some need
                queries of their own.

        Raises:
            NotFoundError: If the query names another site, or a content or space that does not
                exist at that time.
        """
        url = query.site_url
        if url is not None and not self.world.is_at(url):
            raise NotFoundError(f"The site here is {self.world.site_url}, not {url[:255]!r}.")
        now = self.clock.now() if now is None else now
        contents, visible = self._seen(now, trashed=query.trashed)
        query, values = self._identified(query, now)
        in_trash = visible.hidden & {query.content_id}
        notes = ("the content is in the trash, so its visits are hidden",) if in_trash else ()
        if excluded := left_out(contents, query):
            visible = replace(visible, hidden=visible.hidden | excluded)
        queries = self._searches if query.subject is Subject.SEARCHES else self._visits
        known = Known(contents, self._spaces, self._accounts, self.world.site_url, self._origin)
        filtered = (bound.field for bound in query.bounds)
        summed = SUMMED & {*fields, Field.VIEWS, *filtered, *(field for field, _ in query.sort)}
        with queries.at_once(query, visible, summed) as snapshot:
            revision = self.database.revision()
            selected = Selection(query, snapshot, visible, known)
            rows, total = selected.page(
                lambda: self._counts.count(snapshot, query, visible, revision), fields, values
            )
            if sums:
                values |= selected.sums(sums)
        values |= paging_values(query, len(rows), total)
        end = query.end - 1 if query.shown_end is None else query.shown_end
        values |= {Field.RANGE_START: query.start, Field.RANGE_END: end}
        values |= {Field.TIMESTAMP: now, Field.IS_SUCCESSFUL: True}
        values |= {Field.RESIDENCY: self.residency.value, Field.SITE_URL: self.world.site_url}
        return Report(rows, local(values, selected.zone), notes)

    def _identified(self, query: ReportQuery, now: int) -> tuple[ReportQuery, FieldValues]:
        """Find the account, space and content of a report, and return their values."""
        values: FieldValues = {}
        if query.accounts is not None:
            found = [self._account(name, query) for name in query.accounts]
            query = replace(query, accounts=frozenset(found))
            values |= account_values(found[0], self._accounts) if query.must_exist else {}
        if query.space_key is not None:
            with suppress(*() if query.space_must_exist else (NotFoundError,)):
                space = self._space(query.space_key)
                if space.key != query.space_key:
                    query = replace(query, space_key=space.key)
                values |= space_values(space)
        if query.content_id is not None:
            with suppress(*() if query.content_must_exist else (NotFoundError,)):
                space_key = query.space_key if query.space_must_exist else None
                content = self._content(query.content_id, space_key, now)
                values |= content_values(content, self._spaces, self.world.site_url)
        return query, values

    def has_rows(self, start: int, end: int) -> bool:
        """Return whether all rows of a range have already been generated."""
        earliest = start_of(self.world.installed)
        start = max(start, earliest)
        return end <= start or self.store.has(day_of(start), day_of(end - 1))

    def visits_per_hour(self, query: ReportQuery) -> Mapping[tuple[int, int], int]:
        """Return the number of selected visits by weekday (0 is Monday) and hour, in UTC."""
        return self._visits.per_hour_of_week(query, self._seen(self.clock.now())[1])

    def _seen(
        self, now: int, *, trashed: bool | None = False
    ) -> tuple[Mapping[int, Content], Visible]:
        """Return the contents created by now, and the visible part of the rows."""
        contents = self.contents.at(now)
        if trashed is not False:
            gone = [number for number, content in contents.items()
                    if is_past(content.deleted, now)
                    or (trashed and not is_past(content.trashed, now))]  # fmt: skip
            return contents, Visible(now, frozenset(gone))
        known, since, until, hidden = self._hidden
        if known is not contents or not since <= now < until:
            ends = [end for content in contents.values() for end in (content.trashed, content.deleted)
                    if end is not None]  # fmt: skip
            hidden = frozenset(
                content.id
                for content in contents.values()
                if is_past(content.trashed, now) or is_past(content.deleted, now)
            )
            until = min((end for end in ends if end > now), default=LATEST + 1)
            self._hidden = contents, now, until, hidden
        return contents, Visible(now, hidden)

    def _account(self, given: str, query: ReportQuery) -> str:
        if given in self._accounts:
            return given
        if given.casefold() == ANONYMOUS.casefold():
            return ANONYMOUS
        known = next((account for account in self._accounts if stands_for(given, account)), None)
        if known is None and query.must_exist:
            hint = did_you_mean(given[:255], self._accounts)
            raise NotFoundError(f"There is no account {given[:255]!r}.{hint}")
        return known or given

    def _space(self, key: str) -> Space:
        space = self._spaces.get(key)
        if space is not None:
            return space
        known = next((other for other in self._spaces.values() if stands_for(key, other.key)), None)
        if known is not None:
            return known
        renamed = next((other for other in self._spaces.values() if other.formerly == key), None)
        if renamed is not None:
            raise NotFoundError(f"The space {key[:255]!r} is called {renamed.key!r} now.")
        raise NotFoundError(
            f"There is no space {key[:255]!r}.{did_you_mean(key[:255], self._spaces)}"
        )

    def _content(self, content_id: int, space_key: str | None, now: int) -> Content:
        content = self.contents.content(content_id, now)
        if space_key not in {None, content.space_key}:
            raise no_content(content_id, {})
        return content


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
    """Open the site of each residency.

    Raises:
        WorldError: If the world file is invalid.
        StorageError: If the database cannot be used.
    """
    worlds = build_worlds(settings)
    owners = [Owner(residency, settings.seed, world.digest) for residency, world in worlds.items()]
    database = open_database(settings.database, owners)
    try:
        sites = {
            residency: Site(residency, world, database, clock, seed=settings.seed)
            for residency, world in worlds.items()
        }
        _install_demo_tokens(sites, settings)
    except BaseException:
        database.close()
        raise
    return sites


def reset_sites(sites: Mapping[Residency, Site], settings: Settings) -> None:
    """Restore rows and tokens to the state of a new database."""
    for site in sites.values():
        site.reset(demo_token=settings.demo_token)


def _install_demo_tokens(sites: Mapping[Residency, Site], settings: Settings) -> None:
    for residency, site in sites.items():
        site.tokens.install_demo(demo_token_of(residency), wanted=settings.demo_token)
