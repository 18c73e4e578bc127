"""The commands and examples of the documentation, run unchanged.

Ports and the vendor's hosts are replaced by those of servers that the tests start; `make` targets
are not run, since they would run these tests again; `tests/test_house_rules.py` checks that they
exist.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis.cli
import yaml
from click.testing import CliRunner

from mock_server import MockServer, Settings
from tests import commands
from tests.commands import Done
from tests.needing import INSTALL, program

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
NOT_RUN = ("make ", "npx ", "export ", "pip install")
SETTINGS = {"TOKEN": "demo-token-us", "VIEWTRACKER_TOKEN_US": "demo-token-us"}
OWN_COMMAND = re.compile(
    r"((?:\w+=\S+ )*)(?:\.venv/bin/)?(viewtracker-mock|viewtracker-contract) "
    r"((?!run --)[^$|;&<>]*)(?:> (\S+))?"
)
"""A command of this project without shell syntax except variables and a redirection of output."""
SCHEMATHESIS = schemathesis.cli.schemathesis
ONE_REQUIREMENT = "contract run --select AUTH-01"
"""The suite as a whole is run by `contract_tests/suite`."""


def console_lines(page: str) -> list[str]:
    return re.findall(r"^\$ (.*)", "".join(blocks("console", page)), re.MULTILINE)


def blocks(language: str, page: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    document = ROOT / "tests" / "documents" / "variants" / "springdoc-viewers.yaml"
    settings = Settings(port=0, de_port=0, now="2026-01-31T12:00:00Z", document=document)
    with MockServer(settings) as running:
        yield running


@pytest.fixture(scope="module")
def running() -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0)) as mock:
        yield mock


@pytest.fixture
def default_mock(running: MockServer) -> MockServer:
    running.reset()
    return running


def run(line: str, folder: Path) -> Done:
    """Run a line in a shell, or in this process if it is only a command of this project."""
    if own := OWN_COMMAND.fullmatch(line):
        variables = dict(word.split("=", 1) for word in own[1].split())
        words = [*own[3].split(), *(["--port", "0", "--de-port", "0"] * (" serve" in line))]
        done = commands.run(*words, name=own[2], folder=folder, **SETTINGS | variables)
        if own[4]:
            (folder / own[4]).write_text(done.out)
        return done
    for name in INSTALL:
        if re.search(rf"\b{name}\b", line):
            program(name)
    path = f"{BIN}:{os.environ['PATH']}"
    return commands.run_process("bash", "-c", line, folder=folder, PATH=path, **SETTINGS)


def check(line: str, folder: Path = ROOT) -> str:
    """Run a line that must work; return its output."""
    done = run(line, folder)
    assert done.code == 0, f"{line}\n{done.out}\n{done.err}"
    assert " serve" not in line or "http://127.0.0.1:" in done.out
    return done.out


def adapt(mock: MockServer, line: str) -> str:
    """Change a line to use a mock, and one requirement instead of the whole suite."""
    line = line.replace("--target us", f"--target {mock.url}").replace(
        "contract run", ONE_REQUIREMENT
    )
    line = line.replace("http://127.0.0.1:8081", mock.de_url)
    return line.replace("http://127.0.0.1:8080", mock.url)


README_LINES = [line for line in console_lines("README.md") if not line.startswith(NOT_RUN)]


@pytest.mark.needs_programs
def test_curl_commands_of_the_readme_print_rows(default_mock: MockServer) -> None:
    lines = [line for line in README_LINES if line.startswith("curl")]
    for line in lines:
        assert '"results":[{' in check(f"{adapt(default_mock, line)} -sS"), line
    assert lines


@pytest.mark.parametrize("line", [line for line in README_LINES if not line.startswith("curl")])
def test_commands_of_the_readme_work(line: str, default_mock: MockServer, tmp_path: Path) -> None:
    here = line.replace("build/live", str(tmp_path / "live")).replace(
        "contract run", ONE_REQUIREMENT
    )
    if "--space-key KEY" in here:
        here = f"VIEWTRACKER_TOKEN=demo-token-us {adapt(default_mock, here).replace('KEY', 'SUP')}"
    done = run(here, ROOT)
    assert done.code == 0, done.out + done.err
    assert done.out
    assert "viewtracker-contract run" in line or not done.err


@pytest.mark.parametrize(
    "page", ["README.md", "docs/control.md", "docs/testing.md", "docs/old-api.md"]
)
def test_python_examples_of_a_page_pass(page: str, pytester: pytest.Pytester) -> None:
    examples = blocks("python", page)
    for number, block in enumerate(examples):
        name = re.match(r"# (\w+\.py)\n", block)
        (pytester.path / (name[1] if name else f"test_{number}.py")).write_text(block)
    tests = re.findall(r"def test_.*", "".join(examples))
    # In this process, which has already imported the packages.
    result = pytester.runpytest_inprocess("-q", "-Werror")
    # The fixture `http` of docs/testing.md has two parameters: with sockets and without.
    ways = 2 if "no sockets" in "".join(examples) else 1
    result.assert_outcomes(passed=sum(ways if "http)" in test else 1 for test in tests))


@pytest.mark.needs_programs
def test_commands_of_the_control_page_work(default_mock: MockServer) -> None:
    for line in console_lines("docs/control.md"):
        check(f"{adapt(default_mock, line)} -sS --fail-with-body")


@pytest.mark.needs_programs
def test_commands_of_the_scenarios_page_work(default_mock: MockServer, tmp_path: Path) -> None:
    (tmp_path / "third-page.toml").write_text(blocks("toml", "docs/scenarios.md")[0])
    statuses = []
    names, *lines = console_lines("docs/scenarios.md")
    for line in lines:
        here = f"{adapt(default_mock, names)}; {line} -sS -i" if line.startswith("curl") else line
        statuses += re.findall(r"^HTTP/1.1 (\d+)", check(here, tmp_path))
    assert ["429", "200", "200", "502", "200", "204", "201"] == statuses


def test_commands_of_the_vendor_document_page_work(mock: MockServer, tmp_path: Path) -> None:
    page = "docs/vendor-document.md"
    overlay = blocks("yaml", page)[0].replace("schemas.Visit.", "schemas.ViewerDto.")
    (tmp_path / "overlay.yaml").write_text(overlay)
    for line in console_lines(page):
        if not line.startswith(NOT_RUN):
            done = run(adapt(mock, line), tmp_path)
            assert (done.code, done.err) == (0, ""), line
    assert "desktop" in (tmp_path / "changed.yaml").read_text()
    assert "account" in (tmp_path / "binding.toml").read_text()


def test_commands_of_the_recording_page_work(default_mock: MockServer, tmp_path: Path) -> None:
    lines = console_lines("docs/record-and-replay.md")
    record, replay, test_line = (line for line in lines if not line.startswith(NOT_RUN))
    check(f"VIEWTRACKER_TOKEN=demo-token-us {adapt(default_mock, record)}", tmp_path)
    assert "us.har" in check(replay, tmp_path)
    with MockServer(Settings(port=0, de_port=0, replay=tmp_path / "us.har")) as replayed:
        assert "1 held" in check(adapt(replayed, test_line), tmp_path)


def test_commands_of_the_drift_page_work(mock: MockServer, tmp_path: Path) -> None:
    variant = ROOT / "tests" / "documents" / "variants" / "springdoc-viewers.yaml"
    text = variant.read_text("utf-8").replace("        successful: {type: boolean}\n", "")
    (tmp_path / "vendor.yaml").write_text(text)
    codes = []
    for line in console_lines("docs/drift.md"):
        if " drift " in line:
            here = f"{adapt(mock, line)} --select SCHEMA-04 --examples 3"
            codes.append(run(f"VIEWTRACKER_TOKEN=demo-token-us {here}", tmp_path).code)
        else:
            check(line, tmp_path)

    assert codes == [1, 0]
    assert "successful" in (tmp_path / "drift.yaml").read_text()


@pytest.mark.needs_programs
def test_commands_of_the_version_1_page_work(default_mock: MockServer) -> None:
    serving, *lines = console_lines("docs/old-api.md")
    check(serving)
    default_mock.freeze("2023-12-31T23:59:00Z")
    output = [check(f"URL={default_mock.url}; {line} -sS") for line in lines]
    assert ["200", "410", "200"] == re.findall(r"^HTTP/1.1 (\d+)", "\n".join(output), re.MULTILINE)


def test_the_documented_schemathesis_configuration_accepts_the_end_of_version_1(
    default_mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default_mock.freeze("2024-01-01T00:00:00Z")
    url = f"{default_mock.url}/v1/openapi.json"
    words = ["run", url, "-a", "admin@acme-demo.example:demo-api-token", "-n", "1"]
    monkeypatch.chdir(tmp_path)
    codes = [CliRunner().invoke(SCHEMATHESIS, words, catch_exceptions=False).exit_code]
    (tmp_path / "schemathesis.toml").write_text(blocks("toml", "docs/old-api.md")[0])
    codes.append(CliRunner().invoke(SCHEMATHESIS, words, catch_exceptions=False).exit_code)
    assert codes == [1, 0]


@pytest.mark.needs_programs
def test_commands_of_the_tutorial_work(default_mock: MockServer, tmp_path: Path) -> None:
    """The tutorial uses this environment; tests/test_wheel.py installs into a new one."""
    folder, output = tmp_path, ""
    for line in console_lines("docs/tutorial.md"):
        if line.startswith("cd "):
            folder /= line.removeprefix("cd ")
            for block in blocks("python", "docs/tutorial.md"):
                (folder / block.split()[1]).write_text(block)
        elif " -m venv " in line:
            (folder / ".venv").symlink_to(BIN.parent)
        elif "pip install" not in line:
            output += check(adapt(default_mock, line), folder)

    assert "3 passed" in output
    assert '"results":[{' in output


def test_commands_of_other_pages_work(default_mock: MockServer, tmp_path: Path) -> None:
    for page in ("docs/demo.md", "docs/continuous-integration.md"):
        for line in console_lines(page):
            if "pip install" not in line and "--known" not in line:  # tested by test_wheel.py
                check(adapt(default_mock, line), tmp_path)


def test_the_documented_known_deviations_are_valid(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(blocks("toml", "docs/continuous-integration.md")[0])
    (line,) = (one for one in console_lines("docs/continuous-integration.md") if "--known" in one)
    done = run(f"{line} --select MEANING-16", tmp_path)
    # The mock has no such deviation, since it responds to HEAD.
    assert 1 == done.code
    assert "The known deviation MEANING-16 de did not occur" in done.out


def test_the_documented_gitlab_job_writes_its_reports(tmp_path: Path) -> None:
    job = yaml.safe_load(blocks("yaml", "docs/continuous-integration.md")[0])["contract"]
    (tmp_path / "test_theirs.py").write_text(
        "def test_it(viewtracker):\n    assert viewtracker.url\n"
    )
    _, *steps = job["script"]  # the installation is tested by test_wheel.py
    for step in steps:
        check(step.replace("contract run", ONE_REQUIREMENT), tmp_path)
    assert all((tmp_path / report).is_file() for report in job["artifacts"]["reports"]["junit"])
