"""The old API, version 1, where there still is one (ids `V1-*`); gone, it is *retired*."""

import re
from email.utils import parsedate_to_datetime
from functools import partial

import pytest

from contract_tests import requirement
from contract_tests.errors import NotJudgedError
from contract_tests.judging.findings import Findings
from contract_tests.judging.judge import Aspect
from contract_tests.suite.gate import Gate
from contract_tests.suite.old_api import END, OldApi
from contract_tests.wire.answers import Answer
from contract_tests.wire.asking import read
from contract_tests.wire.sampling import Sample
from mock_server import Subject

_old = partial(
    requirement,
    sends="one question of version 1 for each of its reports",
    tags=("old",),
    once=5,
    each=0,
    shares="version 1",
)


@pytest.fixture(scope="session")
def old(gate: Gate, sample: Sample) -> OldApi:
    """Give the way to version 1."""
    return OldApi(gate, sample)


@_old("V1-01")
def test_content_visits(old: OldApi, findings: Findings) -> None:
    """Version 1 reports the visits of a content."""
    _judge_report(old, Subject.CONTENT_VISITS, findings)


@_old("V1-02")
def test_space_visits(old: OldApi, findings: Findings) -> None:
    """Version 1 reports the visits of a space of the Confluence instance that `baseUrl` names."""
    _judge_report(old, Subject.SPACE_VISITS, findings)
    other = old.ask(Subject.SPACE_VISITS, site_url="https://another-site.example")
    if not 400 <= other.status < 500:
        findings.add(
            f"Expected a 4xx for a baseUrl that is not the caller's, got {other.status}.",
            answer=other,
        )


@_old("V1-03")
def test_searches(old: OldApi, findings: Findings) -> None:
    """Version 1 reports the searches of the whole site."""
    _judge_report(old, Subject.SEARCHES, findings)


@_old("V1-04")
def test_basic_is_asked_for(old: OldApi, findings: Findings) -> None:
    """Version 1 asks who calls by HTTP Basic."""
    old.ask_living(Subject.SEARCHES, findings)
    answer = old.ask(Subject.SEARCHES, with_caller=False)
    findings.judged(old.bound(Subject.SEARCHES).operation)
    told = ", ".join(answer.headers.getlist("WWW-Authenticate"))
    if answer.status != 401 or not re.search(r"(?:^|,)\s*basic(?:\s|,|$)", told, re.IGNORECASE):
        findings.add(
            f"Expected 401 and the challenge Basic, got {answer.status} "
            f"and {told or 'no WWW-Authenticate'}.",
            answer=answer,
        )


@_old("V1-05")
def test_end_is_announced(old: OldApi, findings: Findings) -> None:
    """Version 1 announces its end with 2023 in `Sunset` (RFC 8594), and keeps to it."""
    answer = old.ask_living(Subject.SEARCHES, findings)
    findings.judged(old.bound(Subject.SEARCHES).operation)
    if old.has_ended:
        findings.add(f"Expected an end with 2023-12-31, got {answer.status}.", answer=answer)
    elif not _announces_end(answer):
        told = answer.headers.get("Sunset", "none")
        findings.add(f"Expected Sunset at {END:%Y-%m-%dT%H:%M:%SZ}, got {told}.", answer=answer)


def _judge_report(old: OldApi, subject: Subject, findings: Findings) -> None:
    answer = old.ask_living(subject, findings)
    if old.caller is None:
        raise NotJudgedError(
            "Nobody may ask it; set VIEWTRACKER_V1_EMAIL and VIEWTRACKER_V1_API_TOKEN."
        )
    if subject is Subject.SPACE_VISITS and not old.caller.site_url:
        raise NotJudgedError("No Confluence instance is known; set VIEWTRACKER_V1_BASE_URL.")
    bound = old.bound(subject)
    if answer.status != bound.status:
        findings.add(f"Expected {bound.status}, got {answer.status}.", answer=answer)
        return
    for complaint in old.judge.complaints(answer):
        if (
            complaint.aspect is not Aspect.HEADERS and not complaint.is_drift
        ):  # V1-05 is about headers
            findings.add(complaint.message, answer=answer, pointer=complaint.pointer)
    findings.judged(bound.operation, rows=len(read(bound, answer).rows))


def _announces_end(answer: Answer) -> bool:
    try:
        return parsedate_to_datetime(answer.headers.get("Sunset", "")) == END
    except ValueError:
        return False
