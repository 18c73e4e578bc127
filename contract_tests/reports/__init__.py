"""Reports of a run, without secrets.

`write_reports` writes files; `print_annotations` prints annotations for GitHub Actions.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import orjson

from contract_tests.errors import ContractKitError
from contract_tests.model import Run, Verdict
from contract_tests.reports.ci import annotations, junit
from contract_tests.reports.pages import html, markdown
from contract_tests.reports.secrets import prepared

SCHEMA = Path(__file__).with_name("report.schema.json")
"""JSON Schema of the JSON report, draft 2020-12."""

FORMAT = 1
"""The version of the JSON report; increases with every incompatible change."""


def record(run: Run) -> str:
    """Return the run as JSON; each class of `contract_tests.model` becomes an object."""

    def plain(value: bytes | frozenset[str]) -> Any:
        return value.decode() if isinstance(value, bytes) else sorted(value)

    counts = {verdict.value: len(run.of(verdict)) for verdict in Verdict}
    head = {"format": FORMAT, "exit_code": run.exit_code, "counts": counts}
    values = {field.name: getattr(run, field.name) for field in fields(run)}
    how = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({**head, **values}, default=plain, option=how).decode()


_WRITERS: dict[str, tuple[str, Callable[[Run], str]]] = {
    "html": ("report.html", html),
    "json": ("report.json", record),
    "junit": ("junit.xml", junit),
    "markdown": ("summary.md", markdown),
}

KINDS = tuple(_WRITERS)
"""The kinds of reports."""


def write_reports(
    run: Run, directory: Path, kinds: Iterable[str], secrets: Iterable[str]
) -> list[Path]:
    """Write reports of a run, and overwrite older ones.

    `ContractKitError`: a kind does not exist, or the directory cannot be written to.
    """
    wanted = list(dict.fromkeys(kinds))
    if unknown := [kind for kind in wanted if kind not in _WRITERS]:
        raise ContractKitError(
            f"{unknown[0]!r} is not a kind of report; expected {', '.join(KINDS)}."
        )
    shown = prepared(run, secrets)
    # Render all reports before writing, so that old and new ones never mix.
    texts = {directory / _WRITERS[kind][0]: _WRITERS[kind][1](shown) for kind in wanted}
    make_directory(directory)
    try:
        for path, text in texts.items():
            path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise _unwritable(directory, error) from error
    return list(texts)


def make_directory(directory: Path) -> None:
    """Make a directory for reports if necessary; `ContractKitError` if it is not writable."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=directory).close()
    except OSError as error:
        raise _unwritable(directory, error) from error


def _unwritable(directory: Path, error: OSError) -> ContractKitError:
    return ContractKitError(
        f"Reports cannot be written to {directory}: {error.strerror}. Name another directory."
    )


def print_annotations(
    run: Run, secrets: Iterable[str], environment: Mapping[str, str] = os.environ
) -> None:
    """Print annotations as workflow commands if `GITHUB_ACTIONS` is `true`."""
    if environment.get("GITHUB_ACTIONS") == "true":
        for line in annotations(prepared(run, secrets)):
            click.echo(line)
