"""Adding rows and changing contents over HTTP, and the reset."""

from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Residency
from mock_server.world.domain import ANONYMOUS
from tests.mocks import MakeMock

DAY = {"startDate": "2026-01-31", "endDate": "2026-01-31", "limit": "1000"}
PATIENCE = 20
"""Seconds, so that a busy machine is no failure."""
EARLIER = "2026-01-31T11:59:59.999Z"


def content_id(mock: MockServer, residency: Residency = Residency.US) -> int:
    return mock.sites[residency].example_content().id


def report(
    mock: MockServer, kind: str = "searches", residency: Residency = Residency.US, **query: str
) -> httpx.Response:
    return httpx.get(
        f"{mock.url_of(residency)}/api/v2/report/{kind}",
        headers={"Authorization": f"Bearer demo-token-{residency}"},
        params={**DAY, **query},
    )


def visits(mock: MockServer, content: int, **query: str) -> list[dict[str, Any]]:
    return list(report(mock, f"contents/{content}/visits", **query).json()["results"])


def total(
    mock: MockServer, kind: str = "searches", residency: Residency = Residency.US, **query: str
) -> int:
    return int(report(mock, kind, residency, **query).json()["totalSize"])


def everything(mock: MockServer) -> list[Any]:
    """Return the reports of both sites for all days that a test changes."""
    query = {"startDate": "2026-01-01", "limit": "1000"}
    spaces = {one.key for site in mock.sites.values() for one in site.world.spaces}
    kinds = ["searches", *(f"spaces/{key}/visits" for key in sorted(spaces))]
    return [report(mock, kind, one, **query).json() for one in Residency for kind in kinds]


# Visits and searches


def test_a_visit_is_added(mock: MockServer, admin: httpx.Client) -> None:
    content = content_id(mock)
    before = visits(mock, content)
    account = next(a.id for a in mock.sites[Residency.US].world.accounts if not a.is_protected)
    response = admin.post("/visits", json={"content": content, "account": account, "time": EARLIER})
    after = visits(mock, content)
    assert (201, {"added": 1}) == (response.status_code, response.json())
    assert [one for one in after if one not in before] == after[-1:]
    assert (EARLIER, account) == (after[-1]["viewTime"], after[-1]["userId"])


def test_a_visit_is_anonymous_and_now_by_default(mock: MockServer, admin: httpx.Client) -> None:
    content = content_id(mock)
    admin.post("/visits", json={"content": content})
    last = visits(mock, content)[-1]
    assert ("2026-01-31T12:00:00.000Z", ANONYMOUS) == (last["viewTime"], last["userId"])


def test_many_visits_can_be_added_at_once(mock: MockServer, admin: httpx.Client) -> None:
    content = content_id(mock)
    path = f"contents/{content}/visits"
    before = total(mock, path, startDate="2026-01-01")
    days = [{"content": content, "time": f"2026-01-{day:02}T10:00:00Z"} for day in range(1, 31)]
    response = admin.post("/visits", json=days)
    assert {"added": 30} == response.json()
    assert before + 30 == total(mock, path, startDate="2026-01-01")


def test_searches_are_added(mock: MockServer, admin: httpx.Client) -> None:
    rows = [{"term": "café Ω", "results": 3}, {"term": "x", "results": 0}]
    response = admin.post("/searches", json=rows)
    found = report(mock).json()["results"][-2:]
    assert {"added": 2} == response.json()
    assert {"café Ω": 3, "x": 0} == {one["searchTerm"]: one["numberOfResults"] for one in found}


def test_visits_of_protected_viewers_are_stored_without_an_account(make_mock: MakeMock) -> None:
    mock = make_mock(world="privacy", freeze=True)
    account = next(one.id for one in mock.sites[Residency.US].world.accounts if one.is_protected)
    content = content_id(mock)
    response = httpx.post(
        f"{mock.url}/__admin/visits", json={"content": content, "account": account}
    )
    last = visits(mock, content)[-1]
    assert response.status_code == 201
    assert (None, True) == (last["userId"], last["isProtectedUser"])


def test_the_residency_is_taken_from_port_host_or_query(mock: MockServer) -> None:
    before = [total(mock, "searches", residency) for residency in Residency]
    body = {"term": "x", "results": 0}
    httpx.post(f"{mock.de_url}/__admin/searches", json=body)
    httpx.post(f"{mock.url}/__admin/searches?residency=de", json=body)
    httpx.post(f"{mock.url}/__admin/searches", json=body, headers={"Host": "de.localhost"})
    httpx.post(f"{mock.de_url}/__admin/searches?residency=us", json=body)
    after = [total(mock, "searches", residency) for residency in Residency]
    assert [before[0] + 1, before[1] + 3] == after


