"""The order of rows (ids `MEANING-*`)."""

import re
from itertools import pairwise
from typing import Any

from contract_tests.checking.findings import Findings
from contract_tests.model import pointer_of
from contract_tests.suite.rows import Row, blame
from contract_tests.suite.windows import Windows, checking_days
from contract_tests.wire.request import count_of, moment_of
from mock_server import Document, Field, OperationBinding, Part, Subject

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
            wrong = [
                n - len(before)
                for n, (one, other) in enumerate(pairwise(rows), 1)
                if _is_late(*((other, one) if is_newest else (one, other)), ties)
            ]
            message = f"Expected the rows {wanted}, got the row too late."
            blame(findings, bound, reading, wrong, message, place=place)
            before = rows[-1:]


def _is_late(row: Row, following: Row, ties: tuple[Field, ...]) -> bool:
    """Return whether a row should come after the following one."""
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
    steps = ["paths", operation.path, operation.method.lower()]
    node = document.resolve(document.content["paths"][operation.path])[steps[-1]]
    described = document.resolve(node["responses"][declared.status])
    for way, described_node in ((["responses", declared.status], described), ([], node)):
        words = str(described_node.get("description"))
        is_oldest, is_newest = (pattern.search(words) is not None for pattern in (_OLDEST, _NEWEST))
        if is_oldest != is_newest:
            return is_newest, pointer_of([*steps, *way, "description"])
    return None, ""
