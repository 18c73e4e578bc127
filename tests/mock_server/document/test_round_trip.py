"""What `document check` finds to work is served: documents of many forms, built by Hypothesis."""

import asyncio
import itertools
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.api import query, render, reports
from mock_server.binding.fields import Field
from mock_server.binding.infer import bind
from mock_server.cli.check import Finding, check_document
from mock_server.cli.probe import Probe
from mock_server.clock import DAY, from_rfc3339, start_of
from mock_server.openapi.document import Document

ACCOUNTS: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "nullable": True},
    {"type": "string", "format": "uuid"},
    {"type": "integer", "format": "int32"},
    {"type": "string", "pattern": "^[A-Z]{3}$"},
    {"type": "string", "maxLength": 8},
    {"allOf": [{"type": "string"}], "nullable": True},
    {"type": "string", "minLength": 3, "description": "missing for anonymous users"},
    {"type": "object", "nullable": True, "required": ["id"], "properties": {"id": {"type": "string"}},
     "description": "null for anonymous users"},
    {"not": {}},
]  # fmt: skip
TIMES: list[dict[str, Any]] = [
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "date"},
    {"type": "integer", "description": "epoch milliseconds"},
    {"type": "string", "description": "epoch seconds", "example": "1767225600"},
]
TYPES: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "enum": ["PAGE"]},
    {"type": "string", "enum": ["page", "blogpost"], "nullable": True},
    {"type": "string", "enum": ["red", "green"]},
]
ENVELOPES: list[dict[str, Any]] = [
    {},
    {"totalElements": {"type": "integer"}, "empty": {"type": "boolean"}, "last": {"type": "boolean"}},
    {"next": {"type": "string", "format": "uri"}, "total": {"type": "integer", "maximum": 5}},
    {"days": {"type": "array", "items": {"type": "object", "properties": {
        "date": {"type": "string", "format": "date"}, "views": {"type": "integer"}}}}},
]  # fmt: skip
PARAMETERS: list[dict[str, Any]] = [
    {"name": "from", "in": "query", "schema": {"type": "string", "format": "date"}},
    {"name": "until", "in": "query", "schema": {"type": "string", "example": "1767225600000"}},
    {"name": "timezone", "in": "query", "schema": {"type": "string"}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 5, "maximum": 9}},
    {"name": "types", "in": "query", "style": "pipeDelimited", "explode": False, "schema": {
        "type": "array", "items": {"type": "string", "enum": ["page", "blogpost"]}}},
    {"name": "includeAnonymous", "in": "query", "schema": {"type": "boolean", "default": False}},
    {"name": "excludeProtected", "in": "query", "schema": {"type": "string", "enum": ["yes", "no"]}},
    {"name": "userTypes", "in": "query", "schema": {
        "type": "array", "items": {"type": "string", "enum": ["USER", "GUEST"]}}},
    {"name": "interval", "in": "query", "schema": {"type": "string", "enum": ["day", "month"]}},
    {"name": "userIds", "in": "query", "explode": False, "schema": {
        "type": "array", "minItems": 2, "items": {"type": "string"}}},
    {"name": "tenant", "in": "header", "required": True, "schema": {"type": "string"}},
    {"name": "pageable", "in": "query", "required": True, "schema": {"type": "object", "properties": {
        "page": {"type": "integer", "minimum": 0}, "size": {"type": "integer", "minimum": 1}}}},
]  # fmt: skip
SCHEMES: list[dict[str, Any]] = [
    {"type": "http", "scheme": "bearer"},
    {"type": "http", "scheme": "basic"},
    {"type": "apiKey", "in": "query", "name": "key"},
    {"type": "apiKey", "in": "cookie", "name": "session"},
    {"type": "mutualTLS"},
]
ERRORS: list[dict[str, Any]] = [
    {"type": "object", "required": ["type"], "properties": {
        "type": {"type": "string", "format": "uri"}, "status": {"type": "integer"}}},
    {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
]  # fmt: skip
_EMPTY = "2026-01-30"


def content_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    row: dict[str, Any] = {
        "type": "object",
        "properties": {
            "userId": draw(st.sampled_from(ACCOUNTS)),
            "viewTime": draw(st.sampled_from(TIMES)),
            "contentType": draw(st.sampled_from(TYPES)),
        },
    }
    row["required"] = draw(st.lists(st.sampled_from(sorted(row["properties"])), unique=True))
    if draw(st.booleans()):
        row = {"allOf": [{"type": "object", "properties": {"userId": {}}}, row]}
    limits = draw(st.sampled_from([{}, {"maxItems": 7}, {"minItems": 1}]))
    rows = {"type": "array", "items": row, **limits}
    envelope = draw(st.sampled_from(ENVELOPES))
    body = {"type": "object", "properties": {**envelope, "results": rows},
            "required": ["results", *envelope]}  # fmt: skip
    style = draw(st.sampled_from(["simple", "label", "matrix"]))
    key = {"name": "key", "in": "path", "required": True, "style": style, "schema": {
        "type": "string"}}  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(PARAMETERS), unique_by=lambda one: str(one["name"])))
    error = content_of(draw(st.sampled_from(ERRORS)))
    get = {
        "operationId": "views",
        "parameters": [key, *chosen],
        "responses": {
            draw(st.sampled_from(["200", "2XX", "default"])): content_of(body),
            **dict.fromkeys(("400", "401", "404"), error),
        },
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "Views", "version": "1"},
        "paths": {"/spaces/{key}/visits": {"get": get}},
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": draw(st.sampled_from(SCHEMES))}},
    }


