"""Asking what clients did: the journal's exchanges, and what can be said against them."""

from typing import Any

from starlette.responses import Response

from mock_server.admin.asked import asked_control, done, told
from mock_server.admin.clock import read_time
from mock_server.errors import NotFoundError
from mock_server.journal import lint


async def list_requests(start: int = 0, limit: int = 100, **filters: Any) -> Response:
    """Give a page of the exchanges that are like this, newest last."""
    found = asked_control().journal.entries(**_wanted(filters))
    page = [one.as_dict(in_full=False) for one in found[start : start + limit]]
    return told({"requests": page, "start": start, "limit": limit, "total": len(found)})


async def count_requests(**filters: Any) -> Response:
    """Count the exchanges that are like this."""
    return told({"count": asked_control().journal.count(**_wanted(filters))})


async def read_request(number: int) -> Response:
    """Give one exchange, with headers and body."""
    found = asked_control().journal.get(number)
    if found is None:
        raise NotFoundError(f"The journal has no request {number}; it may have been forgotten.")
    return told(found.as_dict())


async def find_requests(body: dict[str, Any]) -> Response:
    """Give the exchanges that are like this, or else those that come nearest."""
    journal, wanted = asked_control().journal, _wanted(body)
    found = [one.as_dict(in_full=False) for one in journal.find(**wanted)]
    near = [] if found else journal.near_misses(**wanted)
    misses = [
        {"exchange": one.exchange.as_dict(in_full=False), "differences": one.differences}
        for one in near
    ]
    return told({"requests": found, "nearMisses": misses})


async def clear() -> Response:
    """Forget all exchanges."""
    asked_control().journal.clear()
    return done()


async def lint_client(residency: str | None = None) -> Response:
    """Give what can be said against the way in which clients asked."""
    exchanges = asked_control().journal.entries(residency=residency)
    findings = [one.as_dict() for one in lint(exchanges)]
    return told({"requests": len(exchanges), "findings": findings})


def _wanted(filters: dict[str, Any]) -> dict[str, Any]:
    times = {name: read_time(filters[name], name) for name in ("since", "until") if name in filters}
    return filters | times
