"""Changing documents by overlays."""

from pathlib import Path

import pytest

from mock_server.errors import DocumentError
from mock_server.openapi.load import read_document

DOCUMENT = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {summary: old}}}\n"


def overlaid(folder: Path, *overlays: str) -> dict[str, object]:
    (folder / "document.yaml").write_text(DOCUMENT)
    paths = []
    for number, text in enumerate(overlays):
        paths.append(folder / f"overlay{number}.yaml")
        paths[-1].write_text(text)
    return read_document(folder / "document.yaml", overlays=paths).content


def actions(text: str) -> str:
    return f"overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nactions:\n{text}"


def test_an_update_is_merged_into_its_target(tmp_path: Path) -> None:
    content = overlaid(tmp_path, actions("  - {target: $.info, update: {x-note: hello}}\n"))

    assert content["info"] == {"title": "t", "version": "1", "x-note": "hello"}


def test_overlays_are_applied_in_order(tmp_path: Path) -> None:
    first = actions("  - {target: $.info, update: {title: first}}\n")
    second = actions("  - {target: $.info, update: {title: second}}\n")

    assert overlaid(tmp_path, first, second)["info"] == {"title": "second", "version": "1"}


def test_a_removal_removes(tmp_path: Path) -> None:
    content = overlaid(
        tmp_path, actions("  - target: $.paths['/a'].get.summary\n    remove: true\n")
    )

    assert content["paths"] == {"/a": {"get": {}}}


def test_a_target_that_matches_nothing_changes_nothing(tmp_path: Path) -> None:
    content = overlaid(tmp_path, actions("  - {target: $.nowhere, update: {a: 1}}\n"))

    assert {"openapi", "info", "paths"} == set(content)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("openapi: 3.0.3\n", "is no overlay"),
        ("overlay: 1.0.0\n", "needs a `target`"),
        ("overlay: 1.0.0\nactions: [{update: {}}]\n", "needs a `target`"),
        (actions("  - {target: '$.[', update: {}}\n"), "cannot be applied"),
    ],
)
def test_what_is_no_overlay_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=said):
        overlaid(tmp_path, text)
