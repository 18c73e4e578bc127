"""Where each element of a document comes from: the vendor, the sister product, or us.

Elements carry `x-provenance: {status: documented|sister|assumed, source: …}`. A reference stands
for what it names, so marks are looked for at the target only.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

STATUSES = ("documented", "sister", "assumed")
"""How sure an element is, the surest first."""

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@dataclass(frozen=True)
class Provenance:
    """Where one element of a document comes from."""

    pointer: str
    """Its JSON pointer (RFC 6901)."""
    kind: str
    """Server, path, operation, parameter, header, response, scheme, schema or property."""
    name: str
    status: str | None
    """One of `STATUSES`; None if it carries no mark."""
    source: str | None


def provenance_of(document: Mapping[str, Any]) -> list[Provenance]:
    """Give the provenance of every element of a document, in its order."""
    return list(_all(document))


def as_table(rows: Sequence[Provenance]) -> str:
    """Write rows as text in columns, with a count of each status at the end."""
    lines = [
        f"{row.status or 'MISSING':<11} {row.kind:<10} {row.name:<45} {row.source or ''}".rstrip()
        for row in rows
    ]
    counts = ", ".join(f"{sum(row.status == one for row in rows)} {one}" for one in STATUSES)
    return "\n".join([*lines, "", f"{len(rows)} elements: {counts}"])


def as_json(rows: Sequence[Provenance]) -> str:
    """Write rows as a JSON array."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2)


def _all(document: Mapping[str, Any]) -> Iterator[Provenance]:
    for index, server in enumerate(document.get("servers") or ()):
        yield _row(server, ("servers", str(index)), "server", server.get("url", ""))
    for path, item in (document.get("paths") or {}).items():
        yield from _path(path, item)
    components = document.get("components") or {}
    for section, kind in (
        ("securitySchemes", "scheme"),
        ("parameters", "parameter"),
        ("headers", "header"),
    ):
        for name, node in (components.get(section) or {}).items():
            yield _row(node, ("components", section, name), kind, name)
    for name, node in (components.get("responses") or {}).items():
        yield from _response(node, ("components", "responses", name), name)
    for name, node in (components.get("schemas") or {}).items():
        place = ("components", "schemas", name)
        yield _row(node, place, "schema", name)
        yield from _properties(node, place, name)


def _path(path: str, item: Mapping[str, Any]) -> Iterator[Provenance]:
    place = ("paths", path)
    yield _row(item, place, "path", path)
    for method in _METHODS & item.keys():
        operation = item[method]
        name = operation.get("operationId", f"{method} {path}")
        yield _row(operation, (*place, method), "operation", name)
        for index, parameter in enumerate(operation.get("parameters") or ()):
            if "$ref" not in parameter:
                inside = (*place, method, "parameters", str(index))
                yield _row(parameter, inside, "parameter", parameter.get("name", ""))
        for status, response in (operation.get("responses") or {}).items():
            if "$ref" not in response:
                inside = (*place, method, "responses", status)
                yield from _response(response, inside, f"{name} {status}")


def _response(node: Mapping[str, Any], place: tuple[str, ...], name: str) -> Iterator[Provenance]:
    yield _row(node, place, "response", name)
    for header, inner in (node.get("headers") or {}).items():
        if "$ref" not in inner:
            yield _row(inner, (*place, "headers", header), "header", f"{name} {header}")
    for media_type, inner in (node.get("content") or {}).items():
        schema = inner.get("schema") or {}
        yield from _properties(schema, (*place, "content", media_type, "schema"), name)


def _properties(schema: Any, place: tuple[str, ...], name: str) -> Iterator[Provenance]:
    if not isinstance(schema, Mapping) or "$ref" in schema:
        return
    for key, inner in (schema.get("properties") or {}).items():
        inside = (*place, "properties", key)
        if "$ref" not in inner:
            yield _row(inner, inside, "property", f"{name}.{key}")
        yield from _properties(inner, inside, f"{name}.{key}")
    yield from _properties(schema.get("items"), (*place, "items"), f"{name}[]")
    for key in ("allOf", "oneOf", "anyOf"):
        for index, inner in enumerate(schema.get(key) or ()):
            yield from _properties(inner, (*place, key, str(index)), name)


def _row(node: Mapping[str, Any], place: tuple[str, ...], kind: str, name: str) -> Provenance:
    mark = node.get("x-provenance") or {}
    pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in place)
    return Provenance(pointer, kind, name, mark.get("status"), mark.get("source"))
