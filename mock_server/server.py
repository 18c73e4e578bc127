"""A running mock: its sockets, uvicorn, and what they add to the scope of a request."""

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
from httptools import HttpParserUpgrade, HttpRequestParser
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
"""Bytes of a request's headers."""
LONGEST_TARGET = 32_768
"""Bytes of path and query; RFC 9110, section 4.1 asks for at least 8,000."""
PATIENCE = 30.0
"""Seconds in which a request's headers must have come, and between two parts of its body."""
_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#]*)")
"""Of a request target in the absolute form, its host and port."""
_OFFERS = frozenset({b"upgrade", b"http2-settings"})
_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE})
_MONOTONIC = (time.monotonic,)
"""In a tuple, where programs that freeze time do not find it: a frozen loop would never end."""


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that goes on where a test has frozen Python's clocks."""

    def time(self) -> float:
        """Return seconds since some moment."""
        return _MONOTONIC[0]()


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ServerError: If the port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, since asyncio responds without delay (TCP_NODELAY) only where it knows the protocol.
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
    """Note in each request's scope the residency of its port, or else the one that is there, or US.

    What is no request, too large, or cancelled because the server ends, goes no further.
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
        except asyncio.CancelledError:  # the server ends, and the connection with it
            if abort is None:
                raise
            with suppress(asyncio.CancelledError):  # it is cancelled once more
                await abort()

    return noting


def _early_response(scope: Scope) -> Response | None:
    """Respond to what goes no further.

    Too much to read (RFC 6585, section 5; RFC 9110, section 15.5.15), no host or several
    (RFC 9112, section 3.2), and `OPTIONS *` (RFC 9110, section 9.3.7).
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
    """Accept the protocol of an application's life, and refuse WebSockets."""
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
    """Reads requests that offer to upgrade as if they did not (RFC 9110, section 7.8).

    The parser it is made of takes what follows such a head for another protocol.
    """

    def __init__(self, protocol: "_Protocol") -> None:
        super().__init__(protocol)
        self._protocol = protocol

    def feed_data(self, data: "bytes | bytearray | memoryview | array[int]") -> None:
        """Read what came; after an offer, from the head without it."""
        rest = memoryview(data)
        while True:
            try:
                super().feed_data(rest)
            except HttpParserUpgrade as offer:
                if not self._protocol.is_offered:
                    raise  # CONNECT
                head = self._protocol.head_without_offer()
                rest = rest[offer.args[0] :]
                super().__init__(self._protocol)  # it begins anew
                super().feed_data(head)
            else:
                return


class _Protocol(HttpToolsProtocol):
    """Reads HTTP as uvicorn does, but for what clients leave unfinished or offer besides.

    A head that does not end, in bytes or in time, is refused, and a body of which nothing more
    comes.
    """

    is_offered = False
    """Whether the request that is being read offers to upgrade."""
    _timer: asyncio.TimerHandle | None = None
    _head = 0
    """Bytes of a head that has not ended."""
    _is_in_body = False

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a head."""
        super().connection_made(transport)
        self.parser = _Parser(self)
        self._wait()

    def head_without_offer(self) -> bytes:
        """Write the head of the request that is being read, but for its offer."""
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % header for header in self.headers if header[0] not in _OFFERS]
        return b"\r\n".join([*lines, b"", b""])

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        super().data_received(data)
        if self._is_in_body:
            self._wait()
            return
        self._head += len(data)
        if self._timer is not None and self._head > LARGEST_HEAD:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Begin to read a head."""
        super().on_message_begin()
        self._head = 0
        if self._timer is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Have read a head."""
        self.is_offered = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if self.is_offered:
            return
        self._stop_waiting()
        self._is_in_body = True
        named = _AUTHORITY.match(self.url)
        if named:  # which goes before Host (RFC 9112, section 3.2.2)
            hosts = [(k, named[1] if k == b"host" else v) for k, v in self.headers]
            self.headers[:] = hosts
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Have read a request."""
        if self.is_offered:
            return
        self._stop_waiting()
        self._is_in_body = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(PATIENCE, self._lose_patience)

    def _lose_patience(self) -> None:
        """End a connection, with a status where a request was begun and nothing was sent yet."""
        is_responding = self._is_in_body and self.cycle.response_started
        if is_responding or not (self._head or self._is_in_body):
            self.transport.close()
        else:
            self._refuse(b"408 Request Timeout")

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: bytes) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            end = b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            self.transport.write(b"HTTP/1.1 " + status + end)
            self.transport.close()


