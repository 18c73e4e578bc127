"""What Viewtracker's own report shows, from the mock's rows: views, viewers, searches in vain."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from mock_server.binding import Field, Grouping, Subject
from mock_server.clock import DAY, EARLIEST, day_of, start_of
from mock_server.errors import ApiError, InvalidRequestError, NotFoundError
from mock_server.pages.calls import call_for
from mock_server.pages.charts import draw
from mock_server.pages.showing import Pages, url_of
from mock_server.questions import DEFAULT_DAYS, Question

_MOST_DAYS = 366
"""More would be no picture."""

_MOST_ROWS = 10


class Section(NamedTuple):
    """One part of the report; the template has its words."""

    grouping: Grouping
    columns: Mapping[str, Field]
    """What its table shows; the first names what is counted."""
    number_of_results: int | None = None


_COUNTS = {"Views": Field.VIEWS, "Viewers": Field.VIEWERS}
_TERMS = {"Term": Field.TERM, "Searches": Field.VIEWS, "Searchers": Field.VIEWERS}
_CONTENTS = {"Title": Field.CONTENT_TITLE, "Kind": Field.CONTENT_TYPE, "Space": Field.SPACE_KEY}
_VIEWERS = {"Viewer": Field.ACCOUNT_NAME, "Account": Field.ACCOUNT, "Views": Field.VIEWS}
_COUNTED = ("Views", "Viewers", "Searches", "Searchers")

SECTIONS = {
    "days": Section(Grouping.DAYS, {"Day": Field.DAY, **_COUNTS}),
    "contents": Section(Grouping.CONTENTS, {**_CONTENTS, "Id": Field.CONTENT_ID, **_COUNTS}),
    "viewers": Section(Grouping.VIEWERS, _VIEWERS),
    "searches": Section(Grouping.TERMS, _TERMS),
    "unfound": Section(Grouping.TERMS, _TERMS, number_of_results=0),
}
"""By the names of their pictures."""


def show_report(pages: Pages, request: Request) -> Response:
    """Give the page; where what is asked for makes no sense, with a sentence in place of charts."""
    first, last, status = *_usual(pages), 200
    values: dict[str, Any] = {"problem": None}
    try:
        first, last = _range(pages, request)
        values["sections"] = {
            name: (_rows(pages, one, question), call_for(pages, question, url_of(request)))
            for name, one in SECTIONS.items()
            for question in [_question(request, first, last, one)]
        }
        question = _question(request, first, last, SECTIONS["days"])
        values["heat"] = _heat(pages.site.visits_per_hour(question))
        facts = pages.site.report(question).facts
        values["sums"] = {name: facts[field] for name, field in _COUNTS.items()}
    except ApiError as error:
        status, values["problem"] = error.status, error.detail
    values |= {"first": first, "last": last, "space": request.query_params.get("space", "")}
    spaces = pages.site.world.spaces
    return pages.show(request, "report", status=status, spaces=spaces, counted=_COUNTED, **values)


def show_picture(pages: Pages, request: Request) -> Response:
    """Give a section's picture as SVG; `dark` and `narrow` in the query say for which screens.

    Raises:
        NotFoundError: If there is no such section, or space.
        InvalidRequestError: If the range cannot be read.
    """
    query, section = request.query_params, SECTIONS.get(request.path_params["name"])
    if section is None:
        raise NotFoundError(f"The report has no picture but {', '.join(SECTIONS)}.")
    rows = _rows(pages, section, _question(request, *_range(pages, request), section))
    is_upright = section.grouping is Grouping.DAYS
    drawn = [name for name in section.columns if name in _COUNTED][: None if is_upright else 1]
    svg, policy = draw(
        [str(next(iter(row.values()))) for row in rows],
        {name: [row[name] for row in rows] for name in drawn},
        is_upright=is_upright,
        is_dark="dark" in query,
        is_narrow="narrow" in query,
    )
    return Response(svg, headers={"Content-Security-Policy": policy}, media_type="image/svg+xml")


def _usual(pages: Pages) -> tuple[date, date]:
    today = pages.site.clock.today()
    first = max(start_of(today) - (DEFAULT_DAYS - 1) * DAY, EARLIEST)
    return day_of(first), today


def _range(pages: Pages, request: Request) -> tuple[date, date]:
    usual = zip(("from", "to"), _usual(pages), strict=True)
    first, last = (_day(name, request.query_params.get(name) or str(day)) for name, day in usual)
    if first > last:
        raise InvalidRequestError(f"The range ends on {last}, before it starts on {first}.")
    if (last - first).days >= _MOST_DAYS:
        raise InvalidRequestError(f"The report shows {_MOST_DAYS} days at most; ask for fewer.")
    return first, last


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError(
            f"{name}: {text[:40]!r} is no day that exists; write it like 2026-01-31."
        ) from None


def _question(request: Request, first: date, last: date, section: Section) -> Question:
    return Question(
        Subject.SEARCHES if section.grouping is Grouping.TERMS else Subject.SITE_VISITS,
        section.grouping,
        start_of(first),
        start_of(last) + DAY,
        space_key=request.query_params.get("space") or None,
        number_of_results=section.number_of_results,
    )


def _rows(pages: Pages, section: Section, question: Question) -> list[dict[str, Any]]:
    is_of_days = section.grouping is Grouping.DAYS
    limited = replace(question, limit=_MOST_DAYS if is_of_days else _MOST_ROWS)
    found = pages.site.report(limited, with_sums=False).rows
    rows = [{name: row[field] for name, field in section.columns.items()} for row in found]
    if not rows or not is_of_days:
        return rows
    counts = {row["Day"]: row for row in rows}
    days = range(question.start, question.end, DAY)  # those without rows, too
    return [{**counts.get(day, dict.fromkeys(_COUNTS, 0)), "Day": day_of(day)} for day in days]


def _heat(hours: Mapping[tuple[int, int], int]) -> list[list[tuple[int, int]]]:
    """Give for each weekday and hour how many there are, and how much that is, from 0 to 4."""
    most = max(hours.values(), default=1)
    counts = [[hours.get((day, hour), 0) for hour in range(24)] for day in range(7)]
    return [[(count, -(-4 * count // most)) for count in day] for day in counts]
