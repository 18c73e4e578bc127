"""Which rows the requirements about meaning count as wrong, one function at a time."""

import math
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.errors import NotJudgedError
from contract_tests.suite import (
    derived_requests,
    rows,
    test_meaning_pages,
    test_meaning_people,
    test_meaning_ranges,
    test_meaning_requests,
    test_meaning_rows,
    windows,
)
from contract_tests.suite.derived_requests import Derived, DerivedRequests
from contract_tests.suite.windows import Window
from contract_tests.wire.paging import Walk
from contract_tests.wire.request import DAY, Reading
from mock_server import Document, Field, Grouping, Part
from tests.contract_tests.made_responses import (
    BINDING,
    DOCUMENT,
    SEARCHES,
    SPACE,
    VISITS,
    found,
    made,
    messages,
)

FIRST = date(2026, 3, 2)
MIDNIGHT = (FIRST - date(1970, 1, 1)).days * DAY


def bound(grouping: Grouping = Grouping.ROWS, rows_at: str | None = "/rows", **more: Any) -> Any:
    names = more.pop("parts", ())
    return SimpleNamespace(
        grouping=grouping,
        rows_at=rows_at,
        status=200,
        operation=SEARCHES.operation,
        parameter=lambda part: part if part in names else None,
        **more,
    )


def reading(*rows_: dict[Field, Any], response: Any = None, **values: Any) -> Reading:
    named = {Field[name]: value for name, value in values.items()}
    return Reading(response or made(), named, rows_)


def walk(*readings: Reading, limit: int | None = None, is_whole: bool = True) -> Walk:
    return Walk(readings, limit, is_whole)


def at(*moments: int) -> list[dict[Field, Any]]:
    return [{Field.TIME: MIDNIGHT + moment} for moment in moments]


# rows


def test_all_times_of_a_row() -> None:
    row = {Field.TIME: None, Field.DAY: "1970-01-02", Field.FIRST_TIME: 0, Field.LAST_TIME: "x"}
    assert [DAY, 0] == rows.moments_of(row)


def test_equal_times_are_one_identity() -> None:
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
def test_grouped_rows_weigh_their_views(grouping: Grouping, views: Any, weight: int) -> None:
    row = {Field.VIEWS: views, Field.TERM: "a"}
    assert weight == rows.weight(bound(grouping), row)
    assert 2 * weight == rows.tally(bound(grouping), [row, row]).total()


def test_up_to_three_rows_are_named_with_their_pages() -> None:
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
def test_one_finding_for_all_rows(wrong: list[int], more: str, pointer: str) -> None:
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
def test_a_row_is_late(row: Any, following: Any, is_late: bool) -> None:
    ties = (Field.CONTENT_ID, Field.ACCOUNT)
    one, other = (dict(zip((Field.TIME, *ties), each, strict=True)) for each in (row, following))
    assert is_late is test_meaning_pages._is_late(one, other, ties)


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
def test_declared_ties(words: str, visits: Any, searches: Any) -> None:
    document = described(words)
    assert visits == test_meaning_pages._ties(document, VISITS)
    assert searches == test_meaning_pages._ties(document, SEARCHES)


@pytest.mark.parametrize(("words", "order"), [
    ("Oldest first.", False), ("ascending", False), ("newest rows first", True),
    ("Most recent first", True), ("descending", True), ("oldest first or newest first", None),
    ("first", None),
])  # fmt: skip
def test_declared_order(words: str, order: bool | None) -> None:
    path = SEARCHES.operation.path
    responses = {"200": {"description": "Rows."}}
    node = {"get": {"description": words, "responses": responses}}
    document = described("", paths={path: node})
    place = f"/paths/{path.replace('/', '~1')}/get/description"
    assert test_meaning_pages._order(document, SEARCHES) == (
        order,
        place if order is not None else "",
    )
    responses["200"]["description"] = "Oldest first."
    assert test_meaning_pages._order(document, SEARCHES)[0] is False


# people and contents


