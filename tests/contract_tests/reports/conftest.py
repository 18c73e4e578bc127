"""Factories for objects of `contract_tests.model`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.model import Coverage, Exchange, Finding, Outcome, Requirement, Run, Verdict
from contract_tests.reports import write_reports


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Run, str], str]:
    """Write one kind of report, and return its text."""

    def write(run: Run, kind: str) -> str:
        (path,) = write_reports(run, tmp_path, [kind], [])
        return path.read_text("utf-8")

    return write


@pytest.fixture
def token() -> str:
    """A token with characters that URLs, JSON, HTML and base64 encode differently."""
    return 'vt~live/Qm9+T0"ken&4f8<a1c=='


@pytest.fixture
def make_exchange() -> Callable[..., Exchange]:
    """Make an exchange; keyword arguments override its fields."""

    def make(**changed: Any) -> Exchange:
        made = {
            "method": "GET", "url": "http://127.0.0.1:8080/api/v2/report/content/7?from=2026-01-01",
            "request_headers": (("Accept", "application/json"), ("Authorization", "[filtered]")),
            "at": "2026-01-31T12:00:00.000Z", "milliseconds": 12.5, "status": 200,
            "response_headers": (("Content-Type", "application/json"),),
            "body": b'{"results": [{"userId": null, "date": "2026-01-01"}]}',
        }  # fmt: skip
        return Exchange(**{**made, **changed})

    return make


@pytest.fixture
def make_finding(make_exchange: Callable[..., Exchange]) -> Callable[..., Finding]:
    """Make a finding; keyword arguments override its fields."""

    def make(**changed: Any) -> Finding:
        made = {
            "message": "`userId` is null; the document wants a string.",
            "operation": "getContentVisits",
            "pointer": "/results/0/userId",
            "place": "/components/schemas/Visit/properties/userId",
            "exchange": make_exchange(),
            "curl": "curl -H \"Authorization: Bearer $VIEWTRACKER_TOKEN\" 'http://127.0.0.1/x?a=1&b'",
        }
        return Finding(**{**made, **changed})

    return make


@pytest.fixture
def make_outcome() -> Callable[..., Outcome]:
    """Make an outcome at `mock us`; keyword arguments override its fields."""

    def make(identity: str, verdict: Verdict, reason: str = "", **changed: Any) -> Outcome:
        requirement = Requirement(identity, "Something holds.", "one request", frozenset({"read"}))
        made = {"target": "mock us", "operations": ("getSpaceVisits",), "requests": 1}
        return Outcome(requirement, verdict=verdict, reason=reason, **{**made, **changed})

    return make


@pytest.fixture
def broken(make_outcome: Callable[..., Outcome], make_finding: Callable[..., Finding]) -> Outcome:
    """A broken requirement, with a finding for one of two operations."""
    both = ("getContentVisits", "getSpaceVisits")
    return make_outcome(
        "SCHEMA-04", Verdict.BROKE, findings=(make_finding(),), operations=both, seconds=0.25
    )


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Make a run with these outcomes; keyword arguments override its fields."""

    def make(*outcomes: Outcome, **changed: Any) -> Run:
        made = {
            "document": "Viewtracker API 2.0", "document_digest": "ab" * 32, "seed": 42,
            "targets": {"mock us": "http://127.0.0.1:8080"}, "outcomes": outcomes, "notes": (),
            "started": "2026-01-31T12:00:00.000Z", "seconds": 3.5, "requests": 123,
            "coverage": {"mock us": Coverage(
                {"getContentVisits": 4, "getSpaceVisits": 0}, {"getContentVisits limit": 2},
                {"getContentVisits 200": 3, "getContentVisits 404": 0},
                {"getContentVisits 200 /results/*/userId": 3},
            )},
            "versions": {"viewtracker-mock": "1.0", "schemathesis": "4.32.5"},
        }  # fmt: skip
        return Run(**{**made, **changed})

    return make


@pytest.fixture
def run(make_run: Callable[..., Run], make_outcome: Callable[..., Outcome], broken: Outcome) -> Run:
    """A run with outcomes of several verdicts."""
    return make_run(
        broken,
        make_outcome("AUTH-01", Verdict.HELD),
        make_outcome("DRIFT-01", Verdict.KNOWN, "Field `x` came early, until 2026-03-01."),
        make_outcome("MEANING-03", Verdict.NOT_RUN, "No content with visits was found."),
        make_outcome("V1-01", Verdict.NOT_RUN, "410 since 2023-12-31."),
    )