def _aborting(send: Send) -> Callable[[], Awaitable[None]] | None:
    """Return what resets the connection that a response would go to, which ASGI has no word for."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return None

    async def abort() -> None:
        sock = transport.get_extra_info("socket")
        at_once = struct.pack("ii", 1, 0)
        with suppress(OSError, ValueError):  # where the connection is closed already
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)  # RST instead of FIN
        transport.abort()
        await asyncio.sleep(0)  # so that the server notices before it misses a response
        await asyncio.sleep(0)

    return abort


_PATIENCE = 30
"""Seconds until a server that does not come up, or does not end, is given up."""


class Server:
    """Both residencies of one mock, each on its port.

    Args:
        settings: How it behaves; ports are picked freely unless set.

    Raises:
        MockServerError: If a setting, the document, the world or the database cannot be used.
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
        """What it serves."""
        return self.control.document

    @property
    def binding(self) -> Binding:
        """How the document meets the data."""
        return self.control.binding

    @property
    def sites(self) -> Mapping[Residency, Site]:
        """What each residency owns."""
        return self.control.sites

    @property
    def de_url(self) -> str:
        """The base URL of the German residency, without a slash at its end."""
        return self.url_of(Residency.DE)

    @checked
    def url_of(self, residency: Residency) -> str:
        """Return the base URL of a residency.

        Raises:
            ServerError: If the mock does not listen yet.
        """
        if residency not in self._sockets:
            raise ServerError("The mock does not listen yet; start it first.")
        host, port = self._sockets[residency].getsockname()[:2]
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._inner(scope, receive, send)

    def reload(self) -> None:
        """Read the files that the settings name once more; clock, tokens and journal stay.

        Rows that were added, and scenarios, are as at the start. Requests that are being served
        end as they began.

        Raises:
            MockServerError: If one of the files cannot be used; nothing has changed then.
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
        for control in self._outdated:  # by now no request uses them
            control.close()
        self._outdated = [self.control]
        self.control = fresh
        self._inner = app

    def listen(self) -> None:
        """Take the ports, so that URLs are known before the first response.

        Raises:
            ServerError: If it has them already, or was stopped, or a port is taken, or the address
                is not this machine's.
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
        """Answer until a signal or `stop`, in this thread; `ready` is called at the first moment.

        Needs `listen` before it.
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
        """Answer in a thread of its own; returns once it does.

        Raises:
            ServerError: If it runs already, or was stopped, or cannot listen, or does not come up.
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
            raise ServerError(f"The mock did not come up within {_PATIENCE} seconds.")
        if failures:
            raise ServerError(f"The mock did not come up: {failures[0]}.") from failures[0]
        return self

    def stop(self) -> None:
        """Answer what was begun, then close; stopping twice is the same as once."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_PATIENCE)
            self._thread = None
        self.close()

    def close(self) -> None:
        """Return back the ports and the database."""
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
    """Pass over that responses which a fault holds back are cancelled at the end."""
    return not str(record.msg).startswith("Cancel ")


def _on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log in a line that there are no more file descriptors, which asyncio logs for each try."""
    if getattr(context.get("exception"), "errno", None) not in _OUT_OF_FILES:
        loop.default_exception_handler(context)
    elif loop.time() - _said_at[0] > _PATIENCE:
        _said_at[0] = loop.time()
        logger.error("There are too many open files to take more connections; see `ulimit -n`.")


_said_at = [float("-inf")]
