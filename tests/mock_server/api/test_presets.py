"""Named ranges, ranges of dates and of a number of days."""

from typing import Any

import pytest

from mock_server.openapi.document import Document
from tests.made_documents import (
    DAY,
    INTEGER,
    MOMENT,
    TEXT,
    TIMED,
    choice,
    findings,
    get,
    query,
    rows_of,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


def with_periods(*periods: str) -> Document:
    return visits({"viewedAt": MOMENT}, [query("period", choice(*periods)), query("date")])


@pytest.mark.parametrize(("period", "date", "first", "last"), [
    ("custom", "2026-01-12,2026-01-14", "2026-01-12", "2026-01-14"),
    ("day", "2026-01-14", "2026-01-14", "2026-01-14"),
    ("7d", "2026-01-14", "2026-01-08", "2026-01-14"),
    ("week", "2026-01-14", "2026-01-12", "2026-01-18"),
    ("month", "2025-12-10", "2025-12-01", "2025-12-31"),
    (None, "2026-01-14", "2026-01-14", "2026-01-14"),
    (None, "yesterday", "2026-01-30", "2026-01-30"),
    (None, "last7", "2026-01-25", "2026-01-31"),
])  # fmt: skip
def test_a_named_range_may_be_that_of_a_date(
    period: str | None, date: str, first: str, last: str
) -> None:
    document = with_periods("day", "7d", "week", "month", "custom")
    rows = rows_of(document, date=date, **({"period": period} if period else {}))
    days = sorted({row["viewedAt"][:10] for row in rows})
    assert first <= days[0] <= days[-1] <= last
    for wrong in ("2026-02-30", "2026-01-12,", "2026-01-12,2026-01-13,2026-01-14"):
        assert 400 == get(document, date=wrong).status_code
    found = findings(document)
    assert ("works", "works") == (found["date"].outcome, found["period"].outcome)
    assert "period=month" in found["period"].evidence


@pytest.mark.parametrize("date", ["9999-12-31", "9999-12-30,9999-12-31", "2026-01-14,2026-01-12"])
def test_a_range_of_dates_without_rows_is_empty(date: str) -> None:
    document = with_periods("month", "custom")
    assert [] == rows_of(document, period="custom", date=date)
    assert [] == rows_of(document, period="month", date="9999-12-31")


def test_a_range_may_be_of_months() -> None:
    months = {**TEXT, "example": "2026-01"}
    document = visits({"viewTime": MOMENT}, [query("from", months), query("to", months)])
    times = [row["viewTime"] for row in rows_of(document, **{"from": "2025-12", "to": "2025-12"})]
    assert {"2025-12"} == {time[:7] for time in times}
    assert 400 == get(document, **{"from": "2025-13"}).status_code


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


@pytest.mark.parametrize(("schema", "echo"), [
    (MOMENT, "2026-01-01T00:00:00.000Z"), (DAY, "2025-12-31T23:59:59.999Z"),
])  # fmt: skip
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


@pytest.mark.parametrize(("german", "english"), [
    ("HEUTE", "today"), ("LETZTE_7_TAGE", "last_7_days"), ("letzter-monat", "last_month"),
    ("dieseWoche", "thisWeek"), ("letzte24Stunden", "last24hours"),
])  # fmt: skip
def test_named_ranges_may_be_german(german: str, english: str) -> None:
    document = visits({"viewedAt": MOMENT}, [query("zeitraum", choice(german, "letztes Jahr"))])
    usual = visits({"viewedAt": MOMENT}, [query("period", choice(english, "last year"))])

    assert rows_of(document, zeitraum=german) == rows_of(usual, period=english) != []


@pytest.mark.parametrize(("parameter", "sent", "first", "last"), [
    (query("month", TEXT, description="As YYYY-MM"), "2025-12", "2025-12-01", "2025-12-31"),
    (query("hours", INTEGER), 36, "2026-01-30T00:00", "2026-01-31T12:00"),
    (query("last", TEXT, description="Such as 24h or 7d"), "7d", "2026-01-25", "2026-01-31"),
])  # fmt: skip
def test_a_month_a_number_of_hours_and_what_a_description_shows_are_ranges(
    parameter: dict[str, Any], sent: Any, first: str, last: str
) -> None:
    rows = rows_of(visits({"viewedAt": MOMENT}, [parameter]), **{parameter["name"]: sent})
    moments = sorted(row["viewedAt"][: len(first)] for row in rows)

    assert first <= moments[0] <= moments[-1] <= last
    assert moments[0] < "2025-12-03" or moments[0] < "2026-01-31"


def test_a_month_that_does_not_exist_is_refused() -> None:
    month = visits({"viewedAt": MOMENT}, [query("month", TEXT, description="As YYYY-MM")])

    assert {400} == {get(month, month=wrong).status_code for wrong in ("2026-13", "9999-12")}
