"""The order of rows (ids `MEANING-*`)."""

import re
from itertools import pairwise

from contract_tests.judging.findings import Findings
from contract_tests.model import pointer_of
from contract_tests.suite.rows import blame
from contract_tests.suite.windows import Windows, judging_days
from mock_server import Document, OperationBinding, Part

_OLDEST = re.compile(r"oldest (?:\w+ )?first|\bascending|in order of time", re.IGNORECASE)
_NEWEST = re.compile(r"(?:new|lat|most rec)e[sn]t (?:\w+ )?first|\bdescending", re.IGNORECASE)


@judging_days(
    "MEANING-10",
    "Rows are sorted by time, in the declared direction.",
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
        before: tuple[int, ...] = ()
        for reading in window.walk.readings:
            moments = (*before, *reading.times())
            findings.judged(bound.operation, rows=len(moments[1:]))
            wrong = [
                n - len(before)
                for n, (one, other) in enumerate(pairwise(moments), 1)
                if (one < other if is_newest else one > other)
            ]
            message = f"Expected the rows {wanted}, got the row too late."
            blame(findings, bound, reading, wrong, message, place=place)
            before = moments[-1:]


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
