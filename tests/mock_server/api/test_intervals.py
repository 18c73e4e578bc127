"""Totals by interval: days, weeks, months and hours, with their gaps."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from tests.made_documents import (
    DAY,
    INTEGER,
    MOMENT,
    NULLABLE,
    TEXT,
    choice,
    daily,
    findings,
    get,
    listing,
    query,
    rows_of,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


def test_an_interval_has_a_start_and_an_end() -> None:
    row = {"startDateTime": MOMENT, "endDateTime": MOMENT, "viewCount": INTEGER}
    days = rows_of(listing(row, path="/spaces/{key}/viewsByDay"))
    for day in days:
        date = day["startDateTime"][:10]
        assert day["startDateTime"] == f"{date}T00:00:00.000Z"
        assert day["endDateTime"] == f"{date}T23:59:59.999Z"
    assert days


GAPS = "Days without views are contained with zeros."


def test_days_without_views_are_there_if_the_document_says_so() -> None:
    given = {"since": "2025-12-20", "key": "~4552c8561a4f5372563f67a4"}
    since = query("since", DAY)
    days = rows_of(daily(since, described=GAPS), **given)
    assert 43 == len(days)
    assert rows_of(daily(since), **given) == [day for day in days if day["views"]]


@pytest.mark.parametrize(("since", "until", "days"), [
    ("0001-01-01", "0001-01-31", 31), ("0001-01-01", "2026-01-31", 5_000),
    ("2026-01-30", "9999-12-31", 2), ("9999-12-31", "9999-12-31", 0),
])  # fmt: skip
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
def test_gaps_are_filled_until_now_up_to_a_number_of_days(
    since: str, until: str, days: int, zone: str
) -> None:
    ends = [query("since", DAY), query("until", DAY), query("timeZone")]
    rows = rows_of(daily(*ends, described=GAPS), since=since, until=until, timeZone=zone)
    assert days <= len(rows) <= days + 1


def test_rows_and_days_have_their_weekday_and_hour() -> None:
    rows = rows_of(visits({"viewedAt": MOMENT, "weekday": TEXT, "hour": INTEGER}))
    tag = {"tag": DAY, "wochentag": TEXT, "aufrufe": INTEGER}
    days = rows_of(listing(tag, path="/spaces/{key}/tage"))
    for row in rows:
        moment = datetime.fromisoformat(row["viewedAt"])
        assert (f"{moment:%A}", moment.hour) == (row["weekday"], row["hour"])
    assert all(f"{datetime.fromisoformat(day['tag']):%A}" == day["wochentag"] for day in days)


def test_a_date_is_a_day_if_its_description_or_example_is_one() -> None:
    row = {"date": {**TEXT, "example": "2026-01-31"}, "timestamp": INTEGER}
    assert all(len(row["date"]) == 10 for row in rows_of(visits(row)))


@pytest.mark.parametrize(("value", "days"), [
    ("INTERVAL_DAY", 1), ("INTERVAL_WEEK", 7), ("INTERVAL_UNSPECIFIED", 1),
])  # fmt: skip
def test_an_interval_is_read_without_what_all_begin_with(value: str, days: int) -> None:
    intervals = choice("INTERVAL_DAY", "INTERVAL_WEEK", "INTERVAL_UNSPECIFIED")
    document = daily(query("interval", intervals))
    rows = rows_of(document, interval=value)
    first, second = (datetime.fromisoformat(row["date"]) for row in rows[1:3])
    assert days == (second - first).days
    assert "works" == findings(document)["interval"].outcome


def test_an_interval_without_totals_is_noted() -> None:
    document = daily(query("granularity", choice("day", "week", "decade")))
    notes = get(document, granularity="decade").headers["x-mock-note"]
    assert "there are no totals by 'decade', so they are by day" == notes


MONTHLY = {"month": {**TEXT, "description": "YYYY-MM"}, "views": INTEGER}


@pytest.mark.parametrize(("row", "path", "form"), [
    (MONTHLY, "/spaces/{key}/monthly", "%Y-%m"),
    ({"month": TEXT, "views": INTEGER}, "/spaces/{key}/totals", "%Y-%m"),
    ({"month": DAY, "views": INTEGER}, "/spaces/{key}/totals", "%Y-%m-01"),
    ({"day": {**TEXT, "example": "2026-W05"}, "views": INTEGER}, "/spaces/{key}/weekly", "%G-W%V",),
])  # fmt: skip
def test_totals_are_of_the_interval_that_their_names_have(
    row: dict[str, Any], path: str, form: str
) -> None:
    document = listing(row, [query("since", DAY)], path=path)
    (start, *_) = row
    times = [one["viewTime"] for one in rows_of(listing({"viewTime": MOMENT}, [query("since", DAY)]),
                                                since="2025-12-20")]  # fmt: skip
    totals = {one[start]: one["views"] for one in rows_of(document, since="2025-12-20")}
    assert totals == Counter(format(datetime.fromisoformat(time), form) for time in times)
    assert len(totals) > 1
    assert {"works"} == {one.outcome for name, one in findings(document).items() if start in name}


@pytest.mark.parametrize(("described", "filled"), [
    ("Intervals without visits are returned too.", True),
    ("Days\nwithout views are listed.", True),
    ("Views per day. Every day of the period is returned.", True),
    ("Every day, the busiest content.", False),
    ("One entry for every day, oldest first.", True),
    ("One entry per day, including days without views.", True),
    ("Every day of the period, oldest first, also days without views.", True),
    ("Days without views are not returned.", False), ("Days without views are left out.", False),
])  # fmt: skip
def test_a_description_says_whether_days_without_views_are_listed(
    described: str, filled: bool
) -> None:
    given = {"since": "2025-12-20", "key": "~4552c8561a4f5372563f67a4"}
    days = rows_of(daily(query("since", DAY), described=described), **given)
    assert filled is any(day["views"] == 0 for day in days)


def test_a_month_may_be_a_number_beside_its_year() -> None:
    number = {**INTEGER, "format": "int32"}
    row = {"year": number, "month": number, "visits": INTEGER}
    document = listing(row, [query("since", DAY)], path="/spaces/{key}/months")
    found = [(row["year"], row["month"]) for row in rows_of(document, since="2025-12-20")]
    assert [(2025, 12), (2026, 1)] == found


@pytest.mark.parametrize(("row", "path"), [
    ({"day": DAY, "month": TEXT, "views": INTEGER}, "/spaces/{key}/daily"),
    ({"date": DAY, "month": INTEGER, "week": INTEGER, "views": INTEGER}, "/spaces/{key}/totals",),
    ({"day": DAY, "views": INTEGER}, "/spaces/{key}/last-month"),
    ({"day": DAY, "views": INTEGER}, "/spaces/{key}/this-week"),
])  # fmt: skip
def test_totals_are_per_day_if_their_rows_or_path_say_so(row: dict[str, Any], path: str) -> None:
    start = next(iter(row))
    assert len(rows_of(listing(row, path=path))) == len(rows_of(daily()))
    assert {one[start] for one in rows_of(listing(row, path=path))} == {
        one["date"] for one in rows_of(daily())
    }


def test_hours_without_views_are_listed_if_the_document_says_so() -> None:
    hourly = choice("HOUR", "DAY")
    document = listing(
        {"start": MOMENT, "views": INTEGER}, [query("since", DAY), query("interval", hourly)],
        path="/spaces/{key}/timeline", more={"description": "Intervals without views are included."},
    )  # fmt: skip
    hours = rows_of(document, since="2026-01-30", interval="HOUR")
    assert 36 + 1 == len(hours)
    assert {0} < {hour["views"] for hour in hours}


@pytest.mark.parametrize(("value", "starts"), [
    ("DAY", 40), (None, 6), ("WEEK", 6), ("MONTH", 2),
])  # fmt: skip
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


def test_totals_that_begin_at_a_day_are_of_days_and_ranks_count_up() -> None:
    days = rows_of(visits({"start": DAY, "views": INTEGER, "unique_viewers": INTEGER}))
    tops = rows_of(visits({"rank": INTEGER, "contentId": TEXT, "title": TEXT, "views": INTEGER}))
    assert [row["start"] for row in days] == sorted(row["start"] for row in days)
    assert len({row["start"] for row in days}) > 20
    assert [row["rank"] for row in tops] == [*range(1, len(tops) + 1)]
