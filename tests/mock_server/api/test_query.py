"""From arguments to the rows that they select: ranges, filters, orders, intervals and pages."""

from typing import Any

import pytest

from mock_server.api.query import parse_query
from mock_server.binding.infer import bind
from tests.made_documents import (
    BOOLEAN,
    DAY,
    ID,
    INTEGER,
    MOMENT,
    TEXT,
    TIMED,
    content_of,
    fields,
    findings,
    get,
    listed,
    operation_of,
    query,
    rows_of,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")

# Ranges


def test_days_are_those_of_the_time_zone() -> None:
    row = {**TIMED, "viewDate": DAY}
    document = visits(row, [query("tz"), query("from", DAY)], timeZone=TEXT)

    body = get(document, tz="Asia/Tokyo", **{"from": "2026-01-20"}).json()

    assert "Asia/Tokyo" == body["timeZone"]
    assert "2026-01-19T15" <= min(one["viewTime"] for one in body["results"])[:13] < "2026-01-20"


@pytest.mark.parametrize(("name", "value"), [("timeZone", "Mars/Base"), ("since", "rubbish")])
def test_what_is_no_time_zone_and_no_moment_is_refused(name: str, value: str) -> None:
    assert 400 == get(visits(ID, [query(name)]), **{name: value}).status_code


def test_a_text_may_hold_epoch_milliseconds() -> None:
    start = query("since", description="Epoch milliseconds")

    rows = rows_of(visits({"viewTime": MOMENT}, [start]), since="1769644800000")

    assert rows
    assert "2026-01-29" <= min(one["viewTime"] for one in rows)


# Filters

WHO = {"userId": TEXT, "anonymous": BOOLEAN, "protected": BOOLEAN}


def kinds_of(rows: list[dict[str, Any]]) -> set[str]:
    return {
        "anonymous" if one["anonymous"] else "protected" if one["protected"] else "known"
        for one in rows
    }


@pytest.mark.parametrize(
    ("name", "schema", "value", "kinds"),
    [
        ("includeAnonymous", BOOLEAN, "false", "known protected"),
        ("includeAnonymous", {"type": "boolean", "default": False}, None, "known protected"),
        ("with_anonymous_users", BOOLEAN, "true", "anonymous known protected"),
        ("excludeAnonymous", BOOLEAN, "true", "known protected"),
        ("ohneAnonyme", BOOLEAN, "true", "known protected"),
        ("anonymousOnly", BOOLEAN, "true", "anonymous"),
        ("isAnonymous", BOOLEAN, "false", "known protected"),
        ("IncludeProtectedUsers", BOOLEAN, "false", "anonymous known"),
        ("hideProtected", {"type": "string", "enum": ["yes", "no"]}, "yes", "anonymous known"),
        ("user_type", {"type": "string", "enum": ["known", "anonymous"]}, "known", "known protected"),
        ("accountType", {"type": "string", "enum": ["user", "guest", "hidden"]}, "user", "known"),
        ("who", listed({"type": "string", "enum": ["USER", "GUEST"]}), "GUEST", "anonymous"),
    ],
)  # fmt: skip
def test_a_filter_selects_kinds_of_account(
    name: str, schema: dict[str, Any], value: str | None, kinds: str
) -> None:
    document = visits(WHO, [query(name, schema)])

    rows = rows_of(document, **({} if value is None else {name: value}))

    assert set(kinds.split()) == kinds_of(rows)
    assert "works" == findings(document)[name].outcome


@pytest.mark.parametrize(
    ("name", "value", "outcomes"),
    [
        ("onlyUnsuccessful", "true", {False}),
        ("onlyUnsuccessful", "false", {True, False}),
        ("nurErfolglose", "true", {False}),
        ("zeroResultsOnly", "true", {False}),
        ("hasResults", "true", {True}),
        ("successful", "false", {False}),
    ],
)
def test_a_filter_selects_searches_by_what_they_found(
    name: str, value: str, outcomes: set[bool]
) -> None:
    body = fields(results=listed({**fields(term=TEXT, hits=INTEGER), "required": ["hits"]}))
    document = served({"200": content_of(body)}, [query(name, BOOLEAN)], path="/searches")

    assert outcomes == {one["hits"] > 0 for one in rows_of(document, **{name: value})}
    assert "works" == findings(document)[name].outcome


def test_a_filter_may_be_a_list_of_accounts() -> None:
    document = visits(ID, [query("accountIds", listed(TEXT))])
    known = sorted({one["userId"] for one in rows_of(document)} - {""})

    for wanted in (["Anonymous"], known[:2]):
        rows = rows_of(document, accountIds=wanted)
        assert wanted == sorted({one["userId"] for one in rows})
    assert "works" == findings(document)["accountIds"].outcome


# Orders and intervals


@pytest.mark.parametrize(
    ("value", "descending"),
    [
        ("newest_first", True),
        ("latest", True),
        ("-time", True),
        ("DESC", True),
        ("oldest_first", False),
        ("time", False),
        ("ascending", False),
    ],
)
def test_what_a_document_calls_newest_first_is_descending(value: str, descending: bool) -> None:
    orders = ["newest_first", "oldest_first", "-time", "time", "DESC", "ascending", "latest"]
    bound = bind(visits(TIMED, [query("sort", {"type": "string", "enum": orders})]))
    operation = bound.operations["views"]

    told = parse_query(operation, {operation.operation.parameters[-1]: value}, 0)

    assert descending is told.descending


@pytest.mark.parametrize(
    ("told", "newest_first"),
    [
        ({"description": "Views of a space, newest first."}, True),
        ({"summary": "Views (most recent first)"}, True),
        ({"description": "Views; the newest are missing at first."}, False),
    ],
)
def test_rows_are_in_the_order_that_the_operation_is_described_with(
    told: dict[str, str], newest_first: bool
) -> None:
    document = visits(TIMED)
    operation_of(document).update(told)

    times = [one["viewTime"] for one in rows_of(document)]

    assert times == sorted(times, reverse=newest_first)


@pytest.mark.parametrize(("value", "largest_first"), [(None, True), ("desc", True), ("asc", False)])
def test_totals_are_in_the_order_that_is_asked_for(value: str | None, largest_first: bool) -> None:
    order = query("orderDirection", {"type": "string", "enum": ["asc", "desc"]})
    document = visits({"title": TEXT, "contentId": TEXT, "views": INTEGER}, [order])

    views = [
        one["views"] for one in rows_of(document, **({"orderDirection": value} if value else {}))
    ]

    assert views == sorted(views, reverse=largest_first)
    assert len(set(views)) > 2


@pytest.mark.parametrize(
    ("value", "starts"), [("DAY", 40), (None, 6), ("WEEK", 6), ("MONTH", 2)]
)  # fmt: skip
def test_totals_are_of_the_interval_that_is_asked_for(value: str | None, starts: int) -> None:
    interval = {"type": "string", "enum": ["DAY", "WEEK", "MONTH"], "default": "WEEK"}
    row = {"periodStart": DAY, "views": INTEGER, "uniqueViewers": INTEGER}
    parameters = [query("granularity", interval), query("tz"), query("from", MOMENT)]
    document = visits(
        row, [*parameters, query("to", MOMENT)], granularity=interval, totalViews=INTEGER
    )
    days = {"from": "2025-12-01T00:00:00+01:00", "to": "2026-01-10T00:00:00+01:00"}
    asked = {"granularity": value} if value else {}

    body = get(document, tz="Europe/Berlin", **days, **asked).json()

    found = [one["periodStart"] for one in body["results"]]
    assert (starts, value or "WEEK") == (len(found), body["granularity"])
    assert "2025-12-01" == found[0]
    assert body["totalViews"] == sum(one["views"] for one in body["results"])
    assert "works" == findings(document)["granularity"].outcome


# Pages


def test_links_lead_to_the_first_and_the_last_page() -> None:
    paged = [query("offset", INTEGER), query("limit", {"type": "integer", "default": 3})]
    links = fields(first=TEXT, next=TEXT, last=TEXT)

    body = get(visits(TIMED, paged, links=links, total=INTEGER), offset=6).json()

    assert body["links"]["first"].endswith("?offset=0")
    assert body["links"]["last"].endswith(f"?offset={(body['total'] - 1) // 3 * 3}")


@pytest.mark.parametrize("given", [{}, {"limit": 50}])
def test_no_page_is_longer_than_its_schema_allows(given: dict[str, int]) -> None:
    body = fields(results=listed(fields(**TIMED), maxItems=20))
    document = served({"200": content_of(body)}, [query("limit", INTEGER)])

    assert 20 == len(rows_of(document, **given))


# Sorting, and what a document has no word for

PAGED = [query("limit", INTEGER)]
TITLED = {**TIMED, "contentId": TEXT, "title": TEXT, "userId": {"type": "string", "nullable": True}}


@pytest.mark.parametrize(
    ("sent", "key", "descending"),
    [
        ({"sort": "viewTime,desc"}, "viewTime", True),
        ({"sort": "-contentId"}, "contentId", True),
        ({"orderBy": "content_id"}, "contentId", False),
        ({"sortBy": "userId", "order": "desc"}, "userId", True),
    ],
)
def test_rows_are_sorted_by_the_column_that_a_request_names(
    sent: dict[str, str], key: str, descending: bool
) -> None:
    rows = rows_of(visits(TITLED, [*map(query, sent), *PAGED]), limit=5_000, **sent)
    values = [row[key] for row in rows if row[key] is not None]

    assert len(set(values)) > 2
    assert values == sorted(values, reverse=descending)


def test_totals_are_sorted_by_any_column() -> None:
    document = visits({"contentId": TEXT, "title": TEXT, "views": INTEGER}, [query("sort")])
    titles = [row["title"] for row in rows_of(document, sort="title")]
    views = [row["views"] for row in rows_of(document, sort="views,asc")]

    assert titles == sorted(titles)
    assert views == sorted(views)
    assert len(titles) > 5


@pytest.mark.parametrize("column", ["title", "nonsense"])
def test_a_column_that_rows_cannot_be_sorted_by_is_said_in_a_note(column: str) -> None:
    document = visits(TITLED, [query("sort")])
    bound = bind(document).operations["views"]
    sort = next(one for one in bound.operation.parameters if one.name == "sort")

    asked = parse_query(bound, {sort: column}, now=0)

    assert asked.sort is None
    assert any(f"nothing here is sorted by {column!r}" in note for note in asked.notes)


def test_rows_of_types_that_a_document_has_no_word_for_are_left_out() -> None:
    kinds = {"type": "string", "enum": ["PAGE", "BLOG_POST"]}
    some = get(visits({"contentType": kinds}, PAGED, total=INTEGER), limit=5_000).json()
    every = get(visits({"contentType": TEXT}, PAGED, total=INTEGER), limit=5_000).json()
    types = [row["contentType"] for row in every["results"]]

    assert {"PAGE", "BLOG_POST"} == {row["contentType"] for row in some["results"]}
    assert some["total"] == len(types) - types.count("attachment") < every["total"]


@pytest.mark.parametrize(
    ("sent", "echo"),
    [
        ("2026-01-20T10:00:00Z", "2026-01-20T10:00:00.000Z"),
        ("2026-01-20", "2026-01-20T23:59:59.999Z"),
    ],
)
def test_an_end_is_echoed_as_it_was_sent_and_a_day_with_its_last_moment(
    sent: str, echo: str
) -> None:
    report = get(visits(TIMED, [query("from"), query("to")], to=MOMENT), to=sent)

    assert echo == report.json()["to"]
