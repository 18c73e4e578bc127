"""Run a mock: sockets, uvicorn, and the values that they add to the scope of a request."""

import asyncio
import errno
import logging
import re
import socket
import struct
import threading
import time
from array import array
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext, suppress
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import uvicorn
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.api.responses import PROBLEM, type_of
from mock_server.app import build_app
from mock_server.arguments import checked
from mock_server.binding.fields import Binding
from mock_server.clock import Clock, read_moment
from mock_server.control.mock import Control, assemble
from mock_server.data.site import Site
from mock_server.errors import MockServerError, ServerError, UriTooLongError
from mock_server.openapi.document import Document
from mock_server.settings import Settings
from mock_server.tls import certificate_of
from mock_server.world.domain import Residency

logger = logging.getLogger(__name__)

LARGEST_HEAD = 65_536
"""Maximum size of the request headers, in bytes."""
LONGEST_TARGET = 32_768
"""Maximum size of path and query string, in bytes; see RFC 9110, section 4.1."""
PATIENCE = 30.0
"""Seconds allowed for the request headers, and between two parts of a request body."""
_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#]*)")
"""Matches host and port of a request target in absolute form."""
_OFFERS = frozenset({b"upgrade", b"http2-settings"})
_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE})
_MONOTONIC = (time.monotonic,)
"""In a tuple to hide it from libraries that freeze time; a frozen loop would never end."""


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that keeps running while a test has frozen Python's clocks."""

    def time(self) -> float:
        """Return monotonic time in seconds."""
        return _MONOTONIC[0]()


def bound(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket.

    Raises:
        ServerError: If the port is in use or the address does not belong to this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Explicit, because asyncio sets TCP_NODELAY only if it knows the protocol.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2_048)
    except OSError as error:
        listening.close()
        raise ServerError(
            f"Port {port} of {host} cannot be used: {error.strerror or error}. "
            f"Choose another, or 0 to have a free one picked."
        ) from error
    return listening


def by_port(app: ASGIApp, ports: Mapping[int, Residency]) -> ASGIApp:
    """Wrap an application to store the residency of the port in each request's scope.

    The default is the residency already in the scope, or US. Invalid and oversized requests get a
    response here. A request that is cancelled at shutdown has its connection aborted.
    """

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _no_request(scope, receive, send)
            return
        response = _early_response(scope)
        if response is not None:
            await response(scope, receive, send)
            return
        given = {"residency": Residency.US, **(scope.get("state") or {})}
        server = scope.get("server")
        residency = ports.get(server[1], given["residency"]) if server else given["residency"]
        by_residency = {residency: port for port, residency in ports.items()}
        abort = _aborting(send)
        state = {"ports": by_residency, **given, "residency": residency, "abort": abort}
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
    if hosts > 1 or (not hosts and scope["http_version"] != "1.0"):
        detail = f"The request has {hosts or 'no'} Host headers; HTTP/1.1 asks for one."
        return _problem("about:blank", 400, HTTPStatus(400).phrase, detail)
    if scope["path"] == "*" and scope["method"] == "OPTIONS":
        return Response(status_code=204, headers={"Allow": "GET, HEAD, OPTIONS"})
    target = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    if headers > LARGEST_HEAD:
        detail = f"The headers are {headers:,} bytes long; the mock reads up to {LARGEST_HEAD:,}."
        return _problem("about:blank", 431, HTTPStatus(431).phrase, detail)
    if target > LONGEST_TARGET:
        detail = f"The target is {target:,} bytes long; the mock reads up to {LONGEST_TARGET:,}."
        error = UriTooLongError(detail)
        return _problem(type_of(error), error.status, error.title, detail)
    return None


