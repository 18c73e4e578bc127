"""Which requests trigger a fault, and which faults are invalid."""

from pathlib import Path
from typing import Any

import pytest

from mock_server import Clock, Residency
from mock_server.control.app import control_document
from mock_server.errors import ScenarioError
from mock_server.faults.faults import (
    Fault,
    Faults,
    RequestFacts,
    Scenario,
    read_fault,
    read_scenarios,
)


def request_facts(**changes: Any) -> RequestFacts:
    usual = {"operation": "a", "path": "/a/1", "residency": Residency.US, "token": "t"}
    return RequestFacts(**{**usual, **changes})


def faults(options: Any = None, /, **scenarios: Fault) -> Faults:
    found = {name: Scenario("", (fault,)) for name, fault in scenarios.items()}
    return Faults(Clock(), found, **options or {})


def pattern(fault: Fault, count: int, seed: int = 0) -> str:
    all_faults = faults({"seed": seed})
    all_faults.add(fault)
    return "".join(
        "x" if all_faults.triggered_by(request_facts(), ()) else "." for _ in range(count)
    )


@pytest.mark.parametrize(("fault", "expected"), [
    (Fault(), "xxxxxxxx"), (Fault(after=2), "..xxxxxx"), (Fault(every=3), "x..x..x."),
    (Fault(after=1, every=2), ".x.x.x.x"), (Fault(times=2), "xx......"),
    (Fault(after=1, every=2, times=2), ".x.x...."), (Fault(probability=0), "........"),
])  # fmt: skip
def test_which_requests_trigger_a_fault(fault: Fault, expected: str) -> None:
    assert expected == pattern(fault, 8)


def test_probability_depends_only_on_the_seeds() -> None:
    fault = Fault(probability=0.5)
    assert pattern(fault, 64) == pattern(fault, 64)
    assert pattern(fault, 64) != pattern(fault, 64, seed=1)
    assert pattern(fault, 64) != pattern(Fault(probability=0.5, seed=1), 64)
    assert 16 < pattern(fault, 64).count("x") < 48


def test_probability_does_not_depend_on_other_faults() -> None:
    alone, beside = (faults(half=Fault(probability=0.5)) for _ in range(2))
    beside.add(Fault(probability=0.3))
    for one in (alone, beside):
        one.start("half")
    for _ in range(50):
        expected = [one.name for one in alone.triggered_by(request_facts(), ())]
        found = [one.name for one in beside.triggered_by(request_facts(), ())]
        assert expected == [name for name in found if name == "half"]


@pytest.mark.parametrize(("fault", "request_"), [
    (Fault(operation="b"), request_facts(operation="b")), (Fault(path="/b/*"), request_facts(path="/b/2")),
    (Fault(residency=Residency.DE), request_facts(residency=Residency.DE)),
    (Fault(token="other"), request_facts(token="other")),
])  # fmt: skip
def test_only_matching_requests_trigger_a_fault_and_are_counted(
    fault: Fault, request_: RequestFacts
) -> None:
    all_faults = faults()
    name = all_faults.add(fault)
    assert [] == all_faults.triggered_by(request_facts(), ())
    assert [name] == [one.name for one in all_faults.triggered_by(request_, ())]
    assert (1, 1) == (all_faults.on[name][0].matched, all_faults.on[name][0].triggered)


def test_clear_removes_all_faults_and_reset_restores_the_initial_ones() -> None:
    all_faults = faults({"started": ["s"]}, s=Fault())
    all_faults.add(Fault())
    all_faults.clear()
    assert all_faults.is_idle
    all_faults.reset()
    assert ["s"] == list(all_faults.on)


def test_restarting_a_scenario_resets_its_counts() -> None:
    all_faults = faults(s=Fault(times=1))
    for _ in range(2):
        all_faults.start("s")
        assert [1, 0] == [len(all_faults.triggered_by(request_facts(), ())) for _ in range(2)]


def test_an_unknown_scenario_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ScenarioError, match="Did you mean 'outage'"):
        Faults(Clock(), read_scenarios(), started=["outtage"])


@pytest.mark.parametrize(("content", "reason"), [
    ({"statsu": 500}, "'statsu' is not a key. Did you mean 'status'?"),
    ({"zzz": 500}, "Known are operation, path"),
    ({"status": 200}, "The fault, status: 200 is less than the minimum of 400"),
    ({"drift": ["away"]}, "The fault, drift 0: "), ({}, "The fault: "), ([], "The fault: "),
    ({"delay": {"uniform": [1]}}, "The fault, delay"),
    ({"headers": {"X": "a\nb"}}, "The fault, headers X: "),
    ({"headers": {"X": "a\n"}}, "The fault, headers X: "),
])  # fmt: skip
def test_invalid_faults_are_refused(content: Any, reason: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        read_fault(content, "The fault")
    assert reason in str(refused.value)


@pytest.mark.parametrize(("text", "reason"), [
    ("description = 1\nfaults = []", "description"), ("description = 'x'", "faults"),
    ("faults = [{status = 500}]", "description"),
    ("description = 'x'\nfaults = [{status = 500}]\nfautls = 1", "Did you mean 'faults'?"),
    ("x", "is not TOML"),
])  # fmt: skip
def test_invalid_scenario_files_are_refused(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as refused:
        read_scenarios([path])
    assert str(path) in str(refused.value)
    assert reason in str(refused.value)


def test_the_document_and_the_class_have_the_same_fault_keys() -> None:
    schema = control_document().content["components"]["schemas"]["Fault"]
    assert set(Fault.__dataclass_fields__) == set(schema["properties"])
