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
    query, today = request.query_params, pages.site.clock.today()
    usual = day_of(max(start_of(today) - (DEFAULT_DAYS - 1) * DAY, EARLIEST))
    typed = {"from": query.get("from") or str(usual), "to": query.get("to") or str(today)}
    values: dict[str, Any] = {"typed": typed, "space": query.get("space", "")}
    try:
        first, last = _range(typed)
        values["days"] = (last - first).days + 1
        questions = {
            name: _question(section, first, last, values["space"] or None)
            for name, section in SECTIONS.items()
        }
        values["sections"] = {
            name: (
                _rows(pages, SECTIONS[name], question),
                _call_for(pages, question, url_of(request)),
            )
            for name, question in questions.items()
        }
        hours = pages.site.visits_per_hour(questions["days"])
        most = max(hours.values(), default=1)
        counts = [[hours.get((day, hour), 0) for hour in range(24)] for day in range(7)]
        # With a level from 0 to 4.
        values["heat"] = [[(count, -(-4 * count // most)) for count in day] for day in counts]
        totals = pages.site.report(questions["days"]).values
        values["sums"] = {name: totals[field] for name, field in _COUNTS.items()}
    except ApiError as error:
        values["error"] = error
    spaces = pages.site.world.spaces
    return pages.show(request, "report", spaces=spaces, counted=_COUNTED, **values)


def _range(typed: Mapping[str, str]) -> tuple[date, date]:
    days = []
    for name, text in typed.items():
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            raise InvalidRequestError(
                f"{name}: {text[:40]!r} is not an existing day; write it like 2026-01-31."
            ) from None
    first, last = days
    if first > last:
        raise InvalidRequestError(f"The range ends on {last}, before it starts on {first}.")
    if (last - first).days >= _MOST_DAYS:
        raise InvalidRequestError(f"The report shows {_MOST_DAYS} days at most; request fewer.")
    return first, last


def _question(section: Section, first: date, last: date, space: str | None) -> ReportQuery:
    return ReportQuery(
        Subject.SEARCHES if section.grouping is Grouping.TERMS else Subject.SITE_VISITS,
        section.grouping,
        start_of(first),
        start_of(last) + DAY,
        space_key=space,
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


def _call_for(pages: Pages, question: ReportQuery, url: str) -> tuple[str, OperationBinding] | None:
    """Return the curl command closest to a query; None if no operation is similar."""
    subjects = [question.subject]
    if question.subject is not Subject.SEARCHES:
        subjects = [Subject.SITE_VISITS, Subject.SPACE_VISITS]
    if question.space_key is not None:
        subjects.reverse()
    groupings = (question.grouping, Grouping.ROWS)
    similar = [
        bound
        for bound in pages.control.binding.operations.values()
        if bound.subject in subjects and bound.grouping in groupings
    ]
    if not similar:
        return None
    bound = min(
        similar,
        key=lambda bound: (subjects.index(bound.subject), groupings.index(bound.grouping)),
    )
    given: Given = {Part.START: question.start, Part.END: question.end}
    if question.space_key is not None:
        given = {**given, Part.SPACE_KEY: question.space_key}
    document = pages.control.document
    line = curl_line(document, bound, site=pages.site, url=url, token=None, given=given)
    return line, bound
