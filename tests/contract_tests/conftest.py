"""Small servers and suites for the tests of the kit."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import contract_tests.cli
import contract_tests.context
from contract_tests import Options, Target, run
from contract_tests.model import Run

TOKEN = "a-token-for-tests-0123456789"

SUITE_HEAD = """
import pytest
import requests
from contract_tests import requirement

PATH = "/api/v2/report/searches"
"""


class Server(ThreadingHTTPServer):
    """A server that records requests and sends the configured responses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, str]] = []
        self.responses: list[tuple[int, dict[str, str]]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def methods(self) -> Counter[str]:
        return Counter(method for method, _ in self.requests)

    def target(self, *, is_live: bool = True) -> dict[str, Target]:
        return {"there": Target(name="there", url=self.url, token=TOKEN, is_careful=is_live)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def _respond(self) -> None:
        with self.server.lock:
            self.server.requests.append((self.command, self.path))
            status, headers = self.server.responses.pop(0) if self.server.responses else (200, {})
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if status == 0:
            self.close_connection = True
            return
        token = self.headers.get("Authorization", "")
        page = {"results": [], "start": 0, "limit": 100, "size": 0, "totalSize": 0, "echo": token}
        body = json.dumps(page).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._respond
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session", autouse=True)
def shared_by_all_runs() -> Iterator[None]:
    """Read each document once, and validate equal responses of all runs once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("read_document", "bind", "ResponseValidator"):
            made_once = cache(getattr(contract_tests.context, name))
            patch.setattr(contract_tests.context, name, made_once)
        yield


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as started:
        yield started


@pytest.fixture
def make_suite(tmp_path: Path) -> Callable[..., Path]:
    """Write a suite with one requirement per body, with the ids `X-01`, `X-02` and so on."""

    def make(*bodies: str) -> Path:
        path = tmp_path / "test_made.py"
        tests = [
            f'@requirement("X-{n:02}", sends="something")\n'
            f"def test_{n}(wire, findings, document, sample, validator, examine, options):\n"
            f'    """Requirement {n} holds."""\n'
            + "".join(f"    {line}\n" for line in body.splitlines())
            for n, body in enumerate(bodies, 1)
        ]
        path.write_text(SUITE_HEAD + "\n\n".join(tests))
        return path

    return make


@pytest.fixture
def checked(server: Server, make_suite: Callable[..., Path]) -> Callable[..., Run]:
    """Run requirements with the given bodies against the server, by default as a live service."""

    def run_tests(*bodies: str, is_live: bool = True, **options: Any) -> Run:
        given = Options(**{"retries": 0, "rate": 1_000_000.0, **options})
        return run(given, server.target(is_live=is_live), paths=[make_suite(*bodies)])

    return run_tests


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command; return exit code, standard output and standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["viewtracker-contract", *words])
        with pytest.raises(SystemExit) as exit_:
            contract_tests.cli.main()
        out, err = capsys.readouterr()
        return int(exit_.value.code or 0), out, err

    return run