def statuses(document: Document) -> set[int]:
    """Send what a client may send, and return the statuses."""
    probe = Probe(document, bind(document))
    operation = document.operations[0]
    arguments = probe.arguments(operation, bind(document).operations.get(operation.id))
    known = {one.name for one in operation.parameters}
    tried: dict[str, list[Any]] = {
        "from": [None, _EMPTY, "rubbish"],
        "timezone": [None, "Asia/Kathmandu", "Nowhere/Land"],
        "limit": [None, 6, -1],
        "includeAnonymous": [None, "true"],
        "userTypes": [None, "GUEST"],
    }
    choices = [tried[name] if name in known else [None] for name in tried]
    found = set()
    for values in itertools.product(*choices):
        sent = {name: one for name, one in zip(tried, values, strict=True) if one is not None}
        found.add(probe.get(operation, {**arguments, **sent})[0].status_code)
    found.add(probe.get(operation, {**arguments, "key": "NONE"})[0].status_code)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_no_document_that_works_has_responses_that_break_it(content: dict[str, Any]) -> None:
    document = Document(content, origin="generated")

    if not any(one.is_broken for one in check_document(document)):
        assert max(statuses(document)) < 500


def visits(row: dict[str, Any], parameters: list[Any] | None = None, **around: Any) -> Document:
    rows = {"type": "array", "items": {"type": "object", "properties": row, "required": [*row]}}
    body = {"type": "object", "properties": {**around, "results": rows}, "required": [*around]}
    key = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
    get = {"operationId": "views", "parameters": [key, *(parameters or [])],
           "responses": {"200": content_of(body)}}  # fmt: skip
    return Document(
        {"openapi": "3.0.1", "info": {"title": "t", "version": "1"},
         "paths": {"/spaces/{key}/visits": {"get": get}}}, origin="x",
    )  # fmt: skip


def found(document: Document) -> dict[str, Finding]:
    return {one.name: one for one in check_document(document)}


def get(document: Document, **query: Any) -> httpx.Response:
    probe = Probe(document, bind(document))
    return probe.get(document.operations[0], {"key": "SUP", **query})[0]


TEXT = {"type": "string"}
ID = {"userId": TEXT}


def test_what_was_read_back_is_told() -> None:
    told = found(visits({**ID, "spaceKey": {"type": "string", "enum": ["OTHER", "ONE"]}}))

    assert "works" == told["/results/*/userId"].outcome
    assert "read back, such as" in told["/results/*/userId"].evidence
    assert "generated" == told["/results/*/spaceKey"].outcome
    assert "cannot be written so, such as" in told["/results/*/spaceKey"].evidence


@pytest.mark.parametrize(
    "schema", [{"type": "integer"}, {"type": "string", "format": "uuid"},
               {"type": "string", "pattern": "^[a-z]{9}$"}]
)  # fmt: skip
def test_one_account_has_one_id_whatever_its_form(schema: dict[str, Any]) -> None:
    forms = get(visits({"userId": schema, "userName": TEXT})).json()["results"]

    by_name = {(one["userName"], one["userId"]) for one in forms if one["userName"]}
    assert len(by_name) == len({name for name, _ in by_name}) > 3


