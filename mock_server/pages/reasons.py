"""Why an exchange was answered as it was, in sentences for people."""

from collections.abc import Iterator

from mock_server.binding import Field
from mock_server.clock import day_of
from mock_server.journal import Exchange
from mock_server.trace import Reported

_LONGEST = 300
"""Characters of a refusal's body."""


def reasons(exchange: Exchange) -> Iterator[str]:
    """Give what is known to have led to an answer, the most telling first."""
    trace = exchange.trace
    if trace.faults:
        yield f"On purpose, by {', '.join(trace.faults)}."
    if exchange.status is None or not exchange.is_complete:
        yield "The connection ended before the answer did."
    if exchange.operation is None:
        yield "No operation of a document was found for it."
    yield from _asked(exchange)
    for note in trace.notes:
        yield f"{note[:1].upper()}{note[1:]}."
    if (exchange.status or 0) >= 400:
        yield f"It said: {exchange.body.decode('utf-8', 'replace')[:_LONGEST]}"


def _asked(exchange: Exchange) -> Iterator[str]:
    trace = exchange.trace
    if trace.token not in {None, "active"}:
        yield f"The token is {trace.token}."
    if trace.reported is not None:
        yield _report(trace.reported)
    if trace.unknown:
        yield f"Not in the document: {', '.join(trace.unknown)}."
    if trace.ignored:
        yield f"Without effect: {', '.join(trace.ignored)}."


def _report(reported: Reported) -> str:
    question, facts = reported.question, reported.facts
    about = question.content_id or question.space_key
    what = f"{question.subject.value} {about}" if about else question.subject.value
    last = day_of(max(question.end - 1, question.start))
    told = f"Asked for {what}, {question.grouping.value}, {day_of(question.start)} to {last}"
    total = facts.get(Field.TOTAL)
    return f"{told}." if total is None else f"{told}: {facts.get(Field.SIZE)} of {total} rows."
