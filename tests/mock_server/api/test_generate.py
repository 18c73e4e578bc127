"""Made-up values: valid for their schema, and the same for the same key."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mock_server.api.generate import invent
from mock_server.openapi.document import Document

DOCUMENT = Document(
    {
        "openapi": "3.1.0",
        "paths": {},
        "node": {
            "type": "object",
            "properties": {"next": {"$ref": "#/node"}},
            "required": ["next"],
        },
    },
    origin="api.yaml",
)
FORMATS = ["date", "date-time", "time", "duration", "uuid", "uri", "uri-reference", "email",
           "hostname", "ipv4", "ipv6"]  # fmt: skip
FINITE = st.integers(-(10**6), 10**6)


@st.composite
def integers(draw: st.DrawFn) -> dict[str, Any]:
    low = draw(FINITE)
    every = draw(st.integers(1, 50))
    room = every * draw(st.integers(2, 9))
    schema: dict[str, Any] = {"type": "integer"}
    kind = draw(st.sampled_from(["none", "low", "high", "both"]))
    if kind in {"low", "both"}:
        schema[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if kind in {"high", "both"}:
        schema[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + room
    if draw(st.booleans()):
        schema["multipleOf"] = every
    return schema


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    low = draw(FINITE)
    schema: dict[str, Any] = {"type": "number"}
    if draw(st.booleans()):
        schema["minimum"] = low
    if draw(st.booleans()):
        schema["exclusiveMaximum"] = low + draw(st.integers(1, 100))
    return schema


@st.composite
def strings(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["plain", "format", "pattern"]))
    if kind == "format":
        return {"type": "string", "format": draw(st.sampled_from(FORMATS))}
    if kind == "pattern":
        patterns = ["^[0-9]{1,19}$", "^[A-Z_]+$", "^(page|blog)$", "^[a-f0-9]{8}-[a-f0-9]{4}$"]
        return {"type": "string", "pattern": draw(st.sampled_from(patterns))}
    shortest = draw(st.integers(0, 40))
    return {
        "type": "string", "minLength": shortest, "maxLength": shortest + draw(st.integers(0, 9)),
    }  # fmt: skip


def composed(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    objects = st.dictionaries(st.sampled_from("abcd"), inner, max_size=3).map(
        lambda properties: {
            "type": "object", "properties": properties, "required": sorted(properties)[:2]
        }
    )  # fmt: skip
    arrays = st.builds(
        lambda items, least: {"type": "array", "items": items, "minItems": least},
        inner,
        st.integers(0, 3),
    )
    choices = st.lists(inner, min_size=1, max_size=3).map(lambda some: {"anyOf": some})
    return st.one_of(objects, arrays, choices)


SIMPLE = st.one_of(
    integers(), numbers(), strings(), st.just({"type": "boolean"}), st.just({"type": "null"}),
    st.just({"type": ["string", "null"]}),
    st.builds(lambda values: {"enum": values}, st.lists(st.integers() | st.text(), min_size=1)),
    st.builds(lambda value: {"const": value}, st.integers() | st.text()),
)  # fmt: skip
SCHEMAS = st.recursive(SIMPLE, composed, max_leaves=8)


@settings(max_examples=300, deadline=None, database=None,
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(SCHEMAS, st.text(max_size=8))
def test_made_up_values_are_valid_and_repeatable(schema: dict[str, Any], key: str) -> None:
    value = invent(DOCUMENT, schema, key)
    assert value == invent(DOCUMENT, schema, key)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def test_keys_give_values_of_their_own() -> None:
    assert len({invent(DOCUMENT, {"type": "string"}, str(key)) for key in range(50)}) > 40


@pytest.mark.parametrize(("schema", "expected"), [
    ({"type": "string", "const": "2"}, {"2"}), ({"type": "string", "example": "here"}, {"here"}),
    ({"type": "string", "default": "there"}, {"there"}),
    ({"type": "string", "enum": ["a", "b"]}, {"a", "b"}),
    ({"type": "string", "examples": ["c", "d"]}, {"c", "d"}),
    ({"const": "2", "enum": ["1", "2"]}, {"2"}),
])  # fmt: skip
def test_examples_precede_made_up_values(schema: dict[str, Any], expected: set[str]) -> None:
    assert expected == {invent(DOCUMENT, schema, str(key)) for key in range(40)}


@pytest.mark.parametrize("exclusive", [True, False])
def test_bounds_of_openapi_30_are_kept(exclusive: bool) -> None:
    schema = {"type": "integer", "minimum": 1, "exclusiveMinimum": exclusive, "maximum": 2}
    assert {invent(DOCUMENT, schema, str(key)) for key in range(40)} == (
        {2} if exclusive else {1, 2}
    )


def test_only_what_must_be_there_is_made_up() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": []}
    assert invent(DOCUMENT, schema, "key") == {}


def test_a_schema_that_holds_itself_ends() -> None:
    assert "next" in invent(DOCUMENT, {"$ref": "#/node"}, "key")


@pytest.mark.parametrize("schema", [
    {"type": "string", "pattern": "^[a-z]*$", "minLength": 5, "maxLength": 8},
    {"type": "string", "pattern": "^(?!x)[a-z]+$"},
    {"type": "number", "multipleOf": 0.5, "minimum": 1, "maximum": 3},
    {"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}},
    {"type": "array", "items": {"enum": [1, 2]}, "minItems": 2, "uniqueItems": True},
    {"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 950}]},
])  # fmt: skip
def test_keywords_that_meet_are_all_kept(schema: dict[str, Any]) -> None:
    for key in range(40):
        Draft202012Validator(schema).validate(invent(DOCUMENT, schema, str(key)))


def test_tenths_are_written_as_tenths() -> None:
    schema = {"type": "number", "multipleOf": 0.1, "minimum": 0, "maximum": 1}
    assert {invent(DOCUMENT, schema, str(key)) for key in range(200)} <= {n / 10 for n in range(11)}


def test_a_pattern_that_only_ecmascript_knows_gives_a_word() -> None:
    assert invent(DOCUMENT, {"type": "string", "pattern": r"^\p{L}+$"}, "key").isalpha()
