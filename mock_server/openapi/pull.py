"""Finding the OpenAPI document of a running service, where such services keep it.

springdoc's and springfox's paths, Swagger UI's configuration and page, and the usual file names are
tried in turn; the first response that is an OpenAPI document wins. Nothing but `GET` is sent, and the
token only to the host that was named.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from mock_server.clock import Clock, to_rfc3339
from mock_server.errors import DocumentError
from mock_server.openapi.load import fetch, parse

PATHS = (
    "/v3/api-docs",
    "/v3/api-docs.yaml",
    "/openapi.json",
    "/openapi.yaml",
    "/openapi.yml",
    "/swagger.json",
    "/api-docs",
    "/api/openapi.json",
    "/api/v3/api-docs",
    "/api/v2/openapi.json",
    "/swagger/v1/swagger.json",
    "/docs/openapi.json",
    "/.well-known/openapi.json",
)
"""Where services keep the document itself."""

POINTERS = (
    "/v3/api-docs/swagger-config",
    "/api-docs/swagger-config",
    "/swagger-resources",
    "/swagger-ui/swagger-initializer.js",
    "/swagger-ui/index.html",
    "/swagger-ui.html",
    "/swagger-ui/",
    "/ui/",
    "/docs",
    "/",
)
"""Where services say where the document is: configurations, scripts and pages."""

_URL = re.compile(r"""["']?\b(?:config)?[uU]rl["']?\s*[:=]\s*["']([^"'\s]+)["']""")
_SCRIPT = re.compile(r"""<script[^<>]+?src=["']([^"']+)["']""")
_MOST_STEPS = 60
_LARGEST_PAGE = 1_000_000
"""Bytes of a page or script that are searched."""
_LIBRARIES = ("bundle", "preset")


@dataclass(frozen=True)
class Pulled:
    """A document as it was found."""

    source: str
    """The URL."""
    date: str
    """When, RFC 3339."""
    sha256: str
    content: bytes

    def save(self, path: Path) -> Path:
        """Write the document as it came, and beside it where it came from; give that file."""
        origin = path.with_name(f"{path.name}.source.json")
        path.write_bytes(self.content)
        found = {key: value for key, value in asdict(self).items() if key != "content"}
        origin.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        return origin


def pull(url: str, *, token: str | None, clock: Clock) -> Pulled:
    """Find the document of the service at a base URL, or at the URL itself.

    Args:
        url: An `http(s)` URL.
        token: Sent as a bearer token, to this host only.
        clock: Dates the find.

    Raises:
        DocumentError: If it is nowhere, or the service cannot be reached; says why.
    """
    url = url if urlsplit(url).path else f"{url}/"
    waiting = [url, *(urljoin(url, path) for path in (*PATHS, *POINTERS))]
    tried: set[str] = set()
    reasons: list[str] = []
    while waiting and len(tried) < _MOST_STEPS:
        place = waiting.pop(0)
        if place in tried or urlsplit(place).scheme not in {"http", "https"}:
            continue
        tried.add(place)
        is_there = urlsplit(place).netloc == urlsplit(url).netloc
        headers = {"Authorization": f"Bearer {token}"} if token and is_there else None
        try:
            raw = fetch(place, headers)
        except DocumentError as error:
            if isinstance(error.__cause__, httpx.TransportError) and not reasons:
                raise  # no other place of the same service will do better
            reasons.append(str(error))
            continue
        if _is_document(raw, place):
            digest = hashlib.sha256(raw).hexdigest()
            return Pulled(place, to_rfc3339(clock.now()), digest, raw)
        reasons.append(f"{place} is no OpenAPI document.")
        waiting = [*_named_in(raw, place), *waiting]
    raise DocumentError(
        f"No OpenAPI document was found at {url}: {reasons[0] if reasons else 'no such URL.'} "
        f"{len(tried)} places were tried; if you know where it is, name that URL."
    )


def _is_document(raw: bytes, origin: str) -> bool:
    if raw.lstrip()[:1] == b"<":
        return False
    try:
        content = parse(raw, origin)
    except DocumentError:
        return False
    return isinstance(content, dict) and "openapi" in content and "paths" in content


def _named_in(raw: bytes, place: str) -> Iterator[str]:
    """Return the URLs that a configuration, script or page names as the document's."""
    text = raw[:_LARGEST_PAGE].decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    names = list(_json_names(found)) if found is not None else _URL.findall(text)
    names += [
        name for name in _SCRIPT.findall(text) if not any(word in name for word in _LIBRARIES)
    ]
    for name in names:
        yield urljoin(place, name)


def _json_names(found: Any) -> Iterator[str]:
    """Return the URLs of springdoc's `url` and `urls`, and of springfox's list of resources."""
    if isinstance(found, list):
        for place in found:
            yield from _json_names(place)
    elif isinstance(found, dict):
        for key in ("url", "configUrl", "location"):
            if isinstance(found.get(key), str):
                yield found[key]
        yield from _json_names(found.get("urls"))
