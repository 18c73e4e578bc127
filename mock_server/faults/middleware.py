"""Where faults meet requests: before security, and around the response."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from random import Random
from typing import Any, cast

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.context import Trace, site_of, trace_of
from mock_server.clock import EARLIEST, LATEST, SECOND
from mock_server.errors import FaultError, did_you_mean
from mock_server.faults.faults import Drip, Fault, Faults, Met, Standing

_PREFERENCE = re.compile(
    r"""([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s,;"]*))?[^,]*(?:,|$)"""
)
_NUMBERS: Mapping[str, tuple[range, Callable[[int], Fault]]] = {
    "code": (range(400, 600), lambda status: Fault(status=status)),
    "delay": (range(60_001), lambda milliseconds: Fault(delay=milliseconds)),
    "rows": (range(20_001), lambda rows: Fault(rows=rows)),
}
_MOST_PREFERENCES = 20
_KNOWN = (*_NUMBERS, "example", "scenario")


@dataclass(frozen=True)
class Wish:
    """A preference that can be met."""

    text: str
    """As `Preference-Applied` repeats it."""
    fault: Fault | None = None
    scenario: str | None = None
    example: str | None = None


def wishes_of(lines: Iterable[str], scenarios: Iterable[str]) -> tuple[list[Wish], list[str]]:
    """Read `Prefer` headers.

    Args:
        lines: Their values; of a preference that is there twice, the first holds.
        scenarios: Names of those that there are.

    Returns:
        What can be met, and sentences on what is ignored, as RFC 7240, section 2 wants it.
    """
    told: dict[str, str] = {}
    for line in lines:
        for name, value in _PREFERENCE.findall(line):
            told.setdefault(name.lower(), re.sub(r'\\(.)|^"|"$', r"\1", value))
    names = list(scenarios)
    wishes, ignored = [], []
    for name, value in [*told.items()][:_MOST_PREFERENCES]:
        wish = _wish(name, value, names)
        if isinstance(wish, Wish):
            wishes.append(wish)
        else:
            ignored.append(f"the preference {name!r} is ignored: {wish}")
    return wishes, ignored


def _wish(name: str, value: str, scenarios: list[str]) -> Wish | str:
    text = f"{name}={value}"
    if name == "example":
        return Wish(text, example=value)
    if name == "scenario":
        if value not in scenarios:
            return f"there is no scenario {value[:60]!r}.{did_you_mean(value[:60], scenarios)}"
        return Wish(text, scenario=value)
    if name not in _NUMBERS:
        return f"known are {', '.join(_KNOWN)}.{did_you_mean(name, _KNOWN)}"
    allowed, fault_of = _NUMBERS[name]
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) not in allowed:
        return f"{value[:60]!r} is no whole number from {allowed[0]} to {allowed[-1]}"
    return Wish(text, fault=fault_of(int(value)))


_KEY = "viewtracker_mock_faults"
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
"""Headers of a status that a fault may say otherwise."""


@dataclass
class Meeting:
    """What one request asks for, and the faults that it met; carried in its scope."""

    wishes: list[Wish]
    struck: list[Fault] = field(default_factory=list)


def begin(scope: Scope, wishes: Iterable[Wish]) -> Meeting:
    """Have the gate look at a request."""
    meeting = Meeting(list(wishes))
    scope.setdefault("extensions", {})[_KEY] = meeting
    return meeting


class FaultGate:
    """A layer of Connexion's that lets faults strike.

    Args:
        app: What answers those that pass.
        faults: What may be on.
    """

    def __init__(self, app: ASGIApp, *, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, unless a fault does."""
        meeting = cast("Meeting | None", scope["extensions"].get(_KEY))
        if meeting is not None:
            await self._meet(scope, meeting)
        await self._app(scope, receive, send)

    async def _meet(self, scope: Scope, meeting: Meeting) -> None:
        trace = trace_of(scope)
        _, _, token = Headers(scope=scope).get("authorization", "").strip().partition(" ")
        met = Met(
            operation=scope["extensions"]["connexion_routing"]["operation_id"],
            path=scope["path"],
            residency=site_of(scope).residency,
            token=token.strip(),
        )
        asked = [one.scenario for one in meeting.wishes if one.scenario is not None]
        standing = list(self._faults.meeting(met, asked))
        standing += [
            Standing("Prefer", one.fault, Random(0), None)
            for one in meeting.wishes
            if one.fault is not None
        ]
        meeting.struck += [one.fault for one in standing]
        trace.faults += dict.fromkeys(one.name for one in standing)
        for wish in meeting.wishes:
            trace.example = wish.example or trace.example
            if wish.example is None:  # whether there is such an example shows later
                trace.applies(wish.text)
        await self._wait(standing)
        for one in standing:
            self._alter(one, met, trace)
        for one in standing:
            self._refuse(one)

    async def _wait(self, standing: Iterable[Standing]) -> None:
        held = sum(one.fault.milliseconds(one.chance) for one in standing)
        if held:
            await self._faults.sleep(held / SECOND)

    def _alter(self, standing: Standing, met: Met, trace: Trace) -> None:
        fault, now = standing.fault, self._faults.clock.now()
        trace.headers |= fault.headers
        trace.rows = fault.rows if fault.rows is not None else trace.rows
        trace.lag += round(fault.lag * SECOND)
        if fault.skew:
            shown = min(max(now + round(fault.skew * SECOND), EARLIEST), LATEST)
            trace.headers["Date"] = formatdate(shown // SECOND, usegmt=True)
        if fault.limit is not None and standing.limiter is not None:
            left = standing.limiter.count(met.token, now)
            trace.headers |= {
                "X-RateLimit-Limit": str(fault.limit.requests),
                "X-RateLimit-Remaining": str(left.remaining),
                "X-RateLimit-Reset": str(math.ceil(left.seconds)),
            }
            if left.is_exceeded:
                retry = {"Retry-After": str(max(1, math.ceil(left.seconds)))}
                raise _error(429, f"The limit is {fault.limit.requests} requests.", retry)

    def _refuse(self, standing: Standing) -> None:
        fault = standing.fault
        if fault.refuse is not None:
            status, reason = _REFUSALS[fault.refuse]
            challenge = {"WWW-Authenticate": _CHALLENGE.format(reason)}
            sentence = f"{reason[0].upper()}{reason[1:]}."
            raise _error(status, sentence, {} if status == HTTPStatus.FORBIDDEN else challenge)
        if fault.status is not None:
            told = f"The mock was told to answer so, by {standing.name}."
            headers = {**_USUAL.get(fault.status, {}), **fault.headers}
            raise _error(fault.status, fault.detail or told, headers)


def _error(status: int, detail: str, headers: dict[str, Any]) -> FaultError:
    error = FaultError(detail, headers=headers)
    error.status = status
    names = {one.value: one.phrase for one in HTTPStatus}
    error.title = names.get(status, "Error")
    return error


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
    """Return the start of an answer and its body, as faults leave them."""
    start, *rest = kept
    body = b"".join(message.get("body", b"") for message in rest)
    headers = MutableHeaders(raw=list(start["headers"]))
    before = body
    for fault in struck:
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
    """Change a body; one that another fault has broken stays as it is."""
    try:
        return orjson.dumps(_drifted(orjson.loads(body), kinds))
    except orjson.JSONDecodeError:
        return body


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
