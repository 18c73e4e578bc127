"""Binding files: a person's word on what was inferred wrong.

A binding file is TOML. `viewtracker-mock document bind FILE` writes the inferred one to start from;
what a file leaves out stays inferred.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from mock_server.binding.fields import Binding, Field, Grouping, OperationBinding, Part, Subject
from mock_server.errors import BindingError, did_you_mean
from mock_server.files import read_toml
from mock_server.openapi.document import Document

NOTHING = "nothing"
"""What a parameter without effect, or a property whose value is invented, is bound to."""

_Word = TypeVar("_Word", bound=StrEnum)

_KEYS = ("subject", "grouping", "rows", "parameters", "properties", "headers")


@dataclass(frozen=True)
class Override:
    """What a binding file says of one operation; None and empty where it says nothing."""

    subject: Subject | None = None
    grouping: Grouping | None = None
    rows: str | None = None
    parameters: Mapping[str, Part | None] = field(default_factory=dict)
    properties: Mapping[str, Field | None] = field(default_factory=dict)
    headers: Mapping[str, Field | None] = field(default_factory=dict)


def read_overrides(path: Path, document: Document) -> dict[str, Override]:
    """Read a binding file for a document, by operation id.

    Raises:
        BindingError: If it cannot be read, or names what neither the document nor the domain has.
    """
    content = read_toml(path, BindingError)
    _refuse_unknown(content, ("operations",), str(path))
    known = {operation.id: operation for operation in document.operations}
    operations = _table(content.get("operations", {}), f"{path}: operations")
    _refuse_unknown(operations, known, f"{path}: operations")
    overrides = {}
    for name, entry in operations.items():
        place = f"{path}: {name}"
        override = _override(_table(entry, place), place)
        _refuse_unknown(
            override.parameters, [one.name for one in known[name].parameters], f"{place}.parameters"
        )
        overrides[name] = override
    return overrides


def refuse_unbound(path: str, override: Override, bound: OperationBinding) -> None:
    """Refuse overrides of properties and headers that an operation's response does not have."""
    _refuse_unknown(override.properties, bound.properties, f"{path}.properties")
    _refuse_unknown(override.headers, bound.headers, f"{path}.headers")


def _override(entry: Mapping[str, Any], place: str) -> Override:
    _refuse_unknown(entry, _KEYS, place)
    rows = entry.get("rows")
    if rows is not None and not isinstance(rows, str):
        raise BindingError(f"{place}.rows must be a path such as '/results'.")
    return Override(
        subject=_word(entry["subject"], Subject, f"{place}.subject")
        if "subject" in entry
        else None,
        grouping=(
            _word(entry["grouping"], Grouping, f"{place}.grouping") if "grouping" in entry else None
        ),
        rows=rows,
        parameters=_words(entry, "parameters", Part, place),
        properties=_words(entry, "properties", Field, place),
        headers=_words(entry, "headers", Field, place),
    )


def _words(
    entry: Mapping[str, Any], key: str, kind: type[_Word], place: str
) -> dict[str, _Word | None]:
    table = _table(entry.get(key, {}), f"{place}.{key}")
    return {
        name: None if word == NOTHING else _word(word, kind, f"{place}.{key}.{name}")
        for name, word in table.items()
    }


def _word(word: Any, kind: type[_Word], place: str) -> _Word:
    try:
        return kind(word)
    except ValueError:
        hint = did_you_mean(str(word), [*kind]) or f" There are {', '.join(kind)}."
        raise BindingError(f"{place} is {word!r}, which means nothing.{hint}") from None


def _table(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BindingError(f"{place} must be a table.")
    return value


def _refuse_unknown(given: Mapping[str, Any], known: Any, place: str) -> None:
    for name in given:
        if name not in known:
            raise BindingError(f"{place} has no {name!r}.{did_you_mean(name, known)}")


def as_binding_file(binding: Binding) -> str:
    """Write a whole binding as the file that would override it with itself."""
    return "\n".join(_lines(binding)) + "\n"


def _lines(binding: Binding) -> Iterator[str]:
    yield "# How the operations of a document meet the data. Delete what is right as inferred."
    for name, reason in binding.unbound.items():
        yield f"# {name} is not served: {reason}"
    for name, bound in binding.operations.items():
        yield f"\n[operations.{_quoted(name)}]  # {bound.operation.path}"
        yield f"subject = {_quoted(bound.subject)}  # from {bound.evidence}"
        yield f"grouping = {_quoted(bound.grouping)}"
        if bound.rows_at is not None:
            yield f"rows = {_quoted(bound.rows_at)}"
        parameters = {one.parameter.name: (one.part, one.evidence) for one in bound.parameters}
        properties = {path: (one.field, one.evidence) for path, one in bound.properties.items()}
        headers = {header: (one.field, one.evidence) for header, one in bound.headers.items()}
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
    """Write a TOML basic string, which escapes as JSON does (TOML 1.0, "String")."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")
