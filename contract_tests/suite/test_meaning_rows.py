"""Rows and responses: order, subject, no duplicates, repeatable (ids `MEANING-*`)."""

import json
import re
from collections.abc import Hashable
from http import HTTPStatus
from itertools import pairwise
from typing import Any

from contract_tests.checking.findings import Findings
from contract_tests.model import Source, pointer_of
from contract_tests.suite.rows import blame, identity
from contract_tests.suite.windows import Windows, checking_days
from contract_tests.wire.credentials import path_item
from contract_tests.wire.limits import WAITING
from contract_tests.wire.request import Reading, Row, count_of, moment_of, read, send, send_again
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import Document, Field, Grouping, OperationBinding, Part, Subject
from mock_server.binding.presets import hours_of_preset

_OLDEST = re.compile(r"oldest (?:\w+ )?first|\bascending|in order of time", re.IGNORECASE)
_NEWEST = re.compile(r"(?:new|lat|most rec)e[sn]t (?:\w+ )?first|\bdescending", re.IGNORECASE)

_TIES = re.compile(
    r"same millisecond by ([a-z ]+?)(?: and then ([a-z ]+?))?"
    r"(?:,? or, in searches, by ([a-z ]+?)(?: and then ([a-z ]+?))?)?[.,;]"
)
"""Declares the order of rows with equal times, and that of searches if it differs."""

_NAMES = {
    "content": Field.CONTENT_ID,
    "account": Field.ACCOUNT,
    "search term": Field.TERM,
    "term": Field.TERM,
}

_TOTALLED = (Field.ACCOUNT, Field.CONTENT_ID, Field.TERM, Field.DAY)
"""The fields that distinguish grouped rows."""

_BLOCKING = re.compile(
    r"second view within (\d+) seconds by the same user (?:does not count|is not counted|is none)"
)
"""Declares the interval in which repeated views count once."""

_REQUESTED = {Part.CONTENT_ID: Field.CONTENT_ID, Part.SPACE_KEY: Field.SPACE_KEY}


@checking_days(
    "MEANING-10",
    "Rows are sorted by time, and rows of the same time as declared.",
    sends="a range of days",
    tags=("pages",),
)
def test_rows_are_in_order(windows: Windows, document: Document, findings: Findings) -> None:
    for bound, window in windows.each(windows.whole):
        times = [moment for reading in window.walk.readings for moment in reading.times()]
        declared, place = _order(document, bound)
        # Without a declared direction, either one is fine, but it must be the same on all pages.
        is_newest = times[:1] > times[-1:] if declared is None else declared
        wanted = "newest first" if is_newest else "oldest first"
        ties = () if is_newest else _ties(document, bound)
        if ties:
            wanted += f", and by {' and '.join(ties)} at the same time"
        before: tuple[Row, ...] = ()
        for reading in window.walk.readings:
            rows = (*before, *reading.rows)
            findings.checked(bound.operation, rows=len(rows[1:]))
            pairs = (pair[::-1] if is_newest else pair for pair in pairwise(rows))
            wrong = [
                n - len(before) for n, pair in enumerate(pairs, 1) if _is_late(*pair, ties=ties)
            ]
            message = f"Expected the rows {wanted}, got the row too late."
            blame(findings, bound, reading, wrong, message, place=place)
            before = rows[-1:]


def _is_late(row: Row, following: Row, *, ties: tuple[Field, ...]) -> bool:
    for field in (Field.TIME, *ties):
        one, other = (_sortable(each, field) for each in (row, following))
        if one is None or other is None:  # protected users have no declared order
            return False
        if one != other:
            return bool(one > other)
    return False


def _sortable(row: Row, field: Field) -> Any:
    if field is Field.TIME:
        return moment_of(row.get(Field.TIME, row.get(Field.DAY)))
    return count_of(row.get(field)) if field is Field.CONTENT_ID else row.get(field)


def _ties(document: Document, bound: OperationBinding) -> tuple[Field, ...]:
    """Return the fields that declaredly sort rows with equal times."""
    words = " ".join(str((document.content.get("info") or {}).get("description")).split())
    if not (found := _TIES.search(words)):
        return ()
    names = found.groups()[2:] if bound.subject is Subject.SEARCHES and found[3] else found.groups()
    return tuple(_NAMES[name] for name in names[:2] if name in _NAMES)


