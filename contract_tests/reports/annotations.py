"""Renders a run as workflow commands, which GitHub Actions shows as annotations."""

from contract_tests.model import Outcome, Run, Verdict
from contract_tests.reports.phrases import headline, repeat_line

_MOST = 10
"""GitHub shows at most this many errors, and as many warnings, per step."""


def annotations(run: Run) -> list[str]:
    """Return one line per broken requirement, and one for the result of the run."""
    broken = run.of(Verdict.BROKE)
    lines = [
        _command("error", _title(outcome), _message(run, outcome))
        for outcome in broken[: _MOST - 1]
    ]
    warned = [("A note on the run", note) for note in run.notes]
    warned += [(_title(outcome), _message(run, outcome)) for outcome in run.of(Verdict.WARNED)]
    warned += [(_title(outcome), f"Known: {outcome.reason}") for outcome in run.of(Verdict.KNOWN)]
    lines += [_command("warning", title, message) for title, message in warned[:_MOST]]
    ending = "error" if run.exit_code else "notice"
    return [*lines, _command(ending, "Contract report", headline(run))]


def _title(outcome: Outcome) -> str:
    return f"{outcome.requirement.id} ({outcome.requirement.source}) at {outcome.target}"


def _message(run: Run, outcome: Outcome) -> str:
    messages = [finding.message for finding in outcome.findings[:3]]
    unshown = len(outcome.findings) - len(messages)
    more = [f"{unshown} more in the report."] if unshown else []
    return "\n".join([outcome.requirement.sentence, *messages, *more, repeat_line(run, outcome)])


def _command(name: str, title: str, message: str) -> str:
    """Return a workflow command; line ends are escaped, so that responses cannot add commands."""
    return f"::{name} title={_escaped(title, ':,')}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
