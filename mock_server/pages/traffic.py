"""What clients asked and why they got what they got; and what is on: scenarios, and the clock."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from mock_server.admin import clock as admin_clock
from mock_server.errors import InvalidRequestError, ScenarioError
from mock_server.pages.reasons import reasons
from mock_server.pages.showing import Pages, read_number, to_page

_ROWS = 25
"""On a page."""

_FILTERS = ("residency", "status", "token", "path")
_STEPS = {"PT1M": "1 minute", "PT1H": "1 hour", "P1D": "1 day", "P1W": "1 week", "P30D": "30 days"}


def show_traffic(pages: Pages, request: Request) -> Response:
    """Give the page, newest exchange first; `refresh` in the query has it asked for again.

    Raises:
        InvalidRequestError: If a number in the query is none.
    """
    query, control = request.query_params, pages.control
    wanted = {name: query.get(name, "").strip() for name in _FILTERS}
    pattern = {name: value for name, value in wanted.items() if value}
    if wanted["path"] and "*" not in wanted["path"]:
        pattern["path"] = f"*{wanted['path']}*"  # found by any part of it
    page = read_number(request, "page", 1)
    found = control.journal.entries(**pattern)[::-1]
    return pages.show(
        request,
        "traffic",
        wanted=wanted,
        refresh=read_number(request, "refresh", 5) if "refresh" in query else None,
        exchanges=[(one, list(reasons(one))) for one in found[(page - 1) * _ROWS : page * _ROWS]],
        paging=(page, -(-len(found) // _ROWS), len(found)),
        most=control.journal.most,
        scenarios=control.faults.scenarios,
        on={name: sum(one.struck for one in on) for name, on in control.faults.on.items()},
        clock=control.clock,
        steps=_STEPS,
    )


def change_clock(pages: Pages, form: dict[str, str]) -> Response:
    """Freeze the clock, let it go on, advance, set or reset it.

    Raises:
        InvalidRequestError: If the form says none of that, or no time.
        ConflictError: If it would show a time that it never shows.
    """
    clock = pages.control.clock
    _do(
        form,
        {
            "freeze": clock.freeze,
            "go on": clock.go_on,
            "advance": lambda: admin_clock.change_clock(clock, {"advance": form.get("by", "")}),
            "set": lambda: admin_clock.change_clock(clock, {"now": form.get("now", "")}),
            "reset": clock.reset,
        },
    )
    return to_page("traffic#clock")


def change_faults(pages: Pages, form: dict[str, str]) -> Response:
    """Put a scenario on, put it or a fault that was added off, or put all off.

    Raises:
        InvalidRequestError: If the form says none of that, or there is no such scenario.
    """
    faults, name = pages.control.faults, form.get("name", "")
    ways = {"on": lambda: faults.start(name), "off": lambda: faults.stop(name)}
    try:
        _do(form, {**ways, "all off": faults.clear})
    except ScenarioError as error:
        raise InvalidRequestError(str(error)) from None
    return to_page("traffic#scenarios")


def _do(form: dict[str, str], ways: dict[str, Callable[[], object]]) -> None:
    if form.get("do") not in ways:
        raise InvalidRequestError(f"do: the form says none of {', '.join(ways)}.")
    ways[form["do"]]()
