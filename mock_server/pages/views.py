"""The handlers of the other pages; each one renders a template."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
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
from mock_server.journal.journal import Exchange
from mock_server.openapi.provenance import Status, provenance_of
from mock_server.pages.render import Pages, moment, read_number, to_page, url_of

_LONGEST = 300
"""Maximum length of an error message."""
_MOST_LINES = 6
"""Maximum number of example commands; a document may have dozens of operations."""
_REQUESTS, _ROWS = 25, 50
"""Entries per page."""
_FILTERS = ("residency", "status", "token", "path")
_STEPS = {"PT1M": "1 minute", "PT1H": "1 hour", "P1D": "1 day", "P1W": "1 week", "P30D": "30 days"}
_KINDS = {
    "contents": ("Id", "Title", "Kind", "Space", "Created (UTC)", "State"),
    "spaces": ("Key", "Name", "Kind"),
    "accounts": ("Id", "Name", "Kind"),
}
"""The lists of the world and their columns; the first one can be copied."""


def show_start(pages: Pages, request: Request) -> Response:
    """Render the start page; redirect clients that prefer JSON to the document."""
    accepted = request.headers.get("accept", "")
    if "json" in accepted and "html" not in accepted:
        return RedirectResponse("/openapi.json")
    control, site, url = pages.control, pages.site, url_of(request)
    token = None
    with suppress(ApiError):  # then it is not shown
        pages.check(request)
        token = site.demo_token
    marks = [mark for mark in provenance_of(control.document.content) if mark.status is not None]
    return pages.show(
        request,
        "start",
        url=url,
        ui=UI,
        token=token,
        is_active=site.tokens.state() is not None,
        lines=[
            (bound.operation, curl_line(control.document, bound, site=site, url=url, token=token))
            for bound in list(control.binding.operations.values())[:_MOST_LINES]
        ],
        site=site,
        title=control.document.title,
        counts=Counter(mark.status for mark in marks),
        statuses=list(Status),
        marks=marks,
    )


def show_interfaces(pages: Pages, request: Request, **refused: Any) -> Response:
    """Render the token page; a new token is shown once."""
    word, token = pages.made or ("", "")
    if word and request.query_params.get("made") == word:
        pages.made = None
    else:
        token = ""
    record, demo = pages.site.tokens.state(), pages.site.demo_token
    return pages.show(request, "interfaces", token=token, record=record, demo=demo, **refused)


def show_traffic(pages: Pages, request: Request, **refused: Any) -> Response:
    """Render the traffic page, newest request first; `refresh` reloads it periodically.

    Raises:
        InvalidRequestError: If a number in the query string is invalid.
    """
    query, control = request.query_params, pages.control
    wanted = {name: query.get(name, "").strip() for name in _FILTERS}
    pattern = {name: value for name, value in wanted.items() if value}
    if wanted["path"] and "*" not in wanted["path"]:
        pattern["path"] = f"*{wanted['path']}*"  # match any part
    shown, paging = _page(request, control.journal.entries(**pattern)[::-1], _REQUESTS)
    return pages.show(
        request,
        "traffic",
        wanted=wanted,
        refresh=read_number(request, "refresh", 5) if "refresh" in query else None,
        exchanges=[(exchange, list(_reasons(exchange))) for exchange in shown],
        paging=paging,
        most=control.journal.most,
        scenarios=control.faults.scenarios,
        on={name: sum(active.triggered for active in on) for name, on in control.faults.on.items()},
        clock=control.clock,
        steps=_STEPS,
        **refused,
    )


def show_world(pages: Pages, request: Request) -> Response:
    """Render the world page.

    Raises:
        InvalidRequestError: If the kind or the page number is invalid.
    """
    kind = request.query_params.get("kind") or "contents"
    if kind not in _KINDS:
        raise InvalidRequestError(f"kind: {kind[:40]!r} is none of {', '.join(_KINDS)}.")
    wanted = request.query_params.get("q", "").strip()
    found = [
        row
        for row in _rows_of_world(pages.site, kind)
        if any(wanted.casefold() in str(value).casefold() for value in row)
    ]
    rows, paging = _page(request, found, _ROWS)
    return pages.show(
        request,
        "world",
        kind=kind,
        kinds=_KINDS,
        wanted=wanted,
        rows=rows,
        paging=paging,
        world=pages.site.world,
    )


def change_token(pages: Pages, form: dict[str, str]) -> Response:
    """Generate or delete the token."""
    tokens = pages.site.tokens

    def generate() -> None:
        pages.made = secrets.token_urlsafe(12), tokens.generate()

    def delete() -> None:
        pages.made = None
        tokens.delete()

    _do(form, {"generate": generate, "delete": delete})
    return to_page("interfaces", **({"made": pages.made[0]} if pages.made else {}))


def change_clock(pages: Pages, form: dict[str, str]) -> Response:
    """Freeze, resume, advance, set or reset the clock."""
    clock = pages.control.clock
    ways = {
        "freeze": clock.freeze,
        "go on": clock.go_on,
        "advance": lambda: move_clock(clock, {"advance": form.get("by", "")}),
        "set": lambda: move_clock(clock, {"now": form.get("now", "")}),
        "reset": clock.reset,
    }
    _do(form, ways)
    return to_page("traffic#clock")


def change_faults(pages: Pages, form: dict[str, str]) -> Response:
    """Start a scenario, stop a scenario or fault, or stop everything."""
    faults, name = pages.control.faults, form.get("name", "")
    ways = {"on": lambda: faults.start(name), "off": lambda: faults.stop(name)}
    try:
        _do(form, {**ways, "all off": faults.clear})
    except ScenarioError as error:
        raise InvalidRequestError(str(error)) from None
    return to_page("traffic#scenarios")


def _do(form: dict[str, str], ways: Mapping[str, Callable[[], object]]) -> None:
    if form.get("do") not in ways:
        raise InvalidRequestError(f"do: the form says none of {', '.join(ways)}.")
    ways[form["do"]]()


def _page(request: Request, found: list[Any], size: int) -> tuple[list[Any], tuple[int, int, int]]:
    """Return the requested entries; and the number of the page, of pages and of all entries."""
    page = read_number(request, "page", 1)
    return found[(page - 1) * size : page * size], (page, -(-len(found) // size), len(found))


def _reasons(exchange: Exchange) -> Iterator[str]:
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
        try:
            detail = str(orjson.loads(exchange.body)["detail"])
        except (ValueError, LookupError, TypeError):  # not a problem (RFC 9457)
            detail = exchange.body.decode("utf-8", "replace")
        yield f"Error: {detail[:_LONGEST]}"


def _report(summary: ReportSummary | None) -> str:
    if summary is None:
        return ""
    question, total = summary.query, summary.values.get(Field.TOTAL)
    about = f" {question.content_id or question.space_key or ''}".rstrip()
    days = f"{day_of(question.start)} to {day_of(max(question.end - 1, question.start))}"
    rows = "" if total is None else f": {summary.values.get(Field.SIZE)} of {total:,} rows"
    return f"Asked for {question.subject.value}{about}, {question.grouping.value}, {days}{rows}."


def _rows_of_world(site: Site, kind: str) -> list[tuple[object, ...]]:
    world, now = site.world, site.clock.now()
    if kind == "spaces":
        return [(s.key, s.name, "personal" if s.personal else "global") for s in world.spaces]
    if kind == "accounts":
        return [(a.id, a.name, "protected" if a.is_protected else "") for a in world.accounts]
    rows: list[tuple[object, ...]] = []
    for content in site.contents.at(now).values():
        state = "in the trash" if content.trashed is not None and content.trashed <= now else ""
        state = "deleted" if content.deleted is not None and content.deleted <= now else state
        created = moment(content.created)
        rows.append(
            (content.id, content.title, content.type.value, content.space_key, created, state)
        )
    return rows
