"""The ranges and pages that are requested, and when there are too few rows for them."""

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.errors import NotCheckedError
from contract_tests.suite import derived_requests
from contract_tests.suite.derived_requests import DerivedRequests
from contract_tests.suite.windows import Windows
from contract_tests.wire.paging import Walk
from contract_tests.wire.request import DAY, Reading
from mock_server import Field, Part
from tests.contract_tests.made_responses import BINDING, DOCUMENT, FIRST, MIDNIGHT, SEARCHES, made

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


class Derived(DerivedRequests):
    """Records the parameters instead of sending them."""

    total: Any = None

    def _send(self, what: str, bound: Any, values: Any, **known: Any) -> Any:
        self.sent.append((what, {str(part): value for part, value in values.items()}))
        reading = Reading(made(), {Field.TOTAL: self.total}, (len(self.sent),))
        known.pop("is_shared", None)
        return derived_requests.Derived(what, values, made(), reading, **known)


def derived(rows: int, total: Any = None, **more: Any) -> Derived:
    wire: Any = SimpleNamespace(target=SimpleNamespace(is_live=False))
    requests = Derived(windows(rows, **more), wire, DOCUMENT)
    requests.sent, requests.total = [], total
    return requests


def test_expected_rows_of_derived_pages_are_known() -> None:
    requests = derived(4)
    pages = requests.pages(SEARCHES)
    by_name = {one.what: one for one in pages}
    assert by_name["neither offset nor limit"].rows == by_name["page 1 of 2 rows"].whole
    assert {FIRST, LAST, 1, 3} == {*requests.sent[2][1].values()}
    assert 3 == len(by_name["offset 1, page size 3"].rows or ())
    assert {Part.OFFSET: 0, Part.LIMIT: 2} == by_name["page 1 of 2 rows"].values
    assert 2 == len(by_name["page 1 of 2 rows"].rows or ())
    unknown = derived(0)
    assert {None} == {one.rows for one in unknown.pages(SEARCHES)}
    values = unknown.sent[3][1].values()
    assert {TODAY - timedelta(days=29), TODAY, 10} == {*values}


def test_derived_ranges_are_days_halves_and_one_reversed() -> None:
    requests = derived(100)
    spans = [one.what for one in requests.ranges(SEARCHES)]
    middle = date(2026, 3, 5)
    assert spans == [
        f"{begin} to {end}"
        for begin, end in ((LAST, date(2000, 2, 29)), (LAST, LAST), (FIRST, FIRST), (middle, middle),
                           (FIRST, middle), (middle, LAST))
    ]  # fmt: skip
    inside = [len(one.whole or ()) for one in requests.ranges(SEARCHES)]
    assert [0, 0, 24, 24, 96, 28] == inside
    short = derived(9, last=FIRST)
    assert f"{FIRST} to 2000-02-29" == short.ranges(SEARCHES)[0].what


def test_a_derived_long_range_has_two_halves() -> None:
    requests = derived(100, 7)
    found = requests.long_ranges(SEARCHES)
    begin = LAST - timedelta(days=367)
    middle = LAST - timedelta(days=183)
    assert [one.what for one in found] == [
        f"{begin} to {LAST}", f"{begin} to {middle}", f"{middle + timedelta(days=1)} to {LAST}",
        "offset 2",
    ]  # fmt: skip
    assert [1_000, 1, 1, None] == [one.values.get(Part.LIMIT) for one in found]
    assert 5 == len(found[3].rows or ())
    assert 3 == len(derived(100, 0).long_ranges(SEARCHES))
    assert 3 == len(derived(100, 7, step=-1).long_ranges(SEARCHES))


def test_omitted_days_are_requested_with_known_totals_before_and_after() -> None:
    requests = derived(100, 9)
    found = requests.defaults(SEARCHES)
    assert ["no days", "a first day only", "a last day only"] == [one.what for one in found]
    sent = [{*values.values()} for _, values in requests.sent]
    month = TODAY - timedelta(days=29)
    assert [{month, TODAY}, {month, TODAY, 4}, {4}, {month, TODAY, 4}] == sent[:4]
    assert [{FIRST, TODAY}, {FIRST, TODAY, 4}, {FIRST, 4}, {FIRST, TODAY, 4}] == sent[4:8]
    begin = LAST - timedelta(days=29)
    assert [{begin, LAST}, {begin, LAST, 4}, {LAST, 4}, {begin, LAST, 4}] == sent[8:]
    assert [4, 8, 12] == [(one.rows or (0,))[0] for one in found]
