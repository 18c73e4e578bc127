"""Measures which parts of the document occurred in a run."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contract_tests.model import Coverage
from contract_tests.wire.response import Response
from mock_server import Document, Operation, shape_of

_DEEPEST = 8
"""Maximum depth, for recursive schemas."""


def coverage_of(document: Document, responses: Iterable[Response]) -> Coverage:
    """Count how often each declared name occurs in responses, including names that never do."""
    counts = {name: Counter[str]() for name in ("operations", "parameters", "statuses")}
    properties = Counter[str]()
    for operation in document.operations:
        counts["operations"].update({operation.id: 0})
        counts["parameters"].update({f"{operation.id} {p.name}": 0 for p in operation.parameters})
        counts["statuses"].update({f"{operation.id} {status}": 0 for status in operation.responses})
        properties.update(dict.fromkeys(_declared(document, operation), 0))
    for response in responses:
        sent = response.operation
        if sent is None:
            continue
        counts["operations"][sent.id] += 1
        counts["parameters"].update(f"{sent.id} {name}" for name in _sent(sent, response))
        declared = sent.response(response.status)
        status = f"{sent.id} {declared.status if declared else response.status}"
        counts["statuses"][status] += 1
        for path, times in response.paths.items():
            if (name := f"{status} {path}") in properties:
                properties[name] += times
    return Coverage(**{name: dict(count) for name, count in counts.items()}, properties=properties)


def _sent(operation: Operation, response: Response) -> Iterator[str]:
    request = response.raw.request
    query = dict(parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True))
    there = {"query": {*query}, "header": {name.lower() for name in request.headers}}
    for parameter in operation.parameters:
        name = parameter.name.lower() if parameter.location == "header" else parameter.name
        if parameter.location == "path" or name in there.get(parameter.location, ()):
            yield parameter.name


def _declared(document: Document, operation: Operation) -> Iterator[str]:
    for response in operation.responses.values():
        for media_type in response.media_types:
            if media_type.is_json:
                for path in _properties(document, media_type.schema, "", 0):
                    yield f"{operation.id} {response.status} {path}"


def _properties(document: Document, schema: Any, path: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    shape = shape_of(document, schema)
    if shape.is_array:
        yield from _properties(document, shape.schema.get("items") or {}, f"{path}/*", depth + 1)
    for name, inner in shape.properties.items():
        yield f"{path}/{name}"
        yield from _properties(document, inner, f"{path}/{name}", depth + 1)
