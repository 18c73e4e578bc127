"""Documents of quite different makers, in two languages: bound as a reader would, and served.

`EXPECTED` was written from the documents alone, before the inference was looked at. `fields` maps
where a property of a row lies to what it carries, `envelope` the same around the rows (and for
headers), `parameters` the name of a parameter to its role.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import (
    RequestsOpenAPIRequest,
    RequestsOpenAPIResponse,
)
from openapi_spec_validator import validate

from mock_server import MockServer, Settings
from mock_server.binding.fields import Field, Grouping, OperationBinding, Part, Subject, Unit
from mock_server.binding.infer import bind
from mock_server.openapi.document import Document
from mock_server.openapi.load import read_document
from mock_server.world.domain import Residency

DOCUMENTS = Path(__file__).parents[1] / "documents"
NOW = "2026-01-31T12:00:00Z"
START, END = "2026-01-02", "2026-01-31"

HAL_PAGING = {
    "startDate": "start",
    "endDate": "end",
    "pageNumber": "page",
    "pageSize": "limit",
}
HAL_ENVELOPE = {
    "page.totalElements": "total",
    "page.number": "page",
    "page.size": "limit",
    "page.totalPages": "pages",
    "_links.next.href": "next",
}
JSON_API_PAGING = {
    "filter[from]": "start",
    "filter[to]": "end",
    "page[offset]": "offset",
    "page[limit]": "limit",
}
JSON_API_VIEW = {
    "attributes.occurredAt": "time",
    "attributes.content.id": "content id",
    "attributes.content.kind": "content type",
    "attributes.content.name": "content title",
    "attributes.userAccountId": "account",
    "attributes.anonymous": "anonymous",
}
DAILY_PAGING = {
    "fromTs": "start ms",
    "toTs": "end ms",
    "startAt": "offset",
    "maxResults": "limit",
}
DAILY_ROW = {"day": "time", "dayTs": "time", "views": "views", "viewers": "viewers"}
CURSOR_PAGING = {"von": "start", "bis": "end", "cursor": "cursor", "limit": "limit"}
CURSOR_ENVELOPE = {"next_cursor": "cursor", "has_more": "more", "total_count": "total"}
GERMAN_VIEW = {
    "inhalt_id": "content id",
    "inhalt_art": "content type",
    "titel": "content title",
    "zeitpunkt": "time",
    "benutzer.konto_id": "account",
}
NESTED_PAGING = {"since": "start s", "until": "end s", "first": "limit", "skip": "offset"}
NESTED_ENVELOPE = {"report.pageInfo.totalCount": "total", "report.pageInfo.hasNextPage": "more"}

EXPECTED = {
    "hal_pages.yaml": {
        "/analytics/content/{id}/views": {
            "subject": "content",
            "grouping": "view",
            "rows": "_embedded.views",
            "parameters": {"id": "content", **HAL_PAGING},
            "fields": {
                "contentId": "content id",
                "contentType": "content type",
                "contentTitle": "content title",
                "viewedOn": "time",
                "viewer.accountId": "account",
                "viewer.userType": "viewer kind",
            },
            "envelope": HAL_ENVELOPE,
        },
        "/analytics/space/{key}/contents": {
            "subject": "space",
            "grouping": "content",
            "rows": "_embedded.contents",
            "parameters": {"key": "space", **HAL_PAGING},
            "fields": {
                "contentId": "content id",
                "contentType": "content type",
                "contentTitle": "content title",
                "viewCount": "views",
                "viewerCount": "viewers",
                "lastViewedOn": "last time",
            },
            "envelope": HAL_ENVELOPE,
        },
        "/analytics/search-queries": {
            "subject": "searches",
            "grouping": "search",
            "rows": "_embedded.searchQueries",
            "parameters": HAL_PAGING,
            "fields": {
                "queryString": "term",
                "searchedOn": "time",
                "numberOfResults": "results",
                "searcher.accountId": "account",
            },
            "envelope": HAL_ENVELOPE,
        },
    },
    "json_api.json": {
        "/stats/contents/{content-id}/view-events": {
            "subject": "content",
            "grouping": "view",
            "rows": "data",
            "parameters": {"content-id": "content", **JSON_API_PAGING},
            "fields": JSON_API_VIEW,
            "envelope": {"meta.total": "total", "links.next": "next"},
        },
        "/stats/spaces/{space-key}/view-events": {
            "subject": "space",
            "grouping": "view",
            "rows": "data",
            "parameters": {"space-key": "space", **JSON_API_PAGING},
            "fields": JSON_API_VIEW,
            "envelope": {"meta.total": "total", "links.next": "next"},
        },
        "/stats/search-events": {
            "subject": "searches",
            "grouping": "search",
            "rows": "data",
            "parameters": JSON_API_PAGING,
            "fields": {
                "attributes.occurredAt": "time",
                "attributes.searchTerm": "term",
                "attributes.resultsFound": "results",
                "attributes.userAccountId": "account",
            },
            "envelope": {"meta.total": "total", "links.next": "next"},
        },
    },
    "daily_epoch.json": {
        "/daily/page/{pageId}": {
            "subject": "content",
            "grouping": "day",
            "rows": "",
            "parameters": {"pageId": "content", **DAILY_PAGING},
            "fields": DAILY_ROW,
            "envelope": {"Link": "next", "X-Total-Count": "total"},
        },
        "/daily/space/{space}": {
            "subject": "space",
            "grouping": "day",
            "rows": "",
            "parameters": {"space": "space", **DAILY_PAGING},
            "fields": DAILY_ROW,
            "envelope": {"Link": "next", "X-Total-Count": "total"},
        },
        "/daily/search": {
            "subject": "searches",
            "grouping": "term",
            "rows": "",
            "parameters": DAILY_PAGING,
            "fields": {"term": "term", "count": "views", "lastUsedTs": "last time"},
            "envelope": {"Link": "next", "X-Total-Count": "total"},
        },
    },
    "cursor_german.yaml": {
        "/inhalte/{inhalt_id}/aufrufe": {
            "subject": "content",
            "grouping": "view",
            "rows": "eintraege",
            "parameters": {"inhalt_id": "content", **CURSOR_PAGING},
            "fields": GERMAN_VIEW,
            "envelope": CURSOR_ENVELOPE,
        },
        "/bereiche/{bereich_schluessel}/aufrufe": {
            "subject": "space",
            "grouping": "view",
            "rows": "eintraege",
            "parameters": {"bereich_schluessel": "space", **CURSOR_PAGING},
            "fields": GERMAN_VIEW,
            "envelope": CURSOR_ENVELOPE,
        },
        "/suchen": {
            "subject": "searches",
            "grouping": "search",
            "rows": "eintraege",
            "parameters": CURSOR_PAGING,
            "fields": {
                "suchbegriff": "term",
                "zeitpunkt": "time",
                "anzahl_treffer": "results",
                "konto_id": "account",
            },
            "envelope": CURSOR_ENVELOPE,
        },
    },
    "nested_report.yaml": {
        "/viewReport/byContent": {
            "subject": "content",
            "grouping": "viewer",
            "rows": "report.entries",
            "parameters": {"contentId": "content", **NESTED_PAGING},
            "fields": {
                "viewer.atlassianId": "account",
                "viewer.isAnonymous": "anonymous",
                "visits": "views",
                "firstSeen": "first time",
                "lastSeen": "last time",
            },
            "envelope": NESTED_ENVELOPE,
        },
        "/viewReport/bySpace": {
            "subject": "space",
            "grouping": "sums",
            "rows": None,
            "parameters": {"spaceKey": "space", "since": "start s", "until": "end s"},
            "fields": {},
            "envelope": {
                "report.spaceKey": "space",
                "report.totalViews": "views",
                "report.uniqueViewers": "viewers",
            },
        },
        "/searchReport": {
            "subject": "searches",
            "grouping": "search",
            "rows": "report.entries",
            "parameters": NESTED_PAGING,
            "fields": {
                "keywords": "term",
                "at": "time",
                "hitCount": "results",
                "user.atlassianId": "account",
                "user.isAnonymous": "anonymous",
            },
            "envelope": NESTED_ENVELOPE,
        },
    },
}

SUBJECTS = {
    Subject.CONTENT_VISITS: "content",
    Subject.SPACE_VISITS: "space",
    Subject.SEARCHES: "searches",
    Subject.SITE_VISITS: "site",
}
TOTALS = {
    Grouping.VIEWERS: "viewer",
    Grouping.CONTENTS: "content",
    Grouping.DAYS: "day",
    Grouping.TERMS: "term",
    Grouping.SUMS: "sums",
}
ROLES = {
    Part.CONTENT_ID: "content",
    Part.SPACE_KEY: "space",
    Part.START: "start",
    Part.END: "end",
    Part.OFFSET: "offset",
    Part.PAGE: "page",
    Part.LIMIT: "limit",
    Part.CURSOR: "cursor",
}
UNITS = {Unit.SECONDS: " s", Unit.MILLISECONDS: " ms"}
CARRIES = {
    Field.TIME: "time",
    Field.DAY: "time",
    Field.FIRST_TIME: "first time",
    Field.LAST_TIME: "last time",
    Field.ACCOUNT: "account",
    Field.ACCOUNT_KIND: "viewer kind",
    Field.IS_ANONYMOUS: "anonymous",
    Field.CONTENT_ID: "content id",
    Field.CONTENT_TYPE: "content type",
    Field.CONTENT_TITLE: "content title",
    Field.SPACE_KEY: "space",
    Field.TERM: "term",
    Field.NUMBER_OF_RESULTS: "results",
    Field.VIEWS: "views",
    Field.VIEWERS: "viewers",
    Field.TOTAL: "total",
    Field.PAGE: "page",
    Field.PAGES: "pages",
    Field.LIMIT: "limit",
    Field.NEXT: "next",
    Field.NEXT_CURSOR: "next",
    Field.HAS_MORE: "more",
}
CASES = [(name, path) for name, paths in EXPECTED.items() for path in paths]


def flat(expected: dict[str, Any]) -> dict[str, str | None]:
    return {
        "subject": expected["subject"],
        "grouping": expected["grouping"],
        "rows": expected["rows"],
        **{f"parameter {name}": part for name, part in expected["parameters"].items()},
        **{f"field {path}": carried for path, carried in expected["fields"].items()},
        **{
            f"around {path}": "next" if carried == "cursor" else carried
            for path, carried in expected["envelope"].items()
        },
    }


def as_words(bound: OperationBinding) -> dict[str, str | None]:
    """Say a binding in the words of `EXPECTED`."""
    single = "search" if bound.subject is Subject.SEARCHES else "view"
    inside = "\0" if bound.rows_at is None else f"{bound.rows_at}/*/"
    said: dict[str, str | None] = {
        "subject": SUBJECTS[bound.subject],
        "grouping": TOTALS.get(bound.grouping, single),
        "rows": None if bound.rows_at is None else bound.rows_at.strip("/").replace("/", "."),
    }
    for one in bound.parameters:
        part = ROLES.get(one.part) if one.part is not None else None
        unit = UNITS.get(one.unit, "") if one.unit is not None else ""
        said[f"parameter {one.parameter.name}"] = None if part is None else part + unit
    for path, one in (*bound.properties.items(), *bound.headers.items()):
        carried = CARRIES.get(one.field) if one.field is not None else None
        if path.startswith(inside):
            said[f"field {path.removeprefix(inside).replace('/', '.')}"] = carried
        else:
            said[f"around {path.strip('/').replace('/', '.')}"] = carried
    return said


def binding_of(document: Document, path: str) -> OperationBinding:
    return next(one for one in bind(document).operations.values() if one.operation.path == path)


def missed(name: str, path: str) -> dict[str, str | None]:
    """Give what is bound otherwise than expected, as it is bound."""
    expected = flat(EXPECTED[name][path])
    said = as_words(binding_of(read_document(DOCUMENTS / name), path))
    return {key: said.get(key) for key, wanted in expected.items() if said.get(key) != wanted}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_documents_are_valid(name: str) -> None:
    validate(read_document(DOCUMENTS / name).content)


@pytest.mark.parametrize(("name", "path"), CASES)
def test_an_unseen_operation_is_bound_as_a_reader_would(name: str, path: str) -> None:
    assert missed(name, path) == {}


@pytest.mark.parametrize("name", EXPECTED)
def test_no_operation_is_left_unbound(name: str) -> None:
    assert bind(read_document(DOCUMENTS / name)).unbound == {}


class Served:
    """One document on a running mock, with openapi-core as the judge of its answers."""

    def __init__(self, name: str, mock: MockServer) -> None:
        self.name = name
        self.mock = mock
        self.document = read_document(DOCUMENTS / name)
        self.base = self.document.content["servers"][0]["url"]
        self.base = "/" + self.base.partition("://")[2].partition("/")[2] if "://" in self.base \
            else self.base  # fmt: skip
        self.url = mock.url + self.base
        self.judge = OpenAPI.from_dict(
            {**self.document.content, "servers": [{"url": self.url}]},
            config=Config(
                extra_media_type_deserializers={
                    "application/problem+json": json.loads,
                    "application/hal+json": json.loads,
                    "application/vnd.api+json": json.loads,
                }
            ),
        )
        site = mock.sites[Residency.US]
        self.content = site.example_content()

    def get(self, path: str, *, token: str | None = "demo-token-us", **query: Any) -> Any:
        parts = EXPECTED[self.name][path]["parameters"]
        for parameter, part in parts.items():
            value = {"content": self.content.id, "space": self.content.space_key}.get(part)
            if value is None or parameter in query:
                continue
            if "{" + parameter + "}" not in path:
                query[parameter] = value
        known = {"content": self.content.id, "space": self.content.space_key, **query}
        for parameter, part in parts.items():
            if "{" + parameter + "}" in path:
                path = path.replace(
                    "{" + parameter + "}", str(query.pop(parameter, known.get(part)))
                )
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = requests.get(self.url + path, params=query, headers=headers, timeout=30)
        assert self.faults(answer) == []
        return answer

    def faults(self, answer: requests.Response) -> list[str]:
        asked = RequestsOpenAPIRequest(answer.request)
        errors = self.judge.iter_response_errors(asked, RequestsOpenAPIResponse(answer))
        return [f"{error} {getattr(error.__cause__, 'schema_errors', '')}" for error in errors]


@pytest.fixture(scope="module")
def served_by_name() -> Iterator[dict[str, Served]]:
    mocks = {
        name: MockServer(Settings(document=DOCUMENTS / name, port=0, de_port=0, now=NOW)).start()
        for name in EXPECTED
    }
    yield {name: Served(name, mock) for name, mock in mocks.items()}
    for mock in mocks.values():
        mock.stop()


def at(body: Any, path: str | None) -> Any:
    for name in filter(None, (path or "").split(".")):
        body = body[name]
    return body


@pytest.mark.parametrize(("name", "path"), CASES)
def test_every_operation_is_served_with_a_valid_answer(
    name: str, path: str, served_by_name: dict[str, Served]
) -> None:
    answer = served_by_name[name].get(path)

    assert answer.status_code == 200
    assert EXPECTED[name][path]["rows"] is None or at(answer.json(), EXPECTED[name][path]["rows"])


@pytest.mark.parametrize(("name", "path"), CASES)
def test_without_a_token_the_answer_is_a_declared_401(
    name: str, path: str, served_by_name: dict[str, Served]
) -> None:
    answer = served_by_name[name].get(path, token=None)

    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]


CONTENT_CASES = [case for case in CASES if EXPECTED[case[0]][case[1]]["subject"] == "content"]


@pytest.mark.parametrize(("name", "path"), CONTENT_CASES)
def test_an_unknown_content_is_a_declared_404(
    name: str, path: str, served_by_name: dict[str, Served]
) -> None:
    parts = EXPECTED[name][path]["parameters"]
    parameter = next(one for one, part in parts.items() if part == "content")
    answer = served_by_name[name].get(path, **{parameter: 999_999_999_999_999})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("name", "path"),
    [("hal_pages.yaml", "/analytics/search-queries"), ("json_api.json", "/stats/search-events")],
)
def test_a_next_link_leads_to_the_next_page(
    name: str, path: str, served_by_name: dict[str, Served]
) -> None:
    answer = served_by_name[name].get(path)
    place = "_links.next.href" if name == "hal_pages.yaml" else "links.next"
    following = requests.get(
        requests.compat.urljoin(answer.url, at(answer.json(), place)),
        headers={"Authorization": "Bearer demo-token-us"},
        timeout=30,
    )

    assert following.status_code == 200


def test_a_link_header_is_that_of_rfc_8288(served_by_name: dict[str, Served]) -> None:
    assert "next" in served_by_name["daily_epoch.json"].get("/daily/search").links


def test_a_status_that_is_text_is_the_status(served_by_name: dict[str, Served]) -> None:
    answer = served_by_name["json_api.json"].get("/stats/search-events", token=None)

    assert answer.json()["errors"][0]["status"] == "401"


def test_an_error_code_of_an_enumeration_fits_the_status(
    served_by_name: dict[str, Served],
) -> None:
    answer = served_by_name["nested_report.yaml"].get("/searchReport", token=None)

    assert answer.json()["errors"][0]["extensions"]["classification"] == "UNAUTHENTICATED"
