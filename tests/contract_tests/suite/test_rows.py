"""Functions that find wrong rows for the requirements about meaning."""

import math
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.errors import NotCheckedError
from contract_tests.suite import (
    rows,
    test_meaning_people,
    test_meaning_ranges,
    test_meaning_rows,
    windows,
)
from contract_tests.suite.windows import Window
from contract_tests.wire.request import DAY
from mock_server import Document, Field, Grouping
from tests.contract_tests.made_responses import (
    DOCUMENT,
    FIRST,
    MIDNIGHT,
    SEARCHES,
    SPACE,
    VISITS,
    at,
    bound,
    found,
    reading,
    view,
    walk,
)


def test_all_valid_times_of_a_row_are_read() -> None:
    row = {Field.TIME: None, Field.DAY: "1970-01-02", Field.FIRST_TIME: 0, Field.LAST_TIME: "x"}
    assert [DAY, 0] == rows.moments_of(row)


def test_rows_with_equal_times_are_identical() -> None:
    early, late = ({Field.TIME: text} for text in ("1970-01-02", "1970-01-02T01:00:00+01:00"))
    assert rows.identity(bound(), early) == rows.identity(bound(), late)
    assert rows.identity(bound(), early) != rows.identity(bound(), {Field.TIME: "1970-01-03"})
    assert rows.identity(bound(), {Field.ROW_ID: 7}) == "7"
    grouped = bound(Grouping.CONTENTS)
    assert rows.identity(grouped, {Field.ROW_ID: 7}) == rows.identity(grouped, {})


@pytest.mark.parametrize(("grouping", "views", "weight"), [
    (Grouping.ROWS, 5, 1), (Grouping.CONTENTS, 5, 5), (Grouping.CONTENTS, 0, 0),
    (Grouping.CONTENTS, None, 1),
])  # fmt: skip
def test_grouped_rows_count_by_their_views(grouping: Grouping, views: Any, weight: int) -> None:
    row = {Field.VIEWS: views, Field.TERM: "a"}
    assert weight == rows.weight(bound(grouping), row)
    assert 2 * weight == rows.tally(bound(grouping), [row, row]).total()


def test_up_to_three_rows_are_listed_with_their_pages() -> None:
    pages = [reading(*at(0, 1)), reading(*at(0, 2, 0, 0))]
    keys = {rows.identity(bound(), row) for row in at(0)}
    assert rows.named(bound(), walk(*pages), keys) == (
        f" (/rows/0 at {MIDNIGHT}, /rows/0 of page 2 at {MIDNIGHT}, "
        f"/rows/2 of page 2 at {MIDNIGHT}, ...)"
    )
    assert rows.named(bound(), walk(pages[0]), keys) == f" (/rows/0 at {MIDNIGHT})"
    three = walk(reading(*at(0, 0, 0)))
    assert not rows.named(bound(), three, keys).endswith("...)")
    assert rows.named(bound(), three, set()) == ""


@pytest.mark.parametrize(("wrong", "more", "pointer"), [
    ([3], "", "/rows/3"), ([3, 5], " One more row is affected.", "/rows/3"),
    ([1, 2, 3], " 2 more rows are affected.", "/rows/1"),
])  # fmt: skip
def test_all_affected_rows_are_one_finding(wrong: list[int], more: str, pointer: str) -> None:
    findings = found()
    rows.blame(findings, bound(), reading(), wrong, "Odd.")
    rows.blame(findings, bound(), reading(), [], "Even.")
    assert [("Odd." + more, pointer)] == [(one.message, one.pointer) for one in findings.found]


# the order of rows


@pytest.mark.parametrize(("row", "following", "is_late"), [
    ((5, "9", "b"), (5, "10", "a"), False), ((5, "10", "a"), (5, "9", "b"), True),
    ((6, "1", "a"), (5, "2", "b"), True), ((5, "1", "b"), (5, "1", "a"), True),
    ((5, "1", "a"), (5, "1", "a"), False), ((5, "1", None), (5, "1", "a"), False),
    ((5, "1", "b"), (5, "1", None), False), ((4, "2", "b"), (5, "1", "a"), False),
])  # fmt: skip
def test_rows_are_compared_by_time_and_ties(row: Any, following: Any, is_late: bool) -> None:
    ties = (Field.CONTENT_ID, Field.ACCOUNT)
    one, other = (dict(zip((Field.TIME, *ties), each, strict=True)) for each in (row, following))
    assert is_late is test_meaning_rows._is_late(one, other, ties=ties)


def described(words: str, **more: Any) -> Document:
    content = {**DOCUMENT.content, "info": {**DOCUMENT.content["info"], "description": words}}
    return Document({**content, **more}, origin="here")


