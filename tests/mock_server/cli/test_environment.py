"""The environment of the commands: proxies, variables, files, and standard output."""

import csv
import io
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_server import MockServer, Settings
from mock_server.binding.file import read_overrides
from mock_server.cli.options import check_environment
from mock_server.cli.run import _without_proxies
from mock_server.cli.serve import _kept_while_served
from mock_server.clock import Clock
from mock_server.errors import DocumentError, SettingsError
from mock_server.faults.faults import read_scenarios
from mock_server.inputs.http_client import http_client
from mock_server.openapi.load import bundled, read_document
from mock_server.openapi.pull import pull
from tests.commands import MODULE, run, run_module, run_process

UNREACHABLE = "http://127.0.0.1:9"
TINY = bundled("fixtures", "worlds", "tiny.toml").read_text("utf-8")


def call(*words: str, **variables: str) -> tuple[int, str]:
    done = run(*words, **variables)
    return done.code, done.out + done.err


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("proxy", [UNREACHABLE, "socks5://127.0.0.1:9"])
def test_proxies_are_not_used_for_loopback_addresses(
    name: str, proxy: str, mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, proxy)
    monkeypatch.setenv(name.lower(), proxy)
    assert 0 == call("wait", mock.url, "--timeout", "20")[0]
    assert read_document(f"{mock.url}/openapi.json").operations
    assert "cannot be reached" not in call("lint", mock.url)[1]


@pytest.mark.parametrize(("name", "value", "reason"), [
    ("ALL_PROXY", "socks5://127.0.0.1:9", "The proxy that HTTP_PROXY"),
    ("ALL_PROXY", "http://127.0.0.1:port", "The proxy that HTTP_PROXY"),
    ("SSL_CERT_FILE", "/absent", "The certificates that SSL_CERT_FILE"),
])  # fmt: skip
def test_an_unusable_proxy_or_certificate_is_named(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=reason):
        http_client("http://example.com")


def test_run_excludes_the_mock_from_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example.com")
    given = _without_proxies()
    assert given["NO_PROXY"] == given["no_proxy"]
    assert {"example.com", "127.0.0.1", "localhost"} <= set(given["NO_PROXY"].split(","))


