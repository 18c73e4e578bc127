"""Making one document of several files: what references to other files name is taken in.

Only files in the folder of the document, or below it, are read.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mock_server.errors import DocumentError

TAKEN_IN = "x-files"
"""Where in the document the other files' content is put."""


def bundle(content: dict[str, Any], path: Path, read: Callable[[Path], Any]) -> dict[str, Any]:
    """Give a document in which every reference leads into itself.

    Args:
        content: The content of the main file.
        path: Where that file lies.
        read: Reads another file.

    Raises:
        DocumentError: If a reference leads out of the folder, to a URL, or to no file.
    """
    bundling = _Bundling(path.resolve(), read)
    bundled: dict[str, Any] = bundling.rewritten(content, path.resolve(), "")
    return {**bundled, TAKEN_IN: bundling.files} if bundling.files else bundled


class _Bundling:
    def __init__(self, main: Path, read: Callable[[Path], Any]) -> None:
        self.files: dict[str, Any] = {}
        self._main = main
        self._read = read

    def rewritten(self, node: Any, path: Path, prefix: str) -> Any:
        """Copy a value, with its references leading to where their targets are taken in."""
        if isinstance(node, list):
            return [self.rewritten(one, path, prefix) for one in node]
        if not isinstance(node, dict):
            return node
        copied = {key: self.rewritten(value, path, prefix) for key, value in node.items()}
        if isinstance(node.get("$ref"), str):
            copied["$ref"] = self._reference(node["$ref"], path, prefix)
        return copied

    def _reference(self, reference: str, path: Path, prefix: str) -> str:
        file, _, pointer = reference.partition("#")
        if not file:
            return f"#{prefix}{pointer}"
        if "://" in file or file.startswith("//"):
            raise DocumentError(
                f"{path}: {reference} is on the net; fetch it and refer to the file instead."
            )
        target = (path.parent / unquote(file)).resolve()
        if target == self._main:
            return f"#{pointer}"
        if not target.is_relative_to(self._main.parent):
            raise DocumentError(
                f"{path}: {reference} leads out of the document's folder, {self._main.parent}."
            )
        return f"#{self._take_in(target)}{pointer}"

    def _take_in(self, path: Path) -> str:
        name = path.relative_to(self._main.parent).as_posix()
        place = f"/{TAKEN_IN}/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in self.files:
            self.files[name] = None  # files that refer to each other are read once
            self.files[name] = self.rewritten(self._read(path), path, place)
        return place
