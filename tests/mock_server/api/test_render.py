"""Field values written as a schema wants them: what is known, what is withheld, what is left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mock_server.api.convert import converter
from mock_server.api.render import Renderer
from mock_server.binding.fields import Field
from mock_server.binding.model import PropertyBinding
from mock_server.data.fields import Rows
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import shape_of
from tests.made_documents import (
    BOOLEAN,
    DAY,
    ID,
    INTEGER,
    MOMENT,
    NULLABLE,
    TEXT,
    choice,
    fields,
    get,
    listed,
    query,
    rows_of,
    visits,
)  # fmt: skip

ACCOUNT = {Field.ACCOUNT: "abc"}
WITHHELD: dict[Field, Any] = {Field.ACCOUNT: None}


def rendered(
    schema: dict[str, Any], values: Mapping[Field, Any], bound: Mapping[str, Field], *,
    rows_at: str | None = None, rows: Sequence[Mapping[Field, Any]] = (), version: str = "3.1.0",
    **schemas: Any
) -> Any:  # fmt: skip
    document = Document(
        {"openapi": version, "paths": {}, "components": {"schemas": schemas}}, origin="api.yaml"
    )
    properties = {path: PropertyBinding(field, "given") for path, field in bound.items()}
    renderer = Renderer(document, schema, properties=properties, rows_at=rows_at)
    return renderer.render(values, Rows([dict(row) for row in rows]))


def of_account(schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    wanted = ["account"] if required else []
    return {"type": "object", "required": wanted, "properties": {"account": schema}}


ONLY_X = {"type": "string", "enum": ["x"]}


@pytest.mark.parametrize(("schema", "required", "values", "expected"), [
    (TEXT, True, ACCOUNT, {"account": "abc"}), (TEXT, False, ACCOUNT, {"account": "abc"}),
    (ONLY_X, True, ACCOUNT, {"account": "x"}), (ONLY_X, False, ACCOUNT, {"account": "x"}),
    (TEXT, False, WITHHELD, {}), (TEXT, True, WITHHELD, {"account": ""}),
    ({"type": ["string", "null"]}, True, WITHHELD, {"account": None}),
    ({"type": ["string", "null"]}, False, WITHHELD, {"account": None}),
    (ONLY_X, True, WITHHELD, {"account": "x"}),
])  # fmt: skip
def test_an_account_known_or_withheld(
    schema: dict[str, Any], required: bool, values: Any, expected: dict[str, Any]
) -> None:
    wrapped = of_account(schema, required=required)
    assert expected == rendered(wrapped, values, {"/account": Field.ACCOUNT})


def test_nullable_of_openapi_30_is_null() -> None:
    schema = of_account(NULLABLE, required=True)
    found = rendered(schema, WITHHELD, {"/account": Field.ACCOUNT}, version="3.0.3")
    assert found == {"account": None}


def test_a_required_text_with_a_least_length_is_invented() -> None:
    schema = of_account({"type": "string", "minLength": 5}, required=True)
    assert len(rendered(schema, WITHHELD, {"/account": Field.ACCOUNT})["account"]) >= 5


def test_one_of_null_and_an_object_is_written_as_the_object() -> None:
    schema = fields(user={"oneOf": [{"type": "null"}, of_account(TEXT, required=True)]})
    found = rendered(schema, ACCOUNT, {"/user/account": Field.ACCOUNT})
    assert found == {"user": {"account": "abc"}}


def test_rows_are_written_in_order_at_their_place_and_facts_around_them() -> None:
    schema = fields(data=fields(rows=listed(fields(account=TEXT))), total=INTEGER)
    bound = {"/data/rows/*/account": Field.ACCOUNT, "/total": Field.TOTAL}
    rows = [{Field.ACCOUNT: name} for name in "ba"]
    found = rendered(schema, {Field.TOTAL: 2}, bound, rows_at="/data/rows", rows=rows)
    assert found == {"data": {"rows": [{"account": "b"}, {"account": "a"}]}, "total": 2}


@pytest.mark.parametrize(("rows", "expected"), [([ACCOUNT], [{"account": "abc"}]), ([], [])])
def test_a_bare_array_of_rows_is_written(rows: Any, expected: Any) -> None:
    schema = listed(fields(account=TEXT))
    assert expected == rendered(schema, {}, {"/*/account": Field.ACCOUNT}, rows_at="", rows=rows)


def test_a_list_of_errors_holds_one() -> None:
    schema = fields(errors=listed(fields(message=TEXT)))
    found = rendered(schema, {Field.DETAIL: "no"}, {"/errors/*/message": Field.DETAIL})
    assert found == {"errors": [{"message": "no"}]}


def test_an_unknown_property_has_one_value_per_row() -> None:
    schema = listed(fields(colour=TEXT))
    rows = [{Field.ROW_ID: 1}, {Field.ROW_ID: 2}, {Field.ROW_ID: 1}]
    first, second, again = rendered(schema, {}, {}, rows_at="", rows=rows)
    assert first == again != second


def test_a_constant_is_written_as_it_is() -> None:
    assert rendered({"type": "object", "properties": {"v": {"const": "2"}}}, {}, {}) == {"v": "2"}


def test_a_schema_that_holds_itself_ends() -> None:
    ref = {"$ref": "#/components/schemas/Node"}
    found = rendered(ref, {}, {}, Node={**fields(name=TEXT, child=ref), "required": ["name"]})
    deep = 0
    while "child" in found:
        found, deep = found["child"], deep + 1
    assert deep < 12


def test_each_row_has_the_form_of_its_value() -> None:
    def form(kind: str, **more: Any) -> dict[str, Any]:
        made = fields(kind={"const": kind}, **more)
        return {**made, "required": ["kind", *more], "additionalProperties": False}

    schema = listed({"oneOf": [form("user", id=TEXT), form("guest")]})
    bound = {"/*/kind": Field.ACCOUNT_KIND, "/*/id": Field.ACCOUNT}
    accounts = (("anonymous", "Anonymous"), ("known", "abc"))
    rows = [{Field.ACCOUNT_KIND: kind, Field.ACCOUNT: account} for kind, account in accounts]
    written = rendered(schema, {}, bound, rows_at="", rows=rows)
    assert written == [{"kind": "guest"}, {"kind": "user", "id": "abc"}]


# Values

DOCUMENT = Document({"openapi": "3.1.0", "paths": {}}, origin="api.yaml")
NOON, RFC_3339 = 1_769_860_800_000, "2026-01-31T12:00:00.000Z"


def written(field: Field, value: Any, name: str = "x", **schema: Any) -> Any:
    return converter(field, shape_of(DOCUMENT, schema), name)(value)


@pytest.mark.parametrize(("name", "schema", "expected"), [
    ("t", DAY, "2026-01-31"), ("t", INTEGER, NOON), ("t", {"type": "number"}, NOON),
    ("t", {**INTEGER, "description": "Unix seconds"}, NOON // 1000),
    ("unixDate", INTEGER, NOON // 1000),
    ("t", {**TEXT, "format": "time"}, "12:00:00Z"),
    ("t", {**TEXT, "pattern": r"^\d{2}:\d{2}$"}, "12:00"),
    ("t", {**TEXT, "pattern": "[0-2][0-9](:[0-5][0-9]){2}"}, "12:00:00"),
    ("uhrzeit", TEXT, "12:00:00"),
    ("x", {}, RFC_3339), ("x", TEXT, RFC_3339), ("x", MOMENT, RFC_3339),
])  # fmt: skip
def test_moments_follow_format_and_unit(name: str, schema: dict[str, Any], expected: Any) -> None:
    assert expected == written(Field.TIME, NOON, name, **schema)


def test_the_last_moment_of_a_day_is_of_that_day() -> None:
    assert written(Field.DAY, NOON + 43_199_999, type="string", format="date") == "2026-01-31"


@pytest.mark.parametrize(("schema", "expected"), [(INTEGER, 7), (TEXT, "7")])
def test_an_id_is_a_number_or_text(schema: dict[str, Any], expected: Any) -> None:
    assert expected == written(Field.CONTENT_ID, 7, **schema)


@pytest.mark.parametrize("identity", [0, 1, 2**31 - 1, 2**53, 2**128 - 1])
def test_a_row_id_fits_its_schema(identity: int) -> None:
    assert 1 <= written(Field.ROW_ID, identity, type="integer") <= 2**53 - 1
    assert 1 <= written(Field.ROW_ID, identity, type="integer", format="int32") <= 2**31 - 1
    assert 1 <= written(Field.ROW_ID, identity, type="integer", maximum=10) <= 10
    assert len(written(Field.ROW_ID, identity, type="string")) == 32
    assert len(written(Field.ROW_ID, identity, type="string", maxLength=8)) == 8
    assert len(written(Field.ROW_ID, identity, type="string", format="uuid")) == 36


def test_text_is_cut_at_its_greatest_length() -> None:
    assert written(Field.TERM, "holidays", type="string", maxLength=4) == "holi"


def test_a_choice_is_written_with_the_value_of_the_enumeration() -> None:
    kinds = ["PAGE", "BLOG_POST"]
    assert written(Field.CONTENT_TYPE, "blogpost", type="string", enum=kinds) == "BLOG_POST"
    assert written(Field.CONTENT_TYPE, "attachment", type="string", enum=kinds) is None
    assert written(Field.CONTENT_TYPE, "blogpost", type="string") == "blogpost"


def test_flags_and_counts_keep_their_value() -> None:
    assert written(Field.IS_ANONYMOUS, True, type="boolean") is True
    assert written(Field.VIEWS, 3, type="number") == 3


# Rows of the site


@pytest.mark.parametrize(
    "schema",
    [INTEGER, {"type": "string", "format": "uuid"}, {"type": "string", "pattern": "^[a-z]{9}$"}],
)
@pytest.mark.usefixtures("small_site")
def test_one_account_has_one_id_whatever_its_form(schema: dict[str, Any]) -> None:
    rows = rows_of(visits({"userId": schema, "userName": TEXT}))
    by_name = {(one["userName"], one["userId"]) for one in rows if one["userName"]}
    assert len(by_name) == len({name for name, _ in by_name}) > 3


@pytest.mark.usefixtures("small_site")
def test_totals_per_day_stand_beside_the_rows() -> None:
    body = get(visits(ID, days=listed(fields(date=DAY, views=INTEGER)))).json()
    assert len(body["results"]) == sum(one["views"] for one in body["days"]) > len(body["days"])


@pytest.mark.usefixtures("small_site")
def test_a_key_in_totals_is_of_what_the_totals_are_of() -> None:
    rows = rows_of(visits({"key": TEXT, "label": TEXT, "views": INTEGER}))
    assert len(rows) == len({one["key"] for one in rows}) > 3


@pytest.mark.usefixtures("small_site")
def test_the_envelope_of_a_page_agrees_with_its_rows() -> None:
    flags = dict.fromkeys(("empty", "first", "last"), BOOLEAN)
    sort = fields(**dict.fromkeys(("empty", "sorted", "unsorted"), BOOLEAN))
    pageable = fields(paged=BOOLEAN, unpaged=BOOLEAN, sort=sort)
    body = get(visits(ID, [query("size", INTEGER)], pageable=pageable, **flags), size=3).json()
    assert (False, True, False) == (body["empty"], body["first"], body["last"])
    assert (True, False) == (body["pageable"]["paged"], body["pageable"]["unpaged"])
    assert {"empty": True, "sorted": False, "unsorted": True} == body["pageable"]["sort"]


NULL_FOR_ANONYMOUS = "The viewer; null for anonymous users."
VIEWER = {**fields(id=TEXT), "required": ["id"]}


@pytest.mark.parametrize(("schema", "absent"), [
    ({**NULLABLE, "description": NULL_FOR_ANONYMOUS}, None),
    ({**VIEWER, "nullable": True, "description": NULL_FOR_ANONYMOUS}, None),
    ({"allOf": [VIEWER], "nullable": True, "description": NULL_FOR_ANONYMOUS}, None),
    (NULLABLE, None),
    ({**NULLABLE, "description": "Who read it."}, None),
    ({**VIEWER, "nullable": True}, None),
    ({**VIEWER, "nullable": True, "description": "Set for logged-in users only."}, None),
    ({"type": "string"}, "Anonymous"),
    ({**NULLABLE, "description": "Null if protected; `Anonymous` for guests."}, "Anonymous"),
])  # fmt: skip
@pytest.mark.usefixtures("small_site")
def test_the_document_leaves_anonymous_out(schema: dict[str, Any], absent: str | None) -> None:
    rows = rows_of(visits({"viewer": schema, "anonymous": BOOLEAN}))
    assert {absent} == {one["viewer"] for one in rows if one["anonymous"]}
    assert any(one["viewer"] for one in rows if not one["anonymous"])


@pytest.mark.usefixtures("small_site")
def test_nothing_is_made_up_about_nobody() -> None:
    viewer = fields(accountId=NULLABLE, email=TEXT, picture=fields(path=TEXT), locale=TEXT)
    viewers = [one["viewer"] for one in rows_of(visits({"viewer": viewer}))]

    known = [one for one in viewers if one["accountId"] not in {None, "Anonymous"}]
    others = [one for one in viewers if one["accountId"] in {None, "Anonymous"}]
    assert others
    assert all(one.keys() == {"accountId"} for one in others)
    assert all({"email", "picture", "locale"} < one.keys() for one in known)
    assert all(one["email"].endswith("@example.com") for one in known)


def test_a_space_is_personal_or_not() -> None:
    space = fields(key=TEXT, type=choice("global", "personal"))
    rows = rows_of(visits({"content": fields(id=TEXT, space=space)}))

    assert {"global"} == {one["content"]["space"]["type"] for one in rows}


@pytest.mark.usefixtures("small_site")
def test_an_object_of_a_protected_viewer_is_null_if_it_must_name_one() -> None:
    rows = rows_of(visits({"viewer": {**VIEWER, "nullable": True}, "protected": BOOLEAN}))
    assert {None} == {one["viewer"] for one in rows if one["protected"]}
