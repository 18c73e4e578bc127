"""A run as JSON, for programs; `report.schema.json` beside this file describes it."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from contract_tests.model import Run, Verdict

SCHEMA = Path(__file__).with_name("report.schema.json")
"""JSON Schema of the report, draft 2020-12."""

FORMAT = 1
"""Changes when a program that reads the report could stumble."""


def record(run: Run) -> str:
    """Return the run as JSON, each class of `contract_tests.model` as an object of its fields."""
    counts = {verdict.value: len(run.of(verdict)) for verdict in Verdict}
    head = {"format": FORMAT, "exit_code": run.exit_code, "counts": counts}
    values = {field.name: getattr(run, field.name) for field in fields(run)}
    how = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({**head, **values}, default=_plain, option=how).decode()


def _plain(value: bytes | frozenset[str]) -> Any:
    """Return what JSON has no word for; the rest `orjson` writes by itself."""
    return value.decode() if isinstance(value, bytes) else sorted(value)
