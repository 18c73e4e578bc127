"""Two documents in quite different manners, served with the same world on both residencies."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import (
    RequestsOpenAPIRequest,
    RequestsOpenAPIResponse,
)

from mock_server import MockServer, Settings
from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import DAY, from_rfc3339
from mock_server.data.query import ReportQuery
from mock_server.data.site import Site, demo_token_of
from mock_server.openapi.load import read_document
from mock_server.world.domain import ANONYMOUS, Residency

VARIANTS = Path(__file__).parents[1] / "documents" / "variants"
SPRINGDOC, PLAIN = "springdoc-viewers.yaml", "plain-31.yaml"
NOW = "2026-01-31T12:00:00Z"
PATIENCE = 120
"""Seconds; a busy machine takes long to make the rows of all days."""
START, END = from_rfc3339("2026-01-10T00:00:00Z"), from_rfc3339("2026-01-25T00:00:00Z")
SPRINGDOC_RANGE = {"from": "2026-01-10T00:00:00Z", "to": "2026-01-25T00:00:00Z"}
PLAIN_RANGE = {"date_from": "2026-01-10", "date_to": "2026-01-24"}
BOTH = [(name, residency) for name in (SPRINGDOC, PLAIN) for residency in Residency]


@pytest.fixture(scope="module")
def mocks() -> Iterator[dict[str, MockServer]]:
    running = {
        name: MockServer(Settings(document=VARIANTS / name, port=0, de_port=0, now=NOW)).start()
        for name in (SPRINGDOC, PLAIN)
    }
    yield running
    for mock in running.values():
        mock.stop()


def get(mock: MockServer, residency: Residency, path: str, **query: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {demo_token_of(residency)}"}
    answer = httpx.get(mock.url_of(residency) + path, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def question(site: Site, subject: Subject, grouping: Grouping, **more: Any) -> ReportQuery:
    content = site.example_content()
    if subject is Subject.CONTENT_VISITS:
        more["content_id"] = content.id
    elif subject is Subject.SPACE_VISITS:
        more["space_key"] = content.space_key
    return ReportQuery(subject=subject, grouping=grouping, start=START, end=END, **more)


def path_of(site: Site, subject: Subject) -> str:
    content = site.example_content()
    return {
        Subject.CONTENT_VISITS: f"/api/v2/report/contents/{content.id}/visits",
        Subject.SPACE_VISITS: f"/api/v2/report/spaces/{content.space_key}/visits",
        Subject.SEARCHES: "/api/v2/report/searches",
    }[subject]


def pages(
    mock: MockServer, residency: Residency, subject: Subject, *, size: int
) -> list[dict[str, Any]]:
    """Walk the springdoc variant's pages of a report to the first empty one."""
    path = path_of(mock.sites[residency], subject)
    walked: list[dict[str, Any]] = []
    while not walked or walked[-1]["results"]:
        page = get(mock, residency, path, **SPRINGDOC_RANGE, page=len(walked), size=size).json()
        walked.append(page)
        assert len(walked) < 500
    return walked


def rows(
    mock: MockServer, residency: Residency, subject: Subject, *, size: int
) -> tuple[list[dict[str, Any]], set[str]]:
    """Walk the plain variant's pages of a report; give the rows and the totals that were told."""
    path = path_of(mock.sites[residency], subject)
    found: list[dict[str, Any]] = []
    totals: set[str] = set()
    while True:
        answer = get(mock, residency, path, **PLAIN_RANGE, offset=len(found), max_results=size)
        totals.add(answer.headers["X-Total-Count"])
        page = answer.json()
        if not page:
            return found, totals
        found += page


@pytest.mark.parametrize(("name", "residency"), BOTH)
def test_schemathesis_finds_nothing_with_valid_requests(
    name: str, residency: Residency, mocks: dict[str, MockServer]
) -> None:
    config = schemathesis.Config.from_dict(
        {
            "base-url": mocks[name].url_of(residency),
            "cache": {"enabled": False},
            "generation": {"mode": "positive", "database": "none"},
            "headers": {"Authorization": f"Bearer {demo_token_of(residency)}"},
        }
    )
    schema = schemathesis.openapi.from_path(str(VARIANTS / name), config=config)
    statuses: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=40,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
        def check(case: schemathesis.Case) -> None:
            statuses[case.call_and_validate(timeout=PATIENCE).status_code] += 1

        check()

    assert statuses[200] >= 30
    assert set(statuses) <= {200, 400, 404}


