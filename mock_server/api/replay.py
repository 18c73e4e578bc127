"""Replay a recording, a HAR 1.2 file such as `viewtracker-contract run --record` writes.

Responses are looked up by method, path, query string in any order, and whether the request had
the valid token, another one, or none. Other headers are ignored.
"""

import base64
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.errors import SettingsError, did_you_mean
from mock_server.inputs.files import read_text
from mock_server.settings import Settings
from mock_server.world.domain import Residency

PLACEHOLDER = "$VIEWTRACKER_TOKEN"
"""The placeholder for the valid token in recordings."""

_OWN = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})
"""Hop-by-hop and length headers, which are not replayed."""

_LARGEST = 256 * 1024 * 1024
"""Maximum size of a recording, in bytes."""
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


class RequestKey(NamedTuple):
    """The key of a recorded response."""

    method: str
    path: str
    """Decoded, except for encoded slashes."""
    query: tuple[tuple[str, str], ...]
    """Sorted."""
    token: str
    """`the valid token`, `another token` or `no token`."""

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.method} {self.path}{'?' if query else ''}{query} with {self.token}"


class RecordedResponse(NamedTuple):
    """One recorded response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names are lower case."""
    body: bytes
    """Decompressed."""


Recording = Mapping[RequestKey, list[RecordedResponse]]
"""The responses of one residency by request, in recorded order."""


def read_recording(path: Path) -> dict[Residency, Recording]:
    """Read a HAR file; requests without a response are skipped.

    The `comment` of an entry selects the residency; the default is the host of its URL.

    Raises:
        SettingsError: If the file cannot be read or is not HAR; names the entry.
    """
    try:
        entries = list(
            json.loads(read_text(path, SettingsError, largest=_LARGEST))["log"]["entries"]
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SettingsError(f"{path} is not a HAR file: it has no log.entries in JSON.") from error
    found: dict[Residency, Recording] = {residency: defaultdict(list) for residency in Residency}
    for number, entry in enumerate(entries):
        try:
            request, response = entry["request"], entry["response"]
            if response["status"] >= 200:
                parts = urlsplit(request["url"])
                named, is_german = entry.get("comment"), (parts.hostname or "").startswith("de.")
                lines = [one["value"] for one in request["headers"]
                         if one["name"].lower() == "authorization"]  # fmt: skip
                url = f"{parts.path}?{parts.query}"
                key = _key(request["method"], url, lines, valid=PLACEHOLDER)
                residency = Residency.DE if is_german else Residency.US
                residency = Residency(named) if named in set(Residency) else residency
                found[residency][key].append(_recorded(response))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SettingsError(f"{path}: log.entries[{number}] is not a HAR entry.") from error
    if not any(found.values()):
        raise SettingsError(f"{path} holds no response, so there is nothing to replay.")
    return found


def replay_apps(
    demo_tokens: Mapping[Residency, str | None], settings: Settings
) -> dict[Residency, ASGIApp]:
    """Return an application per residency if a recording is set, otherwise an empty mapping.

    Raises:
        SettingsError: If the recording or the token cannot be read, or only a token is set.
    """
    tokens = dict(demo_tokens)
    if settings.token_file is not None:
        token = read_text(settings.token_file, SettingsError).strip()
        if not token or settings.replay is None:
            raise SettingsError("--token-file names a file with the valid token of a --replay.")
        tokens = dict.fromkeys(demo_tokens, token)
    if settings.replay is None:
        return {}
    recordings = read_recording(settings.replay)
    return {
        residency: ReplayApp(recordings[residency], token) for residency, token in tokens.items()
    }


class ReplayApp:
    """Serve one residency from its recording, with its valid token if there is one.

    Several responses to the same request are sent in order; the last one repeats.
    """

    def __init__(self, recording: Recording, token: str | None) -> None:
        self._recording = recording
        self._token = token
        self._times = Counter[RequestKey]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        lines = [v.decode("latin-1") for k, v in scope["headers"] if k == b"authorization"]
        path = scope.get("raw_path", b"").decode("latin-1") or scope["path"]
        url = f"{path}?{scope['query_string'].decode('latin-1')}"
        if self._token is not None:
            url = url.replace(self._token, PLACEHOLDER)
        key = _key(scope["method"], url, lines, valid=self._token)
        if recorded := self._recording.get(key):
            turn = min(self._times[key], len(recorded) - 1)
            self._times[key] += 1
            response = self._response(recorded[turn], key.method)
        else:
            response = self._unknown(key)
        await response(scope, receive, send)

    def _response(self, recorded: RecordedResponse, method: str) -> Response:
        headers = [(name, value) for name, value in recorded.headers if name not in _OWN]
        body, token = recorded.body, self._token
        if token is not None:  # replace the placeholder in echoed text
            headers = [(name, value.replace(PLACEHOLDER, token)) for name, value in headers]
            body = body.replace(PLACEHOLDER.encode(), token.encode())
        known = dict(recorded.headers)
        if known.get("content-encoding") == "gzip":
            headers.append(("content-encoding", "gzip"))
            body = gzip.compress(body, mtime=0) if body else body
        if method == "HEAD" and "content-length" in known:
            headers.append(("content-length", known["content-length"]))
        elif recorded.status not in {204, 304}:
            headers.append(("content-length", str(len(body))))
        response = Response(body, recorded.status)
        response.raw_headers = [
            (name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers
        ]
        return response

    def _unknown(self, key: RequestKey) -> Response:
        near = [recorded for recorded in self._recording if recorded[:2] == key[:2]]
        hint = did_you_mean(str(key), map(str, near or self._recording))
        body = {
            "type": "about:blank",
            "title": "Not Implemented",
            "status": 501,
            "detail": f"{str(key)[:400]!r} was not recorded.{hint}",
        }
        return JSONResponse(body, status_code=501, media_type="application/problem+json")


def _key(method: str, url: str, authorizations: list[str], *, valid: str | None) -> RequestKey:
    bearer = _BEARER.fullmatch(authorizations[0].strip()) if len(authorizations) == 1 else None
    token = "another token" if authorizations else "no token"
    path, query = (
        part.replace("%", "%25") if _BROKEN_ESCAPE.search(part) else part  # as clients encode it
        for part in url.partition("?")[::2]
    )
    return RequestKey(
        method,
        "%2F".join(unquote(part) for part in re.split("%2f", path or "/", flags=re.IGNORECASE)),
        tuple(sorted(parse_qsl(query, keep_blank_values=True))),
        "the valid token" if bearer and bearer[1] == valid else token,
    )


def _recorded(response: Mapping[str, Any]) -> RecordedResponse:
    content = response.get("content") or {}
    text = content.get("text") or ""
    return RecordedResponse(
        int(response["status"]),
        tuple(
            (header["name"].encode("ascii").decode().lower(), value)
            for header in response["headers"]
            for value in header["value"].split("\n")  # browsers join repeated headers with newlines
            if not header["name"].startswith(":")
        ),
        base64.b64decode(text) if content.get("encoding") == "base64" else text.encode(),
    )
