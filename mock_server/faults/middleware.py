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
from mock_server.faults.faults import ActiveFault, Fault, Faults, RequestFacts
from mock_server.faults.prefer import parse_prefer

_KEY = "viewtracker_mock_faults"
"""The preferences of a request, and the list of the faults that it triggers."""
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


class FaultGate:
    """Trigger faults; runs between Connexion's routing and security."""

    def __init__(self, app: ASGIApp, *, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, unless a fault replaces its response.

        Raises:
            FaultError: If a fault responds with an error.
        """
        if _KEY in scope["extensions"]:
            await self._trigger(scope)
        await self._app(scope, receive, send)

    async def _trigger(self, scope: Scope) -> None:
        context = context_of(scope)
        preferences, triggered = scope["extensions"][_KEY]
        _, _, token = Headers(scope=scope).get("authorization", "").strip().partition(" ")
        operation = scope["extensions"]["connexion_routing"]["operation_id"]
        residency = site_of(scope).residency
        request = RequestFacts(operation, scope["path"], residency, token.strip())
        scenarios = [each.scenario for each in preferences if each.scenario is not None]
        active = self._faults.triggered_by(request, scenarios)
        for preference in preferences:
            if preference.fault is not None:
                active.append(ActiveFault("Prefer", preference.fault, Random(0)))
            if preference.example is None:
                context.apply_preference(preference.text)
            elif preference.example:  # the handler checks whether it exists
                context.example = preference.example
        triggered += [one.fault for one in active]
        context.faults += dict.fromkeys(one.name for one in active)
        delay = sum(one.delay() for one in active)
        if delay:
            await self._faults.sleep(delay / SECOND)
        now = self._faults.clock.now()
        for one in active:
            _alter(one, request.token, now, context)
        for one in active:
            _refuse(one)


def _alter(active: ActiveFault, token: str, now: int, context: RequestContext) -> None:
    fault = active.fault
    context.headers |= fault.headers
    context.rows = fault.rows if fault.rows is not None else context.rows
    context.lag += round(fault.lag * SECOND)
    if fault.skew:
        shown = min(max(now + round(fault.skew * SECOND), EARLIEST), LATEST)
        context.headers["Date"] = formatdate(shown // SECOND, usegmt=True)
    if fault.limit is not None:
        is_exceeded, remaining, seconds = active.count(fault.limit, token, now)
        context.headers |= {
            "X-RateLimit-Limit": str(fault.limit.requests),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(math.ceil(seconds)),
        }
        if is_exceeded:
            retry = {"Retry-After": str(max(1, math.ceil(seconds)))}
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


def _error(status: int, detail: str, headers: dict[str, str]) -> FaultError:
    error = FaultError(detail, headers=headers)
    error.status = status
    return error


class FaultMiddleware:
    """Modify responses by the faults that a `FaultGate` in the application triggers."""

    def __init__(self, app: ASGIApp, *, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request.

        Raises:
            ConnectionResetError: If a fault resets the connection, and the server cannot do it.
        """
        if self._faults.is_idle and all(name != b"prefer" for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        lines = Headers(scope=scope).getlist("prefer")
        preferences, ignored = parse_prefer(lines, self._faults.scenarios)
        context_of(scope).notes += ignored
        triggered: list[Fault] = []
        scope["extensions"][_KEY] = preferences, triggered
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
        start, body = _altered(messages, triggered)
        await send(start)
        drip = next((fault.drip for fault in triggered if fault.drip is not None), None)
        body = b"" if scope["method"] == "HEAD" else body
        size = (len(body) if drip is None else drip.bytes) or 1
        last = max(len(body) - 1, 0) // size * size
        for at in range(0, last + 1, size):
            piece = {"type": "http.response.body", "body": body[at : at + size]}
            await send({**piece, "more_body": at < last})
            if drip is not None and at < last:
                await self._faults.sleep(drip.every / SECOND)


def _altered(messages: Iterable[Message], faults: Iterable[Fault]) -> tuple[Message, bytes]:
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
    return {**start, "headers": headers.raw}, body


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
        drifted["addedByTheVendor"] = True
    return drifted
