"""The documentation: it can be built, and its reference pages are up to date."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from tests.commands import run_process

DOCS = Path(__file__).parents[1] / "docs"


def test_the_reference_pages_are_up_to_date() -> None:
    spec = spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = module_from_spec(spec)
    spec.loader.exec_module(reference)
    for name, make in reference.PAGES_MADE.items():
        written = (DOCS / "reference" / name).read_text("utf-8")
        assert make() == written, f"{name} is outdated; run `make docs`"
    assert {*reference.PAGES_MADE} == {page.name for page in (DOCS / "reference").iterdir()}


def test_the_documentation_is_built_without_warnings(tmp_path: Path) -> None:
    words = ["--quiet", "--fail-on-warning", "--builder", "html", str(DOCS), str(tmp_path)]
    done = run_process(sys.executable, "-m", "sphinx", *words)
    assert (0, "") == (done.code, done.err)
    for page in DOCS.rglob("*.md"):
        assert (tmp_path / page.relative_to(DOCS).with_suffix(".html")).exists()
    offered = (tmp_path / "reference" / "python.html").read_text("utf-8")
    for verb in ("add_visit", "respond_once", "assert_requested", "rotate_token", "transport"):
        assert verb in offered
