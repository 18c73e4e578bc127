"""Documents by five imagined vendors, written by somebody who had not seen the inference.

Beside each lies what its designer meant.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mock_server.binding.fields import OperationBinding
from mock_server.binding.infer import bind
from mock_server.openapi.load import read_document

DOCUMENTS = Path(__file__).parents[2] / "documents" / "blind"
MEANT: dict[str, dict[str, Any]] = {
    path.name.removesuffix(".expected.toml"): tomllib.loads(path.read_text())["operations"]
    for path in sorted(DOCUMENTS.glob("*.expected.toml"))
}
CASES = [(name, operation) for name, operations in MEANT.items() for operation in operations]


def path_of(name: str) -> Path:
    (path,) = (one for one in DOCUMENTS.glob(f"{name}.*") if one.suffix in {".yaml", ".json"})
    return path


def bound_operations(name: str) -> dict[str, OperationBinding]:
    binding = bind(read_document(path_of(name)))
    assert binding.unbound == {}
    return dict(binding.operations)


@pytest.mark.parametrize(("name", "operation"), CASES)
def test_an_operation_is_about_the_rows_that_its_designer_meant(name: str, operation: str) -> None:
    meant, bound = MEANT[name][operation], bound_operations(name)[operation]

    assert (meant["subject"], meant["grouping"], meant.get("rows")) == (
        bound.subject.value,
        bound.grouping.value,
        bound.rows_at,
    )


@pytest.mark.parametrize(("name", "operation"), CASES)
def test_a_parameter_plays_the_part_that_its_designer_meant(name: str, operation: str) -> None:
    meant, bound = MEANT[name][operation], bound_operations(name)[operation]
    played = {
        one.parameter.name: ", ".join(
            word.value for word in (one.part, one.unit) if word is not None
        )
        for one in bound.parameters
    }

    assert meant.get("parameters", {}).items() <= played.items()


@pytest.mark.parametrize(("name", "operation"), CASES)
def test_a_property_carries_what_its_designer_meant(name: str, operation: str) -> None:
    meant, bound = MEANT[name][operation], bound_operations(name)[operation]
    carried = {
        place: one.field.value if one.field is not None else ""
        for place, one in {**bound.properties, **bound.headers}.items()
    }

    assert {**meant.get("properties", {}), **meant.get("headers", {})}.items() <= carried.items()
