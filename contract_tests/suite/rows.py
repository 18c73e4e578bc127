"""Times, identities and weights of rows."""

from collections import Counter
from collections.abc import Container, Hashable, Iterable
from functools import lru_cache

from contract_tests.checking.findings import Findings
from contract_tests.wire.paging import Walk
from contract_tests.wire.request import Reading, Row, count_of, moment_of
from mock_server import Field, Grouping, OperationBinding

_MOMENTS = (Field.TIME, Field.DAY, Field.FIRST_TIME, Field.LAST_TIME)

ABOUT = frozenset(
    {Field.TIME, Field.DAY, Field.ACCOUNT, Field.ACCOUNT_NAME, Field.ACCOUNT_KIND}
    | {Field.IS_ANONYMOUS, Field.IS_PROTECTED, Field.CONTENT_ID, Field.CONTENT_TITLE}
    | {Field.SPACE_KEY, Field.TERM}
)
"""The fields that identify a row."""


def moments_of(row: Row) -> list[int]:
    """Return the times in a row, in epoch milliseconds."""
    found = (moment_of(row.get(field)) for field in _MOMENTS)
    return [moment for moment in found if moment is not None]


def about(row: Row, fields: frozenset[Field]) -> Hashable:
    """Return the values of some fields of a row, with times in a normalised form."""
    return tuple(
        [
            moment_of(row.get(field)) if field in _MOMENTS else repr(row.get(field))
            for field in _in_order(fields)
        ]
    )


@lru_cache
def _in_order(fields: frozenset[Field]) -> list[Field]:
    return sorted(fields)


def identity(bound: OperationBinding, row: Row) -> Hashable:
    """Return the identity of a row: its id, or else its identifying fields."""
    if bound.grouping is Grouping.ROWS and row.get(Field.ROW_ID) is not None:
        return str(row[Field.ROW_ID])
    return about(row, ABOUT)


def weight(bound: OperationBinding, row: Row) -> int:
    """Return the weight of a row: 1, or the number of views of a grouped row."""
    views = None if bound.grouping is Grouping.ROWS else count_of(row.get(Field.VIEWS))
    return 1 if views is None else views


def tally(bound: OperationBinding, rows: Iterable[Row]) -> Counter[Hashable]:
    """Sum the weights of rows by identity."""
    found: Counter[Hashable] = Counter()
    for row in rows:
        found[identity(bound, row)] += weight(bound, row)
    return found


def named(bound: OperationBinding, walk: Walk, missing: Container[Hashable]) -> str:
    """Describe up to three rows with the given identities, by their pages and times."""
    found = []
    for page, reading in enumerate(walk.readings, 1):
        of = f" of page {page}" if page > 1 else ""
        for number, row in enumerate(reading.rows):
            if identity(bound, row) in missing:
                at = row.get(Field.TIME, row.get(Field.DAY, ""))
                found.append(f"{bound.rows_at}/{number}{of}{f' at {at}' if at else ''}")
    return f" ({', '.join(found[:3])}{', ...' if len(found) > 3 else ''})" if found else ""


def blame(
    findings: Findings,
    bound: OperationBinding,
    reading: Reading,
    wrong: list[int],
    message: str,
    *,
    place: str = "",
) -> None:
    """Add one finding for all rows of a response that break a requirement in the same way."""
    if wrong:
        others = {1: "", 2: " One more row is affected."}
        more = others.get(len(wrong), f" {len(wrong) - 1} more rows are affected.")
        where = "" if bound.rows_at is None else f"{bound.rows_at}/{wrong[0]}"
        findings.add(message + more, reading.response, pointer=where, place=place)
