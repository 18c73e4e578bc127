"""Terminal output of a run: a progress line, then failures and a summary at the end."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from contract_tests.context import Listener
from contract_tests.model import Outcome, Run, Verdict
from contract_tests.reports.phrases import Breach, breaches
from contract_tests.wire.wire import Wire

_COLOURS = {**dict.fromkeys(Verdict, "yellow"), Verdict.HELD: "green", Verdict.BROKE: "red"}

_MOST_FINDINGS = 5
"""Maximum number of printed findings per requirement."""

_STEPS = 5
"""Number of progress lines if the output is not a terminal."""


class Progress(Listener):
    """Reports progress on standard error; standard output contains only the result."""

    def __init__(self) -> None:
        self._moves = sys.stderr.isatty()
        self._done = self._number = 0

    def opened(self, wires: Sequence[Wire]) -> None:
        """Print the targets and the maximum number of requests."""
        for wire in wires:
            target = wire.target
            how = "" if target.name == wire.base_url else f" at {wire.base_url}"
            how = " in this process" if target.app is not None else how
            click.echo(f"Testing {target.name}{how}, {wire.limits.summary}.", err=True)

    def collected(self, number: int) -> None:
        """Set the number of expected outcomes."""
        self._number = number

    def concluded(self, outcome: Outcome) -> None:
        """Update the progress line, or print one of a few progress lines."""
        self._done += 1
        line = f"[{self._done}/{self._number}] {outcome.requirement.id} at {outcome.target}"
        line += f": {outcome.verdict}"
        if self._moves:
            click.echo("\r\033[K", nl=False, err=True)
        is_step = self._done % max(1, self._number // _STEPS) == 0
        if outcome.verdict is Verdict.BROKE or (is_step and not self._moves):
            click.secho(line, fg=_COLOURS[outcome.verdict], err=True)
        if self._moves:
            click.echo("" if self._done == self._number else line, nl=False, err=True)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Handle SIGTERM like Ctrl-C, so that reports are still written."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def summarise(run: Run) -> None:
    """Print the result of a run: what was not checked, failures with curl commands, the totals."""
    _print_reasons(run.of(Verdict.NOT_RUN))
    for note in run.notes:
        click.secho(f"Note: {shown(note)}", fg="yellow")
    for breach in reversed(breaches(run)):
        _print_breach(breach)
    counts = ", ".join(f"{len(run.of(v))} {v}" for v in Verdict if run.of(v)) or "nothing checked"
    click.echo(f"\n{counts}; {run.requests} requests, {run.seconds:.1f} s, seed {run.seed}.")
    if run.cut_short:
        click.secho(f"The run was cut short: {shown(run.cut_short)}.", fg="red")
    elif run.exit_code == 2:
        click.secho("No operation was checked.", fg="red")
    elif run.unchecked:
        click.secho(f"Not checked: no rows of {', '.join(run.unchecked)}.", fg="yellow")


def _print_reasons(outcomes: Sequence[Outcome]) -> None:
    """Print why requirements were not checked, each reason once."""
    alike: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        alike.setdefault(outcome.reason, []).append(outcome)
    for reason, several in alike.items():
        ids = dict.fromkeys(outcome.requirement.id for outcome in several)
        targets = dict.fromkeys(outcome.target for outcome in several)
        where = f"{', '.join(ids)} at {', '.join(targets)}"
        click.echo(f"{several[0].verdict}  {where}: {shown(reason)}")


def _print_breach(breach: Breach) -> None:
    outcome, made = breach.outcome, breach.outcome.requirement
    if outcome.verdict is Verdict.KNOWN:
        click.echo(f"{outcome.verdict}  {made.id} at {outcome.target}: {shown(outcome.reason)}")
        return
    heading = f"\n{made.id} {outcome.verdict} at {outcome.target}: {made.sentence} ({made.source})"
    click.secho(heading, fg=_COLOURS[outcome.verdict], bold=True)
    for finding in breach.findings[:_MOST_FINDINGS]:
        click.echo(f"  - {shown(finding.text)}")
        if finding.curl:
            click.echo(f"    {shown(finding.curl)}")
    if (more := len(breach.findings) - _MOST_FINDINGS) > 0:
        click.echo(f"  - {more} more in the reports.")
    if breach.elsewhere:
        click.echo(f"  - {breach.elsewhere}")


def shown(text: str) -> str:
    """Escape a server's text, so that it cannot control a terminal or a CI log.

    Continuation lines start with a bar, because GitHub Actions interprets a line that starts with
    two colons as a command.
    """
    plain = "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1]
        for character in text
    )
    return plain.replace("\n", "\n    | ")
