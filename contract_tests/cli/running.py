"""`viewtracker-contract run` and `compare`; what needs the extra `contract` is loaded when they run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from contract_tests.cli.options import run_options

if TYPE_CHECKING:
    from contract_tests.model import Run


@click.command("run")
@run_options()
@click.option(
    "--report-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for reports; all kinds are written unless --report names some.",
)
@click.option(
    "--report",
    metavar="KINDS",
    help="Kinds of reports, with commas: html, json, junit, markdown; into contract-reports "
    "unless --report-dir names a folder.",
)
@click.option(
    "--record",
    "recording",
    type=click.Path(path_type=Path, dir_okay=False),
    help="HAR file to keep all exchanges in, without tokens and with pseudonyms for people.",
)
def run_command(
    report_dir: Path | None, report: str | None, recording: Path | None, **told: Any
) -> int:
    """Ask a target, and say what holds and what broke.

    Tokens come from VIEWTRACKER_TOKEN_US, VIEWTRACKER_TOKEN_DE or VIEWTRACKER_TOKEN, or from
    --token-file; the mock needs none. Where there still is version 1, VIEWTRACKER_V1_EMAIL,
    VIEWTRACKER_V1_API_TOKEN and VIEWTRACKER_V1_BASE_URL say who asks it, of which site.
    """
    from contract_tests.cli.progress import Progress, ended_by_sigterm, summarise
    from contract_tests.inquiry import Inquiry
    from contract_tests.options import options_from
    from contract_tests.reports import make_directory, print_annotations, write_reports
    from contract_tests.running import judge

    kinds = _kinds(report)
    if report is not None:
        report_dir = report_dir or Path("contract-reports")
    if report_dir is not None:
        make_directory(report_dir)
    if recording is not None:
        make_directory(recording.parent)  # before anything is asked that it could not keep
    with Inquiry(options_from(told), listener=Progress()) as inquiry:
        with ended_by_sigterm():
            run = judge(inquiry)
        summarise(run)
        if recording is not None:
            from contract_tests.reports.recording import write_recording

            for note in write_recording(inquiry, recording):
                click.echo(note, err=True)
        secrets = inquiry.redactor.secrets
        if report_dir is not None:
            for path in write_reports(run, report_dir, kinds, secrets):
                click.echo(f"Wrote {path}.", err=True)
        print_annotations(run, secrets)
    return run.exit_code


@click.command("compare")
@click.argument("first")
@click.argument("second")
@run_options(without=("target",))
def compare_command(first: str, second: str, **told: Any) -> int:
    """Ask two targets, and lay the differences side by side.

    Exit code 0 if there is none, 1 if there is one, 2 if a run could not be made.
    """
    from contract_tests.cli.progress import Progress, summarise
    from contract_tests.inquiry import Inquiry
    from contract_tests.options import options_from
    from contract_tests.reports.comparing import as_text, compare
    from contract_tests.running import judge

    runs: list[Run] = []
    secrets: set[str] = set()
    for target in (first, second):
        options = options_from({**told, "target": (target,)})
        with Inquiry(options, listener=Progress()) as inquiry:
            runs.append(judge(inquiry))
            secrets.update(inquiry.redactor.secrets)
    comparisons = compare(runs[0], runs[1], secrets)
    for comparison in comparisons:
        click.echo(as_text(comparison))
    if any(run.exit_code == 2 for run in runs):
        for run in runs:
            summarise(run)
        return 2
    return 0 if all(one.is_alike for one in comparisons) else 1


def _kinds(report: str | None) -> tuple[str, ...]:
    from contract_tests.errors import OptionError
    from contract_tests.reports import KINDS

    asked = tuple(word.strip() for word in (report or "").split(",") if word.strip())
    if unknown := [word for word in asked if word not in KINDS]:
        raise OptionError(f"--report {unknown[0]!r} is no kind; there are {', '.join(KINDS)}.")
    return asked or KINDS