@pytest.mark.parametrize("residency", list(Residency))
@pytest.mark.parametrize("subject", [Subject.CONTENT_VISITS, Subject.SPACE_VISITS])
def test_views_of_all_viewers_and_of_protected_ones_are_the_total(
    subject: Subject, residency: Residency, mocks: dict[str, MockServer]
) -> None:
    mock = mocks[SPRINGDOC]
    site = mock.sites[residency]
    walked = pages(mock, residency, subject, size=7)
    single = site.report(question(site, subject, Grouping.ROWS)).rows
    protected = sum(one[Field.ACCOUNT] is None for one in single)  # counted, and never listed
    counted = sum(row["views"] for page in walked for row in page["results"])

    assert {len(single)} == {page["totalViews"] for page in walked}
    assert counted + protected == len(single) > 0


@pytest.mark.parametrize("residency", list(Residency))
@pytest.mark.parametrize("subject", [Subject.CONTENT_VISITS, Subject.SPACE_VISITS])
def test_totals_per_viewer_are_those_of_the_site(
    subject: Subject, residency: Residency, mocks: dict[str, MockServer]
) -> None:
    mock = mocks[SPRINGDOC]
    site = mock.sites[residency]
    walked = pages(mock, residency, subject, size=7)
    served = [row for page in walked for row in page["results"]]
    known = site.report(question(site, subject, Grouping.VIEWERS)).rows

    assert [(one[Field.ACCOUNT], one[Field.VIEWS]) for one in known] == [
        (row["user"]["accountId"], row["views"]) for row in served
    ]
    assert {len(served)} == {page["totalElements"] for page in walked}


@pytest.mark.parametrize("residency", list(Residency))
@pytest.mark.parametrize(
    "subject", [Subject.CONTENT_VISITS, Subject.SPACE_VISITS, Subject.SEARCHES]
)
def test_walking_pages_gives_every_row_once(
    subject: Subject, residency: Residency, mocks: dict[str, MockServer]
) -> None:
    mock = mocks[PLAIN]
    site = mock.sites[residency]
    found, totals = rows(mock, residency, subject, size=37)
    known = site.report(question(site, subject, Grouping.ROWS)).rows

    assert {str(len(found))} == totals == {str(len(known))}
    moment = "searched_at" if subject is Subject.SEARCHES else "viewed_at"
    assert [one[Field.TIME] for one in known] == [from_rfc3339(row[moment]) for row in found]
    if subject is not Subject.SEARCHES:
        assert len(found) == len({row["visit_id"] for row in found}) > 0


@pytest.mark.parametrize("residency", list(Residency))
@pytest.mark.parametrize("subject", [Subject.CONTENT_VISITS, Subject.SPACE_VISITS])
def test_single_rows_add_up_to_the_totals_per_day(
    subject: Subject, residency: Residency, mocks: dict[str, MockServer]
) -> None:
    mock = mocks[PLAIN]
    site = mock.sites[residency]
    found, _ = rows(mock, residency, subject, size=200)
    per_day = site.report(question(site, subject, Grouping.DAYS)).rows

    assert Counter(from_rfc3339(row["viewed_at"]) // DAY * DAY for row in found) == {
        one[Field.DAY]: one[Field.VIEWS] for one in per_day
    }


def test_both_variants_speak_of_the_same_world(mocks: dict[str, MockServer]) -> None:
    found, _ = rows(mocks[PLAIN], Residency.US, Subject.SPACE_VISITS, size=200)
    walked = pages(mocks[SPRINGDOC], Residency.US, Subject.SPACE_VISITS, size=100)
    accounts = Counter((row["viewer"] or {}).get("account_id") for row in found)
    del accounts[None]

    assert accounts == {
        row["user"]["accountId"]: row["views"] for page in walked for row in page["results"]
    }


