"""What two linters of OpenAPI documents think of ours; they need Node.js, the mock does not."""

import json
from pathlib import Path

import pytest

from tests.commands import run_process
from tests.needing import node_module

pytestmark = pytest.mark.needs_programs

ROOT = Path(__file__).parents[1]
LINTERS = {"spectral": ["lint", "--fail-severity=hint"], "redocly": ["lint"]}
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_finds_nothing_to_say_about_our_documents(linter: str) -> None:
    program = node_module(f".bin/{linter}")
    documents = sorted(map(str, (ROOT / "openapi").glob("*.yaml")))
    done = run_process(program, *LINTERS[linter], *documents, folder=ROOT, **QUIET)
    assert documents
    assert (0, "") == (done.code, done.out + done.err if done.code else "")


def test_the_linters_are_the_ones_that_the_lock_file_has() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert wanted["devDependencies"] == locked[""]["devDependencies"]
    assert wanted["devDependencies"] == {
        name: locked[f"node_modules/{name}"]["version"] for name in wanted["devDependencies"]
    }


def test_the_lock_file_says_what_packages_are_and_not_where_they_come_from() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    installed = {place: package for place, package in packages.items() if place}
    assert [place for place, package in installed.items() if "resolved" in package] == []
    assert [place for place, package in installed.items() if "integrity" not in package] == []
