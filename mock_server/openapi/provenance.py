"""Read `x-provenance`: whether the vendor, its sister product or only this project says it.

Covers every place where the OpenAPI specification allows the extension. Missing marks are reported,
not refused; the tests of the bundled documents require them.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from mock_server.openapi.document import METHODS


class Status(StrEnum):
    """How certain it is that the vendor's API behaves like this."""

    DOCUMENTED = "documented"
    SISTER = "sister"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Provenance:
    """The provenance of one element of a document."""

    pointer: str
    """The location of the element, as a JSON pointer (RFC 6901)."""
    kind: str
    name: str
    """A readable name; that of a nested element starts with the parent's."""
    status: Status | None
    """None if the mark is missing or invalid."""
    source: str


_DESCRIBED = {"schema": "schema", "content/*": "media type", "examples/*": "example"}
_SUBSCHEMAS = ("items", "additionalProperties", "not", "allOf/*", "anyOf/*", "oneOf/*")
_SCHEMA = {"properties/*": "property", **dict.fromkeys(_SUBSCHEMAS, "schema")}
_COMPONENTS = ("schema", "response", "parameter", "example", "header")
_ROUTE = {"servers/*": "server", "parameters/*": "parameter"}
_INSIDE: dict[str, dict[str, str]] = {
    "document": {
        "info": "info",
        **{f"{kind}s/*": kind for kind in ("server", "tag", "path")},
        **{f"components/{kind}s/*": kind for kind in _COMPONENTS},
        "components/requestBodies/*": "request body",
        "components/securitySchemes/*": "scheme",
    },
    "path": {**_ROUTE, **dict.fromkeys(METHODS, "operation")},
    "operation": {**_ROUTE, "requestBody": "request body", "responses/*": "response"},
    "parameter": _DESCRIBED,
    "header": _DESCRIBED,
    "request body": {"content/*": "media type"},
    "response": {"headers/*": "header", "content/*": "media type"},
    "media type": _DESCRIBED,
    "schema": _SCHEMA,
    "property": _SCHEMA,
}
"""The nested elements of each kind of element, by location."""

_NAMED_BY = {"server": "url", "tag": "name", "parameter": "name"}
"""The member that names an element; others are named by their key."""


def provenance_of(document: Mapping[str, Any]) -> list[Provenance]:
    """Return a row for each element that can carry a mark, parents before children.

    References are omitted; their target has its own row.
    """
    return list(_inside(document, "document", at=(), name=""))


def as_table(rows: Sequence[Provenance]) -> str:
    """Format rows as text: counts per status, then one line per row."""
    counts = Counter(row.status for row in rows)
    width = max((len(row.name) for row in rows), default=0)
    lines = (
        f"{row.status or 'missing':10}  {row.kind:12}  {row.name:{width}}  {row.source}".rstrip()
        for row in rows
    )
    summary = ", ".join(f"{counts[status]} {status or 'missing'}" for status in (*Status, None))
    return "\n".join((summary, "", *lines))


def as_json(rows: Sequence[Provenance]) -> str:
    """Format rows as JSON: a list of objects; `status` is null if it is missing."""
    return json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)


def _inside(node: Any, kind: str, *, at: tuple[str, ...], name: str) -> Iterator[Provenance]:
    for place, inner_kind in _INSIDE.get(kind, {}).items():
        for keys, inner in _found(node, place.split("/")):
            if keys[0] in {"paths", "responses"} and keys[-1].startswith("x-"):
                continue  # skip extensions; elsewhere such keys are names
            own = str(inner.get(_NAMED_BY.get(inner_kind, ""), keys[-1]))
            full = (f"{name}." if inner_kind == "property" else f"{name} ").lstrip() + own
            mark = inner.get("x-provenance")
            mark = mark if isinstance(mark, Mapping) else {}
            status = next((known for known in Status if known == mark.get("status")), None)
            source = " ".join(str(mark.get("source") or "").split())
            path = (*at, *keys)
            pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)
            yield Provenance(pointer, inner_kind, full, status, source)
            yield from _inside(inner, inner_kind, at=path, name=full)


def _found(node: Any, place: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield the elements at a location, with their keys; skip references."""
    members = dict(enumerate(node)) if isinstance(node, list) else node
    if not place and isinstance(node, Mapping) and "$ref" not in node:
        yield (), node
    elif place and isinstance(members, Mapping):
        for key in members if place[0] == "*" else members.keys() & {place[0]}:
            for keys, found in _found(members[key], place[1:]):
                yield (str(key), *keys), found
