"""HTTP/1.1 as the mock reads it: uvicorn's protocol with limits, and the scope of a request."""

import asyncio
import re
import socket
import struct
from array import array
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from email.utils import formatdate
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from starlette.responses import JSONResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.api.responses import PROBLEM, type_of
from mock_server.clock import SECOND, Clock
from mock_server.errors import UriTooLongError, phrase_of
from mock_server.world.domain import Residency

LARGEST_HEAD = 65_536
"""Maximum size of the request headers, in bytes."""
LONGEST_TARGET = 32_768
"""Maximum size of path and query string, in bytes; see RFC 9110, section 4.1."""
PATIENCE = 30.0
"""Seconds allowed for the request headers, and between two parts of a request body."""
_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#]*)")
"""Matches host and port of a request target in absolute form."""
_NOT_HTTP = Router()
"""Completes the lifespan protocol of ASGI, and closes WebSockets."""
_OFFERS = frozenset({b"upgrade", b"http2-settings"})


def by_port(app: ASGIApp, ports: Mapping[int, Residency], clock: Clock) -> ASGIApp:
    """Wrap an application to store the residency of the port in each request's scope.

    The default is the residency already in the scope, or US. Invalid and oversized requests get a
    response here. A request that is cancelled at shutdown has its connection aborted.
    """

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _NOT_HTTP(scope, receive, send)
            return
        response = _early_response(scope)
        if response is not None:
            response.headers["Date"] = formatdate(clock.now() // SECOND, usegmt=True)
            await response(scope, receive, send)
            return
        given = {"residency": Residency.US, **(scope.get("state") or {})}
        server, default = scope.get("server"), given["residency"]
        abort = _aborting(send)
        state = {
            "ports": {residency: port for port, residency in ports.items()},
            **given,
            "residency": ports.get(server[1], default) if server else default,
            "abort": abort,
        }
        try:
            await app({**scope, "state": state}, receive, send)
        except asyncio.CancelledError:  # the server is shutting down
            if abort is None:
                raise
            with suppress(asyncio.CancelledError):  # the task is cancelled again
                await abort()

    return noting


def _early_response(scope: Scope) -> Response | None:
    """Return the response to a request that does not reach the application, or None.

    These are oversized requests (RFC 6585, section 5; RFC 9110, section 15.5.15), requests without
    exactly one Host header (RFC 9112, section 3.2), and `OPTIONS *` (RFC 9110, section 9.3.7).
    """
    hosts = sum(name == b"host" for name, _ in scope["headers"])
    target = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    if hosts > 1 or (not hosts and scope["http_version"] != "1.0"):
        status = 400
        detail = f"The request has {hosts or 'no'} Host headers; HTTP/1.1 asks for one."
    elif scope["path"] == "*" and scope["method"] == "OPTIONS":
        return Response(status_code=204, headers={"Allow": "GET, HEAD, OPTIONS"})
    elif headers > LARGEST_HEAD:
        status = 431
        detail = f"The headers are {headers:,} bytes long; the mock reads up to {LARGEST_HEAD:,}."
    elif target > LONGEST_TARGET:
        status = 414
        detail = f"The target is {target:,} bytes long; the mock reads up to {LONGEST_TARGET:,}."
    else:
        return None
    kind = type_of(UriTooLongError(detail)) if status == 414 else "about:blank"
    body = {"type": kind, "title": phrase_of(status), "status": status, "detail": detail}
    return JSONResponse(body, status, media_type=PROBLEM)


def _aborting(send: Send) -> Callable[[], Awaitable[None]] | None:
    """Return a function that resets the connection of a response; ASGI has no message for that."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return None

    async def abort() -> None:
        sock = transport.get_extra_info("socket")
        at_once = struct.pack("ii", 1, 0)
        with suppress(OSError, ValueError):  # the connection may already be closed
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)  # RST instead of FIN
        transport.abort()
        await asyncio.sleep(0)  # let the server notice before it expects a response
        await asyncio.sleep(0)

    return abort


class _Parser(HttpRequestParser):
    """Ignore offers to upgrade the connection (RFC 9110, section 7.8).

    httptools would treat the bytes after such a head as another protocol.
    """

    def __init__(self, protocol: "Protocol") -> None:
        super().__init__(protocol)
        self._protocol = protocol

    def feed_data(self, data: "bytes | bytearray | memoryview | array[int]") -> None:
        """Parse data; after an upgrade offer, parse the head again without the offer."""
        rest = memoryview(data)
        while True:
            try:
                super().feed_data(rest)
            except HttpParserUpgrade as offer:
                if not self._protocol.is_offered:
                    raise  # CONNECT
                head = self._protocol.head_without_offer()
                rest = rest[offer.args[0] :]
                super().__init__(self._protocol)  # resets the parser
                super().feed_data(head)
            except HttpParserError:
                if self._protocol.will_close():
                    return
                raise
            else:
                return


class Protocol(HttpToolsProtocol):
    """Extend uvicorn's protocol with limits for unfinished requests, and ignore upgrade offers.

    Requests whose head is too long or too slow are refused, as are bodies that stall.
    """

    is_offered = False
    """Whether the current request offers an upgrade."""
    _timer: asyncio.TimerHandle | None = None
    _head = 0
    """Bytes received since the start of the head or the last part of the body."""
    _is_in_body = False

    def connection_made(self, transport: Any) -> None:
        """Start the timeout for the request head."""
        super().connection_made(transport)
        self.parser = _Parser(self)
        self._wait()

    def head_without_offer(self) -> bytes:
        """Return the head of the current request without its upgrade offer."""
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % header for header in self.headers if header[0] not in _OFFERS]
        return b"\r\n".join([*lines, b"", b""])

    def will_close(self) -> bool:
        """Let the end of the input, or invalid data, close the connection after a due response.

        Return False if no response is due.
        """
        cycle: Any = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete or self._is_in_body:
            return False
        cycle.keep_alive = False
        self._stop_waiting()
        return True

    def data_received(self, data: bytes) -> None:
        """Parse received data and enforce the limits."""
        super().data_received(data)
        is_too_long = self._is_in_body and self._head > LARGEST_HEAD
        self._head += len(data)
        if self._is_in_body and not is_too_long:
            self._wait()
        elif self._timer is not None and self._head > LARGEST_HEAD:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Start a request head."""
        super().on_message_begin()
        self._head = 0
        if self._timer is None:
            self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; fields after a body are no headers (RFC 9110, section 6.5.1)."""
        if not self._is_in_body:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._head = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Finish a request head."""
        self.is_offered = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if self.is_offered:
            return
        self._stop_waiting()
        self._is_in_body = True
        named = _AUTHORITY.match(self.url)
        if named:  # an absolute target overrides Host (RFC 9112, section 3.2.2)
            hosts = [(k, named[1] if k == b"host" else v) for k, v in self.headers]
            self.headers[:] = hosts
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Finish a request."""
        if self.is_offered:
            return
        self._stop_waiting()
        self._is_in_body = False
        super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Return whether to respond to a client that closed its side; TLS has no such state."""
        return self.scheme == "http" and self.will_close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeout."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(PATIENCE, self._lose_patience)

    def _lose_patience(self) -> None:
        """Close a stalled connection; respond first if a request has begun."""
        if self._head or self._is_in_body:
            self._refuse(b"408 Request Timeout")
        else:
            self.transport.close()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: bytes) -> None:
        self._stop_waiting()
        is_responding = self._is_in_body and self.cycle.response_started
        if not (is_responding or self.transport.is_closing()):
            end = b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            self.transport.write(b"HTTP/1.1 " + status + end)
        self.transport.close()
