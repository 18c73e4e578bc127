"""Distinct counts, running totals, the first of totals, and what descriptions say of them."""

from collections import Counter
from itertools import accumulate
from typing import Any

import pytest

from tests.made_documents import (
    DAY,
    INTEGER,
    MOMENT,
    TEXT,
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
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("small_site")

RANGE = [query("from", DAY), query("to", DAY)]
NUMBER: dict[str, Any] = {"type": "number"}


def test_running_totals_add_up() -> None:
    row = {"date": DAY, "views": INTEGER, "cumulativeViews": INTEGER}
    rows = rows_of(listing(row, path="/spaces/{key}/daily"))

    assert [one["cumulativeViews"] for one in rows] == [*accumulate(one["views"] for one in rows)]


@pytest.mark.parametrize(("interval", "expected"), [
    ("QUARTER", ["2025-07-01", "2025-10-01", "2026-01-01"]), ("yearly", ["2025-01-01", "2026-01-01"]),
])  # fmt: skip
def test_totals_are_by_quarter_or_year(interval: str, expected: list[str]) -> None:
    steps = query("interval", choice("DAY", "QUARTER", "yearly"))
    document = listing({"date": DAY, "views": INTEGER}, [steps, *RANGE], path="/spaces/{key}/daily")
    sent = {"from": "2025-08-15", "to": "2026-01-20"}
    rows, days = (rows_of(document, interval=one, **sent) for one in (interval, "DAY"))

    assert expected == [one["date"] for one in rows]
    assert sum(one["views"] for one in days) == sum(one["views"] for one in rows)


def test_counts_may_be_of_ranges_that_their_names_say() -> None:
    recent = fields(last30days=INTEGER)
    names = dict.fromkeys(("views", "viewsLast7Days", "uniqueViewers24h"), INTEGER)
    summary = responding(
        fields(**names, viewsPrevious12Months=INTEGER, uniqueViewers=recent),
        path="/spaces/{key}/stats",
    )
    starts = [query("since", MOMENT)]

    def counted(start: str) -> dict[str, Any]:
        totals = responding(
            fields(views=INTEGER, viewers=INTEGER), starts, path="/spaces/{key}/views/sum"
        )
        found: dict[str, Any] = get(totals, since=start).json()
        return found

    found = get(summary).json()

    assert found["viewsLast7Days"] == counted("2026-01-24T12:00:00Z")["views"]
    assert found["uniqueViewers24h"] == counted("2026-01-30T12:00:00Z")["viewers"]
    assert found["uniqueViewers"]["last30days"] == counted("2026-01-01T12:00:00Z")["viewers"]
    assert found["views"] == counted("2026-01-02T00:00:00Z")["views"]
    works = {path for path, one in findings(summary).items() if one.outcome == "works"}
    assert {"/viewsLast7Days", "/uniqueViewers24h", "/uniqueViewers/last30days"} <= works
    assert "/viewsPrevious12Months" not in works


def test_distinct_spaces_and_terms_are_counted() -> None:
    visits = rows_of(
        listing({"viewTime": MOMENT, "accountId": TEXT, "spaceKey": TEXT}, path="/views")
    )
    named = Counter(one["accountId"] for one in visits if ":" in one.get("accountId", ""))
    account, _ = named.most_common(1)[0]
    activity = responding(
        fields(accountId=TEXT, userName=TEXT, viewCount=INTEGER, spaceCount=INTEGER),
        path="/accounts/{accountId}/views",
    )
    searches = rows_of(listing({"searchTerm": TEXT, "searchTime": MOMENT}, path="/searches"))
    stats = responding(
        fields(searchCount=INTEGER, distinctTerms=INTEGER), path="/searches/statistics"
    )

    found = get(activity, accountId=account).json()

    assert (
        len({one["spaceKey"] for one in visits if one.get("accountId") == account})
        == found["spaceCount"]
    )
    assert " " in found["userName"] != found["accountId"] == account
    assert len({one["searchTerm"] for one in searches}) == get(stats).json()["distinctTerms"]


@pytest.mark.parametrize(("name", "row", "path"), [
    ("mostViewedContent", {"contentId": TEXT, "title": TEXT, "views": INTEGER}, "/spaces/{key}/pages/views"),
    ("topUser", {"accountId": TEXT, "views": INTEGER}, "/spaces/{key}/users/views"),
])  # fmt: skip
def test_an_object_may_have_the_first_of_totals(name: str, row: dict[str, Any], path: str) -> None:
    summary = responding(
        fields(totalViews=INTEGER, **{name: fields(**row)}),
        RANGE,
        path="/spaces/{key}/views/summary",
    )
    totals = rows_of(listing(row, path=path))

    assert totals[0] == get(summary).json()[name]
    assert name not in get(summary, **{"from": "2019-01-01", "to": "2019-01-02"}).json()
    assert {"works"} == {one.outcome for key, one in findings(summary).items() if name in key}


@pytest.mark.parametrize("value", ["viewers", "last_viewed"])
def test_ranked_totals_have_the_largest_first(value: str) -> None:
    row = {"contentId": TEXT, "views": INTEGER, "viewers": INTEGER, "last_viewed": MOMENT}
    by = query("rank_by", choice("views", "viewers", "last_viewed", default="views"))
    found = [
        one[value]
        for one in rows_of(listing(row, [by], path="/spaces/{key}/pages/views"), rank_by=value)
    ]

    assert found == sorted(found, reverse=True)
    assert len({*found}) > 3


@pytest.mark.parametrize(
    ("said", "digits"), [("In per cent, with one decimal", 1), ("In per cent", 4)]
)
def test_a_share_has_the_decimals_that_its_description_names(said: str, digits: int) -> None:
    row = {"accountId": TEXT, "views": INTEGER, "share": {**NUMBER, "description": said}}
    rows = rows_of(listing(row, path="/spaces/{key}/users/views"))
    total = sum(
        one["views"]
        for one in rows_of(listing({"date": DAY, "views": INTEGER}, path="/spaces/{key}/daily"))
    )

    assert rows[0]["share"] == round(100 * rows[0]["views"] / total, digits)


@pytest.mark.parametrize("said", [
    "`from` is after `to`", "Invalid range, for example if from is later than to",
    "`to` must not be before `from`", "from must be before or equal to to",
])  # fmt: skip
@pytest.mark.parametrize("place", ["response", "operation", "parameter"])
def test_a_reversed_range_is_invalid_where_a_description_says_so(said: str, place: str) -> None:
    document = listing({"viewTime": MOMENT}, [dict(one) for one in RANGE])
    operation = operation_of(document)
    operation["responses"]["400"] = {"description": "Bad request"}
    described = {
        "response": operation["responses"]["400"],
        "operation": operation,
        "parameter": operation["parameters"][1],
    }
    sent = {"from": "2026-01-20", "to": "2026-01-10"}
    before = get(document, **sent)

    described[place]["description"] = said
    after = get(type(document)(document.content, origin=""), **sent)

    assert (200, []) == (before.status_code, before.json()["results"])
    assert 400 == after.status_code
    assert "'from': the range begins after 'to'" in after.json()["detail"]


def test_a_total_beside_days_is_described_as_the_number_of_views() -> None:
    total = {**INTEGER, "description": "Number of views on all days"}
    days = listed(fields(date=DAY, views=INTEGER))
    body = get(responding(fields(total=total, days=days), path="/spaces/{key}/views/by-day")).json()

    assert body["total"] == sum(one["views"] for one in body["days"]) > len(body["days"])


@pytest.mark.parametrize("said", [
    "Periods without any views are included, with zeros.",
    "Intervals without any view are part of the result, with zeros",
])  # fmt: skip
def test_periods_without_any_views_are_included_where_a_description_says_so(said: str) -> None:
    document = listing({"date": DAY, "views": INTEGER}, RANGE, path="/spaces/{key}/daily")
    operation_of(document)["description"] = said
    rows = rows_of(document, **{"from": "2019-01-01", "to": "2019-01-03"})

    assert [0, 0, 0] == [one["views"] for one in rows]


def test_unanswered_searches_have_no_results() -> None:
    flag = query("unanswered", {"type": "boolean"})
    document = listing(
        {"searchTerm": TEXT, "searchTime": MOMENT, "resultCount": INTEGER}, [flag], path="/searches"
    )

    assert {0} == {one["resultCount"] for one in rows_of(document, unanswered="true")}
    assert len({one["resultCount"] for one in rows_of(document, unanswered="false")}) > 1


def test_errors_beside_the_data_are_no_rows_and_name_the_parameter() -> None:
    error = {
        "code": TEXT,
        "message": TEXT,
        "field": {**TEXT, "description": "The offending parameter"},
    }
    around = {"success": {"type": "boolean"}, "errors": listed(fields(**error))}
    body = fields(data=fields(totalViews=INTEGER, viewedPages=INTEGER), **around)
    document = responding(body, RANGE, path="/spaces/{key}/views/summary")
    operation_of(document)["responses"]["400"] = content_of(fields(**around))

    report = get(document).json()
    refused = get(type(document)(document.content, origin=""), **{"from": "x"}).json()

    assert report["success"]
    assert 0 < report["data"]["viewedPages"] < report["data"]["totalViews"]
    assert [] == report.get("errors", [])
    assert ["from"] == [one["field"] for one in refused["errors"]]


def test_months_of_a_german_document_count_their_contents() -> None:
    row = {
        "monat": {**TEXT, "description": "In der Form JJJJ-MM"},
        "aufrufe": INTEGER,
        "inhalte": INTEGER,
    }
    visits = rows_of(listing({"viewTime": MOMENT, "pageId": TEXT}, RANGE), **{"from": "2026-01-01"})

    months = rows_of(
        listing(row, RANGE, path="/bereiche/{key}/monatlich"), **{"from": "2026-01-01"}
    )

    assert months == [
        {
            "monat": "2026-01",
            "aufrufe": len(visits),
            "inhalte": len({one["pageId"] for one in visits}),
        }
    ]


def test_the_content_of_a_summary_has_the_id_of_its_path() -> None:
    document = responding(
        fields(id=INTEGER, title=TEXT, lastViewedAt=MOMENT), path="/contents/{contentId}/views"
    )
    [first, *_] = rows_of(
        listing({"contentId": INTEGER, "title": TEXT, "views": INTEGER}, path="/contents/top/views")
    )

    found = get(document, contentId=first["contentId"]).json()

    assert (found["id"], found["title"]) == (first["contentId"], first["title"])


def test_only_searches_without_hits_are_listed_on_request() -> None:
    row = {"term": TEXT, "hits": INTEGER, "time": MOMENT}
    document = listing(row, [query("zeroHitsOnly", {"type": "boolean"})], path="/searches")

    hits = [one["hits"] for one in rows_of(document, zeroHitsOnly="true")]

    assert hits
    assert not any(hits)
