"""Known deviations: reported without failure until they expire."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.checking.known import read_known
from contract_tests.errors import OptionError
from contract_tests.model import Run, Verdict

Checked = Callable[..., Run]

BROKE = "findings.add('odd', operation='getSearches', pointer='/results/3/device')"
ENTRY = """
[[known]]
requirement = "X-01"
reason = "They know."
expires = {expires}
"""


@pytest.fixture
def make_known(tmp_path: Path) -> Callable[..., Path]:
    def make(*more: str, expires: str = "9999-12-31") -> Path:
        path = tmp_path / "known.toml"
        path.write_text(ENTRY.format(expires=expires) + "\n".join(more))
        return path

    return make


@pytest.mark.parametrize("more", [
    "", 'operation = "getSearches"', 'pointer = "/results/*/device"',
    'pointer = "/results/3/device"',
])  # fmt: skip
def test_a_known_deviation_is_no_failure(
    checked: Checked, make_known: Callable[..., Path], more: str
) -> None:
    run = checked(BROKE, known=make_known(more))
    assert [Verdict.KNOWN, Verdict.HELD] == [outcome.verdict for outcome in run.outcomes]
    assert "They know. (until 9999-12-31)" == run.outcomes[0].reason
    assert "odd" == run.outcomes[0].findings[0].message
    assert 0 == run.exit_code


@pytest.mark.parametrize("more", [
    'operation = "getSpaceVisits"', 'residency = "de"', 'pointer = "/results/*"',
    'pointer = "/results/*/device/x"', 'pointer = "/results/4/device"',
])  # fmt: skip
def test_findings_outside_a_known_deviation_break(
    checked: Checked, make_known: Callable[..., Path], more: str
) -> None:
    assert Verdict.BROKE == checked(BROKE, known=make_known(more)).outcomes[0].verdict


def test_one_finding_outside_a_known_deviation_breaks(
    checked: Checked, make_known: Callable[..., Path]
) -> None:
    body = BROKE + "; findings.add('new', operation='getSpaceVisits')"
    run = checked(body, known=make_known('operation = "getSearches"'))
    assert Verdict.BROKE == run.outcomes[0].verdict


@pytest.mark.parametrize(("body", "expires", "verdict", "message"), [
    (BROKE, "2020-02-29", Verdict.BROKE, "The known deviation X-01 expired on 2020-02-29."),
    ("findings.checked('getSearches')", "9999-12-31", Verdict.HELD, "did not occur"),
], ids=["expired", "no longer needed"])  # fmt: skip
def test_an_expired_or_unused_known_deviation_fails(
    checked: Checked, make_known: Callable[..., Path], body: str, expires: str,
    verdict: Verdict, message: str
) -> None:  # fmt: skip
    known, check = checked(body, known=make_known(expires=expires)).outcomes
    assert [verdict, Verdict.BROKE] == [known.verdict, check.verdict]
    assert "KNOWN-01" == check.requirement.id
    assert message in check.findings[0].message


@pytest.mark.parametrize("body", ["pytest.skip('x')", "pass"])
def test_a_skipped_requirement_does_not_make_a_known_deviation_unused(
    checked: Checked, make_known: Callable[..., Path], body: str
) -> None:
    run = checked(body, known=make_known())
    assert [Verdict.NOT_RUN] == [outcome.verdict for outcome in run.outcomes]


@pytest.mark.parametrize(("text", "message"), [
    ("[[known", "is not TOML"), ("x = 1", "'x' is not a key"),
    ("known = 1", "must be a list of tables"), ("known = [1]", "item 1, is 1; it must be a table"),
    ('[[known]]\nrequirment = "X"', "'requirment' is not a key.*Did you mean 'requirement'"),
    ('[[known]]\nrequirement = "X"\nreason = "r"', "expires is missing"),
    ('[[known]]\nrequirement = "X"\nreason = "r"\nexpires = "2026"', "must be a day such as"),
    ('[[known]]\nrequirement = "X"\nreason = "r"\nexpires = 2026-01-01T00:00:00',
     "must be a day such as"),
    ('[[known]]\nrequirement = "X"\nreason = 1\nexpires = 2026-01-01',
     "reason is 1; it must be a text"),
    ('[[known]]\nrequirement = "X-01"\nreason = "r"\nexpires = 2026-01-01\nresidency = "fr"',
     "residency is 'fr'; it must be one of us, de"),
])  # fmt: skip
def test_an_invalid_file_of_known_deviations_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "known.toml"
    path.write_text(text)
    with pytest.raises(OptionError, match=message) as error:
        read_known(path)
    assert str(error.value).startswith(str(path))


def test_a_missing_file_of_known_deviations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be read"):
        read_known(tmp_path / "none.toml")


def test_an_unknown_requirement_is_refused(checked: Checked, tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    path.write_text(ENTRY.format(expires="9999-12-31").replace("X-01", "x-01"))
    with pytest.raises(OptionError, match="there is no requirement 'x-01'"):
        checked(BROKE, known=path)
