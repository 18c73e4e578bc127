"""What a run says while it runs: a line that moves on a terminal, plain lines elsewhere."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from contract_tests.inquiry import Listener
from contract_tests.model import Outcome, Run, Verdict
from contract_tests.wire.wire import Wire

_COLOURS = {
    Verdict.HELD: "green",
    Verdict.BROKE: "red",
    Verdict.WARNED: "yellow",
    Verdict.KNOWN: "yellow",
    Verdict.NOT_RUN: "yellow",
    Verdict.RETIRED: "cyan",
}


class Progress(Listener):
    """Tells a run to standard error, so that standard output has the result alone."""

    def __init__(self) -> None:
        self._moves = sys.stderr.isatty()
        self._done = self._number = 0

    def opened(self, wires: Sequence[Wire]) -> None:
        """Say where requests will go, and how many at most."""
        for wire in wires:
            click.echo(f"{_addressed(wire)}, {wire.limits.told}.", err=True)

    def collected(self, number: int) -> None:
        """Learn how many outcomes there will be."""
        self._number = number

    def concluded(self, outcome: Outcome) -> None:
        """Say what came of a requirement; on a terminal, what held moves on."""
        self._done += 1
        count = f"[{self._done}/{self._number}]"
        line = f"{count} {outcome.requirement.id} at {outcome.target}: {outcome.verdict}"
        if self._moves:
            click.echo("\r\033[K", nl=False, err=True)
        if not self._moves or outcome.verdict in {Verdict.BROKE, Verdict.KNOWN}:
            click.secho(line, fg=_COLOURS[outcome.verdict], err=True)
        if self._moves:
            is_last = self._done == self._number
            click.echo("" if is_last else line, nl=False, err=True)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Make SIGTERM end a run as Ctrl-C does, so that reports of what was done are written."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # only the main thread may
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def summarise(run: Run) -> None:
    """Say what came of a run: what broke and how to repeat it, what was not judged, and the sum."""
    for verdict in (Verdict.NOT_RUN, Verdict.RETIRED, Verdict.KNOWN):
        for outcome in run.of(verdict):
            where = f"{outcome.requirement.id} at {outcome.target}"
            click.echo(f"{verdict}  {where}: {shown(outcome.reason)}")
    for verdict, colour in ((Verdict.WARNED, "yellow"), (Verdict.BROKE, "red")):
        for outcome in run.of(verdict):
            _tell_breach(outcome, colour)
    _tell_notes(run)
    counts = ", ".join(f"{len(run.of(v))} {v}" for v in Verdict if run.of(v)) or "nothing judged"
    click.echo(f"\n{counts}; {run.requests} requests, {run.seconds:.1f} s, seed {run.seed}.")
    if run.cut_short:
        click.secho(f"The run was cut short: {shown(run.cut_short)}.", fg="red")
    elif run.exit_code == 2:
        click.secho("No operation was judged, so this run says nothing.", fg="red")
    elif run.unjudged:
        click.secho(f"Not judged: no rows of {', '.join(run.unjudged)}.", fg="yellow")


def _tell_breach(outcome: Outcome, colour: str) -> None:
    made = outcome.requirement
    told = f"\n{made.id} {outcome.verdict} at {outcome.target}: {made.sentence} ({made.source})"
    click.secho(told, fg=colour, bold=True)
    for finding in outcome.findings:
        click.echo(f"  - {shown(finding.told)}")
        if finding.curl:
            click.echo(f"    {shown(finding.curl)}")


def _tell_notes(run: Run) -> None:
    for note in run.notes:
        click.secho(f"Note: {shown(note)}", fg="yellow")


def shown(text: str) -> str:
    """Return a server's words so that they steer neither a terminal nor a CI's log.

    Of several lines, those after the first begin with a bar: a line that begins with two colons is
    a command to GitHub Actions.
    """
    plain = "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
    return plain.replace("\n", "\n    | ")


def _addressed(wire: Wire) -> str:
    target = wire.target
    how = " in this process" if target.app is not None else f" at {wire.base_url}"
    return f"Asking {target.name}{how}"
