"""`viewtracker-mock document …`."""

from pathlib import Path

import click

from mock_server.document import DEFAULT_DOCUMENT, read_document


@click.group("document")
def document_commands() -> None:
    """Look into OpenAPI documents."""


@document_commands.command()
@click.argument("file", type=click.Path(path_type=Path), default=DEFAULT_DOCUMENT)
@click.option("--json", "to_json", is_flag=True, help="Print JSON.")
def provenance(*, file: Path, to_json: bool) -> None:
    """Say of each element whether the vendor documents it, or who assumed it."""
    from mock_server.provenance import as_json, as_table, provenance_of  # noqa: PLC0415

    rows = provenance_of(read_document(file).content)
    click.echo(as_json(rows) if to_json else as_table(rows))
