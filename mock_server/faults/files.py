"""Read scenario files; faults are validated by the schema of the control API."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from mock_server.errors import ScenarioError
from mock_server.faults.faults import Drip, Fault, Limit, Scenario
from mock_server.inputs.files import read_toml
from mock_server.inputs.models import Model, explain
from mock_server.openapi.load import bundled
from mock_server.openapi.validators import check_value
from mock_server.world.domain import Residency

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Matches a header name (RFC 9110, section 5.1), which OpenAPI 3.0 cannot express."""

_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""Matches a header value (RFC 9110, section 5.5)."""
_FRAMING = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)


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
    own = sorted(bundled("fixtures", "scenarios").glob("*.toml"))
    return Scenarios(own, map(_read_scenario, files))


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
        if not _VALUE.fullmatch(content["headers"][name]):
            raise ScenarioError(f"{place}, headers: {name} has a value that HTTP does not allow.")
    values = dict(content)
    for key, kind in (("limit", Limit), ("drip", Drip)):
        if key in values:
            values[key] = kind(**values[key])
    if "residency" in values:
        values["residency"] = Residency(values["residency"])
    return Fault(**{**values, "drift": tuple(values.get("drift", ()))})


def _read_scenario(path: Path) -> Scenario:
    content = read_toml(path, ScenarioError)
    try:
        file = _ScenarioFile.model_validate(content)
    except ValidationError as error:
        raise ScenarioError(explain(error, _ScenarioFile, str(path), content)) from error
    faults = enumerate(file.faults, 1)
    read = tuple(read_fault(fault, f"{path}: [[faults]] number {n}") for n, fault in faults)
    return Scenario(path.stem, file.description, read)


class Scenarios(Mapping[str, Scenario]):
    """Scenarios by name; the bundled ones are loaded on first access."""

    def __init__(self, bundled_files: Iterable[Path], read: Iterable[Scenario]) -> None:
        self._paths = {path.stem: path for path in bundled_files}
        self._read = {scenario.name: scenario for scenario in read}

    def __getitem__(self, name: str) -> Scenario:
        if name not in self._read:
            self._read[name] = _read_scenario(self._paths[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._paths, *self._read]))

    def __len__(self) -> int:
        return len(self._paths.keys() | self._read.keys())
