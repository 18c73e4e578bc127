"""Media types of rows: JSON, text, CSV and workbooks."""

import csv
import io
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from mock_server.binding.infer import bind
from mock_server.cli.probe import Probe
from mock_server.openapi.document import Document
from tests.made_documents import (
    INTEGER,
    TEXT,
    TIMED,
    choice,
    fields,
    findings,
    get,
    listed,
    operation_of,
    query,
    rows_of,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


@pytest.mark.parametrize("accept", ["text/plain", "text/json", "text/*;q=0.5", "*/*"])
def test_a_response_is_of_the_media_type_that_the_client_accepts(accept: str) -> None:
    schema = listed(fields(userId=TEXT))
    content = {name: {"schema": schema} for name in ("text/plain", "application/json", "text/json")}
    document = served({"200": {"description": "", "content": content}})
    probe = Probe(document, bind(document))
    headers = {**probe.credentials(document.operations[0]), "Accept": accept}
    response, _ = probe.follow("/spaces/SUP/visits", headers)
    assert 200 == response.status_code
    wanted = "application/json" if accept == "*/*" else accept.partition(";")[0].replace("*", "")
    assert response.headers["Content-Type"].startswith(wanted)
    assert response.json()


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = choice("json", "csv", "xlsx", default="json")


def tables(*parameters: dict[str, Any]) -> Document:
    """Make a document whose rows are offered as JSON, as CSV and as a workbook."""
    document = visits({"page": fields(title=TEXT), **TIMED}, list(parameters), total=INTEGER)
    content = operation_of(document)["responses"]["200"]["content"]
    content |= {name: {"schema": TEXT} for name in ("text/csv; charset=utf-8", WORKBOOK)}
    return Document(document.content, origin="made")


@pytest.mark.parametrize("accept", ["text/csv", "application/json"])
def test_rows_are_a_table_if_the_client_requests_one(accept: str) -> None:
    document = tables(query("format", FORMATS), query("limit", INTEGER))
    rows = rows_of(document, limit=5)
    probe = Probe(document, bind(document))
    headers = {**probe.credentials(document.operations[0]), "Accept": accept}
    more = "" if accept == "text/csv" else "&format=csv"
    response, _ = probe.follow(f"/spaces/SUP/visits?limit=5{more}", headers)
    assert "text/csv; charset=utf-8" == response.headers["content-type"]
    for row, line in zip(rows, csv.DictReader(io.StringIO(response.text)), strict=True):
        expected = {"page.title": row["page"]["title"], "userId": row["userId"]}
        assert {**expected, "viewTime": row["viewTime"]} == line
    assert "works" == findings(document)["format"].outcome


def test_a_workbook_has_a_row_for_each_row() -> None:
    document = tables(query("format", FORMATS), query("limit", INTEGER))
    response = get(document, limit=5, format="xlsx")
    assert WORKBOOK == response.headers["content-type"]
    with ZipFile(io.BytesIO(response.content)) as archive:
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    texts = [[*row.itertext()] for row in parts["xl/sheet.xml"][0]]
    assert ["page.title", "userId", "viewTime"] == texts[0]
    titles = [one["page"]["title"] for one in rows_of(document, limit=5)]
    assert titles == [one[0] for one in texts[1:]]


def test_a_parameter_without_such_media_types_has_no_effect() -> None:
    assert "ignored" == findings(visits(TIMED, [query("format", FORMATS)]))["format"].outcome