@pytest.mark.parametrize(("is_protected", "account", "is_anonymous", "is_wrong"), [
    (True, None, False, False), (True, "a", False, True), (False, None, False, True),
    (False, "a", False, False), (False, None, True, False), (True, None, True, False),
])  # fmt: skip
def test_who_is_named(is_protected: bool, account: Any, is_anonymous: bool, is_wrong: bool) -> None:
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
def test_who_is_anonymous(account: Any, flag: bool | None, is_wrong: bool) -> None:
    row = {Field.ACCOUNT: account} | ({} if flag is None else {Field.IS_ANONYMOUS: flag})
    assert is_wrong is test_meaning_people._is_anonymous_by_another_name(row)


@pytest.mark.parametrize(("text", "words", "is_faulty"), [
    ("2026-01-01T00:00:00Z", "in UTC", False), ("2026-01-01T00:00:00+00:00", "in UTC", False),
    ("2026-01-01T00:00:00+01:00", "in UTC", True), ("2026-01-01T00:00:00+01:00", "", False),
    ("2026-01-01T00:00:00Z", "with milliseconds", True),
    ("2026-01-01T00:00:00.123", "with milliseconds", False),
    ("2026-01-01T00:00:00.1234Z", "three decimals", True),
    ("2026-01-01T00:00:00.12Z", "three decimals", True),
])  # fmt: skip
def test_the_form_of_a_time(text: str, words: str, is_faulty: bool) -> None:
    assert is_faulty is test_meaning_people._faulty(text, words)


@pytest.mark.parametrize(("texts", "said"), [
    (["2026-01-01T00:00:00.000Z"] * 20, 1), (["2026-01-01T00:00:00.000Z"] * 19, 0),
    ([*["2026-01-01T00:00:00.000Z"] * 19, "2026-01-01T00:00:00.010Z"], 0),
])  # fmt: skip
def test_twenty_whole_seconds_are_no_milliseconds(texts: list[str], said: int) -> None:
    findings = found()
    page = reading(*({Field.TIME: text} for text in texts))
    test_meaning_people.test_times([(SEARCHES, page)], DOCUMENT, findings)
    assert said == len(findings.found)
    assert (SEARCHES.operation.id,) == findings.operations


def test_lost_rows_are_told_with_their_times() -> None:
    wide, narrow = at(0, 1, 2, 3, 4), at(4, 5)
    assert test_meaning_people._other_rows(tuple(wide), walk(reading(*narrow))) == (
        f"lacks 4 rows of the space's report (at {MIDNIGHT}, {MIDNIGHT + 1}, {MIDNIGHT + 2}), "
        "and has 1 others."
    )
    assert test_meaning_people._other_rows(tuple(wide), walk(reading(*wide[::-1]))) == ""


def test_contents_of_each_type_are_chosen() -> None:
    kinds = {1: "page", 2: "page", 3: "page", 4: "file", 5: "page"}
    views = [1, 1, 1, 2, 2, 3, 4, 5, 5]
    seen = [{Field.CONTENT_ID: n, Field.CONTENT_TYPE: kinds[n]} for n in views]
    there = SimpleNamespace(whole=lambda _: SimpleNamespace(walk=walk(reading(*seen))))
    chosen = test_meaning_people._some_contents(there, SPACE)  # type: ignore[arg-type]
    assert {"1": 3, "4": 1, "3": 1} == {number: len(rows_) for number, rows_ in chosen.items()}
    for other in (VISITS, SEARCHES):
        with pytest.raises(NotJudgedError):
            test_meaning_people._some_contents(there, other)  # type: ignore[arg-type]


# repeated rows


def view(seconds: float, account: Any = "a", content: Any = 1, **more: Any) -> dict[Field, Any]:
    named = {Field[name]: value for name, value in more.items()}
    moment = MIDNIGHT + int(seconds * 1_000)
    return {Field.TIME: moment, Field.ACCOUNT: account, Field.CONTENT_ID: content, **named}


@pytest.mark.parametrize(("views", "again"), [
    ([view(0), view(4.999)], [1]), ([view(0), view(5)], []), ([view(0), view(4, "b")], []),
    ([view(0), view(4, content=2)], []), ([view(0), view(3), view(6)], [1, 2]),
    ([view(6), view(2)], [1]), ([view(0), view(9), view(1)], []),
    ([view(0, None), view(1, None)], []), ([view(0, "Anonymous"), view(1, "Anonymous")], []),
    ([view(0, content=None), view(1, content=None)], []),
    ([view(0, IS_ANONYMOUS=True), view(1, IS_ANONYMOUS=True)], []),
    ([view(0), {**view(1), Field.TIME: None}, view(2)], [2]),
])  # fmt: skip
def test_views_within_five_seconds(views: list[dict[Field, Any]], again: list[int]) -> None:
    assert again == test_meaning_rows._views_again(reading(*views), 5_000)


