"""Ranges of days: their rows, and how they fit together (ids `MEANING-*`)."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from operator import lt

from contract_tests.checking.findings import Findings
from contract_tests.errors import NotCheckedError
from contract_tests.model import Source
from contract_tests.suite.rows import ABOUT, about, blame, moments_of, named, tally, weight
from contract_tests.suite.windows import Window, Windows, checking_days
from contract_tests.wire.request import Reading, day_of
from contract_tests.wire.sampling import Sample
from mock_server import Binding, Field, Grouping, OperationBinding, Part, Subject

_ranges = partial(
    checking_days, sends="a range of days, and adjacent parts of it", tags=("ranges",)
)


@_ranges("MEANING-01", "No row is outside of its range of days, in UTC.")
def test_nothing_is_outside_the_range(windows: Windows, findings: Findings) -> None:
    for bound, ranges in windows.each(windows.ranges):
        if bound.grouping is Grouping.DAYS and bound.interval in {"week", "month"}:
            continue  # the first week or month may begin earlier
        for window in ranges:
            message = f"Expected rows from {window}, got one outside of them."
            _check(findings, bound, window.walk.readings, message, window.lacks)


@_ranges("MEANING-04", "Adjacent ranges together contain exactly the rows of the whole range.")
def test_adjoining_ranges_add_up(windows: Windows, findings: Findings) -> None:
    for bound, several in windows.each(windows.parted):
        whole = windows.whole(bound)
        wanted = tally(bound, whole.walk.rows)
        for parts in several:
            found = tally(bound, (row for part in parts for row in part.walk.rows))
            findings.checked(bound.operation, rows=len(whole.walk.rows))
            if found != wanted:
                lacking, extra = wanted - found, (found - wanted).total()
                differences = [f"lack {lacking.total()} of"] if lacking else []
                differences += [f"have {extra} more than"] if extra else []
                findings.add(
                    f"The ranges {'; '.join(map(str, parts))} {' and '.join(differences)} the "
                    f"{wanted.total()} rows in {whole}{named(bound, whole.walk, lacking)}.",
                    parts[0].walk.readings[0].response,
                )


@checking_days(
    "MEANING-12",
    "The report of a space contains all rows of the reports of its contents.",
    source=Source.VENDOR,
    sends="the same range of days to a content and its space",
)
def test_a_content_is_part_of_its_space(
    windows: Windows, binding: Binding, findings: Findings, sample: Sample
) -> None:
    def compare(bound: OperationBinding) -> tuple[Window, list[int], int]:
        kind = (Subject.SPACE_VISITS, bound.grouping)
        reports = (
            one for one in binding.operations.values() if (one.subject, one.grouping) == kind
        )
        space = next(reports, None) if bound.subject is Subject.CONTENT_VISITS else None
        if space is None:
            raise NotCheckedError(f"No report of a space corresponds to {bound.operation.id}.")
        whole = windows.whole(bound)
        space_key = whole.walk.rows[0].get(Field.SPACE_KEY)
        values = {Part.SPACE_KEY: space_key or sample.space_key}
        wide = windows.over(space, *whole.days, values)
        wrong, checked = _not_in(wide, space, whole, bound)
        if len(wrong) == checked and space_key is None:
            raise NotCheckedError(f"{bound.operation.id} does not return the space of a content.")
        return whole, wrong, checked

    for bound, (whole, wrong, checked) in windows.each(compare):
        findings.checked(bound.operation, rows=checked)
        message = "Expected the row in the space's report too, but it is missing there."
        blame(findings, bound, whole.walk.readings[0], wrong, message)


def _not_in(
    wide: Window, space: OperationBinding, narrow: Window, content: OperationBinding
) -> tuple[list[int], int]:
    """Return the indexes of rows on the first page that a space's report lacks, and their total."""
    in_narrow, in_wide = (
        {field for row in one.walk.rows for field in row} for one in (narrow, wide)
    )
    fields = ABOUT & in_narrow & (in_wide or ABOUT)
    there = Counter[object]()
    for row in wide.walk.rows:
        there[about(row, fields)] += weight(space, row)
    days = [day_of(time) for reading in wide.walk.readings for time in reading.times()]
    # The next page may contain more rows of the last row's day.
    known = {*days} - {*days[-1:]}
    rows = [
        (n, row)
        for n, row in enumerate(narrow.walk.readings[0].rows)
        if wide.walk.is_whole or known.intersection(map(day_of, moments_of(row)))
    ]
    wrong = [n for n, row in rows if there[about(row, fields)] < weight(content, row)]
    return wrong, len(rows) if fields else 0


@checking_days(
    "MEANING-13", "No row is in the future.", sends="today and the next 30 days", tags=("ranges",)
)
def test_nothing_is_in_the_future(windows: Windows, findings: Findings) -> None:
    for bound, readings in windows.each(windows.ahead):
        latest = windows.sample.now + 1_000  # `Date` has whole seconds
        message = "Expected no rows from the future, got one."
        _check(findings, bound, readings, message, partial(lt, latest))


def _check(
    findings: Findings,
    bound: OperationBinding,
    readings: Iterable[Reading],
    message: str,
    is_wrong: Callable[[int], bool],
) -> None:
    for reading in readings:
        moments = [moments_of(row) for row in reading.rows]
        findings.checked(bound.operation, rows=sum(map(bool, moments)))
        wrong = [number for number, one in enumerate(moments) if any(map(is_wrong, one))]
        blame(findings, bound, reading, wrong, message)