def test_days_are_those_of_the_time_zone() -> None:
    zone = {"name": "tz", "in": "query", "schema": TEXT}
    date = {"name": "from", "in": "query", "schema": {"type": "string", "format": "date"}}
    row = {**ID, "viewTime": {"type": "string", "format": "date-time"},
           "viewDate": {"type": "string", "format": "date"}}  # fmt: skip
    document = visits(row, [zone, date], timeZone=TEXT)

    body = get(document, tz="Asia/Tokyo", **{"from": "2026-01-20"}).json()

    assert "Asia/Tokyo" == body["timeZone"]
    assert "2026-01-19T15" <= min(one["viewTime"] for one in body["results"])[:13] < "2026-01-20"


def test_an_unknown_time_zone_is_refused() -> None:
    zone = {"name": "timeZone", "in": "query", "schema": TEXT}

    assert 400 == get(visits(ID, [zone]), timeZone="Mars/Base").status_code


def test_rubbish_in_a_range_of_text_is_refused() -> None:
    start = {"name": "since", "in": "query", "schema": TEXT}

    assert 400 == get(visits(ID, [start]), since="rubbish").status_code


def test_a_text_may_hold_epoch_milliseconds() -> None:
    start = {"name": "since", "in": "query", "description": "Epoch milliseconds", "schema": TEXT}
    document = visits({"viewTime": {"type": "string", "format": "date-time"}}, [start])

    rows = get(document, since="1769644800000").json()["results"]

    assert rows
    assert "2026-01-29" <= min(one["viewTime"] for one in rows)


def test_totals_per_day_stand_beside_the_rows() -> None:
    day = {"type": "object", "properties": {"date": {"type": "string", "format": "date"},
                                            "views": {"type": "integer"}}}  # fmt: skip
    body = get(visits(ID, days={"type": "array", "items": day})).json()

    assert len(body["results"]) == sum(one["views"] for one in body["days"]) > len(body["days"])


def test_the_envelope_of_a_page_agrees_with_its_rows() -> None:
    flags = {name: {"type": "boolean"} for name in ("empty", "first", "last")}
    sort = {"type": "object", "properties": {name: {"type": "boolean"} for name in (
        "empty", "sorted", "unsorted")}}  # fmt: skip
    pageable = {"type": "object", "properties": {
        "paged": {"type": "boolean"}, "unpaged": {"type": "boolean"}, "sort": sort}}  # fmt: skip
    size = {"name": "size", "in": "query", "schema": {"type": "integer"}}
    body = get(visits(ID, [size], pageable=pageable, **flags), size=3).json()

    assert (False, True, False) == (body["empty"], body["first"], body["last"])
    assert (True, False) == (body["pageable"]["paged"], body["pageable"]["unpaged"])
    assert {"empty": True, "sorted": False, "unsorted": True} == body["pageable"]["sort"]


@pytest.mark.parametrize(("style", "key"), [("label", ".SUP"), ("matrix", ";key=SUP")])
def test_styles_of_paths_are_read(style: str, key: str) -> None:
    document = visits(ID)
    path = document.content["paths"]["/spaces/{key}/visits"]["get"]["parameters"][0]
    path["style"] = style
    probe = Probe(document, bind(document))

    sent = asyncio.run(probe.send(f"/spaces/{key}/visits"))

    assert 200 == sent.status_code


DAY_LIST = {"type": "array", "items": {"type": "object", "properties": {
    "date": {"type": "string", "format": "date"}, "views": {"type": "integer"}}}}  # fmt: skip
RANGE = [{"name": name, "in": "query", "schema": {"type": "string", "format": "date-time"}}
         for name in ("from", "to")]  # fmt: skip
PAGED = [{"name": "offset", "in": "query", "schema": {"type": "integer"}},
         {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 3}}]  # fmt: skip
TIMED = {**ID, "viewTime": {"type": "string", "format": "date-time"}}


def test_rows_of_other_lists_and_links_are_read_back() -> None:
    told = found(visits(TIMED, PAGED, next=TEXT, days=DAY_LIST))

    assert {"works"} == {told[name].outcome for name in ("/days/*/views", "/days/*/date", "/next")}
    assert "read back, such as" in told["/days/*/views"].evidence
    assert told["/next"].evidence.endswith(": 200")


