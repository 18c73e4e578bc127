"""`viewtracker-mock document …`."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from mock_server.document import DEFAULT_DOCUMENT, read_document

_FILE = click.argument("file", type=click.Path(path_type=Path), default=DEFAULT_DOCUMENT)
_JSON = click.option("--json", "to_json", is_flag=True, help="Print JSON.")
_BINDING = click.option(
    "--binding", type=click.Path(path_type=Path), help="File that corrects what is inferred."
)


@click.group("document")
def document_commands() -> None:
    """Look into OpenAPI documents."""


@document_commands.command()
@_FILE
@_JSON
def provenance(*, file: Path, to_json: bool) -> None:
    """Say of each element whether the vendor documents it, or who assumed it."""
    from mock_server.provenance import as_json, as_table, provenance_of  # noqa: PLC0415

    rows = provenance_of(read_document(file).content)
    click.echo(as_json(rows) if to_json else as_table(rows))


@document_commands.command()
@_FILE
@_BINDING
@_JSON
def check(*, file: Path, binding: Path | None, to_json: bool) -> None:
    """Say what each operation, parameter and property is bound to, and by which evidence.

    Exit code 1 if an operation that should be served cannot be, 2 if the document is unreadable.
    """
    from mock_server.checking import check_document  # noqa: PLC0415 -- help must stay quick

    findings = check_document(read_document(file), binding)
    if to_json:
        click.echo(json.dumps([one.as_dict() for one in findings], indent=2, ensure_ascii=False))
    else:
        for one in findings:
            click.echo(_line(one.as_dict()))
    sys.exit(1 if any(one.is_broken for one in findings) else 0)


def _line(finding: dict[str, Any]) -> str:
    indent = "" if finding["kind"] == "operation" else "  "
    return (
        f"{indent}{finding['kind']:<10} {finding['name']:<44} {finding['outcome']:<9} "
        f"{finding['bound_to'] or '-':<22} {finding['evidence']}"
    ).rstrip()


@document_commands.command()
@_FILE
def bind(*, file: Path) -> None:
    """Write the inferred binding as a file to correct by hand and give to `serve --binding`."""
    from mock_server.binding import as_binding_file  # noqa: PLC0415
    from mock_server.binding import bind as infer  # noqa: PLC0415

    click.echo(as_binding_file(infer(read_document(file))), nl=False)
