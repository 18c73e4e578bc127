"""The handlers of the other pages; each one renders a template."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_server.api.context import ReportSummary
from mock_server.api.docs import UI
from mock_server.api.examples import curl_line
from mock_server.binding.fields import Field
from mock_server.clock import day_of
from mock_server.control.handlers import move_clock
from mock_server.data.site import Site
from mock_server.errors import ApiError, InvalidRequestError, ScenarioError
from mock_server.journal.exchange import Exchange
from mock_server.openapi.provenance import Status, provenance_of
from mock_server.pages.render import Pages, moment, read_number, to_page, url_of
from mock_server.world.domain import Content

_LONGEST = 300
"""Maximum length of an error message."""


def reasons(exchange: Exchange) -> Iterator[str]:
    """Yield the reasons for a response, most important first."""
    context = exchange.context
    known = {
        f"On purpose, by {', '.join(context.faults)}.": context.faults,
        "The connection ended before the response did.": not exchange.is_complete,
        "No operation of a document was found for it.": exchange.operation is None,
        f"The token is {context.token}.": context.token not in {None, "active"},
        _report(context.summary): context.summary,
        f"Not in the document: {', '.join(context.unknown)}.": context.unknown,
        f"Without effect: {', '.join(context.ignored)}.": context.ignored,
    }
    yield from (sentence for sentence, holds in known.items() if holds)
    yield from (f"{note[:1].upper()}{note[1:]}." for note in context.notes)
    if (exchange.status or 0) >= 400:
        yield f"Error: {_refusal(exchange.body)[:_LONGEST]}"


def _refusal(body: bytes) -> str:
    """Return the detail of a problem (RFC 9457), or the body if it is not a problem."""
    try:
        return str(orjson.loads(body)["detail"])
    except (ValueError, LookupError, TypeError):
        return body.decode("utf-8", "replace")


def _report(summary: ReportSummary | None) -> str:
    if summary is None:
        return ""
    question, values = summary.query, summary.values
    about = f" {question.content_id or question.space_key or ''}".rstrip()
    days = f"{day_of(question.start)} to {day_of(max(question.end - 1, question.start))}"
    sentence = f"Asked for {question.subject.value}{about}, {question.grouping.value}, {days}"
    total = values.get(Field.TOTAL)
    return (
        f"{sentence}."
        if total is None
        else f"{sentence}: {values.get(Field.SIZE)} of {total:,} rows."
    )


def show_interfaces(pages: Pages, request: Request, **refused: Any) -> Response:
    """Render the token page; a new token is shown once."""
    word, token = pages.made or ("", "")
    if word and request.query_params.get("made") == word:
        pages.made = None
    else:
        token = ""
    tokens, demo = pages.site.tokens, pages.site.demo_token
    return pages.show(
        request, "interfaces", token=token, record=tokens.state(), demo=demo, **refused
    )


def change_token(pages: Pages, form: dict[str, str]) -> Response:
    """Generate or delete the token.

    Raises:
        InvalidRequestError: If the form requests neither.
    """
    what = form.get("do")
    if what == "generate":
        pages.made = (secrets.token_urlsafe(12), pages.site.tokens.generate())
        return to_page("interfaces", made=pages.made[0])
    if what != "delete":
        raise InvalidRequestError("do: the form says neither 'generate' nor 'delete'.")
    pages.made = None
    pages.site.tokens.delete()
    return to_page("interfaces")


_MOST_LINES = 6
"""Maximum number of example commands; a document may have dozens of operations."""


def show_start(pages: Pages, request: Request) -> Response:
    """Render the start page; redirect clients that prefer JSON to the document."""
    accepted = request.headers.get("accept", "")
    if "json" in accepted and "html" not in accepted:
        return RedirectResponse("/openapi.json")
    control, site = pages.control, pages.site
    token = None
    with suppress(ApiError):  # then it is not shown
        pages.check(request)
        token = site.demo_token
    line_of = partial(curl_line, control.document, site=site, url=url_of(request), token=token)
    marks = [mark for mark in provenance_of(control.document.content) if mark.status is not None]
    return pages.show(
        request,
        "start",
        url=url_of(request),
        ui=UI,
        token=token,
        is_active=site.tokens.state() is not None,
        lines=[
            (bound.operation, line_of(bound))
            for bound in list(control.binding.operations.values())[:_MOST_LINES]
        ],
        site=site,
        title=control.document.title,
        counts=Counter(mark.status for mark in marks),
        statuses=list(Status),
        marks=marks,
    )


_ROWS = 25
"""Requests per page."""

_FILTERS = ("residency", "status", "token", "path")
_STEPS = {"PT1M": "1 minute", "PT1H": "1 hour", "P1D": "1 day", "P1W": "1 week", "P30D": "30 days"}


def show_traffic(pages: Pages, request: Request, **refused: Any) -> Response:
    """Render the traffic page, newest request first; `refresh` reloads it periodically.

    Args:
        pages: The pages of the site.
        request: The request.
        refused: Arguments of `Pages.show` for a refused form.

    Raises:
        InvalidRequestError: If a number in the query string is invalid.
    """
    query, control = request.query_params, pages.control
    wanted = {name: query.get(name, "").strip() for name in _FILTERS}
    pattern = {name: value for name, value in wanted.items() if value}
    if wanted["path"] and "*" not in wanted["path"]:
        pattern["path"] = f"*{wanted['path']}*"  # match any part
    page = read_number(request, "page", 1)
    found = control.journal.entries(**pattern)[::-1]
    return pages.show(
        request,
        "traffic",
        wanted=wanted,
        refresh=read_number(request, "refresh", 5) if "refresh" in query else None,
        exchanges=[
            (exchange, list(reasons(exchange)))
            for exchange in found[(page - 1) * _ROWS : page * _ROWS]
        ],
        paging=(page, -(-len(found) // _ROWS), len(found)),
        most=control.journal.most,
        scenarios=control.faults.scenarios,
        on={name: sum(active.triggered for active in on) for name, on in control.faults.on.items()},
        clock=control.clock,
        steps=_STEPS,
        **refused,
    )


def change_clock(pages: Pages, form: dict[str, str]) -> Response:
    """Freeze, resume, advance, set or reset the clock.

    Raises:
        InvalidRequestError: If the action or the time is invalid.
        ConflictError: If the time is out of range.
    """
    clock = pages.control.clock
    _do(
        form,
        {
            "freeze": clock.freeze,
            "go on": clock.go_on,
            "advance": lambda: move_clock(clock, {"advance": form.get("by", "")}),
            "set": lambda: move_clock(clock, {"now": form.get("now", "")}),
            "reset": clock.reset,
        },
    )
    return to_page("traffic#clock")


def change_faults(pages: Pages, form: dict[str, str]) -> Response:
    """Start a scenario, stop a scenario or fault, or stop everything.

    Raises:
        InvalidRequestError: If the action is invalid, or the scenario does not exist.
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


