"""Turning scenarios and faults on and off over HTTP."""

from collections.abc import Iterator

import httpx
import pytest

from mock_server import MockServer, Settings
from tests.mocks import BEARER, SEARCHES


@pytest.fixture(scope="module")
def running() -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0, scenario=("de-down",))) as mock:
        yield mock


def get(mock: MockServer, headers: dict[str, str] = BEARER) -> httpx.Response:
    return httpx.get(mock.url + SEARCHES, headers=headers)


def prefer(mock: MockServer, preferences: str) -> httpx.Response:
    return get(mock, {**BEARER, "Prefer": preferences})


def admin(mock: MockServer, method: str, path: str, body: object = None) -> httpx.Response:
    return httpx.request(method, f"{mock.url}/__admin{path}", json=body)


def test_a_scenario_can_be_turned_on_and_off(mock: MockServer) -> None:
    for state, expected in (("on", 503), ("off", 200)):
        response = admin(mock, "PUT", "/scenarios/outage/state", {"state": state})
        assert (200, state) == (response.status_code, response.json()["state"])
        assert expected == get(mock).status_code


def test_all_scenarios_are_listed_with_their_states(mock: MockServer) -> None:
    listed = {one["name"]: one["state"] for one in admin(mock, "GET", "/scenarios").json()}
    assert set(mock.control.faults.scenarios) == set(listed)
    assert ["de-down"] == [name for name, state in listed.items() if state == "on"]


def test_a_fault_is_triggered_and_counted(mock: MockServer) -> None:
    added = admin(mock, "POST", "/faults", {"status": 418, "times": 1})
    name = added.json()["name"]
    assert 201 == added.status_code
    assert [418, 200] == [get(mock).status_code for _ in range(2)]
    assert {"name": name, "matched": 2, "triggered": 1} in admin(mock, "GET", "/faults").json()
    assert [204, 404] == [admin(mock, "DELETE", f"/faults/{name}").status_code for _ in range(2)]


def test_integers_of_a_fault_may_be_written_as_floats(mock: MockServer) -> None:
    limit = {"requests": 1.0, "window": 60}
    admin(mock, "POST", "/faults", {"drip": {"bytes": 9e1, "every": 0}, "limit": limit})
    response = get(mock)
    assert (200, "1") == (response.status_code, response.headers["X-RateLimit-Limit"])


def test_reset_restores_the_scenarios_of_the_start(mock: MockServer) -> None:
    admin(mock, "POST", "/faults", {"status": 500})
    admin(mock, "DELETE", "/faults")
    assert [] == admin(mock, "GET", "/faults").json()
    admin(mock, "POST", "/reset")
    assert ["de-down"] == [one["name"] for one in admin(mock, "GET", "/faults").json()]


@pytest.mark.parametrize(("method", "path", "body", "expected", "reason"), [
    ("PUT", "/scenarios/outrage/state", {"state": "on"}, 404, "Did you mean 'outage'?"),
    ("PUT", "/scenarios/outage/state", {"state": True}, 400, "state"),
    ("POST", "/faults", {"statsu": 1}, 400, "statsu"),
    ("POST", "/faults", {"delay": {"uniform": [1]}}, 400, "delay"),
    ("POST", "/faults", {}, 400, "send at least one of operation, "),
    ("POST", "/faults", {"operation": "getSearch", "status": 503}, 409, "'getSearches'"),
    ("POST", "/faults", {"headers": {"X-\u00c4": "b"}}, 409, "no header 'X-\u00c4'"),
    ("DELETE", "/faults/fault-99", None, 404, "fault-99"),
])  # fmt: skip
def test_invalid_faults_and_states_are_refused(
    mock: MockServer, method: str, path: str, body: object, expected: int, reason: str
) -> None:
    response = admin(mock, method, path, body)
    assert expected == response.status_code
    assert reason in response.json()["detail"]


@pytest.mark.parametrize(("sent", "applied", "note", "rows"), [
    ("rows=1, return=minimal", "rows=1", "'return' is ignored", 1),
    ("delay=1, example=noSearches", "delay=1, example=noSearches", "", 0),
    ("example=none", None, "there is no example 'none'", 100),
])  # fmt: skip
def test_applied_preferences_are_confirmed_and_ignored_ones_named(
    mock: MockServer, sent: str, applied: str | None, note: str, rows: int
) -> None:
    response = prefer(mock, sent)
    assert applied == response.headers.get("Preference-Applied")
    assert note in response.headers.get("X-Mock-Note", "")
    assert rows == len(response.json()["results"])


def test_a_preferred_example_requires_a_token(mock: MockServer) -> None:
    assert 401 == get(mock, {"Prefer": "example=noSearches"}).status_code
