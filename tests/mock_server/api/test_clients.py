"""HTTP as clients really speak it, and what they leave unfinished."""

import json
import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import mock_server.server.protocol as protocol_module
from mock_server import MockServer, Residency, Settings
from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import from_rfc3339
from mock_server.data.query import ReportQuery
from mock_server.errors import MockServerError, ScenarioError
from tests.mocks import BEARER, NOW, MakeMock

SEARCHES = "/api/v2/report/searches?limit=1"


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0, world="tiny", now=NOW)) as running:
        yield running


def connect(mock: MockServer) -> socket.socket:
    """Open a connection, which is closed at the end of its context."""
    host, _, port = mock.url.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), 30)


def exchange(mock: MockServer, sent: bytes) -> bytes:
    """Send bytes, and return what comes until the server closes or has responded."""
    with connect(mock) as connection:
        connection.sendall(sent)
        received = b""
        while b"\r\n\r\n" not in received and (piece := connection.recv(65_536)):
            received += piece
    return received


POST = b"POST /__admin/clock HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
FIRST = b"GET /__admin/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CHUNKED = POST + b'Transfer-Encoding: chunked\r\n\r\n10\r\n{"frozen": true}\r\n'


@pytest.mark.parametrize("cut", [0, 5, 75, 100, 130, 190, 500], ids="after {} bytes".format)
def test_a_body_beside_an_http_2_offer_is_read_however_cut(mock: MockServer, cut: int) -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    sent = POST + offer + b'Content-Length: 16\r\n\r\n{"frozen": true}'
    with connect(mock) as connection:
        connection.sendall(FIRST + sent[:cut])
        received = b""
        while b"HTTP/1.1 200 " not in received:  # so the server has read what is before the cut
            received += connection.recv(65_536)
        connection.sendall(sent[cut:] + FIRST)
        while received.count(b"HTTP/1.1 ") < 3:
            received += connection.recv(65_536)

    assert received.count(b"HTTP/1.1 200 ") == 3


@pytest.mark.parametrize(("lines", "status"), [
    (b"GET /api/v2/report/searches HTTP/1.1\r\n", b"400"),
    (b"GET /api/v2/report/searches HTTP/1.1\r\nHost: a\r\nHost: b\r\n", b"400"),
    (b"GET /api/v2/report/searches HTTP/1.0\r\n", b"401"),
    (b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"204"),
])  # fmt: skip
def test_a_request_names_one_host(mock: MockServer, lines: bytes, status: bytes) -> None:
    assert exchange(mock, lines + b"\r\n").split()[1] == status


@pytest.mark.parametrize(("sent", "response"), [
    (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", b"HTTP/1.1 408"),
    (POST + b"Content-Length: 20\r\n\r\n{", b"HTTP/1.1 408"), (b"", b""),
], ids=["head", "body", "nothing"])  # fmt: skip
def test_an_endless_request_is_refused(
    mock: MockServer, sent: bytes, response: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol_module, "PATIENCE", 0.05)
    assert response == exchange(mock, sent)[:12]


def test_an_aborted_form_is_not_logged(mock: MockServer, caplog: pytest.LogCaptureFixture) -> None:
    head = (
        f"POST /__pages/traffic/clock HTTP/1.1\r\nHost: {mock.url.removeprefix('http://')}\r\n"
        f"Origin: {mock.url}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 100\r\n\r\ndo="
    )
    with connect(mock) as connection:
        connection.sendall(head.encode())
    httpx.get(f"{mock.url}/__admin/health")  # which is read after it
    assert [] == [one for one in caplog.records if one.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "APPLICATION/JSON", "application/json ; x=1",
     "application/json;charset=UTF-8"],
)  # fmt: skip
def test_the_type_of_json_is_known_however_it_is_written(mock: MockServer, media_type: str) -> None:
    response = httpx.post(
        f"{mock.url}/__admin/clock",
        content=iter([b'{"froz', b'en": true}']),  # in chunks
        headers={"Content-Type": media_type},
    )
    assert 200 == response.status_code


