"""Renders a run as an HTML page, and as Markdown for CI job summaries."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from contract_tests.model import Run, Verdict
from contract_tests.reports import phrases

SIGNS = {
    Verdict.BROKE: "✗",
    Verdict.HELD: "✓",
    Verdict.WARNED: "⚠",
    Verdict.KNOWN: "!",
    Verdict.NOT_RUN: "?",
}
"""Symbols of the verdicts, so that colour is never the only sign."""

_SUMMARY = {"most_failures": 50, "most_findings": 3, "most_characters": 1_500}
"""Limits of the summary, because GitHub discards job summaries of more than 1 MiB."""

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~&!@$]")


def html(run: Run) -> str:
    """Return a self-contained HTML page, which loads nothing."""
    return _rendered("report.html.jinja", run)


def markdown(run: Run) -> str:
    """Return the run as Markdown for GitHub and GitLab, failures first."""
    return _rendered("summary.md.jinja", run)


def inline(text: str) -> str:
    """Escape a text for a line or a table cell of Markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def fenced(text: str) -> str:
    """Return a text as a fenced code block of Markdown, which the text cannot end."""
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
    names = ("MOST_FINDINGS", "finding_text", "headline", "matrix", "repeat_line", "request_text",
             "response_text", "seen")  # fmt: skip
    return environment.get_template(name).render(
        run=run,
        Verdict=Verdict,
        signs=SIGNS,
        targets=phrases.targets_of(run),
        failures=phrases.breaches(run),
        **_SUMMARY,
        **{name: getattr(phrases, name) for name in names},
    )
