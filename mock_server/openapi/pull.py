"""Find the OpenAPI document of a running service.

Tries the paths of springdoc and springfox, the configuration and page of Swagger UI, and common
file names, in order; the first OpenAPI document is used. Only `GET` requests are sent, and the
token is sent only to the given host.
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

_PATHS = (
    "/v3/api-docs", "/v3/api-docs.yaml", "/openapi.json", "/openapi.yaml", "/openapi.yml",
    "/swagger.json", "/api-docs", "/api/openapi.json", "/api/v3/api-docs", "/api/v2/openapi.json",
    "/swagger/v1/swagger.json", "/docs/openapi.json", "/.well-known/openapi.json",
    # configurations, scripts and pages that refer to the document
    "/v3/api-docs/swagger-config", "/api-docs/swagger-config", "/swagger-resources",
    "/swagger-ui/swagger-initializer.js", "/swagger-ui/index.html", "/swagger-ui.html",
    "/swagger-ui/", "/ui/", "/docs", "/",
)  # fmt: skip
"""Common paths, in the order in which they are tried."""

_URL = re.compile(r"""["']?\b(?:config)?[uU]rl["']?\s*[:=]\s*["']([^"'\s]+)["']""")
_SCRIPT = re.compile(r"""<script[^<>]+?src=["']([^"']+)["']""")
_MOST_STEPS = 60
_LARGEST_PAGE = 1_000_000
"""Maximum size in bytes of a page or script to search."""


@dataclass(frozen=True)
class Pulled:
    """A downloaded document."""

    source: str
    """The URL."""
    date: str
    """Download time, RFC 3339."""
    sha256: str
    content: bytes

    def save(self, path: Path) -> Path:
        """Write the document unchanged, and its origin to a file next to it; return that file."""
        origin = path.with_name(f"{path.name}.source.json")
        path.write_bytes(self.content)
        found = {key: value for key, value in asdict(self).items() if key != "content"}
        origin.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        return origin


def pull(url: str, *, token: str | None, clock: Clock) -> Pulled:
    """Find the document of the service at a base URL, or at the URL itself.

    A bearer token is sent to this host only.

    Raises:
        DocumentError: If there is no document, or the service is unreachable.
    """
    url = url if urlsplit(url).path else f"{url}/"
    waiting = [url, *(urljoin(url, path) for path in _PATHS)]
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
                raise  # other paths of the service would fail, too
            reasons.append(str(error))
            continue
        if _is_document(raw, place):
            digest = hashlib.sha256(raw).hexdigest()
            return Pulled(place, to_rfc3339(clock.now()), digest, raw)
        reasons.append(f"{place} is not an OpenAPI document.")
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
    """Yield the document URLs in a configuration, script or page."""
    text = raw[:_LARGEST_PAGE].decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    names = list(_json_names(found)) if found is not None else _URL.findall(text)
    scripts = _SCRIPT.findall(text)
    names += [name for name in scripts if "bundle" not in name and "preset" not in name]
    for name in names:
        yield urljoin(place, name)


def _json_names(found: Any) -> Iterator[str]:
    """Yield the URLs in springdoc's `url` and `urls`, and in springfox's list of resources."""
    if isinstance(found, list):
        for place in found:
            yield from _json_names(place)
    elif isinstance(found, dict):
        for key in ("url", "configUrl", "location"):
            if isinstance(found.get(key), str):
                yield found[key]
        yield from _json_names(found.get("urls"))
