"""Tokens over HTTP: one is active, it is shown once, and none is lost."""

import signal
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from mock_server import MockServer, Residency, Settings
from mock_server.data.tokens import TokenState
from tests.commands import Serving
from tests.mocks import NOW, SEARCHES, MakeMock, bearer


def status(mock: MockServer, token: str, residency: Residency = Residency.US) -> int:
    url = mock.url_of(residency) + SEARCHES
    return httpx.get(url, headers=bearer(token)).status_code


@pytest.mark.parametrize("residency", list(Residency))
def test_generating_a_token_revokes_the_previous_one(
    residency: Residency, mock: MockServer, admin: httpx.Client
) -> None:
    other = next(one for one in Residency if one is not residency)
    response = admin.post(f"/tokens/{residency}")
    token = response.json()["token"]

    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert [200, 401, 401, 200] == [
        status(mock, token, residency),
        status(mock, token, other),
        status(mock, f"demo-token-{residency}", residency),
        status(mock, f"demo-token-{other}", other),
    ]


def test_the_state_of_a_token_has_times_but_not_the_token(
    mock: MockServer, admin: httpx.Client
) -> None:
    token = admin.post("/tokens/us").json()["token"]
    fresh = admin.get("/tokens/us")
    admin.post("/clock", json={"advance": "PT1H"})
    status(mock, token)
    used = admin.get("/tokens/us")
    made = {"active": True, "made": "2026-01-31T12:00:00.000Z"}
    assert made | {"lastUsed": None} == fresh.json()
    assert made | {"lastUsed": "2026-01-31T13:00:00.000Z"} == used.json()
    assert token not in used.text


def test_a_deleted_token_is_refused(mock: MockServer, admin: httpx.Client) -> None:
    assert [204, 204] == [admin.delete("/tokens/us").status_code for _ in range(2)]
    assert {"active": False, "made": None, "lastUsed": None} == admin.get("/tokens/us").json()
    assert status(mock, "demo-token-us") == 401


def test_tokens_of_unknown_residencies_are_refused(admin: httpx.Client) -> None:
    response = admin.post("/tokens/fr")
    assert 400 == response.status_code
    assert """path parameter 'residency': "fr" is not one of""" in response.json()["detail"]


def test_tokens_persist_in_a_database_file(make_mock: MakeMock, tmp_path: Path) -> None:
    database = str(tmp_path / "mock.db")
    first = make_mock(database=database)
    token = httpx.post(f"{first.url}/__admin/tokens/us").json()["token"]
    first.stop()
    second = make_mock(database=database)
    assert (200, 401) == (status(second, token), status(second, "demo-token-us"))


def rotated_until_killed(database: Path, count: int) -> list[str]:
    """Generate tokens in another process, and kill it after `count` of them."""
    words = ("--world", "tiny", "--now", NOW, "--database", database)
    serving = Serving(*words, log=database.with_suffix(".log"))
    acknowledged: list[str] = []
    enough = threading.Event()

    def rotate() -> None:
        with httpx.Client() as client, suppress(httpx.TransportError):
            while True:
                response = client.post(f"{serving.url}/__admin/tokens/us")
                acknowledged.append(response.json()["token"])
                if len(acknowledged) >= count:
                    enough.set()

    thread = threading.Thread(target=rotate)
    thread.start()
    assert enough.wait(60)
    serving.end(signal.SIGKILL)
    thread.join()
    return acknowledged


def test_killing_the_mock_does_not_lose_generated_tokens(tmp_path: Path) -> None:
    database = tmp_path / "mock.db"
    generated: list[str] = []

    for count in (1, 12):
        generated += rotated_until_killed(database, count)
        mock = MockServer(Settings(world="tiny", now=NOW, database=str(database)))
        tokens = mock.sites[Residency.US].tokens
        states = [tokens.verify(token) for token in generated]
        has_one = tokens.state() is not None
        mock.close()

        assert {TokenState.REVOKED} >= set(states[:-1])
        # a request in progress either generated a token, which revoked the last one, or did not
        assert states[-1] in {TokenState.ACTIVE, TokenState.REVOKED}
        assert has_one
