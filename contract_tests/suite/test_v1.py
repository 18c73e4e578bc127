"""Version 1 of the API (ids `V1-*`); *retired* after its end."""

import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial

import pytest

from contract_tests import requirement
from contract_tests.errors import NotJudgedError
from contract_tests.judging.findings import Findings
from contract_tests.judging.judge import Aspect
from contract_tests.model import Source
from contract_tests.suite.gate import Gate
from contract_tests.suite.version_1 import END, Version1
from contract_tests.wire.request import read
from contract_tests.wire.response import Response
from contract_tests.wire.sampling import Sample
from mock_server import Subject

_old = partial(
    requirement,
    source=Source.VENDOR,
    sends="one request of version 1 per report",
    tags=("old",),
    once=5,
    each=0,
    shares="version 1",
)


@pytest.fixture(scope="session")
def old(gate: Gate, sample: Sample) -> Version1:
    """Return the sender of requests of version 1."""
    return Version1(gate, sample)


def _report(id_: str, sentence: str, subject: Subject) -> Callable[..., None]:
    @_old(id_, sentence)
    def test(old: Version1, findings: Findings) -> None:
        _judge_report(old, subject, findings)

    return test


test_content_visits = _report(
    "V1-01", "Version 1 returns the visits of a content.", Subject.CONTENT_VISITS
)
test_searches = _report("V1-03", "Version 1 returns the searches of the site.", Subject.SEARCHES)


@_old(
    "V1-02",
    "Version 1 returns the visits of a space of the Confluence instance in `baseUrl`.",
)
def test_space_visits(old: Version1, findings: Findings) -> None:
    _judge_report(old, Subject.SPACE_VISITS, findings)
    other = old.send(Subject.SPACE_VISITS, site_url="https://another-site.example")
    if not 400 <= other.status < 500:
        findings.add(
            f"Expected a 4xx for a baseUrl that is not the caller's, got {other.status}.",
            response=other,
        )


@_old("V1-04", "Version 1 requires HTTP Basic authentication.")
def test_basic_is_asked_for(old: Version1, findings: Findings) -> None:
    old.send_unless_ended(Subject.SEARCHES, findings)
    response = old.send(Subject.SEARCHES, with_caller=False)
    findings.judged(old.bound(Subject.SEARCHES).operation)
    challenge = ", ".join(response.headers.getlist("WWW-Authenticate"))
    if response.status != 401 or not re.search(
        r"(?:^|,)\s*basic(?:\s|,|$)", challenge, re.IGNORECASE
    ):
        findings.add(
            f"Expected 401 and a Basic challenge, got {response.status} "
            f"and {challenge or 'no WWW-Authenticate'}.",
            response=response,
        )


@_old("V1-05", "Version 1 announces its end with 2023 in `Sunset` (RFC 8594), and then ends.")
def test_end_is_announced(old: Version1, findings: Findings) -> None:
    response = old.send_unless_ended(Subject.SEARCHES, findings)
    findings.judged(old.bound(Subject.SEARCHES).operation)
    if old.has_ended:
        findings.add(
            f"Expected no version 1 after 2023-12-31, got {response.status}.", response=response
        )
    elif not _announces_end(response):
        sunset = response.headers.get("Sunset", "none")
        findings.add(
            f"Expected Sunset at {END:%Y-%m-%dT%H:%M:%SZ}, got {sunset}.", response=response
        )


def _judge_report(old: Version1, subject: Subject, findings: Findings) -> None:
    response = old.send_unless_ended(subject, findings)
    if old.caller is None:
        raise NotJudgedError(
            "No credentials are known; set VIEWTRACKER_V1_EMAIL and VIEWTRACKER_V1_API_TOKEN."
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