@pytest.mark.parametrize("sent", [
    FIRST + b"\x01\x02\r\n\r\n",
    FIRST.replace(b"1\r\n\r", b"1\r\nConnection: close\r\n\r") + FIRST,
    FIRST[:-2] + b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
    CHUNKED + b"0\r\nHost: example.com\r\n\r\n",
], ids=[
    "garbage after it", "a request after the last", "an offer of websocket", "trailers",
])  # fmt: skip
def test_additions_do_not_cost_a_request_its_response(mock: MockServer, sent: bytes) -> None:
    assert exchange(mock, sent).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_has_closed_its_side_gets_its_response(mock: MockServer) -> None:
    with connect(mock) as connection:
        connection.sendall(FIRST)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("start", [b"10;", b"0\r\nX: "], ids=["a chunk", "the fields after it"])
def test_chunk_extensions_and_trailers_have_a_limit(mock: MockServer, start: bytes) -> None:
    with connect(mock) as connection:
        connection.sendall(CHUNKED + start)
        with pytest.raises(ConnectionError):
            connection.sendall(b"a" * 50_000_000)


@pytest.mark.parametrize(("path", "length", "sent"), [
    ("/__admin/clock", 10**10, 0), ("/__pages/traffic/clock", 10**10, 0),
    ("/__admin/visits", 2_000_001, 2_000_001), ("/__pages/traffic/clock", 70_000, 70_000),
])  # fmt: skip
def test_a_large_body_is_refused_and_not_waited_for(
    mock: MockServer, path: str, length: int, sent: int
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n"
    kind = "application/json" if "admin" in path else "application/x-www-form-urlencoded"
    request = f"{head}Content-Type: {kind}\r\n\r\n".encode() + b" " * sent
    assert exchange(mock, request).startswith(b"HTTP/1.1 413 ")


def test_the_base_path_alone_is_no_redirect(overlaid_mock: MakeMock) -> None:
    mock = overlaid_mock(
        "{target: $.servers, remove: true}", "{target: $, update: {servers: [{url: /base}]}}"
    )
    assert 404 == httpx.get(f"{mock.url}/base").status_code
    assert 401 == httpx.get(f"{mock.url}/base{SEARCHES}").status_code
    detail = httpx.get(mock.url + SEARCHES).json()["detail"]
    assert "Did you mean '/base/api/v2/report/searches'?" in detail


@pytest.mark.parametrize("number", [101, 60_000])
def test_a_fault_has_a_limit_of_headers(mock: MockServer, number: int) -> None:
    fault = {"headers": {f"X-{one}": "a" for one in range(number)}}
    response = httpx.post(f"{mock.url}/__admin/faults", json=fault)
    assert 400 == response.status_code
    assert len(response.text) < 1_000


def test_a_delay_by_chance_has_a_bound(make_mock: MakeMock) -> None:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    mock = make_mock()
    mock.control.faults.sleep = note
    for _ in range(9):
        mock.respond_once(delay={"lognormal": [600_000, 600_000]})
        httpx.get(mock.url + SEARCHES, headers=BEARER)
    assert max(waited) == 600


def test_a_date_that_is_ahead_ends_with_the_last_year(make_mock: MakeMock) -> None:
    mock = make_mock(world="empty", now="9999-12-31T23:59:59Z")
    mock.respond_once(skew=100_000_000)
    response = httpx.get(mock.url + SEARCHES, headers=BEARER)
    assert "Fri, 31 Dec 9999 23:59:59 GMT" == response.headers["Date"]


@pytest.mark.parametrize(("target", "headers", "status"), [
    ("/" + "a" * 40_000, {}, 414), (f"/?{'a' * 40_000}", {}, 414),
    ("/", {"X-Long": "a" * 70_000}, 431),
])  # fmt: skip
def test_oversized_heads_are_refused(
    mock: MockServer, target: str, headers: dict[str, str], status: int
) -> None:
    response = httpx.get(mock.url + target, headers=headers)
    assert status == response.status_code
    assert status == response.json()["status"]
    assert response.headers["Date"].endswith(" GMT")


@pytest.mark.parametrize("code", [420, 427, 430, 499, 509, 598, 599])
def test_any_status_can_be_preferred(mock: MockServer, code: int) -> None:
    response = httpx.get(mock.url + SEARCHES, headers={**BEARER, "Prefer": f"code={code}"})
    assert code == response.status_code
    assert code == response.json()["status"]


@pytest.mark.parametrize(("method", "path", "body"), [
    ("GET", f"/__admin/requests/{'9' * 5_000}", None),
    ("GET", f"/__admin/contents/{'9' * 5_000}", None),
    ("POST", "/__admin/visits", '{"content": ' + "9" * 5_000 + "}"),
    ("POST", "/__admin/visits", '{"content": 1, "time": "0001-01-01T00:00:00+14:00"}'),
    ("POST", "/__admin/visits", '{"content": 1, "time": "9999-12-31T23:59:59-14:00"}'),
    ("POST", "/__admin/visits", json.dumps([0] * 400_000)),
])  # fmt: skip
def test_huge_values_are_4xx(mock: MockServer, method: str, path: str, body: str | None) -> None:
    response = httpx.request(
        method, mock.url + path, content=body, headers={"Content-Type": "application/json"}
    )
    assert 400 <= response.status_code < 500


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/apple-touch-icon-120x120.png", 404),
    ("GET", "/.well-known/appspecific/com.chrome.devtools.json", 404), ("GET", "/favicon.ico", 404),
    ("GET", "/ui/assets/nosuch", 404), ("POST", "/ui/assets/nosuch", 405),
    ("GET", "/__admin/requests/find", 405), ("GET", "/__admin", 200), ("GET", "/report", 307),
])  # fmt: skip
def test_browser_paths_are_no_401(mock: MockServer, method: str, path: str, status: int) -> None:
    assert status == httpx.request(method, mock.url + path).status_code


