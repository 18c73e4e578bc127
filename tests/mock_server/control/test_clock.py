"""Moving the clock over HTTP, and what depends on it."""

from typing import Any

import httpx
import pytest

from mock_server import MockServer
from mock_server.clock import SECOND
from tests.mocks import BEARER, SEARCHES

NOON = "2026-01-31T12:00:00.000Z"


def change(admin: httpx.Client, **body: Any) -> tuple[str, bool]:
    response = admin.post("/clock", json=body)
    assert response.status_code == 200, response.text
    return response.json()["now"], response.json()["frozen"]


@pytest.mark.parametrize(("body", "now"), [
    ({"now": "2025-02-03T04:05:06Z"}, "2025-02-03T04:05:06.000Z"),
    ({"now": "2025-02-03T04:05:06.789+01:00"}, "2025-02-03T03:05:06.789Z"),
    ({"now": "2025-02-03"}, "2025-02-03T00:00:00.000Z"),
    ({"now": "1970-01-01"}, "1970-01-01T00:00:00.000Z"),
    ({"now": "2199-12-31T23:59:59.999Z"}, "2199-12-31T23:59:59.999Z"),
    ({"advance": 90}, "2026-01-31T12:01:30.000Z"), ({"advance": 0.25}, "2026-01-31T12:00:00.250Z"),
    ({"advance": "PT90S"}, "2026-01-31T12:01:30.000Z"),
    ({"advance": "P1DT12H"}, "2026-02-02T00:00:00.000Z"),
    ({"advance": "P2WT1H2M3.5S"}, "2026-02-14T13:02:03.500Z"),
    ({"now": "2025-02-03", "advance": "P1D"}, "2025-02-04T00:00:00.000Z"),
], ids=lambda value: str(value) if isinstance(value, dict) else "")  # fmt: skip
def test_the_clock_is_advanced(body: dict[str, Any], now: str, admin: httpx.Client) -> None:
    assert (now, True) == change(admin, **body)
    assert now == admin.get("/clock").json()["now"]


@pytest.mark.parametrize(("body", "status", "reason"), [
    ({}, 400, "send at least one of now, advance, frozen"),
    ({"set": "2026-01-01"}, 400, "'set' is unknown"), ({"advance": "1h"}, 400, "ISO 8601 duration"),
    ({"now": "tomorrow"}, 400, "'tomorrow' is invalid"),
    ({"now": "2025-02-30"}, 400, "'2025-02-30' is invalid"), ({"now": 5}, 400, "now"),
    ({"advance": -1}, 400, "advance"), ({"advance": "P1Y"}, 400, "advance"),
    ({"advance": "P"}, 400, "advance"), ({"advance": "PT"}, 400, "advance"),
    ({"advance": "P1DT"}, 400, "advance"), ({"frozen": "yes"}, 400, "frozen"),
    ({"nwo": "2025-02-03"}, 400, "nwo"), ([{"now": "2025-02-03"}], 400, 'not of type "object"'),
    ({"now": "1969-12-31"}, 409, "from 1970 to 2199"),
    ({"now": "2200-01-01"}, 409, "from 1970 to 2199"),
    ({"advance": "P999999W"}, 409, "from 1970 to 2199"),
], ids=lambda value: str(value) if isinstance(value, dict | list) else "")  # fmt: skip
def test_invalid_changes_of_the_clock_are_refused(
    body: Any, status: int, reason: str, admin: httpx.Client
) -> None:
    response = admin.post("/clock", json=body)
    assert status == response.status_code
    assert reason in response.json()["detail"]
    assert {"now": NOON, "frozen": True} == admin.get("/clock").json()


def test_the_clock_can_be_resumed_and_frozen(mock: MockServer, admin: httpx.Client) -> None:
    assert change(admin, frozen=False)[1] is False
    resumed = mock.clock.now()
    while mock.clock.now() == resumed:
        pass
    frozen, is_frozen = change(admin, frozen=True)
    assert is_frozen
    assert resumed < mock.clock.now() < resumed + 60 * SECOND
    assert frozen == change(admin, frozen=True)[0] == admin.get("/clock").json()["now"]


def test_the_clock_can_be_reset(admin: httpx.Client) -> None:
    change(admin, now="2025-02-03", frozen=False)
    assert {"now": NOON, "frozen": True} == admin.delete("/clock").json()


def test_dates_tokens_and_version_1_follow_the_clock(admin: httpx.Client, mock: MockServer) -> None:
    change(admin, now="2023-12-31T23:59:59Z")
    old = httpx.get(f"{mock.url}/api/report/searches")
    admin.post("/tokens/us")
    made = admin.get("/tokens/us").json()["made"]
    change(admin, advance=1)
    gone = httpx.get(f"{mock.url}/api/report/searches")
    assert ("Sun, 31 Dec 2023 23:59:59 GMT", 401) == (old.headers["Date"], old.status_code)
    assert made == "2023-12-31T23:59:59.000Z"
    assert ("Mon, 01 Jan 2024 00:00:00 GMT", 410) == (gone.headers["Date"], gone.status_code)


def test_reports_are_the_same_after_the_clock_is_moved_back(
    mock: MockServer, admin: httpx.Client
) -> None:
    def report() -> dict[str, Any]:
        return dict(httpx.get(mock.url + SEARCHES, headers=BEARER).json())

    before = report()
    change(admin, now="2024-05-05")
    elsewhere = report()
    change(admin, now="2026-03-01")
    later = report()
    change(admin, now="2026-01-31T12:00:00Z")

    assert before == report()
    assert elsewhere["results"] != before["results"] != later["results"]
