"""Load OpenAPI documents from files and URLs, in YAML or JSON, and apply overlays."""

import copy
import json
import logging
import re
from collections.abc import Hashable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mock_server.errors import DocumentError
from mock_server.inputs.files import LARGEST, read_bytes
from mock_server.openapi.document import Document, objects_in

logger = logging.getLogger(__name__)

_PACKAGE = Path(__file__).parents[1]


def bundled(*parts: str) -> Path:
    """Return the path of a bundled file or folder, such as `bundled("openapi", "admin.yaml")`."""
    inside = _PACKAGE.joinpath(*parts)
    return inside if inside.exists() else _PACKAGE.parent.joinpath(*parts)


_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"

_CORE_SCHEMA = (
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    ("float", _FLOAT + r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", [*"-+.0123456789"]),
    ("merge", r"<<", ["<"]),
)
"""YAML tags, their patterns, and the possible first characters; empty for none."""


class Yaml12Loader(yaml.CSafeLoader):
    """A YAML loader with the JSON schema of YAML 1.2, as OpenAPI 3 requires."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 -- PyYAML's signature
        """Construct a mapping; as in JSON, keys must be unique strings."""
        seen: set[str] = set()
        for key, _ in node.value:
            problem = ""
            if not isinstance(key, yaml.ScalarNode):
                problem = "a key must be a plain word"
            elif key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"the key {key.value!r} stands here twice"
            if problem:
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        mapping = super().construct_mapping(node, deep=deep)
        return {
            key if isinstance(key, str) else json.dumps(key): value
            for key, value in mapping.items()
        }

    def construct_yaml_int_12(self, node: yaml.ScalarNode) -> int:
        """Construct an integer; a leading zero does not mean octal."""
        text = self.construct_scalar(node)
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


Yaml12Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _CORE_SCHEMA:
    Yaml12Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first
    )
Yaml12Loader.add_constructor("tag:yaml.org,2002:int", Yaml12Loader.construct_yaml_int_12)


_CAN_BE_DEEP = 1_000
"""Brackets or columns that a text needs to be nested dangerously deep."""


def _check_depth(text: str) -> None:
    """Raise RecursionError before PyYAML's code in C overflows the stack."""
    brackets = text.count("[") + text.count("{")
    if max(brackets, *map(len, text.splitlines()), 0) < _CAN_BE_DEEP:  # saves time
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _CAN_BE_DEEP:
            raise RecursionError


def load_yaml(text: str) -> Any:
    """Parse a single YAML document.

    Raises:
        yaml.YAMLError: With the line, if it is not YAML or uses a tag that JSON does not support.
        RecursionError: If it is nested too deeply.
    """
    _check_depth(text)
    return yaml.load(text, Loader=Yaml12Loader)  # noqa: S506 -- a subclass of the safe loader


def apply_overlay(content: Any, overlay: Any, path: Path) -> Any:
    """Return a copy of a document's content with the actions of an overlay applied.

    Raises:
        DocumentError: If the overlay is invalid, or an action cannot be applied.
    """
    if not isinstance(overlay, dict) or not str(overlay.get("overlay", "")).startswith("1."):
        raise DocumentError(f"{path} is not an overlay; it should begin with `overlay: 1.0.0`.")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not all(
        isinstance(action, dict) and isinstance(action.get("target"), str) for action in actions
    ):
        raise DocumentError(f"{path}: each of its `actions` needs a `target`.")
    changed = {"document": copy.deepcopy(content)}
    for action in actions:
        try:
            if not _act(changed, action):
                logger.warning("%s: the target %r matches nothing", path, action["target"])
        except Exception as error:
            raise DocumentError(
                f"{path}: the action with target {action['target']!r} cannot be applied: {error}."
            ) from error
    return changed["document"]


def _act(changed: dict[str, Any], action: dict[str, Any]) -> int:
    """Apply an action; return the number of places that its target matches."""
    import jsonpath

    updates = [action["update"]] if "update" in action else []
    if "copy" in action:
        updates = jsonpath.findall(action["copy"], changed["document"])[:1]
    places = [match.parts for match in jsonpath.finditer(action["target"], changed["document"])]
    # In reverse, so that removals do not shift the remaining list indexes.
    for place in reversed(places):
        holder: Any = changed
        *above, last = "document", *place
        for key in above:
            holder = holder[key]
        if action.get("remove") is True:
            del holder[last]
        elif updates:
            holder[last] = _merged(holder[last], copy.deepcopy(updates[0]))
    return len(places)


def _merged(old: Any, update: Any) -> Any:
    """Merge objects recursively and concatenate lists; replace other values."""
    if isinstance(old, dict) and isinstance(update, dict):
        return old | {
            key: _merged(old[key], value) if key in old else value for key, value in update.items()
        }
    if isinstance(old, list):
        return [*old, *update] if isinstance(update, list) else [*old, update]
    return update


DEFAULT_DOCUMENT = bundled("openapi", "viewtracker-v2.yaml")
"""The reconstructed document of the vendor's API, served by default."""

MOST_NODES = 2_000_000
"""Maximum number of values in a document; each use of a YAML alias counts."""

_HOLDING_DATA = frozenset({"example", "examples", "default", "enum", "const"})

DEEPEST = 200
"""Maximum depth of nested objects and lists."""

_PATIENCE = 10.0
"""Timeout in seconds."""


def read_document(
    source: Path | str = DEFAULT_DOCUMENT, *, overlays: Sequence[Path] = ()
) -> Document:
    """Read the document at a path or an `http(s)` URL, and apply overlays in order.

    Raises:
        DocumentError: If it cannot be read or parsed, or is not an OpenAPI 3 document. The message
            names the file, the line if known, the reason and the remedy.
    """
    is_url = str(source).startswith(("http://", "https://"))
    raw = fetch(str(source)) if is_url else read_bytes(Path(source), DocumentError)
    content = parse(raw, str(source))
    for path in overlays:
        overlay = parse(read_bytes(path, DocumentError), str(path))
        content = apply_overlay(content, overlay, path)
    if (reason := _objection(content)) is not None:
        raise DocumentError(f"{source} {reason}")
    return Document(content, origin=str(source))


@cache
def own_document(name: str) -> Document:
    """Return a bundled document by file name, cached."""
    return read_document(bundled("openapi", name))


def fetch(url: str, headers: dict[str, str] | None = None) -> bytes:
    """Fetch a URL; redirects are followed to `http(s)` URLs only.

    Raises:
        DocumentError: If there is no successful response, or it is too large.
    """
    import httpx

    from mock_server.inputs.http_client import http_client

    try:
        with (
            http_client(url, timeout=_PATIENCE, follow_redirects=True) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if not response.is_success:
                raise DocumentError(f"{url} responds with {response.status_code}, not a document.")
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise DocumentError(f"{url} is too large; up to {LARGEST:,} bytes are read.")
            return body
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # such as a host name a..b
        raise DocumentError(
            f"{url} cannot be fetched: {str(error).rstrip('.') or type(error).__name__}."
        ) from error


def parse(raw: bytes, origin: str) -> Any:
    """Parse JSON or YAML.

    Raises:
        DocumentError: If it is neither or too large; with the line if known.
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
        reason = str(error).splitlines()[0]
        raise DocumentError(f"{origin}: not YAML: {reason}.") from error
    except RecursionError as error:
        raise DocumentError(f"{origin} is nested too deeply to be read.") from error
    if weight > MOST_NODES:
        raise DocumentError(
            f"{origin} grows to more than {MOST_NODES:,} values; does it name aliases in aliases?"
        )
    return content


def _weight(node: Any, known: dict[int, float], depth: int = 0) -> float:
    """Return the number of values in a tree with shared branches; infinite if it is recursive."""
    if depth > DEEPEST:
        raise RecursionError
    if not isinstance(node, dict | list):
        return 1
    if id(node) not in known:
        known[id(node)] = float("inf")  # recursive
        inner = node.values() if isinstance(node, dict) else node
        known[id(node)] = 1 + sum(_weight(item, known, depth + 1) for item in inner)
    return known[id(node)]


def _objection(content: Any) -> str | None:
    """Return why a value cannot be served as a document; None if it can."""
    if not isinstance(content, dict):
        kind = "nothing" if content is None else f"a {type(content).__name__}"
        return f"holds {kind}, not an OpenAPI document; it should begin with `openapi: 3.…`."
    if "swagger" in content:
        return (
            f"is written in Swagger {content['swagger']}; convert it to OpenAPI 3, for example with "
            "`npx swagger2openapi`."
        )
    version = content.get("openapi")
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1", "3.2")):
        return f"says openapi: {version!r}; the mock serves OpenAPI 3.0, 3.1 and 3.2."
    if not isinstance(content.get("paths"), dict) or not content["paths"]:
        return "has no paths, so there is nothing to serve."
    for node in objects_in(content, without=_HOLDING_DATA):
        reference = node.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            return (
                f"refers to {reference[:200]!r}, which is not in it; make one file of them, for "
                "example with `npx @redocly/cli bundle`."
            )
    return None
