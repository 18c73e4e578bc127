"""Reports by documents of quite different manners, which are of the same world nevertheless."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

import mock_server
from mock_server import MockServer, Settings
from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import DAY, from_rfc3339
from mock_server.data.query import ReportQuery
from mock_server.data.site import demo_token_of
from mock_server.world.domain import ANONYMOUS, Residency
from tests.mocks import NOW, bearer

DOCUMENTS = Path(__file__).parents[2] / "documents"
SPRINGDOC, PLAIN = "variants/springdoc-viewers.yaml", "variants/plain-31.yaml"
HAL, JSON_API, DAILY, NESTED = (
    "hal_pages.yaml", "json_api.json", "daily_epoch.json", "nested_report.yaml"
)  # fmt: skip
START, END = "2026-01-10T00:00:00Z", "2026-01-25T00:00:00Z"
SPRINGDOC_RANGE = {"from": START, "to": END}
PLAIN_RANGE = {"date_from": "2026-01-10", "date_to": "2026-01-24"}
VISITS = (Subject.CONTENT_VISITS, Subject.SPACE_VISITS)
JSON_TYPES = ("application/problem+json", "application/hal+json", "application/vnd.api+json")


class Served:
    """A document that a mock serves without sockets, with openapi-core as another validator."""

    def __init__(self, name: str) -> None:
        self.mock = MockServer(Settings(document=DOCUMENTS / name, now=NOW, freeze=True))
        self.site = self.mock.sites[Residency.US]
        self.content = self.site.example_content()
        self.session = requests.Session()
        self.session.mount("http://", mock_server.adapter(self.mock))
        base = httpx.URL(self.mock.document.content.get("servers", [{"url": "/"}])[0]["url"]).path
        self.base = base.rstrip("/")
        self.validator = OpenAPI.from_dict(
            {**self.mock.document.content,
             "servers": [{"url": f"http://{one}.localhost{self.base}"} for one in Residency]},
            config=Config(extra_media_type_deserializers=dict.fromkeys(JSON_TYPES, json.loads)),
        )  # fmt: skip

    def path_of(self, subject: Subject) -> str:
        """Where both variants have the report on a subject."""
        below = {
            Subject.CONTENT_VISITS: f"contents/{self.content.id}/visits",
            Subject.SPACE_VISITS: f"spaces/{self.content.space_key}/visits",
            Subject.SEARCHES: "searches",
        }[subject]
        return f"/api/v2/report/{below}"

    def get(
        self, path: str, *, residency: Residency = Residency.US, token: str | None = "",
        **query: Any
    ) -> requests.Response:  # fmt: skip
        """Send a request, by default with the demo token; no response may break the document."""
        token = demo_token_of(residency) if token == "" else token
        response = self.session.get(
            urljoin(f"http://{residency}.localhost", path if "://" in path else self.base + path),
            params=query,
            headers={} if token is None else bearer(token),
        )
        sent = RequestsOpenAPIRequest(response.request)
        errors = self.validator.iter_response_errors(sent, RequestsOpenAPIResponse(response))
        assert [] == [
            f"{error} {getattr(error.__cause__, 'schema_errors', '')}" for error in errors
        ]
        return response

    def pages(self, subject: Subject, size: int) -> list[dict[str, Any]]:
        """Walk the springdoc variant's pages of a report to the first empty one."""
        pages: list[dict[str, Any]] = []
        while not pages or pages[-1]["results"]:
            query = {**SPRINGDOC_RANGE, "page": len(pages), "size": size}
            pages.append(self.get(self.path_of(subject), **query).json())
        return pages

    def rows(self, subject: Subject, size: int) -> tuple[list[dict[str, Any]], set[str]]:
        """Walk the plain variant's pages; give the rows, and the totals in the headers."""
        rows: list[dict[str, Any]] = []
        totals: set[str] = set()
        while True:
            query = {**PLAIN_RANGE, "offset": len(rows), "max_results": size}
            response = self.get(self.path_of(subject), **query)
            totals.add(response.headers["X-Total-Count"])
            if not response.json():
                return rows, totals
            rows += response.json()

    def known(self, subject: Subject, grouping: Grouping) -> list[dict[Field, Any]]:
        """Give what the site itself has of the same days."""
        key = {
            Subject.CONTENT_VISITS: {"content_id": self.content.id},
            Subject.SPACE_VISITS: {"space_key": self.content.space_key},
        }.get(subject, {})
        start, end = from_rfc3339(START), from_rfc3339(END)
        query = ReportQuery(subject=subject, grouping=grouping, start=start, end=end, **key)
        return [dict(row) for row in self.site.report(query).rows]


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Served]]:
    by_name = {name: Served(name) for name in (SPRINGDOC, PLAIN, HAL, JSON_API, DAILY, NESTED)}
    yield by_name
    for one in by_name.values():
        one.session.close()
        one.mock.close()


