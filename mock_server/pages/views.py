"""The handlers of the pages; each one renders a template."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_server.api.context import ReportSummary
from mock_server.api.docs import UI
from mock_server.api.examples import Given, curl_line
from mock_server.api.ranges import DEFAULT_DAYS
from mock_server.binding.fields import Field, Grouping, Part, Subject
from mock_server.binding.model import OperationBinding
from mock_server.clock import DAY, EARLIEST, day_of, start_of
from mock_server.control.handlers import move_clock
from mock_server.data.query import ReportQuery
from mock_server.data.site import Site
from mock_server.errors import ApiError, InvalidRequestError, ScenarioError
from mock_server.journal.exchange import Exchange
from mock_server.openapi.provenance import Status, provenance_of
from mock_server.pages.charts import HEIGHT, day_bars
from mock_server.pages.render import Pages, moment, read_number, to_page, url_of
from mock_server.world.domain import Content

_TOO_FAR = 9


def call_for(pages: Pages, question: ReportQuery, url: str) -> tuple[str, OperationBinding] | None:
    """Return the curl command closest to a query; None if no operation is similar."""
    control, space = pages.control, question.space_key
    bound = min(
        control.binding.operations.values(),
        key=lambda bound: _distance(bound, question),
        default=None,
    )
    if bound is None or _distance(bound, question) == _TOO_FAR:
        return None
    given: Given = {Part.START: question.start, Part.END: question.end}
    if space is not None:
        given = {**given, Part.SPACE_KEY: space}
    line = curl_line(control.document, bound, site=pages.site, url=url, token=None, given=given)
    return line, bound


def _distance(bound: OperationBinding, question: ReportQuery) -> int:
    groupings = (question.grouping, Grouping.ROWS)
    subjects = [question.subject]
    if question.subject is not Subject.SEARCHES:
        of_space = question.space_key is not None
        subjects = sorted((Subject.SITE_VISITS, Subject.SPACE_VISITS), reverse=not of_space)
    if bound.subject not in subjects or bound.grouping not in groupings:
        return _TOO_FAR
    return 2 * subjects.index(bound.subject) + groupings.index(bound.grouping)


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


_MOST_DAYS = 366
"""A chart with more days would be unreadable."""

_MOST_ROWS = 10


class Section(NamedTuple):
    """A section of the report; its texts are in the template."""

    grouping: Grouping
    columns: Mapping[str, Field]
    """The columns of its table: the subject, its numbers, and details."""
    successful: bool | None = None


_COUNTS = {"Views": Field.VIEWS, "Viewers": Field.VIEWERS}
_TERMS = {"Term": Field.TERM, "Searches": Field.VIEWS, "Searchers": Field.VIEWERS}
_ABOUT = {"Kind": Field.CONTENT_TYPE, "Space": Field.SPACE_KEY, "Id": Field.CONTENT_ID}
_CONTENTS = {"Title": Field.CONTENT_TITLE, **_COUNTS, **_ABOUT}
_VIEWERS = {"Viewer": Field.ACCOUNT_NAME, "Views": Field.VIEWS, "Account": Field.ACCOUNT}
_COUNTED = ("Views", "Viewers", "Searches", "Searchers")

SECTIONS = {
    "days": Section(Grouping.DAYS, {"Day": Field.DAY, **_COUNTS}),
    "contents": Section(Grouping.CONTENTS, _CONTENTS),
    "viewers": Section(Grouping.VIEWERS, _VIEWERS),
    "searches": Section(Grouping.TERMS, _TERMS),
    "unfound": Section(Grouping.TERMS, _TERMS, successful=False),
}


def show_report(pages: Pages, request: Request) -> Response:
    """Render the report page; an invalid range shows an error instead of charts."""
    query = request.query_params
    usual = zip(("from", "to"), _usual(pages), strict=True)
    typed = {name: query.get(name) or str(day) for name, day in usual}
    values: dict[str, Any] = {"typed": typed, "space": query.get("space", ""), "height": HEIGHT}
    try:
        first, last = _range(typed)
        values["days"] = (last - first).days + 1
        values["sections"] = {
            name: (_rows(pages, section, question), call_for(pages, question, url_of(request)))
            for name, section in SECTIONS.items()
            for question in [_question(request, first, last, section)]
        }
        question = _question(request, first, last, SECTIONS["days"])
        values["heat"] = _heat(pages.site.visits_per_hour(question))
        values["chart"] = day_bars(values["sections"]["days"][0])
        totals = pages.site.report(question).values
        values["sums"] = {name: totals[field] for name, field in _COUNTS.items()}
    except ApiError as error:
        values["error"] = error
    spaces = pages.site.world.spaces
    return pages.show(request, "report", spaces=spaces, counted=_COUNTED, **values)


def _usual(pages: Pages) -> tuple[date, date]:
    today = pages.site.clock.today()
    first = max(start_of(today) - (DEFAULT_DAYS - 1) * DAY, EARLIEST)
    return day_of(first), today


def _range(typed: Mapping[str, str]) -> tuple[date, date]:
    first, last = (_day(name, text) for name, text in typed.items())
    if first > last:
        raise InvalidRequestError(f"The range ends on {last}, before it starts on {first}.")
    if (last - first).days >= _MOST_DAYS:
        raise InvalidRequestError(f"The report shows {_MOST_DAYS} days at most; request fewer.")
    return first, last


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError(
            f"{name}: {text[:40]!r} is not an existing day; write it like 2026-01-31."
        ) from None


def _question(request: Request, first: date, last: date, section: Section) -> ReportQuery:
    return ReportQuery(
        Subject.SEARCHES if section.grouping is Grouping.TERMS else Subject.SITE_VISITS,
        section.grouping,
        start_of(first),
        start_of(last) + DAY,
        space_key=request.query_params.get("space") or None,
        successful=section.successful,
    )


def _rows(pages: Pages, section: Section, question: ReportQuery) -> list[dict[str, Any]]:
    is_of_days = section.grouping is Grouping.DAYS
    limited = replace(question, limit=_MOST_DAYS if is_of_days else _MOST_ROWS)
    found = pages.site.report(limited, sums=()).rows
    rows = [{name: row[field] for name, field in section.columns.items()} for row in found]
    if not rows or not is_of_days:
        return rows
    counts = {row["Day"]: row for row in rows}
    days = range(question.start, question.end, DAY)  # including days without rows
    none = dict.fromkeys(section.columns, 0)
    return [{**none, **counts.get(day, {}), "Day": day_of(day)} for day in days]


def _heat(hours: Mapping[tuple[int, int], int]) -> list[list[tuple[int, int]]]:
    """Return the count of each weekday and hour, with a level from 0 to 4."""
    most = max(hours.values(), default=1)
    counts = [[hours.get((day, hour), 0) for hour in range(24)] for day in range(7)]
    return [[(count, -(-4 * count // most)) for count in day] for day in counts]


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
