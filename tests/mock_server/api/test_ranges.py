"""Ranges of time: bounds, defaults and time zones."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.made_documents import (
    DAY,
    ID,
    INTEGER,
    MOMENT,
    ROW,
    SECONDS,
    SEEN,
    TEXT,
    TIMED,
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

COMPARATORS = [f"created[{word}]" for word in ("gt", "gte", "lt", "lte")]
WORDS = [f"created[{word}]" for word in ("after", "strictly_after", "before", "strictly_before")]


@pytest.mark.parametrize(("names", "sent", "first", "last"), [
    (COMPARATORS, {"created[gte]": 3}, 3, -1), (COMPARATORS, {"created[gt]": 3}, 4, -1),
    (COMPARATORS, {"created[lt]": 3}, None, 2), (COMPARATORS, {"created[lte]": 3}, None, 3),
    (COMPARATORS, {"created[gt]": 3, "created[lte]": 4}, 4, 4),
    (WORDS, {"created[after]": 3}, 3, -1),
    (WORDS, {"created[strictly_after]": 3}, 4, -1), (WORDS, {"created[before]": 3}, None, 3),
    (WORDS, {"created[strictly_before]": 3}, None, 2),
])  # fmt: skip
def test_a_name_says_whether_a_bound_is_in_the_range(
    names: list[str], sent: dict[str, int], first: int | None, last: int
) -> None:
    document = visits(ROW, [query(name, SECONDS) for name in names])
    times = sorted({row["created"] for row in rows_of(document)})
    rows = rows_of(document, **{name: times[place] for name, place in sent.items()})
    assert times[last] == rows[-1]["created"]
    assert first is None or times[first] == rows[0]["created"]
    assert {"works"} == {findings(document)[name].outcome for name in names}


@pytest.mark.parametrize(("schema", "first"), [
    (MOMENT, "2026-01-24T12:00"), (DAY, "2026-01-24T00:00"),
])  # fmt: skip
def test_a_range_begins_by_default_where_its_description_says(
    schema: dict[str, Any], first: str
) -> None:
    since = query("since", schema, description="Only views since then. Default is 7 days ago.")
    every, found = (
        sorted(row["viewTime"] for row in rows_of(visits({"viewTime": MOMENT}, parameters)))
        for parameters in ([], [since])
    )
    assert [time for time in every if time >= first] == found
    assert every[0] < first


@pytest.mark.parametrize(("name", "described", "first", "last"), [
    ("since", "inclusive", 3, -1), ("since", "exclusive", 4, -1), ("until", "inclusive", None, 3),
    ("until", "exclusive", None, 2),
])  # fmt: skip
def test_a_description_says_whether_a_bound_is_in_the_range(
    name: str, described: str, first: int | None, last: int
) -> None:
    seconds = {**SECONDS, "description": f"In seconds, {described}"}
    document = visits(ROW, [query(name, seconds, description=f"A time, {described}")])
    times = sorted({row["created"] for row in rows_of(document)})
    found = [row["created"] for row in rows_of(document, **{name: times[3]})]
    assert first is None or times[first] == min(found)
    assert times[last] == max(found)


def test_a_last_day_that_is_excluded_is_not_in_the_range() -> None:
    days = [query("from", DAY), query("to", DAY, description="Last day, exclusive")]
    document = visits({"viewTime": MOMENT}, days)
    found = rows_of(document, **{"from": "2026-01-12", "to": "2026-01-14"})
    assert {"2026-01-12", "2026-01-13"} == {row["viewTime"][:10] for row in found}


def test_two_texts_leave_the_time_zone_as_it_is() -> None:
    parameters = [query("term"), query("term__icontains"), query("timezone")]
    body = fields(timezone=TEXT, results=listed(fields(term=TEXT, resultCount=INTEGER)))
    document = responding(body, parameters, path="/searches")
    response = get(document, term="home", term__icontains="om", timezone="Asia/Kolkata")
    assert "Asia/Kolkata" == response.json()["timezone"]
    assert "beside the whole text, term__icontains has no effect" == response.headers["x-mock-note"]


@pytest.mark.parametrize(("description", "end"), [
    ("Exclusive. Defaults to the current time.", "2026-01-31T12:00:00.000Z"),
    ("Exclusive, now if absent", "2026-01-31T12:00:00.000Z"),
    ("Exclusive, the last day if not present", "2026-01-31T23:59:59.999Z"),
    ("The default is not now but the end of the day", "2026-01-31T23:59:59.999Z"),
])  # fmt: skip
def test_a_range_ends_now_by_default_if_a_description_says_so(description: str, end: str) -> None:
    until = query("until", MOMENT, description=description)
    document = visits(ROW, [query("since", MOMENT), until], until=MOMENT)
    assert end == get(document).json()["until"]


@pytest.mark.parametrize(("description", "days"), [
    ("Start. Defaults to seven days before `until`.", 7),
    ("If omitted, two months before the end.", 60),
    ("Start (inclusive), 30 days before the end if absent", 30),
    ("6 days before `until` when not given", 6), ("Defaults to the first day.", 30),
    ("Defaults to the installation.", 36_500),
    ("If not set, all views since the installation are included.", 36_500),
    ("All searches if omitted.", 36_500),
])  # fmt: skip
def test_the_default_start_is_described_in_words(description: str, days: int) -> None:
    since = query("since", MOMENT, description=description)
    document = visits({"viewTime": MOMENT}, [since, query("until", MOMENT)], since=MOMENT)
    assert (
        f"{(datetime(2026, 1, 20, 6, tzinfo=UTC) - timedelta(days)).replace(tzinfo=None).isoformat()}.000Z"
        == get(document, until="2026-01-20T06:00:00Z").json()["since"]
    )


@pytest.mark.parametrize(("description", "days"), [
    ("Default: two weeks ago", 14), ("Defaults to 30 days ago.", 30), ("Standard: vor 15 Tagen", 15),
])  # fmt: skip
def test_a_default_start_that_is_so_long_ago_does_not_depend_on_the_end(
    description: str, days: int
) -> None:
    since = query("since", MOMENT, description=description)
    document = visits({"viewTime": MOMENT}, [since, query("until", MOMENT)], since=MOMENT)
    expected = datetime(2026, 1, 31, 12, tzinfo=UTC) - timedelta(days)

    for sent in ({}, {"until": "2026-01-20T06:00:00Z"}):
        assert datetime.fromisoformat(get(document, **sent).json()["since"]) == expected


def test_the_description_of_the_api_may_have_the_defaults_of_parameters() -> None:
    document = visits({"viewTime": MOMENT}, [query("since", MOMENT), query("until", MOMENT)],
                      since=MOMENT, until=MOMENT)  # fmt: skip
    document.content["info"]["description"] = (
        "If `since` is missing, you get the last 7 days before `until`; "
        "if `until` is missing, it is the current time."
    )
    body = get(document).json()
    assert ("2026-01-24T12:00:00.000Z", "2026-01-31T12:00:00.000Z") == (
        body["since"],
        body["until"],
    )


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


@pytest.mark.parametrize(("sent", "echo"), [
    ("2026-01-20T10:00:00Z", "2026-01-20T10:00:00.000Z"),
    ("2026-01-20", "2026-01-20T23:59:59.999Z"),
])  # fmt: skip
def test_an_end_is_echoed_as_it_was_sent_and_a_day_with_its_last_moment(
    sent: str, echo: str
) -> None:
    report = get(visits(TIMED, [query("from"), query("to")], to=MOMENT), to=sent)
    assert echo == report.json()["to"]


def test_a_start_beside_the_end_of_a_range_is_no_offset() -> None:
    window = fields(start_ms=INTEGER, end_ms=INTEGER)
    document = visits(TIMED, [query("from", DAY)], window=window)
    body = get(document, **{"from": "2026-01-20"}).json()
    assert 1_768_867_200_000 == body["window"]["start_ms"]


def test_members_of_a_range_have_the_default_that_its_description_names() -> None:
    bounds = fields(gte=INTEGER, lt=INTEGER)
    seen = query("viewed", bounds, style="deepObject", explode=True,
                 description="Epoch seconds. If you leave it out, the last 2 days are returned.")  # fmt: skip
    moments = [row["when"] for row in rows_of(listing(SEEN, [seen]))]

    assert "2026-01-29T12:00" <= moments[0][:16] <= moments[-1][:16] <= "2026-01-31T12:00"
    assert moments[0] < "2026-01-30"


@pytest.mark.parametrize(("description", "first"), [
    ("Standard ist der Erste des Monats von `to`", "2025-12-01"),
    ("Defaults to the first day of the current month", None),
])  # fmt: skip
def test_a_range_may_begin_with_the_month_of_its_end(description: str, first: str | None) -> None:
    start = query("from", DAY, description=description)
    rows = rows_of(listing(SEEN, [start, query("to", DAY)]), to="2025-12-15")

    assert (rows[0]["when"][:10] if rows else None) == first
