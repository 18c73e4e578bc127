"""Transports for requests: over a socket, or in process."""

import asyncio
import io
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from contract_tests.errors import OptionError
from contract_tests.options import Options
from contract_tests.wire.targets import AsgiApp, is_here

_SOME, _LONGEST = 64, 64 * 2**20
"""Sizes in bytes: of a piece of a body, and of the largest body."""


class SocketTransport:
    """Sends over the network."""

    def __init__(self, url: str, options: Options) -> None:
        self._adapter = HTTPAdapter()
        self._timeout = options.timeout
        self._proxies: Mapping[str, str] = {}
        if options.proxy:
            self._proxies = {"http": options.proxy, "https": options.proxy}
        elif not is_here(url):
            self._proxies = requests.utils.get_environ_proxies(url)
        self._verify: bool | str = True
        if (bundle := options.ca_bundle) is not None:
            self._verify = str(bundle)
            try:
                ssl.create_default_context(cafile=bundle)
            except OSError as error:
                why = f"--ca-bundle {bundle} cannot be loaded: {error.strerror}."
                raise OptionError(why) from error

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Send a request without following redirects; `RequestException` if it has no response."""
        # The timeout of a socket restarts with every byte, so a slow response needs its own limit.
        end = time.monotonic() + self._timeout
        response = self._adapter.send(
            request, stream=True, timeout=self._timeout, verify=self._verify, proxies=self._proxies
        )
        body = bytearray()
        for some in response.iter_content(_SOME):
            body += some
            if time.monotonic() > end or len(body) > _LONGEST:
                response.close()
                raise requests.Timeout(f"incomplete after {len(body)} bytes")
        response._content = bytes(body)  # noqa: SLF001 -- as `requests` itself does
        return response

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()


class AsgiTransport:
    """Calls an ASGI application in this thread."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._adapter = HTTPAdapter()
        self._runner = asyncio.Runner()

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Call the application; an exception becomes a 500 response."""
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            self._runner.get_loop().run_until_complete(self._app(_scope_of(request), receive, send))
        except Exception:  # noqa: BLE001 -- servers respond to any exception with a 500
            sent.clear()
        response = self._adapter.build_response(request, _response_of(request, sent or [_FAILED]))
        _ = response.content  # read it, so that `requests` keeps it
        return response

    def close(self) -> None:
        """Close the event loop."""
        self._runner.close()


_FAILED = {
    "status": 500,
    "headers": [(b"content-type", b"text/plain; charset=utf-8")],
    "body": b"Internal Server Error",
}


def _scope_of(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(str(request.url))
    path = parts.path or "/"
    named = [(name.lower(), value) for name, value in pairs_of(request.headers)]
    if not any(name == "host" for name, _ in named):
        named.insert(0, ("host", parts.netloc))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode("latin-1", "replace"),
        "query_string": parts.query.encode("latin-1", "replace"),
        "root_path": "",
        "headers": [
            (name.encode("latin-1"), value.strip(" \t").encode("latin-1", "replace"))
            for name, value in named
        ],
        "client": ("127.0.0.1", 0),
        "server": (parts.hostname, parts.port or 80),
    }


def _response_of(request: requests.PreparedRequest, sent: list[Any]) -> HTTPResponse:
    """Return the messages of an application as over a socket: without a body for HEAD."""
    headers = HTTPHeaderDict()
    for message in sent:
        for name, value in message.get("headers", ()):
            headers.add(name.decode("latin-1"), value.decode("latin-1"))
    body = b"".join(message.get("body", b"") for message in sent)
    return HTTPResponse(
        body=io.BytesIO(b"" if request.method == "HEAD" else body),
        headers=headers,
        status=sent[0].get("status", 500),
        preload_content=False,
        enforce_content_length=False,  # the suite checks it
        request_method=str(request.method),
    )


def pairs_of(headers: Mapping[str, str | bytes]) -> list[tuple[str, str]]:
    """Return headers as pairs of texts, in order; repeated names are separate pairs."""
    return [
        (name, value if isinstance(value, str) else value.decode("latin-1"))
        for name, value in headers.items()
    ]