@pytest.mark.parametrize(
    ("owner", "name", "broken", "element"),
    [
        (render, "_count", lambda shape: lambda count: count + 1, "/days/*/views"),
        (render, "_to_rfc3339", lambda moment: "2026-01-01T00:00:00Z", "/results/*/viewTime"),
        (reports, "page_links", lambda *_: {Field.NEXT: "http://us.localhost/gone"}, "/next"),
        (query, "start_in", lambda day, zone: start_of(day) + 9 * DAY, "since"),
        (query, "from_rfc3339", lambda text: from_rfc3339(text) + 1, "from"),
        (query, "from_rfc3339", lambda text: from_rfc3339(text) + 1, "to"),
        (query._Arguments, "_offset", lambda *_: 2, "offset"),
    ],
)
def test_what_is_read_back_wrong_breaks(
    owner: object, name: str, broken: Any, element: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = {"name": "since", "in": "query", "schema": {"type": "string", "format": "date"}}
    parameters = [since, *PAGED] if element == "since" else [*RANGE, *PAGED]
    document = visits(TIMED, parameters, next=TEXT, days=DAY_LIST)
    assert "works" == found(document)[element].outcome

    monkeypatch.setattr(owner, name, broken, raising=False)

    assert "breaks" == found(document)[element].outcome


def test_a_parameter_that_no_value_can_be_sent_for_does_not_count_as_working() -> None:
    cursor = {
        "name": "cursor",
        "in": "query",
        "schema": {"type": "string", "pattern": "^[A-C]{90}$"},
    }

    assert "generated" == found(visits(ID, [cursor]))["cursor"].outcome


def test_errors_are_read_back_property_by_property() -> None:
    document = visits(ID)
    error = {"type": "object", "properties": {"status": {"type": "integer"}, "message": TEXT,
                                              "colour": TEXT}}  # fmt: skip
    document.content["paths"]["/spaces/{key}/visits"]["get"]["responses"]["404"] = content_of(error)

    told = {name: one.outcome for name, one in found(document).items() if name.startswith("404 ")}

    assert {"404 /status": "works", "404 /message": "works", "404 /colour": "generated"} == told
    assert {"status", "message"} == get(document, key="NONE").json().keys()


def test_a_filter_may_be_a_list_of_one_account() -> None:
    accounts = {"name": "accountIds", "in": "query", "schema": {"type": "array", "items": TEXT}}
    document = visits(ID, [accounts])

    assert "works" == found(document)["accountIds"].outcome
    assert {"Anonymous"} == {one["userId"] for one in get(document, accountIds="Anonymous").json()[
        "results"]}  # fmt: skip


BOOLEAN = {"type": "boolean"}
WHO = {"userId": TEXT, "anonymous": BOOLEAN, "protected": BOOLEAN}


def kinds_of(rows: list[dict[str, Any]]) -> set[str]:
    return {
        "anonymous" if one["anonymous"] else "protected" if one["protected"] else "known"
        for one in rows
    }


@pytest.mark.parametrize(
    ("name", "schema", "value", "kinds"),
    [
        ("includeAnonymous", BOOLEAN, "false", "known protected"),
        ("includeAnonymous", {"type": "boolean", "default": False}, None, "known protected"),
        ("with_anonymous_users", BOOLEAN, "true", "anonymous known protected"),
        ("excludeAnonymous", BOOLEAN, "true", "known protected"),
        ("ohneAnonyme", BOOLEAN, "true", "known protected"),
        ("anonymousOnly", BOOLEAN, "true", "anonymous"),
        ("isAnonymous", BOOLEAN, "false", "known protected"),
        ("IncludeProtectedUsers", BOOLEAN, "false", "anonymous known"),
        ("hideProtected", {"type": "string", "enum": ["yes", "no"]}, "yes", "anonymous known"),
        ("user_type", {"type": "string", "enum": ["known", "anonymous"]}, "known", "known protected"),
        ("accountType", {"type": "string", "enum": ["user", "guest", "hidden"]}, "user", "known"),
        ("who", {"type": "array", "items": {"type": "string", "enum": ["USER", "GUEST"]}}, "GUEST",
         "anonymous"),
    ],
)  # fmt: skip
def test_a_filter_selects_kinds_of_account(
    name: str, schema: dict[str, Any], value: str | None, kinds: str
) -> None:
    document = visits(WHO, [{"name": name, "in": "query", "schema": schema}])

    rows = get(document, **({} if value is None else {name: value})).json()["results"]

    assert set(kinds.split()) == kinds_of(rows)
    assert "works" == found(document)[name].outcome


@pytest.mark.parametrize(
    ("name", "value", "outcomes"),
    [
        ("onlyUnsuccessful", "true", {False}),
        ("onlyUnsuccessful", "false", {True, False}),
        ("nurErfolglose", "true", {False}),
        ("zeroResultsOnly", "true", {False}),
        ("hasResults", "true", {True}),
        ("successful", "false", {False}),
    ],
)
def test_a_filter_selects_searches_by_what_they_found(
    name: str, value: str, outcomes: set[bool]
) -> None:
    document = visits({"term": TEXT, "hits": {"type": "integer"}})
    item = document.content["paths"].pop("/spaces/{key}/visits")
    item["get"]["parameters"] = [{"name": name, "in": "query", "schema": BOOLEAN}]
    document.content["paths"]["/searches"] = item

    rows = get(document, **{name: value}).json()["results"]

    assert outcomes == {one["hits"] > 0 for one in rows}
    assert "works" == found(document)[name].outcome


def test_a_filter_of_several_accounts_lets_pass_each_of_them() -> None:
    accounts = {"name": "accountIds", "in": "query", "schema": {"type": "array", "items": TEXT}}
    document = visits(ID, [accounts])
    wanted = sorted({one["userId"] for one in get(document).json()["results"]} - {""})[:2]

    rows = get(document, accountIds=wanted).json()["results"]

    assert wanted == sorted({one["userId"] for one in rows})


NULL_FOR_ANONYMOUS = "The viewer; null for anonymous users."
VIEWER = {"type": "object", "properties": {"id": TEXT}, "required": ["id"]}


@pytest.mark.parametrize(
    ("schema", "absent"),
    [
        ({"type": "string", "nullable": True, "description": NULL_FOR_ANONYMOUS}, None),
        ({**VIEWER, "nullable": True, "description": NULL_FOR_ANONYMOUS}, None),
        ({"allOf": [VIEWER], "nullable": True, "description": NULL_FOR_ANONYMOUS}, None),
        ({"type": "string", "nullable": True}, "Anonymous"),
        ({"type": "string", "nullable": True,
          "description": "Null if protected; `Anonymous` for guests."}, "Anonymous"),
    ],
)  # fmt: skip
def test_anonymous_viewers_are_absent_where_the_document_says_so(
    schema: dict[str, Any], absent: str | None
) -> None:
    rows = get(visits({"viewer": schema, "anonymous": BOOLEAN})).json()["results"]

    assert {absent} == {one["viewer"] for one in rows if one["anonymous"]}
    assert any(one["viewer"] for one in rows if not one["anonymous"])


def test_an_object_of_a_protected_viewer_is_null_if_it_must_name_one() -> None:
    rows = get(visits({"viewer": {**VIEWER, "nullable": True}, "protected": BOOLEAN})).json()

    assert {None} == {one["viewer"] for one in rows["results"] if one["protected"]}


@pytest.mark.parametrize(
    ("declared", "status"), [({"422"}, 422), ({"400", "422"}, 400), ({"default"}, 400), ({"422", "4XX"}, 400)]
)  # fmt: skip
def test_an_invalid_request_has_the_status_that_the_document_has_for_it(
    declared: set[str], status: int
) -> None:
    document = visits(ID, [{"name": "limit", "in": "query", "schema": {"type": "integer"}}])
    responses = document.content["paths"]["/spaces/{key}/visits"]["get"]["responses"]
    detail = {"type": "array", "items": {"type": "object", "properties": {"msg": TEXT}}}
    error = {"type": "object", "properties": {"detail": detail}}
    responses |= dict.fromkeys(declared, content_of(error))

    response = get(document, limit="x")

    assert status == response.status_code
    assert "limit" in response.json()["detail"][0]["msg"]
    assert "works" == found(document)[str(status)].outcome


@pytest.mark.parametrize(
    ("parameter", "body", "newest_first"),
    [
        ({"description": "Views of a space, newest first."}, "results", True),
        ({"summary": "Views (most recent first)"}, "results", True),
        ({"description": "Views; the newest are missing at first."}, "results", False),
    ],
)
def test_rows_are_in_the_order_that_the_operation_is_described_with(
    parameter: dict[str, str], body: str, newest_first: bool
) -> None:
    document = visits(TIMED)
    document.content["paths"]["/spaces/{key}/visits"]["get"] |= parameter

    times = [one["viewTime"] for one in get(document).json()[body]]

    assert times == sorted(times, reverse=newest_first)


COUNTED = {"title": TEXT, "contentId": TEXT, "views": {"type": "integer"}}


@pytest.mark.parametrize(("value", "largest_first"), [(None, True), ("desc", True), ("asc", False)])
def test_totals_are_in_the_order_that_is_asked_for(value: str | None, largest_first: bool) -> None:
    order = {"name": "orderDirection", "in": "query", "schema": {
        "type": "string", "enum": ["asc", "desc"]}}  # fmt: skip
    document = visits(COUNTED, [order])

    rows = get(document, **({"orderDirection": value} if value else {})).json()["results"]

    views = [one["views"] for one in rows]
    assert views == sorted(views, reverse=largest_first)
    assert len(set(views)) > 2


INTERVAL = {"name": "granularity", "in": "query", "schema": {
    "type": "string", "enum": ["DAY", "WEEK", "MONTH"], "default": "WEEK"}}  # fmt: skip


@pytest.mark.parametrize(("value", "starts"), [("DAY", 40), (None, 6), ("WEEK", 6), ("MONTH", 2)])
def test_totals_are_of_the_interval_that_is_asked_for(value: str | None, starts: int) -> None:
    row = {"periodStart": {"type": "string", "format": "date"}, "views": {"type": "integer"},
           "uniqueViewers": {"type": "integer"}}  # fmt: skip
    zone = {"name": "tz", "in": "query", "schema": TEXT}
    document = visits(
        row, [INTERVAL, zone, *RANGE], granularity=TEXT, totalViews={"type": "integer"}
    )
    document.content["paths"]["/spaces/{key}/visits"]["get"]["responses"]["200"]["content"][
        "application/json"]["schema"]["properties"]["granularity"] = INTERVAL["schema"]  # fmt: skip
    query = {
        "from": "2025-12-01T00:00:00+01:00",
        "to": "2026-01-10T00:00:00+01:00",
        "tz": "Europe/Berlin",
    }
    body = get(document, **query, **({"granularity": value} if value else {})).json()

    days = [one["periodStart"] for one in body["results"]]
    assert (starts, value or "WEEK") == (len(days), body["granularity"])
    assert "2025-12-01" == days[0]
    assert body["totalViews"] == sum(one["views"] for one in body["results"])
    assert "works" == found(document)["granularity"].outcome


def test_a_key_in_totals_is_of_what_the_totals_are_of() -> None:
    row = {"key": TEXT, "label": TEXT, "views": {"type": "integer"}}

    rows = get(visits(row)).json()["results"]

    assert len(rows) == len({one["key"] for one in rows}) > 3


WRONG = 'query parameter \'limit\': "x" is not of type "integer".'
ERROR_FORMS: list[tuple[dict[str, Any], Any]] = [
    ({"errorMessages": {"type": "array", "items": TEXT}, "errors": {"type": "object"}},
     {"errorMessages": [WRONG]}),
    ({"errors": {"type": "array", "items": {"type": "object", "properties": {
        "detail": TEXT, "source": {"type": "object", "properties": {
            "parameter": TEXT, "pointer": TEXT}}}}}},
     {"errors": [{"detail": WRONG, "source": {"parameter": "limit"}}]}),
    ({"detail": {"type": "array", "items": {"type": "object", "properties": {
        "loc": {"type": "array", "items": TEXT}, "msg": TEXT, "ctx": {"type": "object"}}}}},
     {"detail": [{"loc": ["limit"], "msg": WRONG}]}),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "expected"), ERROR_FORMS)
