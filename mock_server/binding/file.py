"""Binding files, which correct an inferred binding.

A binding file is TOML. `viewtracker-mock document bind FILE` prints the inferred binding as a
template. Anything that a file omits is inferred.
"""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from mock_server.binding.fields import Field as Carried
from mock_server.binding.fields import Grouping, Part, Subject
from mock_server.binding.model import NOT_OURS, Binding
from mock_server.errors import BindingError, did_you_mean
from mock_server.inputs.files import read_toml
from mock_server.inputs.models import Model, explain
from mock_server.openapi.document import Document

NOTHING = "nothing"
"""Binds a parameter or property to nothing: no effect, or a generated value."""

_OrNothing = BeforeValidator(lambda word: None if word == NOTHING else word)
_Part = Annotated[Part | None, Field(strict=False), _OrNothing]
_Carried = Annotated[Carried | None, Field(strict=False), _OrNothing]


class Override(Model):
    """The overrides of one operation; None and empty values override nothing."""

    subject: Annotated[Subject | None, Field(strict=False)] = None
    grouping: Annotated[Grouping | None, Field(strict=False)] = None
    rows: Annotated[str | None, Field(description="a path such as '/results'")] = None
    parameters: dict[str, _Part] = Field(default_factory=dict)
    properties: dict[str, _Carried] = Field(default_factory=dict)
    headers: dict[str, _Carried] = Field(default_factory=dict)


class _File(Model):
    operations: dict[str, Override] = Field(default_factory=dict, description="a table")


def read_overrides(path: Path, document: Document) -> dict[str, Override]:
    """Read a binding file for a document; return overrides by operation id.

    Raises:
        BindingError: If it cannot be read, or names something that the document or the data lacks.
    """
    content = read_toml(path, BindingError)
    try:
        overrides = _File.model_validate(content).operations
    except ValidationError as error:
        raise BindingError(explain(error, _File, str(path), content)) from error
    known = {operation.id: operation for operation in document.operations}
    _refuse_unknown(overrides, known, f"{path}: operations")
    for name, override in overrides.items():
        parameters = [parameter.name for parameter in known[name].parameters]
        _refuse_unknown(override.parameters, parameters, f"{path}: {name}.parameters")
    return overrides


def refuse_unbound(path: str, override: Override, properties: Any, headers: Any) -> None:
    """Refuse overrides of properties and headers that the response does not have."""
    _refuse_unknown(override.properties, properties, f"{path}.properties")
    _refuse_unknown(override.headers, headers, f"{path}.headers")


def _refuse_unknown(given: Mapping[str, Any], known: Any, place: str) -> None:
    for name in given:
        if name not in known:
            raise BindingError(f"{place} has no {name!r}.{did_you_mean(name, known)}")


def as_binding_file(binding: Binding) -> str:
    """Return a binding as the text of an equivalent binding file."""
    return "\n".join(_lines(binding)) + "\n"


def _lines(binding: Binding) -> Iterator[str]:
    yield "# The inferred binding of the operations. Delete entries that need no correction."
    for name, reason in binding.unbound.items():
        yield f"# {name} is not served: {reason}"
    for name, bound in binding.operations.items():
        if bound.evidence == NOT_OURS:
            yield f"\n# [operations.{_quoted(name)}]  # {bound.operation.path}: {NOT_OURS}"
            continue
        yield f"\n[operations.{_quoted(name)}]  # {bound.operation.path}"
        yield f"subject = {_quoted(bound.subject)}  # from {bound.evidence}"
        yield f"grouping = {_quoted(bound.grouping)}"
        if bound.rows_at is not None:
            yield f"rows = {_quoted(bound.rows_at)}"
        parameters = {
            binding.parameter.name: (binding.part, binding.evidence) for binding in bound.parameters
        }
        properties = {
            path: (binding.field, binding.evidence) for path, binding in bound.properties.items()
        }
        headers = {
            header: (binding.field, binding.evidence) for header, binding in bound.headers.items()
        }
        yield from _section(name, "parameters", parameters)
        yield from _section(name, "properties", properties)
        yield from _section(name, "headers", headers)


def _section(
    operation: str, name: str, entries: Mapping[str, tuple[StrEnum | None, str]]
) -> Iterator[str]:
    if entries:
        yield f"[operations.{_quoted(operation)}.{name}]"
    for key, (word, evidence) in entries.items():
        yield f"{_quoted(key)} = {_quoted(word or NOTHING)}  # {evidence}"


def _quoted(text: str) -> str:
    """Return a TOML basic string, which has the same escapes as JSON (TOML 1.0, "String")."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")
