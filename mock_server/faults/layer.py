"""What faults do to an answer on its way out: its body, its type, and the connection."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.clock import SECOND
from mock_server.faults.faults import Faults
from mock_server.faults.gate import begin
from mock_server.faults.model import Drip, Fault
from mock_server.faults.preferences import wishes_of
from mock_server.trace import trace_of

_DRIFTED = "addedByTheVendor"


class FaultMiddleware:
    """The layer around an application of a site's that faults need; idle, it hands requests on.

    Args:
        app: What answers, with a `FaultGate` in it.
        faults: What may be on.
    """

    def __init__(self, app: ASGIApp, *, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_plain = self._faults.is_idle and all(name != b"prefer" for name, _ in scope["headers"])
        if is_plain:
            await self._app(scope, receive, send)
            return
        lines = Headers(scope=scope).getlist("prefer")
        wishes, ignored = wishes_of(lines, self._faults.scenarios)
        trace_of(scope).notes += ignored
        meeting = begin(scope, wishes)
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        # Bodies are altered as text, so none may come compressed.
        headers = [one for one in scope["headers"] if one[0] != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, keep)
        if any(fault.reset for fault in meeting.struck):
            await _break_off(scope)
            return
        start, body = _altered(kept, meeting.struck, is_head=scope["method"] == "HEAD")
        await send(start)
        drips = [fault.drip for fault in meeting.struck if fault.drip is not None]
        pieces = _pieces(body, drips[0] if drips else None)
        for left, piece in zip(reversed(range(len(pieces))), pieces, strict=True):
            await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
            if left:
                await self._faults.sleep(drips[0].every / SECOND)


async def _break_off(scope: Scope) -> None:
    """Cut the connection as the server lets us, which tells it by `state`, or else fail.

    Raises:
        ConnectionResetError: If there is no connection to cut.
    """
    abort = (scope.get("state") or {}).get("abort")
    if abort is None:
        raise ConnectionResetError("the mock was told to break the connection")
    await abort()


def _altered(
    kept: Iterable[Message], struck: Iterable[Fault], *, is_head: bool
) -> tuple[Message, bytes]:
    """Give the start of an answer and its body, as faults leave them."""
    start, *rest = kept
    body = b"".join(message.get("body", b"") for message in rest)
    headers = MutableHeaders(raw=list(start["headers"]))
    before = body
    for fault in struck:
        if fault.drift and "json" in headers.get("content-type", ""):
            body = orjson.dumps(_drifted(orjson.loads(body), fault.drift)) if body else body
        if fault.body is not None:
            body = fault.body.encode()
        if fault.content_type is not None:
            headers["content-type"] = fault.content_type
        if fault.truncate is not None:
            body = body[: int(len(body) * fault.truncate)]
    if body != before and "content-length" in headers:
        headers["content-length"] = str(len(body))
    return {**start, "headers": headers.raw}, b"" if is_head else body


def _drifted(value: Any, kinds: tuple[str, ...]) -> Any:
    """Change a report as a vendor might, without telling.

    Each row loses its first property to one of another name, gains a property, and has its numbers
    written as text.
    """
    if isinstance(value, list):
        return [_drifted(one, kinds) for one in value]
    if not isinstance(value, Mapping):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return str(value) if "retype" in kinds and is_number else value
    drifted = {name: _drifted(inner, kinds) for name, inner in value.items()}
    if any(isinstance(inner, list) for inner in value.values()):
        return drifted  # what stands around the rows
    if "rename" in kinds and drifted:
        first = next(iter(drifted))
        drifted[f"{first}New"] = drifted.pop(first)
    if "add" in kinds:
        drifted[_DRIFTED] = True
    return drifted


def _pieces(body: bytes, drip: Drip | None) -> list[bytes]:
    size = len(body) if drip is None else drip.bytes
    return [body[at : at + size] for at in range(0, len(body), size or 1)] or [b""]