def test_only_exact_or_named_rows_can_be_repeated() -> None:
    exact, whole = at(1), at(1_000)
    keys = test_meaning_rows._keys
    assert [None] == keys(bound(), reading(*whole))
    assert [None] != keys(bound(), reading(*exact))
    assert ["7"] == keys(bound(), reading({Field.ROW_ID: 7, **whole[0]}))
    assert [None] == keys(bound(Grouping.CONTENTS), reading(*exact))
    assert [None] != keys(bound(Grouping.CONTENTS), reading({Field.CONTENT_ID: 7}))


def test_the_time_of_a_report_is_not_its_content() -> None:
    one, other = (reading(*at(1), TIMESTAMP=n, TOTAL=1) for n in (1, 2))
    assert test_meaning_rows._content(one) == test_meaning_rows._content(other)
    assert test_meaning_rows._content(one) != test_meaning_rows._content(reading(*at(1), TOTAL=2))


# ranges


@pytest.mark.parametrize(("moment", "lacks"), [
    (-1, True), (0, False), (2 * DAY - 1, False), (2 * DAY, True),
])  # fmt: skip
def test_a_range_has_the_whole_of_its_days(moment: int, lacks: bool) -> None:
    window = Window(FIRST, FIRST + timedelta(days=1), walk())
    assert lacks is window.lacks(MIDNIGHT + moment)
    assert str(window) == "2026-03-02 to 2026-03-03"
    endless = Window(None, None, walk(reading()))
    assert (-math.inf, math.inf, "... to ...") == (endless.begin, endless.end, str(endless))
    for begin, end in ((None, FIRST), (FIRST, None)):
        with pytest.raises(NotJudgedError, match="getSearches has no range of days"):
            _ = Window(begin, end, walk(reading())).days


def test_ranges_are_cut_next_to_rows() -> None:
    days = [FIRST + timedelta(days=n) for n in range(5)]
    seen = at(5, 2 * DAY - 9, 3 * DAY, 4 * DAY + 7)
    window = Window(days[0], days[-1], walk(reading(*seen)))
    assert {days[1], days[2]} == windows._at_rows(window, days[:-1])
    assert windows._cut(days[0], days[4], [days[0], days[2]]) == [
        (days[0], days[0]), (days[1], days[2]), (days[3], days[4])
    ]  # fmt: skip


def test_a_space_has_the_rows_of_its_contents() -> None:
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


# derived requests


def derived(**values: Any) -> Derived:
    known = {"what": "it", "values": {}, "response": made(), "reading": None, **values}
    return Derived(**known)


@pytest.mark.parametrize(("status", "whole", "is_refused"), [
    (200, (), True), (401, (), True), (403, (), True), (404, (), False), (404, None, True),
    (503, (), True), (429, (), True), (400, None, False), (500, (), False),
])  # fmt: skip
def test_which_statuses_allow_no_judgement(status: int, whole: Any, is_refused: bool) -> None:
    assert is_refused is derived(response=made(status), whole=whole).is_refused(200)


@pytest.mark.parametrize(("before", "after", "has_grown"), [
    ((), (), True), ((1, 2), (1, 2), True), ((1, 2), (1, 3, 2, 4), True), ((1, 2), (2, 1), False),
    ((1, 2), (1,), False), ((), (1,), True),
])  # fmt: skip
def test_a_report_may_grow(before: Any, after: Any, has_grown: bool) -> None:
    assert has_grown is derived_requests._has_grown(before, after)


@pytest.mark.parametrize(("start", "size", "expected"), [
    (0, 2, (1, 2)), (1, 2, (2, 3)), (2, 5, (3, 4)), (9, 2, ()), (0, None, None),
])  # fmt: skip
def test_a_page_is_a_part_of_all_rows(start: int, size: int | None, expected: Any) -> None:
    known = walk(Reading(made(), {}, (1, 2, 3, 4)))  # type: ignore[arg-type]
    assert expected == derived_requests._page_of(bound(), known, start, size)["rows"]
    assert derived_requests._page_of(bound(rows_at=None), known, start, 2)["rows"] is None
    assert {} == derived_requests._page_of(bound(), None, start, size)