def test_an_error_names_the_parameter_and_nothing_that_is_made_up(
    properties: dict[str, Any], expected: Any
) -> None:
    document = visits(ID, [{"name": "limit", "in": "query", "schema": {"type": "integer"}}])
    responses = document.content["paths"]["/spaces/{key}/visits"]["get"]["responses"]
    responses["400"] = content_of({"type": "object", "properties": properties})

    assert expected == get(document, limit="x").json()


def test_links_lead_to_the_first_and_the_last_page() -> None:
    links = {"type": "object", "properties": dict.fromkeys(("first", "next", "last"), TEXT)}
    document = visits(TIMED, PAGED, links=links, total={"type": "integer"})

    body = get(document, offset=6).json()

    assert body["links"]["first"].endswith("?offset=0")
    assert body["links"]["last"].endswith(f"?offset={(body['total'] - 1) // 3 * 3}")
    assert {"works"} == {found(document)[f"/links/{one}"].outcome for one in ("first", "last")}


def test_closed_classes_that_inherit_are_served() -> None:
    base = {"type": "object", "properties": ID, "additionalProperties": False}
    middle = {"allOf": [base, {"type": "object", "properties": {"viewTime": TEXT},
                               "additionalProperties": False}]}  # fmt: skip
    last = {"type": "object", "properties": {"contentId": TEXT}, "additionalProperties": False}
    document = visits({})
    body = {"type": "array", "items": {"allOf": [middle, last]}}
    document.content["paths"]["/spaces/{key}/visits"]["get"]["responses"]["200"] = content_of(body)

    assert {"userId", "viewTime", "contentId"} == get(document).json()[0].keys()
    assert not any(one.is_broken for one in check_document(document))


