"""The commands and examples of the pages for users, run as they stand.

Ports and the vendor's hosts are replaced by those of servers that the tests start; `make` targets
that would run these tests once more are left to `tests/test_house_rules.py`, which knows them all.
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
LEFT_TO_OTHERS = ("make ", "npx ", "export ", "pip install")
SETTINGS = {"TOKEN": "demo-token-us", "VIEWTRACKER_TOKEN_US": "demo-token-us"}
OURS = re.compile(
    r"((?:\w+=\S+ )*)(?:\.venv/bin/)?(viewtracker-mock|viewtracker-contract) "
    r"((?!run --)[^$|;&<>]*)(?:> (\S+))?"
)
"""A command of this project without a shell's means, but variables and one file for its output."""
SCHEMATHESIS = schemathesis.cli.schemathesis
FEW = "contract run --select AUTH-01"
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
    """Run a line as a shell does; commands of this project alone in this process."""
    if ours := OURS.fullmatch(line):
        variables = dict(word.split("=", 1) for word in ours[1].split())
        words = [*ours[3].split(), *(["--port", "0", "--de-port", "0"] * (" serve" in line))]
        done = commands.run(*words, name=ours[2], folder=folder, **SETTINGS | variables)
        if ours[4]:
            (folder / ours[4]).write_text(done.out)
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


def at(mock: MockServer, line: str) -> str:
    """Let a line use a mock, and one requirement instead of the whole suite."""
    line = line.replace("--target us", f"--target {mock.url}").replace("contract run", FEW)
    line = line.replace("http://127.0.0.1:8081", mock.de_url)
    return line.replace("http://127.0.0.1:8080", mock.url)


README_LINES = [line for line in console_lines("README.md") if not line.startswith(LEFT_TO_OTHERS)]


@pytest.mark.needs_programs
def test_the_curl_lines_of_the_readme_show_rows(default_mock: MockServer) -> None:
    lines = [line for line in README_LINES if line.startswith("curl")]
    for line in lines:
        assert '"results":[{' in check(f"{at(default_mock, line)} -sS"), line
    assert lines


@pytest.mark.parametrize("line", [line for line in README_LINES if not line.startswith("curl")])
def test_the_readme_commands_work(line: str, default_mock: MockServer, tmp_path: Path) -> None:
    here = line.replace("build/live", str(tmp_path / "live")).replace("contract run", FEW)
    if "--space-key KEY" in here:
        here = f"VIEWTRACKER_TOKEN=demo-token-us {at(default_mock, here).replace('KEY', 'SUP')}"
    done = run(here, ROOT)
    assert done.code == 0, done.out + done.err
    assert done.out
    assert "viewtracker-contract run" in line or not done.err


@pytest.mark.parametrize(
    "page", ["README.md", "docs/control.md", "docs/testing.md", "docs/old-api.md"]
)
def test_the_python_examples_of_a_page_pass(page: str, pytester: pytest.Pytester) -> None:
    examples = blocks("python", page)
    for number, block in enumerate(examples):
        name = re.match(r"# (\w+\.py)\n", block)
        (pytester.path / (name[1] if name else f"test_{number}.py")).write_text(block)
    tests = re.findall(r"def test_.*", "".join(examples))
    # In this process, which has loaded what they need.
    result = pytester.runpytest_inprocess("-q", "-Werror")
    # The fixture `http` of docs/testing.md is there with sockets and without.
    ways = 2 if "no sockets" in "".join(examples) else 1
    result.assert_outcomes(passed=sum(ways if "http)" in test else 1 for test in tests))


@pytest.mark.needs_programs
def test_the_page_on_control_works_from_top_to_bottom(default_mock: MockServer) -> None:
    for line in console_lines("docs/control.md"):
        check(f"{at(default_mock, line)} -sS --fail-with-body")


@pytest.mark.needs_programs
def test_the_page_on_scenarios_works(default_mock: MockServer, tmp_path: Path) -> None:
    (tmp_path / "third-page.toml").write_text(blocks("toml", "docs/scenarios.md")[0])
    statuses = []
    names, *lines = console_lines("docs/scenarios.md")
    for line in lines:
        here = f"{at(default_mock, names)}; {line} -sS -i" if line.startswith("curl") else line
        statuses += re.findall(r"^HTTP/1.1 (\d+)", check(here, tmp_path))
    assert ["429", "200", "200", "502", "200", "204", "201"] == statuses


