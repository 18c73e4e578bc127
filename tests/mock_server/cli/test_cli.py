"""The commands: their output, their errors and their exit codes."""

import csv
import dataclasses
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner

from mock_server import __version__
from mock_server.cli.options import settings_from
from mock_server.cli.serve import serve
from mock_server.data.site import demo_token_of
from mock_server.settings import Settings
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency
from tests.commands import PATIENCE, Done, Serving, run, run_module, run_process
from tests.mocks import BEARER, NOW, SEARCHES, MakeMock, bearer

TINY = ("--world", "tiny", "--now", NOW)
ANY_PORTS = ("--port", "0", "--de-port", "0")
JANUARY = {"startDate": "2026-01-01", "endDate": "2026-01-30"}

MakeServing = Callable[..., Serving]


@pytest.fixture
def make_serving(tmp_path: Path) -> Iterator[MakeServing]:
    """Starts `serve` on free ports, and ends it after the test."""
    with ExitStack() as started:

        def start(*arguments: str) -> Serving:
            return started.enter_context(Serving(*arguments, log=tmp_path / "log"))

        yield start


def curl_lines(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines if line.startswith("  curl ")]


def plain_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("VIEWTRACKER_MOCK_")}


def fetch(line: str) -> dict[str, Any]:
    """Run a curl command in a shell; if there is no curl, send the same request."""
    if shutil.which("curl"):
        done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))
    _, _, header, url = shlex.split(line)
    return dict(httpx.get(url, headers=[header.split(": ")]).json())


def bearer_of(residency: Residency) -> dict[str, str]:
    return bearer(demo_token_of(residency))


def assert_refused(done: Done, *, reason: str) -> None:
    """Assert that standard error has one sentence, and that the exit code is 2."""
    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert re.fullmatch(r"viewtracker-mock: .{1,1200}\n", done.err)


# serve


def test_serve_prints_requests_logs_them_and_ends_by_a_signal(make_serving: MakeServing) -> None:
    serving = make_serving("--log-requests", "--log-format", "json")

    assert "data is invented" in serving.lines[0]
    assert serving.url != serving.de_url
    for residency, url in zip(Residency, (serving.url, serving.de_url), strict=True):
        line = next(line for line in serving.lines if line.startswith(residency.value.upper()))
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", url)
        assert f"token {demo_token_of(residency)}" in line
        assert line.endswith(f"{url}/ui/")
    lines = curl_lines(serving.lines)
    assert [len(fetch(line)["results"]) > 0 for line in lines] == [True] * 3

    httpx.get(f"{serving.de_url}/nowhere", headers=bearer_of(Residency.DE))
    assert_no_token_is_logged(serving)
    with httpx.Client(base_url=serving.url) as client:
        client.get(SEARCHES)  # its connection stays open
        log = serving.log
        assert (0, "") == serving.end(signal.SIGTERM)
    assert log == serving.log
    logged = [json.loads(line) for line in serving.log.splitlines()]
    assert {f"GET {SEARCHES} 200", "GET /nowhere 404"} <= {line["message"] for line in logged}
    assert {line["level"] for line in logged} == {"info"}


def assert_no_token_is_logged(serving: Serving) -> None:
    """Assert that no token of a request is logged."""
    url, before = serving.url + SEARCHES, serving.log.count(SEARCHES)
    statuses = [
        httpx.get(url, **sent).status_code
        for sent in (
            {"headers": bearer("s3cret-one")}, {"headers": BEARER, "params": {"x": "s3cret-two"}},
            {"params": {"access_token": "s3cret-three"}},
            {"headers": {"Authorization": "Basic s3cret-four"}},
        )
    ]  # fmt: skip

    assert statuses == [401, 200, 401, 401]
    assert serving.log.count(SEARCHES) == before + 4
    assert "s3cret" not in serving.log
    assert demo_token_of(Residency.US) not in serving.log


PERSONAL = """
name = "personal"
installed = 2026-01-01
spaces = [{key = "~557058", name = "Ada Example"}]
contents = [{id = 7, title = "Mine", space = "~557058", created = 2026-01-01T09:00:00Z}]
"""


