"""The lifecycle of a mock: its URLs and ports, start, stop, and what it releases."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from mock_server.data.site import demo_token_of
from mock_server.errors import ServerError
from mock_server.settings import Settings
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency
from tests.mocks import NOW, SEARCHES, bearer


def get_searches(mock: MockServer, residency: Residency, **headers: str) -> httpx.Response:
    sent = {**bearer(demo_token_of(residency)), **headers}
    return httpx.get(mock.url_of(residency) + SEARCHES, headers=sent)


def new_mock(**changes: Any) -> MockServer:
    """Make a mock of the smallest world that does not listen yet."""
    return MockServer(Settings(**{"port": 0, "de_port": 0, "world": "tiny", "now": NOW, **changes}))


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def open_files() -> set[str]:
    """List the sockets and database files that this process has open."""
    opened = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            opened.add(str(entry.readlink()))
        except FileNotFoundError:  # the handle that lists the folder
            continue
    return opened


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_a_mock_serves_only_inside_its_context() -> None:
    mock = new_mock()
    for residency in Residency:
        with pytest.raises(ServerError, match=r"does not listen yet.*start it"):
            mock.url_of(residency)
    with mock:
        port = port_of(mock.url)
        assert get_searches(mock, Residency.US).status_code == 200
    assert not is_open(port)
    with pytest.raises(ServerError, match="does not listen"):
        _ = mock.de_url


def test_stop_may_be_called_twice_or_before_start() -> None:
    mock = new_mock().start()
    port = port_of(mock.url)
    mock.stop()
    mock.stop()
    assert not is_open(port)
    mock = new_mock()
    mock.stop()
    with pytest.raises(ServerError, match="does not listen yet"):
        _ = mock.url


def test_connections_have_tcp_nodelay() -> None:
    with new_mock() as mock, httpx.Client() as client:
        client.get(mock.url + SEARCHES)
        assert mock._server is not None
        [connection] = mock._server.server_state.connections
        responding = connection.transport.get_extra_info("socket")
        assert 0 != responding.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_default_ports_are_free_ones_on_the_loopback_address() -> None:
    with closing(MockServer()) as mock:
        mock.listen()
        assert urlsplit(mock.url).hostname == urlsplit(mock.de_url).hostname == "127.0.0.1"
        assert len({port_of(mock.url), port_of(mock.de_url), 8080, 8081}) == 4


def test_configured_ports_are_used() -> None:
    with taken_port() as port:
        pass  # closed, so that it is free
    with new_mock(de_port=port) as mock:
        assert f"http://127.0.0.1:{port}" == mock.de_url
        assert get_searches(mock, Residency.DE).status_code == 200


def response_to(mock: MockServer, target: str, *headers: str, version: str = "1.1") -> bytes:
    """Request a target unchanged, and return the whole response."""
    lines = [f"GET {target} HTTP/{version}", *headers, "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", port_of(mock.url)), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(("host", "residency"), [
    ("DE.viewtracker.aws.bitvoodoo.cloud", b"de"),
    ("someone:secret@de.viewtracker.aws.bitvoodoo.cloud:443", b"de"),
    ("viewtracker.aws.bitvoodoo.cloud", b"us"), ("127.0.0.1", b"us"),
])  # fmt: skip
@pytest.mark.parametrize("offer", [[], ["Connection: Upgrade", "Upgrade: h2c"]])
def test_the_host_of_an_absolute_target_precedes_the_host_header(
    running: MockServer, host: str, residency: bytes, offer: list[str]
) -> None:
    response = response_to(running, f"http://{host}{SEARCHES}", "Host: de.example", *offer)
    assert b"\r\nx-mock-residency: " + residency in response.lower()


@pytest.mark.parametrize(("target", "headers", "status"), [
    ("http://127.0.0.1/__admin/health", ["Host: other.example"], b" 200 "),
    ("http://other.example/__admin/health", ["Host: 127.0.0.1"], b" 403 "),
    ("http://127.0.0.1/__admin/health", [], b" 400 "),
    ("http://127.0.0.1/__admin/health", ["Host: 127.0.0.1", "Host: a.example"], b" 400 "),
])  # fmt: skip
def test_the_control_api_checks_the_host_of_an_absolute_target(
    running: MockServer, target: str, headers: list[str], status: bytes
) -> None:
    assert status in response_to(running, target, *headers).partition(b"\r\n")[0]


def test_concurrent_mocks_share_no_state() -> None:
    with new_mock() as one, new_mock(now="2025-12-31") as other:
        tables = one.sites[Residency.US].tokens, other.sites[Residency.US].tokens
        assert len({one.url, one.de_url, other.url, other.de_url}) == 4
        tables[0].generate()
        assert [401, 200] == [get_searches(mock, Residency.US).status_code for mock in (one, other)]
        assert [4, 0] == [
            get_searches(mock, Residency.DE).json()["totalSize"] for mock in (one, other)
        ]


@pytest.mark.parametrize("method", ["start", "listen", "__enter__"])
def test_starting_a_running_mock_is_an_error_and_leaves_it_running(method: str) -> None:
    with new_mock() as mock:
        urls, files = (mock.url, mock.de_url), open_files()
        with pytest.raises(ServerError, match="running already; use it as it is"):
            getattr(mock, method)()
        assert urls == (mock.url, mock.de_url)
        assert not open_files() - files
        assert get_searches(mock, Residency.US).status_code == 200


@pytest.mark.parametrize("database", [None, "mock.db"])
def test_using_a_stopped_mock_is_an_error(database: str | None, tmp_path: Path) -> None:
    with new_mock(database=database and str(tmp_path / database)) as mock:
        pass
    for verb, *arguments in (
        ("start",), ("listen",), ("reset",), ("rotate_token",), ("token",), ("trash", 1004),
    ):  # fmt: skip
        with pytest.raises(ServerError, match=r"was stopped.*; make another one"):
            getattr(mock, str(verb))(*arguments)
    mock.assert_not_requested("getSearches")


@pytest.mark.parametrize("name", ["port", "de_port"])
def test_a_port_in_use_is_an_error_and_the_other_port_is_released(name: str) -> None:
    before = open_files()
    with taken_port() as port, closing(new_mock(**{name: port})) as mock:
        with pytest.raises(ServerError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            mock.start()
        with pytest.raises(ServerError, match="does not listen"):
            _ = mock.url
    assert not open_files() - before


def test_one_port_for_both_residencies_is_refused() -> None:
    with taken_port() as port:
        pass
    with closing(new_mock(port=port, de_port=port)) as mock:
        with pytest.raises(ServerError, match=f"Port {port}"):
            mock.start()
        assert not is_open(port)


def test_an_address_of_another_machine_is_refused() -> None:
    mock = new_mock(host="203.0.113.1", admin=False)
    with closing(mock), pytest.raises(ServerError, match=r"of 203\.0\.113\.1 cannot be used"):
        mock.start()


def test_ipv6_urls_have_brackets() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with new_mock(host="::1") as mock:
        assert mock.url.startswith("http://[::1]:")
        assert get_searches(mock, Residency.DE).status_code == 200


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc to see open files")  # noqa: PTH112 -- of this system
def test_a_stopped_mock_leaves_no_threads_or_open_files(tmp_path: Path) -> None:
    database = tmp_path / "mock.sqlite"
    threads, files = set(threading.enumerate()), open_files()
    with new_mock(database=str(database)) as mock:
        get_searches(mock, Residency.US)
        with httpx.Client(base_url=mock.url) as client:
            client.get(SEARCHES)
            assert len(open_files()) > len(files) + 2
        assert "viewtracker-mock" in {one.name for one in threading.enumerate()}

    for thread in set(threading.enumerate()) - threads:
        thread.join(60)  # workers end after their event loop
    assert not set(threading.enumerate()) - threads
    assert not open_files() - files


def test_a_database_can_be_reused_by_another_mock(tmp_path: Path) -> None:
    database = str(tmp_path / "mock.sqlite")
    with new_mock(database=database) as mock:
        token = mock.sites[Residency.US].tokens.generate()
    with new_mock(database=database) as mock:
        assert mock.sites[Residency.US].opens(token)
        assert get_searches(mock, Residency.US).status_code == 401


def test_an_incomplete_request_does_not_delay_stop() -> None:
    with new_mock() as mock:
        port = port_of(mock.url)
        connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        connection.sendall(f"GET {SEARCHES} HTTP/1.1\r\nHost: localhost\r\n".encode())
    with connection:
        assert connection.recv(1) == b""
    assert not is_open(port)


def test_other_servers_can_start_the_application_and_websockets_are_closed() -> None:
    with MockServer(Settings(port=0, de_port=0)) as mock, TestClient(mock.app) as client:
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(SEARCHES):
            pass
        assert 401 == client.get(SEARCHES).status_code