@pytest.mark.parametrize("path", ["/ui/", "/openapi.json", "/openapi.yaml", "/__admin/health"])
def test_responses_forbid_type_sniffing(mock: MockServer, path: str) -> None:
    assert "nosniff" == httpx.get(mock.url + path).headers["X-Content-Type-Options"]


@pytest.mark.parametrize(("settings", "allowed"), [
    ({}, "*"), ({"cors": ("none",)}, None), ({"cors": ("http://a.example",)}, "http://a.example"),
    ({"cors": ("http://b.example",)}, None),
])  # fmt: skip
def test_pages_may_read_responses_as_the_setting_says(
    settings: Any, allowed: str | None, make_mock: MakeMock
) -> None:
    headers = {**BEARER, "Origin": "http://a.example"}
    response = httpx.get(make_mock(**settings).url + SEARCHES, headers=headers)
    assert allowed == response.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection"])
def test_a_fault_sets_no_header_that_frames_messages(mock: MockServer, name: str) -> None:
    with pytest.raises(ScenarioError, match="where a message ends"):
        mock.respond_once(headers={name: "3"})


def test_a_body_that_was_cut_can_drift_no_more(mock: MockServer) -> None:
    mock.respond_once(truncate=0.5, drift=["add"])
    with mock.scenario("truncated-json"), mock.scenario("schema-drift"):
        response = httpx.get(mock.url + SEARCHES, headers=BEARER)
    assert 200 == response.status_code


def test_notes_stay_short_whatever_is_preferred(mock: MockServer) -> None:
    many = ", ".join(f"unknown{number}=1" for number in range(3_000))
    response = httpx.get(mock.url + SEARCHES, headers={**BEARER, "Prefer": many})
    assert len(response.headers["X-Mock-Note"]) <= 1_000


def test_a_mock_ends_while_time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    running = MockServer(Settings(port=0, de_port=0)).start()
    frozen = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: frozen)
    running.stop()


def test_a_mock_that_ends_while_it_responds_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    running = MockServer(Settings(port=0, de_port=0, now=NOW)).start()
    running.respond_once(delay=60_000)
    with connect(running) as connection:
        connection.sendall(
            f"GET {SEARCHES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo-token-us\r\n\r\n".encode()
        )
        while not running.control.faults.on["fault-1"][0].triggered:
            pass
        running.stop()
        assert b"" == _rest(connection)
    assert not [one for one in caplog.records if one.exc_info]


def _rest(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1_000)
    except ConnectionResetError:
        return b""


def test_a_residency_that_is_held_follows_a_reload(make_mock: MakeMock) -> None:
    mock = make_mock()
    held = mock.us
    mock.reload()
    held.respond_once(status=503)
    assert 503 == httpx.get(mock.url_for("getSearches")).status_code
    assert mock.sites[Residency.US].opens(held.rotate_token())


