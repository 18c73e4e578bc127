"""Where a document wants the token."""

from collections.abc import Mapping
from typing import Any

from mock_server import Document, Operation


def token_header(document: Document) -> tuple[str, str]:
    """Return the header that has the token, and what stands in it before the token.

    It is the bearer token's unless the document knows only keys: in other headers, in cookies, or
    in the query, of which the parameter is given, behind a `?`.
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
    """Return whether every way into an operation needs a bearer token."""
    item = document.resolve(document.content["paths"][operation.path])
    ways = item[operation.method.lower()].get("security", document.content.get("security")) or []
    bearers = {name for name, scheme in _schemes(document).items() if _is_bearer(scheme)}
    return bool(ways) and all(bearers.intersection(way) for way in ways)


def _schemes(document: Document) -> dict[str, Mapping[str, Any]]:
    declared = (document.content.get("components") or {}).get("securitySchemes") or {}
    return {name: document.resolve(scheme) for name, scheme in declared.items()}


def _is_bearer(scheme: Mapping[str, Any]) -> bool:
    if scheme.get("type") == "apiKey":  # older tools knew no other way to write it
        return scheme.get("in") == "header" and str(scheme.get("name")).lower() == "authorization"
    is_http_bearer = str(scheme.get("scheme")).lower() == "bearer"
    return scheme.get("type") in {"oauth2", "openIdConnect"} or is_http_bearer
