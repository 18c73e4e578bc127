"""Operations bound by inference: the two variants whole, and single decisions one by one."""

from pathlib import Path
from typing import Any

import pytest

from mock_server.binding.fields import Field, Grouping, OperationBinding, Part, Subject, Unit
from mock_server.binding.infer import bind
from mock_server.openapi.document import Document
from mock_server.openapi.load import read_document

VARIANTS = Path(__file__).parents[2] / "documents" / "variants"


def binding_of(
    row: dict[str, Any],
    *,
    path: str = "/api/contents/{contentId}/visits",
    parameters: tuple[dict[str, Any], ...] = (),
    **envelope: Any,
) -> OperationBinding:
    """Bind one operation that answers `{"results": [row], ...envelope}`."""
    results = {"type": "array", "items": {"type": "object", "properties": row}}
    body = {"type": "object", "properties": {"results": results, **envelope}}
    response = {"description": "fine", "content": {"application/json": {"schema": body}}}
    named = path[path.find("{") + 1 : path.find("}")] if "{" in path else None
    placed = [{"name": named, "in": "path", "required": True, "schema": {"type": "string"}}]
    get = {"parameters": [*(placed if named else []), *parameters], "responses": {"200": response}}
    document = Document({"openapi": "3.1.0", "paths": {path: {"get": get}}}, origin="api.yaml")
    (bound,) = bind(document).operations.values()
    return bound


def query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
MOMENT = {"type": "string", "format": "date-time"}


def fields(bound: OperationBinding) -> dict[str, Field]:
    found = {**bound.properties, **bound.headers}
    return {path: one.field for path, one in found.items() if one.field is not None}


def parts(bound: OperationBinding) -> dict[str, Part | None]:
    return {one.parameter.name: one.part for one in bound.parameters}


def test_the_springdoc_variant_is_bound_whole() -> None:
    binding = bind(read_document(VARIANTS / "springdoc-viewers.yaml"))
    content, space, searches = binding.operations.values()

    assert binding.unbound == {}
    assert [one.subject for one in (content, space, searches)] == [
        Subject.CONTENT_VISITS,
        Subject.SPACE_VISITS,
        Subject.SEARCHES,
    ]
    assert [one.grouping for one in (content, space, searches)] == [
        Grouping.VIEWERS,
        Grouping.VIEWERS,
        Grouping.ROWS,
    ]
    assert fields(content) == fields(space) == {
        "/results/*/user/accountId": Field.ACCOUNT,
        "/results/*/user/anonymous": Field.IS_ANONYMOUS,
        "/results/*/views": Field.VIEWS,
        "/results/*/lastViewDate": Field.LAST_TIME,
        "/page": Field.PAGE,
        "/size": Field.LIMIT,
        "/totalElements": Field.TOTAL,
        "/totalViews": Field.VIEWS,
    }  # fmt: skip
    assert fields(searches) == {
        "/results/*/query": Field.TERM,
        "/results/*/resultCount": Field.NUMBER_OF_RESULTS,
        "/results/*/date": Field.TIME,
        "/results/*/accountId": Field.ACCOUNT,
        "/results/*/successful": Field.IS_SUCCESSFUL,
        "/page": Field.PAGE,
        "/size": Field.LIMIT,
        "/totalElements": Field.TOTAL,
    }
    assert parts(content) == {
        "contentId": Part.CONTENT_ID,
        "from": Part.START,
        "to": Part.END,
        "page": Part.PAGE,
        "size": Part.LIMIT,
    }


