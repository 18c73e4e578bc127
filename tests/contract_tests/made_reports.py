"""Made objects of `contract_tests.model` for tests of the reports."""

from typing import Any

from contract_tests.model import Coverage, Exchange, Finding, Outcome, Requirement, Run, Verdict


def make_exchange(**changed: Any) -> Exchange:
    """Make an exchange; keyword arguments override its fields."""
    made = {
        "method": "GET", "url": "http://127.0.0.1:8080/api/v2/report/content/7?from=2026-01-01",
        "request_headers": (("Accept", "application/json"), ("Authorization", "[filtered]")),
        "at": "2026-01-31T12:00:00.000Z", "milliseconds": 12.5, "status": 200,
        "response_headers": (("Content-Type", "application/json"),),
        "body": b'{"results": [{"userId": null, "date": "2026-01-01"}]}',
    }  # fmt: skip
    return Exchange(**{**made, **changed})


def make_finding(**changed: Any) -> Finding:
    """Make a finding; keyword arguments override its fields."""
    made = {
        "message": "`userId` is null; the document wants a string.",
        "operation": "getContentVisits",
        "pointer": "/results/0/userId",
        "place": "/components/schemas/Visit/properties/userId",
        "exchange": make_exchange(),
        "curl": "curl -H \"Authorization: Bearer $VIEWTRACKER_TOKEN\" 'http://127.0.0.1/x?a=1&b'",
    }
    return Finding(**{**made, **changed})


def make_outcome(identity: str, verdict: Verdict, reason: str = "", **changed: Any) -> Outcome:
    """Make an outcome at `mock us`; keyword arguments override its fields."""
    requirement = Requirement(identity, "Something holds.", "one request", frozenset({"read"}))
    made = {"target": "mock us", "operations": ("getSpaceVisits",), "requests": 1}
    return Outcome(requirement, verdict=verdict, reason=reason, **{**made, **changed})


def make_run(*outcomes: Outcome, **changed: Any) -> Run:
    """Make a run with these outcomes; keyword arguments override its fields."""
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
