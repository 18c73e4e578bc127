"""Parameters in the forms that generators of documents write."""

import asyncio

import pytest

from mock_server.binding.infer import bind
from mock_server.cli.probe import Probe
from mock_server.openapi.document import Document
from tests.made_documents import (
    DAY,
    ID,
    TEXT,
    TIMED,
    fields,
    listed,
    operation_of,
    query,
    rows_of,
    visits,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("small_site")


def test_springs_pageable_is_sent_as_parameters_of_its_own() -> None:
    whole_numbers = {
        name: {"type": "integer", "minimum": least} for name, least in (("page", 0), ("size", 1))
    }
    pageable = query("pageable", {"$ref": "#/components/schemas/Pageable"}, required=True)
    document = visits(TIMED, [pageable])
    document.content["components"] = {
        "schemas": {"Pageable": fields(**whole_numbers, sort=listed(TEXT))}
    }
    whole = rows_of(document, page=0, size=6)

    assert 6 == len(whole)
    assert whole[3:] == rows_of(document, page=1, size=3)


def test_members_of_a_deep_object_are_in_brackets() -> None:
    days = fields(**{"from": DAY, "to": DAY})
    document = visits(TIMED, [query("filter", days, style="deepObject")])
    probe = Probe(document, bind(document))
    day = "2026-01-05"
    sent = asyncio.run(probe.send(f"/spaces/SUP/visits?filter[from]={day}&filter[to]={day}"))
    assert {day} == {row["viewTime"][:10] for row in sent.json()["results"]}


@pytest.mark.parametrize(("style", "key"), [("label", ".SUP"), ("matrix", ";key=SUP")])
def test_styles_of_paths_are_read(style: str, key: str) -> None:
    document = visits(ID)
    parameters = operation_of(document)["parameters"]
    parameters[0] = {**parameters[0], "style": style}
    probe = Probe(document, bind(document))
    assert 200 == asyncio.run(probe.send(f"/spaces/{key}/visits")).status_code


def test_a_class_in_the_path_is_sent_as_text() -> None:
    document = visits(ID)
    parameters = operation_of(document)["parameters"]
    parameters[0] = {**parameters[0], "schema": fields(value=TEXT)}
    probe = Probe(document, bind(document))

    assert 200 == asyncio.run(probe.send("/spaces/SUP/visits")).status_code


def test_a_path_without_parameters_goes_before_one_that_was_declared_earlier() -> None:
    document = visits(ID)
    paths = document.content["paths"]
    recent = {**paths["/spaces/{key}/visits"]["get"], "operationId": "recent", "parameters": []}
    number = {
        **paths["/spaces/{key}/visits"]["get"]["parameters"][0],
        "schema": {"type": "integer"},
    }
    paths["/spaces/{key}/visits"]["get"]["parameters"] = [number]
    paths["/spaces/recent/visits"] = {"get": recent}
    document = Document(document.content, origin="made")
    probe = Probe(document, bind(document))

    assert 200 == asyncio.run(probe.send("/spaces/recent/visits")).status_code
    assert 400 == asyncio.run(probe.send("/spaces/others/visits")).status_code
