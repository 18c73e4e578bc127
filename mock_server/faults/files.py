"""Read scenario files; faults are validated by the schema of the control API."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from mock_server.errors import ScenarioError
from mock_server.faults.faults import Fault, Scenario
from mock_server.inputs.files import read_toml
from mock_server.inputs.models import Model, explain
from mock_server.openapi.load import bundled
from mock_server.openapi.validators import check_value

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Matches a header name (RFC 9110, section 5.1), which OpenAPI 3.0 cannot express."""
_FRAMING = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_FAULT = TypeAdapter(Fault)


class _ScenarioFile(Model):
    description: str = Field(min_length=1, description="one sentence for people")
    faults: list[dict[str, Any]] = Field(
        min_length=1, description="one or more tables, each under a heading [[faults]]"
    )


def read_scenarios(files: Iterable[Path] = ()) -> Mapping[str, Scenario]:
    """Return the bundled scenarios and those in other files, by file name without extension.

    Raises:
        ScenarioError: If a file cannot be read or is invalid.
    """
    return _bundled() | {path.stem: _read_scenario(path) for path in files}


@cache
def _bundled() -> dict[str, Scenario]:
    files = sorted(bundled("fixtures", "scenarios").glob("*.toml"))
    return {path.stem: _read_scenario(path) for path in files}


def _read_scenario(path: Path) -> Scenario:
    content = read_toml(path, ScenarioError)
    try:
        file = _ScenarioFile.model_validate(content)
    except ValidationError as error:
        raise ScenarioError(explain(error, _ScenarioFile, str(path), content)) from error
    faults = enumerate(file.faults, 1)
    read = tuple(read_fault(fault, f"{path}: [[faults]] number {n}") for n, fault in faults)
    return Scenario(file.description, read)


def read_fault(content: Mapping[str, Any], place: str) -> Fault:
    """Create a fault from plain values, see `Fault` in `openapi/admin.yaml`.

    Raises:
        ScenarioError: If it is invalid; names the place, the key and the remedy.
    """
    content = check_value("Fault", content, place, ScenarioError)
    for name in content.get("headers", ()):
        if not _HEADER.fullmatch(name):
            raise ScenarioError(f"{place}, headers: HTTP has no header {name[:60]!r}.")
        if name.lower() in _FRAMING:
            raise ScenarioError(
                f"{place}, headers: {name} says where a message ends, which the server alone may; "
                "`truncate`, `body` and `reset` break responses."
            )
    return _FAULT.validate_python(content)
