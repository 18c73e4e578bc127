"""Parameters in the forms that generators of documents write."""

from typing import Any

import pytest

from mock_server.openapi.document import Document
from tests.made_documents import (
    DAY,
    ID,
    INTEGER,
    KEY,
    TEXT,
    TIMED,
    fields,
    in_path,
    listed,
    operation_of,
    query,
    rows_of,
    send,
    visits,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("small_site")


def test_springs_pageable_is_sent_as_parameters_of_its_own() -> None:
    page, size = ({**INTEGER, "minimum": least} for least in (0, 1))
    pageable = query("pageable", {"$ref": "#/components/schemas/Pageable"}, required=True)
    document = visits(TIMED, [pageable])
    schema = fields(page=page, size=size, sort=listed(TEXT))
    document.content["components"] = {"schemas": {"Pageable": schema}}
    whole = rows_of(document, page=0, size=6)

    assert 6 == len(whole)
    assert whole[3:] == rows_of(document, page=1, size=3)


def test_members_of_a_deep_object_are_in_brackets() -> None:
    days = fields(**{"from": DAY, "to": DAY})
    document = visits(TIMED, [query("filter", days, style="deepObject")])
    day = "2026-01-05"
    response = send(document, f"/spaces/SUP/visits?filter[from]={day}&filter[to]={day}")
    assert {day} == {row["viewTime"][:10] for row in response.json()["results"]}


@pytest.mark.parametrize(("allows", "expected"), [({"allowEmptyValue": True}, 200), ({}, 400)])
def test_an_empty_number_is_omitted_where_a_document_allows_it(
    allows: dict[str, bool], expected: int
) -> None:
    document = visits(TIMED, [query("limit", {**INTEGER, "default": 2}, **allows)])
    response = send(document, "/spaces/SUP/visits?limit=")
    assert expected == response.status_code
    assert expected != 200 or 2 == len(response.json()["results"])


@pytest.mark.parametrize(("described", "key"), [
    ({"style": "label"}, ".SUP"),
    ({"style": "matrix"}, ";key=SUP"),
    ({"schema": fields(value=TEXT)}, "SUP"),
], ids=["label", "matrix", "a class, sent as text"])  # fmt: skip
def test_parameters_of_paths_are_read(described: dict[str, Any], key: str) -> None:
    document = visits(ID)
    operation_of(document)["parameters"][0] = {**KEY, **described}
    assert 200 == send(document, f"/spaces/{key}/visits").status_code


def test_a_path_without_parameters_goes_before_one_that_was_declared_earlier() -> None:
    content = visits(ID).content
    paths = content["paths"]
    operation = paths["/spaces/{key}/visits"]["get"]
    recent = {**operation, "operationId": "recent", "parameters": []}
    operation["parameters"] = [in_path("key", INTEGER)]
    paths["/spaces/recent/visits"] = {"get": recent}
    document = Document(content, origin="made")

    assert 200 == send(document, "/spaces/recent/visits").status_code
    assert 400 == send(document, "/spaces/others/visits").status_code