def test_curl_commands_for_a_personal_space_work(make_mock: MakeMock, tmp_path: Path) -> None:
    world = tmp_path / "personal.toml"
    world.write_text(PERSONAL)
    out = run("serve", *ANY_PORTS, "--world", str(world), "--now", NOW).out
    urls = [httpx.URL(shlex.split(line)[-1]) for line in curl_lines(out.splitlines())]

    assert ["/spaces/~557058/" in str(url) for url in urls] == [False, True, False]
    mock = make_mock(world=str(world))
    for url in urls:
        response = httpx.get(mock.url + url.raw_path.decode(), headers=BEARER)
        assert [] == response.json()["results"]


def test_serve_without_demo_tokens_prints_a_placeholder() -> None:
    out = run("serve", *TINY, *ANY_PORTS, "--no-demo-token").out
    lines = curl_lines(out.splitlines())
    assert len(lines) == 3
    assert all("Bearer <your token>" in line for line in lines)
    assert "demo-token" not in out


def test_listening_on_all_addresses_is_printed() -> None:
    done = run("serve", *TINY, *ANY_PORTS, "--host", "0.0.0.0", "--no-admin")
    assert "Listening on 0.0.0.0" in done.err


def test_a_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", *TINY, "--port", "0", "--de-port", port)
    assert_refused(done, reason=f"Port {port} of 127.0.0.1 cannot be used")


