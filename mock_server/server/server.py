"""Run a mock: sockets and uvicorn, in this thread or in the background."""

import asyncio
import errno
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp

from mock_server.app import build_app
from mock_server.binding.model import Binding
from mock_server.clock import Clock, read_moment
from mock_server.control.mock import Control, assemble
from mock_server.data.site import Site
from mock_server.errors import MockServerError, ServerError
from mock_server.inputs.arguments import checked
from mock_server.journal.journal import Journal
from mock_server.openapi.document import Document
from mock_server.server.protocol import Protocol, by_port
from mock_server.server.tls import certificate_of
from mock_server.settings import Settings
from mock_server.world.domain import Residency

logger = logging.getLogger(__name__)

_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE})
_MONOTONIC = (time.monotonic,)
"""In a tuple to hide it from libraries that freeze time; a frozen loop would never end."""


_LONGEST_WAIT = 30
"""Seconds to wait for the server to start or to stop."""


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that keeps running while a test has frozen Python's clocks."""

    def time(self) -> float:
        """Return monotonic time in seconds."""
        return _MONOTONIC[0]()


def _bound(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket."""
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


class Server:
    """Serve both residencies of one mock, each on its own port.

    Args:
        settings: The settings of the mock; the default picks free ports.

    Raises:
        MockServerError: If a setting, the document, the world or the database is invalid.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings(port=0, de_port=0)
        start = read_moment(self.settings.now) if self.settings.now else None
        self.clock = Clock(start, frozen=self.settings.freeze)
        self.control = assemble(self.settings, self.clock, Journal(self.settings.journal))
        self._ports: dict[int, Residency] = {}
        try:
            self._inner = build_app(self.control)
            self.certificate = certificate_of(self.settings, self.document.server_hosts)
        except BaseException:
            self.control.close()
            raise
        self._outdated: list[Control] = []
        self.app: ASGIApp = by_port(self._answer, self._ports, self.clock)
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

    async def _answer(self, *call: Any) -> None:
        await self._inner(*call)

    def reload(self) -> None:
        """Reload the files named in the settings; clock, tokens and journal are kept.

        Added rows and scenario changes are discarded. Requests in progress finish with the old files.

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
        for control in self._outdated:
            if not control.in_progress:
                control.close()
        self._outdated = [self.control, *(old for old in self._outdated if old.in_progress)]
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
                taken = self._sockets[residency] = _bound(self.settings.host, port)
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
            http=Protocol,
            ws="none",
            timeout_graceful_shutdown=1,
            ssl_certfile=None if secured is None else secured.chain,
            ssl_keyfile=None if secured is None else secured.key,
        )
        with nullcontext() if secured is None else secured.loadable():
            config.load()
        logging.getLogger("uvicorn.error").addFilter(_is_worth_a_line)
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
        if not is_up.wait(_LONGEST_WAIT):
            raise ServerError(f"The mock did not start within {_LONGEST_WAIT} seconds.")
        if failures:
            raise ServerError(f"The mock did not start: {failures[0]}.") from failures[0]
        return self

    def stop(self) -> None:
        """Finish requests in progress, then shut down; calling it again has no effect."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_LONGEST_WAIT)
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

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

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
    elif loop.time() - _said_at[0] > _LONGEST_WAIT:
        _said_at[0] = loop.time()
        logger.error("There are too many open files to take more connections; see `ulimit -n`.")


_said_at = [float("-inf")]
