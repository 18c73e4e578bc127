"""What a document declares for paths, and where it requires the token."""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_server import Document, Operation, served_schemes


def token_header(document: Document) -> tuple[str, str]:
    """Return the name of the header with the token, and the prefix of the token in it.

    It is `Authorization`, unless the document only declares API keys: in another header, in a
    cookie, or in the query. A query parameter is returned as its name with a leading `?`.
    """
    schemes = served_schemes(document).values()
    for scheme in () if any(map(_is_bearer, schemes)) else schemes:
        if scheme["type"] == "apiKey":
            name = scheme["name"]
            ways = {"cookie": ("Cookie", f"{name}="), "query": (f"?{name}", "")}
            return ways.get(scheme["in"], (name, ""))
        if scheme["scheme"] == "bearer":
            return "Authorization", f"{_prefix_of(scheme)} "
    return "Authorization", "Bearer "


def wants_bearer(document: Document, operation: Operation) -> bool:
    """Return whether every security requirement of an operation needs a bearer token."""
    ways, schemes = _security(document, operation), served_schemes(document).items()
    bearers = {name for name, scheme in schemes if _is_bearer(scheme)}
    return bool(ways) and all(bearers.intersection(way) for way in ways)


def needs_token(document: Document, operation: Operation) -> bool:
    """Return whether an operation needs credentials of any kind."""
    return bool(_security(document, operation)) and all(_security(document, operation))


def path_item(document: Document, operation: Operation) -> Mapping[str, Any]:
    """Return what a document declares for the path of an operation."""
    item: Mapping[str, Any] = document.resolve(document.content["paths"][operation.path])
    return item


def _security(document: Document, operation: Operation) -> Sequence[Mapping[str, Any]]:
    declared = path_item(document, operation)[operation.method.lower()]
    return declared.get("security", document.content.get("security")) or []


def _is_bearer(scheme: Mapping[str, str]) -> bool:
    return scheme.get("scheme") == "bearer" and _prefix_of(scheme).lower() == "bearer"


def _prefix_of(scheme: Mapping[str, str]) -> str:
    """Return the word before the token, such as `Token`, where a description names another one."""
    return scheme.get("x-prefix", "Bearer")