def test_the_plain_variant_is_bound_whole() -> None:
    binding = bind(read_document(VARIANTS / "plain-31.yaml"))
    content, space, searches = binding.operations.values()

    assert binding.unbound == {}
    assert [one.subject for one in (content, space, searches)] == [
        Subject.CONTENT_VISITS,
        Subject.SPACE_VISITS,
        Subject.SEARCHES,
    ]
    assert {Grouping.ROWS} == {one.grouping for one in (content, space, searches)}
    assert {""} == {one.rows_at for one in (content, space, searches)}
    assert fields(content) == fields(space) == {
        "/*/visit_id": Field.ROW_ID,
        "/*/viewed_at": Field.TIME,
        "/*/unix_date": Field.TIME,
        "/*/content/id": Field.CONTENT_ID,
        "/*/content/type": Field.CONTENT_TYPE,
        "/*/content/title": Field.CONTENT_TITLE,
        "/*/content/parent_id": Field.PARENT_ID,
        "/*/viewer/account_id": Field.ACCOUNT,
        "/*/viewer/kind": Field.ACCOUNT_KIND,
        "X-Total-Count": Field.TOTAL,
    }  # fmt: skip
    assert fields(searches) == {
        "/*/term": Field.TERM,
        "/*/searched_at": Field.TIME,
        "/*/hits": Field.NUMBER_OF_RESULTS,
        "/*/account_id": Field.ACCOUNT,
        "X-Total-Count": Field.TOTAL,
    }
    assert parts(space) == {
        "space_key": Part.SPACE_KEY,
        "date_from": Part.START,
        "date_to": Part.END,
        "offset": Part.OFFSET,
        "max_results": Part.LIMIT,
        "content_type": Part.CONTENT_TYPE,
    }


@pytest.mark.parametrize("variant", ["springdoc-viewers.yaml", "plain-31.yaml"])
def test_every_decision_has_its_evidence(variant: str) -> None:
    for bound in bind(read_document(VARIANTS / variant)).operations.values():
        decisions = (*bound.parameters, *bound.properties.values(), *bound.headers.values())

        assert bound.evidence
        assert all(one.evidence for one in decisions)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/contents/{contentId}/visits", Subject.CONTENT_VISITS),
        ("/page/{id}/views", Subject.CONTENT_VISITS),
        ("/spaces/{key}/views", Subject.SPACE_VISITS),
        ("/report/searches", Subject.SEARCHES),
        ("/report/search-terms", Subject.SEARCHES),
        ("/report/views", Subject.SITE_VISITS),
    ],
)
def test_the_path_tells_what_the_rows_are_of(path: str, expected: Subject) -> None:
    assert expected is binding_of({"time": MOMENT, "term": TEXT}, path=path).subject


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"viewTime": MOMENT, "accountId": TEXT}, Grouping.ROWS),
        ({"accountId": TEXT, "views": INTEGER}, Grouping.VIEWERS),
        ({"displayName": TEXT, "viewCount": INTEGER}, Grouping.VIEWERS),
        ({"contentId": TEXT, "views": INTEGER}, Grouping.CONTENTS),
        ({"day": {"type": "string", "format": "date"}, "views": INTEGER}, Grouping.DAYS),
    ],
)
def test_rows_that_count_are_totals_of_what_they_name(
    row: dict[str, Any], expected: Grouping
) -> None:
    assert expected is binding_of(row).grouping


def test_searches_with_a_number_of_results_are_not_totals() -> None:
    row = {"query": TEXT, "hits": INTEGER, "date": MOMENT}
    bound = binding_of(row, path="/searches")

    assert bound.grouping is Grouping.ROWS
    assert fields(bound)["/results/*/hits"] is Field.NUMBER_OF_RESULTS


def test_an_answer_without_a_list_is_sums() -> None:
    body = {"type": "object", "properties": {"totalViews": INTEGER, "uniqueViewers": INTEGER}}
    media = {"application/json": {"schema": body}}
    get = {"responses": {"200": {"content": media}}}
    document = Document(
        {"openapi": "3.0.3", "paths": {"/views/sums": {"get": get}}}, origin="api.yaml"
    )
    (bound,) = bind(document).operations.values()

    assert (bound.grouping, bound.rows_at) == (Grouping.SUMS, None)
    assert bound.envelope == {Field.VIEWS, Field.VIEWERS}


def test_of_several_lists_the_rows_are_the_one_that_says_most() -> None:
    warnings = {"type": "array", "items": {"type": "object", "properties": {"text": TEXT}}}
    bound = binding_of({"viewTime": MOMENT, "accountId": TEXT}, aWarnings=warnings)

    assert bound.rows_at == "/results"


