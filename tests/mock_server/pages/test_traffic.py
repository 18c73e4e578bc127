"""The traffic page: exchanges with reasons, faults, and the clock."""

import re
from html import escape

import httpx
import pytest

from mock_server import MockServer
from mock_server.clock import to_rfc3339
from tests.mocks import BEARER, SEARCHES

TRAFFIC = "/__pages/traffic"


def entries(client: httpx.Client, **query: str) -> list[str]:
    """Return the text of each exchange on the page."""
    page = client.get(TRAFFIC, params=query).text
    found = re.findall(r"<li>\n<div class=\"when\">.*?</li>", page, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", one).split()) for one in found]


def press(client: httpx.Client, form_name: str, **form: str) -> httpx.Response:
    return client.post(f"{TRAFFIC}/{form_name}", data=form)


@pytest.mark.parametrize(("path", "headers", "reasons"), [
    (f"{SEARCHES}?limit=5&startDate=2026-01-26", BEARER,
     ["single rows, 2026-01-26 to 2026-01-31: 5 of "]),
    (f"{SEARCHES}?size=5", BEARER, ["Not in the document: size."]),
    (SEARCHES, {}, ["token none", "Error: There is no Authorization header."]),
    (SEARCHES, {"Authorization": "Bearer demo-token-de"}, ["The token is of the other residency."]),
    (SEARCHES, {**BEARER, "Prefer": "code=503"}, ["503", "On purpose, by Prefer."]),
    ("/nothing", {}, ["no operation", "No operation of a document was found"]),
    ("/<script>", {}, ["/&lt;script&gt;"]),
    (f"{SEARCHES}?startDate=2026-02-01&endDate=2026-01-01", BEARER,
     ["The range ends before it starts"]),
])  # fmt: skip
def test_exchanges_are_shown_with_reasons(
    path: str, headers: dict[str, str], reasons: list[str], client: httpx.Client
) -> None:
    client.get(path, headers=headers)
    (shown,) = entries(client)
    assert [] == [reason for reason in reasons if reason not in shown]


def test_a_connection_reset_is_shown(client: httpx.Client, mock: MockServer) -> None:
    mock.control.faults.start("connection-reset")
    with pytest.raises(httpx.TransportError):
        client.get(SEARCHES, headers=BEARER)
    assert "On purpose, by connection-reset. The connection ended" in entries(client)[0]


def test_exchanges_are_paged_newest_first(client: httpx.Client) -> None:
    for number in range(30):
        client.get(f"/nothing/{number}")
    first, second = entries(client), entries(client, page="2")
    assert (25, 5) == (len(first), len(second))
    assert "/nothing/29" in first[0]
    assert "/nothing/0" in second[-1]


@pytest.mark.parametrize(("query", "count"), [
    ({"status": "4xx"}, 2), ({"status": "404"}, 1), ({"residency": "de"}, 1),
    ({"token": "none"}, 1), ({"path": "nothing"}, 1), ({"path": "/api/*"}, 2),
    ({"path": "nothing", "status": "200"}, 0), ({"residency": "mars"}, 0),
], ids=str)  # fmt: skip
def test_exchanges_are_filtered(query: dict[str, str], count: int, client: httpx.Client) -> None:
    client.get(SEARCHES, headers=BEARER)
    client.get("/nothing", headers=BEARER)
    client.get(SEARCHES, headers={"Host": "de.localhost"})
    assert count == len(entries(client, **query))


def test_a_scenario_can_be_turned_on_and_off(client: httpx.Client, mock: MockServer) -> None:
    response = press(client, "faults", do="on", name="outage")
    during = client.get(SEARCHES, headers=BEARER).status_code
    shown = client.get(TRAFFIC).text
    press(client, "faults", do="off", name="outage")
    assert (303, 503) == (response.status_code, during)
    assert "Triggered 1×." in shown
    assert 200 == client.get(SEARCHES, headers=BEARER).status_code


def test_all_faults_can_be_turned_off_at_once(client: httpx.Client, mock: MockServer) -> None:
    client.post("/__admin/faults", json={"status": 500})
    press(client, "faults", do="on", name="slow")
    shown = client.get(TRAFFIC).text
    press(client, "faults", do="all off")
    assert "fault-1" in shown
    assert mock.control.faults.is_idle
    assert "Turn all off" not in client.get(TRAFFIC).text


@pytest.mark.parametrize(("form", "now"), [
    ({"do": "advance", "by": "P1D"}, "2026-02-01T12:00:00.000Z"),
    ({"do": "set", "now": "2025-05-06T07:08:09"}, "2025-05-06T07:08:09.000Z"),
    ({"do": "set", "now": "2025-05-06T07:08"}, "2025-05-06T07:08:00.000Z"),
], ids=str)  # fmt: skip
def test_the_clock_can_be_moved_and_reset(
    form: dict[str, str], now: str, client: httpx.Client, mock: MockServer
) -> None:
    press(client, "clock", **form)
    moved = to_rfc3339(mock.clock.now())
    press(client, "clock", do="reset")
    assert now == moved
    assert "2026-01-31T12:00:00.000Z" == to_rfc3339(mock.clock.now())


def test_the_clock_can_be_resumed_and_frozen(client: httpx.Client, mock: MockServer) -> None:
    press(client, "clock", do="go on")
    assert not mock.clock.is_frozen
    press(client, "clock", do="freeze")
    assert mock.clock.is_frozen


@pytest.mark.parametrize(("form_name", "form", "status", "sentence"), [
    ("clock", {"do": "set", "now": "<tea>"}, 400, "&lt;tea&gt;&#39; is not an existing time"),
    ("clock", {"do": "set"}, 400, "is not an existing time"),
    ("clock", {"do": "advance", "by": "a while"}, 400, "&#39;a while&#39; is not a duration"),
    ("clock", {"do": "advance", "by": "PT1.2.3S"}, 400, "is not a duration"),
    ("clock", {"do": "set", "now": "1066-10-14"}, 409, "1970 to 2199"),
    ("clock", {"do": "set", "now": "2300-01-01"}, 409, "1970 to 2199"),
    ("clock", {"do": "stop"}, 400, "freeze, go on, advance, set, reset"),
    ("faults", {"do": "on", "name": "outrage"}, 400, "Did you mean &#39;outage&#39;?"),
    ("faults", {}, 400, "on, off, all off"),
], ids=str)  # fmt: skip
def test_an_invalid_form_is_explained_and_changes_nothing(
    form_name: str, form: dict[str, str], status: int, sentence: str, client: httpx.Client,
    mock: MockServer
) -> None:  # fmt: skip
    response = press(client, form_name, **form)
    assert status == response.status_code
    assert "<h1>Traffic</h1>" in response.text
    (problem,) = re.findall(r'role="alert">(.*?)</p>', response.text)
    assert sentence in problem
    assert f'value="{escape(form.get("now", "2026-01-31T12:00:00"))}"' in response.text
    assert "2026-01-31T12:00:00.000Z" == to_rfc3339(mock.clock.now())
    assert mock.control.faults.is_idle


def test_the_page_refreshes_only_on_request(client: httpx.Client) -> None:
    plain, live, invalid = (
        client.get(TRAFFIC, params=query) for query in ({}, {"refresh": "5"}, {"refresh": "0"})
    )
    assert "http-equiv" not in plain.text
    assert '<meta http-equiv="refresh" content="5">' in live.text
    assert 400 == invalid.status_code


def test_the_address_of_a_form_redirects_to_the_page(client: httpx.Client) -> None:
    for path in ("clock", "faults"):
        response = client.get(f"/__pages/traffic/{path}?page=2")
        assert (303, "/__pages/traffic?page=2") == (
            response.status_code,
            response.headers["Location"],
        )