def test_rows_of_types_that_a_document_has_no_word_for_are_left_out() -> None:
    kinds = {"type": "string", "enum": ["PAGE", "BLOG_POST"]}
    total = {"type": "integer"}
    some = get(visits({"contentType": kinds}, PAGED, total=total), limit=5_000).json()
    every = get(visits({"contentType": TEXT}, PAGED, total=total), limit=5_000).json()
    types = [row["contentType"] for row in every["results"]]

    assert {"PAGE", "BLOG_POST"} == {row["contentType"] for row in some["results"]}
    assert some["total"] == len(types) - types.count("attachment") < every["total"]


@pytest.mark.parametrize(
    ("sent", "echo"),
    [
        ("2026-01-20T10:00:00Z", "2026-01-20T10:00:00.000Z"),
        ("2026-01-20", "2026-01-20T23:59:59.999Z"),
    ],
)
def test_an_end_is_echoed_as_it_was_sent_and_a_day_with_its_last_moment(
    sent: str, echo: str
) -> None:
    moments = [{"name": name, "in": "query", "schema": TEXT} for name in ("from", "to")]
    report = get(visits(TIMED, moments, to={"type": "string", "format": "date-time"}), to=sent)

    assert echo == report.json()["to"]


TITLED = {**TIMED, "contentId": TEXT, "title": TEXT}


