"""A clock that is moved, frozen and resumed, with a fake machine time."""

from datetime import timedelta

import pytest

from mock_server import clock as module
from mock_server.clock import EARLIEST, LATEST, Clock, from_rfc3339, to_rfc3339

NOW = 1_767_225_600_000


class Machine:
    """A fake of the machine's clock."""

    now = NOW


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(module, "_machine_time", lambda: machine.now)
    return machine


def test_a_clock_runs_from_its_start(machine: Machine) -> None:
    clocks = Clock(), Clock(5), Clock(5, frozen=True)
    machine.now += 10
    assert [NOW + 10, 15, 5] == [clock.now() for clock in clocks]


def test_a_clock_runs_on_from_the_time_it_was_moved_to(machine: Machine) -> None:
    clock = Clock(5)
    clock.move_to(100)
    machine.now += 10
    assert 110 == clock.now()


def test_a_frozen_clock_resumes_from_its_time(machine: Machine) -> None:
    clock = Clock(5)
    machine.now += 1
    clock.freeze()
    machine.now += 10
    clock.freeze()
    frozen = clock.now(), clock.is_frozen
    clock.go_on()
    clock.go_on()
    machine.now += 100

    assert ((6, True), (106, False)) == (frozen, (clock.now(), clock.is_frozen))


@pytest.mark.parametrize("is_frozen", [True, False])
def test_a_clock_can_be_moved_forward_and_back(is_frozen: bool, machine: Machine) -> None:
    clock = Clock(5, frozen=is_frozen)
    clock.advance(timedelta(seconds=2))
    clock.advance(-timedelta(seconds=1))
    assert (1_005, is_frozen) == (clock.now(), clock.is_frozen)


@pytest.mark.parametrize("is_frozen", [True, False])
def test_reset_restores_the_initial_time_and_state(is_frozen: bool, machine: Machine) -> None:
    clock = Clock(5, frozen=is_frozen)
    clock.move_to(100)
    clock.go_on() if is_frozen else clock.freeze()
    machine.now += 10
    clock.reset()
    assert (5, is_frozen) == (clock.now(), clock.is_frozen)


def test_a_clock_stays_within_representable_times(machine: Machine) -> None:
    clock = Clock(LATEST)
    machine.now += 10
    last = clock.now()
    clock.move_to(EARLIEST - 1)
    assert (LATEST, EARLIEST) == (last, clock.now())
    assert to_rfc3339(LATEST) == "9999-12-31T23:59:59.999Z"


def test_a_clock_that_starts_frozen_returns_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(NOW, NOW + 100))
    monkeypatch.setattr(module, "_machine_time", lambda: next(times))
    clock = Clock(5, frozen=True)
    first = clock.now()
    clock.reset()
    assert 5 == first == clock.now()


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00.000Z", "2026-01-31T12:00:00.007Z"])
def test_rfc_3339_times_round_trip(text: str) -> None:
    assert text == to_rfc3339(from_rfc3339(text))
