"""Reading documents from files: what is taken as what, and what is refused with a line."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.errors import DocumentError
from mock_server.openapi.document import Document
from mock_server.openapi.load import load_yaml, read_document

TINY = """\
openapi: 3.1.0
info: {title: Tiny, version: "1"}
paths:
  /a:
    get:
      responses: {"200": {description: fine}}
"""


def written(folder: Path, text: str | bytes, name: str = "api.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("NO", "NO"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("-7", -7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        ('"5"', "5"),
    ],
)
def test_plain_words_are_read_as_yaml_12_does(text: str, expected: Any) -> None:
    found = load_yaml(f"value: {text}")["value"]

    assert (type(expected), expected) == (type(found), found)


def test_keys_are_text_as_in_json() -> None:
    assert load_yaml("{200: 1, true: 2, null: 3, 1.5: 4}") == {
        "200": 1,
        "true": 2,
        "null": 3,
        "1.5": 4,
    }


def test_a_merge_key_is_followed() -> None:
    text = "base: &base {a: 1, b: 2}\nother: {<<: *base, b: 3}\n"

    assert load_yaml(text)["other"] == {"a": 1, "b": 3}


def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, TINY + "info: {title: Other, version: '2'}\n")

    with pytest.raises(DocumentError, match=r"api\.yaml, line 7: .*'info' stands here twice"):
        read_document(path)


def test_a_key_that_is_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"line 1: .*plain word"):
        read_document(written(tmp_path, "? [a, b]\n: 1\n"))


def test_broken_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "openapi: 3.1.0\npaths: [\n")

    with pytest.raises(DocumentError, match=r"api\.yaml, line \d: not YAML"):
        read_document(path)


def test_a_tag_that_json_has_no_value_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="line 1: not YAML"):
        read_document(written(tmp_path, "openapi: !!python/name:os.system x\n"))


def test_broken_json_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, '{\n  "openapi": "3.1.0",\n  "paths": oops\n}', "api.json")

    with pytest.raises(DocumentError, match=r"api\.json, line 3: not JSON"):
        read_document(path)


def test_json_is_read_whatever_the_file_is_called(tmp_path: Path) -> None:
    content = {"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {}}}}}

    assert content == read_document(written(tmp_path, json.dumps(content))).content


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert read_document(written(tmp_path, b"\xef\xbb\xbf" + TINY.encode())).title == "Tiny"


def test_text_that_is_not_utf_8_is_refused_with_the_byte(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not UTF-8 at byte 4"):
        read_document(written(tmp_path, b"abc:\xff"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.yaml cannot be read: No such file"):
        read_document(tmp_path / "none.yaml")


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        read_document(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds nothing, not an OpenAPI document"),
        ("just words", "holds a str"),
        ("[1, 2]", "holds a list"),
        ("swagger: '2.0'\npaths: {/a: {}}\n", "convert it to OpenAPI 3"),
        ("openapi: 3.1\npaths: {/a: {}}\n", "says openapi: 3.1; "),
        ("openapi: 4.0.0\npaths: {/a: {}}\n", "says openapi: '4.0.0'"),
        ("openapi: 3.1.0\n", "has no paths"),
        ("openapi: 3.1.0\npaths: {}\n", "has no paths"),
        ("openapi: 3.1.0\npaths: [/a]\n", "has no paths"),
    ],
)
def test_what_is_no_openapi_3_document_is_refused_with_the_reason(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(DocumentError) as raised:
        read_document(written(tmp_path, text))

    assert told in str(raised.value)
    assert "api.yaml" in str(raised.value)


@pytest.mark.parametrize("version", ["3.0.4", "3.1.1", "3.2.0"])
def test_openapi_30_31_and_32_are_read(tmp_path: Path, version: str) -> None:
    assert version == read_document(written(tmp_path, TINY.replace("3.1.0", version))).version


def test_the_bundled_document_is_read_by_default() -> None:
    assert read_document().operations


def document(**content: Any) -> Document:
    return Document({"openapi": "3.1.0", "paths": {}, **content}, origin="api.yaml")


def test_a_reference_is_followed_through_others() -> None:
    found = document(a={"$ref": "#/b"}, b={"$ref": "#/c~1d/0"}, **{"c/d": [{"type": "string"}]})

    assert found.resolve({"$ref": "#/a"}) == {"type": "string"}


def test_percent_and_tilde_escapes_are_undone() -> None:
    found = document(paths={"/a/{b}": {"x~y": 1}})

    assert found.resolve({"$ref": "#/paths/~1a~1%7Bb%7D/x~0y"}) == 1


@pytest.mark.parametrize("reference", ["#/nothing", "#/list/7", "#/list/x", "#/openapi/deeper"])
def test_a_reference_that_leads_nowhere_is_told(reference: str) -> None:
    with pytest.raises(DocumentError, match="nothing is at"):
        document(list=[1]).resolve({"$ref": reference})


def test_a_reference_in_a_circle_is_told() -> None:
    with pytest.raises(DocumentError, match="#/a only refers to itself"):
        document(a={"$ref": "#/b"}, b={"$ref": "#/a"}).resolve({"$ref": "#/a"})


def test_a_reference_out_of_the_document_is_told() -> None:
    with pytest.raises(DocumentError, match=r"other\.yaml#/a points outside the document"):
        document().resolve({"$ref": "other.yaml#/a"})
