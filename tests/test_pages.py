"""The commands and examples of the pages for users, run as they stand.

Ports and the vendor's hosts are replaced by those of servers that the tests start; `make` targets
that would run these tests once more are left to `tests/test_house_rules.py`, which knows them all.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mock_server import MockServer, Settings
from tests.needing import INSTALL, program

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
NOW = "2026-01-31T12:00:00Z"
PATIENCE = 600
"""Seconds after which a command hangs, however busy the machine is."""
LEFT_TO_OTHERS = ("make ", "npx ", "export ", "pip install")


def console_lines(page: str) -> list[str]:
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def python_blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    document = ROOT / "tests" / "documents" / "variants" / "springdoc-viewers.yaml"
    with MockServer(Settings(port=0, de_port=0, now=NOW, document=document)) as running:
        yield running


@pytest.fixture(scope="module")
def default_mock() -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0)) as running:
        yield running


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    for name in INSTALL:
        if re.search(rf"\b{name}\b", line):
            program(name)
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "TOKEN": "demo-token-us"}
    environment["VIEWTRACKER_TOKEN_US"] = "demo-token-us"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def serve(line: str, folder: Path) -> str:
    """Start a `serve` command on free ports, and stop it once it says where it is."""
    words = [*shlex.split(line), "--port", "0", "--de-port", "0"]
    there = folder / words[0]
    with subprocess.Popen(
        [str(there if there.exists() else BIN / there.name), *words[1:]],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        for told in process.stdout:
            said += told
            if "Ctrl-C" in told:
                break
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        said += "" if process.stderr is None else process.stderr.read()
    return said


README_LINES = [line for line in console_lines("README.md") if not line.startswith(LEFT_TO_OTHERS)]


@pytest.mark.needs_programs
@pytest.mark.parametrize("line", [line for line in README_LINES if line.startswith("curl")])
def test_the_curl_lines_of_the_readme_show_rows(line: str, default_mock: MockServer) -> None:
    here = line.replace("http://127.0.0.1:8080", default_mock.url)
    done = run("curl -sS " + here.replace("http://127.0.0.1:8081", default_mock.de_url)[4:], ROOT)

    assert done.returncode == 0
    assert '"results":[{' in done.stdout


@pytest.mark.parametrize("line", [line for line in README_LINES if not line.startswith("curl")])
def test_the_commands_of_the_readme_work(
    line: str, default_mock: MockServer, tmp_path: Path
) -> None:
    if " serve" in line:
        assert "http://127.0.0.1:" in serve(line, ROOT)
        return
    here = line.replace(".venv/bin/", "").replace("build/live", str(tmp_path / "live"))
    if "run --target us" in here:
        here = here.replace("--target us", f"--target {default_mock.url}").replace("KEY", "SUP")
        here = f"VIEWTRACKER_TOKEN=demo-token-us {here}"
    done = run(here, ROOT)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout
    assert "viewtracker-contract run" in line or not done.stderr


@pytest.mark.parametrize(
    "page",
    ["README.md", "docs/control.md", "docs/testing.md", "docs/old-api.md"],
)
def test_the_python_examples_of_a_page_pass(page: str, pytester: pytest.Pytester) -> None:
    blocks = python_blocks(page)
    for number, block in enumerate(blocks):
        name = re.match(r"# (\w+\.py)\n", block)
        (pytester.path / (name[1] if name else f"test_{number}.py")).write_text(block)
    tests = re.findall(r"def test_.*", "".join(blocks))

    # In this process, which has loaded what they need.
    result = pytester.runpytest_inprocess("-q", "-Werror")

    # The fixture `http` of docs/testing.md is there with sockets and without.
    ways = 2 if "no sockets" in "".join(blocks) else 1
    result.assert_outcomes(passed=sum(ways if "http)" in one else 1 for one in tests))


@pytest.mark.needs_programs
def test_the_page_on_control_works_from_top_to_bottom() -> None:
    with MockServer(Settings(port=0, de_port=0)) as mock:
        for line in console_lines("docs/control.md"):
            done = run(
                line.replace("http://127.0.0.1:8080", mock.url) + " -sS --fail-with-body", ROOT
            )

            assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.needs_programs
def test_the_page_on_scenarios_works_from_top_to_bottom(tmp_path: Path) -> None:
    text = (ROOT / "docs/scenarios.md").read_text("utf-8")
    file = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0]
    (tmp_path / "third-page.toml").write_text(file)
    statuses = []
    with MockServer(Settings(port=0, de_port=0)) as mock:
        names, *lines = console_lines("docs/scenarios.md")
        for line in lines:
            if " serve" in line:
                assert "http://127.0.0.1:" in serve(line, tmp_path)
                continue
            here = f"{names.replace('http://127.0.0.1:8080', mock.url)}; {line}"
            done = run(f"{here} -sS -i" if line.startswith("curl") else here, tmp_path)
            assert (done.returncode, done.stderr) == (0, ""), line
            statuses += re.findall(r"^HTTP/1.1 (\d+)", done.stdout)

    assert ["429", "200", "200", "502", "200", "204", "201"] == statuses


def test_the_page_on_the_vendors_document_works_from_top_to_bottom(
    mock: MockServer, tmp_path: Path
) -> None:
    overlay = re.search(
        r"```yaml\n(.*?)```", (ROOT / "docs/vendor-document.md").read_text("utf-8"), re.DOTALL
    )
    assert overlay is not None
    changed = overlay.group(1).replace("schemas.Visit.", "schemas.ViewerDto.")
    (tmp_path / "overlay.yaml").write_text(changed)

    for line in console_lines("docs/vendor-document.md"):
        if line.startswith(LEFT_TO_OTHERS):
            continue
        here = line.replace("--target us", f"--target {mock.url}")
        if " serve" in here:
            assert "http://127.0.0.1:" in serve(here, tmp_path), line
        else:
            done = run(here, tmp_path)
            assert (done.returncode, done.stderr) == (0, ""), line

    assert "desktop" in (tmp_path / "changed.yaml").read_text()
    assert "account" in (tmp_path / "binding.toml").read_text()


ONE_REQUIREMENT = " --select SCHEMA-04 --examples 3"


def test_the_page_on_recording_works_from_top_to_bottom(
    default_mock: MockServer, tmp_path: Path
) -> None:
    lines = console_lines("docs/record-and-replay.md")
    record, replay, ask = (line for line in lines if not line.startswith(LEFT_TO_OTHERS))
    here = record.replace("--target us", f"--target {default_mock.url}") + ONE_REQUIREMENT
    recorded = run(
        here.replace("viewtracker", "VIEWTRACKER_TOKEN=demo-token-us viewtracker", 1), tmp_path
    )

    assert recorded.returncode == 0, recorded.stderr
    assert "us.har" in serve(replay, tmp_path)
    with MockServer(Settings(port=0, de_port=0, replay=tmp_path / "us.har")) as replayed:
        asked = run(ask.replace("http://127.0.0.1:8080", replayed.url) + ONE_REQUIREMENT, tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert "1 held" in asked.stdout


def test_the_page_on_drift_works_from_top_to_bottom(mock: MockServer, tmp_path: Path) -> None:
    variant = ROOT / "tests" / "documents" / "variants" / "springdoc-viewers.yaml"
    text = variant.read_text("utf-8").replace("        successful: {type: boolean}\n", "")
    (tmp_path / "vendor.yaml").write_text(text)
    codes = []
    for line in console_lines("docs/drift.md"):
        if " serve" in line:
            assert "http://127.0.0.1:" in serve(line, tmp_path)
        elif " drift " in line:
            here = line.replace("--target us", f"--target {mock.url}") + ONE_REQUIREMENT
            codes.append(run(f"VIEWTRACKER_TOKEN=demo-token-us {here}", tmp_path).returncode)
        else:
            assert run(line, tmp_path).stderr == ""

    assert codes == [1, 0]
    assert "successful" in (tmp_path / "drift.yaml").read_text()


@pytest.mark.needs_programs
def test_the_page_on_version_1_works_from_top_to_bottom(tmp_path: Path) -> None:
    statuses = []
    with MockServer(Settings(port=0, de_port=0, now="2023-12-31T23:59:00Z", freeze=True)) as mock:
        serving, *lines = console_lines("docs/old-api.md")
        for line in lines:
            done = run(f"URL={mock.url}; {line} -sS", ROOT)
            statuses += re.findall(r"^HTTP/1.1 (\d+)", done.stdout)
            assert 0 == done.returncode, done.stderr

    assert ["200", "410", "200"] == statuses
    assert "http://127.0.0.1:" in serve(serving, tmp_path)


def test_the_configuration_shown_has_schemathesis_take_the_end_of_version_1(tmp_path: Path) -> None:
    text = (ROOT / "docs/old-api.md").read_text("utf-8")
    shown = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0]
    with MockServer(Settings(port=0, de_port=0, now="2024-01-01T00:00:00Z")) as mock:
        ask = f"st run {mock.url}/v1/openapi.json -a admin@acme-demo.example:demo-api-token -n 2"
        codes = [run(ask, tmp_path).returncode]
        (tmp_path / "schemathesis.toml").write_text(shown)
        codes.append(run(ask, tmp_path).returncode)

    assert codes == [1, 0]


@pytest.mark.needs_programs
def test_the_tutorial_works_in_a_folder_of_its_own(
    default_mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip reads it as "no isolation"
    (tmp_path / "viewtracker-mock").symlink_to(ROOT)
    folder = tmp_path
    shown = ""
    for line in console_lines("docs/tutorial.md"):
        if line.startswith("cd "):
            folder /= line.removeprefix("cd ")
            for block in python_blocks("docs/tutorial.md"):
                (folder / block.split()[1]).write_text(block)
        elif " serve" in line:
            assert "http://127.0.0.1:" in serve(line, folder)
        else:
            here = line.replace("http://127.0.0.1:8080", default_mock.url)
            done = run(here.replace("contract run", "contract run --select AUTH-01"), folder)
            assert 0 == done.returncode, done.stdout + done.stderr
            shown += done.stdout
        if " -m venv " in line:
            borrow_dependencies(folder / ".venv")

    assert "3 passed" in shown
    assert '"results":[{' in shown


def borrow_dependencies(venv: Path) -> None:
    """Let a new environment find what this one has installed, except this project itself."""
    base = {"base": str(venv), "platbase": str(venv)}
    lines = Path(sysconfig.get_path("purelib", "venv", base)) / "dependencies.pth"
    lines.write_text(sysconfig.get_path("purelib") + "\n", "utf-8")


def test_the_commands_of_other_pages_work(default_mock: MockServer, tmp_path: Path) -> None:
    for page in ("docs/demo.md", "docs/continuous-integration.md"):
        (tmp_path / "known.toml").write_text("")
        for line in console_lines(page):
            if "pip install" in line or " -m venv " in line:
                continue  # tests/test_wheel.py installs it
            if " serve" in line:
                assert "http://127.0.0.1:" in serve(line, tmp_path)
                continue
            here = line.replace("http://127.0.0.1:8080", default_mock.url).replace(".venv/bin/", "")
            done = run(here.replace("contract run", "contract run --select AUTH-01"), tmp_path)
            assert 0 == done.returncode, done.stdout + done.stderr


def test_what_the_page_on_ci_shows_as_known_deviations_is_read(tmp_path: Path) -> None:
    text = (ROOT / "docs/continuous-integration.md").read_text("utf-8")
    (tmp_path / "known.toml").write_text(re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0])

    done = run("viewtracker-contract run --known known.toml --select MEANING-16", tmp_path)

    # Nothing needs it at the mock, which answers HEAD.
    assert 1 == done.returncode
    assert "The known deviation MEANING-16 de was not met" in done.stdout


def test_the_job_for_gitlab_leaves_the_reports_that_it_names(tmp_path: Path) -> None:
    text = (ROOT / "docs/continuous-integration.md").read_text("utf-8")
    job = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])["contract"]
    (tmp_path / "test_theirs.py").write_text(
        "def test_it(viewtracker):\n    assert viewtracker.url\n"
    )

    _, *steps = job["script"]  # tests/test_wheel.py installs it
    for step in steps:
        done = run(step.replace("contract run", "contract run --select AUTH-01"), tmp_path)
        assert 0 == done.returncode, done.stdout + done.stderr

    assert all((tmp_path / report).is_file() for report in job["artifacts"]["reports"]["junit"])