@pytest.mark.parametrize(("total", "offset"), [
    (0, {}), (3, {Part.OFFSET: 0}), (5, {Part.OFFSET: 0}), (9, {Part.OFFSET: 4}), ("7", {Part.OFFSET: 2}),
    (None, {}),
])  # fmt: skip
def test_the_last_page_has_five_rows(total: Any, offset: Any) -> None:
    assert offset == DerivedRequests._end(derived(reading=reading(TOTAL=total)))
    assert {} == DerivedRequests._end(derived())


def limited(**schema: Any) -> tuple[DerivedRequests, Any]:
    requests_ = DerivedRequests(None, None, None)  # type: ignore[arg-type]
    requests_._schema = lambda *_: schema  # type: ignore[method-assign]
    return requests_, bound(parts=(Part.OFFSET, Part.LIMIT))


@pytest.mark.parametrize(("schema", "rows_", "limits"), [
    ({"maximum": 1_000}, 40, [None, 1, 3, 10, 1_000, 5, 40]),
    ({"maximum": 1_000}, 7, [None, 1, 3, 10, 1_000, 5, 7]),
    ({"maximum": 1_000}, 12, [None, 1, 3, 10, 1_000, 5, 4, 12]),
    ({"maximum": 1_000}, 9, [None, 1, 3, 10, 1_000, 5, 9]),
    ({"maximum": 1_000}, 14, [None, 1, 3, 10, 1_000, 5, 2, 14]),
    ({"maximum": 4}, 40, [None, 1, 3, 4]),
    ({"minimum": 3}, 40, [None, 3, 10, 5, 40]),
    ({"minimum": 0}, 40, [None, 1, 3, 10, 5, 40]),
    ({"maximum": 50, "exclusiveMaximum": True}, 40, [None, 1, 3, 10, 5, 40]),
    ({"enum": [5, 10]}, 40, [None, 10, 5]),
])  # fmt: skip
def test_page_sizes_are_those_that_the_document_allows(
    schema: Any, rows_: int, limits: list[int | None]
) -> None:
    requests_, operation = limited(**schema)
    cuts = requests_._cuts(operation, rows_)
    assert limits == list(dict.fromkeys(limit for _, limit in cuts))
    assert len(cuts) == len({*cuts})


def test_pages_begin_at_odd_places_and_at_the_end() -> None:
    requests_, operation = limited(maximum=1_000)
    assert requests_._cuts(operation, 40) == [
        (None, None), (None, 1), (1, 3), (40, 10), (39, None), (None, 1_000), (47, None), (2, 5),
        (None, 5), (35, 5), (None, 40), (3, 1),
    ]  # fmt: skip
    assert {(0, 5), (0, None)} <= {*requests_._cuts(operation, 0)}
    assert {None} == {start for start, _ in requests_._cuts(bound(parts=(Part.LIMIT,)), 40)}
    assert {None} == {limit for _, limit in requests_._cuts(bound(parts=(Part.OFFSET,)), 40)}


@pytest.mark.parametrize(("is_live", "number"), [(True, 8), (False, 9)])
def test_a_live_service_gets_eight_of_each_kind(is_live: bool, number: int) -> None:
    wire = SimpleNamespace(target=SimpleNamespace(is_live=is_live))
    requests_ = DerivedRequests(None, wire, DOCUMENT)  # type: ignore[arg-type]
    assert number == len(requests_._gently([*range(9)]))


ALL = (
    "LIMIT",
    "OFFSET",
    "SIZE",
    "TOTAL",
    "VIEWS",
    "PAGES",
    "IS_FIRST",
    "HAS_PREVIOUS",
    "HAS_MORE",
    "IS_LAST",
)


