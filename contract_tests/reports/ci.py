"""Renders a run for CI services.

JUnit XML is in the dialect that GitLab and Jenkins' xUnit plugin read: its schema allows properties
only in suites, and no `skipped` count in the root element. GitHub Actions shows workflow commands
as annotations.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from contract_tests.model import Outcome, Run, Verdict
from contract_tests.reports.phrases import (
    MOST_FINDINGS,
    finding_text,
    headline,
    repeat_line,
    targets_of,
)

_SKIPPED = {Verdict.NOT_RUN, Verdict.WARNED, Verdict.KNOWN}


def junit(run: Run) -> str:
    """Return the run as XML: one suite per target, one case per requirement."""
    root = Element("testsuites", {"name": "viewtracker-contract", **_counts(run.outcomes)})
    root.set("time", f"{run.seconds:.3f}")
    for target in targets_of(run):
        root.append(_suite(run, target, [one for one in run.outcomes if one.target == target]))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(run: Run, target: str, outcomes: Sequence[Outcome]) -> Element:
    suite = Element("testsuite", {"name": target, **_counts(outcomes)})
    suite.set("skipped", str(sum(outcome.verdict in _SKIPPED for outcome in outcomes)))
    suite.set("time", f"{sum(outcome.seconds for outcome in outcomes):.3f}")
    # Other schemas require a time without fraction and zone.
    suite.set("timestamp", run.started[:19])
    values = {
        "url": run.targets.get(target, ""),
        "document": run.document,
        "document-sha256": run.document_digest,
        "seed": str(run.seed),
        **{f"version {name}": version for name, version in run.versions.items()},
    }
    properties = SubElement(suite, "properties")
    for name, value in values.items():
        SubElement(properties, "property", name=name, value=value)
    suite.extend(_case(run, outcome) for outcome in outcomes)
    if notes := [*filter(None, [run.cut_short]), *run.notes]:
        SubElement(suite, "system-out").text = "\n".join(notes)
    return suite


def _case(run: Run, outcome: Outcome) -> Element:
    requirement = outcome.requirement
    case = Element(
        "testcase",
        classname=f"{outcome.target}.{requirement.family}",
        name=f"{requirement.id}: {requirement.sentence} [{requirement.source}]",
        time=f"{outcome.seconds:.3f}",
    )
    if outcome.verdict is Verdict.BROKE:
        # One element for all findings, because GitLab shows only the text of the first.
        message = outcome.findings[0].message if outcome.findings else requirement.sentence
        failure = SubElement(case, "failure", type=requirement.id, message=message)
        texts = [finding_text(finding) for finding in outcome.findings[:MOST_FINDINGS]]
        if unshown := len(outcome.findings) - len(texts):
            texts.append(f"{unshown} more findings are in the JSON report.")
        failure.text = "\n\n".join([*texts, f"Repeat the test: {repeat_line(run, outcome)}"])
    elif outcome.verdict in _SKIPPED:
        message = f"{outcome.verdict}: {outcome.reason or outcome.findings[0].text}"
        SubElement(case, "skipped", type=outcome.verdict.value, message=message)
    curls = dict.fromkeys(finding.curl for finding in outcome.findings[:MOST_FINDINGS])
    if any(curls):
        SubElement(case, "system-out").text = "\n".join(filter(None, curls))
    return case


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    failures = sum(outcome.verdict is Verdict.BROKE for outcome in outcomes)
    return {"tests": str(len(outcomes)), "failures": str(failures), "errors": "0"}


_MOST_ANNOTATIONS = 10
"""GitHub shows at most this many errors, and as many warnings, per step."""


def annotations(run: Run) -> list[str]:
    """Return one line per broken requirement, and one for the result of the run."""
    broken = [(_title(one), _message(run, one)) for one in run.of(Verdict.BROKE)]
    warned = [("A note on the run", note) for note in run.notes]
    warned += [(_title(one), _message(run, one)) for one in run.of(Verdict.WARNED)]
    warned += [(_title(one), f"Known: {one.reason}") for one in run.of(Verdict.KNOWN)]
    ending = "error" if run.exit_code else "notice"
    commands = [
        *(("error", *texts) for texts in broken[: _MOST_ANNOTATIONS - 1]),
        *(("warning", *texts) for texts in warned[:_MOST_ANNOTATIONS]),
        (ending, "Contract report", headline(run)),
    ]
    # Line ends are escaped, so that responses cannot add commands.
    return [
        f"::{name} title={_escaped(title, ':,')}::{_escaped(message)}"
        for name, title, message in commands
    ]


def _title(outcome: Outcome) -> str:
    return f"{outcome.requirement.id} ({outcome.requirement.source}) at {outcome.target}"


def _message(run: Run, outcome: Outcome) -> str:
    messages = [finding.message for finding in outcome.findings[:3]]
    unshown = len(outcome.findings) - len(messages)
    more = [f"{unshown} more in the report."] if unshown else []
    return "\n".join([outcome.requirement.sentence, *messages, *more, repeat_line(run, outcome)])


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
