"""Why an exchange was answered as it was, in sentences for people."""

from collections.abc import Iterator

import orjson

from mock_server.binding import Field
from mock_server.clock import day_of
from mock_server.journal import Exchange
from mock_server.trace import Reported

_LONGEST = 300
"""Characters of a refusal."""


def reasons(exchange: Exchange) -> Iterator[str]:
    """Give what is known to have led to an answer, the most telling first."""
    trace = exchange.trace
    known = {
        f"On purpose, by {', '.join(trace.faults)}.": trace.faults,
        "The connection ended before the answer did.": not exchange.is_complete,
        "No operation of a document was found for it.": exchange.operation is None,
        f"The token is {trace.token}.": trace.token not in {None, "active"},
        _report(trace.reported): trace.reported,
        f"Not in the document: {', '.join(trace.unknown)}.": trace.unknown,
        f"Without effect: {', '.join(trace.ignored)}.": trace.ignored,
    }
    yield from (sentence for sentence, holds in known.items() if holds)
    yield from (f"{note[:1].upper()}{note[1:]}." for note in trace.notes)
    if (exchange.status or 0) >= 400:
        yield f"It said: {_refusal(exchange.body)[:_LONGEST]}"


def _refusal(body: bytes) -> str:
    """Give the sentence of a problem (RFC 9457), or the body as it is where it is none."""
    try:
        return str(orjson.loads(body)["detail"])
    except (ValueError, LookupError, TypeError):
        return body.decode("utf-8", "replace")


def _report(reported: Reported | None) -> str:
    if reported is None:
        return ""
    question, facts = reported.question, reported.facts
    about = f" {question.content_id or question.space_key or ''}".rstrip()
    days = f"{day_of(question.start)} to {day_of(max(question.end - 1, question.start))}"
    told = f"Asked for {question.subject.value}{about}, {question.grouping.value}, {days}"
    total = facts.get(Field.TOTAL)
    return f"{told}." if total is None else f"{told}: {facts.get(Field.SIZE)} of {total:,} rows."
