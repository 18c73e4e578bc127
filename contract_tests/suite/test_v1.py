"""The old API, version 1, where there still is one (ids `V1-*`); gone, it is *retired*."""

import re
from email.utils import parsedate_to_datetime
from functools import partial

import pytest

from contract_tests import requirement
from contract_tests.errors import NotJudgedError
from contract_tests.judging.findings import Findings
from contract_tests.judging.judge import Aspect
from contract_tests.model import Source
from contract_tests.suite.gate import Gate
from contract_tests.suite.old_api import END, OldApi
from contract_tests.wire.asking import read
from contract_tests.wire.response import Response
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
    """Return the way to version 1."""
    return OldApi(gate, sample)


@_old("V1-01", "Version 1 reports the visits of a content.", source=Source.VENDOR)
def test_content_visits(old: OldApi, findings: Findings) -> None:
    _judge_report(old, Subject.CONTENT_VISITS, findings)


@_old(
    "V1-02",
    "Version 1 reports the visits of a space of the Confluence instance that `baseUrl` names.",
    source=Source.VENDOR,
)
def test_space_visits(old: OldApi, findings: Findings) -> None:
    _judge_report(old, Subject.SPACE_VISITS, findings)
    other = old.ask(Subject.SPACE_VISITS, site_url="https://another-site.example")
    if not 400 <= other.status < 500:
        findings.add(
            f"Expected a 4xx for a baseUrl that is not the caller's, got {other.status}.",
            response=other,
        )


@_old("V1-03", "Version 1 reports the searches of the whole site.", source=Source.VENDOR)
def test_searches(old: OldApi, findings: Findings) -> None:
    _judge_report(old, Subject.SEARCHES, findings)


@_old("V1-04", "Version 1 asks who calls by HTTP Basic.", source=Source.VENDOR)
def test_basic_is_asked_for(old: OldApi, findings: Findings) -> None:
    old.ask_living(Subject.SEARCHES, findings)
    response = old.ask(Subject.SEARCHES, with_caller=False)
    findings.judged(old.bound(Subject.SEARCHES).operation)
    told = ", ".join(response.headers.getlist("WWW-Authenticate"))
    if response.status != 401 or not re.search(r"(?:^|,)\s*basic(?:\s|,|$)", told, re.IGNORECASE):
        findings.add(
            f"Expected 401 and the challenge Basic, got {response.status} "
            f"and {told or 'no WWW-Authenticate'}.",
            response=response,
        )


@_old(
    "V1-05",
    "Version 1 announces its end with 2023 in `Sunset` (RFC 8594), and keeps to it.",
    source=Source.VENDOR,
)
def test_end_is_announced(old: OldApi, findings: Findings) -> None:
    response = old.ask_living(Subject.SEARCHES, findings)
    findings.judged(old.bound(Subject.SEARCHES).operation)
    if old.has_ended:
        findings.add(f"Expected an end with 2023-12-31, got {response.status}.", response=response)
    elif not _announces_end(response):
        told = response.headers.get("Sunset", "none")
        findings.add(f"Expected Sunset at {END:%Y-%m-%dT%H:%M:%SZ}, got {told}.", response=response)


def _judge_report(old: OldApi, subject: Subject, findings: Findings) -> None:
    response = old.ask_living(subject, findings)
    if old.caller is None:
        raise NotJudgedError(
            "Nobody may ask it; set VIEWTRACKER_V1_EMAIL and VIEWTRACKER_V1_API_TOKEN."
        )
    if subject is Subject.SPACE_VISITS and not old.caller.site_url:
        raise NotJudgedError("No Confluence instance is known; set VIEWTRACKER_V1_BASE_URL.")
    bound = old.bound(subject)
    if response.status != bound.status:
        findings.add(f"Expected {bound.status}, got {response.status}.", response=response)
        return
    for complaint in old.judge.complaints(response):
        if (
            complaint.aspect is not Aspect.HEADERS and not complaint.is_drift
        ):  # V1-05 is about headers
            findings.add(complaint.message, response=response, pointer=complaint.pointer)
    findings.judged(bound.operation, rows=len(read(bound, response).rows))


def _announces_end(response: Response) -> bool:
    try:
        return parsedate_to_datetime(response.headers.get("Sunset", "")) == END
    except ValueError:
        return False
