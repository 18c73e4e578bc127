"""Scenario files, and faults as the control API takes them: judged by one schema."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mock_server.bundle import bundled
from mock_server.document import Document, SchemaCompiler, read_document
from mock_server.domain import Residency
from mock_server.errors import ScenarioError, did_you_mean
from mock_server.faults.model import Drip, Fault, Limit, Scenario


def read_scenarios(files: Iterable[Path] = ()) -> dict[str, Scenario]:
    """Read the bundled scenarios and those in other files, by name; a file's name is its name.

    Raises:
        ScenarioError: If a file cannot be read or says what no scenario has.
    """
    paths = [*sorted(bundled("fixtures", "scenarios").glob("*.toml")), *files]
    return {path.stem: _read_scenario(path) for path in paths}


def read_fault(content: Mapping[str, Any], place: str) -> Fault:
    """Make a fault of plain values.

    Args:
        content: What `Fault` in `openapi/admin.yaml` describes.
        place: What to call it in errors.

    Raises:
        ScenarioError: If it is not as described; names the place, the key and what to write.
    """
    _check(content, "Fault", place)
    values = dict(content)
    for key, kind in (("limit", Limit), ("drip", Drip)):
        if key in values:
            values[key] = kind(**values[key])
    if "residency" in values:
        values["residency"] = Residency(values["residency"])
    return Fault(**{**values, "drift": tuple(values.get("drift", ()))})


def _read_scenario(path: Path) -> Scenario:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # bad TOML, bad UTF-8
        raise ScenarioError(f"{path} is not TOML: {error}.") from error
    faults = content.get("faults", [])
    listed = faults if isinstance(faults, list) else []
    read = [read_fault(one, f"{path}, fault {n}") for n, one in enumerate(listed, 1)]
    _check(content, "ScenarioFile", str(path))
    return Scenario(path.stem, content["description"], tuple(read))


@cache
def _schemas() -> tuple[Document, SchemaCompiler]:
    document = read_document(bundled("openapi", "admin.yaml"))
    return document, SchemaCompiler(document)


def _check(content: Any, name: str, place: str) -> None:
    document, compiler = _schemas()
    schema = document.content["components"]["schemas"][name]
    known = schema["properties"]
    unknown = next((key for key in content if key not in known), None) if content else None
    if unknown is not None:
        hint = did_you_mean(unknown, known) or f" Known are {', '.join(known)}."
        raise ScenarioError(f"{place}: {unknown!r} is no key.{hint}")
    for error in compiler.validator(schema).iter_errors(content):
        where = " ".join(str(step) for step in error.instance_path)
        raise ScenarioError(f"{place}{f', {where}' if where else ''}: {error.message}.")
