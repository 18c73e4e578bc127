"""Seconds distinguished from milliseconds."""

from typing import Any

import pytest

from mock_server.binding.fields import Unit
from mock_server.binding.units import unit_of_number
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import shape_of

DOCUMENT = Document({"openapi": "3.1.0", "paths": {}}, origin="api.yaml")


@pytest.mark.parametrize(("name", "description", "schema", "expected"), [
    ("from", "", {}, Unit.MILLISECONDS),
    ("fromMs", "", {}, Unit.MILLISECONDS),
    ("from", "Epoch milliseconds", {"example": 1_769_860_800}, Unit.MILLISECONDS),
    ("from", "seconds since 1970", {}, Unit.SECONDS),
    ("unixDate", "", {}, Unit.SECONDS),
    ("unix_ms", "", {}, Unit.MILLISECONDS),
    ("from", "", {"example": 1_769_860_800}, Unit.SECONDS),
    ("from", "", {"example": 1_769_860_800_000}, Unit.MILLISECONDS),
    ("from", "", {"examples": [1_769_860_800]}, Unit.SECONDS),
    ("from", "", {"minimum": 0}, Unit.MILLISECONDS),
    ("from", "", {"maximum": 4_102_444_800}, Unit.SECONDS),
])  # fmt: skip
def test_the_unit_is_told_by_name_then_description_then_size(
    name: str, description: str, schema: dict[str, Any], expected: Unit
) -> None:
    shape = shape_of(DOCUMENT, {"type": "integer", **schema})

    assert expected is unit_of_number(name, shape, description)
