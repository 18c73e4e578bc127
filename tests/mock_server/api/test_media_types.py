"""Operations that offer a response in several JSON media types."""

from typing import Any

import pytest

from mock_server.binding.infer import bind
from mock_server.cli.probe import Probe
from mock_server.openapi.document import Document
from tests.made_documents import (
    INTEGER,
    KEY,
    MOMENT,
    NULLABLE,
    TEXT,
    fields,
    findings,
    listed,
    query,
    served,
)

pytestmark = pytest.mark.usefixtures("small_site")

ROW = fields(
    viewedAt=MOMENT, spaceKey=TEXT, accountId={**NULLABLE, "description": "Null for guests"}
)


def offering(plain: dict[str, Any]) -> Document:
    """Make a document that offers rows in an envelope, and in another media type."""
    page = fields(member=listed(ROW), totalItems=INTEGER)
    content = {"application/ld+json": {"schema": page}, "application/json": {"schema": plain}}
    return served({"200": {"description": "", "content": content}}, [KEY, query("limit", INTEGER)])


def get(document: Document, accept: str, probe: Probe | None = None, **sent: Any) -> Any:
    probe = probe or Probe(document, bind(document))
    operation = document.operations[0]
    response, _ = probe.get(operation, {"key": "SUP", **sent}, accept=accept)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == accept
    return response.json()


def test_each_media_type_has_the_rows_as_its_schema_wants_them() -> None:
    document = offering(listed(ROW))
    probe = Probe(document, bind(document))
    page = get(document, "application/ld+json", probe)
    plain = get(document, "application/json", probe)

    assert plain == page["member"]
    assert page["totalItems"] >= len(plain) == 100
    assert None in {row["accountId"] for row in plain}
    assert get(document, "application/json", limit=3) == plain[:3]


def test_the_first_media_type_is_the_usual_one() -> None:
    document = offering(listed(ROW))
    probe = Probe(document, bind(document))
    response, _ = probe.get(document.operations[0], {"key": "SUP"})

    assert response.headers["Content-Type"] == "application/ld+json"


def test_the_check_of_a_document_reads_other_media_types() -> None:
    found = findings(offering(listed(fields(viewedAt=MOMENT, colour=TEXT))))

    assert found["/*/viewedAt (application/json)"].outcome == "works"
    assert found["/*/colour (application/json)"].outcome == "generated"


def test_the_check_of_a_document_finds_a_media_type_that_cannot_be_served() -> None:
    rows = listed(ROW, maxItems=0, minItems=1)

    assert findings(offering(rows))["views (application/json)"].outcome == "breaks"