def test_the_two_moments_of_a_visit_agree(mocks: dict[str, MockServer]) -> None:
    found, _ = rows(mocks[PLAIN], Residency.US, Subject.CONTENT_VISITS, size=200)

    assert found
    for row in found:
        assert row["unix_date"] == from_rfc3339(row["viewed_at"]) // 1000


def test_an_anonymous_viewer_is_said_to_be_one(mocks: dict[str, MockServer]) -> None:
    walked = pages(mocks[SPRINGDOC], Residency.US, Subject.SPACE_VISITS, size=100)
    users = [row["user"] for page in walked for row in page["results"]]

    assert {user["anonymous"] == (user["accountId"] == ANONYMOUS) for user in users} == {True}


def test_a_filter_by_content_type_keeps_only_that_type(mocks: dict[str, MockServer]) -> None:
    mock = mocks[PLAIN]
    path = path_of(mock.sites[Residency.US], Subject.SPACE_VISITS)
    total = 0
    for kind in ("page", "blogpost", "attachment"):
        answer = get(mock, Residency.US, path, **PLAIN_RANGE, content_type=kind, max_results=200)
        total += int(answer.headers["X-Total-Count"])
        assert {row["content"]["type"] for row in answer.json()} <= {kind}

    assert str(total) == get(mock, Residency.US, path, **PLAIN_RANGE).headers["X-Total-Count"]


@pytest.mark.parametrize("name", [SPRINGDOC, PLAIN])
def test_the_residencies_have_worlds_of_their_own(name: str, mocks: dict[str, MockServer]) -> None:
    answers = [
        get(mocks[name], residency, "/api/v2/report/searches").json() for residency in Residency
    ]

    assert answers[0] != answers[1]


def faults(mock: MockServer, residency: Residency, answer: requests.Response) -> list[str]:
    servers = [{"url": mock.url_of(residency)}]
    judge = OpenAPI.from_dict(
        {**mock.document.content, "servers": servers},
        config=Config(extra_media_type_deserializers={"application/problem+json": json.loads}),
    )
    asked = RequestsOpenAPIRequest(answer.request)
    return [str(one) for one in judge.iter_response_errors(asked, RequestsOpenAPIResponse(answer))]


@pytest.mark.parametrize("token", [None, "nonsense", "of the other residency"])
@pytest.mark.parametrize(("name", "residency"), BOTH)
def test_without_a_token_that_opens_it_a_residency_answers_401_in_the_documents_own_shape(
    name: str, residency: Residency, token: str | None, mocks: dict[str, MockServer]
) -> None:
    mock = mocks[name]
    other = next(one for one in Residency if one is not residency)
    token = demo_token_of(other) if token == "of the other residency" else token
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    path = path_of(mock.sites[residency], Subject.SEARCHES)
    answer = requests.get(mock.url_of(residency) + path, headers=headers, timeout=30)
    body = answer.json()

    assert (answer.status_code, body["status"]) == (401, 401)
    assert faults(mock, residency, answer) == []
    if name == SPRINGDOC:
        assert answer.headers["Content-Type"] == "application/json"
        assert (body["error"], body["path"]) == ("Unauthorized", path)
        assert datetime.fromisoformat(body["timestamp"]) >= datetime(2026, 1, 31, 12, tzinfo=UTC)
    else:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert body["title"] == "Unauthorized"


@pytest.mark.parametrize(("name", "residency"), BOTH)
@pytest.mark.parametrize("path", ["contents/999999999999999", "spaces/NOSUCHSPACE"])
def test_what_is_not_there_is_404_in_the_documents_own_shape(
    path: str, name: str, residency: Residency, mocks: dict[str, MockServer]
) -> None:
    mock = mocks[name]
    answer = requests.get(
        f"{mock.url_of(residency)}/api/v2/report/{path}/visits",
        headers={"Authorization": f"Bearer {demo_token_of(residency)}"},
        timeout=30,
    )

    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert faults(mock, residency, answer) == []


def test_the_documents_are_the_ones_that_are_served(mocks: dict[str, MockServer]) -> None:
    for name, mock in mocks.items():
        assert mock.document.content == read_document(VARIANTS / name).content
