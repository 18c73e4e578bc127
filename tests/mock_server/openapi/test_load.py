"""Reading documents and overlays from files, and the errors of invalid ones."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mock_server import MockServer, Settings
from mock_server.errors import DocumentError
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


@pytest.mark.parametrize(("text", "expected"), [
    ("no", "no"), ("on", "on"), ("y", "y"), ("NO", "NO"), ("true", True), ("False", False),
    ("~", None), ("null", None), ("", None), ("2026-01-31", "2026-01-31"),
    ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"), ("12:30:45", "12:30:45"), ("010", 10),
    ("0o17", 15), ("0x1F", 31), ("1_000", "1_000"), ("-7", -7), ("1.5", 1.5), ("1e3", 1000.0),
    ("1.2.3", "1.2.3"), ('"5"', "5"),
])  # fmt: skip
def test_scalars_are_read_as_in_yaml_1_2(text: str, expected: Any) -> None:
    found = load_yaml(f"value: {text}")["value"]
    assert (type(expected), expected) == (type(found), found)


def test_keys_are_strings_as_in_json() -> None:
    assert load_yaml("{200: 1, true: 2, null: 3, 1.5: 4}") == {
        "200": 1, "true": 2, "null": 3, "1.5": 4,
    }  # fmt: skip


def test_merge_keys_are_applied() -> None:
    text = "base: &base {a: 1, b: 2}\nother: {<<: *base, b: 3}\n"
    assert load_yaml(text)["other"] == {"a": 1, "b": 3}


@pytest.mark.parametrize(("name", "text", "reason"), [
    ("api.yaml", TINY + "info: {title: Other, version: '2'}\n",
     r"api\.yaml, line 7: .*'info' stands here twice"),
    ("api.yaml", "? [a, b]\n: 1\n", "line 1: .*plain word"),
    ("api.yaml", "openapi: 3.1.0\npaths: [\n", r"api\.yaml, line \d: not YAML"),
    ("api.yaml", "openapi: !!python/name:os.system x\n", "line 1: not YAML"),
    ("api.json", '{\n  "openapi": "3.1.0",\n  "paths": oops\n}', r"api\.json, line 3: not JSON"),
    ("api.yaml", b"abc:\xff", "not UTF-8 at byte 4"),
], ids=[
    "a duplicate key", "a list as key", "invalid YAML", "a tag", "invalid JSON", "not UTF-8",
])  # fmt: skip
def test_errors_of_unreadable_files_name_the_line(
    name: str, text: str | bytes, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_document(written(tmp_path, text, name))


@pytest.mark.parametrize(("name", "reason"), [("none.yaml", "No such file"), ("", "")])
def test_missing_files_and_folders_are_refused(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=f"{name} cannot be read: {reason}"):
        read_document(tmp_path / name)


def test_json_is_read_regardless_of_the_file_name(tmp_path: Path) -> None:
    content = {"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {}}}}}
    assert content == read_document(written(tmp_path, json.dumps(content))).content


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    assert read_document(written(tmp_path, b"\xef\xbb\xbf" + TINY.encode())).title == "Tiny"


@pytest.mark.parametrize(("text", "reason"), [
    ("", "holds nothing, not an OpenAPI document"), ("just words", "holds a str"),
    ("[1, 2]", "holds a list"), ("swagger: '2.0'\npaths: {/a: {}}\n", "convert it to OpenAPI 3"),
    ("openapi: 3.1\npaths: {/a: {}}\n", "says openapi: 3.1; "),
    ("openapi: 4.0.0\npaths: {/a: {}}\n", "says openapi: '4.0.0'"),
    ("openapi: 3.1.0\n", "has no paths"), ("openapi: 3.1.0\npaths: {}\n", "has no paths"),
    ("openapi: 3.1.0\npaths: [/a]\n", "has no paths"),
])  # fmt: skip
def test_only_openapi_3_is_accepted(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DocumentError) as raised:
        read_document(written(tmp_path, text))
    assert reason in str(raised.value)
    assert "api.yaml" in str(raised.value)


@pytest.mark.parametrize("version", ["3.0.4", "3.1.1", "3.2.0"])
def test_openapi_3_0_3_1_and_3_2_are_accepted(tmp_path: Path, version: str) -> None:
    assert version == read_document(written(tmp_path, TINY.replace("3.1.0", version))).version


def test_the_bundled_document_is_read_by_default() -> None:
    assert read_document().operations


# Overlays

DOCUMENT = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {summary: old}}}\n"


def overlaid(folder: Path, *overlays: str) -> dict[str, Any]:
    (folder / "document.yaml").write_text(DOCUMENT)
    paths = []
    for number, text in enumerate(overlays):
        paths.append(folder / f"overlay{number}.yaml")
        paths[-1].write_text(text)
    return dict(read_document(folder / "document.yaml", overlays=paths).content)


def actions(text: str) -> str:
    return f"overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nactions:\n{text}"


@pytest.mark.parametrize(("texts", "expected"), [
    (["{target: $.info, update: {x-note: hello}}"],
     {"info": {"title": "t", "version": "1", "x-note": "hello"}}),
    (["{target: $.info, update: {title: first}}", "{target: $.info, update: {title: second}}"],
     {"info": {"title": "second", "version": "1"}}),
    (["{target: \"$.paths['/a'].get.summary\", remove: true}"], {"paths": {"/a": {"get": {}}}}),
    (["{target: $.nowhere, update: {a: 1}}"], {}),
], ids=[
    "an update is merged", "in order", "a removal", "a target that matches nothing",
])  # fmt: skip
def test_overlays_are_applied(texts: list[str], expected: dict[str, Any], tmp_path: Path) -> None:
    before = overlaid(tmp_path)
    assert before | expected == overlaid(tmp_path, *(actions(f"  - {text}\n") for text in texts))


@pytest.mark.parametrize(("text", "reason"), [
    ("openapi: 3.0.3\n", "is not an overlay"), ("overlay: 1.0.0\n", "needs a `target`"),
    ("overlay: 1.0.0\nactions: [{update: {}}]\n", "needs a `target`"),
    (actions("  - {target: '$.[', update: {}}\n"), "cannot be applied"),
])  # fmt: skip
def test_invalid_overlays_are_refused(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=reason):
        overlaid(tmp_path, text)


def test_a_target_that_matches_nothing_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    overlaid(
        tmp_path, actions("- {target: $.info, update: {a: 1}}\n- {target: $.inof, update: {}}")
    )

    assert ["the target '$.inof' matches nothing"] == [
        message.partition(": ")[2] for message in caplog.messages
    ]


# Documents that cannot be served


@pytest.mark.parametrize(("schema", "paths", "reason"), [
    ("{properties: x}", "/views", "`properties` of a schema is 'x'; it must be an object."),
    ("{required: true}", "/views", "`required` of a schema is 'True'; it must be a list."),
    ("{}", "views", "'views' does not begin with a slash."),
])  # fmt: skip
def test_documents_that_cannot_be_served_are_refused(
    schema: str, paths: str, reason: str, tmp_path: Path
) -> None:
    body = f"content: {{application/json: {{schema: {schema}}}}}"
    text = f"{{get: {{responses: {{'200': {{description: fine, {body}}}}}}}}}"
    path = written(tmp_path, f"openapi: 3.0.1\npaths:\n  {paths}: {text}\n")
    with pytest.raises(DocumentError, match=re.escape(reason)):
        MockServer(Settings(port=0, de_port=0, document=path))
