from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import DAY, EARLIEST, LATEST, day_of, start_of
from mock_server.data.database import TABLES, Database
from mock_server.data.opening import open_database
from mock_server.data.queries import Total, select
from mock_server.data.query import ReportQuery
from mock_server.data.rows import Store
from mock_server.world.domain import ANONYMOUS, Content, ContentType, Residency, Search, Visit

FIRST = date(2026, 1, 1)
START = start_of(FIRST)
DAYS = 4
END = START + DAYS * DAY

CONTENTS = {
    content.id: content
    for content in (
        Content(1, ContentType.PAGE, "One", "DOCS", created=0),
        Content(2, ContentType.BLOG_POST, "Two", "DOCS", created=0),
        Content(2**40, ContentType.PAGE, "Three", "~712020a", created=0),
    )
}
ACCOUNTS = [None, ANONYMOUS, "557058:a", "712020:b"]
TERMS = ["page", "Page", "Übersicht", "50%", "a_b"]


class Rows:
    """A world of given rows."""

    def __init__(
        self, visits: list[Visit] | None = None, searches: list[Search] | None = None
    ) -> None:
        self.installed = FIRST
        self._visits = visits or []
        self._searches = searches or []
        self.requested: list[date] = []

    def visits_on(self, day: date) -> list[Visit]:
        self.requested.append(day)
        return [row for row in self._visits if day_of(row.time) == day]

    def searches_on(self, day: date) -> list[Search]:
        return [row for row in self._searches if day_of(row.time) == day]

    def content(self, content_id: int) -> Content:
        return CONTENTS[content_id]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database that all tests share, since making one takes longer than reading it."""
    database = open_database(None, {})
    yield database
    database.close()


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """Every SELECT that is run, with its values."""
    run: list[str] = []
    with database.reading() as connection:
        connection.set_trace_callback(
            lambda statement: run.append(statement) if statement.startswith("SELECT") else None
        )
    yield run
    with database.reading() as connection:
        connection.set_trace_callback(None)


@dataclass(frozen=True)
class Selection:
    """The range and filters of a report."""

    start: int
    end: int
    content_id: int | None = None
    space_key: str | None = None
    content_types: frozenset[ContentType] | None = None
    accounts: frozenset[str] | None = None
    account_kinds: frozenset[str] | None = None
    successful: bool | None = None
    term: str | None = None
    hidden: frozenset[int] = frozenset()
    grouping: Grouping = Grouping.ROWS


@dataclass(frozen=True)
class Page:
    """The page and order of a report."""

    offset: int = 0
    limit: int | None = None
    descending: bool = False


@dataclass(frozen=True)
class Reports:
    """Queries at a point in time."""

    store: Store
    subject: Subject
    now: int

    def visits(self, selection: Selection, page: Page) -> list[Visit]:
        return [Visit(*row[:2], row[2] or None) for row in self._page(selection, page)]

    def searches(self, selection: Selection, page: Page) -> list[Search]:
        return [Search(*row[:2], row[2] or None, row[3]) for row in self._page(selection, page)]

    def _page(self, selection: Selection, page: Page) -> Any:
        return self._run("page", selection, **vars(page))

    def _run(self, name: str, selection: Selection, **page: Any) -> Any:
        filters = {name: value for name, value in vars(selection).items() if name != "hidden"}
        query = ReportQuery(self.subject, **filters, **page)
        with select(self.store, query, self.now, selection.hidden) as queries:
            return getattr(queries, name)()

    def __getattr__(self, name: str) -> Any:
        return partial(self._run, name)


@dataclass(frozen=True)
class Filled:
    """Reports and their source of rows."""

    visits: Reports
    searches: Reports
    source: Rows


def fill(
    database: Database, visits: list[Visit] | None = None, searches: list[Search] | None = None,
    now: int = END
) -> Filled:  # fmt: skip
    """Replace all rows of the database."""
    tables, source = TABLES[Residency.US], Rows(visits, searches)
    with database.writing("") as connection:
        for table in (tables.visits, tables.searches, tables.days):
            connection.execute(f"DELETE FROM {table}")
    store = Store(database, tables, source)
    return Filled(
        Reports(store, Subject.SPACE_VISITS, now), Reports(store, Subject.SEARCHES, now), source
    )


ALL = Selection(START, END)
A_TIME = st.one_of(st.integers(START, END - 1), st.sampled_from([START, START + DAY, END - 1]))
AN_ACCOUNT = st.sampled_from(ACCOUNTS)
SOME_VISITS = st.lists(st.builds(Visit, A_TIME, st.sampled_from(sorted(CONTENTS)), AN_ACCOUNT))
SOME_SEARCHES = st.lists(
    st.builds(Search, A_TIME, st.sampled_from(TERMS), AN_ACCOUNT, st.integers(0, 2))
)
A_MOMENT = st.one_of(A_TIME, st.integers(START - DAY, END + DAY), st.integers())
A_SELECTION = st.builds(
    Selection,
    start=A_MOMENT,
    end=A_MOMENT,
    content_id=st.sampled_from([None, None, *CONTENTS, 404, 2**80]),
    space_key=st.sampled_from([None, None, "DOCS", "~712020a", "NONE", ""]),
    content_types=st.none() | st.frozensets(st.sampled_from(ContentType)),
    accounts=st.none()
    | st.frozensets(st.sampled_from(["", *ACCOUNTS[1:], "x" * 256, "a\0", "\ud800"]), max_size=3),
    account_kinds=st.none() | st.frozensets(st.sampled_from(["known", "anonymous", "protected"])),
    successful=st.sampled_from([None, None, True, False]),
    term=st.sampled_from([None, None, "", "page", "ÜBER", "%", "_", "\\", "e" * 256, "\0"]),
    hidden=st.frozensets(st.sampled_from([*CONTENTS, 404]), max_size=2),
)


def passes(row: Visit | Search, selection: Selection) -> bool:
    """Return whether a row matches, as the SQL statements decide."""
    if not selection.start <= row.time < selection.end:
        return False
    if selection.accounts is not None and row.account not in selection.accounts:
        return False
    kind = {None: "protected", ANONYMOUS: "anonymous"}.get(row.account, "known")
    if selection.account_kinds is not None and kind not in selection.account_kinds:
        return False
    if isinstance(row, Search):
        return (
            selection.successful in {None, row.number_of_results > 0}
            and (selection.term or "").casefold() in row.term.casefold()
        )
    content = CONTENTS[row.content_id]
    return (
        selection.content_id in {None, content.id}
        and selection.space_key in {None, content.space_key}
        and (selection.content_types is None or content.type in selection.content_types)
        and content.id not in selection.hidden
    )


def visit_order(visit: Visit) -> tuple[int, int, str]:
    return visit.time, visit.content_id, visit.account or ""


def search_order(search: Search) -> tuple[int, str, str]:
    return search.time, search.term, search.account or ""


def viewers(rows: list[Visit] | list[Search]) -> int:
    return len({row.account for row in rows} - {None})


def sums_of(rows: list[Visit] | list[Search]) -> dict[Field, Any]:
    times = [row.time for row in rows]
    accounts = [row.account for row in rows]
    results = [row.number_of_results for row in rows if isinstance(row, Search)]
    contents = [CONTENTS[row.content_id] for row in rows if isinstance(row, Visit)]
    kinds = [content.type for content in contents]
    return {
        Field.VIEWS: len(rows),
        Field.VIEWERS: viewers(rows),
        Field.KNOWN_VIEWERS: len({*accounts} - {ANONYMOUS, None}),
        Field.FIRST_TIME: min(times, default=None),
        Field.LAST_TIME: max(times, default=None),
        Field.ANONYMOUS_VIEWS: accounts.count(ANONYMOUS),
        Field.PROTECTED_VIEWS: accounts.count(None),
        Field.CONTENTS: len({content.id for content in contents}),
        Field.SPACES: len({content.space_key for content in contents}),
        Field.TERMS: len({row.term for row in rows if isinstance(row, Search)}),
        Field.PAGE_VIEWS: kinds.count(ContentType.PAGE),
        Field.BLOG_VIEWS: kinds.count(ContentType.BLOG_POST),
        Field.ATTACHMENT_VIEWS: kinds.count(ContentType.ATTACHMENT),
        Field.KNOWN_VIEWS: len(rows) - accounts.count(ANONYMOUS) - accounts.count(None),
        Field.UNSUCCESSFUL: results.count(0),
        Field.AVERAGE_RESULTS: sum(results) / max(len(results), 1),
    }


@settings(deadline=None)
@given(visits=SOME_VISITS, selection=A_SELECTION)
def test_visits_are_ordered(database: Database, visits: list[Visit], selection: Selection) -> None:
    expected = sorted((row for row in visits if passes(row, selection)), key=visit_order)
    reports = fill(database, visits).visits
    assert reports.visits(selection, Page()) == expected
    assert reports.visits(selection, Page(descending=True)) == expected[::-1]
    assert reports.sums(selection) == sums_of(expected)


@settings(deadline=None)
@given(searches=SOME_SEARCHES, selection=A_SELECTION)
def test_searches_are_ordered(
    database: Database, searches: list[Search], selection: Selection
) -> None:
    expected = sorted((row for row in searches if passes(row, selection)), key=search_order)
    reports = fill(database, searches=searches).searches
    found = reports.searches(selection, Page())
    backwards = reports.searches(selection, Page(descending=True))
    sums = reports.sums(selection)
    assert Counter(found) == Counter(expected)  # one rank may hold several rows
    assert [search_order(row) for row in found] == [search_order(row) for row in expected]
    assert backwards == found[::-1]
    assert sums == sums_of(expected)


@settings(deadline=None)
@given(visits=SOME_VISITS, limit=st.integers(1, 5), descending=st.booleans())
def test_pages_are_disjoint_complete_and_in_order(
    database: Database, visits: list[Visit], limit: int, descending: bool
) -> None:
    reports = fill(database, visits).visits
    page = Page(limit=limit, descending=descending)
    pages: list[Visit] = []
    for offset in range(0, reports.count(ALL) + 2 * limit, limit):
        found = reports.visits(ALL, replace(page, offset=offset))
        assert len(found) == max(0, min(limit, len(visits) - offset))
        pages += found
    assert pages == reports.visits(ALL, replace(page, limit=None))
    assert len(pages) == reports.count(ALL) == len(visits)


@settings(deadline=None)
@given(visits=SOME_VISITS, selection=A_SELECTION, between=A_MOMENT)
def test_visits_of_adjoining_ranges_add_up(
    database: Database, visits: list[Visit], selection: Selection, between: int
) -> None:
    first, last = sorted((selection.start, selection.end))
    between = min(max(between, first), last)
    reports = fill(database, visits).visits
    before, after, whole = (
        reports.visits(replace(selection, start=start, end=end), Page())
        for start, end in ((first, between), (between, last), (first, last))
    )
    assert before + after == whole


@settings(deadline=None)
@given(visits=SOME_VISITS, content=st.sampled_from(list(CONTENTS.values())))
def test_visits_of_a_space_include_those_of_its_contents(
    database: Database, visits: list[Visit], content: Content
) -> None:
    reports = fill(database, visits).visits
    of_space = reports.visits(replace(ALL, space_key=content.space_key), Page())
    of_content = reports.visits(replace(ALL, content_id=content.id), Page())
    assert of_content == [row for row in of_space if row.content_id == content.id]


KEYS: dict[Grouping, Callable[[Any], Any]] = {
    Grouping.VIEWERS: lambda visit: visit.account,
    Grouping.CONTENTS: lambda visit: visit.content_id,
    Grouping.SPACES: lambda visit: CONTENTS[visit.content_id].space_key,
}


@settings(deadline=None)
@given(visits=SOME_VISITS, selection=A_SELECTION, grouping=st.sampled_from([*KEYS]))
def test_totals_are_the_sums_of_the_visits(
    database: Database, visits: list[Visit], selection: Selection, grouping: Grouping
) -> None:
    reports = fill(database, visits).visits
    groups: dict[Any, list[Visit]] = {}
    days: dict[date, list[Visit]] = {}
    for visit in reports.visits(selection, Page()):
        groups.setdefault(KEYS[grouping](visit), []).append(visit)
        days.setdefault(day_of(visit.time), []).append(visit)
    groups.pop(None, None)  # protected viewers
    expected = [Total(key, sums_of(rows)) for key, rows in groups.items()]
    assert reports.totals(replace(selection, grouping=grouping)) == sorted(
        expected, key=lambda total: (-total.values[Field.VIEWS], total.key)
    )
    assert reports.per_day(selection) == [Total(day, sums_of(rows)) for day, rows in days.items()]


def all_days() -> list[date]:
    return [FIRST + timedelta(days=number) for number in range(DAYS)]


def test_searches_are_totalled_by_term(database: Database) -> None:
    searches = [
        Search(START, "rest", None, 0),
        Search(START + 1, "page", ANONYMOUS, 1),
        Search(START + 2, "page", "557058:a", 1),
    ]
    reports = fill(database, searches=searches).searches

    assert reports.totals(replace(ALL, grouping=Grouping.TERMS)) == [
        Total("page", sums_of(searches[1:])),
        Total("rest", sums_of(searches[:1])),
    ]


def test_visits_have_no_terms_and_searches_no_contents(database: Database) -> None:
    filled = fill(database, [Visit(START, 1, None)], [Search(START, "page", None, 1)])
    assert filled.visits.totals(replace(ALL, grouping=Grouping.TERMS)) == []
    assert filled.searches.totals(replace(ALL, grouping=Grouping.CONTENTS)) == []
    assert filled.searches.totals(replace(ALL, grouping=Grouping.SPACES)) == []


def test_anonymous_users_count_as_one_viewer_and_protected_users_as_none(
    database: Database,
) -> None:
    accounts = [*(f"557058:{n}" for n in range(6)), *[ANONYMOUS] * 20, None, None]
    visits = [Visit(START + n, 1, account) for n, account in enumerate(accounts)]
    reports = fill(database, visits).visits
    per_viewer = reports.totals(replace(ALL, grouping=Grouping.VIEWERS))
    assert reports.sums(ALL) == sums_of(visits)
    assert reports.sums(ALL)[Field.VIEWERS] == 7
    assert len(per_viewer) == 7
    assert per_viewer[0] == Total(ANONYMOUS, sums_of(visits[6:26]))
    assert reports.per_day(ALL) == [Total(FIRST, sums_of(visits))]


def test_rows_of_the_future_are_not_visible(database: Database) -> None:
    now = START + DAY // 2
    visits = [Visit(now - 1, 1, None), Visit(now, 1, None), Visit(now + 1, 1, None)]
    filled = fill(database, visits, now=now)
    assert filled.visits.visits(ALL, Page()) == visits[:2]
    assert filled.source.requested == [FIRST]


def test_there_are_no_rows_before_the_installation_time(database: Database) -> None:
    filled = fill(database, [Visit(START, 1, None)], now=START - 1)
    assert filled.visits.visits(ALL, Page()) == []
    assert filled.source.requested == []


@pytest.mark.parametrize(
    ("start", "end"), [(EARLIEST, LATEST), (-(10**30), 10**30), (START, END + 1), (-1, 2**63)]
)
def test_a_range_beyond_the_data_is_limited_to_it(database: Database, start: int, end: int) -> None:
    visits = [Visit(START, 1, None), Visit(END - 1, 1, None)]
    filled = fill(database, visits, now=END - 1)
    assert filled.visits.visits(Selection(start, end), Page()) == visits
    assert filled.source.requested == all_days()


@pytest.mark.parametrize(
    ("start", "end"),
    [(END, START), (START, START), (EARLIEST, START), (10**30, 10**31), (-(10**31), -(10**30))],
)
def test_a_range_without_rows_is_an_empty_report(database: Database, start: int, end: int) -> None:
    selection = Selection(start, end)
    filled = fill(database, [Visit(START, 1, "a")], now=END - 1)
    assert filled.visits.visits(selection, Page(0, 10)) == []
    assert filled.visits.sums(selection) == sums_of([])
    assert filled.visits.totals(replace(selection, grouping=Grouping.VIEWERS)) == []
    assert filled.visits.per_day(selection) == []
    assert filled.source.requested == []


def test_protected_viewers_match_no_account(database: Database) -> None:
    reports = fill(database, [Visit(START, 1, None)]).visits
    assert reports.count(replace(ALL, accounts=frozenset({""}))) == 0


def test_impossible_filter_values_match_nothing(database: Database, statements: list[str]) -> None:
    filled = fill(database, [Visit(START, 1, "a")], [Search(START, "page", "a", 1)])
    for text in ("a\0", "\ud800", "a" * 256):
        assert filled.visits.count(replace(ALL, accounts=frozenset({text}))) == 0
        assert filled.visits.count(replace(ALL, space_key=text)) == 0
        assert filled.searches.count(replace(ALL, term=text)) == 0
    assert len(statements) == 9
    assert all(statement.endswith("WHERE false ") for statement in statements)


def test_more_contents_can_be_hidden_than_a_statement_has_parameters(database: Database) -> None:
    reports = fill(database, [Visit(START, 1, None), Visit(START, 2, None)]).visits
    hidden = frozenset(range(2, 40_000))
    assert reports.visits(replace(ALL, hidden=hidden), Page()) == [Visit(START, 1, None)]


def test_results_are_not_reused_for_other_filter_values(database: Database) -> None:
    visits = [Visit(START, 1, None), Visit(START + 1, 2, None)]
    reports = fill(database, visits).visits
    for number, row in enumerate(visits):
        assert reports.visits(ALL, Page(number, 1)) == [row]
        assert reports.visits(replace(ALL, content_id=row.content_id), Page()) == [row]
        assert reports.visits(replace(ALL, hidden=frozenset({3 - row.content_id})), Page()) == [row]


@pytest.mark.parametrize(("selection", "index"), [
    (replace(ALL, content_id=1), "us_visit_content (content_id=? AND time>? AND time<?)"),
    (replace(ALL, space_key="DOCS"), "us_visit_space (space_key=? AND time>? AND time<?)"),
    (replace(ALL, space_key="DOCS", hidden=frozenset({2})),
     "us_visit_space (space_key=? AND time>? AND time<?)"),
    (ALL, "us_visit_time (time>? AND time<?)"),
])  # fmt: skip
@pytest.mark.parametrize("descending", [False, True])
def test_pages_and_counts_use_an_index(
    database: Database, statements: list[str], selection: Selection, index: str, descending: bool
) -> None:
    reports = fill(database).visits
    reports.visits(selection, Page(0, 50, descending=descending))
    reports.count(selection)
    with database.reading() as connection:
        plans = [
            " / ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in statements[-2:]
        ]
    assert all(index in plan for plan in plans), plans
