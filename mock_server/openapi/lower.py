"""Lower a document to the OpenAPI 3.0 subset for Connexion, and match paths."""

import logging
import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from mock_server.errors import did_you_mean
from mock_server.openapi.document import Document, Operation

logger = logging.getLogger(__name__)

_NAME = re.compile(r"\{([^}]*)\}")
PREFIX = "x-prefix"
"""The key of the word before a token, in a security scheme; usually Bearer."""
_PREFIX = re.compile(r"prefix\W+(?!is\b|of\b|the\b|with\b)([A-Za-z]\w*)")


def lowered(document: Document) -> dict[str, Any]:
    """Return the document for Connexion: paths, parameters and security only."""
    paths: dict[str, dict[str, Any]] = {}
    schemes = served_schemes(document)
    for name in undeclared_schemes(document):
        hint = did_you_mean(name, schemes.keys() - {name})
        logger.warning(
            "The security scheme %r is not declared; a bearer token is used.%s", name, hint
        )
    # Connexion takes the first path that matches; OpenAPI asks for the one without parameters.
    for operation in sorted(document.operations, key=_parameters_by_segment):
        item = document.resolve(document.content["paths"][operation.path])
        node = item[operation.method.lower()]
        path, parameters = _numbered(operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = {
            "operationId": operation.id,
            "parameters": parameters,
            "responses": {"default": {"description": "see the document"}},
            **({"security": _checkable(node["security"], schemes)} if "security" in node else {}),
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": document.title, "version": "1"},
        "paths": paths,
        "security": _checkable(document.content.get("security") or [], schemes),
        "components": {"securitySchemes": schemes},
    }


def _parameters_by_segment(operation: Operation) -> list[bool]:
    """Return whether each segment of a path has a parameter, to sort paths by it."""
    return ["{" in segment for segment in operation.path.split("/")]


def _checkable(
    requirements: Sequence[Mapping[str, Any]], schemes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Omit schemes that a request cannot show, such as client certificates."""
    return [{name: scopes for name, scopes in requirement.items() if name in schemes}
            for requirement in requirements]  # fmt: skip


def path_values(path: str, numbered: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a path's parameters by their original names.

    Args:
        path: The original path template.
        numbered: The values by the names in the lowered document.
    """
    return {name: numbered[f"p{number}"] for number, name in enumerate(_NAME.findall(path))}


def _numbered(path: str) -> tuple[str, list[dict[str, Any]]]:
    """Number the parameters of a path, because Connexion changes names that are not identifiers."""
    numbers = count()
    renamed = _NAME.sub(lambda _: f"{{p{next(numbers)}}}", path)
    return renamed, [
        {"name": f"p{number}", "in": "path", "required": True, "schema": {"type": "string"}}
        for number in range(next(numbers))
    ]


def served_schemes(document: Document) -> dict[str, dict[str, str]]:
    """Return the security schemes by name; OAuth 2 and OpenID Connect become bearer tokens.

    So do schemes that operations require but the document does not declare, a common omission.
    """
    schemes = {name: document.resolve(scheme) for name, scheme in _declared(document).items()}
    schemes |= {name: {} for name in undeclared_schemes(document)}
    return {
        name: _scheme(scheme)
        for name, scheme in schemes.items()
        if scheme.get("type") != "mutualTLS"
    }


def undeclared_schemes(document: Document) -> list[str]:
    """Return the names of the security schemes that are required but not declared."""
    items = map(document.resolve, document.content["paths"].values())
    nodes = [node for item in items for node in item.values() if isinstance(node, Mapping)]
    declared = _declared(document)
    required = {
        name: None
        for node in (document.content, *nodes)
        for requirement in node.get("security") or ()
        for name in requirement
        if name not in declared
    }
    return [*required]


def _declared(document: Document) -> Mapping[str, Any]:
    return (document.content.get("components") or {}).get("securitySchemes") or {}


def _scheme(scheme: Mapping[str, Any]) -> dict[str, str]:
    if scheme.get("type") == "apiKey":
        name, place = str(scheme.get("name")), str(scheme.get("in"))
        # An API key in this header is OpenAPI 2 style for a bearer token, and still common.
        if (name.lower(), place) == ("authorization", "header"):
            prefix = _PREFIX.search(str(scheme.get("description") or ""))
            return {"type": "http", "scheme": "bearer", PREFIX: prefix[1] if prefix else "Bearer"}
        return {"type": "apiKey", "name": name, "in": place}
    if scheme.get("type") == "http" and str(scheme.get("scheme", "")).lower() == "basic":
        return {"type": "http", "scheme": "basic"}
    return {"type": "http", "scheme": "bearer"}


class Routes:
    """Match request paths to the operations of a document.

    Args:
        document: The document.
        base_path: The prefix of all paths, without a trailing slash.
    """

    def __init__(self, document: Document, *, base_path: str = "") -> None:
        self._base_path = base_path
        patterns: dict[str, tuple[re.Pattern[str], list[Operation]]] = {}
        for operation in document.operations:
            pattern = _pattern(base_path + operation.path)
            patterns.setdefault(operation.path, (pattern, []))[1].append(operation)
        self._patterns = tuple(patterns.values())
        self.paths = tuple(base_path + path for path in patterns)
        """The path templates with their prefix."""

    def at(self, path: str) -> tuple[Operation, ...]:
        """Return the operations of a decoded path; empty if none matches.

        Paths without parameters take precedence over templates, as OpenAPI requires.
        """
        found = [operations for pattern, operations in self._patterns if pattern.match(path)]
        named = [operations for operations in found if "{" not in operations[0].path]
        return tuple(operation for operations in named or found for operation in operations)

    def shadowing(self) -> dict[str, frozenset[str]]:
        """Return the methods of each path without parameters that a template also matches."""
        paths = [self._base_path + operations[0].path for _, operations in self._patterns]
        return {
            path: frozenset(self.allow(path).split(", "))
            for path in paths
            if "{" not in path
            and sum(bool(pattern.match(path)) for pattern, _ in self._patterns) > 1
        }

    def operation(self, path: str) -> Operation | None:
        """Return the first operation of a path, or None."""
        return next(iter(self.at(path)), None)

    def allow(self, path: str) -> str:
        """Return the `Allow` header of a path, in alphabetical order (RFC 9110, section 10.2.1)."""
        methods = {operation.method for operation in self.at(path)} | {"OPTIONS"}
        return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", template)
    return re.compile(
        "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts) + r"\Z"
    )
