"""Documents by imagined vendors, written by somebody who had not seen the inference.

Beside each lies what its designer meant.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mock_server.binding.infer import bind
from mock_server.binding.model import OperationBinding
from mock_server.openapi.load import read_document

MEANT: dict[Path, dict[str, Any]] = {
    path: tomllib.loads(path.read_text("utf-8"))["operations"]
    for path in sorted((Path(__file__).parents[2] / "documents").rglob("*.expected.toml"))
}
CASES = [
    pytest.param(meant, path, name, id=f"{path.name.split('.')[0]}-{name}")
    for path, operations in MEANT.items()
    for name, meant in operations.items()
]


@cache
def operations_of(path: Path) -> dict[str, OperationBinding]:
    """Bind the document beside a file."""
    (document,) = set(path.parent.glob(f"{path.name.split('.')[0]}.*")) - {path}
    binding = bind(read_document(document))
    assert binding.unbound == {}
    return dict(binding.operations)


@pytest.mark.parametrize(("meant", "path", "name"), CASES)
def test_an_operation_is_bound_as_its_designer_meant(
    meant: dict[str, Any], path: Path, name: str
) -> None:
    bound = operations_of(path)[name]
    played = {
        one.parameter.name: ", ".join(filter(None, (one.part, one.unit)))
        for one in bound.parameters
    }
    carried = {
        place: one.field or "" for place, one in {**bound.properties, **bound.headers}.items()
    }

    assert (meant["subject"], meant["grouping"], meant.get("rows")) == (
        bound.subject,
        bound.grouping,
        bound.rows_at,
    )
    assert meant.get("parameters", {}).items() <= played.items()
    assert {**meant.get("properties", {}), **meant.get("headers", {})}.items() <= carried.items()