@pytest.mark.parametrize(("start", "limit", "expected"), [
    (0, 2, (2, 0, 1, 4, 4, 2, True, False, True, False)),
    (1, 2, (2, 1, 1, 4, 4, 2, False, True, True, False)),
    (2, 2, (2, 2, 1, 4, 4, 2, False, True, False, True)),
    (0, 3, (3, 0, 1, 4, 4, 2, True, False, True, False)),
    (0, 4, (4, 0, 1, 4, 4, 1, True, False, False, True)),
])  # fmt: skip
def test_numbers_beside_the_rows(start: int, limit: int, expected: Any) -> None:
    page = reading({}, **dict.fromkeys(ALL, 0))
    one = derived(
        values={Part.OFFSET: start, Part.LIMIT: limit}, reading=page, whole=({}, {}, {}, {})
    )
    operation = bound(parts=(Part.OFFSET, Part.LIMIT))
    numbers = dict(test_meaning_requests._numbers(operation, one, 100))
    assert dict(zip([Field[name] for name in ALL], expected, strict=True)) == numbers


def test_numbers_that_are_unknown_are_not_expected() -> None:
    expected = test_meaning_requests._numbers
    page = reading({}, **dict.fromkeys(ALL, 0))
    assert [] == [*expected(bound(), derived(), 100)]
    assert {Field.SIZE: 1} == dict(expected(bound(), derived(reading=page), 100))
    assert {} == dict(expected(bound(rows_at=None), derived(reading=page), 100))
    assert {Field.LIMIT: 100, Field.SIZE: 1} == dict(
        expected(bound(parts=(Part.LIMIT,)), derived(reading=page), 100)
    )
    viewers = dict(expected(bound(Grouping.VIEWERS), derived(reading=page, whole=({},)), None))
    assert {Field.SIZE: 1, Field.TOTAL: 1} == viewers


@pytest.mark.parametrize(("got", "plain"), [
    ("true", True), ("False", False), (True, True), ("12", 12), (-3, -3), ("many", "many"), (None, None),
])  # fmt: skip
def test_headers_are_read_as_numbers(got: Any, plain: Any) -> None:
    assert plain == test_meaning_requests._plain(got)
    assert type(plain) is type(test_meaning_requests._plain(got))


@pytest.mark.parametrize(("start", "wanted", "got", "said"), [
    (0, (1, 2), (1, 2), ""), (3, (1, 2), (1,), "expected rows 3 to 4 of 9, got 1 rows instead of 2."),
    (0, (), (1,), "expected no rows of 9, got 1 rows instead of 0."),
    (3, (1, 2), (1, 5), "expected rows 3 to 4 of 9, got 2; the first that differs is row 4."),
    (3, (1, 2), (2, 1),
     "expected rows 3 to 4 of 9, got 2; the first that differs is row 3, which is row 4."),
])  # fmt: skip
def test_how_pages_differ(start: int, wanted: Any, got: Any, said: str) -> None:
    one = derived(values={Part.OFFSET: start}, whole=({},) * 9)
    assert said == test_meaning_requests._difference(one, wanted, got)


@pytest.mark.parametrize(("status", "page", "expected", "said"), [
    (200, (1,), (1,), []), (200, (1,), None, []),
    (400, None, (1,), ["With it: expected 200, got 400."]), (401, None, (1,), []),
    (200, (2,), (1,), ["With it: expected rows 0 to 0, got 1; the first that differs is row 0."]),
])  # fmt: skip
def test_a_page_is_compared(status: int, page: Any, expected: Any, said: list[str]) -> None:
    findings = found()
    response = made(status)
    got = None if page is None else Reading(response, {}, page)
    one = derived(response=response, reading=got, rows=expected)
    test_meaning_requests._compare(findings, bound(), one)
    assert said == messages(findings)
    assert bool(findings.operations) is (
        status == 400 or (page is not None and expected is not None)
    )


def test_a_report_without_a_total_is_not_judged() -> None:
    assert 7 == test_meaning_requests._total(bound(), derived(reading=reading(TOTAL="7")))
    for one in (derived(), derived(reading=reading())):
        with pytest.raises(NotJudgedError):
            test_meaning_requests._total(bound(), one)


