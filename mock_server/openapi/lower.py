"""Lower a document to the OpenAPI 3.0 subset for Connexion, and match paths."""

import logging
import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from mock_server.errors import did_you_mean
from mock_server.openapi.document import Document, Operation

logger = logging.getLogger(__name__)

_NAME, _IN_BRACES = re.compile(r"\{([^}]*)\}"), re.compile(r"\{[^}]*\}")
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
    for operation in sorted(document.operations, key=_parameters_by_segment):
        first, *others = _IN_BRACES.split(operation.path)
        # Numbers as names, because Connexion changes names that are not identifiers.
        path = first + "".join(f"{{p{number}}}{part}" for number, part in enumerate(others))
        paths.setdefault(path, {})[operation.method.lower()] = {
            "operationId": operation.id,
            "parameters": [
                {"name": f"p{number}", "in": "path", "required": True, "schema": {"type": "string"}}
                for number in range(len(others))
            ],
            "responses": {"default": {"description": "see the document"}},
            "security": security_of(document, operation, schemes),
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": document.title, "version": "1"},
        "paths": paths,
        "security": security_of(document, None, schemes),
        "components": {"securitySchemes": schemes},
    }


def _parameters_by_segment(operation: Operation) -> list[bool]:
    """Return whether each segment of a path has a parameter, to sort paths by it.

    Connexion takes the first path that matches; OpenAPI asks for the one without parameters.
    """
    return ["{" in segment for segment in operation.path.split("/")]


def security_of(
    document: Document, operation: Operation | None, schemes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the alternative requirements of an operation or of all, limited to these schemes."""
    required = document.content.get("security")
    if operation is not None:
        item = document.resolve(document.content["paths"][operation.path])
        required = item[operation.method.lower()].get("security", required)
    return [{name: scopes for name, scopes in requirement.items() if name in schemes}
            for requirement in required or ()]  # fmt: skip


def path_values(path: str, numbered: Mapping[str, str]) -> dict[str, str]:
    """Return the values by the names in a path template, instead of those of `lowered`."""
    return {name: numbered[f"p{number}"] for number, name in enumerate(_NAME.findall(path))}


def served_schemes(document: Document) -> dict[str, dict[str, str]]:
    """Return the security schemes by name; OAuth 2 and OpenID Connect become bearer tokens.

    So do schemes that operations require but the document does not declare, a common omission.
    """
    schemes = {name: document.resolve(scheme) for name, scheme in _declared(document).items()}
    schemes |= {name: {} for name in undeclared_schemes(document)}
    return {name: _scheme(scheme) for name, scheme in schemes.items()
            if scheme.get("type") != "mutualTLS"}  # fmt: skip


def undeclared_schemes(document: Document) -> list[str]:
    """Return the names of the security schemes that are required but not declared."""
    items = map(document.resolve, document.content["paths"].values())
    nodes = [node for item in items for node in item.values() if isinstance(node, Mapping)]
    required = [name for node in (document.content, *nodes)
                for requirement in node.get("security") or () for name in requirement]  # fmt: skip
    return [name for name in dict.fromkeys(required) if name not in _declared(document)]


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
    """Match request paths to the operations of a document; `base_path` is their prefix."""

    def __init__(self, document: Document, *, base_path: str = "") -> None:
        by_path = groupby(document.operations, lambda operation: base_path + operation.path)
        self._operations = {path: tuple(operations) for path, operations in by_path}
        self._patterns = {path: _pattern(path) for path in self._operations}
        self.paths = tuple(self._operations)
        """The path templates with their prefix."""

    def at(self, path: str) -> tuple[Operation, ...]:
        """Return the operations of a decoded path; empty if none matches.

        Paths without parameters take precedence over templates, as OpenAPI requires.
        """
        if path in self._operations and "{" not in path:
            return self._operations[path]
        found = [each for each, pattern in self._patterns.items() if pattern.match(path)]
        return tuple(operation for each in found for operation in self._operations[each])

    def shadowing(self) -> dict[str, frozenset[str]]:
        """Return the methods of each path without parameters that a template also matches."""
        return {
            path: frozenset(self.allow(path).split(", "))
            for path in self.paths
            if "{" not in path
            and sum(bool(pattern.match(path)) for pattern in self._patterns.values()) > 1
        }

    def allow(self, path: str) -> str:
        """Return the `Allow` header of a path, in alphabetical order (RFC 9110, section 10.2.1)."""
        methods = {operation.method for operation in self.at(path)} | {"OPTIONS"}
        return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(map(re.escape, _IN_BRACES.split(template))) + r"\Z")