@pytest.mark.parametrize(("words", "visits", "searches"), [
    ("Nothing.", (), ()),
    ("The same millisecond by content.", (Field.CONTENT_ID,), (Field.CONTENT_ID,)),
    ("The same millisecond by content and then account, or, in searches, by search term.",
     (Field.CONTENT_ID, Field.ACCOUNT), (Field.TERM,)),
    ("The same millisecond by content or, in searches, by account and then term.",
     (Field.CONTENT_ID,), (Field.ACCOUNT, Field.TERM)),
    ("The same millisecond by colour.", (), ()),
])  # fmt: skip
def test_declared_ties_are_read_from_the_description(
    words: str, visits: Any, searches: Any
) -> None:
    document = described(words)
    assert visits == test_meaning_rows._ties(document, VISITS)
    assert searches == test_meaning_rows._ties(document, SEARCHES)


@pytest.mark.parametrize(("words", "order"), [
    ("Oldest first.", False), ("ascending", False), ("newest rows first", True),
    ("Most recent first", True), ("descending", True), ("oldest first or newest first", None),
    ("first", None),
])  # fmt: skip
def test_the_declared_order_is_read_from_the_description(words: str, order: bool | None) -> None:
    path = SEARCHES.operation.path
    responses = {"200": {"description": "Rows."}}
    node = {"get": {"description": words, "responses": responses}}
    document = described("", paths={path: node})
    place = f"/paths/{path.replace('/', '~1')}/get/description"
    assert test_meaning_rows._order(document, SEARCHES) == (
        order,
        place if order is not None else "",
    )
    responses["200"]["description"] = "Oldest first."
    assert test_meaning_rows._order(document, SEARCHES)[0] is False


# people and contents


@pytest.mark.parametrize(("is_protected", "account", "is_anonymous", "is_wrong"), [
    (True, None, False, False), (True, "a", False, True), (False, None, False, True),
    (False, "a", False, False), (False, None, True, False), (True, None, True, False),
])  # fmt: skip
def test_accounts_of_protected_and_other_users_are_checked(
    is_protected: bool, account: Any, is_anonymous: bool, is_wrong: bool
) -> None:
    row = {
        Field.IS_PROTECTED: is_protected,
        Field.ACCOUNT: account,
        Field.IS_ANONYMOUS: is_anonymous,
    }
    assert is_wrong is bool(test_meaning_people._is_named_wrongly(row))
    assert not test_meaning_people._is_named_wrongly({Field.IS_PROTECTED: False})


@pytest.mark.parametrize(("account", "flag", "is_wrong"), [
    ("Anonymous", None, False), ("anonymous", None, True), ("(Guest)", None, True), ("anna", None, False),
    (None, None, False), (None, True, False), ("anna", True, True), ("Anonymous", True, False),
    ("Anonymous", False, False), ("anna", False, False), ("anonymous", False, True),
])  # fmt: skip
def test_other_names_of_anonymous_users_are_found(
    account: Any, flag: bool | None, is_wrong: bool
) -> None:
    row = {Field.ACCOUNT: account} | ({} if flag is None else {Field.IS_ANONYMOUS: flag})
    assert is_wrong is test_meaning_people._is_anonymous_by_another_name(row, {"Anonymous", ""})


@pytest.mark.parametrize(("text", "words", "is_faulty"), [
    ("2026-01-01T00:00:00Z", "in UTC", False), ("2026-01-01T00:00:00+00:00", "in UTC", False),
    ("2026-01-01T00:00:00+01:00", "in UTC", True), ("2026-01-01T00:00:00+01:00", "", False),
    ("2026-01-01T00:00:00Z", "with milliseconds", True),
    ("2026-01-01T00:00:00.123", "with milliseconds", False),
    ("2026-01-01T00:00:00.1234Z", "three decimals", True),
    ("2026-01-01T00:00:00.12Z", "three decimals", True),
])  # fmt: skip
def test_times_must_have_the_declared_form(text: str, words: str, is_faulty: bool) -> None:
    assert is_faulty is test_meaning_people._faulty(text, words)


@pytest.mark.parametrize(("texts", "count"), [
    (["2026-01-01T00:00:07.000Z"] * 20, 1), (["2026-01-01T00:00:07.000Z"] * 19, 0),
    ([*["2026-01-01T00:00:07.000Z"] * 19, "2026-01-01T00:00:00.010Z"], 0),
    (["2026-01-01T00:07:00.000Z"] * 20, 0),
])  # fmt: skip
def test_twenty_times_in_whole_seconds_are_reported(texts: list[str], count: int) -> None:
    findings = found()
    page = reading(*({Field.TIME: text} for text in texts))
    test_meaning_people.test_times([(SEARCHES, page)], DOCUMENT, findings)
    assert count == len(findings.found)
    assert (SEARCHES.operation.id,) == findings.operations