@pytest.mark.parametrize(("invalid", "status", "reason"), [
    ({}, 400, ('1: "content"',)), ({"content": "x"}, 400, ('"x"', "1.content")),
    ({"content": 0}, 400, ("0", "1.content")), ({"content": 2**63}, 400, ("1.content",)),
    ({"content": True}, 400, ("true", "1.content")),
    ({"time": "yesterday"}, 400, ('"yesterday"', "1.time")),
    ({"time": "2026-02-30T00:00:00Z"}, 400, ('"2026-02-30T00:00:00Z"', "1.time")),
    ({"acount": "x"}, 400, ("1: 'acount' is unknown. Did you mean 'account'?",)),
    ({"content": 1}, 409, ("visit number 2", "no content 1.")),
    ({"account": "me"}, 409, ("visit number 2", "'me'")),
    ({"time": "2026-01-31T12:00:00.001Z"}, 409, ("visit number 2", "is in the future")),
    ({"time": "2023-06-30T23:59:59Z"}, 409, ("visit number 2", "2023-07-01")),
], ids=lambda value: str(value) if isinstance(value, dict) else "")  # fmt: skip
def test_an_invalid_visit_is_named_and_no_visit_is_added(
    invalid: dict[str, Any], status: int, reason: tuple[str, ...], mock: MockServer,
    admin: httpx.Client
) -> None:  # fmt: skip
    content = content_id(mock)
    before = visits(mock, content)
    valid = {"content": content}
    response = admin.post("/visits", json=[valid, {**valid, **invalid} if invalid else {}, valid])
    assert status == response.status_code, response.text
    assert [word for word in reason if word not in response.json()["detail"]] == []
    assert before == visits(mock, content)


@pytest.mark.parametrize(("invalid", "status", "reason"), [
    ({"term": "two\nlines"}, 400, "1.term"), ({"term": ""}, 400, "1.term"),
    ({"term": "x" * 256}, 400, "1.term"), ({"results": -1}, 400, "1.results"),
    ({"results": 0.5}, 400, "1.results"), ({"account": "me"}, 409, "search number 2"),
    ({"time": "2027-01-01T00:00:00Z"}, 409, "search number 2"),
], ids=lambda value: str(value)[:30] if isinstance(value, dict) else "")  # fmt: skip
def test_an_invalid_search_is_named_and_no_search_is_added(
    invalid: dict[str, Any], status: int, reason: str, mock: MockServer, admin: httpx.Client
) -> None:
    before = report(mock).json()
    valid = {"term": "x", "results": 0}
    response = admin.post("/searches", json=[valid, {**valid, **invalid}])
    assert status == response.status_code
    assert reason in response.json()["detail"]
    assert before == report(mock).json()


@pytest.mark.parametrize("body", [[], [3], 3, "x", [[]]])
def test_only_an_object_or_a_list_of_objects_is_accepted(body: Any, admin: httpx.Client) -> None:
    assert admin.post("/visits", json=body).status_code == 400


def test_changes_persist_in_a_database_file(make_mock: MakeMock, tmp_path: Path) -> None:
    database = str(tmp_path / "mock.db")
    first = make_mock(database=database, world="demo")
    content = content_id(first)
    httpx.post(f"{first.url}/__admin/searches", json={"term": "stored", "results": 0})
    httpx.post(f"{first.url}/__admin/contents/{content}/delete")
    first.stop()
    second = make_mock(database=database, world="demo", now="2026-01-31T13:00:00Z")
    assert "stored" in {one["searchTerm"] for one in report(second).json()["results"]}
    assert report(second, f"contents/{content}/visits").status_code == 404


# Contents


def test_visits_of_trashed_contents_are_hidden(mock: MockServer, admin: httpx.Client) -> None:
    content, space = content_id(mock), mock.sites[Residency.US].example_content().space_key
    before = visits(mock, content)
    in_space = total(mock, f"spaces/{space}/visits")
    trashed = admin.post(f"/contents/{content}/trash")
    hidden = report(mock, f"contents/{content}/visits")
    less = total(mock, f"spaces/{space}/visits")
    restored = admin.post(f"/contents/{content}/restore")

    assert before
    assert "2026-01-31T12:00:00.000Z" == trashed.json()["trashed"]
    assert (200, []) == (hidden.status_code, hidden.json()["results"])
    assert in_space - len(before) == less
    assert (None, None) == (restored.json()["trashed"], restored.json()["deleted"])
    assert before == visits(mock, content)
    assert in_space == total(mock, f"spaces/{space}/visits")


