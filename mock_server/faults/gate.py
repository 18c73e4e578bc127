"""Where faults meet requests: behind Connexion's routing, before anybody asks for a token."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from random import Random
from typing import Any, cast

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.clock import SECOND
from mock_server.domain import Residency
from mock_server.errors import FaultError
from mock_server.faults.faults import Faults, Standing
from mock_server.faults.model import Fault, Met
from mock_server.faults.preferences import Wish
from mock_server.trace import Trace, trace_of

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
        residency: Whose site it is.
    """

    def __init__(self, app: ASGIApp, *, faults: Faults, residency: Residency) -> None:
        self._app = app
        self._faults = faults
        self._residency = residency

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
            residency=self._residency,
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
            trace.headers["Date"] = formatdate(now // SECOND + fault.skew, usegmt=True)
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
