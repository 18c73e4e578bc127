"""Expected responses of derived requests, and the descriptions of differences."""

from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.errors import NotCheckedError
from contract_tests.suite import (
    derived_requests,
    test_meaning_requests,
)
from contract_tests.suite.derived_requests import Derived, DerivedRequests
from contract_tests.wire.request import Reading
from mock_server import Field, Grouping, Part
from tests.contract_tests.made_responses import (
    DOCUMENT,
    at,
    bound,
    found,
    made,
    messages,
    reading,
    walk,
)


def derived(**values: Any) -> Derived:
    known = {"what": "it", "values": {}, "response": made(), "reading": None, **values}
    return Derived(**known)


@pytest.mark.parametrize(("status", "whole", "is_refused"), [
    (200, (), True), (401, (), True), (403, (), True), (404, (), False), (404, None, True),
    (503, (), True), (429, (), True), (400, None, False), (500, (), False),
])  # fmt: skip
def test_statuses_that_refuse_a_derived_request_are_known(
    status: int, whole: Any, is_refused: bool
) -> None:
    assert is_refused is derived(response=made(status), whole=whole).is_refused(200)


@pytest.mark.parametrize(("before", "after", "has_grown"), [
    ((), (), True), ((1, 2), (1, 2), True), ((1, 2), (1, 3, 2, 4), True), ((1, 2), (2, 1), False),
    ((1, 2), (1,), False), ((), (1,), True),
])  # fmt: skip
def test_a_report_may_get_more_rows(before: Any, after: Any, has_grown: bool) -> None:
    assert has_grown is derived_requests._has_grown(before, after)


@pytest.mark.parametrize(("start", "size", "expected"), [
    (0, 2, (1, 2)), (1, 2, (2, 3)), (2, 5, (3, 4)), (9, 2, ()), (0, None, None),
])  # fmt: skip
def test_expected_pages_are_parts_of_all_rows(start: int, size: int | None, expected: Any) -> None:
    known = walk(Reading(made(), {}, (1, 2, 3, 4)))
    assert expected == derived_requests._page_of(bound(), known, start, size)["rows"]
    assert derived_requests._page_of(bound(rows_at=None), known, start, 2)["rows"] is None
    assert {} == derived_requests._page_of(bound(), None, start, size)


@pytest.mark.parametrize(("total", "offset"), [
    (0, {}), (3, {Part.OFFSET: 0}), (5, {Part.OFFSET: 0}), (9, {Part.OFFSET: 4}), ("7", {Part.OFFSET: 2}),
    (None, {}),
])  # fmt: skip
def test_the_last_page_is_requested_with_five_rows(total: Any, offset: Any) -> None:
    assert offset == DerivedRequests._end(derived(reading=reading(TOTAL=total)))
    assert {} == DerivedRequests._end(derived())


def limited(**schema: Any) -> tuple[DerivedRequests, Any]:
    requests_ = DerivedRequests(None, None, None)
    requests_._schema = lambda *_: schema
    return requests_, bound(parts=(Part.OFFSET, Part.LIMIT))


@pytest.mark.parametrize(("schema", "rows_", "limits"), [
    ({"maximum": 1_000}, 40, [None, 1, 3, 10, 1_000, 5, 40]),
    ({"maximum": 1_000}, 7, [None, 1, 3, 10, 1_000, 5, 7]),
    ({"maximum": 1_000}, 12, [None, 1, 3, 10, 1_000, 5, 4, 12]),
    ({"maximum": 1_000}, 6, [None, 1, 3, 10, 1_000, 5, 6]),
    ({"maximum": 1_000}, 9, [None, 1, 3, 10, 1_000, 5, 9]),
    ({"maximum": 1_000}, 14, [None, 1, 3, 10, 1_000, 5, 2, 14]),
    ({"maximum": 4}, 40, [None, 1, 3, 4]),
    ({"minimum": 3}, 40, [None, 3, 10, 5, 40]),
    ({"minimum": 0}, 40, [None, 1, 3, 10, 5, 40]),
    ({"maximum": 50, "exclusiveMaximum": True}, 40, [None, 1, 3, 10, 5, 40]),
    ({"enum": [5, 10]}, 40, [None, 10, 5]),
])  # fmt: skip
def test_page_sizes_are_allowed_by_the_document(
    schema: Any, rows_: int, limits: list[int | None]
) -> None:
    requests_, operation = limited(**schema)
    cuts = requests_._cuts(operation, rows_)
    assert limits == list(dict.fromkeys(limit for _, limit in cuts))
    assert len(cuts) == len({*cuts})


