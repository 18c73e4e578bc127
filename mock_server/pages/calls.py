"""Which call of the served document gives what a part of the report shows."""

import shlex
from typing import NamedTuple

from mock_server.binding import Grouping, OperationBinding, Part, Subject
from mock_server.control import Control
from mock_server.examples import Given, example_path
from mock_server.questions import Question
from mock_server.site import Site


class Call(NamedTuple):
    """A call, and how what it gives becomes what was asked for."""

    line: str
    """For curl."""
    about: str


def call_for(control: Control, site: Site, question: Question, url: str) -> Call | None:
    """Give the call that comes nearest to a question; None if the document has none like it."""
    fitting = [one for one in control.binding.operations.values() if _distance(one, question) < 9]
    if not fitting:
        return None
    bound = min(fitting, key=lambda one: _distance(one, question))
    given: Given = {Part.START: question.start, Part.END: question.end}
    if question.space_key is not None:
        given = {**given, Part.SPACE_KEY: question.space_key}
    path = control.document.base_path + example_path(bound, site, given)
    about = []
    if bound.grouping is Grouping.ROWS:
        about.append("It lists single rows, page by page; they are counted here.")
    if bound.subject is Subject.SPACE_VISITS and question.space_key is None:
        about.append("It is asked once for each space.")
    header = "Authorization: Bearer <your token>"
    return Call(f"curl -H {shlex.quote(header)} {shlex.quote(url + path)}", " ".join(about))


def _distance(bound: OperationBinding, question: Question) -> int:
    """Tell how far an operation is from a question; 9 or more is too far."""
    subjects = [question.subject]
    if question.subject is not Subject.SEARCHES:
        subjects = [Subject.SITE_VISITS, Subject.SPACE_VISITS]
        if question.space_key is not None:
            subjects.reverse()
    groupings = (question.grouping, Grouping.ROWS)
    if bound.subject not in subjects or bound.grouping not in groupings:
        return 9
    return 2 * subjects.index(bound.subject) + groupings.index(bound.grouping)
