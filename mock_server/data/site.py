"""The site of one residency: its world, rows and tokens, and its reports."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from itertools import cycle, islice
from typing import Any

from mock_server.binding.fields import Field, Grouping, Interval, Subject
from mock_server.clock import DAY, HOUR, LATEST, Clock, day_of, start_of
from mock_server.data.contents import Contents, no_content, stored
from mock_server.data.database import TABLES, Database, Owner, open_database
from mock_server.data.fields import (
    FieldValues,
    PlainRows,
    Rows,
    SearchRows,
    VisitRows,
    account_values,
    content_values,
    figures,
    interval_values,
    paging_values,
    slot_values,
    space_values,
    stands_for,
    total_values,
    without_gaps,
)
from mock_server.data.queries import SUMMED, Queries, Total, Visible
from mock_server.data.query import ReportQuery
from mock_server.data.rows import Store
from mock_server.data.selection import in_order, is_within, left_out, ordered, slice_of
from mock_server.data.tokens import TokenState, TokenStore
from mock_server.data.zones import intervals_of, localised, start_in, zone_of
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

_MOST_COUNTS = 1_000
FIGURES = SUMMED | {Field.VIEWS_PER_DAY, Field.VIEWS_PER_VIEWER, Field.BUSIEST_DAY}
"""The values of all selected rows together."""


@dataclass(frozen=True)
class Report:
    """The result of a query: rows, and values that apply to all of them."""

    rows: Rows
    values: FieldValues
    notes: tuple[str, ...] = ()

    def repeated(self, size: int | None) -> "Report":
        """Return a report with its rows repeated up to a number, on a single page.

        Args:
            size: The number of rows; None changes nothing. An empty report stays empty.
        """
        if size is None or not len(self.rows) or len(self.rows) >= size:
            return self
        rows = [self.rows.row(number) for number in range(len(self.rows))]
        values = {**self.values, Field.SIZE: size, Field.TOTAL: size}
        return replace(self, rows=PlainRows(list(islice(cycle(rows), size))), values=values)


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
        self._counts: tuple[object, dict[Hashable, int]] = (None, {})
        """A revision of the database, and cached row counts."""
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
        fields: Collection[Field] = (Field.ROW_ID, Field.SHARE),
    ) -> Report:
        """Run a query.

        Args:
            query: The rows to select.
            now: The time of the report in epoch milliseconds; the clock's time if None.
            sums: The values of all selected rows together to compute, out of `FIGURES`.
            fields: The fields of rows that are read; row ids and shares need queries of their own.

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
        zone = None if query.zone is None else zone_of(query.zone)
        queries = self._searches if query.subject is Subject.SEARCHES else self._visits
        rows: Rows
        with queries.at_once(query, visible) as selected:
            if query.grouping is Grouping.ROWS:
                found, total = self._page(
                    selected, query, visible, contents, zone, ranked=Field.ROW_ID in fields
                )
                rows = self._rows_of(query, found, contents, zone, now)
            else:
                totals = self._totals(query, selected, visible, contents)
                totals = ordered([total for total in totals if is_within(total, query)], query)
                # Totals may contain the subject of the report.
                ranked_totals = enumerate(totals[slice_of(query)], query.offset + 1)
                page = [
                    _local(values | row | _trash(row, contents, now) | {Field.RANK: rank}, zone)
                    for rank, row in ranked_totals
                ]
                if Field.SHARE in fields and page:
                    views = selected.sums(query, visible, (Field.VIEWS,))[Field.VIEWS]
                    page = [row | {Field.SHARE: row[Field.VIEWS] / max(views, 1)} for row in page]
                rows, total = PlainRows(page), len(totals)
            if sums:
                values |= self._sums(query, selected, visible, sums, zone)
        values |= paging_values(query, len(rows), total)
        end = query.end - 1 if query.shown_end is None else query.shown_end
        values |= {Field.RANGE_START: query.start, Field.RANGE_END: end}
        values |= {Field.TIMESTAMP: now, Field.IS_SUCCESSFUL: True}
        values |= {Field.RESIDENCY: self.residency.value, Field.SITE_URL: self.world.site_url}
        return Report(rows, _local(values, zone), notes)

    def _sums(
        self,
        query: ReportQuery,
        queries: Queries,
        visible: Visible,
        fields: Collection[Field],
        zone: tzinfo | None,
    ) -> FieldValues:
        derived = FIGURES - SUMMED & {*fields}
        summed = SUMMED & {*fields} | ({Field.VIEWS, Field.VIEWERS} if derived else set())
        values = queries.sums(query, visible, summed)
        if derived:
            values |= figures(values, query)
        if Field.BUSIEST_DAY in derived:
            days = queries.per_day(query, visible)
            busiest = max(days, key=lambda total: total.values[Field.VIEWS], default=None)
            values[Field.BUSIEST_DAY] = None if busiest is None else start_in(busiest.key, zone)
        return values

    def _identified(self, query: ReportQuery, now: int) -> tuple[ReportQuery, FieldValues]:
        """Find the account, space and content of a report, and return their values."""
        values: FieldValues = {}
        if query.accounts is not None:
            found = [self._account(name, query) for name in query.accounts]
            query = replace(query, accounts=frozenset(found))
            values |= account_values(found[0], self._accounts) if query.must_exist else {}
        if query.space_key is not None:
            space = self._space(query.space_key)
            if space.key != query.space_key:
                query = replace(query, space_key=space.key)
            values |= space_values(space)
        if query.content_id is not None:
            with suppress(*() if query.content_must_exist else (NotFoundError,)):
                content = self._content(query.content_id, query.space_key, now)
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

    def _page(
        self,
        queries: Queries,
        query: ReportQuery,
        visible: Visible,
        contents: Mapping[int, Content],
        zone: tzinfo | None,
        *,
        ranked: bool,
    ) -> tuple[Sequence[tuple[Any, ...]], int]:
        """Return the rows of a page and the total; the last page needs no separate count."""
        if not queries.can_sort_by(query.sort):
            every = replace(query, sort=(), offset=0, limit=None)
            found = queries.page(every, visible, ranked=ranked)
            rows = self._rows_of(query, found, contents, zone, visible.now)
            order = in_order([*rows], query.sort)
            return [found[number] for number in order[slice_of(query)]], len(found)
        revision = self.database.revision()
        found = queries.page(query, visible, ranked=ranked)
        is_last = query.limit is None or len(found) < query.limit
        if is_last and (found or not query.offset):
            return found, query.offset + len(found)
        return found, self._count(queries, query, visible, revision)

    def _count(
        self, queries: Queries, query: ReportQuery, visible: Visible, revision: object
    ) -> int:
        """Return the number of selected rows, cached per revision of the database.

        Args:
            queries: Queries on one snapshot.
            query: The rows to select.
            visible: The visible rows.
            revision: The revision before the snapshot was taken; None if unknown.
        """
        if revision is None or revision != self.database.revision():
            return queries.count(query, visible)
        end = min(query.end, visible.now + 1)
        selection = replace(
            query, end=end, shown_end=None, offset=0, limit=None, sort=(), descending=False
        )
        key = selection, visible.hidden
        if self._counts[0] != revision or len(self._counts[1]) > _MOST_COUNTS:
            self._counts = (revision, {})
        counts = self._counts[1]
        if key not in counts:
            counts[key] = queries.count(query, visible)
        return counts[key]

    def _rows_of(
        self,
        query: ReportQuery,
        found: Sequence[tuple[Any, ...]],
        contents: Mapping[int, Content],
        zone: tzinfo | None,
        now: int,
    ) -> Rows:
        if query.subject is Subject.SEARCHES:
            return SearchRows(found, self._accounts, self._origin, zone)
        rows = VisitRows(
            found, contents, self._spaces, self._accounts, self.world.site_url, self._origin, zone
        )
        if query.trashed is False:
            return rows
        return PlainRows([row | _trash(row, contents, now) for row in rows])

    def _totals(
        self,
        query: ReportQuery,
        queries: Queries,
        visible: Visible,
        contents: Mapping[int, Content],
    ) -> list[FieldValues]:
        if query.grouping is Grouping.DAYS:
            zone = None if query.zone is None else zone_of(query.zone)
            if query.interval is Interval.HOUR:
                return [
                    interval_values(
                        total, localised(total.key, zone), localised(total.key + HOUR - 1, zone)
                    )
                    for total in queries.per_hour(query, visible)
                ]
            found = queries.per_day(query, visible)
            if query.interval is not Interval.DAY:
                found = list(self._intervals(query, queries, visible, zone, found))
            if not query.has_gaps:
                found = without_gaps(found, *queries.limits(query, visible), query.interval, zone)
            ends = dict(intervals_of([total.key for total in found], query.interval))
            return [
                interval_values(
                    total, start_in(total.key, zone), start_in(ends[total.key], zone) - 1
                )
                for total in found
            ]
        if query.grouping in {Grouping.HOURS, Grouping.WEEKDAYS}:
            return slot_values(queries.per_slot(query, visible), query.grouping)
        subjects: Mapping[Grouping, Callable[[Any], FieldValues]] = {
            Grouping.VIEWERS: lambda account: account_values(account or None, self._accounts),
            Grouping.CONTENTS: lambda number: content_values(
                stored(contents, number, "content"), self._spaces, self.world.site_url
            ),
            Grouping.SPACES: lambda key: space_values(stored(self._spaces, key, "space")),
            Grouping.TERMS: lambda term: {Field.TERM: term},
            Grouping.TYPES: lambda kind: {Field.CONTENT_TYPE: kind},
        }
        return [
            subjects[query.grouping](total.key) | total_values(total, query.grouping)
            for total in queries.totals(query, visible)
        ]

    def _intervals(
        self,
        query: ReportQuery,
        queries: Queries,
        visible: Visible,
        zone: tzinfo | None,
        days: Sequence[Total],
    ) -> Iterator[Total]:
        """Yield the totals of weeks or months with rows; daily viewers cannot be added up."""
        for first, last in intervals_of([total.key for total in days], query.interval):
            start, end = start_in(first, zone), start_in(last, zone)
            part = replace(query, start=max(start, query.start), end=min(end, query.end))
            yield Total(first, queries.sums(part, visible))

    def _seen(
        self, now: int, *, trashed: bool | None = False
    ) -> tuple[Mapping[int, Content], Visible]:
        """Return the contents created by now, and the visible part of the rows."""
        contents = self.contents.at(now)
        if trashed is not False:
            gone = [number for number, content in contents.items()
                    if _is_past(content.deleted, now)
                    or (trashed and not _is_past(content.trashed, now))]  # fmt: skip
            return contents, Visible(now, frozenset(gone))
        known, since, until, hidden = self._hidden
        if known is not contents or not since <= now < until:
            ends = [end for content in contents.values() for end in (content.trashed, content.deleted)
                    if end is not None]  # fmt: skip
            hidden = frozenset(
                content.id
                for content in contents.values()
                if _is_past(content.trashed, now) or _is_past(content.deleted, now)
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


def _local(values: FieldValues, zone: tzinfo | None) -> FieldValues:
    """Attach the day in a time zone to the times of totals and envelopes."""
    if zone is None:
        return values
    moments = (Field.FIRST_TIME, Field.LAST_TIME, Field.RANGE_START, Field.RANGE_END)
    known = {field: values[field] for field in moments if values.get(field) is not None}
    return values | {field: localised(moment, zone) for field, moment in known.items()}


def _trash(row: FieldValues, contents: Mapping[int, Content], now: int) -> FieldValues:
    """Return the values of a trashed content; empty for others."""
    content = contents.get(row.get(Field.CONTENT_ID, 0))
    if content is None or not _is_past(content.trashed, now):
        return {}
    return {
        Field.IS_TRASHED: True,
        Field.TRASH_TIME: content.trashed,
        Field.DELETION_TIME: content.deleted,
    }


def _is_past(moment: int | None, now: int) -> bool:
    return moment is not None and moment <= now


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
