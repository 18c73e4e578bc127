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
    TEXT,
    content_of,
    fields,
    findings,
    get,
    listed,
    query,
    rows_of,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")

NUMBER = {"type": "number"}
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WHO = {"viewTime": MOMENT, "isAnonymous": BOOLEAN, "accountId": {**TEXT, "nullable": True}}
ALL = rows_of  # without parameters, a report is of 30 days


def totals(row: dict[str, Any], path: str = "/spaces/{key}/daily", **around: Any) -> Any:
    """Make a document whose rows are totals."""
    body = {**fields(**around, results=listed({**fields(**row), "required": [*row]}))}
    return served({"200": content_of({**body, "required": [*around]})}, path=path)


def moments(rows: list[dict[str, Any]]) -> list[datetime]:
    return [datetime.fromisoformat(row["viewTime"]) for row in rows]


def test_totals_per_day_tell_views_by_kind_of_viewer() -> None:
    rows = rows_of(visits(WHO))
    per_day = rows_of(totals({"date": DAY, "views": INTEGER, "anonymousViews": INTEGER}))

    assert len(rows) == sum(row["views"] for row in per_day)
    assert sum(row["isAnonymous"] for row in rows) == sum(row["anonymousViews"] for row in per_day)


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("total", {**INTEGER, "description": "Number of views in the whole period"}),
        ("summeAufrufe", INTEGER),
    ],
)
def test_a_sum_beside_totals_is_that_of_all_views(name: str, schema: dict[str, Any]) -> None:
    row = {"date": DAY, "views": INTEGER}

    body = get(totals(row, **{name: schema})).json()

    assert sum(row["views"] for row in body["results"]) == body[name]


def test_the_number_of_totals_is_no_sum_of_views() -> None:
    total = {**INTEGER, "description": "Number of days with views"}

    body = get(totals({"date": DAY, "views": INTEGER}, total=total)).json()

    assert len(body["results"]) == body["total"]


def test_totals_are_per_hour_of_the_day() -> None:
    per_hour = rows_of(totals({"hour": INTEGER, "views": INTEGER}, "/spaces/{key}/views-by-hour"))

    hours = Counter(moment.hour for moment in moments(rows_of(visits(WHO))))
    assert [*range(24)] == [row["hour"] for row in per_hour]
    assert hours == Counter({row["hour"]: row["views"] for row in per_hour})


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({**TEXT, "enum": [name.upper() for name in WEEKDAYS]}, [*map(str.upper, WEEKDAYS)]),
        (TEXT, WEEKDAYS),
        ({**INTEGER, "minimum": 0, "maximum": 6}, [*range(7)]),
        ({**INTEGER, "minimum": 1, "maximum": 7}, [*range(1, 8)]),
    ],
)
def test_totals_are_per_weekday(schema: dict[str, Any], names: list[Any]) -> None:
    document = totals({"weekday": schema, "views": INTEGER}, "/spaces/{key}/views-by-weekday")

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
    days = rows_of(totals({"date": DAY, "views": INTEGER, "share": NUMBER}))

    assert 0.01 > abs(1 - sum(day["share"] for day in days))


def test_a_summary_has_averages_and_the_busiest_day() -> None:
    figures = {"views": INTEGER, "uniqueViewers": INTEGER, "averageViewsPerDay": NUMBER,
               "viewsPerViewer": NUMBER, "busiestDay": DAY}  # fmt: skip
    document = served({"200": content_of(fields(**figures))}, path="/spaces/{key}/views/summary")

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
    ("value", "anonymous"), [("include", {True, False}), ("exclude", {False}), ("only", {True})]
)
def test_a_filter_includes_excludes_or_selects_guests(value: str, anonymous: set[bool]) -> None:
    values = {**TEXT, "enum": ["include", "exclude", "only"], "default": "include"}
    document = visits(WHO, [query("guests", values)])

    assert anonymous == {row["isAnonymous"] for row in rows_of(document, guests=value)}
    assert "works" == findings(document)["guests"].outcome


@pytest.mark.parametrize(
    ("description", "is_exact"), [("Exact search term.", True), ("Search term.", False)]
)
def test_a_term_is_a_whole_one_if_the_document_says_so(description: str, is_exact: bool) -> None:
    body = fields(results=listed(fields(searchTerm=TEXT)))
    term = query("term", description=description)
    document = served({"200": content_of(body)}, [term], path="/searches")
    known = rows_of(document)[0]["searchTerm"]

    assert {known} == {
        row["searchTerm"] for row in rows_of(document, term=known.upper())
    } or not is_exact
    assert is_exact is (rows_of(document, term=known[1:-1]) == [])


