"""Scenario files, and faults as the control API takes them: judged by one schema."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mock_server.errors import ScenarioError, did_you_mean
from mock_server.faults.faults import Drip, Fault, Limit, Scenario
from mock_server.openapi.load import bundled, own_document
from mock_server.openapi.schemas import SchemaCompiler
from mock_server.world.domain import Residency

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What RFC 9110, section 5.1 lets a header be called; OpenAPI 3.0 has no word for it."""

_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""What RFC 9110, section 5.5 lets a value be."""
_FRAMING = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)

_FILE = {
    "type": "object",
    "required": ["description", "faults"],
    "properties": {
        "description": {"type": "string", "minLength": 1},
        "faults": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    },
}
"""What a scenario file holds; its faults are described in `openapi/admin.yaml`."""


def read_scenarios(files: Iterable[Path] = ()) -> Mapping[str, Scenario]:
    """Return the bundled scenarios and those in other files, by name; a file's name is its name.

    Raises:
        ScenarioError: If a file cannot be read or says what no scenario has.
    """
    own = sorted(bundled("fixtures", "scenarios").glob("*.toml"))
    return Scenarios(own, map(_read_scenario, files))


def read_fault(content: Mapping[str, Any], place: str) -> Fault:
    """Make a fault of plain values.

    Args:
        content: What `Fault` in `openapi/admin.yaml` describes.
        place: What to call it in errors.

    Raises:
        ScenarioError: If it is not as described; names the place, the key and what to write.
    """
    _check(content, own_document("admin.yaml").content["components"]["schemas"]["Fault"], place)
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
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # bad TOML, bad UTF-8
        raise ScenarioError(f"{path} is not TOML: {error}.") from error
    faults = content.get("faults", [])
    listed = faults if isinstance(faults, list) else []
    read = [read_fault(one, f"{path}, fault {n}") for n, one in enumerate(listed, 1)]
    _check(content, _FILE, str(path))
    return Scenario(path.stem, content["description"], tuple(read))


class Scenarios(Mapping[str, Scenario]):
    """Scenarios by name; the bundled ones are read when they are wanted, which few of them are."""

    def __init__(self, bundled_ones: Iterable[Path], read: Iterable[Scenario]) -> None:
        self._paths = {path.stem: path for path in bundled_ones}
        self._read = {one.name: one for one in read}

    def __getitem__(self, name: str) -> Scenario:
        if name not in self._read:
            self._read[name] = _read_scenario(self._paths[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._paths, *self._read]))

    def __len__(self) -> int:
        return len(self._paths.keys() | self._read.keys())


@cache
def _compiler() -> SchemaCompiler:
    return SchemaCompiler(own_document("admin.yaml"))


def _check(content: Any, schema: Mapping[str, Any], place: str) -> None:
    known = schema["properties"]
    unknown = next((key for key in content if key not in known), None) if content else None
    if unknown is not None:
        hint = did_you_mean(unknown, known) or f" Known are {', '.join(known)}."
        raise ScenarioError(f"{place}: {unknown!r} is no key.{hint}")
    for error in _compiler().validator(schema).iter_errors(content):
        where = " ".join(str(step) for step in error.instance_path)
        raise ScenarioError(f"{place}{f', {where}' if where else ''}: {error.message}.")
