"""Derived requests: their rows, echoed parameters and totals (ids `MEANING-*`)."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from math import ceil
from typing import Any

import pytest

from contract_tests.checking.findings import Findings
from contract_tests.errors import NotCheckedError
from contract_tests.suite.derived_requests import Derived, DerivedRequests
from contract_tests.suite.rows import weight
from contract_tests.suite.windows import Windows, checking_days
from contract_tests.wire.request import count_of
from contract_tests.wire.wire import Wire
from mock_server import Document, Field, Grouping, OperationBinding, Part


@pytest.fixture(scope="session")
def derived_requests(windows: Windows, wire: Wire, document: Document) -> DerivedRequests:
    """Return the sender of derived requests."""
    return DerivedRequests(windows, wire, document)


@checking_days(
    "MEANING-17",
    "Offsets, page sizes and totals match the request, the defaults and the rows.",
    sends="pages of a range of days, with and without limit and start",
    tags=("pages",),
)
def test_echoes(windows: Windows, derived_requests: DerivedRequests, findings: Findings) -> None:
    def pages_and_ranges(bound: OperationBinding) -> list[Derived]:
        derived = derived_requests.pages(bound)
        with suppress(NotCheckedError):
            derived = derived + derived_requests.ranges(bound)
        return derived

    for bound, several in windows.each(pages_and_ranges):
        for derived in several:
            for field, wanted in _numbers(bound, derived, derived_requests.default_limit(bound)):
                findings.checked(bound.operation)
                got = derived.reading.values[field] if derived.reading else None
                if _plain(got) != wanted:
                    _blame(findings, derived, f"{wanted} as {field}", got)


def _numbers(
    bound: OperationBinding, derived: Derived, default: int | None
) -> Iterator[tuple[Field, int | bool]]:
    """Yield the expected values of the fields outside the rows."""
    if derived.reading is None:
        return
    total, start = derived.total, derived.values.get(Part.OFFSET, 0)
    limit = derived.values.get(Part.LIMIT, default)
    wanted: dict[Field, int | bool | None] = {}
    if bound.parameter(Part.LIMIT) is not None:
        wanted[Field.LIMIT] = limit
    if bound.parameter(Part.OFFSET) is not None:
        wanted[Field.OFFSET] = start
    if bound.rows_at is not None:
        wanted |= {Field.SIZE: len(derived.reading.raw), Field.TOTAL: total}
        if derived.whole is not None and bound.grouping is not Grouping.VIEWERS:
            # The rows of viewers lack the views of protected users.
            wanted[Field.VIEWS] = sum(weight(bound, row) for row in derived.whole)
        if total is not None and limit is not None:
            is_last = start + limit >= total
            # An empty report has no page, or one, as in Laravel.
            wanted |= {Field.PAGES: ceil(total / limit) or None, Field.IS_FIRST: start == 0}
            wanted |= {Field.HAS_PREVIOUS: start > 0, Field.HAS_MORE: not is_last}
            wanted[Field.IS_LAST] = is_last
    got = derived.reading.values
    yield from (
        (field, value)
        for field, value in wanted.items()
        if value is not None and field in got
        if got[field] is not None or not bound.parameter(Part.WITH_TOTAL)
    )


def _plain(value: Any) -> Any:
    """Convert texts of headers to booleans and numbers."""
    flag = {"true": True, "false": False}.get(str(value).lower(), value)
    return flag if isinstance(flag, bool) or count_of(flag) is None else count_of(flag)


def _rows_match(
    id_: str,
    sentence: str,
    sends: str,
    tag: str,
    find: Callable[[DerivedRequests, OperationBinding], list[Derived]],
) -> Callable[..., None]:
    """Return a test that compares the status and the rows of derived requests."""

    @checking_days(id_, sentence, sends=sends, tags=(tag,))
    def test(windows: Windows, derived_requests: DerivedRequests, findings: Findings) -> None:
        for bound, several in windows.each(partial(find, derived_requests)):
            for derived in several:
                _compare(findings, bound, derived)

    return test


test_pages_are_parts = _rows_match(
    "MEANING-18", "Every page has exactly the rows that its start and limit select.",
    "pages of a range of days, with and without limit and start", "pages", DerivedRequests.pages,
)  # fmt: skip
test_default_range = _rows_match(
    "MEANING-19", "Omitted dates have the declared defaults.",
    "a report without a first day, a last day, and both", "ranges", DerivedRequests.defaults,
)  # fmt: skip
test_ranges_are_parts = _rows_match(
    "MEANING-20",
    "A range contains all rows of its days; a range that ends before it starts is empty.",
    "single days, and a range that ends on a leap day before it starts", "ranges",
    DerivedRequests.ranges,
)  # fmt: skip


@checking_days(
    "MEANING-21",
    "A range of more than a year contains all rows of its parts, also on its largest and last pages.",
    sends="400 days, both halves of them, and their last rows",
    tags=("ranges",),
)
def test_long_ranges(
    windows: Windows, derived_requests: DerivedRequests, findings: Findings
) -> None:
    for bound, (whole, early, late, *end) in windows.each(derived_requests.long_ranges):
        parts = (whole, early, late)
        for derived in parts:
            _compare(findings, bound, derived)
        if not all(derived.reading for derived in parts):
            continue
        total, *halves = (_total(bound, derived) for derived in parts)
        findings.checked(bound.operation)
        known, page = len(windows.whole(bound).walk.rows), min(total, whole.values[Part.LIMIT])
        if total != sum(halves):
            _blame(findings, whole, f"{halves[0]} + {halves[1]} rows, as in its halves", total)
            continue
        if total < known:
            _blame(findings, whole, f"at least {known} rows, as in a part of it", total)
            continue
        if bound.parameter(Part.LIMIT) and len(whole.raw) != page:
            _blame(findings, whole, f"{page} of {total} rows", len(whole.raw))
        for derived in end:
            _compare(findings, bound, derived)


def _total(bound: OperationBinding, derived: Derived) -> int:
    if (total := derived.stated_total) is None:
        raise NotCheckedError(f"{bound.operation.id} does not return a total.")
    return total


def _compare(findings: Findings, bound: OperationBinding, derived: Derived) -> None:
    if derived.reading is None and not derived.is_refused(bound.status):
        findings.checked(bound.operation)
        _blame(findings, derived, bound.status, derived.response.status)
    elif derived.reading is not None and derived.rows is not None:
        findings.checked(bound.operation)
        if message := _difference(derived, derived.rows, derived.reading.raw):
            findings.add(
                f"With {derived.what}: {message}", derived.response, pointer=str(bound.rows_at)
            )


def _difference(derived: Derived, wanted: tuple[Any, ...], got: tuple[Any, ...]) -> str:
    """Describe how rows differ from the expected ones; empty if they do not."""
    if wanted == got:
        return ""
    start = derived.values.get(Part.OFFSET, 0)
    of = f"rows {start} to {start + len(wanted) - 1}" if wanted else "no rows"
    of += f" of {derived.total}" if derived.total is not None else ""
    differing = (n for n, (one, other) in enumerate(zip(wanted, got, strict=False)) if one != other)
    if (number := next(differing, None)) is None:
        return f"expected {of}, got {len(got)} rows instead of {len(wanted)}."
    there = f", which is row {start + wanted.index(got[number])}" if got[number] in wanted else ""
    return f"expected {of}, got {len(got)}; the first that differs is row {start + number}{there}."


def _blame(findings: Findings, derived: Derived, wanted: object, got: object) -> None:
    findings.add(f"With {derived.what}: expected {wanted}, got {got}.", derived.response)
