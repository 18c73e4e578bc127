"""Operations bound by inference: single decisions one by one; whole documents are in test_blind_documents."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mock_server.binding.fields import Field, Grouping, Part, Subject, Unit
from mock_server.binding.infer import bind
from mock_server.binding.model import OperationBinding
from mock_server.openapi.document import Document
from mock_server.openapi.load import read_document
from tests.made_documents import (
    BOOLEAN,
    DAY,
    INTEGER,
    MOMENT,
    TEXT,
    TIMED,
    choice,
    content_of,
    fields,
    listed,
    listing,
    query,
    responding,
    served,
)

VARIANTS = Path(__file__).parents[2] / "documents" / "variants"


def binding_of(
    row: dict[str, Any], *, path: str = "/api/contents/{contentId}/visits",
    parameters: Sequence[dict[str, Any]] = (), **envelope: Any
) -> OperationBinding:  # fmt: skip
    """Bind one operation whose response is `{"results": [row], ...envelope}`."""
    body = fields(results=listed(fields(**row)), **envelope)
    return bound_in(responding(body, [*parameters], path=path))


def bound_in(document: Document) -> OperationBinding:
    (bound,) = bind(document).operations.values()
    return bound


def fields_in(bound: OperationBinding) -> dict[str, Field]:
    found = {**bound.properties, **bound.headers}
    return {path: one.field for path, one in found.items() if one.field is not None}


def parts(bound: OperationBinding) -> dict[str, Part | None]:
    return {one.parameter.name: one.part for one in bound.parameters}


@pytest.mark.parametrize("variant", ["springdoc-viewers.yaml", "plain-31.yaml"])
def test_every_decision_has_its_evidence(variant: str) -> None:
    for bound in bind(read_document(VARIANTS / variant)).operations.values():
        decisions = (*bound.parameters, *bound.properties.values(), *bound.headers.values())

        assert bound.evidence
        assert all(one.evidence for one in decisions)


@pytest.mark.parametrize(("path", "expected"), [
    ("/contents/{contentId}/visits", Subject.CONTENT_VISITS),
    ("/page/{id}/views", Subject.CONTENT_VISITS),
    ("/spaces/{key}/views", Subject.SPACE_VISITS),
    ("/report/searches", Subject.SEARCHES),
    ("/report/search-terms", Subject.SEARCHES),
    ("/report/views", Subject.SITE_VISITS),
])  # fmt: skip
def test_the_path_says_what_the_rows_are_of(path: str, expected: Subject) -> None:
    assert expected is binding_of({"time": MOMENT, "term": TEXT}, path=path).subject


@pytest.mark.parametrize(("row", "expected"), [
    ({"viewTime": MOMENT, "accountId": TEXT}, Grouping.ROWS),
    ({"accountId": TEXT, "views": INTEGER}, Grouping.VIEWERS),
    ({"displayName": TEXT, "viewCount": INTEGER}, Grouping.VIEWERS),
    ({"contentId": TEXT, "views": INTEGER}, Grouping.CONTENTS),
    ({"contentId": TEXT, "title": TEXT, "lastViewedAt": MOMENT}, Grouping.CONTENTS),
    ({"day": DAY, "views": INTEGER}, Grouping.DAYS),
])  # fmt: skip
def test_rows_that_count_are_totals_of_what_they_name(
    row: dict[str, Any], expected: Grouping
) -> None:
    assert expected is binding_of(row).grouping


def test_the_end_of_a_path_says_what_totals_are_of() -> None:
    row = {"id": TEXT, "name": TEXT, "views": INTEGER}

    assert Grouping.VIEWERS is binding_of(row, path="/report/users").grouping
    assert Grouping.SPACES is binding_of(row, path="/report/spaces").grouping
    assert Grouping.CONTENTS is binding_of(row, path="/spaces/{key}/pages").grouping


def test_a_parameter_is_echoed_in_another_spelling() -> None:
    steps = choice("Day", "Week")
    row = {"date": DAY, "views": INTEGER}

    bound = binding_of(row, parameters=(query("Granularity", steps),), granularity=steps)

    assert fields_in(bound)["/granularity"] is Field.INTERVAL


def test_a_description_says_that_a_name_is_the_title_of_a_content() -> None:
    title = {**TEXT, "description": "The title of the viewed content."}
    row = {"contentId": TEXT, "displayName": title, "time": MOMENT, "viewer": fields(id=TEXT)}

    assert fields_in(binding_of(row))["/results/*/displayName"] is Field.CONTENT_TITLE


def test_a_count_of_searches_is_ours() -> None:
    count = {"text/plain": {"schema": {**INTEGER, "format": "int64"}}}
    document = served({"200": {"description": "", "content": count}}, path="/searches/count")

    assert fields_in(bound_in(document)) == {"": Field.VIEWS}


def test_a_german_envelope_names_its_space() -> None:
    bound = binding_of({"tag": DAY, "aufrufe": INTEGER}, path="/bereiche/{id}/tage", bereich=TEXT)

    assert fields_in(bound)["/bereich"] is Field.SPACE_KEY


@pytest.mark.parametrize(("path", "row", "grouping", "expected"), [
    ("/searches", {"query": TEXT, "hits": INTEGER, "date": MOMENT}, Grouping.ROWS,
     {"hits": Field.NUMBER_OF_RESULTS}),
    ("/spaces/{key}/users", {"id": TEXT, "displayName": TEXT, "views": INTEGER},
     Grouping.VIEWERS, {"id": Field.ACCOUNT}),
    ("/searches",
     {"term": TEXT, "searchedAt": MOMENT, "unsuccessful": BOOLEAN, "isLoggedIn": BOOLEAN},
     Grouping.ROWS, {"unsuccessful": Field.IS_UNSUCCESSFUL, "isLoggedIn": Field.IS_KNOWN}),
    ("/contents/{contentId}/visits",
     {"contentId": INTEGER, "date": DAY, "totalReads": INTEGER, "views": INTEGER},
     Grouping.DAYS, {"contentId": Field.CONTENT_ID}),
    ("/search", {"query": TEXT, "totalSize": INTEGER, "date": MOMENT}, Grouping.ROWS,
     {"totalSize": Field.NUMBER_OF_RESULTS}),
    ("/suchbegriffe", {"suchbegriff": TEXT, "anzahl": INTEGER, "davonErfolglos": INTEGER},
     Grouping.TERMS, {"davonErfolglos": Field.UNSUCCESSFUL}),
], ids=[
    "a number of results is no total", "totals are of their id", "flags of the opposite",
    "days of one content repeat the content", "the size of a search is that of its results",
    "a part of the searches",
])  # fmt: skip
def test_fields_depend_on_what_the_rows_are(
    path: str, row: dict[str, Any], grouping: Grouping, expected: dict[str, Field]
) -> None:
    bound = binding_of(row, path=path)

    assert grouping is bound.grouping
    assert expected == {name: bound.properties[f"/results/*/{name}"].field for name in expected}


def test_a_response_without_a_list_is_sums() -> None:
    sums = fields(totalViews=INTEGER, uniqueViewers=INTEGER)
    bound = bound_in(responding(sums, path="/views/sums"))

    assert (bound.grouping, bound.rows_at) == (Grouping.SUMS, None)
    assert bound.envelope == {Field.VIEWS, Field.VIEWERS}


def test_of_several_lists_the_rows_are_the_one_that_says_most() -> None:
    warnings = listed(fields(text=TEXT))
    bound = binding_of({"viewTime": MOMENT, "accountId": TEXT}, aWarnings=warnings)

    assert bound.rows_at == "/results"


def test_what_lies_around_the_rows_is_distinguished_from_what_lies_in_them() -> None:
    bound = binding_of({"accountId": TEXT, "views": INTEGER}, totalViews=INTEGER, total=INTEGER)

    assert bound.envelope == {Field.VIEWS, Field.TOTAL}


@pytest.mark.parametrize(("name", "schema", "expected"), [
    ("viewTime", BOOLEAN, None),
    ("accountId", INTEGER, Field.ACCOUNT),
    ("accounts", INTEGER, None),
    ("contentId", INTEGER, Field.CONTENT_ID),
    ("contentId", TEXT, Field.CONTENT_ID),
    ("contentType", {"enum": ["red", "green"]}, None),
    ("contentType", {"enum": ["PAGE", "BLOG_POST"]}, Field.CONTENT_TYPE),
    ("date", {"type": "string", "format": "uuid"}, None),
    ("anonymous", TEXT, None),
])  # fmt: skip
def test_a_name_counts_only_with_a_type_that_can_hold_the_value(
    name: str, schema: dict[str, Any], expected: Field | None
) -> None:
    assert expected is binding_of({name: schema}).properties[f"/results/*/{name}"].field


@pytest.mark.parametrize(("names", "expected"), [
    (("user", "id"), Field.ACCOUNT),
    (("content", "id"), Field.CONTENT_ID),
    (("attributes", "content", "title"), Field.CONTENT_TITLE),
    (("space", "key"), Field.SPACE_KEY),
    (("space", "name"), Field.SPACE_NAME),
    (("somewhere", "id"), None),
    (("somewhere", "accountId"), Field.ACCOUNT),
])  # fmt: skip
def test_objects_around_a_property_help_to_name_it(
    names: tuple[str, ...], expected: Field | None
) -> None:
    bound = binding_of({names[0]: nested(TEXT, *names[1:])})

    assert expected is bound.properties["/results/*/" + "/".join(names)].field


def test_properties_that_only_requests_have_are_passed_over() -> None:
    bound = binding_of({"accountId": TEXT, "viewTime": {**MOMENT, "writeOnly": True}})

    assert "/results/*/viewTime" not in bound.properties


@pytest.mark.parametrize(("method", "responses", "reason"), [
    ("post", {"200": {}}, "POST changes things"),
    ("get", {"404": {}}, "no response of success"),
    ("get", {"200": {"content": {"text/csv": {}}}}, "not JSON"),
    ("get", {"204": {}}, "not JSON"),
])  # fmt: skip
def test_what_cannot_be_served_is_listed_with_the_reason(
    method: str, responses: dict[str, Any], reason: str
) -> None:
    binding = bind(served(responses, method=method))

    assert binding.operations == {}
    assert reason in binding.unbound["views"]


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=utf-8", "application/hal+json", "*/*"],
)
def test_json_goes_by_several_names(media_type: str) -> None:
    bound = bound_in(served({"2XX": content_of({"type": "array"}, media_type)}))

    assert (bound.status, bound.media_type.name) == (200, media_type)


@pytest.mark.parametrize(("parameter", "part", "unit"), [
    (query("from", MOMENT), Part.START, Unit.DATE_TIME),
    (query("endDate", DAY), Part.END, Unit.DATE),
    (query("since"), Part.START, Unit.FREE),
    (query("since", INTEGER, description="Unix seconds"), Part.START, Unit.SECONDS),
    (query("until", INTEGER, description="epoch"), Part.END, Unit.MILLISECONDS),
    (query("start", {**INTEGER, "minimum": 0, "default": 0}), Part.OFFSET, None),
    (query("page-size", INTEGER), Part.LIMIT, None),
    (query("limit"), None, None),
    (query("cursor"), Part.CURSOR, None),
    (query("colour"), None, None),
    ({"name": "from", "in": "header", "schema": MOMENT}, None, None),
])  # fmt: skip
def test_a_parameter_plays_the_part_of_its_name_and_type(
    parameter: dict[str, Any], part: Part | None, unit: Unit | None
) -> None:
    *_, bound = binding_of({"time": MOMENT}, parameters=(parameter,)).parameters

    assert (bound.part, bound.unit) == (part, unit)


@pytest.mark.parametrize(("schema", "first"), [
    ({"minimum": 1}, 1),
    ({"minimum": 0}, 0),
    ({"default": 1}, 1),
    ({"minimum": 0, "default": 1}, 0),
    ({}, 1),
    ({"description": "Results page you want to retrieve (0..N)"}, 0),
])  # fmt: skip
def test_the_lowest_page_number_says_what_the_first_page_is_called(
    schema: dict[str, Any], first: int
) -> None:
    bound = binding_of({}, parameters=(query("page", {**INTEGER, **schema}),))

    assert first == bound.parameters[-1].first


def form(kind: str, **more: Any) -> dict[str, Any]:
    return fields(kind={"const": kind}, **more)


def nested(schema: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in reversed(names):
        schema = fields(**{name: schema})
    return schema


@pytest.mark.parametrize(("row", "expected"), [
    ({"klass": {"enum": ["PAGE", "BLOG_POST", "FILE"]}}, {"klass": Field.CONTENT_TYPE}),
    ({"klass": {"enum": ["logged-in", "guest"]}}, {"klass": Field.ACCOUNT_KIND}),
    # One known value among others says nothing.
    ({"device": {"enum": ["desktop", "phone", "unknown"]}}, {}),
    # A description as short as a name is read as one.
    ({"k": {**TEXT, "description": "The space key, such as SUP."}}, {"k": Field.SPACE_KEY}),
    ({"k": {**TEXT, "description": "The space key or something else entirely"}}, {}),
    # The only moment of a row is its time; of two none is guessed.
    ({"contentId": INTEGER, "logged": MOMENT},
     {"contentId": Field.CONTENT_ID, "logged": Field.TIME}),
    ({"contentId": INTEGER, "logged": MOMENT, "stored": MOMENT},
     {"contentId": Field.CONTENT_ID}),
    # A name beside an id is the person's.
    ({"user": fields(id=TEXT, name=TEXT)},
     {"user/id": Field.ACCOUNT, "user/name": Field.ACCOUNT_NAME}),
    ({"userId": TEXT, "user": {**TEXT, "description": "Display name"}},
     {"userId": Field.ACCOUNT, "user": Field.ACCOUNT_NAME}),
    # What has one possible value carries nothing.
    ({"type": {"const": "visits"}, "viewTime": MOMENT}, {"viewTime": Field.TIME}),
    ({"viewedAt": MOMENT, "contentId": TEXT, "status": {"enum": ["current", "trashed"]}},
     {"viewedAt": Field.TIME, "contentId": Field.CONTENT_ID, "status": Field.IS_TRASHED}),
    # Links of JSON:API are seen through.
    ({"relationships": nested(fields(type={"const": "spaces"}, id=TEXT), "space", "data")},
     {"relationships/space/data/id": Field.SPACE_KEY}),
    # Forms distinguished by a constant are all looked at.
    ({"viewer": {"oneOf": [form("known", accountId=TEXT), form("anonymous")]}},
     {"viewer/kind": Field.ACCOUNT_KIND, "viewer/accountId": Field.ACCOUNT}),
])  # fmt: skip
def test_a_property_is_bound_by_more_than_its_name(
    row: dict[str, Any], expected: dict[str, Field]
) -> None:
    assert fields_in(binding_of(row)) == {
        f"/results/*/{place}": field for place, field in expected.items()
    }


def test_the_next_page_may_be_a_number() -> None:
    bound = binding_of({}, nextPage=INTEGER, hasPrevious=BOOLEAN, success=BOOLEAN)

    assert fields_in(bound) == {
        "/nextPage": Field.NEXT_NUMBER,
        "/hasPrevious": Field.HAS_PREVIOUS,
        "/success": Field.IS_SUCCESSFUL,
    }


@pytest.mark.parametrize(("names", "schema"), [
    (("viewedAt[gte]", "viewedAt[lte]"), MOMENT),
    (("occurred_after", "occurred_before"), MOMENT),
    (("minViewTime", "maxViewTime"), MOMENT),
    (("earliest_ts", "latest_ts"), INTEGER),
])  # fmt: skip
def test_a_range_is_recognized_by_a_word_in_the_names(
    names: tuple[str, str], schema: dict[str, Any]
) -> None:
    bound = binding_of({}, parameters=tuple(query(name, schema) for name in names))

    assert [parts(bound)[name] for name in names] == [Part.START, Part.END]


def integers(*names: str) -> list[dict[str, Any]]:
    return [query(name, INTEGER) for name in names]


@pytest.mark.parametrize(("parameters", "expected"), [
    # Beside an end a start is a moment, beside a limit an offset, even where there are days.
    ([*integers("start", "end")], {"start": Part.START}),
    ([*integers("start", "limit")], {"start": Part.OFFSET}),
    ([*integers("start", "limit"), query("endDate", MOMENT), query("startDate", DAY)],
     {"start": Part.OFFSET}),
    # Each part is played once, by the best name.
    ([*integers("size", "limit")], {"size": None, "limit": Part.LIMIT}),
    ([query("sortBy", choice("time", "title")), query("direction", choice("asc", "desc"))],
     {"direction": Part.ORDER, "sortBy": Part.SORT}),
    ([query("sortBy"), query("direction")], {"direction": Part.ORDER, "sortBy": Part.SORT}),
    ([query("only", choice("page", "blog"))], {"only": Part.CONTENT_TYPE}),
])  # fmt: skip
def test_parameters_are_distinguished_by_those_beside_them_and_their_values(
    parameters: list[dict[str, Any]], expected: dict[str, Part | None]
) -> None:
    assert expected.items() <= parts(binding_of({}, parameters=parameters)).items()


def test_an_id_of_an_object_beside_that_of_the_row_is_the_contents() -> None:
    row = {"id": TEXT, "resourceId": TEXT, "viewedAt": MOMENT}
    found = bind(listing(row)).operations["views"].properties

    assert found["/results/*/id"].field is Field.ROW_ID
    assert found["/results/*/resourceId"].field is Field.CONTENT_ID


@pytest.mark.parametrize(("parameters", "part"), [
    ([query("period", choice("day", "week", "month"))], Part.PRESET),
    ([query("from", DAY), query("period", choice("day", "week", "month"))], Part.INTERVAL),
    ([query("before", DAY)], Part.END), ([query("before")], Part.CURSOR_BEFORE),
    ([query("first", INTEGER)], Part.OFFSET), ([query("first", DAY)], None),
])  # fmt: skip
def test_types_and_neighbours_decide_what_an_ambiguous_parameter_is(
    parameters: list[dict[str, Any]], part: Part | None
) -> None:
    document = listing({"date": DAY, "views": INTEGER}, parameters, path="/spaces/{key}/daily")

    assert bind(document).operations["views"].parameters[-1].part is part


@pytest.mark.parametrize(("name", "schema", "field"), [
    ("totalCount", INTEGER, Field.TOTAL), ("total", INTEGER, Field.TOTAL),
    ("totalPages", INTEGER, Field.PAGES), ("number", INTEGER, Field.PAGE),
])  # fmt: skip
def test_an_object_called_page_tells_about_all_pages(
    name: str, schema: dict[str, Any], field: Field
) -> None:
    body = fields(page=fields(**{name: schema}), results=listed(fields(**TIMED)))
    document = responding(body, [query("page", INTEGER), query("size", INTEGER)])

    assert bind(document).operations["views"].properties[f"/page/{name}"].field is field


@pytest.mark.parametrize(("around", "row", "expected"), [
    ("viewedBy", {"id": TEXT, "name": TEXT}, [Field.ACCOUNT, Field.ACCOUNT_NAME]),
    ("userDetails", {"key": TEXT}, [Field.ACCOUNT]),
    ("viewedPage", {"id": TEXT, "url": TEXT, "createdAt": MOMENT},
     [Field.CONTENT_ID, Field.CONTENT_URL, Field.CONTENT_TIME]),
    ("spaceInfo", {"key": TEXT, "title": TEXT}, [Field.SPACE_KEY, Field.SPACE_NAME]),
])  # fmt: skip
def test_the_name_of_an_object_says_what_its_properties_are_of(
    around: str, row: dict[str, Any], expected: list[Field]
) -> None:
    document = listing({"viewedAt": MOMENT, around: fields(**row)}, path="/visits")
    found = bind(document).operations["views"].properties

    assert expected == [found[f"/results/*/{around}/{name}"].field for name in row]


@pytest.mark.parametrize(("day", "count"), [("day", "value"), ("x", "y"), ("date", "count")])
def test_days_may_have_values(day: str, count: str) -> None:
    bound = bind(listing({day: DAY, count: INTEGER}, path="/spaces/{key}/views/daily"))
    found = bound.operations["views"]

    assert found.grouping is Grouping.DAYS
    assert found.properties[f"/results/*/{count}"].field is Field.VIEWS


@pytest.mark.parametrize(("name", "schema", "description", "expected"), [
    ("after", TEXT, "The `endCursor` of the previous page", Part.CURSOR),
    ("after", TEXT, "Id of the last view of the previous page", Part.CURSOR),
    ("after", TEXT, "Only views after this time", Part.START),
    ("before", TEXT, "Only views before this time", Part.END),
    ("before", TEXT, "ISO 8601. For the next page, pass `nextBefore` of the previous one", Part.END),
    ("before", {**TEXT, "example": "2026-01-31T12:00:00Z"}, "`next` of the last page", Part.END),
    ("start", INTEGER, "Start of the range, epoch milliseconds", Part.START),
    ("start", INTEGER, "Number of rows to skip", Part.OFFSET),
    ("last", TEXT, "Range that ends now, such as 7d or 24h", Part.PRESET),
])  # fmt: skip
def test_a_description_decides_what_an_ambiguous_parameter_is(
    name: str, schema: dict[str, Any], description: str, expected: Part
) -> None:
    parameters = query(name, schema, description=description), query("limit", INTEGER)
    bound = binding_of({"viewedAt": MOMENT}, parameters=parameters)

    assert parts(bound)[name] is expected
