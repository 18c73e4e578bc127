"""The commands `viewtracker-mock document …`."""

import dataclasses
import os
import sys
from functools import partial
from pathlib import Path

import click

from mock_server.cli.output import json_option, json_text
from mock_server.clock import Clock
from mock_server.errors import DocumentError, SettingsError
from mock_server.openapi.document import Document
from mock_server.openapi.load import DEFAULT_DOCUMENT, read_document

_path_option = partial(click.option, type=click.Path(path_type=Path))
_FILE = click.argument("file", default=str(DEFAULT_DOCUMENT))
_OVERLAY = _path_option(
    "--overlay", multiple=True, help="OpenAPI Overlay file to apply first; repeatable."
)
_HOSTS = {
    "us": "https://viewtracker.aws.bitvoodoo.cloud",
    "de": "https://de.viewtracker.aws.bitvoodoo.cloud",
}
_BINDING = _path_option("--binding", help="Binding file that corrects the inferred binding.")


@click.group("document")
def document_commands() -> None:
    """Inspect, fetch and change OpenAPI documents."""


@document_commands.command()
@_FILE
@json_option
def provenance(*, file: str, to_json: bool) -> None:
    """Print who documents or assumes each element."""
    from mock_server.openapi.provenance import as_json, as_table, provenance_of

    rows = provenance_of(read_document(file).content)
    click.echo(as_json(rows) if to_json else as_table(rows))


@document_commands.command()
@_FILE
@_OVERLAY
@_BINDING
@json_option
def check(*, file: str, overlay: tuple[Path, ...], binding: Path | None, to_json: bool) -> None:
    """Test every operation and report what works, with evidence.

    Exit code 1 if something breaks, 2 if the document cannot be read.
    """
    _check(read_document(file, overlays=overlay), binding, to_json=to_json)


def _check(document: Document, binding: Path | None, *, to_json: bool) -> None:
    from mock_server.cli.check import check_document

    findings = check_document(document, binding)
    if to_json:
        click.echo(json_text([dataclasses.asdict(finding) for finding in findings]))
    for one in () if to_json else findings:
        indent = "" if one.kind in {"security", "operation"} else "  "
        bound_to = one.bound_to or "-"
        line = f"{indent}{one.kind:<10} {one.name:<44} {one.outcome:<9} {bound_to:<22}"
        click.echo(f"{line}  {one.evidence}".rstrip())
    sys.exit(1 if any(finding.is_broken for finding in findings) else 0)


@document_commands.command()
@_FILE
def bind(*, file: str) -> None:
    """Print the inferred binding as a file for `serve --binding`."""
    from mock_server.binding.file import as_binding_file
    from mock_server.binding.infer import bind as infer

    click.echo(as_binding_file(infer(read_document(file))), nl=False)


@document_commands.command("apply")
@click.argument("file")
@click.argument("overlays", nargs=-1, required=True, type=click.Path(path_type=Path))
def apply_overlays(*, file: str, overlays: tuple[Path, ...]) -> None:
    """Apply OpenAPI Overlay files in order and print YAML."""
    import yaml

    content = read_document(file, overlays=overlays).content
    click.echo(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), nl=False)


@document_commands.command()
@click.option("--target", required=True, help="us, de, or the base URL of a service.")
@click.option("--token-env", help="Environment variable with the token, if the service needs one.")
@_path_option(
    "--output",
    default=Path("viewtracker-vendor.json"),
    show_default=True,
    help="File to write.",
)
def pull(*, target: str, token_env: str | None, output: Path) -> None:
    """Fetch, save and check the document of a service."""
    from mock_server.openapi.pull import pull as find

    if token_env is not None and not os.environ.get(token_env):
        raise SettingsError(f"The environment variable {token_env} holds no token.")
    token = os.environ[token_env] if token_env is not None else None
    found = find(_HOSTS.get(target, target), token=token, clock=Clock())
    try:
        origin = found.save(output)
    except OSError as error:
        raise DocumentError(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"{output} is the document of {found.source}; see {origin.name}.\n")
    _check(read_document(output), None, to_json=False)
