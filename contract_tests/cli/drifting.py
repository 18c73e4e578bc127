"""`viewtracker-contract drift`; what needs the extra `contract` is loaded when it runs."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from contract_tests.cli.options import run_options

if TYPE_CHECKING:
    from contract_tests.reports.drift import Entry
    from contract_tests.reports.secrets import Sieve


@click.command("drift")
@run_options()
@click.option(
    "--overlay",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for an OpenAPI Overlay that changes the document to what answers show.",
)
@click.option("--json", "to_json", is_flag=True, help="Print JSON.")
def drift_command(overlay: Path | None, *, to_json: bool, **told: Any) -> int:
    """Ask a target, and list where its responses and the document differ.

    Exit code 0 if they do not, 1 if they do, 2 if the run could not be made.
    """
    from contract_tests.cli.progress import Progress, summarise
    from contract_tests.inquiry import Inquiry
    from contract_tests.options import options_from
    from contract_tests.reports.drift import Ledger
    from contract_tests.reports.secrets import Sieve
    from contract_tests.running import judge

    with Inquiry(options_from(told), listener=Progress()) as inquiry:
        run = judge(inquiry)
        ledger = Ledger(inquiry)
        sieve = Sieve(inquiry.redactor.secrets)
        entries = ledger.entries
        click.echo(sieve.strain(_as_json(entries) if to_json else _as_table(entries)))
        if overlay is not None:
            _write(ledger.overlay(), overlay, sieve)
        if run.exit_code == 2:
            summarise(run)
    return 1 if entries else 2 if run.exit_code == 2 else 0


def _as_json(entries: "tuple[Entry, ...]") -> str:
    return json.dumps([dataclasses.asdict(one) for one in entries], indent=2, ensure_ascii=False)


def _as_table(entries: "tuple[Entry, ...]") -> str:
    if not entries:
        return "Answers and document do not differ."
    from contract_tests.cli.progress import shown

    rows = [
        ("times", "operation", "in the answer", "what", "in the document", "example"),
        *(
            (
                str(one.times),
                one.operation,
                shown(one.pointer or "-"),
                shown(one.what),
                shown(one.place),
                shown(one.example),
            )
            for one in entries
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _write(proposed: dict[str, Any] | None, path: Path, sieve: "Sieve") -> None:
    import yaml

    from contract_tests.errors import ContractKitError

    if proposed is None:
        click.echo("No change of the document would help, so no overlay is written.", err=True)
        return
    text = yaml.safe_dump(proposed, sort_keys=False, allow_unicode=True)
    try:
        path.write_text(sieve.strain(text), "utf-8")
    except OSError as error:
        raise ContractKitError(f"{path} cannot be written: {error.strerror}.") from error
    click.echo(f"Wrote {path}.", err=True)