def test_trashed_contents_receive_no_visits(mock: MockServer, admin: httpx.Client) -> None:
    content = content_id(mock)
    admin.post(f"/contents/{content}/trash")
    admin.post("/clock", json={"advance": "P3D"})
    refused = admin.post("/visits", json={"content": content})
    admin.post(f"/contents/{content}/restore")
    admin.post("/clock", json={"advance": "P3D"})
    rows = visits(mock, content, startDate="2026-01-30", endDate="2026-02-06")

    assert refused.status_code == 409
    assert "no longer there" in refused.json()["detail"]
    days = {row["viewTime"][:10] for row in rows}
    assert {"2026-01-30", "2026-01-31"} <= days
    assert not {"2026-02-01", "2026-02-02"} & days
    assert {"2026-02-04", "2026-02-05", "2026-02-06"} & days


def test_the_trash_is_emptied_after_30_days(mock: MockServer, admin: httpx.Client) -> None:
    content = content_id(mock)
    first = admin.post(f"/contents/{content}/trash").json()
    admin.post("/clock", json={"advance": "P29DT23H59M59S"})
    again = admin.post(f"/contents/{content}/trash").json()
    admin.post("/clock", json={"advance": 1})
    assert first == again
    assert first["deleted"] == "2026-03-02T12:00:00.000Z"
    assert report(mock, f"contents/{content}/visits").status_code == 404
    assert admin.post(f"/contents/{content}/restore").status_code == 404


def test_a_deleted_content_and_its_visits_are_removed(
    mock: MockServer, admin: httpx.Client
) -> None:
    content, space = content_id(mock), mock.sites[Residency.US].example_content().space_key
    response = admin.post(f"/contents/{content}/delete")
    gone = report(mock, f"contents/{content}/visits")
    left = report(mock, f"spaces/{space}/visits").json()["results"]

    assert response.status_code == 204
    assert (404, True) == (gone.status_code, "is deleted" in gone.json()["detail"])
    assert content not in {one["contentId"] for one in left}
    assert admin.get(f"/contents/{content}").status_code == 404
    for change in ("trash", "restore", "delete"):
        assert admin.post(f"/contents/{content}/{change}").status_code == 404


def test_restoring_a_content_that_is_not_trashed_changes_nothing(
    mock: MockServer, admin: httpx.Client
) -> None:
    path = f"/contents/{content_id(mock)}"
    assert admin.get(path).json() == admin.post(f"{path}/restore").json()


@pytest.mark.parametrize("path", ["/contents/1", "/contents/1/trash"])
def test_an_unknown_content_is_not_found(path: str, admin: httpx.Client) -> None:
    method = "POST" if path.endswith("trash") else "GET"
    assert admin.request(method, path).status_code == 404


# Reset


def test_a_reset_restores_rows_clock_and_tokens(mock: MockServer, admin: httpx.Client) -> None:
    before = everything(mock), admin.get("/clock").json(), admin.get("/tokens/us").json()
    content = content_id(mock)
    contents = list(mock.sites[Residency.US].world.contents(mock.clock.now()))
    other = next(one for one in contents if one != content)

    admin.post("/visits", json=[{"content": content}, {"content": other, "time": EARLIER}])
    admin.post("/searches?residency=de", json={"term": "x", "results": 1})
    admin.post(f"/contents/{content}/trash")
    admin.post("/clock", json={"advance": "P1D", "frozen": False})
    admin.post(f"/contents/{content}/restore")
    admin.post(f"/contents/{other}/delete")
    admin.post("/tokens/us")
    admin.delete("/tokens/de")
    response = admin.post("/reset")

    assert (204, b"") == (response.status_code, response.content)
    after = everything(mock), admin.get("/clock").json(), admin.get("/tokens/us").json()
    assert [before[0], before[1]] == [after[0], after[1]]
    assert after[2]["made"] == before[2]["made"]


def test_a_token_is_valid_during_a_reset(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    site, token, seen = mock.sites[Residency.US], "demo-token-us", []
    monkeypatch.setattr(site.contents, "reset", lambda: seen.append(site.opens(token)))
    mock.reset()
    assert [True] == seen


def test_waiting_for_the_database_does_not_delay_other_requests(
    mock: MockServer, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_came, waited = Event(), []

    def wait(_: object) -> None:
        waited.append(other_came.wait(PATIENCE))

    monkeypatch.setattr(mock.sites[Residency.US].contents, "add_searches", wait)
    entry = {"json": {"term": "x", "results": 1}, "timeout": 2 * PATIENCE}
    thread = Thread(target=admin.post, args=("/searches",), kwargs=entry)
    thread.start()
    httpx.get(f"{mock.url}/__admin/clock", timeout=2 * PATIENCE)
    other_came.set()
    thread.join()

    assert [True] == waited


def test_a_reset_persists_in_a_database_file(make_mock: MakeMock, tmp_path: Path) -> None:
    database = str(tmp_path / "mock.db")
    first = make_mock(database=database)
    content = content_id(first)
    httpx.post(f"{first.url}/__admin/contents/{content}/delete")
    first.reset()
    first.stop()
    assert report(make_mock(database=database), f"contents/{content}/visits").status_code == 200