@pytest.mark.parametrize(
    ("parameters", "sent", "key", "is_descending"),
    [
        (["sort"], {"sort": "viewTime,desc"}, "viewTime", True),
        (["sort"], {"sort": "-contentId"}, "contentId", True),
        (["orderBy"], {"orderBy": "content_id"}, "contentId", False),
        (["sortBy", "order"], {"sortBy": "userId", "order": "desc"}, "userId", True),
    ],
)
def test_rows_are_sorted_by_the_column_that_a_request_names(
    parameters: list[str], sent: dict[str, str], key: str, is_descending: bool
) -> None:
    named = [{"name": name, "in": "query", "schema": TEXT} for name in parameters]
    row = {**TITLED, "userId": {"type": "string", "nullable": True}}
    rows = get(visits(row, [*named, *PAGED]), limit=5_000, **sent).json()["results"]
    values = [row[key] for row in rows if row[key] is not None]

    assert len(set(values)) > 2
    assert values == sorted(values, reverse=is_descending)


def test_totals_are_sorted_by_any_column() -> None:
    row = {"contentId": TEXT, "title": TEXT, "views": {"type": "integer"}}
    named = [{"name": "sort", "in": "query", "schema": TEXT}]
    titles = [row["title"] for row in get(visits(row, named), sort="title").json()["results"]]
    views = [row["views"] for row in get(visits(row, named), sort="views,asc").json()["results"]]

    assert titles == sorted(titles)
    assert views == sorted(views)
    assert len(titles) > 5


@pytest.mark.parametrize("column", ["title", "nonsense"])
def test_a_column_that_rows_cannot_be_sorted_by_is_said_in_a_note(column: str) -> None:
    named = [{"name": "sort", "in": "query", "schema": TEXT}]
    document = visits(TITLED, named)
    probe = Probe(document, bind(document))
    response, report = probe.get(document.operations[0], {"key": "SUP", "sort": column})

    assert report is not None
    assert any(f"nothing here is sorted by '{column}'" in note for note in report.query.notes)
    assert 200 == response.status_code
