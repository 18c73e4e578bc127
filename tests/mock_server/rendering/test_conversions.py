"""Values written in the type and format that a schema asks for."""

from typing import Any

import pytest

from mock_server.api.render import converter
from mock_server.binding.fields import Field
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import shape_of

DOCUMENT = Document({"openapi": "3.1.0", "paths": {}}, origin="api.yaml")
NOON = 1_769_860_800_000  # 2026-01-31T12:00:00Z


def written(field: Field, value: Any, name: str = "x", **schema: Any) -> Any:
    return converter(field, shape_of(DOCUMENT, schema), name)(value)


@pytest.mark.parametrize(
    ("name", "schema", "expected"),
    [
        ("t", {"type": "string", "format": "date"}, "2026-01-31"),
        ("t", {"type": "integer"}, NOON),
        ("t", {"type": "integer", "description": "Unix seconds"}, NOON // 1000),
        ("unixDate", {"type": "integer"}, NOON // 1000),
        ("t", {"type": "number"}, NOON),
    ],
)
def test_a_moment_is_written_as_its_format_or_unit_says(
    name: str, schema: dict[str, Any], expected: Any
) -> None:
    assert expected == written(Field.TIME, NOON, name, **schema)


@pytest.mark.parametrize(
    "schema", [{}, {"type": "string"}, {"type": "string", "format": "date-time"}]
)
def test_a_moment_without_a_unit_is_written_as_rfc_3339(schema: dict[str, Any]) -> None:
    assert written(Field.TIME, NOON, **schema).startswith("2026-01-31T12:00:00")


def test_the_last_moment_of_a_day_is_of_that_day() -> None:
    assert written(Field.DAY, NOON + 43_199_999, type="string", format="date") == "2026-01-31"


@pytest.mark.parametrize(
    ("schema", "expected"), [({"type": "integer"}, 7), ({"type": "string"}, "7")]
)
def test_an_id_is_a_number_or_text(schema: dict[str, Any], expected: Any) -> None:
    assert expected == written(Field.CONTENT_ID, 7, **schema)


@pytest.mark.parametrize("identity", [0, 1, 2**31 - 1, 2**53, 2**128 - 1])
def test_a_row_id_fits_its_schema(identity: int) -> None:
    assert 1 <= written(Field.ROW_ID, identity, type="integer") <= 2**53 - 1
    assert 1 <= written(Field.ROW_ID, identity, type="integer", format="int32") <= 2**31 - 1
    assert 1 <= written(Field.ROW_ID, identity, type="integer", maximum=10) <= 10
    assert len(written(Field.ROW_ID, identity, type="string")) == 32
    assert len(written(Field.ROW_ID, identity, type="string", maxLength=8)) == 8
    assert len(written(Field.ROW_ID, identity, type="string", format="uuid")) == 36


def test_text_is_cut_at_its_greatest_length() -> None:
    assert written(Field.TERM, "holidays", type="string", maxLength=4) == "holi"


def test_a_choice_is_written_with_the_value_of_the_enumeration() -> None:
    kinds = ["PAGE", "BLOG_POST"]

    assert written(Field.CONTENT_TYPE, "blogpost", type="string", enum=kinds) == "BLOG_POST"
    assert written(Field.CONTENT_TYPE, "attachment", type="string", enum=kinds) is None
    assert written(Field.CONTENT_TYPE, "blogpost", type="string") == "blogpost"


def test_flags_and_counts_keep_their_value() -> None:
    assert written(Field.IS_ANONYMOUS, True, type="boolean") is True
    assert written(Field.VIEWS, 3, type="number") == 3
