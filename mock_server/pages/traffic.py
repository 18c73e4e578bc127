"""What clients asked and why they got what they got; and what is on: scenarios, and the clock."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_server.admin import clock as admin_clock
from mock_server.errors import InvalidRequestError, ScenarioError
from mock_server.pages.reasons import reasons
from mock_server.pages.showing import Pages, read_form, read_number, to_page

_ROWS = 25
"""On a page."""

_STEPS = {"PT1M": "1 minute", "PT1H": "1 hour", "P1D": "1 day", "P1W": "1 week", "P30D": "30 days"}


def show_traffic(pages: Pages, request: Request) -> Response:
    """Give the page, newest exchange first; `refresh` in the query has it asked for again.

    Raises:
        ForbiddenError: If it is not for everybody who can ask.
        InvalidRequestError: If a number in the query is none.
    """
    pages.check(request)
    query = request.query_params
    wanted = {
        name: query.get(name, "").strip() for name in ("residency", "status", "path", "token")
    }
    page = read_number(request, "page", 1)
    found = pages.control.journal.entries(**_pattern(wanted))[::-1]
    faults = pages.control.faults
    return pages.show(
        request,
        "traffic",
        wanted=wanted,
        refresh=read_number(request, "refresh", 5) if "refresh" in query else None,
        exchanges=[(one, list(reasons(one))) for one in found[(page - 1) * _ROWS : page * _ROWS]],
        total=len(found),
        page=page,
        pages=-(-len(found) // _ROWS),
        most=pages.control.journal.most,
        scenarios=faults.scenarios,
        on={name: sum(one.struck for one in several) for name, several in faults.on.items()},
        clock=pages.control.clock,
        steps=_STEPS,
    )


async def change_clock(pages: Pages, request: Request) -> Response:
    """Freeze the clock, let it go on, advance, set or reset it.

    Raises:
        ForbiddenError: If it is not for everybody who can ask.
        InvalidRequestError: If the form says nothing of that, or no time.
        ConflictError: If it would show a time that it never shows.
    """
    pages.check(request)
    form = await read_form(request)
    what = form.get("do")
    changes: dict[str | None, dict[str, Any]] = {
        "freeze": {"frozen": True},
        "go on": {"frozen": False},
        "advance": {"advance": form.get("by", "")},
        "set": {"now": form.get("now", "")},
    }
    if what == "reset":
        pages.control.clock.reset()
    elif what in changes:
        admin_clock.change_clock(pages.control.clock, changes[what])
    else:
        raise InvalidRequestError(
            f"do: the form says none of {', '.join(filter(None, changes))}, reset."
        )
    return to_page("traffic#clock")


async def change_faults(pages: Pages, request: Request) -> Response:
    """Put a scenario on, put it or a fault that was added off, or put all off.

    Raises:
        ForbiddenError: If it is not for everybody who can ask.
        InvalidRequestError: If the form says none of that, or there is no such scenario.
    """
    pages.check(request)
    form = await read_form(request)
    faults, name = pages.control.faults, form.get("name", "")
    try:
        {
            "on": lambda: faults.start(name),
            "off": lambda: faults.stop(name),
            "all off": faults.clear,
        }[form.get("do", "")]()
    except KeyError:
        raise InvalidRequestError("do: the form says none of on, off, all off.") from None
    except ScenarioError as error:
        raise InvalidRequestError(str(error)) from None
    return to_page("traffic#scenarios")


def _pattern(wanted: dict[str, str]) -> dict[str, str]:
    """Read the filter's form as what a journal finds by; a path is found by any part of it."""
    found = {name: value for name, value in wanted.items() if value}
    if "path" in found and "*" not in found["path"]:
        found["path"] = f"*{found['path']}*"
    return found
