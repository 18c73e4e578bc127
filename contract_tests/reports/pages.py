"""A run for people: a page for browsers, and Markdown for the summary of a CI job."""

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from contract_tests.model import Run, Verdict
from contract_tests.reports import phrases
from contract_tests.reports.phrases import matrix, seen

SIGNS = {
    Verdict.BROKE: "✗",
    Verdict.HELD: "✓",
    Verdict.WARNED: "⚠",
    Verdict.KNOWN: "!",
    Verdict.NOT_RUN: "?",
    Verdict.RETIRED: "○",
}
"""Shown before a verdict, so that colour is never the only sign."""

_SUMMARY = {"most_failures": 50, "most_findings": 3, "most_characters": 1_500}
"""GitHub drops a job summary of more than 1 MiB, so it has less in it than the page."""

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~&!@$]")


def html(run: Run) -> str:
    """Return one page with all in it, which asks for nothing from anywhere."""
    return _rendered("report.html.jinja", run)


def markdown(run: Run) -> str:
    """Return the run as GitHub's Markdown, failures first; GitLab reads it as well."""
    return _rendered("summary.md.jinja", run)


def inline(text: str) -> str:
    """Write a text for a line or a table's cell of Markdown, so that nothing in it is markup."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def fenced(text: str) -> str:
    """Write a text as a block of Markdown that nothing in it can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}text\n{text}\n{fence}"


def _rendered(name: str, run: Run) -> str:
    environment = Environment(
        loader=PackageLoader("contract_tests.reports"),
        autoescape=name.endswith(".html.jinja"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"inline": inline, "fenced": fenced}
    words: dict[str, Any] = {
        "run": run,
        "Verdict": Verdict,
        "signs": SIGNS,
        "targets": phrases.targets_of(run),
        "failures": phrases.breaches(run),
        "matrix": matrix,
        "seen": seen,
        **_SUMMARY,
        **{name: getattr(phrases, name) for name in phrases.__all__},
    }
    return environment.get_template(name).render(words)
