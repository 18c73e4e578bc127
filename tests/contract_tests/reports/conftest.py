"""A run and its reports."""

import pytest

from contract_tests.model import Outcome, Run, Verdict
from tests.contract_tests.made_reports import make_finding, make_outcome, make_run


@pytest.fixture
def token() -> str:
    """A token with characters that URLs, JSON, HTML and base64 encode differently."""
    return 'vt~live/Qm9+T0"ken&4f8<a1c=='


@pytest.fixture
def broken() -> Outcome:
    """A broken requirement, with a finding for one of two operations."""
    both = ("getContentVisits", "getSpaceVisits")
    return make_outcome(
        "SCHEMA-04", Verdict.BROKE, findings=(make_finding(),), operations=both, seconds=0.25
    )


@pytest.fixture
def run(broken: Outcome) -> Run:
    """A run with outcomes of several verdicts."""
    return make_run(
        broken,
        make_outcome("AUTH-01", Verdict.HELD),
        make_outcome("DRIFT-01", Verdict.KNOWN, "Field `x` came early, until 2026-03-01."),
        make_outcome("MEANING-03", Verdict.NOT_RUN, "No content with visits was found."),
        make_outcome("V1-01", Verdict.NOT_RUN, "410 since 2023-12-31."),
    )
