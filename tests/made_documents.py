"""Small documents of one operation, and requests to a mock of them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from mock_server.api.query import parse_query
from mock_server.binding.infer import bind
from mock_server.cli.check import Finding, check_document
from mock_server.cli.probe import Probe
from mock_server.data.query import ReportQuery
from mock_server.openapi.document import Document

TEXT: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer"}
BOOLEAN: dict[str, Any] = {"type": "boolean"}
DAY: dict[str, Any] = {"type": "string", "format": "date"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
ID = {"userId": TEXT}
TIMED = {**ID, "viewTime": MOMENT}
NULLABLE: dict[str, Any] = {"type": "string", "nullable": True}


def fields(**properties: Any) -> dict[str, Any]:
    """Make the schema of an object."""
    return {"type": "object", "properties": properties}


def listed(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make the schema of an array."""
    return {"type": "array", "items": items, **more}


def query(name: str, schema: dict[str, Any] = TEXT, **more: Any) -> dict[str, Any]:
    """Make a parameter in the query."""
    return {"name": name, "in": "query", "schema": schema, **more}


def in_path(name: str, schema: dict[str, Any] = TEXT) -> dict[str, Any]:
    """Make a parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


KEY = in_path("key")


def choice(*values: Any, **more: Any) -> dict[str, Any]:
    """Make the schema of an enumeration of these values."""
    return {"type": "string", "enum": [*values], **more}


def content_of(schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    """Make a response with this body."""
    return {"description": "", "content": {media_type: {"schema": schema}}}


def served(
    responses: Any, parameters: list[Any] | None = None, *, path: str = "/spaces/{key}/visits",
    method: str = "get", more: dict[str, Any] | None = None, **components: Any
) -> Document:  # fmt: skip
    """Make a document whose only operation, `views`, has these responses.

    Parameters of its path are strings by default.
    """
    given = {one["name"] for one in parameters or []}
    placed = [in_path(name) for name in re.findall(r"\{(\w+)\}", path) if name not in given]
    operation = {
        "operationId": "views",
        "parameters": [*placed, *(parameters or [])],
        "responses": responses,
    }
    content = {
        "openapi": "3.0.1", "info": {"title": "Views", "version": "1"},
        "paths": {path: {method: {**operation, **(more or {})}}}, "components": components,
    }  # fmt: skip
    if "securitySchemes" in components:
        content["security"] = [{name: []} for name in components["securitySchemes"]]
    return Document(content, origin="made")


def responding(
    schema: dict[str, Any], parameters: list[Any] | None = None, **more: Any
) -> Document:
    """Make a document whose operation responds with this body."""
    return served({"200": content_of(schema)}, parameters, **more)


def listing(row: dict[str, Any], parameters: list[Any] | None = None, **more: Any) -> Document:
    """Make a document whose rows, in `results`, have these optional properties."""
    return responding(fields(results=listed(fields(**row))), parameters, **more)


def visits(row: dict[str, Any], parameters: list[Any] | None = None, **around: Any) -> Document:
    """Make a document with these required properties of rows and of the body around them."""
    rows = listed({**fields(**row), "required": [*row]})
    body = {**fields(**around, results=rows), "required": [*around]}
    return served({"200": content_of(body)}, parameters)


def operation_of(document: Document) -> dict[str, Any]:
    """Return the only operation of a document, which may be changed."""
    ((item,),) = [list(document.content["paths"].values())]
    ((operation,),) = [list(item.values())]
    found: dict[str, Any] = operation
    return found


def get(document: Document, *, authorized: bool = True, **arguments: Any) -> httpx.Response:
    """Send a request to the only operation, by default for the space SUP."""
    probe = Probe(document, bind(document))
    operation = document.operations[0]
    key = {"key": "SUP"} if "{key}" in operation.path else {}
    return probe.get(operation, {**key, **arguments}, authorized=authorized)[0]


def send(
    document: Document, target: str, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Send a request to a mock of a document, with the target unchanged."""
    return Probe(document, bind(document)).follow(target, headers or {})[0]


def write(document: Document, folder: Path) -> Path:
    """Write a document to a file."""
    path = folder / "document.json"
    path.write_text(json.dumps(document.content))
    return path


def rows_of(document: Document, **arguments: Any) -> list[dict[str, Any]]:
    """Return the rows in `results`."""
    rows: list[dict[str, Any]] = get(document, **arguments).json()["results"]
    return rows


def findings(document: Document) -> dict[str, Finding]:
    """Return the findings of `document check`, by name."""
    return {one.name: one for one in check_document(document)}


SECONDS = {**INTEGER, "description": "Seconds since 1970"}
ROW = {"id": TEXT, "created": SECONDS, "user": NULLABLE, "anonymous": BOOLEAN}
FOUND = {"term": TEXT, "hits": INTEGER}
SEEN = {"when": MOMENT, "who": TEXT}
VIEWED = {"contentId": TEXT, "title": TEXT, "spaceKey": TEXT, "views": INTEGER}
PAGED = [query("limit", INTEGER)]


def daily(*parameters: dict[str, Any], described: str = "") -> Document:
    """Make a document of totals per day."""
    row, more = {"date": DAY, "views": INTEGER}, {"description": described}
    return listing(row, [*parameters], path="/spaces/{key}/daily", more=more)


def searches(*parameters: dict[str, Any], **more: Any) -> Document:
    """Make a document of single searches, whose rows may have more properties."""
    row = {"term": TEXT, "resultCount": INTEGER, **more}
    return listing(row, [*parameters], path="/searches")


def query_sent(document: Document, value: Any, now: int = 0) -> ReportQuery:
    """Read a request whose only argument is that of the last parameter."""
    operation = bind(document).operations["views"]
    return parse_query(operation, {operation.operation.parameters[-1]: value}, now)
