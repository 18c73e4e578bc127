"""Values that the document of the control API describes, checked by the schemas that it has for them."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson

from mock_server.errors import cut, did_you_mean, shown
from mock_server.openapi.load import own_document
from mock_server.openapi.schemas import SchemaCompiler


def check_value(schema: str, value: Any, place: str, error: type[Exception]) -> dict[str, Any]:
    """Return a value as JSON has it, checked by a schema of openapi/admin.yaml, by its name.

    Raises:
        error: If the value is not as described; names the place, the key and what to write.
    """
    validator, known = _validator(schema)
    plain = {} if isinstance(value, Mapping) else value
    for key, item in value.items() if isinstance(value, Mapping) else ():
        if key not in known:
            hint = did_you_mean(key, known) or f" Known are {', '.join(known)}."
            raise error(f"{place}: {key!r} is no key.{hint}")
        try:
            plain[key] = orjson.loads(json.dumps(item, allow_nan=False))
        except (TypeError, ValueError) as reason:
            said = f"{shown(item)} is nothing that JSON has: {reason}."
            raise error(f"{place}, {key}: {said}") from None
    for found in validator.iter_errors(plain):
        where = " ".join(str(step) for step in found.instance_path)
        said = cut(found.message)
        if found.kind.name == "not":
            meant = known[found.instance_path[0]]["description"]
            said = f"{shown(found.instance)} is not what belongs here: {meant}"
        raise error(f"{place}{f', {where}' if where else ''}: {said.removesuffix('.')}.")
    return plain


@cache
def _validator(schema: str) -> tuple[Any, Mapping[str, Any]]:
    """Return a compiled schema, and its properties."""
    document = own_document("admin.yaml")
    described = document.content["components"]["schemas"][schema]
    return SchemaCompiler(document).validator(described), described["properties"]
