"""A document as Connexion reads it, OpenAPI 3.0 with routes and security, and its paths as patterns."""

import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from mock_server.errors import DocumentError, did_you_mean
from mock_server.openapi.document import Document, Operation

_NAME = re.compile(r"\{([^}]*)\}")


def lowered(document: Document) -> dict[str, Any]:
    """Return the skeleton of a document that Connexion serves."""
    paths: dict[str, dict[str, Any]] = {}
    schemes = served_schemes(document)
    for operation in document.operations:
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


def _checkable(
    requirements: Sequence[Mapping[str, Any]], schemes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Leave out what a request cannot show, such as a client certificate."""
    return [{name: scopes for name, scopes in requirement.items() if name in schemes}
            for requirement in requirements]  # fmt: skip


def path_values(path: str, numbered: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a path's parameters by their own names.

    Args:
        path: The template, as the document has it.
        numbered: The values by the names that Connexion was given.
    """
    return {name: numbered[f"p{number}"] for number, name in enumerate(_NAME.findall(path))}


def _numbered(path: str) -> tuple[str, list[dict[str, Any]]]:
    """Number the parameters of a path: Connexion changes names that Python would not allow."""
    numbers = count()
    renamed = _NAME.sub(lambda _: f"{{p{next(numbers)}}}", path)
    return renamed, [
        {"name": f"p{number}", "in": "path", "required": True, "schema": {"type": "string"}}
        for number in range(next(numbers))
    ]


def served_schemes(document: Document) -> dict[str, dict[str, str]]:
    """Return the security schemes by name, OAuth 2 and OpenID Connect as the bearer they end in.

    Raises:
        DocumentError: If an operation requires a scheme that is not declared.
    """
    declared = (document.content.get("components") or {}).get("securitySchemes") or {}
    required = [document.content.get("security") or ()]
    required += [
        node.get("security") or ()
        for item in map(document.resolve, document.content["paths"].values())
        for node in item.values()
        if isinstance(node, Mapping)
    ]
    for name in {
        name for requirements in required for requirement in requirements for name in requirement
    }:
        if name not in declared:
            raise DocumentError(
                f"{document.origin} requires the security scheme {name!r}, which it does not "
                f"declare.{did_you_mean(name, declared)}"
            )
    resolved = {name: document.resolve(scheme) for name, scheme in declared.items()}
    return {
        name: _scheme(scheme)
        for name, scheme in resolved.items()
        if scheme.get("type") != "mutualTLS"
    }


def _scheme(scheme: Mapping[str, Any]) -> dict[str, str]:
    if scheme.get("type") == "apiKey":
        name, place = str(scheme.get("name")), str(scheme.get("in"))
        # A key in this header is how OpenAPI 2 wrote a bearer token, and many tools still do.
        if (name.lower(), place) == ("authorization", "header"):
            return {"type": "http", "scheme": "bearer"}
        return {"type": "apiKey", "name": name, "in": place}
    if scheme.get("type") == "http" and str(scheme.get("scheme", "")).lower() == "basic":
        return {"type": "http", "scheme": "basic"}
    return {"type": "http", "scheme": "bearer"}


class Routes:
    """The paths of a document, as patterns.

    Args:
        document: Whose paths.
        base_path: What stands before each of them, without a slash at its end.
    """

    def __init__(self, document: Document, *, base_path: str = "") -> None:
        self._base_path = base_path
        patterns: dict[str, tuple[re.Pattern[str], list[Operation]]] = {}
        for operation in document.operations:
            pattern = _pattern(base_path + operation.path)
            patterns.setdefault(operation.path, (pattern, []))[1].append(operation)
        self._patterns = tuple(patterns.values())
        self.paths = tuple(patterns)
        """As the document writes them."""

    def at(self, path: str) -> tuple[Operation, ...]:
        """Return the operations of a decoded path; none if nothing is there.

        A path that is named comes before one that only fits, as OpenAPI has it.
        """
        found = [operations for pattern, operations in self._patterns if pattern.match(path)]
        named = [operations for operations in found if "{" not in operations[0].path]
        return tuple(operation for operations in named or found for operation in operations)

    def shadowing(self) -> dict[str, frozenset[str]]:
        """Return the methods of each path without parameters that a template fits as well."""
        paths = [self._base_path + operations[0].path for _, operations in self._patterns]
        return {
            path: frozenset(self.allow(path).split(", "))
            for path in paths
            if "{" not in path
            and sum(bool(pattern.match(path)) for pattern, _ in self._patterns) > 1
        }

    def operation(self, path: str) -> Operation | None:
        """Return the first operation of a path."""
        return next(iter(self.at(path)), None)

    def allow(self, path: str) -> str:
        """Write the `Allow` header of a path, in alphabetical order (RFC 9110, section 10.2.1)."""
        methods = {operation.method for operation in self.at(path)} | {"OPTIONS"}
        return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", template)
    return re.compile(
        "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts) + r"\Z"
    )
