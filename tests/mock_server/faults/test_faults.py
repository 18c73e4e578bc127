"""Which requests a fault strikes, and what is refused as one."""

from pathlib import Path
from typing import Any

import pytest

from mock_server import Clock, Residency
from mock_server.control.app import control_document
from mock_server.errors import ScenarioError
from mock_server.faults.faults import Fault, Faults, RequestFacts, Scenario
from mock_server.faults.files import read_fault, read_scenarios


def met(**changes: Any) -> RequestFacts:
    usual = {"operation": "a", "path": "/a/1", "residency": Residency.US, "token": "t"}
    return RequestFacts(**{**usual, **changes})


def faults(*scenarios: Scenario, **options: Any) -> Faults:
    return Faults(Clock(), {one.name: one for one in scenarios}, **options)


def pattern(fault: Fault, count: int, seed: int = 0) -> str:
    made = faults(seed=seed)
    made.add(fault)
    return "".join("x" if list(made.triggered_by(met(), ())) else "." for _ in range(count))


@pytest.mark.parametrize(("fault", "expected"), [
    (Fault(), "xxxxxxxx"), (Fault(after=2), "..xxxxxx"), (Fault(every=3), "x..x..x."),
    (Fault(after=1, every=2), ".x.x.x.x"), (Fault(times=2), "xx......"),
    (Fault(after=1, every=2, times=2), ".x.x...."), (Fault(probability=0), "........"),
])  # fmt: skip
def test_how_often_it_strikes(fault: Fault, expected: str) -> None:
    assert expected == pattern(fault, 8)


def test_chance_depends_on_the_seeds_alone() -> None:
    fault = Fault(probability=0.5)
    assert pattern(fault, 64) == pattern(fault, 64)
    assert pattern(fault, 64) != pattern(fault, 64, seed=1)
    assert pattern(fault, 64) != pattern(Fault(probability=0.5, seed=1), 64)
    assert 16 < pattern(fault, 64).count("x") < 48


def test_chance_does_not_depend_on_other_faults() -> None:
    half = Scenario("half", "", (Fault(probability=0.5),))
    alone, beside = faults(half), faults(half)
    beside.add(Fault(probability=0.3))
    for one in (alone, beside):
        one.start("half")
    for _ in range(50):
        expected = [one.name for one in alone.triggered_by(met(), ())]
        found = [one.name for one in beside.triggered_by(met(), ())]
        assert expected == [name for name in found if name == "half"]


@pytest.mark.parametrize(("fault", "request_"), [
    (Fault(operation="b"), met(operation="b")), (Fault(path="/b/*"), met(path="/b/2")),
    (Fault(residency=Residency.DE), met(residency=Residency.DE)),
    (Fault(token="other"), met(token="other")),
])  # fmt: skip
def test_only_its_requests_are_faulted_and_counted(fault: Fault, request_: RequestFacts) -> None:
    made = faults()
    name = made.add(fault)
    assert [] == list(made.triggered_by(met(), ()))
    assert [name] == [one.name for one in made.triggered_by(request_, ())]
    assert (1, 1) == (made.on[name][0].matched, made.on[name][0].triggered)


def test_one_switch_clears_all_and_a_reset_brings_the_first_back() -> None:
    made = faults(Scenario("s", "", (Fault(),)), started=["s"])
    made.add(Fault())
    made.clear()
    assert made.is_idle
    made.reset()
    assert ["s"] == list(made.on)


def test_a_scenario_started_again_begins_again() -> None:
    made = faults(Scenario("s", "", (Fault(times=1),)))
    for _ in range(2):
        made.start("s")
        assert [1, 0] == [len(list(made.triggered_by(met(), ()))) for _ in range(2)]


def test_a_scenario_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="Did you mean 'outage'"):
        Faults(Clock(), read_scenarios(), started=["outtage"])


@pytest.mark.parametrize(("content", "because"), [
    ({"statsu": 500}, "'statsu' is not a key. Did you mean 'status'?"),
    ({"zzz": 500}, "Known are operation, path"),
    ({"status": 200}, "The fault, status: 200 is less than the minimum of 400"),
    ({"drift": ["away"]}, "The fault, drift 0: "), ({}, "The fault: "), ([], "The fault: "),
    ({"delay": {"uniform": [1]}}, "The fault, delay"),
    ({"headers": {"X": "a\nb"}}, "The fault, headers X: "),
])  # fmt: skip
def test_what_no_fault_can_be_is_refused(content: Any, because: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        read_fault(content, "The fault")
    assert because in str(refused.value)


@pytest.mark.parametrize(("text", "because"), [
    ("description = 1\nfaults = []", "description"), ("description = 'x'", "faults"),
    ("faults = [{status = 500}]", "description"),
    ("description = 'x'\nfaults = [{status = 500}]\nfautls = 1", "Did you mean 'faults'?"),
    ("x", "is not TOML"),
])  # fmt: skip
def test_a_file_that_is_no_scenario_is_refused(text: str, because: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as refused:
        read_scenarios([path])
    assert str(path) in str(refused.value)
    assert because in str(refused.value)


def test_every_key_of_the_document_is_a_field_and_the_other_way_round() -> None:
    schema = control_document().content["components"]["schemas"]["Fault"]
    assert set(Fault.__dataclass_fields__) == set(schema["properties"])