@pytest.mark.parametrize("variable", ["VIEWTRACKER_MOCK_PORT", "VIEWTRACKER_MOCK_DE_PORT"])
def test_ports_set_by_kubernetes_are_ignored_with_a_warning(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports: list[tuple[int, int]] = []

    def listen(mock: MockServer) -> None:
        ports.append((mock.settings.port, mock.settings.de_port))
        raise SettingsError("It would listen.")

    monkeypatch.setattr(MockServer, "listen", listen)
    output = call("serve", "--world", "tiny", **{variable: "tcp://10.0.0.1:80"})[1]
    assert [(8080, 8081)] == ports
    assert f"{variable}=tcp://10.0.0.1:80 is set by Kubernetes" in output


def test_other_variables_of_kubernetes_are_ignored_silently(
    caplog: pytest.LogCaptureFixture,
) -> None:
    names = [
        "SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_8080_TCP", "PORT_80_TCP_ADDR",
    ]  # fmt: skip
    check_environment({f"VIEWTRACKER_MOCK_{name}": "x" for name in names})
    assert "" == caplog.text


def test_a_misspelt_variable_gets_a_suggestion(caplog: pytest.LogCaptureFixture) -> None:
    check_environment({"VIEWTRACKER_MOCK_PROT": "1", "VIEWTRACKER_MOCK_NO_ADMIN": "1"})
    (line,) = caplog.messages
    assert "VIEWTRACKER_MOCK_PROT is not a setting. Did you mean 'VIEWTRACKER_MOCK_PORT'?" == line


def shown_world(option: str, path: Path) -> None:
    assert 0 == run("world", "show", option, str(path)).code


@pytest.mark.parametrize(("read", "text"), [
    (lambda path: shown_world("--config", path), "seed = 7"),
    (lambda path: shown_world("--world", path), TINY),
    (lambda path: read_scenarios((path,)), 'description = "d"\n[[faults]]\nstatus = 503'),
    (lambda path: read_overrides(path, read_document()), ""),
], ids=["config", "world", "scenario", "binding"])  # fmt: skip
def test_a_file_may_begin_with_a_byte_order_mark(
    read: Callable[[Path], object], text: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text, "utf-8-sig")
    read(path)


def test_the_admin_token_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("open.sesame\n", "utf-8-sig")
    assert "open.sesame" == Settings(admin_token_file=path).admin_token
    with pytest.raises(SettingsError, match="not both"):
        Settings(admin_token_file=path, admin_token="x")
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings(admin_token_file=tmp_path / "none")


def test_a_port_file_is_removed_only_by_its_own_process(tmp_path: Path) -> None:
    path = tmp_path / "urls"
    with _kept_while_served(path) as own:
        own.append("old")
        path.write_text("VIEWTRACKER_TOKEN=new")
    assert "VIEWTRACKER_TOKEN=new" == path.read_text()
    with _kept_while_served(path) as own:
        own.append("own")
        path.write_text("own")
    assert not path.exists()


@pytest.mark.parametrize(
    "options", [("--world", "empty"), ("--from", "9999-12-31", "--to", "9999-12-31")]
)
def test_an_empty_csv_export_has_a_header(options: tuple[str, ...]) -> None:
    code, out = call("world", "export", *options, "--format", "csv")
    assert (0, "time,content_id,account,space_key,title") == (code, out.strip())


@pytest.mark.parametrize("first", "=+-@")
def test_csv_cells_that_look_like_formulas_are_escaped(first: str, tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text(TINY.replace("Documentation home", f"{first}cmd"))
    words = ("world", "export", "--world", str(world), "--format", "csv", "--now", "2026-01-31")
    for option, cell in (((), f"'{first}cmd"), (("--no-escape",), f"{first}cmd")):
        rows = csv.DictReader(io.StringIO(call(*words, *option)[1]))
        assert cell in [row["title"] for row in rows]


def test_pull_errors_state_why_a_service_cannot_be_reached() -> None:
    with pytest.raises(DocumentError, match="Connection refused"):
        pull(UNREACHABLE, token=None, clock=Clock())


def test_an_option_of_another_command_is_explained() -> None:
    done = run("run", "--port", "0", "true")
    assert (2, "viewtracker-mock: run has no option --port; serve has.\n") == (done.code, done.err)
    assert "'abc' is not a whole number from 0 to 65535." in call("serve", "--port", "abc")[1]


@pytest.mark.parametrize(("shell", "code", "expected"), [
    (">&-", 0, ""), ("2>&-", 0, ""),
    ("> /dev/full", 2, "viewtracker-mock: No space left on device.\n"),
])  # fmt: skip
def test_output_that_cannot_be_written_is_an_error_of_one_sentence(
    shell: str, code: int, expected: str
) -> None:
    done = run_process("bash", "-c", f'"$0" "$@" {shell}', *MODULE, "document", "provenance")
    assert (code, expected) == (done.code, done.err)


def test_a_closed_output_gives_the_exit_code_of_sigpipe() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*MODULE, "document", "provenance"], stdout=write, stderr=subprocess.PIPE, check=False,
        timeout=60,
    )  # fmt: skip
    os.close(write)
    assert (141, b"") == (done.returncode, done.stderr)


def test_characters_outside_the_output_encoding_are_escaped() -> None:
    done = run_module("world", "show", "--world", "edge-cases", "--json", PYTHONIOENCODING="cp1252")
    assert (0, "") == (done.code, done.err)
    assert "\\u" in done.out


def test_run_forwards_signals_to_its_command() -> None:
    script = 'trap "echo ended; exit 3" HUP; kill -HUP $PPID; while :; do sleep 0.01; done'
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` has children ignore it
    try:
        done = run_module("run", "--world", "tiny", "bash", "-c", script)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (3, "ended\n") == (done.code, done.out)
