"""A run as JSON, for programs; `report.schema.json` beside this file describes it."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from contract_tests.model import Run, Verdict

SCHEMA = Path(__file__).with_name("report.schema.json")
"""JSON Schema of the report, draft 2020-12."""

FORMAT = 1
"""Changes when a program that reads the report could stumble."""


def record(run: Run) -> str:
    """Return the run as JSON, each class of `contract_tests.model` as an object of its fields."""
    counts = {verdict.value: len(run.of(verdict)) for verdict in Verdict}
    head = {"format": FORMAT, "exit_code": run.exit_code, "counts": counts}
    return json.dumps({**head, **_plain(run)}, ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case bytes():
            return value.decode()
        case Mapping():
            return {key: _plain(one) for key, one in value.items()}
        case tuple():
            return [_plain(one) for one in value]
        case frozenset():
            return sorted(_plain(one) for one in value)
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
