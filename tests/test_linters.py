"""Two linters of OpenAPI documents, which need Node.js, and their lock file."""

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
def test_the_documents_have_no_lint_findings(linter: str) -> None:
    program = node_module(f".bin/{linter}")
    documents = sorted(map(str, (ROOT / "openapi").glob("*.yaml")))
    done = run_process(program, *LINTERS[linter], *documents, folder=ROOT, **QUIET)
    assert documents
    assert (0, "") == (done.code, done.out + done.err if done.code else "")


def test_versions_of_the_linters_match_the_lock_file() -> None:
    required = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert required["devDependencies"] == locked[""]["devDependencies"]
    assert required["devDependencies"] == {
        name: locked[f"node_modules/{name}"]["version"] for name in required["devDependencies"]
    }


def test_the_lock_file_has_hashes_and_no_urls_of_packages() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    installed = {place: package for place, package in packages.items() if place}
    assert [place for place, package in installed.items() if "resolved" in package] == []
    assert [place for place, package in installed.items() if "integrity" not in package] == []
