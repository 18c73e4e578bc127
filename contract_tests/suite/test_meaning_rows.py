"""Rows and responses: the right subject, no duplicates, repeatable (ids `MEANING-*`)."""

import json
import re
from collections.abc import Hashable
from http import HTTPStatus

from contract_tests.checking.findings import Findings
from contract_tests.model import Source
from contract_tests.suite.rows import blame, identity
from contract_tests.suite.windows import Windows, checking_days
from contract_tests.wire.limits import WAITING
from contract_tests.wire.request import Reading, moment_of, read, send, send_again
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import Document, Field, Grouping, OperationBinding, Part

_TOTALLED = (Field.ACCOUNT, Field.CONTENT_ID, Field.TERM, Field.DAY)
"""The fields that distinguish grouped rows."""

_BLOCKING = re.compile(
    r"second view within (\d+) seconds by the same user (?:does not count|is not counted|is none)"
)
"""Declares the interval in which repeated views count once."""

_REQUESTED = {Part.CONTENT_ID: Field.CONTENT_ID, Part.SPACE_KEY: Field.SPACE_KEY}


@checking_days(
    "MEANING-11",
    "Every row belongs to the requested content or space.",
    sends="a range of days",
)
def test_rows_are_of_what_was_asked_for(
    windows: Windows, sample: Sample, findings: Findings
) -> None:
    for bound, window in windows.each(windows.whole):
        for part, value in sample.values(bound).items():
            field = _REQUESTED[part]
            for reading in window.walk.readings:
                values = [row.get(field) for row in reading.rows]
                findings.checked(bound.operation, rows=sum(key is not None for key in values))
                wrong = [n for n, one in enumerate(values) if str(one or value) != str(value)]
                message = f"Expected the requested {field}, got another one."
                blame(findings, bound, reading, wrong, message)


@checking_days(
    "MEANING-14",
    "No response contains duplicate rows, or repeated views within the documented interval.",
    sends="a range of days",
)
def test_no_row_is_repeated(windows: Windows, document: Document, findings: Findings) -> None:
    declared = _BLOCKING.search(" ".join(str(document.content).replace("\\n", " ").split()))
    for bound, window in windows.each(windows.whole):
        for reading in window.walk.readings:
            keys = _keys(bound, reading)
            findings.checked(bound.operation, rows=len(keys) - keys.count(None))
            first = {key: n for n, key in reversed([*enumerate(keys)])}
            wrong = [n for n, key in enumerate(keys) if key is not None and first[key] < n]
            blame(findings, bound, reading, wrong, "Expected the row once, got a duplicate.")
            if declared and bound.grouping is Grouping.ROWS:
                again = _views_again(reading, int(declared[1]) * 1_000)
                message = (
                    f"Expected one view by the user within {declared[1]} seconds, got another."
                )
                blame(findings, bound, reading, [n for n in again if n not in wrong], message)


@checking_days(
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
        findings.checked(bound.operation)
        if _content(before) != _content(after):
            findings.add(
                "Expected the same response twice, got a different second one.",
                response=after.response,
            )


@checking_days(
    "MEANING-16",
    "HEAD returns the status and content type of GET, and no false `Content-Length` (RFC 9110, 9.3.2).",
    source=Source.RFC,
    sends="GET and HEAD for a range of days and for an invalid limit, HEAD for an unknown id",
)
def test_head_is_like_get(windows: Windows, wire: Wire, findings: Findings) -> None:
    for bound, window in windows.each(windows.whole):
        there = window.walk.readings[0].response
        refused = send(wire, bound, {**windows.sample.values(bound), Part.LIMIT: "no-such-value"})
        unknown = next(
            (response for response in wire.responses
             if (response.operation, response.method) == (bound.operation, "GET")
             and response.status == HTTPStatus.NOT_FOUND),
            None,
        )  # fmt: skip
        for get in filter(None, (there, refused, unknown)):
            head = send_again(wire, get, method="HEAD")
            if WAITING & {get.status, head.status}:
                continue
            findings.checked(bound.operation)
            for what, one, other in (
                ("status", get.status, head.status),
                ("content type", get.media_type, head.media_type),
            ):
                if one != other:
                    findings.add(f"Expected the {what} of GET, {one}, got {other}.", response=head)
            length = head.headers.get("Content-Length", "")
            known = {"", get.headers.get("Content-Length"), str(len(get.body))}
            # The lengths of two equal errors may differ.
            if length not in known and (get is there or length == "0"):
                findings.add(
                    f"Expected the length of GET or none, got `Content-Length: {length}`.",
                    response=head,
                )


def _views_again(reading: Reading, blocked: int) -> list[int]:
    """Return the indexes of rows that repeat a view by the same named user within an interval."""
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
    """Return a unique key per row, or None if equal rows are legitimate.

    Rows without an id may be equal if their times are whole seconds, and grouped rows if they do
    not contain their subject.
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


def _content(reading: Reading) -> object:
    """Return the content of a response, without its timestamp."""
    values = {field: one for field, one in reading.values.items() if field is not Field.TIMESTAMP}
    return reading.raw, values