def _problem(kind: str, status: int, title: str, detail: str) -> Response:
    body = {"type": kind, "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type=PROBLEM)


async def _no_request(scope: Scope, receive: Receive, send: Send) -> None:
    """Handle ASGI lifespan events, and refuse WebSockets."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class _Parser(HttpRequestParser):
    """Ignore offers to upgrade the connection (RFC 9110, section 7.8).

    httptools would treat the bytes after such a head as another protocol.
    """

    def __init__(self, protocol: "_Protocol") -> None:
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


class _Protocol(HttpToolsProtocol):
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


_PATIENCE = 30
"""Seconds to wait for the server to start or to stop."""


class Server:
    """Serve both residencies of one mock, each on its own port.

    Args:
        settings: The settings of the mock; the default picks free ports.

    Raises:
        MockServerError: If a setting, the document, the world or the database is invalid.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings(port=0, de_port=0)
        now = self.settings.now
        start = None if now is None else read_moment(now)
        self.clock = Clock(start, frozen=self.settings.freeze)
        self.control = assemble(self.settings, self.clock)
        self._ports: dict[int, Residency] = {}
        try:
            self._inner = build_app(self.control)
            self.certificate = certificate_of(self.settings, self.document.server_hosts)
        except BaseException:
            self.control.close()
            raise
        self._outdated: list[Control] = []
        self.app: ASGIApp = by_port(self._answer, self._ports)
        self._sockets: dict[Residency, socket.socket] = {}
        self._thread: threading.Thread | None = None
        self._server: uvicorn.Server | None = None

    @property
    def document(self) -> Document:
        """The document being served."""
        return self.control.document

    @property
    def binding(self) -> Binding:
        """The binding of the document to the data."""
        return self.control.binding

    @property
    def sites(self) -> Mapping[Residency, Site]:
        """The site of each residency."""
        return self.control.sites

    @property
    def de_url(self) -> str:
        """The base URL of the German residency, without a trailing slash."""
        return self.url_of(Residency.DE)

    @checked
    def url_of(self, residency: Residency) -> str:
        """Return the base URL of a residency.

        Raises:
            ServerError: If the mock is not listening yet.
        """
        if residency not in self._sockets:
            raise ServerError("The mock does not listen yet; start it first.")
        host, port = self._sockets[residency].getsockname()[:2]
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._inner(scope, receive, send)

    def reload(self) -> None:
        """Reload the files named in the settings; clock, tokens and journal are kept.

        Added rows and scenario changes are discarded. Requests in progress
        finish with the old files.

        Raises:
            MockServerError: If a file is invalid; the mock then continues unchanged.
        """
        fresh = assemble(self.settings, self.clock, self.control.journal)
        try:
            app = build_app(fresh)
        except MockServerError:
            fresh.close()
            raise
        if self.settings.database is None:
            for residency, site in fresh.sites.items():
                site.tokens.copy_from(self.sites[residency].tokens)
        for control in self._outdated:  # no request uses them any more
            control.close()
        self._outdated = [self.control]
        self.control = fresh
        self._inner = app

    def listen(self) -> None:
        """Bind the ports, so that the URLs are known before the server starts.

        Raises:
            ServerError: If the mock is already listening or was stopped, a port is in use, or the
                address does not belong to this machine.
        """
        if self._sockets:
            raise ServerError("The mock is running already; use it as it is, or make another one.")
        self.control.check_open()
        ports = {Residency.US: self.settings.port, Residency.DE: self.settings.de_port}
        try:
            for residency, port in ports.items():
                taken = self._sockets[residency] = bound(self.settings.host, port)
                self._ports[taken.getsockname()[1]] = residency
        except ServerError:
            self.close()
            raise

    def serve(self, *, ready: Callable[[], None] = lambda: None) -> None:
        """Serve requests in this thread until a signal arrives or `stop` is called.

        Call `listen` first. `ready` is called once the server accepts requests.
        """
        secured = self.certificate
        config = uvicorn.Config(
            self.app,
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            lifespan="off",
            http=_Protocol,
            ws="none",
            timeout_graceful_shutdown=1,
            ssl_certfile=None if secured is None else secured.chain,
            ssl_keyfile=None if secured is None else secured.key,
        )
        with nullcontext() if secured is None else secured.loadable():
            config.load()
        self._server = _Server(config, ready)
        with suppress(KeyboardInterrupt):
            factory = config.get_loop_factory()
            is_asyncio = factory is None or factory.__module__.startswith("asyncio")
            with asyncio.Runner(loop_factory=_Loop if is_asyncio else factory) as runner:
                runner.run(self._server.serve(sockets=list(self._sockets.values())))

    def start(self) -> Self:
        """Serve requests in a background thread; return when the server accepts requests.

        Raises:
            ServerError: If the mock is already running or was stopped, cannot listen, or does not
                start in time.
        """
        self.listen()
        is_up = threading.Event()
        failures: list[BaseException] = []

        def serve() -> None:
            try:
                self.serve(ready=is_up.set)
            except BaseException as error:  # noqa: BLE001 -- raised where the start is waited for
                failures.append(error)
            finally:
                is_up.set()

        self._thread = threading.Thread(target=serve, name="viewtracker-mock", daemon=True)
        self._thread.start()
        if not is_up.wait(_PATIENCE):
            raise ServerError(f"The mock did not start within {_PATIENCE} seconds.")
        if failures:
            raise ServerError(f"The mock did not start: {failures[0]}.") from failures[0]
        return self

    def stop(self) -> None:
        """Finish requests in progress, then shut down; calling it again has no effect."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_PATIENCE)
            self._thread = None
        self.close()

    def close(self) -> None:
        """Release the ports and the database."""
        for taken in self._sockets.values():
            taken.close()
        self._sockets.clear()
        self._ports.clear()
        for control in (*self._outdated, self.control):
            control.close()
        if self.certificate is not None:
            self.certificate.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        uvicorns = logging.getLogger("uvicorn.error")
        uvicorns.addFilter(_is_worth_a_line)
        try:
            await super().shutdown(sockets)
        finally:
            uvicorns.removeFilter(_is_worth_a_line)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_on_loop_error)
        await super().startup(sockets)
        self._ready()


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Return False for uvicorn's messages about cancelled tasks, which delayed responses cause."""
    return not str(record.msg).startswith("Cancel ")


def _on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log a lack of file descriptors once per period; asyncio logs it on every attempt."""
    if getattr(context.get("exception"), "errno", None) not in _OUT_OF_FILES:
        loop.default_exception_handler(context)
    elif loop.time() - _said_at[0] > _PATIENCE:
        _said_at[0] = loop.time()
        logger.error("There are too many open files to take more connections; see `ulimit -n`.")


_said_at = [float("-inf")]
