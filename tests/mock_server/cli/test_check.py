"""`document check`: the outcome and evidence of every element, and tests that they are true."""

import itertools
import json
from collections import ChainMap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.api import convert, reports
from mock_server.api import query as api_query
from mock_server.api import ranges as api_ranges
from mock_server.binding.fields import Field, Kind
from mock_server.binding.infer import bind
from mock_server.cli.check import check_document
from mock_server.cli.probe import Probe
from mock_server.clock import DAY as ONE_DAY
from mock_server.clock import from_rfc3339, start_of
from mock_server.openapi.document import Document
from mock_server.openapi.load import read_document
from tests.commands import run
from tests.made_documents import (
    BOOLEAN,
    DAY,
    ID,
    INTEGER,
    KEY,
    MOMENT,
    NULLABLE,
    TEXT,
    TIMED,
    choice,
    content_of,
    fields,
    findings,
    get,
    listed,
    operation_of,
    query,
    responding,
    served,
    visits,
    write,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("small_site")

DOCUMENTS = Path(__file__).parents[2] / "documents"
TERMS = listed(fields(term=TEXT))
IMPOSSIBLE = listed({**fields(term={**TEXT, "not": {}}), "required": ["term"]})


def searches(schema: dict[str, Any], parameters: list[Any] | None = None, **more: Any) -> Document:
    return responding(schema, parameters, path="/searches", **more)


# Outcomes


def test_every_element_of_a_document_has_an_outcome_and_evidence() -> None:
    document = read_document(DOCUMENTS / "variants" / "plain-31.yaml")
    found = {(one.operation, one.name): one for one in check_document(document)}
    visits = "getApiV2ReportSpacesSpaceKeyVisits"
    assert {"works", "generated"} == {one.outcome for one in found.values()}
    assert "range start as date" == found[visits, "date_from"].bound_to
    assert "generated" == found[visits, "/*/source"].outcome
    assert "total of rows" == found[visits, "X-Total-Count"].bound_to
    assert all(one.evidence for one in found.values())


def test_an_unknown_parameter_is_reported_as_ignored() -> None:
    assert "ignored" == findings(searches(TERMS, [query("colour")]))["colour"].outcome


def test_a_parameter_may_have_any_name() -> None:
    found = findings(visits(ID, [query("self", INTEGER)]))
    assert found["400"].evidence.startswith("self=rubbish gets 400")


def test_a_parameter_without_a_valid_value_is_not_reported_as_working() -> None:
    cursor = query("cursor", {**TEXT, "pattern": "^[A-C]{90}$"})
    assert "generated" == findings(visits(ID, [cursor]))["cursor"].outcome


@pytest.mark.parametrize(("document", "outcome", "evidence"), [
    (served({"200": content_of(TEXT, "text/csv")}), "breaks", "its response is not JSON"),
    (searches(TERMS, method="post"), "ignored", "POST changes things"),
    (searches(IMPOSSIBLE), "breaks", "breaks the document at /0/term"),
], ids=["not JSON", "changes things", "cannot be satisfied"])  # fmt: skip
def test_operations_that_cannot_be_served_are_reported(
    document: Document, outcome: str, evidence: str
) -> None:
    found = findings(document)["views"]
    assert (outcome, outcome == "breaks") == (found.outcome, found.is_broken)
    assert evidence in found.evidence


@pytest.mark.parametrize(("schema", "code"), [(TERMS, 0), (IMPOSSIBLE, 1)])
def test_the_exit_code_is_1_if_an_operation_breaks(
    schema: dict[str, Any], code: int, tmp_path: Path
) -> None:
    done = run("document", "check", str(write(searches(schema), tmp_path)), "--json")
    assert code == done.code
    assert "views" == json.loads(done.out)[0]["name"]


def test_an_unreadable_document_gives_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("openapi: 3.0.3\npaths: [\n")
    done = run("document", "check", str(path))
    assert 2 == done.code
    assert f"viewtracker-mock: {path}, line 3: not YAML" in done.err


@pytest.mark.parametrize(("scheme", "expected"), [
    ({"type": "http", "scheme": "bearer"}, "a bearer token"),
    ({"type": "openIdConnect", "openIdConnectUrl": "https://id.example"}, "a bearer token"),
    ({"type": "http", "scheme": "Basic"}, "an email address and its API token"),
    ({"type": "apiKey", "name": "K", "in": "cookie"}, "a token as K, in the cookie"),
])  # fmt: skip
def test_the_security_scheme_is_reported(scheme: dict[str, str], expected: str) -> None:
    assert expected == findings(searches(TERMS, securitySchemes={"Key": scheme}))["Key"].bound_to


# Reading back

DAY_LIST = listed(fields(date=DAY, views=INTEGER))
RANGE = [query(name, MOMENT) for name in ("from", "to")]
PAGED = [query("offset", INTEGER), query("limit", {"type": "integer", "default": 3})]


def test_values_read_back_are_reported_as_evidence() -> None:
    found = findings(visits({**ID, "spaceKey": choice("OTHER", "ONE")}))
    user, space = found["/results/*/userId"], found["/results/*/spaceKey"]
    assert ("works", "generated") == (user.outcome, space.outcome)
    assert "read back, such as" in user.evidence
    assert "cannot be written so, such as" in space.evidence


def test_rows_of_other_lists_and_links_are_read_back() -> None:
    links = fields(first=TEXT, last=TEXT)
    found = findings(visits(TIMED, PAGED, next=TEXT, days=DAY_LIST, links=links))
    read = ("/days/*/views", "/days/*/date", "/next", "/links/first", "/links/last")
    assert {"works"} == {found[name].outcome for name in read}
    assert "read back, such as" in found["/days/*/views"].evidence
    assert found["/next"].evidence.endswith(": 200")


@pytest.mark.parametrize(("owner", "name", "broken", "element"), [
    (convert, "_BY_KIND", {**convert._BY_KIND, Kind.COUNT: lambda *_: lambda count: count + 1},
     "/days/*/views"),
    (convert, "_to_rfc3339", lambda moment: "2026-01-01T00:00:00Z", "/results/*/viewTime"),
    (reports, "page_links", lambda *_: {Field.NEXT: "http://us.localhost/gone"}, "/next"),
    (api_ranges, "start_in", lambda day, zone: start_of(day) + 9 * ONE_DAY, "since"),
    (api_ranges, "from_rfc3339", lambda text: from_rfc3339(text) + 1, "from"),
    (api_ranges, "from_rfc3339", lambda text: from_rfc3339(text) + 1, "to"),
    (api_query._Arguments, "_page", lambda *_: (2, 50), "offset"),
])  # fmt: skip
def test_wrong_values_read_back_are_reported_as_breaks(
    owner: object, name: str, broken: Any, element: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = [query("since", DAY), *PAGED] if element == "since" else [*RANGE, *PAGED]
    document = visits(TIMED, parameters, next=TEXT, days=DAY_LIST)
    assert "works" == findings(document)[element].outcome
    monkeypatch.setattr(owner, name, broken, raising=False)
    assert "breaks" == findings(document)[element].outcome


def test_an_omitted_property_is_reported_without_a_value() -> None:
    document = visits({"page": TEXT, "colour": TEXT}, next=fields(href=TEXT, title=TEXT))

    found = findings(document)

    assert "no known name" == found["/results/*/colour"].evidence
    assert "no known name; no value here" == found["/next/title"].evidence


def test_errors_are_read_back_property_by_property() -> None:
    document = visits(ID)
    error = fields(status=INTEGER, message=TEXT, colour=TEXT)
    operation_of(document)["responses"]["404"] = content_of(error)
    found = {one.name: one.outcome for one in check_document(document) if "404 " in one.name}
    assert {"404 /status": "works", "404 /message": "works", "404 /colour": "generated"} == found
    assert {"status", "message"} == get(document, key="NONE").json().keys()


# Whole documents


@pytest.mark.parametrize(
    "path",
    sorted(path for path in DOCUMENTS.rglob("*") if path.suffix in {".yaml", ".json"}),
    ids=lambda path: path.name,
)
def test_documents_of_other_vendors_can_be_served(path: Path) -> None:
    found = check_document(read_document(path))
    assert [] == [one for one in found if one.is_broken]
    if path.name == "snake-totals.yaml":  # its start belongs to an end, and is not an offset
        starts = {one.bound_to for one in found if one.name == "start_ts"}
        assert {"range start as epoch seconds"} == starts


ACCOUNTS: list[dict[str, Any]] = [
    TEXT, NULLABLE, {**TEXT, "format": "uuid"}, {**INTEGER, "format": "int32"},
    {**TEXT, "pattern": "^[A-Z]{3}$"}, {**TEXT, "maxLength": 8},
    {"allOf": [TEXT], "nullable": True}, {"not": {}},
    {**TEXT, "minLength": 3, "description": "missing for anonymous users"},
    {**fields(id=TEXT), "nullable": True, "required": ["id"],
     "description": "null for anonymous users"},
]  # fmt: skip
TIMES: list[dict[str, Any]] = [
    MOMENT, DAY, {**INTEGER, "description": "epoch milliseconds"},
    {**TEXT, "description": "epoch seconds", "example": "1767225600"},
]  # fmt: skip
TYPES = [
    TEXT, choice("PAGE"), choice("page", "blogpost", nullable=True), choice("red", "green"),
]  # fmt: skip
ENVELOPES: list[dict[str, Any]] = [
    {}, {"totalElements": INTEGER, "empty": BOOLEAN, "last": BOOLEAN}, {"days": DAY_LIST},
    {"next": {**TEXT, "format": "uri"}, "total": {**INTEGER, "maximum": 5}},
]  # fmt: skip
PAGE = fields(page={**INTEGER, "minimum": 0}, size={**INTEGER, "minimum": 1})
PARAMETERS: list[dict[str, Any]] = [
    query("from", DAY), query("until", {**TEXT, "example": "1767225600000"}), query("timezone"),
    query("limit", {**INTEGER, "minimum": 5, "maximum": 9}),
    query("types", listed({"enum": ["page", "blogpost"]}), style="pipeDelimited", explode=False),
    query("includeAnonymous", {**BOOLEAN, "default": False}),
    query("excludeProtected", choice("yes", "no")),
    query("userTypes", listed(choice("USER", "GUEST"))), query("interval", choice("day", "month")),
    query("userIds", listed(TEXT, minItems=2), explode=False),
    {"name": "tenant", "in": "header", "required": True, "schema": TEXT},
    query("pageable", PAGE, required=True),
]  # fmt: skip
SCHEMES: list[dict[str, Any]] = [
    {"type": "http", "scheme": "bearer"}, {"type": "http", "scheme": "basic"},
    {"type": "apiKey", "in": "query", "name": "key"},
    {"type": "apiKey", "in": "cookie", "name": "session"}, {"type": "mutualTLS"},
]  # fmt: skip
ERRORS: list[dict[str, Any]] = [
    {**fields(type={"type": "string", "format": "uri"}, status=INTEGER), "required": ["type"]},
    {**fields(error=TEXT), "required": ["error"]},
]


@st.composite
def documents(draw: st.DrawFn) -> Document:
    row = fields(
        userId=draw(st.sampled_from(ACCOUNTS)),
        viewTime=draw(st.sampled_from(TIMES)),
        contentType=draw(st.sampled_from(TYPES)),
    )
    row["required"] = draw(st.lists(st.sampled_from(sorted(row["properties"])), unique=True))
    if draw(st.booleans()):
        row = {"allOf": [fields(userId={}), row]}
    rows = listed(row, **draw(st.sampled_from([{}, {"maxItems": 7}, {"minItems": 1}])))
    envelope = draw(st.sampled_from(ENVELOPES))
    body = {**fields(**envelope, results=rows), "required": ["results", *envelope]}
    chosen = draw(st.lists(st.sampled_from(PARAMETERS), unique_by=lambda one: str(one["name"])))
    error = content_of(draw(st.sampled_from(ERRORS)))
    responses = {
        draw(st.sampled_from(["200", "2XX", "default"])): content_of(body),
        **dict.fromkeys(("400", "401", "404"), error),
    }
    style = draw(st.sampled_from(["simple", "label", "matrix"]))
    document = served(responses, chosen, securitySchemes={"token": draw(st.sampled_from(SCHEMES))})
    operation_of(document)["parameters"][0] = {**KEY, "style": style}
    return document


COMBINED = (
    {"from": "2026-01-30"},
    {"timezone": "Asia/Kathmandu"},
    {"limit": 6, "includeAnonymous": "true", "userTypes": "GUEST"},
)
"""Arguments that are sent in all combinations."""
INVALID = {"from": "rubbish", "timezone": "Nowhere/Land", "limit": -1, "key": "NONE"}


def statuses(document: Document) -> set[int]:
    """Send valid and invalid arguments, and return the statuses."""
    binding = bind(document)
    probe = Probe(document, binding)
    operation = document.operations[0]
    arguments = probe.arguments(operation, binding.operations.get(operation.id))
    known = {one.name for one in operation.parameters}
    sent: list[dict[str, Any]] = [{name: value} for name, value in INVALID.items()]
    for count in range(len(COMBINED) + 1):
        sent += [dict(ChainMap(*some)) for some in itertools.combinations(COMBINED, count)]
    distinct = {
        tuple((name, value) for name, value in one.items() if name in known) for one in sent
    }
    return {probe.get(operation, {**arguments, **dict(one)})[0].status_code for one in distinct}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_documents_without_breaks_have_no_5xx_responses(document: Document) -> None:
    if not any(one.is_broken for one in check_document(document)):
        assert max(statuses(document)) < 500


@pytest.mark.parametrize(("values", "outcome", "evidence"), [
    (["page", "attachment"], "works", "gets 200 with "),
    (["page", "wiki"], "generated", "no row here shows whether it works"),
])  # fmt: skip
def test_a_filter_of_counted_rows_works(values: list[str], outcome: str, evidence: str) -> None:
    kind = query("contentType", choice(*values))
    found = findings(responding(fields(viewCount=INTEGER), [kind]))["contentType"]
    assert outcome == found.outcome
    assert evidence in found.evidence
    assert "0 of 0 rows" not in found.evidence


def test_codes_of_grpc_and_times_in_other_forms_are_read_back() -> None:
    code = {**INTEGER, "description": "An enum value of [google.rpc.Code]."}
    rows = listed(fields(viewedAt={**TEXT, "example": "2026-01-15 08:30:00"}))
    document = served({
        "200": content_of(fields(results=rows)), "404": content_of(fields(code=code)),
    })  # fmt: skip
    found = findings(document)

    assert found["/results/*/viewedAt"].outcome == "works"
    assert found["404 /code"].outcome == "works"
