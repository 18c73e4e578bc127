"""`viewtracker-mock run` and `wait`, and the file that says where `serve` is."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 60
TINY = ("--world", "tiny")

ASK = """
import os, sys, urllib.request
for place, token in (("", "US"), ("_DE", "DE")):
    request = urllib.request.Request(
        os.environ["VIEWTRACKER_BASE_URL" + place] + "/api/v2/report/searches",
        headers={"Authorization": "Bearer " + os.environ["VIEWTRACKER_TOKEN_" + token]},
    )
    print(urllib.request.urlopen(request).status, end=" ")
sys.exit(7)
"""


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mock_server", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("--no-demo-token",)])
def test_a_command_finds_the_mock_and_decides_the_exit_code(options: tuple[str, ...]) -> None:
    done = call("run", *TINY, *options, "--", sys.executable, "-c", ASK)

    assert (7, "200 200 ") == (done.returncode, done.stdout), done.stderr


def test_a_command_that_a_signal_ends_is_told_as_shells_do() -> None:
    done = call("run", *TINY, "sh", "-c", "kill -9 $$")

    assert 128 + signal.SIGKILL == done.returncode


def test_a_command_that_is_not_there_is_told_in_a_sentence() -> None:
    done = call("run", *TINY, "no-such-command")

    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr == (
        "viewtracker-mock: no-such-command cannot be run: No such file or directory.\n"
    )


def test_options_after_the_command_are_the_commands() -> None:
    assert "--world x\n" == call("run", *TINY, "echo", "--world", "x").stdout


def test_ending_it_ends_the_command() -> None:
    waiting = "import signal; print(flush=True); signal.pause()"
    with subprocess.Popen(
        [sys.executable, "-m", "mock_server", "run", *TINY, sys.executable, "-c", waiting],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert b"\n" == process.stdout.readline()
        process.terminate()

        assert 128 + signal.SIGTERM == process.wait(PATIENCE)


def test_waiting_ends_as_soon_as_a_server_answers() -> None:
    wait = f'{sys.executable} -m mock_server wait "$VIEWTRACKER_BASE_URL"'

    assert 0 == call("run", *TINY, "sh", "-c", wait).returncode


def test_waiting_for_https_needs_no_trust() -> None:
    wait = f'{sys.executable} -m mock_server wait "$VIEWTRACKER_BASE_URL" && echo "$VIEWTRACKER_BASE_URL"'
    done = call("run", *TINY, "--tls", "sh", "-c", wait)

    assert 0 == done.returncode
    assert done.stdout.startswith("https://")


def test_waiting_in_vain_is_told() -> None:
    done = call("wait", "http://127.0.0.1:9", "--timeout", "0.2")

    assert 1 == done.returncode
    assert done.stderr.startswith("http://127.0.0.1:9 did not respond within 0.2 s")


def test_what_is_no_url_is_not_waited_for() -> None:
    done = call("wait", "example")

    assert 2 == done.returncode
    assert "'example' is no URL to wait for" in done.stderr


def test_a_file_says_where_the_mock_is_once_it_answers(tmp_path: Path) -> None:
    path = tmp_path / "urls"
    path.write_text("VIEWTRACKER_BASE_URL=http://127.0.0.1:9\n")
    serve = [sys.executable, "-m", "mock_server", "serve", *TINY, "--port", "0", "--de-port", "0"]
    with subprocess.Popen([*serve, "--port-file", str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if b"Ctrl-C" in line:
                break
        text = path.read_text("utf-8")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    lines = dict(line.split("=", 1) for line in text.splitlines())

    urls = [url for name, url in lines.items() if "URL" in name]
    assert ["VIEWTRACKER_BASE_URL", "VIEWTRACKER_BASE_URL_DE"] == list(lines)[:2]
    assert all(url.startswith("http://127.0.0.1:") for url in urls)
    assert "demo-token-us" == lines["VIEWTRACKER_TOKEN_US"] == lines["VIEWTRACKER_TOKEN"]
    assert "demo-token-de" == lines["VIEWTRACKER_TOKEN_DE"]
    assert not path.exists()