_ROWS_WORLD = 50
"""Rows per page."""

_KINDS = {
    "contents": ("Id", "Title", "Kind", "Space", "Created (UTC)", "State"),
    "spaces": ("Key", "Name", "Kind"),
    "accounts": ("Id", "Name", "Kind"),
}
"""The lists of the page and their columns; the first one can be copied."""


def show_world(pages: Pages, request: Request) -> Response:
    """Render the world page.

    Raises:
        InvalidRequestError: If the kind or the page number is invalid.
    """
    kind = request.query_params.get("kind") or "contents"
    if kind not in _KINDS:
        raise InvalidRequestError(f"kind: {kind[:40]!r} is none of {', '.join(_KINDS)}.")
    wanted = request.query_params.get("q", "").strip()
    page = read_number(request, "page", 1)
    found = [
        row
        for row in _rows_of_world(pages.site, kind)
        if any(wanted.casefold() in str(value).casefold() for value in row)
    ]
    return pages.show(
        request,
        "world",
        kind=kind,
        kinds=_KINDS,
        wanted=wanted,
        rows=found[(page - 1) * _ROWS_WORLD : page * _ROWS_WORLD],
        paging=(page, -(-len(found) // _ROWS_WORLD), len(found)),
        world=pages.site.world,
    )


def _rows_of_world(site: Site, kind: str) -> list[tuple[object, ...]]:
    world, now = site.world, site.clock.now()
    if kind == "spaces":
        return [(s.key, s.name, "personal" if s.personal else "global") for s in world.spaces]
    if kind == "accounts":
        return [(a.id, a.name, "protected" if a.is_protected else "") for a in world.accounts]
    return [
        (c.id, c.title, c.type.value, c.space_key, moment(c.created), _state(c, now))
        for c in site.contents.at(now).values()
    ]


def _state(content: Content, now: int) -> str:
    if content.deleted is not None and content.deleted <= now:
        return "deleted"
    return "in the trash" if content.trashed is not None and content.trashed <= now else ""
