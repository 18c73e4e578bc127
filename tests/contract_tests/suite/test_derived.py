"""The ranges, pages and derived requests, their expected responses, and descriptions of differences."""

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.errors import NotCheckedError
from contract_tests.suite import derived_requests, test_meaning_requests
from contract_tests.suite.derived_requests import Derived, DerivedRequests
from contract_tests.suite.windows import Windows
from contract_tests.wire.paging import Walk
from contract_tests.wire.request import DAY, Reading
from mock_server import Field, Grouping, Part
from tests.contract_tests.made_responses import (
    BINDING,
    DOCUMENT,
    FIRST,
    MIDNIGHT,
    SEARCHES,
    at,
    bound,
    found,
    made,
    messages,
    reading,
    walk,
)

LAST, TODAY = date(2026, 3, 9), date(2026, 3, 10)


class Sample(SimpleNamespace):
    """A sample of a report with a number of rows, one per hour."""

    rows = 0
    step = 1
    is_whole = True
    today = TODAY

    def range(self, _: Any) -> tuple[date, date]:
        return FIRST, self.last if "last" in vars(self) else LAST

    def values(self, _: Any) -> dict[Part, Any]:
        return {}

    def reading(self, _: Any) -> str:
        return "known"

    def pages(self, _: Any, values: Any, *, limit: int | None = None, most: int) -> Walk:
        self.requests.append((values, limit, most))
        hours = range(self.rows)[:: self.step]
        rows = tuple({Field.TIME: MIDNIGHT + n * DAY // 24} for n in hours)
        return Walk((Reading(made(), {}, rows),), limit, self.is_whole)


def windows(rows: int, **more: Any) -> Windows:
    sample: Any = Sample(requests=[], rows=rows, **more)
    return Windows(sample, BINDING, DOCUMENT, 0)


def test_a_report_needs_rows_but_not_too_many() -> None:
    whole = windows(1).whole(SEARCHES)
    assert (FIRST, LAST) == whole.days
    with pytest.raises(NotCheckedError, match="no rows from 2026-03-02 to 2026-03-09"):
        windows(0).whole(SEARCHES)
    with pytest.raises(NotCheckedError, match="too many rows"):
        windows(1, is_whole=False).whole(SEARCHES)


@pytest.mark.parametrize(("rows", "least", "most"), [(4, 2, 2), (5, 2, 3), (6, 2, 4), (20, 7, 13)])
def test_reports_are_read_in_two_or_three_pages(rows: int, least: int, most: int) -> None:
    there, drawn = windows(rows), []
    there._drawn = lambda strategy: drawn.append(repr(strategy)) or 2
    assert 2 == there.pages(SEARCHES).limit
    sizes = [*range(least, most + 1)]
    assert ["just(2)" if sizes == [2] else f"sampled_from({sizes})"] == drawn
    values, _, pages = there.sample.requests[-1]
    assert ({Part.START: FIRST, Part.END: LAST}, 5) == (values, pages)
    assert 2 == there.sample.requests[0][2]


def test_several_pages_need_four_rows() -> None:
    with pytest.raises(NotCheckedError, match="too few rows for several pages"):
        windows(3).pages(SEARCHES)


def test_parts_of_a_range_adjoin() -> None:
    partitions = windows(100).parted(SEARCHES)
    assert 1 <= len(partitions) <= 2
    for parts in partitions:
        assert (FIRST, LAST) == (parts[0].first, parts[-1].last)
        assert 2 <= len(parts) <= 3
        for one, other in pairwise(parts):
            assert one.last is not None
            assert other.first == one.last + timedelta(days=1)
    with pytest.raises(NotCheckedError, match="only one day"):
        windows(9, last=FIRST).parted(SEARCHES)
    assert 2 == len(windows(9, last=FIRST + timedelta(days=1)).parted(SEARCHES)[0])
    assert 1 == len(windows(9, last=FIRST).ranges(SEARCHES))
    assert 1 + sum(map(len, partitions)) == len(windows(100).ranges(SEARCHES))


def test_the_next_thirty_days_are_requested() -> None:
    there = windows(1)
    assert "known" == there.ahead(SEARCHES)[0]
    values, _, most = there.sample.requests[-1]
    assert ({Part.START: TODAY, Part.END: date(2026, 4, 9)}, 2) == (values, most)


def test_reasons_are_listed_if_no_operation_can_be_checked() -> None:
    there, requests = windows(1), []

    def find(bound: Any) -> int:
        requests.append(bound)
        if len(requests) == 1:
            raise NotCheckedError("no")
        return len(requests)

    assert [2, 3] == [number for _, number in there.each(find)]
    requests.clear()

    def refuse(bound: Any) -> int:
        raise NotCheckedError(f"No {bound.operation.id[3:5]}.")

    with pytest.raises(NotCheckedError, match=r"^No Co\. No Sp\. No Se\.$"):
        [*there.each(refuse)]


class RecordingRequests(DerivedRequests):
    """Records the parameters instead of sending them."""

    total: Any = None

    def _send(self, what: str, bound: Any, values: Any, **known: Any) -> Any:
        self.sent.append((what, {str(part): value for part, value in values.items()}))
        reading = Reading(made(), {Field.TOTAL: self.total}, (len(self.sent),))
        known.pop("is_shared", None)
        return derived_requests.Derived(what, values, made(), reading, **known)


def recording(rows: int, total: Any = None, **more: Any) -> RecordingRequests:
    wire: Any = SimpleNamespace(target=SimpleNamespace(is_live=False))
    requests = RecordingRequests(windows(rows, **more), wire, DOCUMENT)
    requests.sent, requests.total = [], total
    return requests


def test_expected_rows_of_derived_pages_are_known() -> None:
    requests = recording(4)
    pages = requests.pages(SEARCHES)
    by_name = {one.what: one for one in pages}
    assert by_name["neither offset nor limit"].rows == by_name["page 1 of 2 rows"].whole
    assert {FIRST, LAST, 1, 3} == {*requests.sent[2][1].values()}
    assert 3 == len(by_name["offset 1, page size 3"].rows or ())
    assert {Part.OFFSET: 0, Part.LIMIT: 2} == by_name["page 1 of 2 rows"].values
    assert 2 == len(by_name["page 1 of 2 rows"].rows or ())
    unknown = recording(0)
    assert {None} == {one.rows for one in unknown.pages(SEARCHES)}
    values = unknown.sent[3][1].values()
    assert {TODAY - timedelta(days=29), TODAY, 10} == {*values}


def test_derived_ranges_are_days_halves_and_one_reversed() -> None:
    requests = recording(100)
    spans = [one.what for one in requests.ranges(SEARCHES)]
    middle = date(2026, 3, 5)
    assert spans == [
        f"{begin} to {end}"
        for begin, end in ((LAST, date(2000, 2, 29)), (LAST, LAST), (FIRST, FIRST), (middle, middle),
                           (FIRST, middle), (middle, LAST))
    ]  # fmt: skip
    inside = [len(one.whole or ()) for one in requests.ranges(SEARCHES)]
    assert [0, 0, 24, 24, 96, 28] == inside
    short = recording(9, last=FIRST)
    assert f"{FIRST} to 2000-02-29" == short.ranges(SEARCHES)[0].what


def test_a_derived_long_range_has_two_halves() -> None:
    requests = recording(100, 7)
    found = requests.long_ranges(SEARCHES)
    begin = LAST - timedelta(days=367)
    middle = LAST - timedelta(days=183)
    assert [one.what for one in found] == [
        f"{begin} to {LAST}", f"{begin} to {middle}", f"{middle + timedelta(days=1)} to {LAST}",
        "offset 2",
    ]  # fmt: skip
    assert [1_000, 1, 1, None] == [one.values.get(Part.LIMIT) for one in found]
    assert 5 == len(found[3].rows or ())
    assert 3 == len(recording(100, 0).long_ranges(SEARCHES))
    assert 3 == len(recording(100, 7, step=-1).long_ranges(SEARCHES))


def test_omitted_days_are_requested_with_known_totals_before_and_after() -> None:
    requests = recording(100, 9)
    found = requests.defaults(SEARCHES)
    assert ["no days", "a first day only", "a last day only"] == [one.what for one in found]
    sent = [{*values.values()} for _, values in requests.sent]
    month = TODAY - timedelta(days=29)
    assert [{month, TODAY}, {month, TODAY, 4}, {4}, {month, TODAY, 4}] == sent[:4]
    assert [{FIRST, TODAY}, {FIRST, TODAY, 4}, {FIRST, 4}, {FIRST, TODAY, 4}] == sent[4:8]
    begin = LAST - timedelta(days=29)
    assert [{begin, LAST}, {begin, LAST, 4}, {LAST, 4}, {begin, LAST, 4}] == sent[8:]
    assert [4, 8, 12] == [(one.rows or (0,))[0] for one in found]


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
