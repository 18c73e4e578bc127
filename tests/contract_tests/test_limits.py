"""Rate, budget and deadline, with a fake clock."""

import pytest

from contract_tests import Options
from contract_tests.errors import SpentError
from contract_tests.wire.limits import Limits


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def limits(time: Time, *, is_live: bool = True, **options: object) -> Limits:
    given = Options(**options)
    return Limits(given, is_live=is_live, now=lambda: time.now, wait=time.wait)


def test_a_live_service_gets_one_request_a_second(time: Time) -> None:
    live = limits(time)
    for _ in range(4):
        live.before_sending(is_good=True)
        time.now += 0.25
    assert [0.75, 0.75, 0.75] == time.waits


def test_requests_to_this_machine_are_not_delayed(time: Time) -> None:
    here = limits(time, is_live=False)
    for _ in range(600):
        here.before_sending(is_good=True)
    assert [] == time.waits


@pytest.mark.parametrize(("options", "count", "now", "reason"), [
    ({}, 500, 499.0, "the budget of 500 requests is spent"),
    ({"deadline": 2.5}, 3, 2.0, "the deadline has passed"),
])  # fmt: skip
def test_a_live_service_gets_500_requests_until_the_deadline(
    time: Time, options: dict[str, float], count: int, now: float, reason: str
) -> None:
    live = limits(time, **options)
    for _ in range(count):
        live.before_sending(is_good=True)
    with pytest.raises(SpentError, match=reason):
        live.before_sending(is_good=True)
    assert (count, now) == (live.sent, time.now)


@pytest.mark.parametrize(("retry_after", "waited"), [("7", 7.0), ("soon", 60.0), ("0", 1.0)])
def test_retry_after_is_respected(time: Time, retry_after: str, waited: float) -> None:
    live = limits(time)
    live.before_sending(is_good=True)
    assert live.after(429, retry_after, is_good=True)
    live.before_sending(is_good=True)
    assert [waited] == time.waits


def test_an_invalid_retry_after_of_this_machine_is_ignored(time: Time) -> None:
    here = limits(time, is_live=False)
    assert here.after(429, "soon", is_good=True)
    here.before_sending(is_good=True)
    assert [] == time.waits


def test_a_run_ends_if_retry_after_is_too_late(time: Time) -> None:
    live = limits(time)
    live.before_sending(is_good=True)
    assert not live.after(503, "Fri, 31 Dec 9999 23:59:59 GMT", is_good=True)
    assert live.closed.startswith("the service asks to wait 2")


def test_a_success_resets_the_count_of_refusals(time: Time) -> None:
    live = limits(time)
    for status in (401, 403, 200, 429, 401, 200):
        live.after(status, None, is_good=True)
    assert "" == live.closed