@pytest.mark.parametrize(("totals", "page", "said"), [
    ((4, 2, 2), 4, []), ((4, 2, 1), 4, ["With it: expected 2 + 1 rows, as in its halves, got 4."]),
    ((2, 1, 1), 2, ["With it: expected at least 3 rows, as in a part of it, got 2."]),
    ((3, 1, 2), 3, []), ((6, 3, 3), 5, []), ((6, 3, 3), 4, ["With it: expected 5 of 6 rows, got 4."]),
    ((6, 3, 3), 6, ["With it: expected 5 of 6 rows, got 6."]),
])  # fmt: skip
def test_a_long_range_is_the_sum_of_its_halves(
    totals: tuple[int, ...], page: int, said: list[str]
) -> None:
    operation = bound(parts=(Part.LIMIT,))
    several = [derived(reading=reading(*at(*range(page)), TOTAL=n)) for n in totals]
    several[0].values[Part.LIMIT] = 5  # type: ignore[index]
    known = SimpleNamespace(walk=walk(reading(*at(1, 2, 3))))
    there = SimpleNamespace(each=lambda _: [(operation, several)], whole=lambda _: known)
    findings = found()
    requests_ = SimpleNamespace(long_ranges=None)
    test_meaning_requests.test_long_ranges(there, requests_, findings)  # type: ignore[arg-type]
    assert said == messages(findings)


# whole requirements, with reports that are given


def given(bound_: Any, window_: Window, **more: Any) -> Any:
    """Return windows with one report."""
    sample = SimpleNamespace(values=lambda _: more.get("values", {}), space_key="OPS")
    return SimpleNamespace(
        each=lambda find: [(bound_, find(bound_))],
        whole=lambda _: window_,
        parted=lambda _: more["parts"],
        over=lambda *_: more["other"],
        ahead=lambda _: window_.walk.readings,
        sample=sample,
    )


DAYS = FIRST, FIRST + timedelta(days=1)


def window(*readings: Reading, is_whole: bool = True) -> Window:
    return Window(*DAYS, walk(*readings, is_whole=is_whole))


def test_rows_of_later_pages_continue_the_order() -> None:
    pages = reading(*at(1, 2)), reading(*at(5, 3)), reading(*at(3, 4))
    findings = found()
    test_meaning_pages.test_rows_are_in_order(given(SEARCHES, window(*pages)), DOCUMENT, findings)
    assert ["/results/1"] == [one.pointer for one in findings.found]
    late = reading(*at(7, 8)), reading(*at(6))
    test_meaning_pages.test_rows_are_in_order(given(SPACE, window(*late)), DOCUMENT, findings)
    assert "/results/0" == findings.found[-1].pointer


def test_without_a_declared_order_it_is_the_same_on_all_pages() -> None:
    page = reading(*at(5, 4)), reading(*at(3, 4))
    ordered = bound(parts=(Part.ORDER,), subject=SEARCHES.subject)
    findings = found()
    test_meaning_pages.test_rows_are_in_order(given(ordered, window(*page)), DOCUMENT, findings)
    assert [("/rows/1", "Expected the rows newest first, got the row too late.")] == [
        (one.pointer, one.message) for one in findings.found
    ]


def test_parts_lack_rows_and_have_others() -> None:
    whole = window(reading(*at(0, 1, 2)))
    parts = [window(reading(*at(0))), window(reading(*at(5, 6)))]
    findings = found()
    test_meaning_ranges.test_adjoining_ranges_add_up(
        given(SEARCHES, whole, parts=[parts, [whole]]), findings
    )
    (said,) = messages(findings)
    assert said == (
        "The ranges 2026-03-02 to 2026-03-03; 2026-03-02 to 2026-03-03 lack 2 of and have 2 more "
        "than the 3 rows in 2026-03-02 to 2026-03-03 "
        f"(/results/1 at {MIDNIGHT + 1}, /results/2 at {MIDNIGHT + 2})."
    )


def test_a_second_in_the_future_is_none() -> None:
    windows_ = given(SEARCHES, window(reading(*at(1_000, 1_001))))
    windows_.sample.now = MIDNIGHT
    findings = found()
    test_meaning_ranges.test_nothing_is_in_the_future(windows_, findings)
    assert ["/results/1"] == [one.pointer for one in findings.found]


