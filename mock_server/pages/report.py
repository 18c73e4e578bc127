"""The report page: charts and tables, each with the API call that returns its numbers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from mock_server.api.examples import Given, curl_line
from mock_server.api.ranges import DEFAULT_DAYS
from mock_server.binding.fields import Field, Grouping, Part, Subject
from mock_server.binding.model import OperationBinding
from mock_server.clock import DAY, EARLIEST, day_of, start_of
from mock_server.data.query import ReportQuery
from mock_server.errors import ApiError, InvalidRequestError
from mock_server.pages.charts import HEIGHT, day_bars
from mock_server.pages.render import Pages, url_of

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
