"""What clients of the mock see over HTTP: reports, refusals, and headers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import mock_server
from mock_server.api.render import Renderer
from mock_server.data.site import Site
from mock_server.settings import Settings
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency
from tests.mocks import SEARCHES, MakeMock, bearer

SETTINGS = {"now": "2026-01-30T12:00:00Z"}
"""A Friday, at seven in the morning where the US site is."""

UNTIL_YESTERDAY = {"startDate": "2026-01-05", "endDate": "2026-01-30"}
"""Days that the clock of the shared mock has left behind, so that their rows stay as they are."""


@pytest.fixture
def client(mock: MockServer, token_us: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=mock.url, headers=bearer(token_us)) as opened:
        yield opened


def site_of(mock: MockServer) -> Site:
    return mock.sites[Residency.US]


def content_path(mock: MockServer) -> str:
    return f"/api/v2/report/contents/{site_of(mock).example_content().id}/visits"


def space_path(mock: MockServer) -> str:
    return f"/api/v2/report/spaces/{site_of(mock).example_content().space_key}/visits"


def get(mock: MockServer, path: str = SEARCHES, token: str = "", **query: str) -> httpx.Response:
    return httpx.get(mock.url + path, headers=bearer(token) if token else {}, params=query)


def assert_unauthorized(response: httpx.Response, *, because: str) -> None:
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert because in response.json()["detail"]
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="Viewtracker"')


# Reports


def test_a_contents_visits_are_of_that_content(mock: MockServer, client: httpx.Client) -> None:
    content = site_of(mock).example_content()
    page = client.get(content_path(mock), params=UNTIL_YESTERDAY).json()
    assert {content.id} == {visit["contentId"] for visit in page["results"]}
    assert {content.title} == {visit["contentName"] for visit in page["results"]}
    assert {content.space_key} == {visit["spaceKey"] for visit in page["results"]}
    assert page["size"] == len(page["results"])


def test_a_spaces_visits_hold_those_of_its_contents(mock: MockServer, client: httpx.Client) -> None:
    content = site_of(mock).example_content()
    query = {**UNTIL_YESTERDAY, "startDate": "2026-01-26", "limit": "1000"}
    in_space = client.get(space_path(mock), params=query).json()
    of_content = client.get(content_path(mock), params=query).json()
    assert in_space["totalSize"] == len(in_space["results"]) > of_content["totalSize"]
    assert of_content["results"] == [
        visit for visit in in_space["results"] if visit["contentId"] == content.id
    ]
    assert {content.space_key} == {visit["spaceKey"] for visit in in_space["results"]}


def test_searches_have_terms_and_counts_a_hundred_to_a_page(client: httpx.Client) -> None:
    page = client.get(SEARCHES, params=UNTIL_YESTERDAY).json()
    assert (0, 100, 100) == (page["start"], page["limit"], page["size"])
    assert all(search["searchTerm"] for search in page["results"])
    assert {0} < {search["numberOfResults"] for search in page["results"]}


@pytest.mark.parametrize("path_of", [content_path, space_path, lambda _: SEARCHES])
def test_pages_of_any_size_tile_the_report(
    mock: MockServer, client: httpx.Client, path_of: Callable[[MockServer], str]
) -> None:
    def walk(limit: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            query = {**UNTIL_YESTERDAY, "start": str(len(rows)), "limit": str(limit)}
            page = client.get(path_of(mock), params=query).json()
            assert page["start"] == len(rows)
            assert page["limit"] == limit
            assert page["size"] == len(page["results"]) <= limit
            if not page["results"]:
                assert page["totalSize"] == len(rows)
                return rows
            rows += page["results"]

    def rank(row: dict[str, Any]) -> tuple[Any, ...]:
        if "viewTime" in row:
            return row["viewTime"], row["contentId"], row["userId"] or ""
        return row["searchTime"], row["searchTerm"], row["userId"] or ""

    rows = walk(1000)

    assert len(rows) > 100
    assert rows == sorted(rows, key=rank)
    assert rows == walk(97)


def test_a_report_covers_thirty_days_by_default(mock: MockServer, client: httpx.Client) -> None:
    def total(**query: str) -> int:
        return int(client.get(space_path(mock), params=query).json()["totalSize"])

    thirty = {"startDate": "2026-01-02", "endDate": "2026-01-31"}
    # The clock goes on while we ask, so a visit may come in between.
    assert total(**thirty) <= total() <= total(**thirty)
    assert total() < total(**{**thirty, "startDate": "2026-01-01"})


def test_an_end_alone_is_the_last_of_thirty_days(mock: MockServer, client: httpx.Client) -> None:
    days = {"startDate": "2026-01-01", "endDate": "2026-01-30"}
    alone = client.get(space_path(mock), params={"endDate": days["endDate"]}).json()
    assert client.get(space_path(mock), params=days).json() == alone


def test_both_days_of_a_range_are_included_without_a_note(client: httpx.Client) -> None:
    days = {"startDate": "2026-01-27", "endDate": "2026-01-28"}
    response = client.get(SEARCHES, params={**days, "limit": "1000"})
    assert set(days.values()) == {row["searchTime"][:10] for row in response.json()["results"]}
    assert "X-Mock-Note" not in response.headers


def test_a_reversed_range_is_an_empty_report_with_a_note(client: httpx.Client) -> None:
    response = client.get(SEARCHES, params={"startDate": "2026-01-30", "endDate": "2026-01-05"})
    assert response.status_code == 200
    assert response.json()["results"] == []
    assert response.json()["totalSize"] == 0
    assert "ends before it starts" in response.headers["X-Mock-Note"]


# Time


def test_later_rows_appear_as_the_clock_advances(make_mock: MakeMock, token_us: str) -> None:
    mock = make_mock(world="demo")
    today = {"startDate": "2026-01-30", "endDate": "2026-02-28", "limit": "1000"}

    def rows() -> list[dict[str, Any]]:
        return list(get(mock, space_path(mock), token=token_us, **today).json()["results"])

    morning = rows()
    mock.clock.advance(timedelta(hours=8))
    evening = rows()
    mock.clock.advance(timedelta(days=3))
    monday = rows()

    assert all(row["viewTime"] < "2026-01-30T12:01" for row in morning)
    assert all(row["viewTime"] < "2026-01-30T20:01" for row in evening)
    assert len(morning) < len(evening) < len(monday)
    assert morning == evening[: len(morning)]
    assert evening == monday[: len(evening)]


def test_the_date_header_follows_the_clock(make_mock: MakeMock) -> None:
    mock = make_mock()
    before = get(mock).headers.get_list("Date")
    mock.clock.advance(timedelta(days=31))
    after = get(mock).headers.get_list("Date")
    assert len(before) == len(after) == 1
    assert before[0].startswith("Fri, 30 Jan 2026 12:00:")
    assert after[0].startswith("Mon, 02 Mar 2026 12:00:")
    assert after[0].endswith(" GMT")


# Tokens


@pytest.mark.parametrize(("authorization", "because", "error"), [
    (None, "There is no Authorization header", ""), ("Basic ZGVtbzp4", "scheme is not Bearer", ""),
    ("Bearer", "token is empty", ""),
    ("Bearer made-up", "token is unknown",
     ', error="invalid_token", error_description="the token is unknown"'),
])  # fmt: skip
def test_a_401_says_why_and_names_an_error_for_a_token(
    mock: MockServer, authorization: str | None, because: str, error: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = httpx.get(mock.url + SEARCHES, headers=headers)
    assert_unauthorized(response, because=because)
    assert f'Bearer realm="Viewtracker"{error}' == response.headers["WWW-Authenticate"]
    assert "made-up" not in response.text


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "bearer"])
@pytest.mark.parametrize("place", ["params", "data"])
def test_a_misplaced_token_is_401(mock: MockServer, token_us: str, name: str, place: str) -> None:
    response = httpx.request("GET", mock.url + SEARCHES, **{place: {name: token_us}})
    assert_unauthorized(response, because="no Authorization header")


def test_a_token_opens_its_residency_alone(mock: MockServer, token_us: str, token_de: str) -> None:
    def ask(url: str, token: str) -> httpx.Response:
        return httpx.get(url + SEARCHES, headers=bearer(token), params=UNTIL_YESTERDAY)

    us, de = ask(mock.url, token_us), ask(mock.de_url, token_de)
    assert (200, 200) == (us.status_code, de.status_code)
    assert us.json()["results"] != de.json()["results"]
    for wrong in (ask(mock.url, token_de), ask(mock.de_url, token_us)):
        assert_unauthorized(wrong, because="belongs to the other data residency")


def test_generating_a_token_counts_at_the_next_request(make_mock: MakeMock, token_us: str) -> None:
    mock = make_mock()
    tokens = site_of(mock).tokens
    with httpx.Client(base_url=mock.url) as connection:  # kept open

        def ask(token: str) -> httpx.Response:
            return connection.get(SEARCHES, headers=bearer(token))

        assert 200 == ask(token_us).status_code
        first = tokens.generate()
        assert 200 == ask(first).status_code
        demo = ask(token_us)
        assert 200 == ask(tokens.generate()).status_code
        old = ask(first)
    for refused in (demo, old):
        assert_unauthorized(refused, because="token was revoked")
    assert 'error="invalid_token"' in old.headers["WWW-Authenticate"]


def test_without_demo_tokens_only_a_generated_one_opens(make_mock: MakeMock, token_us: str) -> None:
    mock = make_mock(demo_token=False)
    assert_unauthorized(get(mock, token=token_us), because="token is unknown")
    assert get(mock, token=site_of(mock).tokens.generate()).status_code == 200


def test_a_database_stores_no_demo_token(tmp_path: Path, token_us: str, token_de: str) -> None:
    settings = Settings(port=0, de_port=0, world="tiny", database=str(tmp_path / "db"), **SETTINGS)
    with MockServer(settings) as mock:
        generated = site_of(mock).tokens.generate()
    with MockServer(replace(settings, demo_token=False)) as mock:
        stored = get(mock, token=generated)
        older = get(mock, token=token_us)
        unwanted = httpx.get(mock.de_url + SEARCHES, headers=bearer(token_de))

    assert stored.status_code == 200
    assert_unauthorized(older, because="token was revoked")
    assert_unauthorized(unwanted, because="token was revoked")


def test_a_401_does_not_reveal_what_exists(mock: MockServer) -> None:
    def without_place(path: str) -> tuple[object, ...]:
        response = get(mock, path, token="made-up")
        body = {key: value for key, value in response.json().items() if key != "instance"}
        return response.status_code, body, response.headers["WWW-Authenticate"]

    known = without_place(content_path(mock))

    assert known[0] == 401
    for path in ("contents/1/visits", "contents/x/visits", "spaces/NOPE/visits", "nowhere"):
        assert known == without_place(f"/api/v2/report/{path}")


# Refusals


@pytest.mark.parametrize(("path", "words"), [
    (f"{SEARCHES}?limit=1001", ["query parameter 'limit'", "1001", "maximum of 1000"]),
    (f"{SEARCHES}?limit=0", ["query parameter 'limit'", "0", "minimum of 1"]),
    (f"{SEARCHES}?start=-5", ["query parameter 'start'", "-5", "minimum of 0"]),
    (f"{SEARCHES}?limit=ten", ["query parameter 'limit'", '"ten"', '"integer"']),
    (f"{SEARCHES}?startDate=2026-02-30", ["'startDate'", '"2026-02-30"', '"date"']),
    (f"{SEARCHES}?endDate=today", ["'endDate'", '"today"', '"date"']),
    (f"{SEARCHES}?limit=1&limit=2", ["'limit'", "2 times", "once"]),
    ("/api/v2/report/contents/0/visits", ["path parameter 'contentId'", "minimum of 1"]),
    ("/api/v2/report/contents/12a/visits", ["'contentId'", '"12a"', '"integer"']),
    (f"/api/v2/report/spaces/{'x' * 256}/visits", ["'spaceKey'", "xxx", "255"]),
])  # fmt: skip
def test_a_400_has_name_value_and_bound(client: httpx.Client, path: str, words: list[str]) -> None:
    response = client.get(path)
    detail = response.json()["detail"]
    assert response.status_code == 400
    assert [word for word in words if word not in detail] == []
    assert response.json()["instance"] == path.partition("?")[0]


def test_a_404_names_what_is_nearest_if_anything_is(mock: MockServer, client: httpx.Client) -> None:
    def detail_of(path: str) -> str:
        response = client.get(f"/api/v2/report/{path}")
        assert response.status_code == 404
        return str(response.json()["detail"])

    content = site_of(mock).example_content()
    key, wrong = content.space_key, content.id * 10
    start = f"There is no content {wrong}. Did you mean '"
    near = detail_of(f"contents/{wrong}/visits").removeprefix(start)
    low = key.lower()
    assert f"There is no space {low!r}. Did you mean {key!r}?" == detail_of(f"spaces/{low}/visits")
    assert int(near.removesuffix("'?")) in site_of(mock).world.contents(mock.clock.now())
    assert "There is no space '!!!!!!'." == detail_of("spaces/!!!!!!/visits")
    assert f"Did you mean {SEARCHES!r}?" in detail_of("serches")


def test_unknown_query_parameters_are_named_in_a_header(client: httpx.Client) -> None:
    known = client.get(SEARCHES, params=UNTIL_YESTERDAY)
    response = client.get(SEARCHES, params={**UNTIL_YESTERDAY, "startdate": "x", "größe": "1"})
    assert known.json() == response.json()
    assert response.headers["X-Mock-Unknown-Parameters"] == "startdate, gr%C3%B6%C3%9Fe"
    assert "X-Mock-Unknown-Parameters" not in known.headers


def test_unknown_query_parameters_are_refused_if_so_set(make_mock: MakeMock, token_us: str) -> None:
    mock = make_mock(unknown_parameters="reject")
    response = get(mock, token=token_us, startdate="2026-01-01")
    assert response.status_code == 400
    said = "query parameter 'startdate' is unknown. Did you mean 'startDate'?"
    assert said == response.json()["detail"]
    assert get(mock, token=token_us, startDate="2026-01-01").status_code == 200


# Hosts


@pytest.mark.parametrize(("host", "residency"), [
    ("de.viewtracker.aws.bitvoodoo.cloud", "de"), ("DE.Viewtracker.aws.bitvoodoo.cloud.:443", "de"),
    ("viewtracker.aws.bitvoodoo.cloud", "us"), ("de.localhost:8080", "de"), ("us.localhost", "us"),
    ("localhost", None), ("de", None),
])  # fmt: skip
@pytest.mark.parametrize("port", ["us", "de"])
def test_host_or_port_decides(
    mock: MockServer, port: str, host: str, residency: str | None
) -> None:
    wanted = residency or port
    headers = {"Host": host, **bearer(f"demo-token-{wanted}")}
    response = httpx.get(mock.url_of(Residency(port)) + SEARCHES, headers=headers)
    assert response.status_code == 200
    assert response.headers["X-Mock-Residency"] == wanted


# Layers


def accepting(client: httpx.Client, encoding: str, **query: str) -> httpx.Response:
    headers = {"Accept-Encoding": encoding}
    return client.get(SEARCHES, params={**UNTIL_YESTERDAY, **query}, headers=headers)


def test_large_responses_are_compressed_for_those_who_accept_it(client: httpx.Client) -> None:
    packed, plain = accepting(client, "gzip"), accepting(client, "identity")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.num_bytes_downloaded < plain.num_bytes_downloaded / 3
    assert plain.json() == packed.json()
    assert "Content-Encoding" not in accepting(client, "gzip", limit="0").headers


@pytest.mark.parametrize("refused", ["identity", "gzip;q=0", "gzip; q=0.0, *", "nogzip"])
def test_a_client_that_refuses_compression_gets_none(refused: str, client: httpx.Client) -> None:
    assert "Content-Encoding" not in accepting(client, refused).headers


def test_pages_of_any_origin_may_send_a_preflight(mock: MockServer) -> None:
    preflight = {
        "Origin": "https://dashboard.example", "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization, traceparent, x-requested-with",
    }  # fmt: skip
    response = httpx.options(mock.url + SEARCHES, headers=preflight)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "authorization" in response.headers["Access-Control-Allow-Headers"].lower()


@pytest.mark.parametrize(("path", "status"), [(f"{SEARCHES}?limit=1", 200), ("/nowhere", 404)])
def test_any_origin_may_read_responses(client: httpx.Client, path: str, status: int) -> None:
    response = client.get(path, headers={"Origin": "https://dashboard.example"})
    assert status == response.status_code
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Expose-Headers"] == "*"


def test_headers_name_the_source_of_a_response(client: httpx.Client) -> None:
    headers = client.get(SEARCHES).headers
    names = ("Source", "Operation", "Residency", "Seed", "Version")
    expected = ["world demo", "getSearches", "us", "0", mock_server.__version__]
    assert expected == [headers[f"X-Mock-{name}"] for name in names]


@pytest.mark.parametrize("path", [f"{SEARCHES}?unknown=1&startDate=9999-12-31", "/nowhere"])
def test_mock_headers_can_be_switched_off(make_mock: MakeMock, token_us: str, path: str) -> None:
    response = httpx.get(make_mock(mock_headers=False).url + path, headers=bearer(token_us))
    assert [name for name in response.headers if name.startswith("x-mock")] == []
    assert "Date" in response.headers


# The response check


@pytest.fixture
def negative_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every report say that it has one row less than none."""
    render = Renderer.render

    def broken(*args: Any, **kwargs: Any) -> Any:
        body = render(*args, **kwargs)
        return {**body, "totalSize": -1} if "totalSize" in body else body

    monkeypatch.setattr(Renderer, "render", broken)


@pytest.mark.usefixtures("negative_totals")
def test_an_invalid_response_is_a_500_unless_unchecked(make_mock: MakeMock, token_us: str) -> None:
    checked = get(make_mock(), token=token_us)
    unchecked = get(make_mock(response_check=False), token=token_us)
    assert checked.status_code == 500
    assert checked.headers["Content-Type"] == "application/problem+json"
    assert checked.json()["detail"] == (
        "The mock's response 200 of getSearches breaks the document at /totalSize: "
        "-1 is less than the minimum of 0."
    )
    assert (200, -1) == (unchecked.status_code, unchecked.json()["totalSize"])


def test_a_defect_is_a_500_without_its_inner_life(
    make_mock: MakeMock, token_us: str, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    mock = make_mock()
    monkeypatch.setattr(site_of(mock), "report", lambda *_, **__: 1 / 0)
    response = get(mock, token=token_us)
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 500
    assert "ZeroDivisionError" not in response.text
    assert "ZeroDivisionError" in caplog.text
