"""Reports that break the requirements about meaning."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.errors import NotCheckedError
from contract_tests.suite import (
    test_meaning_people,
    test_meaning_ranges,
    test_meaning_rows,
)
from contract_tests.suite.windows import Window
from contract_tests.wire.request import Reading
from mock_server import Field, Part
from tests.contract_tests.made_responses import (
    BINDING,
    DOCUMENT,
    FIRST,
    MIDNIGHT,
    SEARCHES,
    SPACE,
    VISITS,
    at,
    bound,
    found,
    made,
    messages,
    reading,
    view,
    walk,
)


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


def test_the_order_is_checked_across_pages() -> None:
    pages = reading(*at(1, 2)), reading(*at(5, 3)), reading(*at(3, 4))
    findings = found()
    test_meaning_rows.test_rows_are_in_order(given(SEARCHES, window(*pages)), DOCUMENT, findings)
    assert ["/results/1"] == [one.pointer for one in findings.found]
    late = reading(*at(7, 8)), reading(*at(6))
    test_meaning_rows.test_rows_are_in_order(given(SPACE, window(*late)), DOCUMENT, findings)
    assert "/results/0" == findings.found[-1].pointer


def test_an_undeclared_order_must_be_the_same_on_all_pages() -> None:
    page = reading(*at(5, 4)), reading(*at(3, 4))
    ordered = bound(parts=(Part.ORDER,), subject=SEARCHES.subject)
    findings = found()
    test_meaning_rows.test_rows_are_in_order(given(ordered, window(*page)), DOCUMENT, findings)
    assert [("/rows/1", "Expected the rows newest first, got the row too late.")] == [
        (one.pointer, one.message) for one in findings.found
    ]


def test_missing_and_additional_rows_of_parts_are_described() -> None:
    whole = window(reading(*at(0, 1, 2)))
    parts = [window(reading(*at(0))), window(reading(*at(5, 6)))]
    findings = found()
    test_meaning_ranges.test_adjoining_ranges_add_up(
        given(SEARCHES, whole, parts=[parts, [whole]]), findings
    )
    (expected,) = messages(findings)
    assert expected == (
        "The ranges 2026-03-02 to 2026-03-03; 2026-03-02 to 2026-03-03 lack 2 of and have 2 more "
        "than the 3 rows in 2026-03-02 to 2026-03-03 "
        f"(/results/1 at {MIDNIGHT + 1}, /results/2 at {MIDNIGHT + 2})."
    )


def test_rows_up_to_one_second_in_the_future_are_accepted() -> None:
    windows_ = given(SEARCHES, window(reading(*at(1_000, 1_001))))
    windows_.sample.now = MIDNIGHT
    findings = found()
    test_meaning_ranges.test_nothing_is_in_the_future(windows_, findings)
    assert ["/results/1"] == [one.pointer for one in findings.found]


@pytest.mark.parametrize(("row", "wide", "expected"), [
    ({Field.SPACE_KEY: "A"}, [], "missing"), ({}, [], "not checked"), ({}, [0], "fine"),
    ({Field.SPACE_KEY: "A"}, [0], "fine"),
])  # fmt: skip
def test_rows_of_a_content_must_be_in_its_space(row: Any, wide: list[int], expected: str) -> None:
    content = window(reading({**at(0)[0], **row}))
    windows_ = given(VISITS, content, other=window(reading(*({**one, **row} for one in at(*wide)))))
    findings = found()

    def test() -> None:
        test_meaning_ranges.test_a_content_is_part_of_its_space(
            windows_, BINDING, findings, windows_.sample
        )

    if expected == "not checked":
        with pytest.raises(NotCheckedError):
            test()
    else:
        test()
        assert (expected == "missing") == bool(findings.found)


@pytest.mark.parametrize(("keys", "wrong"), [
    (["A", "A", None], []), (["A", "B", "C"], ["/results/1"]), (["@"], ["/results/0"]),
])  # fmt: skip
def test_rows_of_another_space_are_found(keys: Any, wrong: Any) -> None:
    page = window(reading(*({Field.SPACE_KEY: key} for key in keys)))
    findings = found()
    windows_ = given(SPACE, page, values={Part.SPACE_KEY: "A"})
    test_meaning_rows.test_rows_are_of_what_was_asked_for(windows_, windows_.sample, findings)
    assert wrong == [one.pointer for one in findings.found]
    none = window(reading({}))
    unchecked = found()
    windows_ = given(SPACE, none, values={Part.SPACE_KEY: "A"})
    test_meaning_rows.test_rows_are_of_what_was_asked_for(windows_, windows_.sample, unchecked)
    assert () == unchecked.operations


def test_repeated_rows_and_views_are_reported_once() -> None:
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


def test_contents_must_have_one_title_and_another_parent() -> None:
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
    """A wire that returns a given response to HEAD."""

    def send(self, method: str, *_: Any, **__: Any) -> Any:
        return self.head if method == "HEAD" else self.refused


@pytest.mark.parametrize(("head", "expected"), [
    (made(200, method="HEAD"), []), (made(404, method="HEAD"), ["Expected the status of GET, 200, got 404."]),
    (made(503, method="HEAD"), []),
    (made(200, headers={"Content-Type": "text/plain"}, method="HEAD"),
     ["Expected the content type of GET, application/json, got text/plain."]),
    (made(200, headers={"Content-Length": "0"}, method="HEAD"),
     ["Expected the length of GET or none, got `Content-Length: 0`."]),
    (made(200, headers={"Content-Length": "1"}, method="HEAD"),
     ["Expected the length of GET or none, got `Content-Length: 1`."]),
], ids=["equal", "status", "busy", "type", "no length", "another length"])  # fmt: skip
def test_responses_to_head_and_get_are_compared(head: Any, expected: list[str]) -> None:
    page = window(reading(response=made(200, {"a": 1})))
    wire = Head(head=head, refused=made(503), responses=[])
    findings = found()
    test_meaning_rows.test_head_is_like_get(given(SEARCHES, page), wire, findings)
    assert expected == messages(findings)
