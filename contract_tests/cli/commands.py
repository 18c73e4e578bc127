"""The commands of `viewtracker-contract`.

Code that needs the extra `contract` is imported when a command runs.
"""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from contract_tests.options import Options, flag_of
from mock_server import __version__

if TYPE_CHECKING:
    from contract_tests.model import Requirement
    from contract_tests.reports.drift import Entry

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="viewtracker-contract")
def commands() -> None:
    """Test whether a server conforms to the Viewtracker API."""


def run_options(command: _Command) -> _Command:
    """Add an option to a command for each field of `Options`."""
    for field in reversed(dataclasses.fields(Options)):
        command = _option(field)(command)
    return command


def _option(field: Any) -> Callable[[_Command], _Command]:
    name, about, default = flag_of(field), field.metadata["help"], field.default
    if isinstance(default, bool):
        return click.option(name, is_flag=True, help=about)
    if default not in {None, (), ""}:
        plain = " ".join(default) if isinstance(default, tuple) else default
        about += f"  [default: {plain:g}]" if isinstance(plain, float) else f"  [default: {plain}]"
    many = isinstance(default, tuple)
    return click.option(name, field.name, multiple=many, default=None, help=about)


@commands.command("run")
@run_options
@click.option(
    "--report-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for reports; default: none, or contract-reports with --report.",
)
@click.option(
    "--report",
    metavar="KINDS",
    help="Kinds of reports, comma-separated: html, json, junit, markdown; default: all.",
)
@click.option(
    "--record",
    "recording",
    type=click.Path(path_type=Path, dir_okay=False),
    help="HAR file for all exchanges, without tokens and with pseudonyms for people.",
)
def run_command(
    report_dir: Path | None, report: str | None, recording: Path | None, **given: Any
) -> int:
    """Test a target and report which requirements hold.

    Tokens come from VIEWTRACKER_TOKEN_US, VIEWTRACKER_TOKEN_DE or VIEWTRACKER_TOKEN, or from
    --token-file; the mock needs none.
    """
    from contract_tests.cli.terminal import Progress, ended_by_sigterm, summarise
    from contract_tests.context import RunContext
    from contract_tests.options import options_from
    from contract_tests.reports import make_directory, print_annotations, write_reports
    from contract_tests.running import run_all

    kinds = _kinds(report)
    if report is not None:
        report_dir = report_dir or Path("contract-reports")
    if report_dir is not None:
        make_directory(report_dir)
    if recording is not None:
        make_directory(recording.parent)  # fail before the run, not after it
    with RunContext(options_from(given), listener=Progress()) as context:
        with ended_by_sigterm():
            run = run_all(context)
        if recording is not None:
            from contract_tests.reports.recording import write_recording

            for note in write_recording(context, recording):
                click.echo(note, err=True)
        secrets = context.redactor.secrets
        if report_dir is not None:
            for path in write_reports(run, report_dir, kinds, secrets):
                click.echo(f"Wrote {path}.", err=True)
        summarise(run)
        print_annotations(run, secrets)
    return run.exit_code


@commands.command("list")
@click.option("--select", multiple=True, help="Requirements to list: ids, families or tags.")
def list_command(select: tuple[str, ...]) -> int:
    """List the requirements and their requests."""
    for made in _selected(select):
        tags = f"  [{', '.join(sorted(made.tags))}]" if made.tags else ""
        click.echo(f"{made.id}  {made.sentence}{tags}\n    {made.source}; sends {made.sends}")
    return 0


@commands.command("plan")
@run_options
def plan_command(**given: Any) -> int:
    """Print the maximum number of requests of a run; send nothing."""
    from contract_tests.context import RunContext
    from contract_tests.options import options_from
    from contract_tests.wire.limits import Limits
    from contract_tests.wire.targets import goes_live

    options = options_from(given)
    chosen = _selected(options.select)
    with RunContext(options) as context:
        operations = context.document.operations
        names = context.target_names
    click.echo(f"{len(operations)} operations, {options.examples} generated inputs each:")
    shared: dict[str, int] = {}
    for made in chosen:
        most = made.most(len(operations), options.examples)
        name = made.shares or made.id
        shared[name] = max(most, shared.get(name, 0))
        by = f" shared by {made.shares!r}" if made.shares else ""
        click.echo(f"{most:>6}{by}  {made.id}  {made.sends}")
    total = sum(shared.values())
    for name in names:
        limits = Limits(options, is_live=goes_live(name, options))
        most = min(total, limits.budget)
        took = f", up to {most / limits.rate:.0f} minutes" if limits.rate else ""
        click.echo(f"{name}: at most {most} requests{took}; limits: {limits.summary}.")
        if total > limits.budget:
            click.echo(f"    The run may need {total} requests; it ends when the budget is spent.")
    return 0


@commands.command("drift")
@run_options
@click.option(
    "--overlay",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for an OpenAPI Overlay that makes the document match the responses.",
)
@click.option("--json", "to_json", is_flag=True, help="Print JSON.")
def drift_command(overlay: Path | None, *, to_json: bool, **given: Any) -> int:
    """List differences between responses and document.

    Exit code 0 if there are no differences, 1 if there are some, 2 if the run failed.
    """
    import yaml

    from contract_tests.cli.terminal import Progress, summarise
    from contract_tests.context import RunContext
    from contract_tests.errors import ContractKitError
    from contract_tests.options import options_from
    from contract_tests.reports.drift import Ledger
    from contract_tests.reports.secrets import SecretFilter
    from contract_tests.running import run_all

    with RunContext(options_from(given), listener=Progress()) as context:
        run = run_all(context)
        ledger = Ledger(context)
        secret_filter = SecretFilter(context.redactor.secrets)
        entries = ledger.entries
        listed = [dataclasses.asdict(entry) for entry in entries]
        as_json = json.dumps(listed, indent=2, ensure_ascii=False)
        click.echo(secret_filter.redact(as_json if to_json else _as_table(entries)))
        if overlay is not None and (proposed := ledger.overlay()) is None:
            click.echo("No overlay written: no change of the document would help.", err=True)
        elif overlay is not None:
            text = yaml.safe_dump(proposed, sort_keys=False, allow_unicode=True)
            try:
                overlay.write_text(secret_filter.redact(text), "utf-8")
            except OSError as error:
                raise ContractKitError(f"{overlay} cannot be written: {error.strerror}.") from error
            click.echo(f"Wrote {overlay}.", err=True)
        if run.exit_code == 2:
            summarise(run)
    return 1 if entries else 2 if run.exit_code == 2 else 0


def _as_table(entries: "tuple[Entry, ...]") -> str:
    if not entries:
        return "Responses and document do not differ."
    from contract_tests.cli.terminal import shown

    rows = [("times", "operation", "in the response", "what", "in the document", "example")]
    for entry in entries:
        texts = (entry.pointer or "-", entry.what, entry.place, entry.example)
        rows.append((str(entry.times), entry.operation, *map(shown, texts)))  # type: ignore[arg-type]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _selected(words: tuple[str, ...]) -> "list[Requirement]":
    from contract_tests.requirements import select
    from contract_tests.running import requirements

    known = requirements()
    wanted = select(known, words)
    return [made for made in known if made in wanted]


def _kinds(report: str | None) -> tuple[str, ...]:
    from contract_tests.errors import OptionError
    from contract_tests.reports import KINDS

    wanted = tuple(word.strip() for word in (report or "").split(",") if word.strip())
    if unknown := [word for word in wanted if word not in KINDS]:
        raise OptionError(f"--report {unknown[0]!r} is invalid; expected {', '.join(KINDS)}.")
    return wanted or KINDS
