"""Documents with values that fit nowhere are served."""

from time import monotonic
from typing import Any

import pytest

from mock_server.binding.infer import bind
from tests.made_documents import (
    INTEGER,
    MOMENT,
    NULLABLE,
    ROW,
    get,
    listing,
    operation_of,
    query,
    rows_of,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


@pytest.mark.parametrize("said", ["only for " * 20_000, "0" + " " * 100_000])
def test_a_long_clause_is_read_at_once(said: str) -> None:
    document = visits({"accountId": NULLABLE, "weekday": {**INTEGER, "description": said}})
    operation_of(document)["description"] = said
    begin = monotonic()
    assert 200 == get(document).status_code
    assert monotonic() - begin < 2


@pytest.mark.parametrize("schema", [
    {**INTEGER, "default": {}}, {**INTEGER, "default": "many"},
    {"enum": [{}, []], "x-enumNames": ["a", "b"]},
])  # fmt: skip
def test_values_of_wrong_types_in_a_document_are_passed_over(schema: dict[str, Any]) -> None:
    assert 100 == len(rows_of(visits(ROW, [query("limit", schema), query("page", INTEGER)])))


@pytest.mark.parametrize("kind", ["number", "integer"])
def test_a_step_beyond_all_numbers_has_no_effect(kind: str) -> None:
    rows = rows_of(listing({"viewTime": MOMENT, "load": {"type": kind, "multipleOf": 1e-300}}))
    assert len({row["load"] for row in rows}) > 1


@pytest.mark.parametrize("maximum", [float("inf"), float("nan")])
def test_a_maximum_beyond_all_numbers_is_no_limit(maximum: float) -> None:
    document = visits(ROW, [query("limit", {**INTEGER, "maximum": maximum})])
    assert "page size" == bind(document).operations["views"].parameters[-1].part


def test_a_time_that_does_not_fit_a_narrow_number_is_not_sent() -> None:
    narrow = listing({"viewTime": {**INTEGER, "format": "int32"}})
    assert all(row["viewTime"] < 2**31 for row in rows_of(narrow) if "viewTime" in row)
