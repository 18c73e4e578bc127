"""What rows and whole responses mean: whose they are, each thing once, and the same when asked again."""

import json
import re
from collections.abc import Hashable

from contract_tests.judging.findings import Findings
from contract_tests.model import Source
from contract_tests.suite.rows import blame, identity
from contract_tests.suite.windows import Windows, judging_days
from contract_tests.wire.limits import WAITING
from contract_tests.wire.request import Reading, moment_of, read, send, send_again
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import Document, Field, Grouping, OperationBinding, Part

_TOTALLED = (Field.ACCOUNT, Field.CONTENT_ID, Field.TERM, Field.DAY)
"""What tells totals apart."""

_BLOCKING = re.compile(r"second view within (\d+) seconds by the same user is none")
"""Which views count only once."""

_ASKED = {Part.CONTENT_ID: Field.CONTENT_ID, Part.SPACE_KEY: Field.SPACE_KEY}


@judging_days(
    "MEANING-11",
    "Every row belongs to the requested content or space.",
    sends="a range of days",
)
def test_rows_are_of_what_was_asked_for(
    windows: Windows, sample: Sample, findings: Findings
) -> None:
    for bound, window in windows.each(windows.whole):
        for part, value in sample.values(bound).items():
            field = _ASKED[part]
            for reading in window.walk.readings:
                values = [row.get(field) for row in reading.rows]
                findings.judged(bound.operation, rows=sum(key is not None for key in values))
                wrong = [n for n, one in enumerate(values) if str(one or value) != str(value)]
                blame(findings, bound, reading, wrong, f"The row is of another {field}.")


@judging_days(
    "MEANING-14",
    "No response contains duplicate rows, or repeated views within the documented interval.",
    sends="a range of days",
)
def test_no_row_is_told_twice(windows: Windows, document: Document, findings: Findings) -> None:
    said = _BLOCKING.search(" ".join(str(document.content).replace("\\n", " ").split()))
    for bound, window in windows.each(windows.whole):
        for reading in window.walk.readings:
            keys = _keys(bound, reading)
            findings.judged(bound.operation, rows=len(keys) - keys.count(None))
            first = {key: n for n, key in reversed([*enumerate(keys)])}
            wrong = [n for n, key in enumerate(keys) if key is not None and first[key] < n]
            blame(findings, bound, reading, wrong, "The row was in the report before.")
            if said and bound.grouping is Grouping.ROWS:
                again = _views_again(reading, int(said[1]) * 1_000)
                values = f"The user viewed it within {said[1]} seconds before."
                blame(findings, bound, reading, [n for n in again if n not in wrong], values)


@judging_days(
    "MEANING-15",
    "The same request for past days returns the same response.",
    sends="a range of days, twice",
)
def test_the_same_request_has_the_same_response(
    windows: Windows, wire: Wire, findings: Findings
) -> None:
    for bound, window in windows.each(windows.whole):
        before = window.walk.readings[0]
        after = read(bound, send_again(wire, before.response))
        findings.judged(bound.operation)
        if _said(before) != _said(after):
            findings.add("The second response differs from the first.", response=after.response)


@judging_days(
    "MEANING-16",
    "HEAD returns the status and content type of GET, and no false `Content-Length: 0` (RFC 9110, 9.3.2).",
    source=Source.RFC,
    sends="a range of days, and a wrong limit, by GET and by HEAD",
)
def test_head_is_like_get(windows: Windows, wire: Wire, findings: Findings) -> None:
    for bound, window in windows.each(windows.whole):
        there = window.walk.readings[0].response
        refused = send(wire, bound, {**windows.sample.values(bound), Part.LIMIT: "no-such-value"})
        for get in (there, refused):
            head = send_again(wire, get, method="HEAD")
            if WAITING & {get.status, head.status}:
                continue
            findings.judged(bound.operation)
            for what, one, other in (
                ("status", get.status, head.status),
                ("content type", get.media_type, head.media_type),
            ):
                if one != other:
                    findings.add(
                        f"The {what} of GET is {one}, that of HEAD {other}.", response=head
                    )
            if head.headers.get("Content-Length") == "0" and get.body:
                findings.add("HEAD says that the body of GET is empty.", response=head)


def _views_again(reading: Reading, blocked: int) -> list[int]:
    """Return the numbers of rows that tell of a view by a named user, who viewed it just before."""
    seen: dict[tuple[str, str], int] = {}
    again = []
    for number, row in enumerate(reading.rows):
        content, user = row.get(Field.CONTENT_ID), row.get(Field.ACCOUNT)
        at = moment_of(row.get(Field.TIME))
        if (
            content is None
            or user in {None, "Anonymous"}
            or row.get(Field.IS_ANONYMOUS)
            or at is None
        ):
            continue
        before = seen.get((str(content), str(user)))
        if before is not None and abs(at - before) < blocked:
            again.append(number)
        seen[str(content), str(user)] = at
    return again


def _keys(bound: OperationBinding, reading: Reading) -> list[Hashable]:
    """Return of each row what no second one can rightly have, None where there is no such thing.

    Without an id two rows can be alike that were seen within the same second, and two totals if
    they do not say of whom they are.
    """
    is_exact = any(moment % 1_000 for moment in reading.times())
    is_single = bound.grouping is Grouping.ROWS
    keys: list[Hashable] = []
    for row, raw in zip(reading.rows, reading.raw, strict=True):
        telling = (Field.ROW_ID,) if is_single else _TOTALLED
        if any(row.get(field) is not None for field in telling):
            keys.append(identity(bound, row))
        else:
            keys.append(json.dumps(raw, sort_keys=True) if is_single and is_exact else None)
    return keys


def _said(reading: Reading) -> object:
    """Return what a response says, but for the time at which it does."""
    facts = {field: one for field, one in reading.facts.items() if field is not Field.TIMESTAMP}
    return reading.raw, facts