def test_what_lies_around_the_rows_is_told_apart_from_what_lies_in_them() -> None:
    bound = binding_of({"accountId": TEXT, "views": INTEGER}, totalViews=INTEGER, total=INTEGER)

    assert bound.envelope == {Field.VIEWS, Field.TOTAL}


def test_what_totals_are_of_is_their_id() -> None:
    bound = binding_of({"id": TEXT, "displayName": TEXT, "views": INTEGER})

    assert fields(bound)["/results/*/id"] is Field.ACCOUNT


@pytest.mark.parametrize(
    ("name", "schema", "expected"),
    [
        ("viewTime", {"type": "boolean"}, None),
        ("accountId", INTEGER, Field.ACCOUNT),
        ("accounts", INTEGER, None),
        ("contentId", INTEGER, Field.CONTENT_ID),
        ("contentId", TEXT, Field.CONTENT_ID),
        ("contentType", {"enum": ["red", "green"]}, None),
        ("contentType", {"enum": ["PAGE", "BLOG_POST"]}, Field.CONTENT_TYPE),
        ("date", {"type": "string", "format": "uuid"}, None),
        ("anonymous", TEXT, None),
    ],
)
def test_a_name_counts_only_with_a_type_that_can_hold_the_value(
    name: str, schema: dict[str, Any], expected: Field | None
) -> None:
    assert expected is binding_of({name: schema}).properties[f"/results/*/{name}"].field


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("user", "id"), Field.ACCOUNT),
        (("content", "id"), Field.CONTENT_ID),
        (("attributes", "content", "title"), Field.CONTENT_TITLE),
        (("space", "key"), Field.SPACE_KEY),
        (("space", "name"), Field.SPACE_NAME),
        (("somewhere", "id"), None),
        (("somewhere", "accountId"), Field.ACCOUNT),
    ],
)
def test_objects_around_a_property_help_to_name_it(
    names: tuple[str, ...], expected: Field | None
) -> None:
    schema: dict[str, Any] = TEXT
    for name in reversed(names[1:]):
        schema = {"type": "object", "properties": {name: schema}}
    bound = binding_of({names[0]: schema})

    assert expected is bound.properties["/results/*/" + "/".join(names)].field


