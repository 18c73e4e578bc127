"""The examples of docs/examples, run by docs/other-languages.md, and the container."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import commands
from tests.needing import node_module, program
from tests.test_pages import BIN, ROOT, console_lines, run

pytestmark = pytest.mark.needs_programs

OUTPUTS = {
    "openapi-typescript": "viewtracker.d.ts", "tsc": "", "npm test": "Viewtracker API",
    "fruitless.js": "\t", "views_per_day.py": "2026-01-31", "busiest.sh": "Customer Care home",
    "world export": "time,content_id,account",
}  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the files that the examples need, which may be changed."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    for name in ("openapi", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    test = {"scripts": {"test": 'curl -sS "$VIEWTRACKER_BASE_URL/openapi.json"'}}
    (folder / "package.json").write_text(json.dumps(test))
    return folder


def check_lines(folder: Path, *, for_node: bool) -> None:
    for line in console_lines("docs/other-languages.md"):
        if for_node != bool(re.search(r"\b(node|npm|npx)\b", line)):
            continue
        done = run(line, folder)
        shown = next(text for word, text in OUTPUTS.items() if word in line)
        assert 0 == done.code, f"{line}\n{done.out}\n{done.err}"
        assert shown in done.out + done.err


def test_every_example_prints_its_documented_output(checkout: Path) -> None:
    program("jq")
    check_lines(checkout, for_node=False)


def test_the_typescript_example_works_and_rejects_misspelt_fields(checkout: Path) -> None:
    node_module(".bin/tsc")
    check_lines(checkout, for_node=True)
    source = checkout / "docs" / "examples" / "typescript" / "fruitless.ts"
    source.write_text(source.read_text().replace("search.searchTerm,", "search.searchTrem,"))
    assert "searchTrem" in run("npx tsc --noEmit --project docs/examples/typescript", checkout).out


def test_the_spreadsheet_query_is_valid_power_query() -> None:
    node_module("@microsoft/powerquery-parser/package.json")
    script = """
        const { DefaultSettings, TaskUtils } = require("@microsoft/powerquery-parser");
        const text = require("fs").readFileSync(0, "utf8");
        TaskUtils.tryLexParse(DefaultSettings, text).then((read) =>
            process.stdout.write(read.error ? read.error.message : read.resultKind));
    """
    query = (ROOT / "docs/examples/spreadsheet/visits.pq").read_text("utf-8")

    def parsed(text: str) -> str:
        command = ["node", "--eval", script]
        return subprocess.run(
            command, cwd=ROOT, input=text, capture_output=True, text=True, check=True
        ).stdout

    assert "Ok" == parsed(query)
    assert "Expected" in parsed(query.replace("\nin\n", "\non\n"))


# The container

CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8")


def words_of(instruction: str) -> list[str]:
    """Return the words of an instruction in exec form, with the program of this environment."""
    found = re.search(rf"^{instruction}\b.*?(\[.*\])$", CONTAINERFILE, re.MULTILINE)
    assert found is not None
    program, *words = json.loads(found[1])
    return [str(BIN / program), *words]


ENVIRONMENT = re.findall(r"(VIEWTRACKER_\w+)=(\S+)", CONTAINERFILE)


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def test_the_container_becomes_healthy_and_ends_by_a_signal() -> None:
    port, de_port = free_ports()
    environment = {
        **os.environ, **dict(ENVIRONMENT), "VIEWTRACKER_MOCK_PORT": str(port),
        "VIEWTRACKER_MOCK_DE_PORT": str(de_port), "VIEWTRACKER_ADMIN_TOKEN": "of-the-test",
    }  # fmt: skip
    with subprocess.Popen(
        words_of("ENTRYPOINT"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as served:
        check = [word.replace("8080", str(port)) for word in words_of("HEALTHCHECK")]
        healthy = subprocess.run([*check[:-1], "--timeout", "30", check[-1]], check=False)
        served.send_signal(signal.SIGTERM)
        served.communicate(timeout=60)

    assert (0, 0) == (healthy.returncode, served.returncode)


def test_the_container_requires_an_admin_token() -> None:
    _, *words = words_of("ENTRYPOINT")
    done = commands.run(*words, **dict(ENVIRONMENT))
    assert 2 == done.code
    assert "--admin-token" in done.err


def test_the_containerfile_has_no_lint_findings() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    done = commands.run_process(linter, ROOT / "Containerfile")
    assert (0, "") == (done.code, done.out)
