"""`viewtracker-mock run` and `wait`, and the port file of `serve`."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_server import MockServer, Settings
from tests.commands import MODULE, PATIENCE, Serving, run

TINY = ("--world", "tiny")
CLIENT = """
import os, sys, urllib.request
for place, token in (("", "US"), ("_DE", "DE")):
    request = urllib.request.Request(
        os.environ["VIEWTRACKER_BASE_URL" + place] + "/api/v2/report/searches",
        headers={"Authorization": "Bearer " + os.environ["VIEWTRACKER_TOKEN_" + token]},
    )
    urllib.request.urlopen(request)  # which raises at 401
sys.exit(7)
"""


@pytest.mark.parametrize(("words", "code"), [
    (("--", sys.executable, "-c", CLIENT), 7),
    (("--no-demo-token", "--", sys.executable, "-c", CLIENT), 7),
    (("sh", "-c", "kill -9 $$"), 128 + signal.SIGKILL),
    (("test", "--world", "=", "--world"), 0),
], ids=[
    "with demo tokens", "with new tokens", "ended by a signal", "with options of its own",
])  # fmt: skip
def test_run_passes_the_urls_to_its_command_and_returns_its_exit_code(
    words: tuple[str, ...], code: int
) -> None:
    done = run("run", *TINY, *words)
    assert (code, "") == (done.code, done.err)


def test_run_fails_if_its_command_does_not_exist() -> None:
    done = run("run", *TINY, "no-such-command")
    assert (2, "") == (done.code, done.out)
    expected = "no-such-command cannot be run: No such file or directory."
    assert f"viewtracker-mock: {expected}\n" == done.err


def test_terminating_run_terminates_its_command() -> None:
    waiting = "import signal; print(flush=True); signal.pause()"
    with subprocess.Popen(
        [*MODULE, "run", *TINY, sys.executable, "-c", waiting], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert b"\n" == process.stdout.readline()
        process.terminate()
        assert 128 + signal.SIGTERM == process.wait(PATIENCE)


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https without trust"])
def test_wait_ends_when_the_server_responds(*, tls: bool) -> None:
    with MockServer(Settings(port=0, de_port=0, world="tiny", tls=tls)) as mock:
        assert mock.url.startswith("https://") is tls
        assert 0 == run("wait", mock.url).code


@pytest.mark.parametrize(("words", "code", "expected"), [
    (("http://127.0.0.1:9", "--timeout", "0.2"), 1, "http://127.0.0.1:9 did not respond within 0.2 s"),
    (("example",), 2, "'example' is no URL to wait for"),
    (("http://a..b",), 2, "'http://a..b' is no URL to wait for"),
    (("http://127.0.0.1:9", "--timeout", "nan"), 2, "--timeout is nan; it takes 0 to 1000000"),
    (("http://127.0.0.1:9", "--timeout", "inf"), 2, "--timeout is inf; it takes 0 to 1000000"),
])  # fmt: skip
def test_wait_fails_after_its_timeout_and_for_invalid_arguments(
    words: tuple[str, ...], code: int, expected: str
) -> None:
    done = run("wait", *words)
    assert code == done.code
    assert expected in done.err


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: path.write_text("precious")], ids=["a pipe", "notes"]
)
def test_serve_does_not_overwrite_files_that_are_not_port_files(
    tmp_path: Path, make: Callable[[Path], Any]
) -> None:
    path = tmp_path / "notes"
    make(path)
    done = run("serve", *TINY, "--port-file", str(path))
    expected = f"viewtracker-mock: {path} is no port file; name another, or remove it.\n"
    assert (2, expected) == (done.code, done.err)
    assert path.exists()


def test_the_port_file_exists_until_serve_ends(tmp_path: Path) -> None:
    path = tmp_path / "urls"
    path.write_text("VIEWTRACKER_BASE_URL=http://127.0.0.1:9\n")
    with Serving(*TINY, "--port-file", path, log=tmp_path / "log") as serving:
        lines = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())
        ended = serving.end(signal.SIGINT)

    assert ((0, ""), "") == (ended, serving.log)

    assert {
        "VIEWTRACKER_BASE_URL": serving.url, "VIEWTRACKER_BASE_URL_DE": serving.de_url,
        "VIEWTRACKER_TOKEN": "demo-token-us", "VIEWTRACKER_TOKEN_US": "demo-token-us",
        "VIEWTRACKER_TOKEN_DE": "demo-token-de",
    } == {name: value for name, value in lines.items() if "CA" not in name}  # fmt: skip
    assert ["VIEWTRACKER_BASE_URL", "VIEWTRACKER_BASE_URL_DE"] == list(lines)[:2]
    assert not path.exists()