def test_pages_start_at_unusual_offsets_and_at_the_end() -> None:
    requests_, operation = limited(maximum=1_000)
    assert requests_._cuts(operation, 40) == [
        (None, None), (None, 1), (1, 3), (40, 10), (39, None), (None, 1_000), (47, None), (2, 5),
        (None, 5), (35, 5), (None, 40), (3, 1),
    ]  # fmt: skip
    assert {(0, 5), (0, None)} <= {*requests_._cuts(operation, 0)}
    assert {None} == {start for start, _ in requests_._cuts(bound(parts=(Part.LIMIT,)), 40)}
    assert {None} == {limit for _, limit in requests_._cuts(bound(parts=(Part.OFFSET,)), 40)}


@pytest.mark.parametrize(("is_live", "number"), [(True, 8), (False, 9)])
def test_a_live_service_gets_eight_requests_of_each_kind(is_live: bool, number: int) -> None:
    wire = SimpleNamespace(target=SimpleNamespace(is_live=is_live))
    requests_ = DerivedRequests(None, wire, DOCUMENT)
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
def test_expected_numbers_of_a_page_are_computed(start: int, limit: int, expected: Any) -> None:
    page = reading({}, **dict.fromkeys(ALL, 0))
    one = derived(
        values={Part.OFFSET: start, Part.LIMIT: limit}, reading=page, whole=({}, {}, {}, {})
    )
    operation = bound(parts=(Part.OFFSET, Part.LIMIT))
    numbers = dict(test_meaning_requests._numbers(operation, one, 100))
    assert dict(zip([Field[name] for name in ALL], expected, strict=True)) == numbers


def test_unknown_numbers_are_not_expected() -> None:
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
def test_texts_of_headers_are_converted(got: Any, plain: Any) -> None:
    assert plain == test_meaning_requests._plain(got)
    assert type(plain) is type(test_meaning_requests._plain(got))


@pytest.mark.parametrize(("start", "rows", "got", "expected_message"), [
    (0, (1, 2), (1, 2), ""), (3, (1, 2), (1,), "expected rows 3 to 4 of 9, got 1 rows instead of 2."),
    (0, (), (1,), "expected no rows of 9, got 1 rows instead of 0."),
    (3, (1, 2), (1, 5), "expected rows 3 to 4 of 9, got 2; the first that differs is row 4."),
    (3, (1, 2), (2, 1),
     "expected rows 3 to 4 of 9, got 2; the first that differs is row 3, which is row 4."),
])  # fmt: skip
def test_differences_of_pages_are_described(
    start: int, rows: Any, got: Any, expected_message: str
) -> None:
    one = derived(values={Part.OFFSET: start}, whole=({},) * 9)
    assert expected_message == test_meaning_requests._difference(one, rows, got)


@pytest.mark.parametrize(("status", "page", "expected", "expected_message"), [
    (200, (1,), (1,), []), (200, (1,), None, []),
    (400, None, (1,), ["With it: expected 200, got 400."]), (401, None, (1,), []),
    (200, (2,), (1,), ["With it: expected rows 0 to 0, got 1; the first that differs is row 0."]),
])  # fmt: skip
def test_pages_are_compared_with_expected_rows(
    status: int, page: Any, expected: Any, expected_message: list[str]
) -> None:
    findings = found()
    response = made(status)
    got = None if page is None else Reading(response, {}, page)
    one = derived(response=response, reading=got, rows=expected)
    test_meaning_requests._compare(findings, bound(), one)
    assert expected_message == messages(findings)
    assert bool(findings.operations) is (
        status == 400 or (page is not None and expected is not None)
    )


def test_a_report_without_a_total_is_not_checked() -> None:
    assert 7 == test_meaning_requests._total(bound(), derived(reading=reading(TOTAL="7")))
    for one in (derived(), derived(reading=reading())):
        with pytest.raises(NotCheckedError):
            test_meaning_requests._total(bound(), one)


@pytest.mark.parametrize(("totals", "page", "expected_message"), [
    ((4, 2, 2), 4, []), ((4, 2, 1), 4, ["With it: expected 2 + 1 rows, as in its halves, got 4."]),
    ((2, 1, 1), 2, ["With it: expected at least 3 rows, as in a part of it, got 2."]),
    ((3, 1, 2), 3, []), ((6, 3, 3), 5, []), ((6, 3, 3), 4, ["With it: expected 5 of 6 rows, got 4."]),
    ((6, 3, 3), 6, ["With it: expected 5 of 6 rows, got 6."]),
])  # fmt: skip
def test_a_long_range_is_compared_with_its_halves(
    totals: tuple[int, ...], page: int, expected_message: list[str]
) -> None:
    operation = bound(parts=(Part.LIMIT,))
    several = [derived(reading=reading(*at(*range(page)), TOTAL=n)) for n in totals]
    several[0].values[Part.LIMIT] = 5
    known = SimpleNamespace(walk=walk(reading(*at(1, 2, 3))))
    there = SimpleNamespace(each=lambda _: [(operation, several)], whole=lambda _: known)
    findings = found()
    requests_ = SimpleNamespace(long_ranges=None)
    test_meaning_requests.test_long_ranges(there, requests_, findings)
    assert expected_message == messages(findings)
