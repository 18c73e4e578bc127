"""From arguments to the rows that they select: ranges, filters, orders, intervals and pages."""

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import httpx
import pytest

from mock_server.api.query import parse_query
from mock_server.binding.fields import Field
from mock_server.binding.infer import bind
from mock_server.cli.probe import Probe
from mock_server.data.query import ReportQuery
from mock_server.openapi.document import Document
from tests.made_documents import (
    BOOLEAN,
    DAY,
    ID,
    INTEGER,
    MOMENT,
    NULLABLE,
    TEXT,
    TIMED,
    choice,
    content_of,
    fields,
    findings,
    get,
    listed,
    listing,
    operation_of,
    query,
    responding,
    rows_of,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")

# Ranges


def test_day_and_time_of_day_are_those_of_the_time_zone() -> None:
    row = {"datum": DAY, "uhrzeit": TEXT, "at": MOMENT}
    document = visits(row, [query("timeZone")])

    rows = rows_of(document, timeZone="Asia/Tokyo")

    for one in rows:
        at = datetime.fromisoformat(one["at"]).astimezone(ZoneInfo("Asia/Tokyo"))
        assert (f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}") == (one["datum"], one["uhrzeit"])
    assert "works" == findings(document)["/results/*/uhrzeit"].outcome


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
GUESTS = choice("include", "exclude", "only", default="include")
FOUND = {"term": TEXT, "hits": INTEGER}


def kinds_of(rows: list[dict[str, Any]]) -> set[str]:
    return {
        "anonymous" if one["anonymous"] else "protected" if one["protected"] else "known"
        for one in rows
    }


@pytest.mark.parametrize(("name", "schema", "value", "kinds"), [
    ("includeAnonymous", BOOLEAN, "false", "known protected"),
    ("includeAnonymous", {**BOOLEAN, "default": False}, None, "known protected"),
    ("with_anonymous_users", BOOLEAN, "true", "anonymous known protected"),
    ("excludeAnonymous", BOOLEAN, "true", "known protected"),
    ("ohneAnonyme", BOOLEAN, "true", "known protected"),
    ("anonymousOnly", BOOLEAN, "true", "anonymous"),
    ("isAnonymous", BOOLEAN, "false", "known protected"),
    ("IncludeProtectedUsers", BOOLEAN, "false", "anonymous known"),
    ("hideProtected", choice("yes", "no"), "yes", "anonymous known"),
    ("user_type", choice("known", "anonymous"), "known", "known protected"),
    ("accountType", choice("user", "guest", "hidden"), "user", "known"),
    ("who", listed(choice("USER", "GUEST")), "GUEST", "anonymous"),
    ("guests", GUESTS, "include", "anonymous known protected"),
    ("guests", GUESTS, "exclude", "known protected"),
    ("guests", GUESTS, "only", "anonymous"),
])  # fmt: skip
def test_a_filter_selects_kinds_of_account(
    name: str, schema: dict[str, Any], value: str | None, kinds: str
) -> None:
    document = visits(WHO, [query(name, schema)])

    rows = rows_of(document, **({} if value is None else {name: value}))

    assert set(kinds.split()) == kinds_of(rows)
    assert "works" == findings(document)[name].outcome


@pytest.mark.parametrize(("name", "value", "outcomes"), [
    ("onlyUnsuccessful", "true", {False}), ("onlyUnsuccessful", "false", {True, False}),
    ("nurErfolglose", "true", {False}), ("zeroResultsOnly", "true", {False}),
    ("hasResults", "true", {True}), ("successful", "false", {False}),
])  # fmt: skip
def test_a_filter_selects_searches_by_what_they_found(
    name: str, value: str, outcomes: set[bool]
) -> None:
    document = listing(FOUND, [query(name, BOOLEAN)], path="/searches")

    assert outcomes == {one["hits"] > 0 for one in rows_of(document, **{name: value})}
    assert "works" == findings(document)[name].outcome


def test_a_filter_may_be_a_list_of_accounts() -> None:
    document = visits(ID, [query("accountIds", listed(TEXT))])
    known = sorted({one["userId"] for one in rows_of(document)} - {""})

    for wanted in (["Anonymous"], known[:2]):
        rows = rows_of(document, accountIds=wanted)
        assert wanted == sorted({one["userId"] for one in rows})
    assert "works" == findings(document)["accountIds"].outcome


VIEWED = {"contentId": TEXT, "title": TEXT, "spaceKey": TEXT, "views": INTEGER}


@pytest.mark.parametrize(("path", "row", "sent", "low", "high"), [
    ("/searches", FOUND, {"minResults": 2}, 2, 99),
    ("/searches", FOUND, {"MinHits": 1, "MaxHits": 2}, 1, 2),
    ("/searches", FOUND, {"max-results": 1, "limit": 5_000}, 0, 1),
    ("/spaces/{key}/visits", VIEWED, {"min_views": 5}, 5, 999),
    ("/spaces/{key}/visits", VIEWED, {"at_least": 5}, 5, 999),
    ("/spaces/{key}/visits", VIEWED, {"filter[views.lte]": 6, "views[gte]": 3}, 3, 6),
    ("/spaces/{key}/visits", {"userId": TEXT, "views": INTEGER}, {"maxVisits": 4}, 0, 4),
])  # fmt: skip
def test_a_count_may_have_a_minimum_and_a_maximum(
    path: str, row: dict[str, Any], sent: dict[str, int], low: int, high: int
) -> None:
    document = listing(row, [query(name, INTEGER) for name in sent], path=path)
    every, found = (
        [one["hits" if "hits" in row else "views"] for one in rows]
        for rows in (rows_of(listing(row, path=path)), rows_of(document, **sent))
    )

    assert [count for count in every if low <= count <= high] == found
    assert 0 < len(found) < len(every)
    assert {"works"} == {findings(document)[name].outcome for name in sent}


@pytest.mark.parametrize(("name", "schema", "value", "key"), [
    ("contentId", listed(TEXT), None, "contentId"),
    ("spaceKeys", listed(TEXT), ["FIN", "NONE"], "spaceKey"),
    ("title", TEXT, "home", "title"),
])  # fmt: skip
def test_a_report_of_the_site_is_filtered_by_contents(
    name: str, schema: dict[str, Any], value: Any, key: str
) -> None:
    document = listing(VIEWED, [query(name, schema)], path="/views")
    every = rows_of(listing(VIEWED, path="/views"))
    sent = value or [one["contentId"] for one in every[1:3]]

    found = rows_of(document, **{name: sent})

    wanted = sent if isinstance(sent, list) else [sent]
    assert found == [
        one for one in every if any(text in one[key].lower() or text == one[key] for text in wanted)
    ]
    assert 0 < len(found) < len(every)
    assert "works" == findings(document)[name].outcome


STATES = choice("current", "trashed")


def query_sent(document: Document, value: Any, now: int = 0) -> ReportQuery:
    """Read a request whose only argument is that of the last parameter."""
    operation = bind(document).operations["views"]
    return parse_query(operation, {operation.operation.parameters[-1]: value}, now)


@pytest.mark.parametrize(("name", "schema", "sent", "states"), [
    ("content-status", listed(STATES), ["trashed"], {"trashed"}),
    ("content-status", listed(STATES), ["current", "trashed"], {"current", "trashed"}),
    ("status", STATES, "current", {"current"}),
    ("isTrashed", BOOLEAN, "true", {"trashed"}),
])  # fmt: skip
def test_a_filter_selects_contents_by_whether_they_are_in_the_trash(
    name: str, schema: dict[str, Any], sent: Any, states: set[str]
) -> None:
    row = {"contentId": TEXT, "status": STATES, "views": INTEGER}
    document = visits(row, [query(name, schema)])
    site = Probe(document, bind(document)).site
    now, trashed = site.clock.now(), site.example_content()
    query_of = query_sent(document, sent, now)

    with pytest.MonkeyPatch.context() as patch:
        ended = {**site.contents.at(now), trashed.id: replace(trashed, trashed=now)}
        patch.setattr(site.contents, "at", lambda _: ended)
        rows = site.report(replace(query_of, space_key=trashed.space_key)).rows
        found = {row[Field.CONTENT_ID]: row[Field.IS_TRASHED] for row in rows}

    assert {"trashed" if is_trashed else "current" for is_trashed in found.values()} == states
    assert found.get(trashed.id, True) is True


GROUPED = {"key": TEXT, "label": NULLABLE, "title": TEXT, "day": DAY, "views": INTEGER}
GROUPS = choice("USER", "BY_CONTENT", "DAY")
HOME = "Customer Care home"


@pytest.mark.parametrize(("name", "schema", "sent", "row"), [
    ("groupBy", GROUPS, None, {"key": "Anonymous", "label": "Anonymous"}),
    ("groupBy", GROUPS, "BY_CONTENT", {"label": HOME, "title": HOME}),
    ("groupBy", {**GROUPS, "default": "BY_CONTENT"}, None, {"label": HOME}),
    ("groupBy", GROUPS, "DAY", {"key": "2026-01-02", "label": None, "day": "2026-01-02"}),
    ("group_by", TEXT, "day", {"key": "2026-01-02", "day": "2026-01-02"}),
    ("breakdown", choice("page", "month"), "month", {"key": "2026-01-01"}),
    ("breakdown", choice("page", "quarter"), "quarter", {"key": "2026-01-01"}),
    ("breakdown", choice("page", "YEARLY"), "YEARLY", {"key": "2026-01-01"}),
    ("by", choice("page", "user", "device"), "device", {"label": HOME}),
])  # fmt: skip
def test_a_parameter_selects_what_totals_are_of(
    name: str, schema: dict[str, Any], sent: str | None, row: dict[str, Any]
) -> None:
    given = {} if sent is None else {name: sent}
    body = fields(results=listed(fields(**GROUPED)), groupBy=TEXT, totalViews=INTEGER)
    document = responding(body, [query(name, schema)], path="/spaces/{key}/sums")

    report = get(document, **given).json()

    rows = report["results"]
    assert row.items() <= rows[0].items()
    assert report["totalViews"] >= sum(one["views"] for one in rows) > 0
    assert sent in {None, report.get("groupBy", sent)}
    found = findings(document)[name]
    assert "works" == found.outcome
    assert (sent == "device") is ("device selects no other" in found.evidence)


@pytest.mark.parametrize(
    ("group", "name", "length"),
    [("user", "accountId", 99), ("term", "query", 99), ("day", "searchedAt", 10)],
)
def test_searches_are_grouped_as_a_parameter_says(group: str, name: str, length: int) -> None:
    by = query("by", choice("term", "user", "day"), required=True)
    row = {"accountId": TEXT, "query": TEXT, "searchedAt": MOMENT}
    searches = rows_of(listing(row, path="/searches"))
    known = Counter(one[name][:length] for one in searches if one.get(name))

    sums = listing({"group": TEXT, "searches": INTEGER}, [by], path="/searches/sums")

    assert known == {one["group"]: one["searches"] for one in rows_of(sums, by=group)}


def test_groupings_that_a_parameter_selects_are_checked_one_by_one() -> None:
    document = listing(GROUPED, [query("groupBy", GROUPS)])

    found = findings(document)

    assert found["/results/*/key"].bound_to == Field.ACCOUNT
    assert found["/results/*/key (BY_CONTENT)"].bound_to == Field.CONTENT_ID
    assert found["/results/*/key (DAY)"].bound_to == Field.DAY
    assert "/results/*/title (DAY)" not in found
    assert {"key", "label", "views"} == {*rows_of(document)[0]}


def test_totals_per_viewer_count_distinct_contents() -> None:
    row = {"userId": TEXT, "distinctContents": INTEGER}
    visited = rows_of(visits({"userId": TEXT, "contentId": TEXT, "viewTime": MOMENT}))
    contents = {(one["userId"], one["contentId"]) for one in visited}

    for total in rows_of(visits({**row, "views": INTEGER})):
        assert total["distinctContents"] == sum(who == total["userId"] for who, _ in contents)


def test_searches_are_counted_beside_visits_and_by_what_they_found() -> None:
    counts = {"totalViews": INTEGER, "totalSearches": INTEGER, "searchesWithoutResults": INTEGER}
    summary = get(responding(fields(**counts), path="/views/summary")).json()
    term = {"term": TEXT, "count": INTEGER, "unsuccessfulSearches": INTEGER}
    terms = rows_of(listing(term, path="/search-terms"))
    searches = rows_of(listing(FOUND, path="/searches"))

    assert len(searches) == summary["totalSearches"] == sum(one["count"] for one in terms)
    unsuccessful = sum(one["hits"] == 0 for one in searches)
    assert unsuccessful == summary["searchesWithoutResults"]
    assert unsuccessful == sum(one["unsuccessfulSearches"] for one in terms) > 0


@pytest.mark.parametrize(("account", "status"), [("Anonymous", 200), ("5f00aa", 404)])
def test_the_visits_of_one_account(account: str, status: int) -> None:
    document = listing(TIMED, path="/users/{accountId}/views")

    response = get(document, accountId=account)

    assert status == response.status_code
    assert {account} >= {one["userId"] for one in response.json().get("results", ())}


def test_a_summary_of_one_account() -> None:
    counts = {"views": INTEGER, "pagesViewed": INTEGER, "searches": INTEGER}
    body = fields(userId=TEXT, displayName=TEXT, **counts)
    document = responding(body, path="/users/{userId}/summary")
    every = rows_of(visits({**TIMED, "displayName": TEXT, "contentId": TEXT}))
    row = next(one for one in every if ":" in one["userId"])
    contents = {one["contentId"] for one in every if one["userId"] == row["userId"]}

    summary = get(document, userId=row["userId"]).json()

    assert {key: row[key] for key in ("userId", "displayName")}.items() <= summary.items()
    assert summary["views"] >= summary["pagesViewed"] >= len(contents)
    assert 404 == get(document, userId="5f00aa").status_code
    found = findings(document)
    assert {"works"} == {found[name].outcome for name in ("views", "userId", "/displayName", "404")}


def test_viewers_are_found_by_their_names() -> None:
    row = {"userId": TEXT, "displayName": TEXT, "views": INTEGER}
    names = [one["displayName"] for one in rows_of(visits(row))]

    found = [one["displayName"] for one in rows_of(visits(row, [query("q")]), q="ANON")]

    assert [name for name in names if "anon" in name.lower()] == found != []


def test_a_cursor_that_no_response_had_is_refused() -> None:
    assert 400 == get(visits(TIMED, [query("cursor")]), cursor="made-up").status_code


# Orders and intervals


ORDERS = {
    "newest_first": True, "latest": True, "-time": True, "DESC": True, "absteigend": True,
    "oldest_first": False, "time": False, "ascending": False, "aufsteigend": False,
}  # fmt: skip


@pytest.mark.parametrize(("value", "descending"), ORDERS.items())
def test_what_a_document_calls_newest_first_is_descending(value: str, descending: bool) -> None:
    document = visits(TIMED, [query("sort", choice(*ORDERS))])

    assert descending is query_sent(document, value).descending


@pytest.mark.parametrize(("described", "newest_first"), [
    ({"description": "Views of a space, newest first."}, True),
    ({"summary": "Views (most recent first)"}, True),
    ({"description": "Views; the newest are missing at first."}, False),
    ({"responses": {"200": {"description": "The views, newest first"}}}, True),
    ({"responses": {"200": {"description": "The views"}}}, False),
])  # fmt: skip
def test_rows_are_in_the_order_that_the_operation_is_described_with(
    described: dict[str, Any], newest_first: bool
) -> None:
    document = visits(TIMED)
    operation = operation_of(document)
    of_response = described.get("responses", {}).get("200", {})
    operation |= {**described, "responses": {"200": operation["responses"]["200"] | of_response}}

    times = [one["viewTime"] for one in rows_of(document)]

    assert times == sorted(times, reverse=newest_first)


@pytest.mark.parametrize(
    ("parameter", "path", "statuses", "expected"),
    [
        ("spaceKey", "/views", ("200",), 200),
        ("spaceKey", "/views", ("200", "404"), 404),
        ("spaceKey", "/contents/{key}/views", ("200", "404"), 200),
        ("contentId", "/views", ("200",), 200),
        ("contentId", "/views", ("200", "404"), 404),
        ("contentId", "/spaces/{key}/views", ("200", "404"), 200),
    ],
)
def test_an_optional_filter_may_match_nothing_unless_the_document_has_a_404(
    parameter: str, path: str, statuses: tuple[str, ...], expected: int
) -> None:
    row = {**TIMED, "contentId": TEXT}
    body = content_of(fields(results=listed(fields(**row))))
    document = served(dict.fromkeys(statuses, body), [query(parameter)], path=path)
    key = rows_of(visits(row))[0]["contentId"] if "contents" in path else "SUP"

    response = get(document, key=key, **{parameter: "987654321"})

    assert expected == response.status_code
    assert expected == 404 or response.json()["results"] == []


@pytest.mark.parametrize(
    ("sent", "largest_first"),
    [({}, True), ({"orderDirection": "desc"}, True), ({"orderDirection": "asc"}, False)],
)
def test_totals_are_in_the_requested_order(sent: dict[str, str], largest_first: bool) -> None:
    order = query("orderDirection", choice("asc", "desc"))
    document = visits({"title": TEXT, "contentId": TEXT, "views": INTEGER}, [order])

    views = [one["views"] for one in rows_of(document, **sent)]

    assert views == sorted(views, reverse=largest_first)
    assert len(set(views)) > 2


@pytest.mark.parametrize(
    ("value", "starts"), [("DAY", 40), (None, 6), ("WEEK", 6), ("MONTH", 2)]
)  # fmt: skip
def test_totals_are_of_the_requested_interval(value: str | None, starts: int) -> None:
    interval = choice("DAY", "WEEK", "MONTH", default="WEEK")
    row = {"periodStart": DAY, "views": INTEGER, "uniqueViewers": INTEGER}
    ends = [query("from", MOMENT), query("to", MOMENT)]
    parameters = [query("granularity", interval), query("tz"), *ends]
    document = visits(row, parameters, granularity=interval, totalViews=INTEGER)
    days = {"from": "2025-12-01T00:00:00+01:00", "to": "2026-01-10T00:00:00+01:00"}
    sent = {"granularity": value} if value else {}

    body = get(document, tz="Europe/Berlin", **days, **sent).json()

    first, second, *_ = body["results"]
    days["to"] = f"{second['periodStart']}T00:00:00+01:00"
    rows = rows_of(visits({"userId": NULLABLE}, ends), **days)
    viewers = {one["userId"] for one in rows} - {None}
    assert (len(rows), len(viewers)) == (first["views"], first["uniqueViewers"])
    assert "2025-12-01" == first["periodStart"]
    assert (starts, value or "WEEK") == (len(body["results"]), body["granularity"])
    assert body["totalViews"] == sum(one["views"] for one in body["results"])
    assert "works" == findings(document)["granularity"].outcome


# Pages

BY_OFFSET = [query("offset", INTEGER), query("limit", {**INTEGER, "default": 3})]


def test_links_lead_to_the_first_and_the_last_page() -> None:
    links = fields(first=TEXT, next=TEXT, last=TEXT)

    body = get(visits(TIMED, BY_OFFSET, links=links, total=INTEGER), offset=6).json()

    assert body["links"]["first"].endswith("?offset=0")
    assert body["links"]["last"].endswith(f"?offset={(body['total'] - 1) // 3 * 3}")


def test_a_list_of_links_has_those_that_there_are() -> None:
    links = listed({**fields(rel=TEXT, href=TEXT), "required": ["rel", "href"]})
    document = visits(TIMED, BY_OFFSET, links=links)

    found = {link["rel"]: link["href"] for link in get(document, offset=3).json()["links"]}

    assert {"self", "next", "prev", "first", "last"} == found.keys()
    assert found["next"].endswith("?offset=6")
    assert "works" == findings(document)["/links/*/href"].outcome


HREF = fields(href=TEXT, hreflang=TEXT, templated={"type": "boolean"})


@pytest.mark.parametrize("link", [TEXT, HREF], ids=["URLs", "objects"])
def test_links_by_relation_lead_to_the_pages_that_there_are(link: dict[str, Any]) -> None:
    links = {"type": "object", "additionalProperties": link}
    document = visits(TIMED, BY_OFFSET, _links=links)

    first, last = (get(document, offset=offset).json()["_links"] for offset in (0, 10_000))

    assert {"self", "first", "next", "last"} == first.keys()
    assert {"self", "first", "prev", "last"} == last.keys()
    url = "http://us.localhost/spaces/SUP/visits?offset=3"
    assert (url if link is TEXT else {"href": url}) == first["next"]
    found, end = findings(document), "" if link is TEXT else "/href"
    assert {"works"} == {found[f"/_links/{name}{end}"].outcome for name in first}


def test_links_beside_their_base_are_relative_to_it() -> None:
    links = fields(base=TEXT, self=TEXT, next=TEXT)
    paged = [query("start", INTEGER), query("limit", {"type": "integer", "default": 3})]
    document = visits(TIMED, paged, _links=links)

    sent, found = get(document).json()["_links"], findings(document)

    assert "http://us.localhost" == sent["base"]
    assert "/spaces/SUP/visits?start=3" == sent["next"]
    assert {"works"} == {found[f"/_links/{name}"].outcome for name in links["properties"]}


def test_the_header_has_links_to_all_other_pages() -> None:
    success = {**content_of(listed(fields(**TIMED))), "headers": {"Link": {"schema": TEXT}}}
    paged = [query("page", {"type": "integer", "minimum": 1}),
             query("size", {"type": "integer", "default": 3})]  # fmt: skip
    document = served({"200": success}, paged)

    first = pages_linked(get(document))
    last = pages_linked(get(document, page=first["last"]))

    assert {"first": 1, "next": 2, "last": first["last"]} == first
    assert {"first": 1, "prev": first["last"] - 1, "last": first["last"]} == last
    assert "works" == findings(document)["Link"].outcome


def pages_linked(response: httpx.Response) -> dict[str, int]:
    """Return the page number of each link in the header."""
    return {name: int(httpx.URL(link["url"]).params["page"])
            for name, link in response.links.items()}  # fmt: skip


@pytest.mark.parametrize(("described", "begin"), [
    ({"example": "/api/visits?offset=3"}, "/spaces/"),
    ({"description": "The relative URL of the next page"}, "/spaces/"),
    ({}, "http://us.localhost/spaces/"),
])  # fmt: skip
def test_a_link_is_relative_if_the_document_says_so(described: dict[str, str], begin: str) -> None:
    document = visits(TIMED, BY_OFFSET, next={**TEXT, **described})

    assert get(document).json()["next"].startswith(begin)
    assert "works" == findings(document)["/next"].outcome


@pytest.mark.parametrize("given", [{}, {"limit": 50}])
def test_no_page_is_longer_than_its_schema_allows(given: dict[str, int]) -> None:
    body = fields(results=listed(fields(**TIMED), maxItems=20))
    document = responding(body, [query("limit", INTEGER)])

    assert 20 == len(rows_of(document, **given))


# Sorting, and what a document has no word for

PAGED = [query("limit", INTEGER)]
TITLED = {**TIMED, "contentId": TEXT, "title": TEXT, "userId": NULLABLE}


@pytest.mark.parametrize(("sent", "key", "descending"), [
    ({"sort": "viewTime,desc"}, "viewTime", True),
    ({"sort": "-contentId"}, "contentId", True),
    ({"orderBy": "content_id"}, "contentId", False),
    ({"sortBy": "userId", "order": "desc"}, "userId", True),
    ({"sort": "title,asc"}, "title", False),
    ({"sortBy": "Title", "descending": True}, "title", True),
])  # fmt: skip
def test_rows_are_sorted_by_the_column_that_a_request_names(
    sent: dict[str, Any], key: str, descending: bool
) -> None:
    parameters = [query(name, BOOLEAN if value is True else TEXT) for name, value in sent.items()]
    rows = rows_of(visits(TITLED, [*parameters, *PAGED]), limit=5_000, **sent)
    values = [row[key] for row in rows if row[key] is not None]

    assert len(set(values)) > 2
    assert values == sorted(values, reverse=descending)


@pytest.mark.parametrize(("parameter", "sent"), [
    (query("sort"), "title,-viewTime"),
    (query("sort"), "title asc,viewTime desc"),
    (query("sort", listed(TEXT)), ["title,asc", "viewTime,desc"]),
    (query("orderBy", listed(TEXT), explode=False), ["title", "-viewTime"]),
])  # fmt: skip
def test_rows_are_sorted_by_several_columns(parameter: dict[str, Any], sent: Any) -> None:
    rows = rows_of(visits(TITLED, [parameter, *PAGED]), limit=5_000, **{parameter["name"]: sent})
    titles = [row["title"] for row in rows]
    times: dict[str, list[str]] = {}
    for row in rows:
        times.setdefault(row["title"], []).append(row["viewTime"])

    assert titles == sorted(titles)
    assert all(of_title == sorted(of_title, reverse=True) for of_title in times.values())


@pytest.mark.parametrize(
    ("sort", "column", "descending"),
    [("title", "title", False), ("views,asc", "views", False), ("-lastViewed", "lastViewed", True)],
)
def test_totals_are_sorted_by_any_column(sort: str, column: str, descending: bool) -> None:
    row = {"contentId": TEXT, "title": TEXT, "views": INTEGER, "lastViewed": MOMENT}

    values = [one[column] for one in rows_of(visits(row, [query("sort")]), sort=sort)]

    assert values == sorted(values, reverse=descending)
    assert len(values) > 5


def test_a_column_that_does_not_exist_is_named_in_a_note() -> None:
    read = query_sent(visits(TITLED, [query("sort")]), "nonsense")

    assert read.sort == ()
    assert any("nothing here is sorted by 'nonsense'" in note for note in read.notes)


def test_rows_of_types_that_a_document_has_no_word_for_are_left_out() -> None:
    some, every = (
        get(visits({"contentType": kinds}, PAGED, total=INTEGER), limit=5_000).json()
        for kinds in (choice("PAGE", "BLOG_POST"), TEXT)
    )
    types = [row["contentType"] for row in every["results"]]

    assert {"PAGE", "BLOG_POST"} == {row["contentType"] for row in some["results"]}
    assert some["total"] == len(types) - types.count("attachment") < every["total"]


@pytest.mark.parametrize(("sent", "echo"), [
    ("2026-01-20T10:00:00Z", "2026-01-20T10:00:00.000Z"),
    ("2026-01-20", "2026-01-20T23:59:59.999Z"),
])  # fmt: skip
def test_an_end_is_echoed_as_it_was_sent_and_a_day_with_its_last_moment(
    sent: str, echo: str
) -> None:
    report = get(visits(TIMED, [query("from"), query("to")], to=MOMENT), to=sent)

    assert echo == report.json()["to"]


# Presets


def days_of(document: Document, **sent: Any) -> list[str]:
    return [row["viewTime"][:10] for row in rows_of(document, **sent)]


@pytest.mark.parametrize(("values", "sent", "first", "last"), [
    (["Today", "Yesterday", "Last7Days"], "Yesterday", "2026-01-30", "2026-01-30"),
    (["today", "7d", "30d", "all"], "7d", "2026-01-25", "2026-01-31"),
    (["THIS_MONTH", "LAST_MONTH"], "LAST_MONTH", "2025-12-01", "2025-12-31"),
    (["this-week", "last-week", "1y"], "this-week", "2026-01-26", "2026-01-31"),
])  # fmt: skip
def test_a_named_range_is_that_of_its_days(
    values: list[str], sent: str, first: str, last: str
) -> None:
    found = days_of(visits(TIMED, [query("range", choice(*values))]), range=sent)

    assert (first, last) == (min(found), max(found))


@pytest.mark.parametrize("name", ["days", "filter[lastDays]", "letzteTage"])
@pytest.mark.parametrize(("number", "first"), [(7, "2026-01-25"), (1, "2026-01-31")])
def test_a_range_may_be_a_number_of_days(name: str, number: int, first: str) -> None:
    document = visits(TIMED, [query(name, INTEGER)])

    assert first == min(days_of(document, **{name: number}))
    assert [] == days_of(document, **{name: 0})
    assert "works" == findings(document)[name].outcome


@pytest.mark.parametrize(
    ("schema", "echo"), [(MOMENT, "2026-01-01T00:00:00.000Z"), (DAY, "2025-12-31T23:59:59.999Z")]
)
def test_the_end_of_a_named_range_is_echoed_as_a_request_would_have_it(
    schema: dict[str, Any], echo: str
) -> None:
    preset = query("range", choice("last_month", "today"))
    document = visits(TIMED, [preset, query("from", schema), query("to", schema)], to=MOMENT)

    assert echo == get(document, range="last_month").json()["to"]


def test_days_that_are_given_go_before_a_named_range() -> None:
    preset = query("period", choice("7d", "90d", default="7d"))
    document = visits(TIMED, [preset, query("from", DAY), query("to", DAY)])

    assert {"2026-01-20"} == set(days_of(document, **{"from": "2026-01-20", "to": "2026-01-20"}))


# Names of numbers, kinds of totals, the trash


@pytest.mark.parametrize("names", ["x-enumNames", "x-enum-varnames"])
def test_numbers_that_have_names_mean_what_they_are_called(names: str) -> None:
    kinds = {"type": "integer", "enum": [0, 1, 2], names: ["Page", "BlogPost", "Attachment"]}
    document = visits({"contentType": kinds, "title": TEXT}, [query("contentType", kinds)])
    plain = rows_of(visits({"contentType": TEXT, "title": TEXT}))
    known = {row["title"]: row["contentType"] for row in plain}

    every = rows_of(document)
    some = rows_of(document, contentType=1)
    several = rows_of(visits({"contentType": kinds}, [query("types", listed(kinds))]), types=[1, 2])

    words = ["page", "blogpost", "attachment"]
    assert all(known[row["title"]] == words[row["contentType"]] for row in every)
    assert {0, 1, 2} == {row["contentType"] for row in every}
    assert [row for row in every if row["contentType"] == 1] == some
    assert {1, 2} == {row["contentType"] for row in several}


def test_totals_of_a_list_of_spaces_are_of_spaces() -> None:
    row = fields(key=TEXT, name=TEXT, visitCount=INTEGER)

    rows = get(responding(listed(row), path="/spaces")).json()

    assert {"SUP", "FIN"} <= {row["key"] for row in rows}
    assert len({row["name"] for row in rows}) == len(rows)
    counts = [row["visitCount"] for row in rows]
    assert sorted(counts, reverse=True) == counts


def test_totals_that_begin_at_a_day_are_of_days_and_ranks_count_up() -> None:
    days = rows_of(visits({"start": DAY, "views": INTEGER, "unique_viewers": INTEGER}))
    tops = rows_of(visits({"rank": INTEGER, "contentId": TEXT, "title": TEXT, "views": INTEGER}))

    assert [row["start"] for row in days] == sorted(row["start"] for row in days)
    assert len({row["start"] for row in days}) > 20
    assert [row["rank"] for row in tops] == [*range(1, len(tops) + 1)]


def test_a_count_without_rows_counts_views_of_all_kinds() -> None:
    names = ("count", "viewerCount", "anonymousVisits", "distinctContentCount")
    document = responding(fields(**dict.fromkeys(names, INTEGER)))
    rows = rows_of(visits({"userId": NULLABLE, "contentId": TEXT}))

    found = get(document).json()

    assert found["count"] == len(rows)
    assert found["anonymousVisits"] == [row["userId"] for row in rows].count("Anonymous")
    assert found["distinctContentCount"] == len({row["contentId"] for row in rows})


BY_KEY = {"type": "object", "additionalProperties": INTEGER}


def test_totals_stand_by_key_in_an_object() -> None:
    rows = rows_of(visits({"viewTime": MOMENT, "contentType": TEXT}))
    counts = fields(Seite=INTEGER, Blogbeitrag=INTEGER, Anhang=INTEGER)
    each = {"type": "object", "additionalProperties": fields(visits=INTEGER, uniqueViewers=INTEGER)}
    body = fields(totalViews=INTEGER, perDay=BY_KEY, viewsByType=counts, spaces=each,
                  viewsByDate=BY_KEY, visitsPerUser=BY_KEY, viewsPerMonth=BY_KEY)  # fmt: skip
    document = responding(body, path="/spaces/{key}/summary")

    found = get(document).json()

    assert Counter(row["viewTime"][:10] for row in rows) == found["perDay"]
    assert found["perDay"] == found["viewsByDate"]
    assert sum(found["visitsPerUser"].values()) < len(rows)  # protected viewers have no key
    assert {} == found["viewsPerMonth"]
    types = Counter(row["contentType"] for row in rows)
    german = {"page": "Seite", "blogpost": "Blogbeitrag", "attachment": "Anhang"}
    assert {name: types[kind] for kind, name in german.items()} == found["viewsByType"]
    assert len(rows) == found["spaces"]["SUP"]["visits"] == found["totalViews"]
    outcomes = findings(document)
    for place in ("/perDay/*", "/viewsByType/*", "/spaces/*/uniqueViewers"):
        assert "works" == outcomes[place].outcome


def test_totals_may_be_of_content_types() -> None:
    body = fields(byType=listed(fields(type=TEXT, count=INTEGER)), total=INTEGER)
    found = get(responding(body, path="/spaces/{key}/visits/stats")).json()

    types = Counter(row["contentType"] for row in rows_of(visits({"contentType": TEXT})))
    assert dict(types) == {one["type"]: one["count"] for one in found["byType"]}


@pytest.mark.parametrize(("path", "schema", "media_type"), [
    ("/spaces/{key}/visitors", fields(count=INTEGER), "application/json"),
    ("/spaces/{key}/viewers/count", INTEGER, "application/json"),
    ("/spaces/{key}/viewers/count", INTEGER, "text/plain"),
    ("/spaces/{key}/visits/stats", fields(n={**INTEGER, "description": "distinct readers"}),
     "application/json"),
])  # fmt: skip
def test_a_count_is_of_what_the_path_or_its_description_names(
    path: str, schema: dict[str, Any], media_type: str
) -> None:
    document = served({"200": content_of(schema, media_type)}, path=path)
    response = get(document)

    found = response.json()
    viewers = {row["userId"] for row in rows_of(visits({"userId": NULLABLE}))} - {None}
    assert len(viewers) == (found if schema is INTEGER else found.popitem()[1])
    assert media_type == response.headers["content-type"]
    assert "works" == findings(document)["views"].outcome


def test_a_start_beside_the_end_of_a_range_is_no_offset() -> None:
    window = fields(start_ms=INTEGER, end_ms=INTEGER)
    document = visits(TIMED, [query("from", DAY)], window=window)

    body = get(document, **{"from": "2026-01-20"}).json()

    assert 1_768_867_200_000 == body["window"]["start_ms"]


def test_visits_of_what_is_in_the_trash_are_there_on_request() -> None:
    row = {"contentId": TEXT, "isTrashed": BOOLEAN, "trashedDate": {**MOMENT, "nullable": True}}
    document = visits(row, [query("includeTrashed", BOOLEAN)])
    plain = rows_of(document)
    content = plain[0]["contentId"]
    contents = Probe(document, bind(document)).site.contents
    contents.trash(int(content))
    try:
        hidden, shown = rows_of(document), rows_of(document, includeTrashed=True)
    finally:
        contents.restore(int(content))

    assert content not in {row["contentId"] for row in hidden}
    assert len(plain) == len(shown)
    assert {content} == {row["contentId"] for row in shown if row["isTrashed"]}
    assert all(bool(row["trashedDate"]) is row["isTrashed"] for row in shown)


def test_searches_are_filtered_by_their_outcome() -> None:
    outcome = choice("successful", "unsuccessful")
    rows = listed(fields(term=TEXT, resultCount=INTEGER, outcome=outcome))
    document = responding(rows, [query("outcome", outcome)], path="/searches")

    every = get(document).json()
    failed = get(document, outcome="unsuccessful").json()

    assert all((row["resultCount"] > 0) is (row["outcome"] == "successful") for row in every)
    assert [row for row in every if not row["resultCount"]] == failed
    assert failed


@pytest.mark.parametrize("accept", ["text/plain", "text/json", "text/*;q=0.5", "*/*"])
def test_a_response_is_of_the_media_type_that_the_client_accepts(accept: str) -> None:
    schema = listed(fields(userId=TEXT))
    content = {name: {"schema": schema} for name in ("text/plain", "application/json", "text/json")}
    document = served({"200": {"description": "", "content": content}})
    probe = Probe(document, bind(document))
    headers = {**probe.credentials(document.operations[0]), "Accept": accept}

    response, _ = probe.follow("/spaces/SUP/visits", headers)

    assert 200 == response.status_code
    wanted = "application/json" if accept == "*/*" else accept.partition(";")[0].replace("*", "")
    assert response.headers["Content-Type"].startswith(wanted)
    assert response.json()


def test_the_order_of_the_rows_is_not_that_of_a_second_list() -> None:
    top = listed(fields(contentId=TEXT, title=TEXT, views=INTEGER))
    document = visits({**TIMED, "title": TEXT}, [query("sort"), *PAGED], topContents=top)

    plain, *others = (
        get(document, **sent).json()["topContents"]
        for sent in ({}, {"sort": "title,asc"}, {"sort": "viewTime,asc"})
    )

    views = [row["views"] for row in plain]
    assert sorted(views, reverse=True) == views
    assert [plain, plain] == others


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = choice("json", "csv", "xlsx", default="json")


def test_searches_are_counted_alone() -> None:
    count = get(responding(INTEGER, path="/searches/count")).json()

    assert len(rows_of(listing(FOUND, path="/searches"))) == count


def tables(*parameters: dict[str, Any]) -> Document:
    """Make a document whose rows are offered as JSON, as CSV and as a workbook."""
    document = visits({"page": fields(title=TEXT), **TIMED}, list(parameters), total=INTEGER)
    content = operation_of(document)["responses"]["200"]["content"]
    content |= {name: {"schema": TEXT} for name in ("text/csv; charset=utf-8", WORKBOOK)}
    return Document(document.content, origin="made")


@pytest.mark.parametrize("accept", ["text/csv", "application/json"])
def test_rows_are_a_table_if_the_client_requests_one(accept: str) -> None:
    document = tables(query("format", FORMATS), query("limit", INTEGER))
    rows = rows_of(document, limit=5)
    probe = Probe(document, bind(document))
    headers = {**probe.credentials(document.operations[0]), "Accept": accept}
    more = "" if accept == "text/csv" else "&format=csv"

    response, _ = probe.follow(f"/spaces/SUP/visits?limit=5{more}", headers)

    assert "text/csv; charset=utf-8" == response.headers["content-type"]
    for row, line in zip(rows, csv.DictReader(io.StringIO(response.text)), strict=True):
        expected = {"page.title": row["page"]["title"], "userId": row["userId"]}
        assert {**expected, "viewTime": row["viewTime"]} == line
    assert "works" == findings(document)["format"].outcome


def test_a_workbook_has_a_row_for_each_row() -> None:
    document = tables(query("format", FORMATS), query("limit", INTEGER))

    response = get(document, limit=5, format="xlsx")

    assert WORKBOOK == response.headers["content-type"]
    with ZipFile(io.BytesIO(response.content)) as archive:
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    texts = [[*row.itertext()] for row in parts["xl/sheet.xml"][0]]
    assert ["page.title", "userId", "viewTime"] == texts[0]
    titles = [one["page"]["title"] for one in rows_of(document, limit=5)]
    assert titles == [one[0] for one in texts[1:]]


def test_a_parameter_without_such_media_types_has_no_effect() -> None:
    assert "ignored" == findings(visits(TIMED, [query("format", FORMATS)]))["format"].outcome
