"""From arguments to a question: the order that is asked for."""

import pytest

from mock_server.api.query import parse_query
from mock_server.binding.infer import bind
from mock_server.openapi.document import Document

ORDERS = ["newest_first", "oldest_first", "-time", "time", "DESC", "ascending", "latest"]
VISIT = {name: {"type": "string"} for name in ("viewTime", "accountId")}


@pytest.mark.parametrize(
    ("value", "descending"),
    [
        ("newest_first", True),
        ("latest", True),
        ("-time", True),
        ("DESC", True),
        ("oldest_first", False),
        ("time", False),
        ("ascending", False),
    ],
)
def test_what_a_document_calls_newest_first_is_descending(value: str, descending: bool) -> None:
    order = {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ORDERS}}
    rows = {"type": "array", "items": {"type": "object", "properties": VISIT}}
    answer = {"description": "rows", "content": {"application/json": {"schema": rows}}}
    get = {"operationId": "list", "parameters": [order], "responses": {"200": answer}}
    document = Document({"openapi": "3.1.0", "paths": {"/visits": {"get": get}}}, origin="x")
    bound = bind(document).operations["list"]

    query = parse_query(bound, {bound.operation.parameters[0]: value}, 0)

    assert descending is query.descending
