"""Figures beside and within totals: counts by kind, shares, averages, hours, weekdays, addresses."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.made_documents import (
    BOOLEAN,
    DAY,
    INTEGER,
    MOMENT,
    NULLABLE,
    TEXT,
    choice,
    fields,
    findings,
    get,
    listed,
    listing,
    query,
    responding,
    rows_of,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")

NUMBER = {"type": "number"}
OF_CONTENT = "/contents/{contentId}/stats"
BY_WEEKDAY = "/spaces/{key}/views-by-weekday"
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WHO = {"viewTime": MOMENT, "isAnonymous": BOOLEAN, "accountId": NULLABLE}
DAILY = {"date": DAY, "views": INTEGER}


def totals(row: dict[str, Any], path: str = "/spaces/{key}/daily", **around: Any) -> Any:
    """Make a document whose rows are totals."""
    body = fields(**around, results=listed({**fields(**row), "required": [*row]}))
    return responding({**body, "required": [*around]}, path=path)


def moments(rows: list[dict[str, Any]]) -> list[datetime]:
    return [datetime.fromisoformat(row["viewTime"]) for row in rows]


def test_totals_per_day_have_views_by_kind_of_viewer() -> None:
    rows = rows_of(visits(WHO))
    per_day = rows_of(totals({**DAILY, "anonymousViews": INTEGER}))

    assert len(rows) == sum(row["views"] for row in per_day)
    assert sum(row["isAnonymous"] for row in rows) == sum(row["anonymousViews"] for row in per_day)


@pytest.mark.parametrize(("name", "described", "is_sum"), [
    ("total", "Number of views in the whole period", True),
    ("summeAufrufe", "", True),
    ("total", "Number of days with views", False),
])  # fmt: skip
def test_a_sum_beside_totals_is_of_views_or_of_the_totals(
    name: str, described: str, is_sum: bool
) -> None:
    body = get(totals(DAILY, **{name: {**INTEGER, "description": described}})).json()

    views = sum(row["views"] for row in body["results"])
    assert (views if is_sum else len(body["results"])) == body[name]


def test_totals_are_per_hour_of_the_day() -> None:
    per_hour = rows_of(totals({"hour": INTEGER, "views": INTEGER}, "/spaces/{key}/views-by-hour"))

    hours = Counter(moment.hour for moment in moments(rows_of(visits(WHO))))
    assert [*range(24)] == [row["hour"] for row in per_hour]
    assert hours == Counter({row["hour"]: row["views"] for row in per_hour})


@pytest.mark.parametrize(("schema", "names"), [
    (choice(*map(str.upper, WEEKDAYS)), [*map(str.upper, WEEKDAYS)]),
    (TEXT, WEEKDAYS),
    ({**INTEGER, "minimum": 0, "maximum": 6}, [*range(7)]),
    ({**INTEGER, "minimum": 1, "maximum": 7}, [*range(1, 8)]),
    ({**INTEGER, "enum": [*range(1, 8)]}, [*range(1, 8)]),
    ({**INTEGER, "description": "0 = Sunday, 6 = Saturday"}, [1, 2, 3, 4, 5, 6, 0]),
    ({**INTEGER, "description": "From 1 (Sunday) to 7"}, [2, 3, 4, 5, 6, 7, 1]),
    ({**INTEGER, "description": "6 = Sunday, 0 = Monday"}, [*range(7)]),
    ({**INTEGER, "minimum": 1, "description": "1 = Monday, 7 = Sunday"}, [*range(1, 8)]),
])  # fmt: skip
def test_totals_are_per_weekday(schema: dict[str, Any], names: list[Any]) -> None:
    document = totals({"weekday": schema, "views": INTEGER}, BY_WEEKDAY)

    days = Counter(names[moment.weekday()] for moment in moments(rows_of(visits(WHO))))
    rows = rows_of(document)
    assert names == [row["weekday"] for row in rows]
    assert days == Counter({row["weekday"]: row["views"] for row in rows})
    assert "works" == findings(document)["/results/*/weekday"].outcome


@pytest.mark.parametrize(
    ("schema", "whole"),
    [({**NUMBER, "description": "Percentage of all views"}, 100), (NUMBER, 1), (INTEGER, 100)],
)
def test_a_share_is_of_all_views(schema: dict[str, Any], whole: int) -> None:
    document = totals({"accountId": TEXT, "views": INTEGER, "share": schema}, "/spaces/{key}/users")
    every = len(rows_of(visits(WHO)))

    for row in rows_of(document):
        assert abs(whole * row["views"] / every - row["share"]) <= whole / 200
    assert "works" == findings(document)["/results/*/share"].outcome


def test_a_day_has_a_share_of_all_views() -> None:
    days = rows_of(totals({**DAILY, "share": NUMBER}))

    assert 0.01 > abs(1 - sum(day["share"] for day in days))


def test_a_summary_has_averages_and_the_busiest_day() -> None:
    figures = {"views": INTEGER, "uniqueViewers": INTEGER, "averageViewsPerDay": NUMBER,
               "viewsPerViewer": NUMBER, "busiestDay": DAY}  # fmt: skip
    document = responding(fields(**figures), path="/spaces/{key}/views/summary")

    body = get(document).json()

    days = Counter(f"{moment:%F}" for moment in moments(rows_of(visits(WHO))))
    assert days.total() == body["views"]
    assert round(body["views"] / 30, 4) == body["averageViewsPerDay"]
    assert round(body["views"] / body["uniqueViewers"], 4) == body["viewsPerViewer"]
    assert max(days.values()) == days[body["busiestDay"]]


def test_numbers_of_rows_count_from_one() -> None:
    meta = fields(**dict.fromkeys(("from", "to", "total", "current_page"), INTEGER))
    parameters = [query("page", {**INTEGER, "minimum": 1}), query("per_page", INTEGER),
                  query("start_date", DAY)]  # fmt: skip
    document = visits(WHO, parameters, meta=meta)

    third = get(document, page=3, per_page=4).json()["meta"]
    empty = get(document, page=3, per_page=4, start_date="2026-01-31").json()["meta"]

    assert (9, 12) == (third["from"], third["to"])
    assert {"from", "to"}.isdisjoint(empty)


@pytest.mark.parametrize("name", ["url", "pageUrl"])
def test_a_content_has_one_address(name: str) -> None:
    rows = rows_of(visits({"contentId": INTEGER, name: {**TEXT, "format": "uri"}}))

    addresses = {(row["contentId"], row[name]) for row in rows}
    assert len({row["contentId"] for row in rows}) == len(addresses)
    assert all(url.startswith("https://") and url.endswith(f"/{id_}") for id_, url in addresses)


def test_the_address_in_confluence_is_a_path() -> None:
    links = fields(webui=TEXT)

    rows = rows_of(visits({"content": fields(id=INTEGER, _links=links)}))

    assert all(row["content"]["_links"]["webui"].startswith("/wiki/spaces/SUP/") for row in rows)


def test_what_is_made_up_about_an_object_is_that_of_the_object() -> None:
    content = fields(id=INTEGER, version=INTEGER, labels=fields(main=TEXT))

    rows = rows_of(visits({"content": content, "session": TEXT}))

    by_content = {(row["content"]["id"], str(row["content"])) for row in rows}
    assert len({row["content"]["id"] for row in rows}) == len(by_content)
    assert len({row["session"] for row in rows}) > len(by_content)


@pytest.mark.parametrize(
    ("description", "is_exact"), [("Exact search term.", True), ("Search term.", False)]
)
def test_a_term_is_a_whole_one_if_the_document_says_so(description: str, is_exact: bool) -> None:
    term = query("term", description=description)
    document = listing({"searchTerm": TEXT}, [term], path="/searches")
    known = rows_of(document)[0]["searchTerm"]

    found = {row["searchTerm"] for row in rows_of(document, term=known.upper())}

    assert not is_exact or {known} == found
    assert is_exact is (rows_of(document, term=known[1:-1]) == [])


def test_who_is_protected_may_be_called_unknown() -> None:
    row = {"accountType": choice("atlassian", "anonymous", "unknown"), "isProtected": BOOLEAN}

    kinds = {(row["isProtected"], row["accountType"]) for row in rows_of(visits(row))}

    assert {(True, "unknown"), (False, "atlassian"), (False, "anonymous")} == kinds


def test_the_last_page_may_be_named_in_german() -> None:
    paged = [query("seite", INTEGER), query("anzahl", INTEGER)]
    pages = visits(WHO, paged, letzteSeite=BOOLEAN)

    assert [False, True] == [get(pages, anzahl=size).json()["letzteSeite"] for size in (5, 10_000)]


@pytest.mark.parametrize(
    ("described", "digits"), [("All times are Unix timestamps.", 10), ("", 13)]
)
def test_times_are_in_the_unit_of_the_document(described: str, digits: int) -> None:
    document = visits({"viewedAt": INTEGER})
    document.content["info"]["description"] = described

    assert {digits} == {len(str(row["viewedAt"])) for row in rows_of(document)}


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_rows_without_an_account_come_last(direction: str) -> None:
    document = visits(WHO, [query("sort")])

    accounts = [row["accountId"] for row in rows_of(document, sort=f"accountId,{direction}")]

    known = [account for account in accounts if account is not None]
    assert 0 < len(known) < len(accounts)
    assert sorted(known, reverse=direction == "desc") == accounts[: len(known)]


def test_views_of_known_viewers_are_counted_by_any_of_their_names() -> None:
    figures = fields(count=INTEGER, authenticatedCount=INTEGER, registeredViews=INTEGER)
    rows = rows_of(visits({"accountId": NULLABLE}))
    known = sum(row["accountId"] not in {None, "Anonymous"} for row in rows)

    counts = get(responding(figures, path="/spaces/{key}/views/count")).json()

    assert {"count": len(rows), "authenticatedCount": known, "registeredViews": known} == counts
    assert 0 < known < len(rows)


def test_sums_of_a_space_have_its_name() -> None:
    figures = fields(key=TEXT, name=TEXT, views=INTEGER)
    document = responding(figures, path="/spaces/{key}/summary")
    named = fields(results=listed(fields(spaceName=TEXT, viewTime=MOMENT)))

    (name,) = {row["spaceName"] for row in rows_of(responding(named))}

    body = get(document).json()

    assert ("SUP", name) == (body["key"], body["name"])


def test_sums_of_a_content_have_its_title_and_the_time_of_its_creation() -> None:
    row = {"id": TEXT, "title": TEXT, "createdAt": MOMENT, "views": INTEGER}
    busiest, *others = rows_of(totals(row, "/spaces/{key}/contents"))
    figures = fields(title=TEXT, totalViews=INTEGER, createdAt=MOMENT)

    body = get(responding(figures, path=OF_CONTENT), contentId=busiest["id"]).json()

    views = {"totalViews": busiest["views"]}
    assert {"title": busiest["title"], "createdAt": busiest["createdAt"], **views} == body
    assert all(row["createdAt"] < "2026-01-31T12" for row in (busiest, *others))
    assert len({row["createdAt"] for row in others}) > 1


def test_totals_per_hour_have_its_start_and_its_end() -> None:
    interval = query("granularity", choice("hour", "day", default="day"))
    row = {"from": MOMENT, "to": MOMENT, "views": INTEGER}
    document = listing(row, [interval], path="/spaces/{key}/histogram")
    hours = Counter(f"{time:%Y-%m-%dT%H}:00:00.000Z" for time in moments(rows_of(visits(WHO))))

    per_hour = rows_of(document, granularity="hour")

    assert hours == {row["from"]: row["views"] for row in per_hour}
    assert all(row["to"] == row["from"].replace(":00:00.000Z", ":59:59.999Z") for row in per_hour)
    assert len(rows_of(document)) < len(per_hour)


@pytest.mark.parametrize("name", ["hour", "weekday"])
def test_a_share_of_no_views_is_zero(name: str) -> None:
    row = {name: TEXT, "views": INTEGER, "share": NUMBER}
    document = listing(row, [query("startDate", DAY)], path=f"/spaces/{{key}}/views-by-{name}")

    assert {0} == {row["share"] for row in rows_of(document, startDate="2026-02-10")}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize(
    ("first", "last"), [("0001-01-01", "2025-06-05"), ("2026-01-05", "9999-12-31")]
)
def test_a_range_in_a_time_zone_may_reach_the_end_of_the_calendar(
    zone: str, first: str, last: str
) -> None:
    parameters = [query("startDate", DAY), query("endDate", DAY), query("timeZone")]
    body = fields(views=INTEGER, lastView=MOMENT, endDate=DAY)
    document = responding(body, parameters, path="/spaces/{key}/views/summary")

    response = get(document, startDate=first, endDate=last, timeZone=zone)

    assert (200, last) == (response.status_code, response.json()["endDate"])


@pytest.mark.parametrize(
    ("order", "names"), [("asc", WEEKDAYS), ("desc", WEEKDAYS[::-1]), ("-weekday", WEEKDAYS[::-1])]
)
def test_weekdays_are_sorted_from_monday(order: str, names: list[str]) -> None:
    document = listing({"weekday": TEXT, "views": INTEGER}, [query("sort")], path=BY_WEEKDAY)

    assert names == [row["weekday"] for row in rows_of(document, sort=order)]
    assert "works" == findings(document)["sort"].outcome


def test_rows_are_sorted_by_the_hour_of_the_time_zone() -> None:
    document = visits({"hour": INTEGER, "viewTime": MOMENT}, [query("sort"), query("timeZone")])

    hours = [row["hour"] for row in rows_of(document, sort="hour", timeZone="Asia/Kathmandu")]

    assert sorted(hours) == hours


def test_a_range_without_rows_in_an_hour_is_checked() -> None:
    document = listing(
        {"hour": INTEGER, "views": INTEGER},
        [query("startDate", DAY)],
        path="/spaces/{key}/views-by-hour",
    )

    assert "works" == findings(document)["startDate"].outcome


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin"])
@pytest.mark.parametrize(("name", "schema"), [
    ("hour", MOMENT), ("timestamp", MOMENT), ("timestamp", {**INTEGER, "format": "int64"}),
    ("start", {**INTEGER, "format": "int64"}),
])  # fmt: skip
def test_totals_per_hour_are_dated_by_any_usual_name(
    name: str, schema: dict[str, Any], zone: str
) -> None:
    parameters = [query("interval", choice("HOUR", "DAY")), query("timezone")]
    document = listing({name: schema, "count": INTEGER}, parameters, path="/spaces/{key}/timeline")

    rows = rows_of(document, interval="HOUR", timezone=zone)

    starts = [
        datetime.fromtimestamp(row[name] / 1000, UTC) if schema["type"] == "integer"
        else datetime.fromisoformat(row[name]) for row in rows
    ]  # fmt: skip
    assert {0} == {start.astimezone(ZoneInfo(zone)).minute for start in starts}
    single = rows_of(visits(WHO, [query("timezone")]), timezone=zone)
    assert len(single) == sum(row["count"] for row in rows)
    assert starts == sorted(set(starts))


def test_a_content_that_cannot_exist_is_named_in_words() -> None:
    response = get(responding(fields(views=INTEGER), path=OF_CONTENT), contentId="abc")

    assert 404 == response.status_code
    detail = "There is no content with this id; ids are whole numbers."
    assert detail == response.json()["detail"]
