"""People, contents and times in rows (ids `MEANING-*`)."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator
from functools import partial

import pytest

from contract_tests.checking.findings import Findings
from contract_tests.errors import NotCheckedError
from contract_tests.model import Source
from contract_tests.suite.rows import ABOUT, about, blame
from contract_tests.suite.windows import Windows, checking_days
from contract_tests.wire.paging import Walk
from contract_tests.wire.request import Reading, Row, moment_of, send
from contract_tests.wire.wire import Wire
from mock_server import (
    Binding,
    Document,
    Field,
    Grouping,
    OperationBinding,
    Part,
    Subject,
    is_local,
    shape_of,
)

_rows = partial(checking_days, sends="a range of days")

_ONE_OF_EACH = (Field.CONTENT_TYPE, Field.CONTENT_TITLE, Field.PARENT_ID, Field.SPACE_KEY)

_COMPARED = ABOUT | {*_ONE_OF_EACH}

_ENOUGH = 20
"""Minimum number of times; in fewer, all milliseconds may be zero by chance."""

Readings = list[tuple[OperationBinding, Reading]]


@pytest.fixture
def readings(windows: Windows) -> Readings:
    """Return all pages of the reports whose rows are known, and rows of today."""
    past = ((bound, window.walk.readings) for bound, window in windows.each(windows.whole))
    found = [*past, *windows.each(windows.ahead)]
    return [(bound, reading) for bound, several in found for reading in several]


def _check(
    readings: Readings,
    findings: Findings,
    needed: Field,
    is_wrong: Callable[[Row], bool],
    message: str,
) -> None:
    for bound, reading in readings:
        known = [(n, row) for n, row in enumerate(reading.rows) if needed in row]
        findings.checked(bound.operation, rows=len(known))
        blame(findings, bound, reading, [n for n, row in known if is_wrong(row)], message)


def _each_row(
    id_: str,
    sentence: str,
    needed: Field,
    is_wrong: Callable[[Row], bool],
    message: str,
    source: Source = Source.DOCUMENT,
) -> Callable[..., None]:
    """Return a test that checks each row with the field `needed`."""

    @_rows(id_, sentence, source=source)
    def test(readings: Readings, findings: Findings) -> None:
        _check(readings, findings, needed, is_wrong, message)

    return test


_ANONYMOUS = r"anonymous|anonym|anon|guest"


def _names_of_anonymous(document: Document) -> set[str]:
    """Return how the descriptions of a document call users who are not logged in."""
    return {
        *re.findall(rf"[\"'`]({_ANONYMOUS})[\"'`]", " ".join(document.descriptions), re.IGNORECASE)
    }


def _is_named_wrongly(row: Row, *, is_anonymous: bool = False) -> bool:
    """Return whether a protected user is named, or another one is not.

    An unnamed user may be anonymous; `is_anonymous` applies if the row does not tell.
    """
    is_named = any(row.get(one) not in {None, ""} for one in (Field.ACCOUNT, Field.ACCOUNT_NAME))
    if row[Field.IS_PROTECTED] is True or is_named:
        return is_named and row[Field.IS_PROTECTED] is True
    return Field.ACCOUNT in row and not row.get(Field.IS_ANONYMOUS, is_anonymous)


def _is_anonymous_by_another_name(row: Row, names: Container[str]) -> bool:
    name = str(row[Field.ACCOUNT] or "")
    is_meant = bool(re.fullmatch(rf"\W*(?:{_ANONYMOUS})\W*", name, re.IGNORECASE))
    is_flagged = row.get(Field.IS_ANONYMOUS, name == "Anonymous")
    return (is_meant or bool(is_flagged)) and name not in names


@_rows(
    "MEANING-23",
    "Exactly the users who are not logged in are named `Anonymous`, or as the document says.",
    source=Source.VENDOR,
)
def test_anonymous_users(readings: Readings, document: Document, findings: Findings) -> None:
    names = {"Anonymous", "", *_names_of_anonymous(document)}
    is_wrong = partial(_is_anonymous_by_another_name, names=names)
    message = "Expected `Anonymous`, got another name."
    _check(readings, findings, Field.ACCOUNT, is_wrong, message)


@_rows(
    "MEANING-22", "Protected users are not named; all other users are, unless they are anonymous."
)
def test_protected_users(readings: Readings, document: Document, findings: Findings) -> None:
    message = "Expected a name exactly if the user is not protected, got the opposite."
    are_named = bool(_names_of_anonymous(document))
    for bound, reading in readings:
        is_anonymous = bound.hides_anonymous or not are_named
        is_wrong = partial(_is_named_wrongly, is_anonymous=is_anonymous)
        _check([(bound, reading)], findings, Field.IS_PROTECTED, is_wrong, message)


test_trash = _each_row(
    "MEANING-24",
    "Visits of contents in the trash are hidden, and other contents have no deletion time.",
    Field.IS_TRASHED,
    lambda row: row[Field.IS_TRASHED] is True or row.get(Field.DELETION_TIME) is not None,
    "Expected no trashed content, got one.",
    Source.VENDOR,
)
test_accounts_are_ids = _each_row(
    "MEANING-28",
    "Users are identified by account ids, not by email addresses.",
    Field.ACCOUNT,
    lambda row: re.search(r"[^\s@]@[^\s@]", str(row[Field.ACCOUNT])) is not None,
    "Expected an account id, got an email address.",
    Source.ASSUMED,
)


@_rows(
    "MEANING-25",
    "A content has the same type, title, parent and space in all rows, and is not its own parent.",
)
def test_contents_are_one(readings: Readings, findings: Findings) -> None:
    seen: dict[tuple[str, Field], Counter[str]] = defaultdict(Counter)
    rows = (row for _, reading in readings for row in reading.rows)
    for row in (row for row in rows if row.get(Field.CONTENT_ID) is not None):
        for field in (field for field in _ONE_OF_EACH if field in row):
            seen[str(row[Field.CONTENT_ID]), field][_spelled(row[field])] += 1
    usual = {key: counts.most_common(1)[0][0] for key, counts in seen.items()}
    for field in _ONE_OF_EACH:

        def is_wrong(row: Row, field: Field = field) -> bool:
            number = str(row[Field.CONTENT_ID])
            if row[Field.CONTENT_ID] is None or field not in row:
                return False
            is_own = field is Field.PARENT_ID and str(row[field]) == number
            return is_own or _spelled(row[field]) != usual[number, field]

        message = f"Expected the same {field} as in other rows of the content, got another one."
        _check(readings, findings, Field.CONTENT_ID, is_wrong, message)


def _spelled(value: object) -> str:
    """Return a value in one spelling, because operations may write `page`, `PAGE` and `pages`."""
    return "".join(filter(str.isalnum, str(value))).casefold().removesuffix("s")


@_rows("MEANING-26", "Times are in UTC and have the declared precision.")
def test_times(readings: Readings, document: Document, findings: Findings) -> None:
    exact: dict[str, list[tuple[Reading, str]]] = defaultdict(list)
    for bound, reading in readings:
        for words in _descriptions_of_times(bound, document):

            def is_wrong(row: Row, words: str = words) -> bool:
                return row[Field.TIME] is not None and _faulty(str(row[Field.TIME]), words)

            message = "Expected the declared form of the time, got another one."
            _check([(bound, reading)], findings, Field.TIME, is_wrong, message)
            if _MILLISECONDS.search(words):
                known = (row[Field.TIME] for row in reading.rows if row.get(Field.TIME) is not None)
                exact[bound.operation.id] += [(reading, str(time)) for time in known]
    for times in exact.values():
        # Times in whole minutes are made by machines, and show nothing.
        is_odd = any((moment_of(text) or 0) % 60_000 for _, text in times)
        is_rounded = all(re.search(r"\.0+\D*$", text) for _, text in times)
        if len(times) >= _ENOUGH and is_odd and is_rounded:
            message = f"Expected milliseconds, got whole seconds in all {len(times)} times."
            findings.add(message, times[0][0].response)


def _descriptions_of_times(bound: OperationBinding, document: Document) -> Iterator[str]:
    """Yield the descriptions of the times of rows with string schemas."""
    for path, prop in bound.properties.items():
        is_in_row = bound.rows_at is not None and path.startswith(f"{bound.rows_at}/*/")
        if prop.field is Field.TIME and is_in_row:
            schema = shape_of(document, bound.media_type.schema).schema
            for step in path.split("/")[1:]:
                inner = schema.get("items") if step == "*" else schema.get("properties", {})[step]
                schema = shape_of(document, inner).schema
            if schema.get("type") == "string" and not is_local(schema):
                yield str(schema.get("description"))


def _faulty(text: str, words: str) -> bool:
    is_utc = text.endswith(("Z", "+00:00"))
    is_exact = re.search(r"\.\d{3}(?!\d)", text)
    return ("UTC" in words and not is_utc) or bool(_MILLISECONDS.search(words) and not is_exact)


_MILLISECONDS = re.compile("three decimals|milliseconds")


@checking_days(
    "MEANING-27",
    "The report of a space and the report of a content have the same rows of that content.",
    sends="a range of days to a space, and to a content of each type in it",
)
def test_contents_of_a_space(
    windows: Windows, wire: Wire, binding: Binding, findings: Findings
) -> None:
    kind = (Subject.CONTENT_VISITS, Grouping.ROWS)
    reports = (one for one in binding.operations.values() if (one.subject, one.grouping) == kind)
    if (content := next(reports, None)) is None:
        raise NotCheckedError("The document has no report on the visits of a content.")
    for space, contents in windows.each(partial(_some_contents, windows)):
        for number, rows in contents.items():
            known = {Part.CONTENT_ID: number}
            if (response := send(wire, content, known)).status == 404:
                message = f"Expected a report on content {number} of the space's report, got 404."
                findings.add(message, response)
                continue
            walk = windows.over(content, *windows.whole(space).days, known).walk
            findings.checked(content.operation, rows=int(walk.is_whole))
            if walk.is_whole and (message := _other_rows(rows, walk)):
                response = walk.readings[0].response
                findings.add(f"The report on content {number} {message}", response)


def _some_contents(windows: Windows, space: OperationBinding) -> dict[str, tuple[Row, ...]]:
    """Return up to three contents of a space with their rows.

    The most viewed content of each type comes first, then the least viewed ones.
    """
    if (space.subject, space.grouping) != (Subject.SPACE_VISITS, Grouping.ROWS):
        raise NotCheckedError(f"{space.operation.id} does not report the visits of a space.")
    by_content: dict[str, list[Row]] = defaultdict(list)
    for row in windows.whole(space).walk.rows:
        if row.get(Field.CONTENT_ID) is not None:
            by_content[str(row[Field.CONTENT_ID])].append(row)
    by_type: dict[str, list[str]] = defaultdict(list)
    for number, rows in by_content.items():
        by_type[str(rows[0].get(Field.CONTENT_TYPE))].append(number)
    several = [sorted(one, key=lambda number: -len(by_content[number])) for one in by_type.values()]
    first = [ranked[0] for ranked in several]
    rest = [number for ranked in several for number in ranked[:0:-1]]
    return {number: tuple(by_content[number]) for number in [*first, *rest][:3]}


def _other_rows(rows: tuple[Row, ...], walk: Walk) -> str:
    """Describe how a content's report differs from the rows in its space's report."""
    fields = _COMPARED & {field for row in rows for field in row}
    fields &= {field for row in walk.rows for field in row} or fields
    wide = Counter(about(row, fields) for row in rows)
    narrow = Counter(about(row, fields) for row in walk.rows)
    if wide == narrow:
        return ""
    lost = [row for row in rows if about(row, fields) in wide - narrow]
    times = ", ".join(str(row.get(Field.TIME)) for row in lost[:3])
    return (
        f"lacks {(wide - narrow).total()} rows of the space's report"
        f"{f' (at {times})' if lost else ''}, and has {(narrow - wide).total()} others."
    )
