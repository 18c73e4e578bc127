"""What Viewtracker's own report shows, from the mock's rows: views, viewers, searches in vain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from mock_server.binding import Field, Grouping, Subject
from mock_server.clock import DAY, day_of, start_of
from mock_server.errors import ApiError, InvalidRequestError, NotFoundError
from mock_server.pages.calls import call_for
from mock_server.pages.charts import Picture, draw
from mock_server.pages.showing import Pages, url_of
from mock_server.questions import DEFAULT_DAYS, Question

_MOST_DAYS = 366
"""More would be no picture."""

_MOST_ROWS = 10


class Asked(NamedTuple):
    """Which rows."""

    first: date
    last: date
    space: str
    """Empty for all."""


@dataclass(frozen=True)
class Section:
    """One part of the report: a picture, its numbers, and what it asks."""

    title: str
    about: str
    grouping: Grouping
    columns: Mapping[str, Field]
    """What its table shows; the first names what is counted."""
    drawn: tuple[Field, ...]
    """What its picture shows."""
    is_upright: bool = False

    @property
    def subject(self) -> Subject:
        """What it counts."""
        return Subject.SEARCHES if self.grouping is Grouping.TERMS else Subject.SITE_VISITS


SECTIONS = {
    "days": Section(
        "Views per day",
        "Days are UTC days.",
        Grouping.DAYS,
        {"Day": Field.DAY, "Views": Field.VIEWS, "Viewers": Field.VIEWERS},
        (Field.VIEWS, Field.VIEWERS),
        is_upright=True,
    ),
    "contents": Section(
        "Busiest contents",
        f"The {_MOST_ROWS} with most views.",
        Grouping.CONTENTS,
        {
            "Title": Field.CONTENT_TITLE,
            "Kind": Field.CONTENT_TYPE,
            "Space": Field.SPACE_KEY,
            "Id": Field.CONTENT_ID,
            "Views": Field.VIEWS,
            "Viewers": Field.VIEWERS,
        },
        (Field.VIEWS,),
    ),
    "viewers": Section(
        "Busiest viewers",
        "All who are not logged in count as one viewer; protected ones as none.",
        Grouping.VIEWERS,
        {"Viewer": Field.ACCOUNT_NAME, "Account": Field.ACCOUNT, "Views": Field.VIEWS},
        (Field.VIEWS,),
    ),
    "searches": Section(
        "Searches that found nothing",
        "Terms by how often they were searched for, in all spaces.",
        Grouping.TERMS,
        {"Term": Field.TERM, "Searches": Field.VIEWS, "Searchers": Field.VIEWERS},
        (Field.VIEWS,),
    ),
}


def show_report(pages: Pages, request: Request) -> Response:
    """Give the page; where what is asked for makes no sense, with a sentence in place of charts."""
    values: dict[str, Any] = {"problem": None, "parts": [], "sums": {}}
    status = 200
    query = request.query_params
    asked = Asked(*_usual(pages), query.get("space", ""))
    try:
        asked = _read(pages, request)
        values |= _found(pages, asked, url_of(request))
    except ApiError as error:
        status, values["problem"] = error.status, error.detail
    values["first"] = query.get("from") or asked.first
    values["last"] = query.get("to") or asked.last
    return pages.show(
        request, "report", status=status, asked=asked, spaces=pages.site.world.spaces, **values
    )


def show_picture(pages: Pages, request: Request) -> Response:
    """Give a section's picture as SVG; `dark` and `narrow` in the query say for which screens.

    Raises:
        NotFoundError: If there is no such section, or space.
        InvalidRequestError: If the range cannot be read.
    """
    section = SECTIONS.get(request.path_params["name"])
    if section is None:
        raise NotFoundError(f"The report has no picture but {', '.join(SECTIONS)}.")
    asked = _read(pages, request)
    names = {field: name for name, field in section.columns.items()}
    rows = _rows(pages, section, asked)
    label = next(iter(section.columns.values()))
    picture = Picture(
        labels=[str(row[label]) for row in rows],
        series={names[field]: [row[field] for row in rows] for field in section.drawn},
        is_upright=section.is_upright,
    )
    query = request.query_params
    svg, policy = draw(picture, is_dark="dark" in query, is_narrow="narrow" in query)
    headers = {"Content-Security-Policy": policy}
    return Response(svg, media_type="image/svg+xml", headers=headers)


def _read(pages: Pages, request: Request) -> Asked:
    usual = _usual(pages)
    query = request.query_params
    first, last = (
        _day(name, query.get(name) or str(day))
        for name, day in zip(("from", "to"), usual, strict=True)
    )
    if first > last:
        raise InvalidRequestError(f"The range ends on {last}, before it starts on {first}.")
    if (last - first).days >= _MOST_DAYS:
        raise InvalidRequestError(f"The report shows {_MOST_DAYS} days at most; ask for fewer.")
    return Asked(first, last, query.get("space", ""))


def _usual(pages: Pages) -> tuple[date, date]:
    today = pages.site.clock.today()
    return max(today - timedelta(days=DEFAULT_DAYS - 1), date.min), today


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError(
            f"{name}: {text[:40]!r} is no day that exists; write it like 2026-01-31."
        ) from None


def _question(asked: Asked) -> Question:
    """Ask for the visits of all days together."""
    return Question(
        Subject.SITE_VISITS,
        Grouping.SUMS,
        start_of(asked.first),
        start_of(asked.last) + DAY,
        space_key=asked.space or None,
    )


def _found(pages: Pages, asked: Asked, url: str) -> dict[str, Any]:
    question = _question(asked)
    hours = pages.site.visits_per_hour(question)
    busiest = max(hours.values(), default=1)
    calls = {
        name: call_for(
            pages.control,
            pages.site,
            replace(question, subject=one.subject, grouping=one.grouping),
            url,
        )
        for name, one in SECTIONS.items()
    }
    return {
        "sums": pages.site.report(question).facts,
        "parts": [
            (
                name,
                section,
                [
                    [row[field] for field in section.columns.values()]
                    for row in _rows(pages, section, asked)
                ],
                calls[name],
            )
            for name, section in SECTIONS.items()
        ],
        "heat": [
            [
                (count, -(-4 * count // busiest))
                for count in (hours.get((day, hour), 0) for hour in range(24))
            ]
            for day in range(7)
        ],
        "field": Field,
    }


def _rows(pages: Pages, section: Section, asked: Asked) -> list[dict[Field, Any]]:
    is_search = section.subject is Subject.SEARCHES
    question = replace(
        _question(asked),
        subject=section.subject,
        grouping=section.grouping,
        limit=_MOST_DAYS if section.is_upright else _MOST_ROWS,
        number_of_results=0 if is_search else None,
    )
    found = pages.site.report(question, with_sums=False).rows
    if section.grouping is not Grouping.DAYS:
        return [dict(row) for row in found]
    return list(_with_quiet_days(found, asked))


def _with_quiet_days(
    found: Iterable[Mapping[Field, Any]], asked: Asked
) -> Iterable[dict[Field, Any]]:
    by_day = {day_of(row[Field.DAY]): row for row in found}
    for number in range((asked.last - asked.first).days + 1):
        day = asked.first + timedelta(days=number)
        row = by_day.get(day, {Field.VIEWS: 0, Field.VIEWERS: 0})
        yield {**row, Field.DAY: day}