def test_reloads_leave_a_slow_request_its_data(make_mock: MakeMock) -> None:
    mock = make_mock()
    mock.respond_once(delay=500)
    with ThreadPoolExecutor() as others:
        response = others.submit(httpx.get, mock.url + SEARCHES, headers=BEARER)
        while not mock.control.faults.on["fault-1"][0].triggered:
            time.sleep(0.01)
        for _ in range(2):
            mock.reload()
        assert response.result().status_code == 200
    mock.reload()  # closes the data that no request uses any more


def test_nothing_is_asserted_of_a_journal_that_keeps_nothing() -> None:
    mock = MockServer(Settings(port=0, de_port=0, journal=0))
    with pytest.raises(MockServerError, match="journal=0"):
        mock.assert_not_requested()
    mock.close()


def test_visits_that_are_equal_have_ids_of_their_own(mock: MockServer) -> None:
    site = mock.sites[Residency.US]
    content, at = site.example_content().id, "2026-01-31T11:59:00Z"
    for _ in range(3):
        mock.add_visit(content=content, at=at)
    start = from_rfc3339(at)
    query = ReportQuery(Subject.CONTENT_VISITS, Grouping.ROWS, start, start + 1, content_id=content)
    ids = [row[Field.ROW_ID] for row in site.report(query).rows]

    assert len(ids) >= 3
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("setting", "said"), [
    ({"host": "http://127.0.0.1"}, "without scheme and port"),
    ({"host": "127.0.0.1:80"}, "without scheme and port"),
    ({"host": "a b"}, "neither an IP address nor a name"),
    ({"host": "256.1.1.1"}, "neither an IP address nor a name"),
    ({"cors": ("*",)}, "write an origin like"), ({"cors": ("http://a/b",)}, "write an origin like"),
    ({"cors": ("http://a b",)}, "write an origin like"),
    ({"journal": -1}, "takes a whole number from 0"), ({"seed": -1}, "takes a whole number from 0"),
    ({"port": 99_999}, "takes a whole number from 0"),
    ({"world": 5}, "The setting 'world' cannot be 5; it takes a text."),
    ({"world": None}, "The setting 'world' cannot be None; it takes a text."),
    ({"now": 5}, "The setting 'now' cannot be 5; it takes a text or None."),
    ({"port": "80"}, "The setting 'port' cannot be '80'; it takes a whole number."),
    ({"port": True}, "The setting 'port' cannot be True; it takes a whole number."),
    ({"freeze": 1}, "The setting 'freeze' cannot be 1; it takes True or False."),
    ({"host": b"::1"}, "The setting 'host' cannot be b'::1'; it takes a text."),
    ({"scenario": (5,)}, "The setting 'scenario' cannot be (5,); it takes a text."),
    ({"overlay": {}}, "The setting 'overlay' cannot be {}; it takes a path."),
    ({"log_format": "xml"}, "cannot be 'xml'; it takes 'text' or 'json'."),
    ({"admin_token": 5}, "The setting 'admin_token' cannot be 5; it takes a text or None."),
    ({"world": "x" * 100_000}, "here is no world"),
    ({"now": "x" * 100_000}, "is not a time; write it like"),
    ({"scenario": "nope"}, "There is no scenario 'nope'"),
], ids=str)  # fmt: skip
def test_a_wrong_setting_is_one_sentence(setting: Any, said: str) -> None:
    with pytest.raises(MockServerError) as refused:
        MockServer(Settings(**{"port": 0, "de_port": 0, **setting}))
    assert said in str(refused.value)
    assert 600 > len(str(refused.value))


def test_one_value_stands_for_a_list_of_it_and_a_text_for_a_path() -> None:
    given: Any = {"scenario": "slow", "overlay": ["a", Path("b")], "binding": "c", "cors": "none"}
    assert Settings(**given) == Settings(
        scenario=("slow",), overlay=(Path("a"), Path("b")), binding=Path("c"), cors=("none",)
    )
    assert hash(Settings(**given))


@pytest.mark.parametrize("now", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_the_first_and_the_last_day_have_reports(now: str, make_mock: MakeMock) -> None:
    mock = make_mock(world="empty", now=now, freeze=True)
    assert 200 == httpx.get(mock.url + SEARCHES, headers=BEARER).status_code
