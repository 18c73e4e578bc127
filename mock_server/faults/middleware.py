"""Apply faults to requests: before security, and to the response."""

import math
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from random import Random
from typing import Any

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.context import RequestContext, context_of, site_of
from mock_server.clock import EARLIEST, LATEST, SECOND
from mock_server.errors import FaultError
from mock_server.faults.faults import ActiveFault, Drip, Fault, Faults, RequestFacts
from mock_server.faults.prefer import Preference, parse_prefer

_PREFERENCES, _TRIGGERED = "viewtracker_mock_preferences", "viewtracker_mock_triggered"
_CHALLENGE = 'Bearer realm="Viewtracker", error="invalid_token", error_description="{}"'
_REFUSALS = {
    "expired": (401, "the token has expired"),
    "revoked": (401, "the token was revoked a moment ago"),
    "other-residency": (401, "the token belongs to the other data residency"),
    "forbidden": (403, "the token's account lacks the right to see this report"),
}
_USUAL = {
    401: {"WWW-Authenticate": _CHALLENGE.format("the token is unknown")},
    429: {"Retry-After": "1"},
    503: {"Retry-After": "1"},
}
"""Headers of a status, which a fault may override."""
_DRIFTED = "addedByTheVendor"


class FaultGate:
    """Trigger faults; runs between Connexion's routing and security.

    Args:
        app: The next application.
        faults: The scenarios and active faults.
    """

    def __init__(self, app: ASGIApp, *, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, unless a fault replaces its response.

        Raises:
            FaultError: If a fault responds with an error.
        """
        preferences = scope["extensions"].get(_PREFERENCES)
        if preferences is not None:
            await self._trigger(scope, preferences)
        await self._app(scope, receive, send)

    async def _trigger(self, scope: Scope, preferences: list[Preference]) -> None:
        context = context_of(scope)
        _, _, token = Headers(scope=scope).get("authorization", "").strip().partition(" ")
        request = RequestFacts(
            operation=scope["extensions"]["connexion_routing"]["operation_id"],
            path=scope["path"],
            residency=site_of(scope).residency,
            token=token.strip(),
        )
        scenarios = [
            preference.scenario for preference in preferences if preference.scenario is not None
        ]
        active = self._faults.triggered_by(request, scenarios)
        active += [
            ActiveFault("Prefer", preference.fault, Random(0), None)
            for preference in preferences
            if preference.fault is not None
        ]
        scope["extensions"][_TRIGGERED] += [fault.fault for fault in active]
        context.faults += dict.fromkeys(fault.name for fault in active)
        for preference in preferences:
            context.example = preference.example or context.example
            if preference.example is None:  # the handler checks whether the example exists
                context.apply_preference(preference.text)
        delay = sum(fault.fault.milliseconds(fault.random) for fault in active)
        if delay:
            await self._faults.sleep(delay / SECOND)
        for fault in active:
            self._alter(fault, request, context)
        for fault in active:
            _refuse(fault)

    def _alter(self, active: ActiveFault, request: RequestFacts, context: RequestContext) -> None:
        fault, now = active.fault, self._faults.clock.now()
        context.headers |= fault.headers
        context.rows = fault.rows if fault.rows is not None else context.rows
        context.lag += round(fault.lag * SECOND)
        if fault.skew:
            shown = min(max(now + round(fault.skew * SECOND), EARLIEST), LATEST)
            context.headers["Date"] = formatdate(shown // SECOND, usegmt=True)
        if fault.limit is not None and active.limiter is not None:
            left = active.limiter.count(request.token, now)
            context.headers |= {
                "X-RateLimit-Limit": str(fault.limit.requests),
                "X-RateLimit-Remaining": str(left.remaining),
                "X-RateLimit-Reset": str(math.ceil(left.seconds)),
            }
            if left.is_exceeded:
                retry = {"Retry-After": str(max(1, math.ceil(left.seconds)))}
                raise _error(429, f"The limit is {fault.limit.requests} requests.", retry)


def _refuse(active: ActiveFault) -> None:
    fault = active.fault
    if fault.refuse is not None:
        status, reason = _REFUSALS[fault.refuse]
        challenge = {"WWW-Authenticate": _CHALLENGE.format(reason)}
        sentence = f"{reason[0].upper()}{reason[1:]}."
        raise _error(status, sentence, {} if status == HTTPStatus.FORBIDDEN else challenge)
    if fault.status is not None:
        detail = fault.detail or f"This response was requested by {active.name}."
        raise _error(fault.status, detail, {**_USUAL.get(fault.status, {}), **fault.headers})


def _error(status: int, detail: str, headers: dict[str, Any]) -> FaultError:
    error = FaultError(detail, headers=headers)
    error.status = status
    return error


class FaultMiddleware:
    """Modify responses according to the triggered faults; pass requests on if none is active.

    Args:
        app: The next application, which contains a `FaultGate`.
        faults: The scenarios and active faults.
    """

    def __init__(self, app: ASGIApp, *, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request.

        Raises:
            ConnectionResetError: If a fault resets the connection, and the server cannot do it.
        """
        is_plain = self._faults.is_idle and all(name != b"prefer" for name, _ in scope["headers"])
        if is_plain:
            await self._app(scope, receive, send)
            return
        lines = Headers(scope=scope).getlist("prefer")
        preferences, ignored = parse_prefer(lines, self._faults.scenarios)
        context_of(scope).notes += ignored
        triggered: list[Fault] = []
        scope["extensions"].update({_PREFERENCES: preferences, _TRIGGERED: triggered})
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        # Bodies are modified as text, so request an uncompressed response.
        headers = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, collect)
        if any(fault.reset for fault in triggered):
            abort = (scope.get("state") or {}).get("abort")
            if abort is None:
                raise ConnectionResetError("a fault breaks the connection")
            await abort()
            return
        start, body = _altered(messages, triggered, is_head=scope["method"] == "HEAD")
        await send(start)
        drip = next((fault.drip for fault in triggered if fault.drip is not None), None)
        await self._send_body(body, drip, send)

    async def _send_body(self, body: bytes, drip: Drip | None, send: Send) -> None:
        size = (len(body) if drip is None else drip.bytes) or 1
        last = max(len(body) - 1, 0) // size * size
        for at in range(0, last + 1, size):
            piece = {"type": "http.response.body", "body": body[at : at + size]}
            await send({**piece, "more_body": at < last})
            if drip is not None and at < last:
                await self._faults.sleep(drip.every / SECOND)