def test_the_page_on_the_vendors_document_works(mock: MockServer, tmp_path: Path) -> None:
    page = "docs/vendor-document.md"
    overlay = blocks("yaml", page)[0].replace("schemas.Visit.", "schemas.ViewerDto.")
    (tmp_path / "overlay.yaml").write_text(overlay)
    for line in console_lines(page):
        if not line.startswith(LEFT_TO_OTHERS):
            done = run(at(mock, line), tmp_path)
            assert (done.code, done.err) == (0, ""), line
    assert "desktop" in (tmp_path / "changed.yaml").read_text()
    assert "account" in (tmp_path / "binding.toml").read_text()


def test_the_page_on_recording_works(default_mock: MockServer, tmp_path: Path) -> None:
    lines = console_lines("docs/record-and-replay.md")
    record, replay, ask = (line for line in lines if not line.startswith(LEFT_TO_OTHERS))
    check(f"VIEWTRACKER_TOKEN=demo-token-us {at(default_mock, record)}", tmp_path)
    assert "us.har" in check(replay, tmp_path)
    with MockServer(Settings(port=0, de_port=0, replay=tmp_path / "us.har")) as replayed:
        assert "1 held" in check(at(replayed, ask), tmp_path)


def test_the_page_on_drift_works_from_top_to_bottom(mock: MockServer, tmp_path: Path) -> None:
    variant = ROOT / "tests" / "documents" / "variants" / "springdoc-viewers.yaml"
    text = variant.read_text("utf-8").replace("        successful: {type: boolean}\n", "")
    (tmp_path / "vendor.yaml").write_text(text)
    codes = []
    for line in console_lines("docs/drift.md"):
        if " drift " in line:
            here = f"{at(mock, line)} --select SCHEMA-04 --examples 3"
            codes.append(run(f"VIEWTRACKER_TOKEN=demo-token-us {here}", tmp_path).code)
        else:
            check(line, tmp_path)

    assert codes == [1, 0]
    assert "successful" in (tmp_path / "drift.yaml").read_text()


@pytest.mark.needs_programs
def test_the_page_on_version_1_works_from_top_to_bottom(default_mock: MockServer) -> None:
    serving, *lines = console_lines("docs/old-api.md")
    check(serving)
    default_mock.freeze("2023-12-31T23:59:00Z")
    shown = [check(f"URL={default_mock.url}; {line} -sS") for line in lines]
    assert ["200", "410", "200"] == re.findall(r"^HTTP/1.1 (\d+)", "\n".join(shown), re.MULTILINE)


def test_the_configuration_shown_has_schemathesis_take_the_end_of_version_1(
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
def test_the_tutorial_works(default_mock: MockServer, tmp_path: Path) -> None:
    """Its own environment is this one here; tests/test_wheel.py installs into a new one."""
    folder, shown = tmp_path, ""
    for line in console_lines("docs/tutorial.md"):
        if line.startswith("cd "):
            folder /= line.removeprefix("cd ")
            for block in blocks("python", "docs/tutorial.md"):
                (folder / block.split()[1]).write_text(block)
        elif " -m venv " in line:
            (folder / ".venv").symlink_to(BIN.parent)
        elif "pip install" not in line:
            shown += check(at(default_mock, line), folder)

    assert "3 passed" in shown
    assert '"results":[{' in shown


def test_the_commands_of_other_pages_work(default_mock: MockServer, tmp_path: Path) -> None:
    for page in ("docs/demo.md", "docs/continuous-integration.md"):
        for line in console_lines(page):
            if "pip install" not in line and "--known" not in line:  # test_wheel.py installs it
                check(at(default_mock, line), tmp_path)


def test_what_the_page_on_ci_shows_as_known_deviations_is_read(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(blocks("toml", "docs/continuous-integration.md")[0])
    (line,) = (one for one in console_lines("docs/continuous-integration.md") if "--known" in one)
    done = run(f"{line} --select MEANING-16", tmp_path)
    # Nothing needs it at the mock, which responds to HEAD.
    assert 1 == done.code
    assert "The known deviation MEANING-16 de did not occur" in done.out


def test_the_job_for_gitlab_leaves_the_reports_that_it_names(tmp_path: Path) -> None:
    job = yaml.safe_load(blocks("yaml", "docs/continuous-integration.md")[0])["contract"]
    (tmp_path / "test_theirs.py").write_text(
        "def test_it(viewtracker):\n    assert viewtracker.url\n"
    )
    _, *steps = job["script"]  # tests/test_wheel.py installs it
    for step in steps:
        check(step.replace("contract run", FEW), tmp_path)
    assert all((tmp_path / report).is_file() for report in job["artifacts"]["reports"]["junit"])