def test_who_is_protected_may_be_called_unknown() -> None:
    kind = {**TEXT, "enum": ["atlassian", "anonymous", "unknown"]}

    kinds = {(row["isProtected"], row["accountType"])
             for row in rows_of(visits({"accountType": kind, "isProtected": BOOLEAN}))}  # fmt: skip

    assert {(True, "unknown"), (False, "atlassian"), (False, "anonymous")} == kinds


def test_the_last_page_may_be_told_in_german() -> None:
    anzahl = query("anzahl", INTEGER)
    pages = visits(WHO, [query("seite", INTEGER), anzahl], letzteSeite=BOOLEAN)

    assert [False, True] == [get(pages, anzahl=size).json()["letzteSeite"] for size in (5, 10_000)]


@pytest.mark.parametrize(("said", "digits"), [("All times are Unix timestamps.", 10), ("", 13)])
def test_times_are_in_the_unit_of_the_document(said: str, digits: int) -> None:
    document = visits({"viewedAt": INTEGER})
    document.content["info"]["description"] = said

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
    document = served({"200": content_of(figures)}, path="/spaces/{key}/views/count")
    rows = rows_of(visits({"accountId": {**TEXT, "nullable": True}}))

    known = sum(row["accountId"] not in {None, "Anonymous"} for row in rows)

    assert {"count": len(rows), "authenticatedCount": known, "registeredViews": known} == get(
        document
    ).json()
    assert 0 < known < len(rows)


def test_sums_of_a_space_have_its_name() -> None:
    figures = fields(key=TEXT, name=TEXT, views=INTEGER)
    document = served({"200": content_of(figures)}, path="/spaces/{key}/summary")
    named = fields(results=listed(fields(spaceName=TEXT, viewTime=MOMENT)))

    (name,) = {row["spaceName"] for row in rows_of(served({"200": content_of(named)}))}

    body = get(document).json()

    assert ("SUP", name) == (body["key"], body["name"])


def test_sums_of_a_content_have_its_title_and_the_time_of_its_creation() -> None:
    of_content = {"name": "contentId", "in": "path", "required": True, "schema": TEXT}
    figures = fields(title=TEXT, totalViews=INTEGER, createdAt=MOMENT)
    document = served(
        {"200": content_of(figures)}, [of_content], path="/contents/{contentId}/stats"
    )
    created = totals(
        {"id": TEXT, "title": TEXT, "createdAt": MOMENT, "views": INTEGER}, "/spaces/{key}/contents"
    )

    busiest, *others = ALL(created)

    body = get(document, contentId=busiest["id"]).json()
    assert {"title": busiest["title"], "totalViews": busiest["views"],
            "createdAt": busiest["createdAt"]} == body  # fmt: skip
    assert all(row["createdAt"] < "2026-01-31T12" for row in (busiest, *others))
    assert len({row["createdAt"] for row in others}) > 1


def test_totals_per_hour_have_its_start_and_its_end() -> None:
    interval = query("granularity", {**TEXT, "enum": ["hour", "day"], "default": "day"})
    row = {"from": MOMENT, "to": MOMENT, "views": INTEGER}
    body = fields(results=listed(fields(**row)))
    document = served({"200": content_of(body)}, [interval], path="/spaces/{key}/histogram")
    hours = Counter(f"{time:%Y-%m-%dT%H}:00:00.000Z" for time in moments(rows_of(visits(WHO))))

    per_hour = rows_of(document, granularity="hour")

    assert hours == {row["from"]: row["views"] for row in per_hour}
    assert all(row["to"] == row["from"].replace(":00:00.000Z", ":59:59.999Z") for row in per_hour)
    assert len(rows_of(document)) < len(per_hour)


