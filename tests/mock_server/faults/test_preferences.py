"""The `Prefer` header: which preferences are honoured, which are ignored, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.faults.prefer import parse_prefer


def honoured(*lines: str) -> list[str]:
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
def test_valid_preferences_are_parsed(lines: list[str], expected: list[str]) -> None:
    assert expected == honoured(*lines)
    assert [] == ignored(*lines)


@pytest.mark.parametrize(("line", "reason"), [
    ("code=200", "from 400 to 599"), ("code=x", "not a whole number"),
    ("code", "not a whole number"), ("delay=-1", "from 0 to 60000"),
    ("delay=99999999999999999999", "from 0 to 60000"), ("rows=1e3", "not a whole number"),
    ("scenario=outrage", "Did you mean 'outage'?"),
    ("wait=10", "known are code, delay, rows, example, scenario."),
    ("cod=1", "Did you mean 'code'?"),
])  # fmt: skip
def test_invalid_preferences_are_ignored_with_a_reason(line: str, reason: str) -> None:
    assert [] == honoured(line)
    (sentence,) = ignored(line)
    assert reason in sentence


@given(st.lists(st.text(), max_size=3))
def test_any_header_value_can_be_parsed(lines: list[str]) -> None:
    parse_prefer(lines, ["outage"])
