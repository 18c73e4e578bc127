"""Which call of the served document gives what a part of the report shows."""

import shlex

from mock_server.binding import Grouping, OperationBinding, Part, Subject
from mock_server.examples import Given, example_path
from mock_server.pages.showing import Pages
from mock_server.questions import Question

_HEADER = shlex.quote("Authorization: Bearer <your token>")
_TOO_FAR = 9


def call_for(pages: Pages, question: Question, url: str) -> tuple[str, OperationBinding] | None:
    """Give the curl line that comes nearest to a question; None if nothing is like it."""
    control, space = pages.control, question.space_key
    bound = min(
        control.binding.operations.values(), key=lambda one: _distance(one, question), default=None
    )
    if bound is None or _distance(bound, question) == _TOO_FAR:
        return None
    given: Given = {Part.START: question.start, Part.END: question.end}
    if space is not None:
        given = {**given, Part.SPACE_KEY: space}
    path = control.document.base_path + example_path(bound, pages.site, given)
    return f"curl -H {_HEADER} {shlex.quote(url + path)}", bound


def _distance(bound: OperationBinding, question: Question) -> int:
    groupings = (question.grouping, Grouping.ROWS)
    subjects = [question.subject]
    if question.subject is not Subject.SEARCHES:
        of_space = question.space_key is not None
        subjects = sorted((Subject.SITE_VISITS, Subject.SPACE_VISITS), reverse=not of_space)
    if bound.subject not in subjects or bound.grouping not in groupings:
        return _TOO_FAR
    return 2 * subjects.index(bound.subject) + groupings.index(bound.grouping)