@pytest.mark.parametrize("name", ["hour", "weekday"])
def test_a_share_of_no_views_is_zero(name: str) -> None:
    rows = fields(results=listed(fields(**{name: TEXT}, views=INTEGER, share=NUMBER)))
    path = f"/spaces/{{key}}/views-by-{name}"
    document = served({"200": content_of(rows)}, [query("startDate", DAY)], path=path)

    assert {0} == {row["share"] for row in rows_of(document, startDate="2026-02-10")}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize(
    ("first", "last"), [("0001-01-01", "2025-06-05"), ("2026-01-05", "9999-12-31")]
)
def test_a_range_in_a_time_zone_may_reach_the_end_of_the_calendar(
    zone: str, first: str, last: str
) -> None:
    parameters = [query("startDate", DAY), query("endDate", DAY), query("timeZone")]
    document = served({"200": content_of(fields(views=INTEGER, lastView=MOMENT, endDate=DAY))},
                      parameters, path="/spaces/{key}/views/summary")  # fmt: skip

    response = get(document, startDate=first, endDate=last, timeZone=zone)

    assert (200, last) == (response.status_code, response.json()["endDate"])


BY_WEEKDAY = "/spaces/{key}/views-by-weekday"


@pytest.mark.parametrize(
    ("order", "names"), [("asc", WEEKDAYS), ("desc", WEEKDAYS[::-1]), ("-weekday", WEEKDAYS[::-1])]
)
def test_weekdays_are_sorted_from_monday(order: str, names: list[str]) -> None:
    body = fields(results=listed(fields(weekday=TEXT, views=INTEGER)))
    document = served({"200": content_of(body)}, [query("sort")], path=BY_WEEKDAY)

    assert names == [row["weekday"] for row in rows_of(document, sort=order)]
    assert "works" == findings(document)["sort"].outcome


def test_rows_are_sorted_by_the_hour_of_the_time_zone() -> None:
    document = visits({"hour": INTEGER, "viewTime": MOMENT}, [query("sort"), query("timeZone")])

    hours = [row["hour"] for row in rows_of(document, sort="hour", timeZone="Asia/Kathmandu")]

    assert sorted(hours) == hours


def test_a_range_without_rows_in_an_hour_is_checked() -> None:
    body = fields(results=listed(fields(hour=INTEGER, views=INTEGER)))
    document = served({"200": content_of(body)}, [query("startDate", DAY)],
                      path="/spaces/{key}/views-by-hour")  # fmt: skip

    assert "works" == findings(document)["startDate"].outcome


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({**INTEGER, "enum": [*range(1, 8)]}, [*range(1, 8)]),
        ({**INTEGER, "description": "0 = Sunday, 6 = Saturday"}, [1, 2, 3, 4, 5, 6, 0]),
        ({**INTEGER, "description": "From 1 (Sunday) to 7"}, [2, 3, 4, 5, 6, 7, 1]),
        ({**INTEGER, "description": "6 = Sunday, 0 = Monday"}, [*range(7)]),
        ({**INTEGER, "minimum": 1, "description": "1 = Monday, 7 = Sunday"}, [*range(1, 8)]),
    ],
)
def test_the_numbers_of_weekdays_are_those_of_the_document(
    schema: dict[str, Any], names: list[int]
) -> None:
    body = fields(results=listed(fields(weekday=schema, views=INTEGER)))
    document = served({"200": content_of(body)}, path=BY_WEEKDAY)

    assert names == [row["weekday"] for row in rows_of(document)]
    assert "works" == findings(document)["/results/*/weekday"].outcome


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin"])
@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("hour", MOMENT), ("timestamp", MOMENT), ("timestamp", {**INTEGER, "format": "int64"}),
        ("start", {**INTEGER, "format": "int64"}),
    ],
)  # fmt: skip
def test_totals_per_hour_are_dated_by_any_usual_name(
    name: str, schema: dict[str, Any], zone: str
) -> None:
    parameters = [query("interval", {**TEXT, "enum": ["HOUR", "DAY"]}), query("timezone")]
    body = fields(results=listed(fields(**{name: schema, "count": INTEGER})))
    document = served({"200": content_of(body)}, parameters, path="/spaces/{key}/timeline")

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
    of_content = {"name": "contentId", "in": "path", "required": True, "schema": TEXT}
    document = served({"200": content_of(fields(views=INTEGER))}, [of_content],
                      path="/contents/{contentId}/stats")  # fmt: skip

    response = get(document, contentId="abc")

    assert (404, "There is no content with this id; ids are whole numbers.") == (
        response.status_code, response.json()["detail"],
    )  # fmt: skip
