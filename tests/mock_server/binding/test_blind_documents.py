"""Documents by five imagined vendors, written by somebody who had not seen the inference.

Beside each lies what its designer meant. Which rows an operation is about, and where they lie, is
told by the document alone; the names of all properties are not yet.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mock_server.binding import OperationBinding, bind
from mock_server.document import read_document

DOCUMENTS = Path(__file__).parents[2] / "documents" / "blind"
MEANT: dict[str, dict[str, Any]] = {
    path.name.removesuffix(".expected.toml"): tomllib.loads(path.read_text())["operations"]
    for path in sorted(DOCUMENTS.glob("*.expected.toml"))
}
CASES = [(name, operation) for name, operations in MEANT.items() for operation in operations]


def bound_operations(name: str) -> dict[str, OperationBinding]:
    (path,) = (one for one in DOCUMENTS.glob(f"{name}.*") if one.suffix in {".yaml", ".json"})
    binding = bind(read_document(path))
    assert binding.unbound == {}
    return dict(binding.operations)


@pytest.mark.parametrize(("name", "operation"), CASES)
def test_an_operation_is_about_the_rows_that_its_designer_meant(name: str, operation: str) -> None:
    meant, bound = MEANT[name][operation], bound_operations(name)[operation]

    assert (meant["subject"], meant.get("rows")) == (bound.subject.value, bound.rows_at)


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