@pytest.mark.parametrize(("row", "wide", "said"), [
    ({Field.SPACE_KEY: "A"}, [], "missing"), ({}, [], "not judged"), ({}, [0], "fine"),
    ({Field.SPACE_KEY: "A"}, [0], "fine"),
])  # fmt: skip
def test_a_content_in_its_space(row: Any, wide: list[int], said: str) -> None:
    content = window(reading({**at(0)[0], **row}))
    windows_ = given(VISITS, content, other=window(reading(*({**one, **row} for one in at(*wide)))))
    findings = found()

    def test() -> None:
        test_meaning_ranges.test_a_content_is_part_of_its_space(
            windows_, BINDING, findings, windows_.sample
        )

    if said == "not judged":
        with pytest.raises(NotJudgedError):
            test()
    else:
        test()
        assert (said == "missing") == bool(findings.found)


@pytest.mark.parametrize(("keys", "wrong"), [
    (["A", "A", None], []), (["A", "B", "C"], ["/results/1"]), (["@"], ["/results/0"]),
])  # fmt: skip
def test_rows_of_another_space(keys: Any, wrong: Any) -> None:
    page = window(reading(*({Field.SPACE_KEY: key} for key in keys)))
    findings = found()
    windows_ = given(SPACE, page, values={Part.SPACE_KEY: "A"})
    test_meaning_rows.test_rows_are_of_what_was_asked_for(windows_, windows_.sample, findings)
    assert wrong == [one.pointer for one in findings.found]
    none = window(reading({}))
    unjudged = found()
    windows_ = given(SPACE, none, values={Part.SPACE_KEY: "A"})
    test_meaning_rows.test_rows_are_of_what_was_asked_for(windows_, windows_.sample, unjudged)
    assert () == unjudged.operations


def test_a_row_is_repeated_or_viewed_again_but_told_once() -> None:
    rows_ = [view(0), view(0), view(2), view(60)]
    findings = found()
    page = window(Reading(made(), {}, tuple(rows_)))
    for one in page.walk.readings:
        one.__dict__["raw"] = ({"a": 1}, {"a": 1}, {"a": 2}, {"a": 3})
        one.__dict__["rows"] = tuple({**row, Field.ROW_ID: n // 2} for n, row in enumerate(rows_))
    test_meaning_rows.test_no_row_is_repeated(given(SPACE, page), DOCUMENT, findings)
    assert [("/results/1", "Expected the row once, got a duplicate. One more row is affected."),
            ("/results/2", "Expected one view by the user within 5 seconds, got another.")] == [
        (one.pointer, one.message) for one in findings.found
    ]  # fmt: skip


def test_contents_have_one_title_and_another_parent() -> None:
    def row(title: str, parent: Any, content: Any = 1) -> Any:
        return {Field.CONTENT_ID: content, Field.CONTENT_TITLE: title, Field.PARENT_ID: parent}

    page = reading(row("a", 2), row("b", 2), row("b", 1), row("x", None, None), row("b", 2))
    findings = found()
    test_meaning_people.test_contents_are_one([(SPACE, page)], findings)
    same = "Expected the same {} as in other rows of the content, got another one."
    assert [(same.format(Field.CONTENT_TITLE), "/results/0"), (same.format(Field.PARENT_ID), "/results/2")] == [
        (one.message, one.pointer) for one in findings.found
    ]  # fmt: skip


class Head(SimpleNamespace):
    """A wire that answers HEAD with a given response."""

    def send(self, method: str, *_: Any, **__: Any) -> Any:
        return self.head if method == "HEAD" else self.refused


@pytest.mark.parametrize(("head", "said"), [
    (made(200, method="HEAD"), []), (made(404, method="HEAD"), ["Expected the status of GET, 200, got 404."]),
    (made(503, method="HEAD"), []),
    (made(200, headers={"Content-Type": "text/plain"}, method="HEAD"),
     ["Expected the content type of GET, application/json, got text/plain."]),
    (made(200, headers={"Content-Length": "0"}, method="HEAD"),
     ["Expected the length of GET or none, got `Content-Length: 0`."]),
    (made(200, headers={"Content-Length": "1"}, method="HEAD"), []),
], ids=["equal", "status", "busy", "type", "no length", "another length"])  # fmt: skip
def test_head_and_get(head: Any, said: list[str]) -> None:
    page = window(reading(response=made(200, {"a": 1})))
    wire = Head(head=head, refused=made(503), responses=[])
    findings = found()
    test_meaning_rows.test_head_is_like_get(given(SEARCHES, page), wire, findings)  # type: ignore[arg-type]
    assert said == messages(findings)