def test_properties_that_only_requests_have_are_passed_over() -> None:
    bound = binding_of({"accountId": TEXT, "viewTime": {**MOMENT, "writeOnly": True}})

    assert "/results/*/viewTime" not in bound.properties


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        (("post", {"responses": {"200": {}}}), "POST changes things"),
        (("get", {"responses": {"404": {}}}), "no response of success"),
        (("get", {"responses": {"200": {"content": {"text/csv": {}}}}}), "not JSON"),
        (("get", {"responses": {"204": {}}}), "not JSON"),
    ],
)
def test_what_cannot_be_served_is_told_with_the_reason(
    operation: tuple[str, dict[str, Any]], told: str
) -> None:
    method, node = operation
    paths = {"/a": {method: {"operationId": "a", **node}}}
    binding = bind(Document({"openapi": "3.1.0", "paths": paths}, origin="api.yaml"))

    assert binding.operations == {}
    assert told in binding.unbound["a"]


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=utf-8", "application/hal+json", "*/*"],
)
def test_json_goes_by_several_names(media_type: str) -> None:
    get = {"responses": {"2XX": {"content": {media_type: {"schema": {"type": "array"}}}}}}
    document = Document({"openapi": "3.1.0", "paths": {"/a": {"get": get}}}, origin="api.yaml")
    (bound,) = bind(document).operations.values()

    assert (bound.status, bound.media_type.name) == (200, media_type)


@pytest.mark.parametrize(
    ("parameter", "part", "unit"),
    [
        (query("from", **MOMENT), Part.START, Unit.DATE_TIME),
        (query("endDate", type="string", format="date"), Part.END, Unit.DATE),
        (query("since", **TEXT), Part.START, Unit.FREE),
        ({**query("since", **INTEGER), "description": "Unix seconds"}, Part.START, Unit.SECONDS),
        ({**query("until", **INTEGER), "description": "epoch"}, Part.END, Unit.MILLISECONDS),
        (query("start", type="integer", minimum=0, default=0), Part.OFFSET, None),
        (query("page-size", **INTEGER), Part.LIMIT, None),
        (query("limit", **TEXT), None, None),
        (query("cursor", **TEXT), Part.CURSOR, None),
        (query("colour", **TEXT), None, None),
        ({"name": "from", "in": "header", "schema": MOMENT}, None, None),
    ],
)
def test_a_parameter_plays_the_part_of_its_name_and_type(
    parameter: dict[str, Any], part: Part | None, unit: Unit | None
) -> None:
    *_, bound = binding_of({"time": MOMENT}, parameters=(parameter,)).parameters

    assert (bound.part, bound.unit) == (part, unit)


def test_an_integer_start_beside_an_end_is_a_moment_and_beside_a_limit_an_offset() -> None:
    with_end = binding_of({}, parameters=(query("start", **INTEGER), query("end", **INTEGER)))
    with_limit = binding_of({}, parameters=(query("start", **INTEGER), query("limit", **INTEGER)))

    assert (parts(with_end)["start"], parts(with_limit)["start"]) == (Part.START, Part.OFFSET)


def test_each_part_is_played_once_by_the_best_name() -> None:
    bound = binding_of({}, parameters=(query("size", **INTEGER), query("limit", **INTEGER)))

    assert parts(bound) == {"contentId": Part.CONTENT_ID, "size": None, "limit": Part.LIMIT}


@pytest.mark.parametrize(
    ("schema", "first"),
    [
        ({"minimum": 1}, 1),
        ({"minimum": 0}, 0),
        ({"default": 1}, 1),
        ({"minimum": 0, "default": 1}, 0),
        ({}, 0),
    ],
)
def test_the_lowest_page_number_tells_what_the_first_page_is_called(
    schema: dict[str, Any], first: int
) -> None:
    bound = binding_of({}, parameters=(query("page", type="integer", **schema),))

    assert first == bound.parameters[-1].first


def test_a_start_beside_dates_stays_an_offset() -> None:
    days = (query("startDate", type="string", format="date"), query("endDate", **MOMENT))
    bound = binding_of({}, parameters=(query("start", **INTEGER), query("limit", **INTEGER), *days))

    assert parts(bound)["start"] is Part.OFFSET


FLAG = {"type": "boolean"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (["PAGE", "BLOG_POST", "FILE"], Field.CONTENT_TYPE),
        (["logged-in", "guest"], Field.ACCOUNT_KIND),
    ],
)
def test_an_enumeration_is_told_by_its_values(values: list[str], field: Field) -> None:
    bound = binding_of({"klass": {"type": "string", "enum": values}})

    assert fields(bound)["/results/*/klass"] is field


def test_one_known_value_among_others_tells_nothing() -> None:
    bound = binding_of({"device": {"type": "string", "enum": ["desktop", "phone", "unknown"]}})

    assert fields(bound) == {}


def test_a_description_as_short_as_a_name_is_read_as_one() -> None:
    bound = binding_of({"k": {**TEXT, "description": "The space key, such as SUP."}})

    assert fields(bound) == {"/results/*/k": Field.SPACE_KEY}


def test_a_long_description_is_not_read_as_a_name() -> None:
    bound = binding_of({"k": {**TEXT, "description": "The space key or something else entirely"}})

    assert fields(bound) == {}


def test_the_only_moment_of_a_row_is_its_time() -> None:
    bound = binding_of({"contentId": INTEGER, "logged": MOMENT})

    assert fields(bound)["/results/*/logged"] is Field.TIME


def test_two_unknown_moments_are_not_guessed() -> None:
    bound = binding_of({"contentId": INTEGER, "logged": MOMENT, "stored": MOMENT})

    assert fields(bound) == {"/results/*/contentId": Field.CONTENT_ID}


def test_a_name_beside_an_id_is_the_persons_name() -> None:
    person = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}

    assert fields(binding_of({"user": person})) == {
        "/results/*/user/id": Field.ACCOUNT,
        "/results/*/user/name": Field.ACCOUNT_NAME,
    }