def _altered(
    messages: Iterable[Message], faults: Iterable[Fault], *, is_head: bool
) -> tuple[Message, bytes]:
    """Return the start and the body of a response as modified by faults."""
    start, *rest = messages
    body = before = b"".join(message.get("body", b"") for message in rest)
    headers = MutableHeaders(raw=list(start["headers"]))
    for fault in faults:
        if fault.drift and "json" in headers.get("content-type", ""):
            body = _with_drift(body, fault.drift)
        if fault.body is not None:
            body = fault.body.encode()
        if fault.content_type is not None:
            headers["content-type"] = fault.content_type
        if fault.truncate is not None:
            body = body[: int(len(body) * fault.truncate)]
    if body != before and "content-length" in headers:
        headers["content-length"] = str(len(body))
    return {**start, "headers": headers.raw}, b"" if is_head else body


def _with_drift(body: bytes, kinds: tuple[str, ...]) -> bytes:
    """Apply schema drift to a body; a body that is not JSON stays unchanged."""
    try:
        return orjson.dumps(_drifted(orjson.loads(body), kinds))
    except orjson.JSONDecodeError:
        return body


def _drifted(value: Any, kinds: tuple[str, ...]) -> Any:
    """Change a report as a vendor might do without notice.

    In each row, the first property is renamed, a property is added, and numbers become text.
    """
    if isinstance(value, list):
        return [_drifted(item, kinds) for item in value]
    if not isinstance(value, Mapping):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return str(value) if "retype" in kinds and is_number else value
    drifted = {name: _drifted(inner, kinds) for name, inner in value.items()}
    if any(isinstance(inner, list) for inner in value.values()):
        return drifted  # the envelope
    if "rename" in kinds and drifted:
        first = next(iter(drifted))
        drifted[f"{first}New"] = drifted.pop(first)
    if "add" in kinds:
        drifted[_DRIFTED] = True
    return drifted
