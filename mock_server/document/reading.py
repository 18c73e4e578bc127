"""Reading an OpenAPI document from a file, as JSON or YAML 1.2."""

import json
from pathlib import Path
from typing import Any

import yaml

from mock_server.bundle import bundled
from mock_server.document.model import Document
from mock_server.document.yaml12 import load_yaml
from mock_server.errors import DocumentError

DEFAULT_DOCUMENT = bundled("openapi", "viewtracker-v2.yaml")
"""Our reconstruction of the vendor's document, served unless another is given."""

LARGEST = 32 * 1024 * 1024
"""Bytes; larger files are refused before they are parsed."""


def read_document(path: Path | str = DEFAULT_DOCUMENT) -> Document:
    """Read the document at `path`.

    Raises:
        DocumentError: If it cannot be read, parsed, or is no OpenAPI 3 document: says the file,
            the line where there is one, the reason and what to do.
    """
    path = Path(path)
    content = _parse(path, _text_of(path))
    if not isinstance(content, dict):
        raise DocumentError(
            f"{path} holds {_kind(content)}, not an OpenAPI document; it should begin with "
            f"`openapi: 3.…`."
        )
    version = content.get("openapi")
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1", "3.2")):
        raise DocumentError(
            f"{path} says openapi: {version!r}; the mock serves OpenAPI 3.0, 3.1 and 3.2."
        )
    if not isinstance(content.get("paths"), dict) or not content["paths"]:
        raise DocumentError(f"{path} has no paths, so there is nothing to serve.")
    return Document(content, origin=str(path))


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise DocumentError(
                f"{path} is {path.stat().st_size:,} bytes; the largest document read is "
                f"{LARGEST:,} bytes."
            )
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path} is not UTF-8 at byte {error.start}.") from error


def _parse(path: Path, text: str) -> Any:
    try:
        return json.loads(text) if text.lstrip().startswith("{") else load_yaml(text)
    except json.JSONDecodeError as error:
        raise DocumentError(f"{path}, line {error.lineno}: not JSON: {error.msg}.") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DocumentError(f"{path}{line}: not YAML: {error.problem}.") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError(f"{path}: not YAML: {error}.") from error


def _kind(content: Any) -> str:
    return "nothing" if content is None else f"a {type(content).__name__}"
