"""Renders a run as JSON, as described by `report.schema.json`."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from contract_tests.model import Run, Verdict

SCHEMA = Path(__file__).with_name("report.schema.json")
"""JSON Schema of the report, draft 2020-12."""

FORMAT = 1
"""The version of the format; increases with every incompatible change."""


def record(run: Run) -> str:
    """Return the run as JSON; each class of `contract_tests.model` becomes an object."""
    counts = {verdict.value: len(run.of(verdict)) for verdict in Verdict}
    head = {"format": FORMAT, "exit_code": run.exit_code, "counts": counts}
    values = {field.name: getattr(run, field.name) for field in fields(run)}
    how = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({**head, **values}, default=_plain, option=how).decode()


def _plain(value: bytes | frozenset[str]) -> Any:
    """Convert types that `orjson` does not support."""
    return value.decode() if isinstance(value, bytes) else sorted(value)
