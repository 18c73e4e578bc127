"""The `Prefer` header: what is met, and what is ignored and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.faults.prefer import parse_prefer


def met(*lines: str) -> list[str]:
    return [one.text for one in parse_prefer(lines, ["outage"])[0]]


def ignored(*lines: str) -> list[str]:
    return parse_prefer(lines, ["outage"])[1]


@pytest.mark.parametrize(("lines", "expected"), [
    (["code=503"], ["code=503"]), (["Code = 503"], ["code=503"]), (['code="503"'], ["code=503"]),
    (["code=503, delay=5"], ["code=503", "delay=5"]),
    (["code=503", "delay=5"], ["code=503", "delay=5"]),
    (["code=503; why=because, rows=0"], ["code=503", "rows=0"]),
    (["code=503, code=404"], ["code=503"]), (["scenario=outage"], ["scenario=outage"]),
    (['example="no, rows"'], ["example=no, rows"]), ([""], []), ([",,"], []),
])  # fmt: skip
def test_what_can_be_met(lines: list[str], expected: list[str]) -> None:
    assert expected == met(*lines)
    assert [] == ignored(*lines)


@pytest.mark.parametrize(("line", "because"), [
    ("code=200", "from 400 to 599"), ("code=x", "not a whole number"),
    ("code", "not a whole number"), ("delay=-1", "from 0 to 60000"),
    ("delay=99999999999999999999", "from 0 to 60000"), ("rows=1e3", "not a whole number"),
    ("scenario=outrage", "Did you mean 'outage'?"),
    ("wait=10", "known are code, delay, rows, example, scenario."),
    ("cod=1", "Did you mean 'code'?"),
])  # fmt: skip
def test_what_is_ignored_and_why(line: str, because: str) -> None:
    assert [] == met(line)
    (sentence,) = ignored(line)
    assert because in sentence


@given(st.lists(st.text(), max_size=3))
def test_nothing_that_is_sent_breaks_the_reading(lines: list[str]) -> None:
    parse_prefer(lines, ["outage"])