@pytest.mark.parametrize(("arguments", "reason"), [
    (["--world", "dmeo"], "demo"), (["--world", "absent.toml"], "absent.toml"),
    (["--world", "{folder}/broken.toml"], "broken.toml"),
    (["--now", "tomorrow"], "'tomorrow' is not a time"),
    (["--document", "absent.yaml"], "absent.yaml cannot be read"),
    (["--document", "{folder}/broken.toml"], "broken.toml"), (["--seed", "many"], "--seed"),
    (["--seed", "-1"], "--seed"), (["--port", "65536"], "--port"),
    (["--host", "0.0.0.0"], "--admin-token"),
    (["--admin-token", "two words"], "admin token must be"),
    (["--log-format", "xml"], "--log-format"),
    (["--database", "{folder}/broken.toml"], "is not an SQLite database"),
    (["--binding", "absent.toml"], "absent.toml"), (["--overlay", "absent.yaml"], "absent.yaml"),
    (["--config", "absent.toml"], "absent.toml cannot be read"),
    (["--config", "{folder}/broken.toml"], "is not TOML"),
    (["--config", "{folder}/unknown.toml"], "'de-prot' is not a setting. Did you mean 'de-port'"),
    (["--config", "{folder}/wrong.toml"], "seed"), (["--prot", "0"], "--prot"),
    *(([f"--{name}", ""], f"{name} is empty") for name in ("config", "overlay", "private-key")),
    (["--document", "https://"], "protocol."), (["extra"], "extra"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")  # fmt: skip
def test_invalid_options_are_refused(tmp_path: Path, arguments: list[str], reason: str) -> None:
    (tmp_path / "broken.toml").write_text("} neither TOML nor YAML {: [")
    (tmp_path / "unknown.toml").write_text("de-prot = 0")
    (tmp_path / "wrong.toml").write_text('seed = "many"')
    done = run("serve", *ANY_PORTS, *(one.format(folder=tmp_path) for one in arguments))
    assert_refused(done, reason=reason)


@pytest.mark.parametrize(("variable", "value"), [
    ("VIEWTRACKER_MOCK_SEED", "many"), ("VIEWTRACKER_MOCK_SEED", "9" * 5_000),
    ("VIEWTRACKER_MOCK_DE_PORT", "http"), ("VIEWTRACKER_MOCK_WORLD", "nowhere"),
    ("VIEWTRACKER_MOCK_UNKNOWN_PARAMETERS", "maybe"), ("VIEWTRACKER_MOCK_NO_DEMO_TOKEN", "perhaps"),
], ids=lambda value: value[:40])  # fmt: skip
def test_invalid_environment_variables_are_refused(variable: str, value: str) -> None:
    done = run("serve", *ANY_PORTS if variable.endswith("WORLD") else (), **{variable: value})
    assert_refused(done, reason=value[:100])


# Settings

FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
SWITCHES = {
    "response_check": "no-response-check", "demo_token": "no-demo-token",
    "mock_headers": "no-mock-headers", "admin": "no-admin", "freeze": "freeze",
    "log_requests": "log-requests", "tls": "tls",
}  # fmt: skip
"""Settings that a switch inverts, with its name."""
TEXTS = (
    "world", "now", "document", "overlay", "binding", "certificate", "private_key", "replay",
    "token_file", "database", "scenario", "scenario_file", "admin_token",
)  # fmt: skip
SAMPLES: dict[str, tuple[Any, Any, Any]] = {
    **dict.fromkeys(TEXTS, ("a", "b", "c")),
    **dict.fromkeys(("port", "de_port", "seed", "journal", "remember"), (1, 2, 3)),
    "host": ("127.0.0.1", "127.0.0.2", "127.0.0.3"), "cors": ("none", "http://a.example", "any"),
    "unknown_parameters": ("reject", "accept", "reject"), "log_format": ("json", "text", "json"),
}  # fmt: skip
"""Values in the file, the environment and the command line of each setting without a switch."""


def settings_of(
    *arguments: str, environment: Mapping[str, str] | None = None, config: Path | None = None
) -> Settings:
    """Read settings as `serve` does, by its own options."""
    read: list[Settings] = []
    probe = click.Command(
        "probe", params=serve.params, callback=lambda **options: read.append(settings_from(options))
    )
    given = [*arguments, *([] if config is None else ["--config", str(config)])]
    blank = dict.fromkeys(set(os.environ) - set(plain_environment()))
    result = CliRunner().invoke(probe, given, env={**blank, **(environment or {})})
    assert result.exit_code == 0, result.output
    return read[0]


LISTS = {"overlay", "scenario_file", "cors", "scenario"}
PATHS = {
    "overlay", "scenario_file", "binding", "certificate", "private_key", "replay", "token_file",
}  # fmt: skip


def as_read(name: str, value: Any) -> Any:
    value = Path(value) if name in PATHS else value
    return (value,) if name in LISTS else value


def spelled(name: str) -> str:
    return SWITCHES.get(name, name.replace("_", "-"))


def variable(name: str) -> str:
    return "VIEWTRACKER_MOCK_" + spelled(name).replace("-", "_").upper()


def test_serve_without_options_uses_the_default_settings() -> None:
    assert settings_of() == Settings()


def test_serve_has_an_option_for_every_setting() -> None:
    options = {parameter.name for parameter in serve.params} - {"config", "port_file", "watch"}
    assert set(FIELDS) == options == set(SAMPLES) | set(SWITCHES) | {"admin_token_file"}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_options_precede_the_environment_which_precedes_the_file(name: str, tmp_path: Path) -> None:
    in_file, in_environment, on_line = SAMPLES[name]
    config = tmp_path / "mock.toml"
    config.write_text(f"{spelled(name)} = {json.dumps(in_file)}")
    environment = {variable(name): str(in_environment)}
    option = [f"--{spelled(name)}", str(on_line)]
    for expected, found in (
        (in_file, settings_of(config=config)),
        (in_environment, settings_of(environment=environment)),
        (in_environment, settings_of(config=config, environment=environment)),
        (on_line, settings_of(*option)),
        (on_line, settings_of(*option, config=config, environment=environment)),
    ):
        assert as_read(name, expected) == getattr(found, name)


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_switches_invert_settings_in_all_sources(name: str, tmp_path: Path) -> None:
    config = tmp_path / "mock.toml"
    config.write_text(f"{SWITCHES[name]} = true")
    usual = FIELDS[name].default
    for is_usual, found in (
        (True, settings_of()),
        (False, settings_of(f"--{SWITCHES[name]}")),
        (False, settings_of(environment={variable(name): "1"})),
        (False, settings_of(config=config)),
        (True, settings_of(config=config, environment={variable(name): "0"})),
    ):
        assert is_usual is (usual is getattr(found, name))


def test_the_admin_token_has_a_second_shorter_variable() -> None:
    assert "a1" == settings_of(environment={"VIEWTRACKER_ADMIN_TOKEN": "a1"}).admin_token


def test_overlays_keep_their_order_in_all_sources(tmp_path: Path) -> None:
    config = tmp_path / "mock.toml"
    config.write_text('overlay = ["b.yaml", "a.yaml"]')
    expected = (Path("b.yaml"), Path("a.yaml"))
    assert expected == settings_of(config=config).overlay
    assert expected == settings_of(environment={"VIEWTRACKER_MOCK_CONFIG": str(config)}).overlay
    assert expected == settings_of("--overlay", "b.yaml", "--overlay", "a.yaml").overlay


def test_numbers_in_a_configuration_file_are_converted(tmp_path: Path) -> None:
    config = tmp_path / "mock.toml"
    config.write_text("freeze = 1\noverlay = [1]\ncertificate = 2")
    found = settings_of(config=config)
    assert (True, (Path("1"),), Path("2")) == (found.freeze, found.overlay, found.certificate)


def test_a_configuration_file_may_have_a_toml_datetime(tmp_path: Path) -> None:
    config = tmp_path / "mock.toml"
    config.write_text(f"now = {NOW}\nworld = 'tiny'\nport = 0\nde-port = 0")
    mock = MockServer(settings_of(config=config))
    assert "2026-01-31" == mock.clock.today().isoformat()
    mock.close()


# world


def test_world_show_lists_spaces_contents_and_accounts(make_mock: MakeMock) -> None:
    shown = json.loads(run("world", "show", *TINY, "--json").out)
    lines = run("world", "show", *TINY).out.splitlines()

    assert [one["residency"] for one in shown] == ["us", "de"]
    for site in shown:
        keys = {space["key"] for space in site["spaces"]}
        contents = [(str(c["id"]), c["type"], c["space"], c["title"]) for c in site["contents"]]
        assert {"DOCS", "TEAM"} < keys
        assert {space for _, _, space, _ in contents} <= keys
        assert {kind for _, kind, _, _ in contents} <= {"page", "blogpost", "attachment"}
        names = [*site["spaces"], *site["accounts"]]
        rows = [*contents, *((one.get("key") or one["id"], one["name"]) for one in names)]
        assert all(all(row) for row in rows)
        for row in rows:
            assert any(all(name in line for name in row) for line in lines), row
    url = f"{make_mock().de_url}/api/v2/report/contents"
    for content in shown[1]["contents"]:
        response = httpx.get(f"{url}/{content['id']}/visits", headers=bearer("demo-token-de"))
        assert 200 == response.status_code


def exported(*arguments: str, format_: str) -> list[dict[str, Any]]:
    done = run("world", "export", *arguments, "--format", format_)
    assert done.code == 0, done.err
    if format_ == "csv":
        return list(csv.DictReader(io.StringIO(done.out)))
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
@pytest.mark.parametrize("residency", list(Residency))
def test_exports_have_as_many_rows_as_the_api(
    residency: Residency, format_: str, make_mock: MakeMock
) -> None:
    span = ("--from", JANUARY["startDate"], "--to", JANUARY["endDate"])
    choice = (*TINY, "--residency", residency.value, *span)
    visits = exported(*choice, format_=format_)
    searches = exported(*choice, "--rows", "searches", format_=format_)
    url = f"{make_mock().url_of(residency)}/api/v2/report"

    def count(path: str) -> int:
        response = httpx.get(f"{url}/{path}", headers=bearer_of(residency), params=JANUARY)
        return int(response.json()["totalSize"])

    assert count("searches") == len(searches)
    for content in (1001, 1002, 1003, 1004):
        rows = [row for row in visits if str(row["content_id"]) == str(content)]
        assert count(f"contents/{content}/visits") == len(rows) > 0
    assert {"time", "content_id", "account", "space_key", "title"} == set(visits[0])
    assert {"time", "term", "account", "number_of_results"} == set(searches[0])


def test_exports_have_no_rows_of_the_future() -> None:
    rows = exported("--world", "tiny", "--now", "2026-01-06T00:00:00Z", format_="jsonl")
    assert rows
    assert all(row["time"] < "2026-01-06" for row in rows)


# document


def test_provenance_counts_match_its_lines() -> None:
    lines = run("document", "provenance").out.splitlines()
    rows = json.loads(run("document", "provenance", "--json").out)
    for status in ("documented", "sister", "assumed", "missing"):
        listed = sum(line.startswith(f"{status} ") for line in lines[1:])
        assert f"{listed} {status}" in lines[0]
        assert listed == sum(one["status"] == status for one in rows)
    assert ["documented"] * 3 == [one["status"] for one in rows if one["kind"] == "path"]


# token


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "mock.sqlite")


def token(command: str, database: str) -> str:
    """Run a command about tokens on a database of the smallest world."""
    return run("token", *command.split(), "--database", database, "--world", "tiny").out


def statuses_of(mock: MockServer, *tokens: str) -> list[int]:
    url = mock.de_url + SEARCHES
    return [httpx.get(url, headers=bearer(token)).status_code for token in tokens]


def test_a_generated_token_is_valid_for_a_server_with_the_same_database(
    database: str, make_mock: MakeMock
) -> None:
    generated = token("generate de", database).strip()
    mock = make_mock(database=database)
    assert re.fullmatch(r"vt_de_[\w-]{40,}", generated)
    assert [200, 401] == statuses_of(mock, generated, demo_token_of(Residency.DE))


def test_token_commands_take_effect_in_a_running_server(database: str, make_mock: MakeMock) -> None:
    demo, mock = demo_token_of(Residency.DE), make_mock(database=database)
    assert [200] == statuses_of(mock, demo)
    generated = token("generate de", database).strip()
    assert [401, 200] == statuses_of(mock, demo, generated)
    assert token("delete de", database) == "The token of de is deleted.\n"
    assert [401, 401] == statuses_of(mock, demo, generated)


def test_token_list_does_not_reveal_tokens(database: str) -> None:
    generated = token("generate us", database).strip()
    token("delete de", database)
    listed = token("list", database)
    us, de = listed.splitlines()
    assert re.fullmatch(r"us  made \d{4}-\S+Z  last used never", us)
    assert de == "de  no token"
    assert generated not in listed


@pytest.mark.parametrize(("words", "reason"), [
    ("world export --from soon", "'soon' is not a time"),
    ("world export --to soon", "'soon' is not a time"),
    ("world export --now soon", "'soon' is not a time"),
    ("world export --from 2026-02-01 --to 2026-01-31",
     "--from 2026-02-01 is after --to 2026-01-31"),
    ("token generate us", "--database"), ("token delete de", "--database"),
    ("token generate us --database :memory:", "in a file"),
    ("token generate us --database sqlite:///:memory:", "in a file"),
    ("document check http://a..b", "http://a..b cannot be fetched"),
    ("token list", "--database"), ("token generate uk --database mock.sqlite", "uk"),
])  # fmt: skip
def test_invalid_arguments_of_other_commands_are_refused(words: str, reason: str) -> None:
    assert_refused(run(*words.split()), reason=reason)


# The command itself


def test_the_package_can_be_run_as_a_module() -> None:
    assert_refused(run_module("sevre"), reason="sevre")


def test_help_is_printed_if_there_is_no_command() -> None:
    done = run()
    assert done.code == 2
    assert run("--help").out.strip() in done.err


def test_help_lists_commands_and_version_is_that_of_the_package() -> None:
    done = run("--help")
    assert done.code == 0
    for command in ("serve", "world", "document", "token"):
        assert re.search(rf"^  {command} ", done.out, re.MULTILINE)
    assert f"viewtracker-mock, version {__version__}\n" == run("--version").out


def test_help_does_not_import_heavy_packages() -> None:
    program = """
import sys
from mock_server.cli import main
for words in (["--help"], ["serve", "--help"], ["--version"]):
    sys.argv = ["viewtracker-mock", *words]
    try:
        main()
    except SystemExit:
        pass
print("LOADED", *{name.partition(".")[0] for name in sys.modules})
"""
    loaded = set(run_process(sys.executable, "-c", program).out.rpartition("LOADED")[2].split())

    assert {"click", "mock_server"} <= loaded
    assert not loaded & {"connexion", "faker", "sqlite3", "starlette", "uvicorn", "httpx"}


def test_closing_the_output_early_is_no_error(tmp_path: Path) -> None:
    """`viewtracker-mock world export | head -1` is no error."""
    with (tmp_path / "stderr").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "mock_server", "world", "export", "--now", NOW,
             "--from", "2025-12-01"],
            stdout=subprocess.PIPE, stderr=errors, env=plain_environment(),
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.wait(PATIENCE)

        errors.seek(0)
        assert errors.read() == ""
