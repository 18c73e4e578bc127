"""Times of arrivals by weekday, time zone and person."""

from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from mock_server.clock import DAY, start_of
from mock_server.world.chance import draw_for
from mock_server.world.domain import ANONYMOUS, Account
from mock_server.world.model import TrafficSection
from mock_server.world.people import Person
from mock_server.world.rhythm import QUIET, Rhythm


def make_rhythm(zone: str, *, weekend: float = 0.5) -> Rhythm:
    return Rhythm(TrafficSection(visits=1, weekend=weekend, anonymous=1), [], ZoneInfo(zone))


def count(rhythm: Rhythm, day: date, usual: float = 20_000) -> int:
    return len(rhythm.arrivals(day, usual, draw_for("rhythm")))


def test_no_arrivals_are_near_midnight() -> None:
    day = date(2026, 1, 5)
    moments = [
        moment - start_of(day)
        for moment, _ in make_rhythm("UTC").arrivals(day, 200_000, draw_for("midnight"))
    ]
    assert min(moments) >= QUIET
    assert max(moments) < DAY - QUIET


def test_weekends_have_the_configured_share_of_arrivals() -> None:
    rhythm = make_rhythm("UTC", weekend=0.25)
    assert count(rhythm, date(2026, 1, 10)) == pytest.approx(
        count(rhythm, date(2026, 1, 9)) / 4, rel=0.01
    )


def test_weekends_follow_the_local_time_zone() -> None:
    rhythm = make_rhythm("Pacific/Auckland", weekend=0)
    friday = date(2026, 1, 9)
    latest = max(moment for moment, _ in rhythm.arrivals(friday, 20_000, draw_for("auckland")))
    assert latest < start_of(friday) + 11 * 3_600_000


def test_all_viewers_are_anonymous_if_there_are_no_accounts() -> None:
    arrivals = make_rhythm("UTC").arrivals(date(2026, 1, 5), 100, draw_for("strangers"))
    assert {ANONYMOUS} == {viewer for _, viewer in arrivals}


def test_a_weekend_share_of_zero_gives_no_arrivals() -> None:
    assert count(make_rhythm("UTC", weekend=0), date(2026, 1, 10)) == 0


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_last_supported_day_has_arrivals_in_every_time_zone(zone: str) -> None:
    assert count(make_rhythm(zone), date.max) > 1_000


@pytest.mark.parametrize(("change", "before", "after"), [
    (date(2025, 3, 30), date(2025, 3, 29), date(2025, 3, 31)),
    (date(2025, 10, 26), date(2025, 10, 25), date(2025, 10, 27)),
])  # fmt: skip
def test_arrivals_follow_daylight_saving_time(change: date, before: date, after: date) -> None:
    rhythm = make_rhythm("Europe/Berlin", weekend=1)

    def morning(day: date) -> float:
        hours = [
            (moment - start_of(day)) / 3_600_000
            for moment, _ in rhythm.arrivals(day, 50_000, draw_for("clocks"))
        ]
        return sum(3 <= hour < 8 for hour in hours) / len(hours)

    assert morning(change) == pytest.approx(morning(after), rel=0.05)
    assert morning(change) != pytest.approx(morning(before), rel=0.15)


def test_arrivals_follow_the_shift_of_each_person() -> None:
    people = [Person(Account(name, name), 1, shift) for name, shift in (("early", 0), ("late", 3))]
    rhythm = Rhythm(TrafficSection(visits=1, weekend=1), people, ZoneInfo("UTC"))
    arrivals = rhythm.arrivals(date(2026, 1, 5), 20_000, draw_for("people"))
    middles = {
        name: median(moment for moment, viewer in arrivals if viewer == name)
        for name in ("early", "late")
    }
    assert middles["late"] - middles["early"] == pytest.approx(3 * 3_600_000, rel=0.15)