@pytest.mark.parametrize("name", [SPRINGDOC, PLAIN])
def test_schemathesis_finds_nothing_with_valid_requests(name: str) -> None:
    config = schemathesis.Config.from_dict(
        {
            "cache": {"enabled": False},
            "generation": {"mode": "positive", "database": "none"},
            "headers": {"Authorization": "Bearer demo-token-us"},
        }
    )
    schema = schemathesis.openapi.from_path(str(DOCUMENTS / name), config=config)
    statuses: Counter[int] = Counter()

    def check(case: schemathesis.Case) -> None:
        statuses[case.call_and_validate(base_url=mock.url, timeout=120).status_code] += 1

    limits = settings(
        max_examples=40, deadline=None, database=None, derandomize=True,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    mode = schemathesis.GenerationMode.POSITIVE
    small = Settings(port=0, de_port=0, document=DOCUMENTS / name, world="tiny", now=NOW)
    with MockServer(small) as mock:
        for result in schema.get_all_operations():
            limits(given(case=result.ok().as_strategy(generation_mode=mode))(check))()

    assert statuses[200] >= 30
    assert set(statuses) <= {200, 400, 404}


@pytest.mark.parametrize("subject", VISITS)
def test_viewers_of_the_site_add_up(subject: Subject, served: dict[str, Served]) -> None:
    pages = served[SPRINGDOC].pages(subject, 7)
    rows = [row for page in pages for row in page["results"]]
    known = served[SPRINGDOC].known(subject, Grouping.VIEWERS)
    single = served[SPRINGDOC].known(subject, Grouping.ROWS)
    protected = sum(row[Field.ACCOUNT] is None for row in single)  # counted, and never listed

    assert [(row[Field.ACCOUNT], row[Field.VIEWS]) for row in known] == [
        (row["user"]["accountId"], row["views"]) for row in rows
    ]
    assert {len(rows)} == {page["totalElements"] for page in pages}
    assert {len(single)} == {page["totalViews"] for page in pages}
    assert sum(row["views"] for row in rows) + protected == len(single) > 0


@pytest.mark.parametrize("subject", [*VISITS, Subject.SEARCHES])
def test_walking_pages_gives_every_row_once(subject: Subject, served: dict[str, Served]) -> None:
    rows, totals = served[PLAIN].rows(subject, 37)
    known = served[PLAIN].known(subject, Grouping.ROWS)
    moment = "searched_at" if subject is Subject.SEARCHES else "viewed_at"
    times = [from_rfc3339(row[moment]) for row in rows]

    assert {str(len(rows))} == totals == {str(len(known))}
    assert [row[Field.TIME] for row in known] == times
    if subject in VISITS:
        assert len(rows) == len({row["visit_id"] for row in rows}) > 0
        assert [row["unix_date"] for row in rows] == [time // 1000 for time in times]
        assert Counter(time // DAY * DAY for time in times) == {
            row[Field.DAY]: row[Field.VIEWS]
            for row in served[PLAIN].known(subject, Grouping.DAYS)
        }  # fmt: skip


def test_both_variants_are_of_the_same_world(served: dict[str, Served]) -> None:
    rows, _ = served[PLAIN].rows(Subject.SPACE_VISITS, 200)
    pages = served[SPRINGDOC].pages(Subject.SPACE_VISITS, 100)
    viewers = [row["viewer"] or {"account_id": None, "kind": "protected"} for row in rows]
    accounts = Counter(
        ANONYMOUS if viewer["kind"] == "anonymous" else viewer["account_id"] for viewer in viewers
    )
    del accounts[None]
    users = [row["user"] for page in pages for row in page["results"]]
    assert accounts == {
        row["user"]["accountId"]: row["views"] for page in pages for row in page["results"]
    }
    assert {user["anonymous"] == (user["accountId"] == ANONYMOUS) for user in users} == {True}


def test_a_filter_by_content_type_keeps_only_that_type(served: dict[str, Served]) -> None:
    path = served[PLAIN].path_of(Subject.SPACE_VISITS)
    total = 0
    for kind in ("page", "blogpost", "attachment"):
        query = {**PLAIN_RANGE, "content_type": kind, "max_results": 200}
        response = served[PLAIN].get(path, **query)
        total += int(response.headers["X-Total-Count"])
        assert {row["content"]["type"] for row in response.json()} <= {kind}
    assert str(total) == served[PLAIN].get(path, **PLAIN_RANGE).headers["X-Total-Count"]


@pytest.mark.parametrize("name", [SPRINGDOC, PLAIN])
def test_the_residencies_have_worlds_of_their_own(name: str, served: dict[str, Served]) -> None:
    path = served[name].path_of(Subject.SEARCHES)
    us, de = (served[name].get(path, residency=residency).json() for residency in Residency)
    assert us != de


@pytest.mark.parametrize("token", [None, "nonsense", demo_token_of(Residency.DE)])
@pytest.mark.parametrize("name", [SPRINGDOC, PLAIN])
def test_a_401_is_the_documents(name: str, token: str | None, served: dict[str, Served]) -> None:
    path = served[name].path_of(Subject.SEARCHES)
    response = served[name].get(path, token=token)
    body = response.json()

    assert (401, 401) == (response.status_code, body["status"])
    if name == SPRINGDOC:
        assert "application/json" == response.headers["Content-Type"]
        assert ("Unauthorized", path) == (body["error"], body["path"])
        assert from_rfc3339(NOW) == from_rfc3339(body["timestamp"])
    else:
        assert "application/problem+json" == response.headers["Content-Type"]
        assert "Unauthorized" == body["title"]


@pytest.mark.parametrize("name", [SPRINGDOC, PLAIN])
@pytest.mark.parametrize("path", ["contents/999999999999999", "spaces/NOSUCHSPACE"])
def test_a_404_has_the_documents_shape(path: str, name: str, served: dict[str, Served]) -> None:
    response = served[name].get(f"/api/v2/report/{path}/visits", residency=Residency.DE)
    assert (404, 404) == (response.status_code, response.json()["status"])


@pytest.mark.parametrize(("name", "path", "places"), [
    (HAL, "/analytics/search-queries", ("_links", "next", "href")),
    (JSON_API, "/stats/search-events", ("links", "next")),
])  # fmt: skip
def test_a_next_link_leads_to_the_next_page(
    name: str, path: str, places: tuple[str, ...], served: dict[str, Served]
) -> None:
    response = served[name].get(path)
    place = response.json()
    for key in places:
        place = place[key]
    assert 200 == served[name].get(urljoin(response.url, place)).status_code


def test_a_link_header_is_that_of_rfc_8288(served: dict[str, Served]) -> None:
    assert "next" in served[DAILY].get("/daily/search").links


@pytest.mark.parametrize(("name", "path", "places", "expected"), [
    (JSON_API, "/stats/search-events", ("status",), "401"),
    (NESTED, "/searchReport", ("extensions", "classification"), "UNAUTHENTICATED"),
], ids=["a status that is text", "an error code of an enumeration"])  # fmt: skip
def test_a_refusal_is_written_in_the_words_of_the_document(
    name: str, path: str, places: tuple[str, ...], expected: str, served: dict[str, Served]
) -> None:
    response = served[name].get(path, token=None)
    place = response.json()["errors"][0]
    for key in places:
        place = place[key]
    assert (401, expected) == (response.status_code, place)
    assert "Bearer" in response.headers["WWW-Authenticate"]
