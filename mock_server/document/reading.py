"""Reading an OpenAPI document: JSON or YAML 1.2, one file or several, from a disk or a URL."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mock_server.bundle import bundled
from mock_server.document.bundling import bundle
from mock_server.document.model import Document
from mock_server.document.overlays import apply_overlay
from mock_server.document.yaml12 import load_yaml
from mock_server.errors import DocumentError

DEFAULT_DOCUMENT = bundled("openapi", "viewtracker-v2.yaml")
"""Our reconstruction of the vendor's document, served unless another is given."""

LARGEST = 32 * 1024 * 1024
"""Bytes; larger documents are refused before they are parsed."""

MOST_NODES = 2_000_000
"""Values in a document, those behind YAML aliases counted each time that they are named."""

DEEPEST = 200
"""Objects and lists in each other."""

_PATIENCE = 10.0
"""Seconds until a server that does not answer is given up."""


def read_document(
    source: Path | str = DEFAULT_DOCUMENT, *, overlays: Sequence[Path] = ()
) -> Document:
    """Read the document at a path or an `http(s)` URL, and change it by overlays, in order.

    Raises:
        DocumentError: If it cannot be read, parsed, or is no OpenAPI 3 document: says the file,
            the line where there is one, the reason and what to do.
    """
    if str(source).startswith(("http://", "https://")):
        content = parse(fetch(str(source)), str(source))
    else:
        content = read_file(Path(source))
        if isinstance(content, dict):
            content = bundle(content, Path(source), read_file)
    for overlay in overlays:
        content = apply_overlay(content, read_file(overlay), overlay)
    return _checked(content, str(source))


@cache
def own_document(name: str) -> Document:
    """Give one of the documents that come with the mock, by its file's name; read once."""
    return read_document(bundled("openapi", name))


def read_file(path: Path) -> Any:
    """Read the values of one JSON or YAML file.

    Raises:
        DocumentError: If it cannot be read or parsed, or is too large.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise DocumentError(_too_large(str(path), size))
        return parse(path.read_bytes(), str(path))
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {error.strerror}.") from error


def fetch(url: str, headers: dict[str, str] | None = None) -> bytes:
    """Get what is at a URL, following redirects to other `http(s)` URLs only.

    Raises:
        DocumentError: If there is no answer of success, or one that is too large.
    """
    import httpx

    try:
        with httpx.stream(
            "GET", url, headers=headers, follow_redirects=True, timeout=_PATIENCE
        ) as answer:
            if not answer.is_success:
                raise DocumentError(f"{url} answers {answer.status_code}, not a document.")
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise DocumentError(_too_large(url, len(body)))
            return body
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DocumentError(
            f"{url} cannot be fetched: {str(error) or type(error).__name__}."
        ) from error


def parse(raw: bytes, origin: str) -> Any:
    """Read the values of a JSON or YAML text.

    Raises:
        DocumentError: If it is neither, or grows beyond bounds; with the line where there is one.
    """
    try:
        text = raw.decode("utf-8-sig")
        content = json.loads(text) if text.lstrip().startswith("{") else load_yaml(text)
        weight = _weight(content, {})
    except UnicodeDecodeError as error:
        raise DocumentError(f"{origin} is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise DocumentError(f"{origin}, line {error.lineno}: not JSON: {error.msg}.") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DocumentError(f"{origin}{line}: not YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(f"{origin}: not YAML: {error}.") from error
    except RecursionError as error:
        raise DocumentError(f"{origin} is nested too deeply to be read.") from error
    if weight > MOST_NODES:
        raise DocumentError(
            f"{origin} grows to more than {MOST_NODES:,} values; does it name aliases in aliases?"
        )
    return content


def _weight(node: Any, known: dict[int, float], depth: int = 0) -> float:
    """Count the values in a tree that may name a branch often, or hold itself (then: infinite)."""
    if depth > DEEPEST:
        raise RecursionError
    if not isinstance(node, dict | list):
        return 1
    if id(node) not in known:
        known[id(node)] = float("inf")  # what holds itself has no end
        inner = node.values() if isinstance(node, dict) else node
        known[id(node)] = 1 + sum(_weight(one, known, depth + 1) for one in inner)
    return known[id(node)]


def _checked(content: Any, origin: str) -> Document:
    if not isinstance(content, dict):
        kind = "nothing" if content is None else f"a {type(content).__name__}"
        raise DocumentError(
            f"{origin} holds {kind}, not an OpenAPI document; it should begin with `openapi: 3.…`."
        )
    version = content.get("openapi")
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1", "3.2")):
        raise DocumentError(
            f"{origin} says openapi: {version!r}; the mock serves OpenAPI 3.0, 3.1 and 3.2."
        )
    if not isinstance(content.get("paths"), dict) or not content["paths"]:
        raise DocumentError(f"{origin} has no paths, so there is nothing to serve.")
    return Document(content, origin=origin)


def _too_large(origin: str, size: int) -> str:
    return f"{origin} is {size:,} bytes or more; the largest document read is {LARGEST:,} bytes."