def _order(document: Document, bound: OperationBinding) -> tuple[bool | None, str]:
    """Return whether the newest row is declared to be first, or None, and the JSON Pointer."""
    operation, declared = bound.operation, bound.operation.response(bound.status)
    if bound.parameter(Part.ORDER) is not None or declared is None:
        return None, ""
    method = operation.method.lower()
    node = path_item(document, operation)[method]
    way = ["responses", declared.status]
    for steps, described in ((way, document.resolve(node[way[0]][way[1]])), ([], node)):
        words = str(described.get("description"))
        is_oldest, is_newest = (pattern.search(words) is not None for pattern in (_OLDEST, _NEWEST))
        if is_oldest != is_newest:
            return is_newest, pointer_of(["paths", operation.path, method, *steps, "description"])
    return None, ""


@checking_days(
    "MEANING-11", "Every row belongs to the requested content or space.", sends="a range of days"
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
                again = {*_views_again(reading, int(declared[1]) * 1_000)} - {*wrong}
                within = f"within {declared[1]} seconds"
                message = f"Expected one view by the user {within}, got another."
                blame(findings, bound, reading, sorted(again), message)


def _views_again(reading: Reading, blocked: int) -> list[int]:
    """Return the indexes of rows that repeat a view by the same named user within an interval."""
    seen: dict[tuple[str, str], int] = {}
    again = []
    for number, row in enumerate(reading.rows):
        content, user = row.get(Field.CONTENT_ID), row.get(Field.ACCOUNT)
        at = moment_of(row.get(Field.TIME))
        is_named = user not in {None, "Anonymous"} and not row.get(Field.IS_ANONYMOUS)
        if content is None or at is None or not is_named:
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
    telling = (Field.ROW_ID,) if is_single else _TOTALLED
    keys: list[Hashable] = []
    for row, raw in zip(reading.rows, reading.raw, strict=True):
        if any(row.get(field) is not None for field in telling):
            keys.append(identity(bound, row))
        else:
            keys.append(json.dumps(raw, sort_keys=True) if is_single and is_exact else None)
    return keys


@checking_days(
    "MEANING-15",
    "The same request for past days returns the same response.",
    sends="a range of days, twice",
)
def test_the_same_request_has_the_same_response(
    windows: Windows, wire: Wire, findings: Findings
) -> None:
    for bound, window in windows.each(windows.whole):
        if _ends_now(bound):
            continue
        before = window.walk.readings[0]
        after = read(bound, send_again(wire, before.response))
        findings.checked(bound.operation)
        if _content(before) != _content(after):
            findings.add(
                "Expected the same response twice, got a different second one.", after.response
            )


def _ends_now(bound: OperationBinding) -> bool:
    """Return whether the only range of an operation is a named one that moves with the time."""
    preset = bound.parameter(Part.PRESET)
    if preset is None or bound.parameter(Part.START) is not None:
        return False
    is_said = preset.default == 0
    return any(hours_of_preset(value, ends_now=is_said) is not None for value in preset.values)


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
        known = (bound.operation, "GET", HTTPStatus.NOT_FOUND)
        missing = (
            one for one in wire.responses if (one.operation, one.method, one.status) == known
        )
        for get in filter(None, (there, refused, next(missing, None))):
            head = send_again(wire, get, method="HEAD")
            if WAITING & {get.status, head.status}:
                continue
            findings.checked(bound.operation)
            for what, one, other in (
                ("status", get.status, head.status),
                ("content type", get.media_type, head.media_type),
            ):
                if one != other:
                    findings.add(f"Expected the {what} of GET, {one}, got {other}.", head)
            length = head.headers.get("Content-Length", "")
            lengths = {"", get.headers.get("Content-Length"), str(len(get.body))}
            # The lengths of two equal errors may differ.
            if length not in lengths and (get is there or length == "0"):
                message = f"Expected the length of GET or none, got `Content-Length: {length}`."
                findings.add(message, head)


def _content(reading: Reading) -> object:
    values = {field: one for field, one in reading.values.items() if field is not Field.TIMESTAMP}
    return reading.raw, values
