"""Sockets that listen, and what an application is told of them."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.domain import Residency
from mock_server.errors import ServerError


def bound(host: str, port: int) -> socket.socket:
    """Give a socket that listens.

    Raises:
        ServerError: If the port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, since asyncio answers without delay (TCP_NODELAY) only where it knows the protocol.
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
    """Note in each request's scope the residency of its port, or else the one that is there, or US."""

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        given = {"residency": Residency.US, **(scope.get("state") or {})}
        server = scope.get("server")
        residency = ports.get(server[1], given["residency"]) if server else given["residency"]
        by_residency = {residency: port for port, residency in ports.items()}
        told = {"residency": residency, "abort": _aborting(send)}
        state = {"ports": by_residency, **given, **told}
        await app({**scope, "state": state}, receive, send)

    return noting


def _aborting(send: Send) -> Callable[[], Awaitable[None]] | None:
    """Give what resets the connection that an answer would go to, which ASGI has no word for."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return None

    async def abort() -> None:
        sock = transport.get_extra_info("socket")
        at_once = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)  # RST instead of FIN
        transport.abort()
        await asyncio.sleep(0)  # so that the server notices before it misses an answer
        await asyncio.sleep(0)

    return abort
