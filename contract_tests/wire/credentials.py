"""Finds out where a document requires the token."""

from collections.abc import Mapping
from typing import Any

from mock_server import Document, Operation


def token_header(document: Document) -> tuple[str, str]:
    """Return the name of the header with the token, and the prefix of the token in it.

    It is `Authorization`, unless the document only declares API keys: in another header, in a
    cookie, or in the query. A query parameter is returned as its name with a leading `?`.
    """
    schemes = _schemes(document).values()
    if not any(map(_is_bearer, schemes)):
        for scheme in schemes:
            if scheme.get("type") == "apiKey":
                name = str(scheme.get("name"))
                ways = {"cookie": ("Cookie", f"{name}="), "query": (f"?{name}", "")}
                return ways.get(scheme["in"], (name, ""))
    return "Authorization", "Bearer "


def wants_bearer(document: Document, operation: Operation) -> bool:
    """Return whether every security requirement of an operation needs a bearer token."""
    item = document.resolve(document.content["paths"][operation.path])
    ways = item[operation.method.lower()].get("security", document.content.get("security")) or []
    bearers = {name for name, scheme in _schemes(document).items() if _is_bearer(scheme)}
    return bool(ways) and all(bearers.intersection(way) for way in ways)


def _schemes(document: Document) -> dict[str, Mapping[str, Any]]:
    declared = (document.content.get("components") or {}).get("securitySchemes") or {}
    return {name: document.resolve(scheme) for name, scheme in declared.items()}


def _is_bearer(scheme: Mapping[str, Any]) -> bool:
    if scheme.get("type") == "apiKey":  # older documents declare bearer tokens like this
        return scheme.get("in") == "header" and str(scheme.get("name")).lower() == "authorization"
    is_http_bearer = str(scheme.get("scheme")).lower() == "bearer"
    return scheme.get("type") in {"oauth2", "openIdConnect"} or is_http_bearer
