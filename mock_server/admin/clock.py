"""Reading and moving the clock."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mock_server.admin.asked import asked_control, told
from mock_server.clock import SECOND, Clock, from_rfc3339, to_rfc3339
from mock_server.errors import ConflictError, InvalidRequestError

_FIRST, _END = 0, from_rfc3339("2200-01-01")
_DURATION = re.compile(
    r"P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9.]+)S)?)?"
)
_SECONDS = (7 * 86_400, 86_400, 3_600, 60, 1)


async def read() -> Response:
    """Tell what the clock shows."""
    return _shown(asked_control().clock)


async def change(body: dict[str, Any]) -> Response:
    """Set, advance, then freeze the clock or let it go on."""
    clock = asked_control().clock
    change_clock(clock, body)
    return _shown(clock)


async def reset() -> Response:
    """Start the clock again."""
    clock = asked_control().clock
    clock.reset()
    return _shown(clock)


def change_clock(clock: Clock, asked: Mapping[str, Any]) -> None:
    """Do what is asked by `now`, `advance` and `frozen`, in this order.

    Raises:
        InvalidRequestError: If one of them says no time, or no duration.
        ConflictError: If it would show a time that it never shows.
    """
    if asked.keys() & {"now", "advance"}:
        moment = read_time(asked["now"], "/now") if "now" in asked else clock.now()
        clock.move_to(_served(moment + _milliseconds(asked.get("advance", 0))))
    if "frozen" in asked:
        (clock.freeze if asked["frozen"] else clock.go_on)()


def read_time(text: str, place: str) -> int:
    """Read a moment of a request to epoch milliseconds.

    Args:
        text: RFC 3339.
        place: Where it stands, for the error.

    Raises:
        InvalidRequestError: If there is no such moment.
    """
    try:
        return from_rfc3339(text)
    except ValueError:
        raise InvalidRequestError(f"at {place}: {text[:80]!r} is no time that exists.") from None


def _served(moment: int) -> int:
    if not _FIRST <= moment < _END:
        raise ConflictError("The clock shows times from 1970 to 2199 only; set it to one of these.")
    return moment


def _milliseconds(by: float | str) -> int:
    if not isinstance(by, str):
        return round(by * SECOND)
    found = _DURATION.fullmatch(by)
    if found is None:
        raise InvalidRequestError(f"at /advance: {by[:80]!r} is no duration; write it like PT90S.")
    parts = zip(found.groups("0"), _SECONDS, strict=True)
    return round(sum(float(count) * seconds for count, seconds in parts) * SECOND)


def _shown(clock: Clock) -> Response:
    return told({"now": to_rfc3339(clock.now()), "frozen": clock.is_frozen})
