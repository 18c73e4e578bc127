"""What derived questions must have: rows, echoes and totals (ids `MEANING-*`)."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from contract_tests.errors import NotJudgedError
from contract_tests.judging.findings import Findings
from contract_tests.model import Source
from contract_tests.suite.questions import Asked, Questions
from contract_tests.suite.windows import Windows, judging_days
from contract_tests.wire.asking import count_of
from contract_tests.wire.wire import Wire
from mock_server import Document, Field, OperationBinding, Part

_derived = partial(judging_days, source=Source.DOCUMENT)


@pytest.fixture(scope="session")
def questions(windows: Windows, wire: Wire, document: Document) -> Questions:
    """Return the way to ask derived questions."""
    return Questions(windows, wire, document)


@_derived(
    "MEANING-17",
    "Every number around the rows is what was asked for, or the default, or counts the rows.",
    sends="pages of a range of days, with and without limit and start",
    tags=("pages",),
)
def test_echoes(windows: Windows, questions: Questions, findings: Findings) -> None:
    def ask(bound: OperationBinding) -> list[Asked]:
        asked = questions.pages(bound)
        with suppress(NotJudgedError):
            asked = asked + questions.ranges(bound)
        return asked

    for bound, several in windows.each(ask):
        for asked in several:
            for field, wanted in _numbers(bound, asked, questions.default_limit(bound)):
                findings.judged(bound.operation)
                got = asked.reading.facts[field] if asked.reading else None
                if count_of(got) != wanted:
                    _blame(findings, asked, f"{wanted} as {field}", got)


def _numbers(
    bound: OperationBinding, asked: Asked, default: int | None
) -> Iterator[tuple[Field, int]]:
    """Yield the numbers that must stand around the rows, of those that do."""
    if asked.reading is None:
        return
    values, rows = asked.values, len(asked.reading.raw)
    wanted: dict[Field, int | None] = {}
    if bound.parameter(Part.LIMIT) is not None:
        wanted[Field.LIMIT] = values.get(Part.LIMIT, default)
    if bound.parameter(Part.OFFSET) is not None:
        wanted[Field.OFFSET] = values.get(Part.OFFSET, 0)
    if bound.rows_at is not None:
        wanted[Field.SIZE] = rows
        wanted[Field.TOTAL] = asked.total
    yield from (
        (field, value)
        for field, value in wanted.items()
        if value is not None and field in asked.reading.facts
    )


@_derived(
    "MEANING-18",
    "Every page has the rows that its start and limit name, and no others.",
    sends="pages of a range of days, with and without limit and start",
    tags=("pages",),
)
def test_pages_are_parts(windows: Windows, questions: Questions, findings: Findings) -> None:
    _judge(windows, questions.pages, findings)


@_derived(
    "MEANING-19",
    "Days that are left out are those that the document names.",
    sends="a report without a first day, a last day, and both",
    tags=("ranges",),
)
def test_default_range(windows: Windows, questions: Questions, findings: Findings) -> None:
    _judge(windows, questions.defaults, findings)


@_derived(
    "MEANING-20",
    "A range has the rows of its days, to their last second; one that ends before it starts, none.",
    sends="single days, and a range that ends before it starts",
    tags=("ranges",),
)
def test_ranges_are_parts(windows: Windows, questions: Questions, findings: Findings) -> None:
    _judge(windows, questions.ranges, findings)


@_derived(
    "MEANING-21",
    "A range of more than a year has all rows of its parts.",
    sends="400 days, and both halves of them",
    tags=("ranges",),
)
def test_long_ranges(windows: Windows, questions: Questions, findings: Findings) -> None:
    def totals(bound: OperationBinding) -> tuple[list[Asked], list[int]]:
        asked = questions.long_ranges(bound)
        facts = [one.reading.facts for one in asked if one.reading]
        counts = [count_of(one.get(Field.TOTAL)) for one in facts]
        known = [one for one in counts if one is not None]
        if len(known) < len(asked):
            raise NotJudgedError(f"{bound.operation.id} does not tell how many rows there are.")
        return asked, known

    for bound, (asked, (whole, early, late)) in windows.each(totals):
        findings.judged(bound.operation)
        known = len(windows.whole(bound).walk.rows)
        if whole != early + late:
            _blame(findings, asked[0], f"{early} + {late} rows, as its halves have", whole)
        elif whole < known:
            _blame(findings, asked[0], f"at least {known} rows, as a part of it has", whole)


def _judge(
    windows: Windows, ask: Callable[[OperationBinding], list[Asked]], findings: Findings
) -> None:
    for bound, questions in windows.each(ask):
        for asked in questions:
            if asked.reading is None and not asked.is_refused(bound.status):
                findings.judged(bound.operation)
                _blame(findings, asked, bound.status, asked.response.status)
            elif asked.reading is not None and asked.rows is not None:
                findings.judged(bound.operation)
                if message := _difference(asked, asked.rows, asked.reading.raw):
                    findings.add(
                        f"With {asked.what}: {message}",
                        response=asked.response,
                        pointer=str(bound.rows_at),
                    )


def _difference(asked: Asked, wanted: tuple[Any, ...], got: tuple[Any, ...]) -> str:
    """Say how rows differ from those wanted, counted from 0 in the whole report; empty if not."""
    if wanted == got:
        return ""
    start = asked.values.get(Part.OFFSET, 0)
    of = f"rows {start} to {start + len(wanted) - 1}" if wanted else "no rows"
    of += f" of {asked.total}" if asked.total is not None else ""
    differing = (n for n, (one, other) in enumerate(zip(wanted, got, strict=False)) if one != other)
    if (number := next(differing, None)) is None:
        return f"expected {of}, got {len(got)} rows instead of {len(wanted)}."
    there = f", which is row {start + wanted.index(got[number])}" if got[number] in wanted else ""
    return f"expected {of}, got {len(got)}; the first that differs is row {start + number}{there}."


def _blame(findings: Findings, asked: Asked, wanted: object, got: object) -> None:
    findings.add(f"With {asked.what}: expected {wanted}, got {got}.", response=asked.response)