def test_flags_may_say_the_opposite() -> None:
    bound = binding_of(
        {"term": TEXT, "searchedAt": MOMENT, "unsuccessful": FLAG, "isLoggedIn": FLAG},
        path="/searches",
    )

    assert fields(bound)["/results/*/unsuccessful"] is Field.IS_UNSUCCESSFUL
    assert fields(bound)["/results/*/isLoggedIn"] is Field.IS_KNOWN


def test_a_property_with_one_possible_value_carries_nothing() -> None:
    row = {"type": {"const": "visits"}, "viewTime": MOMENT}

    assert fields(binding_of(row)) == {"/results/*/viewTime": Field.TIME}


def test_days_of_one_content_may_repeat_the_content() -> None:
    bound = binding_of(
        {"contentId": INTEGER, "date": {**TEXT, "format": "date"}, "totalReads": INTEGER,
         "views": INTEGER}
    )  # fmt: skip

    assert bound.grouping is Grouping.DAYS
    assert fields(bound)["/results/*/contentId"] is Field.CONTENT_ID


def test_two_words_may_say_whether_a_content_is_in_the_trash() -> None:
    status = {"type": "string", "enum": ["current", "trashed"]}
    row = {"viewedAt": MOMENT, "contentId": TEXT, "status": status}

    assert fields(binding_of(row))["/results/*/status"] is Field.IS_TRASHED


def test_links_of_json_api_are_seen_through() -> None:
    linked = {"type": "object", "properties": {"type": {"const": "spaces"}, "id": TEXT}}
    relationships = {
        "type": "object",
        "properties": {"space": {"type": "object", "properties": {"data": linked}}},
    }

    assert fields(binding_of({"relationships": relationships})) == {
        "/results/*/relationships/space/data/id": Field.SPACE_KEY
    }


def test_the_next_page_may_be_a_number() -> None:
    bound = binding_of({}, nextPage={"type": "integer"}, hasPrevious=FLAG, success=FLAG)

    assert fields(bound) == {
        "/nextPage": Field.NEXT_NUMBER,
        "/hasPrevious": Field.HAS_PREVIOUS,
        "/success": Field.IS_SUCCESSFUL,
    }


def test_forms_told_apart_by_a_constant_are_all_looked_at() -> None:
    def form(kind: str, **more: Any) -> dict[str, Any]:
        return {"type": "object", "properties": {"kind": {"const": kind}, **more}}

    bound = binding_of({"viewer": {"oneOf": [form("known", accountId=TEXT), form("anonymous")]}})

    assert fields(bound) == {
        "/results/*/viewer/kind": Field.ACCOUNT_KIND,
        "/results/*/viewer/accountId": Field.ACCOUNT,
    }


@pytest.mark.parametrize(
    ("names", "schema"),
    [
        (("viewedAt[gte]", "viewedAt[lte]"), MOMENT),
        (("occurred_after", "occurred_before"), MOMENT),
        (("minViewTime", "maxViewTime"), MOMENT),
        (("earliest_ts", "latest_ts"), INTEGER),
    ],
)
def test_a_range_is_told_by_a_word_in_the_names(
    names: tuple[str, str], schema: dict[str, Any]
) -> None:
    bound = binding_of({}, parameters=tuple(query(name, **schema) for name in names))

    assert [parts(bound)[name] for name in names] == [Part.START, Part.END]


@pytest.mark.parametrize("values", [{"enum": ["time", "title"]}, {}])
def test_beside_a_direction_the_other_parameter_names_the_column(values: dict[str, Any]) -> None:
    bound = binding_of(
        {},
        parameters=(
            query("sortBy", type="string", **values),
            query("direction", type="string", enum=["asc", "desc"]),
        ),
    )

    assert parts(bound)["direction"] is Part.ORDER
    assert parts(bound)["sortBy"] is Part.SORT


def test_a_filter_of_content_types_is_told_by_its_values() -> None:
    bound = binding_of({}, parameters=(query("only", type="string", enum=["page", "blog"]),))

    assert parts(bound)["only"] is Part.CONTENT_TYPE