def test_contents_of_every_type_are_selected() -> None:
    kinds = {1: "page", 2: "page", 3: "page", 4: "file", 5: "page"}
    views = [1, 1, 1, 2, 2, 3, 4, 5, 5]
    seen = [{Field.CONTENT_ID: n, Field.CONTENT_TYPE: kinds[n]} for n in views]
    there = SimpleNamespace(whole=lambda _: SimpleNamespace(walk=walk(reading(*seen))))
    chosen = test_meaning_people._some_contents(there, SPACE)
    assert {"1": 3, "4": 1, "3": 1} == {number: len(rows_) for number, rows_ in chosen.items()}
    for other in (VISITS, SEARCHES):
        with pytest.raises(NotCheckedError):
            test_meaning_people._some_contents(there, other)


# repeated rows


@pytest.mark.parametrize(("views", "repeated"), [
    ([view(0), view(4.999)], [1]), ([view(0), view(5)], []), ([view(0), view(4, "b")], []),
    ([view(0), view(4, content=2)], []), ([view(0), view(3), view(6)], [1, 2]),
    ([view(6), view(2)], [1]), ([view(0), view(9), view(1)], []),
    ([view(0, None), view(1, None)], []), ([view(0, "Anonymous"), view(1, "Anonymous")], []),
    ([view(0, content=None), view(1, content=None)], []),
    ([view(0, IS_ANONYMOUS=True), view(1, IS_ANONYMOUS=True)], []),
    ([view(0), {**view(1), Field.TIME: None}, view(2)], [2]),
])  # fmt: skip
def test_repeated_views_within_five_seconds_are_found(
    views: list[dict[Field, Any]], repeated: list[int]
) -> None:
    assert repeated == test_meaning_rows._views_again(reading(*views), 5_000)


def test_only_rows_with_exact_times_or_ids_can_be_repeated() -> None:
    exact, whole = at(1), at(1_000)
    keys = test_meaning_rows._keys
    assert [None] == keys(bound(), reading(*whole))
    assert [None] != keys(bound(), reading(*exact))
    assert ["7"] == keys(bound(), reading({Field.ROW_ID: 7, **whole[0]}))
    assert [None] == keys(bound(Grouping.CONTENTS), reading(*exact))
    assert [None] != keys(bound(Grouping.CONTENTS), reading({Field.CONTENT_ID: 7}))


def test_the_timestamp_of_a_report_is_ignored_in_comparisons() -> None:
    one, other = (reading(*at(1), TIMESTAMP=n, TOTAL=1) for n in (1, 2))
    assert test_meaning_rows._content(one) == test_meaning_rows._content(other)
    assert test_meaning_rows._content(one) != test_meaning_rows._content(reading(*at(1), TOTAL=2))


# ranges


@pytest.mark.parametrize(("moment", "lacks"), [
    (-1, True), (0, False), (2 * DAY - 1, False), (2 * DAY, True),
])  # fmt: skip
def test_a_range_includes_its_whole_days(moment: int, lacks: bool) -> None:
    window = Window(FIRST, FIRST + timedelta(days=1), walk())
    assert lacks is window.lacks(MIDNIGHT + moment)
    assert str(window) == "2026-03-02 to 2026-03-03"
    endless = Window(None, None, walk(reading()))
    assert (-math.inf, math.inf, "... to ...") == (endless.begin, endless.end, str(endless))
    for begin, end in ((None, FIRST), (FIRST, None)):
        with pytest.raises(NotCheckedError, match="getSearches has no range of days"):
            _ = Window(begin, end, walk(reading())).days


def test_ranges_are_split_next_to_rows() -> None:
    days = [FIRST + timedelta(days=n) for n in range(5)]
    seen = at(5, 2 * DAY - 9, 3 * DAY, 4 * DAY + 7)
    window = Window(days[0], days[-1], walk(reading(*seen)))
    assert {days[1], days[2]} == windows._at_rows(window, days[:-1])
    assert windows._cut(days[0], days[4], [days[0], days[2]]) == [
        (days[0], days[0]), (days[1], days[2]), (days[3], days[4])
    ]  # fmt: skip


def test_rows_of_a_content_missing_in_its_space_are_found() -> None:
    days = FIRST, FIRST + timedelta(days=2)
    content = Window(*days, walk(reading(*at(0, DAY, DAY, 2 * DAY))))
    whole = Window(*days, walk(reading(*at(0, DAY))))
    part = Window(*days, walk(reading(*at(0, DAY)), is_whole=False))
    compared = test_meaning_ranges._not_in
    assert ([3], 4) == compared(whole, SPACE, content, VISITS)
    assert ([], 1) == compared(part, SPACE, content, VISITS)
    assert ([], 0) == compared(
        Window(*days, walk(reading({Field.TERM: "a"}))), SPACE, content, VISITS
    )
