"""What clients of the mock see, asked over HTTP: reports, refusals, and what headers tell."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server.api.render import Renderer
from mock_server.data.site import Site
from mock_server.settings import Settings
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency

NOW = "2026-01-30T12:00:00Z"
"""A Friday, at seven in the morning where the US site is."""

SEARCHES = "/api/v2/report/searches"
UNTIL_YESTERDAY = {"startDate": "2026-01-05", "endDate": "2026-01-30"}
"""Days that the clock of the shared mock has left behind, so that their rows stay as they are."""

PATIENCE = 60
"""Seconds; a busy machine is no failure."""

MakeMock = Callable[..., MockServer]


@pytest.fixture
def make_mock() -> Iterator[MakeMock]:
    """Starts mocks that a test may change, on the smallest world unless it wants another."""
    with ExitStack() as running:

        def start(**changes: Any) -> MockServer:
            settings = Settings(**{"port": 0, "de_port": 0, "world": "tiny", "now": NOW, **changes})
            return running.enter_context(MockServer(settings))

        yield start


@pytest.fixture
def client(mock: MockServer, token_us: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=mock.url, headers=bearer(token_us), timeout=PATIENCE) as opened:
        yield opened


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def site_of(mock: MockServer) -> Site:
    return mock.sites[Residency.US]


def content_path(mock: MockServer) -> str:
    return f"/api/v2/report/contents/{site_of(mock).example_content().id}/visits"


def space_path(mock: MockServer) -> str:
    return f"/api/v2/report/spaces/{site_of(mock).example_content().space_key}/visits"


def ask(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, timeout=PATIENCE, **options)


def get(
    mock: MockServer, path: str = SEARCHES, *, token: str | None = None, **query: str
) -> httpx.Response:
    return ask(mock.url + path, headers=bearer(token) if token else {}, params=query)


def assert_unauthorized(answer: httpx.Response, *, because: str) -> None:
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert because in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Viewtracker"')


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


def test_searches_have_terms_and_numbers_of_results(client: httpx.Client) -> None:
    page = client.get(SEARCHES, params=UNTIL_YESTERDAY).json()

    assert page["results"]
    assert all(search["searchTerm"] for search in page["results"])
    assert {0} < {search["numberOfResults"] for search in page["results"]}


@pytest.mark.parametrize("path_of", [content_path, space_path, lambda _: SEARCHES])
def test_pages_of_any_size_tile_the_whole_report_in_order(
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


def test_a_page_has_a_hundred_rows_from_the_first_on_by_default(client: httpx.Client) -> None:
    page = client.get(SEARCHES, params=UNTIL_YESTERDAY).json()

    assert (page["start"], page["limit"], page["size"]) == (0, 100, 100)


def test_a_report_covers_the_last_thirty_days_by_default(
    mock: MockServer, client: httpx.Client
) -> None:
    def total(**query: str) -> int:
        return int(client.get(space_path(mock), params=query).json()["totalSize"])

    thirty = {"startDate": "2026-01-02", "endDate": "2026-01-31"}

    # The clock goes on while we ask, so a visit may come in between.
    assert total(**thirty) <= total() <= total(**thirty)
    assert total() < total(**{**thirty, "startDate": "2026-01-01"})


def test_an_end_alone_is_the_last_of_thirty_days(mock: MockServer, client: httpx.Client) -> None:
    alone = client.get(space_path(mock), params={"endDate": "2026-01-30"}).json()
    both = client.get(
        space_path(mock), params={"startDate": "2026-01-01", "endDate": "2026-01-30"}
    ).json()

    assert both == alone


def test_both_days_of_a_range_are_included(client: httpx.Client) -> None:
    query = {"startDate": "2026-01-27", "endDate": "2026-01-28", "limit": "1000"}

    rows = client.get(SEARCHES, params=query).json()["results"]

    assert {"2026-01-27", "2026-01-28"} == {row["searchTime"][:10] for row in rows}


def test_a_range_that_ends_before_it_starts_is_an_empty_report_with_a_note(
    client: httpx.Client,
) -> None:
    query = {"startDate": "2026-01-30", "endDate": "2026-01-05"}

    answer = client.get(SEARCHES, params=query)

    assert answer.status_code == 200
    assert answer.json()["results"] == []
    assert answer.json()["totalSize"] == 0
    assert "ends before it starts" in answer.headers["X-Mock-Note"]


def test_a_range_of_one_day_has_no_note(client: httpx.Client) -> None:
    answer = client.get(SEARCHES, params={"startDate": "2026-01-28", "endDate": "2026-01-28"})

    assert answer.json()["totalSize"] > 0
    assert "X-Mock-Note" not in answer.headers


# Time


def test_rows_later_than_now_come_into_sight_as_the_clock_goes_on(
    make_mock: MakeMock, token_us: str
) -> None:
    mock = make_mock(world="demo")
    today = {"startDate": "2026-01-30", "endDate": "2026-02-28", "limit": "1000"}

    def rows() -> list[dict[str, Any]]:
        page = get(mock, space_path(mock), token=token_us, **today).json()
        return list(page["results"])

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


def test_without_a_token_the_challenge_names_no_error(mock: MockServer) -> None:
    answer = get(mock)

    assert_unauthorized(answer, because="There is no Authorization header")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Viewtracker"'


@pytest.mark.parametrize(
    ("value", "because"),
    [
        pytest.param("Basic ZGVtbzp4", "scheme is not Bearer", id="another scheme"),
        pytest.param("Bearer", "token is empty", id="no token"),
    ],
)
def test_an_authorization_without_bearer_token_is_as_none(
    mock: MockServer, value: str, because: str
) -> None:
    answer = ask(mock.url + SEARCHES, headers={"Authorization": value})

    assert_unauthorized(answer, because=because)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Viewtracker"'


def test_an_unknown_token_is_an_invalid_one(mock: MockServer) -> None:
    answer = get(mock, token="made-up")

    assert_unauthorized(answer, because="token is unknown")
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="Viewtracker", error="invalid_token", '
        'error_description="the token is unknown"'
    )
    assert "made-up" not in answer.text


def test_the_other_residencys_token_does_not_open_this_one(
    mock: MockServer, token_us: str, token_de: str
) -> None:
    in_us = ask(mock.url + SEARCHES, headers=bearer(token_de))
    in_de = ask(mock.de_url + SEARCHES, headers=bearer(token_us))

    assert_unauthorized(in_us, because="belongs to the other data residency")
    assert_unauthorized(in_de, because="belongs to the other data residency")


def test_each_residency_opens_to_its_own_token(
    mock: MockServer, token_us: str, token_de: str
) -> None:
    in_us = ask(mock.url + SEARCHES, headers=bearer(token_us), params=UNTIL_YESTERDAY)
    in_de = ask(mock.de_url + SEARCHES, headers=bearer(token_de), params=UNTIL_YESTERDAY)

    assert (in_us.status_code, in_de.status_code) == (200, 200)
    assert in_us.json()["results"] != in_de.json()["results"]


def test_generating_a_token_counts_at_the_next_request(make_mock: MakeMock, token_us: str) -> None:
    mock = make_mock()
    with httpx.Client(
        base_url=mock.url, timeout=PATIENCE
    ) as connection:  # one connection, kept open
        assert connection.get(SEARCHES, headers=bearer(token_us)).status_code == 200

        first = site_of(mock).tokens.generate()
        assert connection.get(SEARCHES, headers=bearer(first)).status_code == 200
        demo = connection.get(SEARCHES, headers=bearer(token_us))

        second = site_of(mock).tokens.generate()
        assert connection.get(SEARCHES, headers=bearer(second)).status_code == 200
        old = connection.get(SEARCHES, headers=bearer(first))

    assert_unauthorized(demo, because="token was revoked")
    assert_unauthorized(old, because="token was revoked")
    assert 'error="invalid_token"' in old.headers["WWW-Authenticate"]


def test_without_demo_tokens_only_a_generated_one_opens(make_mock: MakeMock, token_us: str) -> None:
    mock = make_mock(demo_token=False)

    assert_unauthorized(get(mock, token=token_us), because="token is unknown")
    assert get(mock, token=site_of(mock).tokens.generate()).status_code == 200


def test_a_database_keeps_the_token_but_no_unwanted_demo_token(
    tmp_path: Path, token_us: str, token_de: str
) -> None:
    settings = Settings(port=0, de_port=0, world="tiny", now=NOW, database=str(tmp_path / "db"))
    with MockServer(settings) as mock:
        generated = site_of(mock).tokens.generate()

    with MockServer(replace(settings, demo_token=False)) as mock:
        kept = get(mock, token=generated)
        older = get(mock, token=token_us)
        unwanted = ask(mock.de_url + SEARCHES, headers=bearer(token_de))

    assert kept.status_code == 200
    assert_unauthorized(older, because="token was revoked")
    assert_unauthorized(unwanted, because="token was revoked")


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "bearer"])
def test_a_token_in_the_query_opens_nothing(mock: MockServer, token_us: str, name: str) -> None:
    assert_unauthorized(
        ask(f"{mock.url}{SEARCHES}?{name}={token_us}"), because="no Authorization header"
    )


def test_a_token_in_the_body_opens_nothing(mock: MockServer, token_us: str) -> None:
    answer = httpx.request(
        "GET", mock.url + SEARCHES, data={"access_token": token_us}, timeout=PATIENCE
    )

    assert_unauthorized(answer, because="no Authorization header")


def test_a_refusal_does_not_tell_what_exists(mock: MockServer) -> None:
    def without_place(answer: httpx.Response) -> tuple[object, ...]:
        body = {key: value for key, value in answer.json().items() if key != "instance"}
        return answer.status_code, body, answer.headers["WWW-Authenticate"]

    known = get(mock, content_path(mock), token="made-up")
    unknown = get(mock, "/api/v2/report/contents/1/visits", token="made-up")
    bad = get(mock, "/api/v2/report/contents/x/visits", token="made-up")
    space = get(mock, "/api/v2/report/spaces/NOPE/visits", token="made-up")
    nowhere = get(mock, "/nowhere", token="made-up")

    assert known.status_code == 401
    assert without_place(known) == without_place(unknown) == without_place(bad)
    assert without_place(known) == without_place(space) == without_place(nowhere)


# Refusals


@pytest.mark.parametrize(
    ("path", "words"),
    [
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
    ],
)
def test_a_400_says_parameter_value_and_bound(
    client: httpx.Client, path: str, words: list[str]
) -> None:
    answer = client.get(path)
    detail = answer.json()["detail"]

    assert answer.status_code == 400
    assert [word for word in words if word not in detail] == []
    assert answer.json()["instance"] == path.partition("?")[0]


def test_a_404_names_the_nearest_space(mock: MockServer, client: httpx.Client) -> None:
    key = site_of(mock).example_content().space_key

    answer = client.get(f"/api/v2/report/spaces/{key.lower()}/visits")

    assert answer.status_code == 404
    assert answer.json()["detail"] == (f"There is no space {key.lower()!r}. Did you mean {key!r}?")


def test_a_404_names_the_nearest_content(mock: MockServer, client: httpx.Client) -> None:
    wrong = site_of(mock).example_content().id * 10

    answer = client.get(f"/api/v2/report/contents/{wrong}/visits")
    told = answer.json()["detail"].removeprefix(f"There is no content {wrong}. Did you mean '")

    assert answer.status_code == 404
    assert int(told.removesuffix("'?")) in site_of(mock).world.contents(mock.clock.now())


def test_a_404_names_nothing_where_nothing_is_near(client: httpx.Client) -> None:
    answer = client.get("/api/v2/report/spaces/!!!!!!/visits")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no space '!!!!!!'."


def test_a_404_names_the_nearest_path(client: httpx.Client) -> None:
    answer = client.get("/api/v2/report/serches")

    assert answer.status_code == 404
    assert f"Did you mean {SEARCHES!r}?" in answer.json()["detail"]


def test_unknown_query_parameters_are_told_in_a_header(client: httpx.Client) -> None:
    known = client.get(SEARCHES, params=UNTIL_YESTERDAY)
    answer = client.get(SEARCHES, params={**UNTIL_YESTERDAY, "startdate": "x", "größe": "1"})

    assert known.json() == answer.json()
    assert answer.headers["X-Mock-Unknown-Parameters"] == "startdate, gr%C3%B6%C3%9Fe"
    assert "X-Mock-Unknown-Parameters" not in known.headers


def test_unknown_query_parameters_are_refused_if_so_set(make_mock: MakeMock, token_us: str) -> None:
    mock = make_mock(unknown_parameters="reject")

    answer = get(mock, token=token_us, startdate="2026-01-01")

    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "query parameter 'startdate' is unknown. Did you mean 'startDate'?"
    )
    assert get(mock, token=token_us, startDate="2026-01-01").status_code == 200


# Hosts


@pytest.mark.parametrize(
    ("host", "residency"),
    [
        ("de.viewtracker.aws.bitvoodoo.cloud", "de"),
        ("DE.Viewtracker.aws.bitvoodoo.cloud.:443", "de"),
        ("viewtracker.aws.bitvoodoo.cloud", "us"),
        ("de.localhost:8080", "de"),
        ("us.localhost", "us"),
        ("localhost", None),
        ("de", None),
    ],
)
@pytest.mark.parametrize("port", ["us", "de"])
def test_a_host_name_chooses_the_residency_and_else_the_port(
    mock: MockServer, port: str, host: str, residency: str | None
) -> None:
    wanted = residency or port
    headers = {"Host": host, **bearer(f"demo-token-{wanted}")}

    answer = ask(mock.url_of(Residency(port)) + SEARCHES, headers=headers)

    assert answer.status_code == 200
    assert answer.headers["X-Mock-Residency"] == wanted


# Layers


def test_large_answers_are_compressed_for_those_who_accept_it(client: httpx.Client) -> None:
    packed = client.get(SEARCHES, params=UNTIL_YESTERDAY, headers={"Accept-Encoding": "gzip"})
    plain = client.get(SEARCHES, params=UNTIL_YESTERDAY, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert packed.num_bytes_downloaded < plain.num_bytes_downloaded / 3
    assert plain.json() == packed.json()


def test_small_answers_are_not_compressed(client: httpx.Client) -> None:
    answer = client.get(f"{SEARCHES}?limit=0", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in answer.headers


def test_pages_of_any_origin_may_ask_first(mock: MockServer) -> None:
    asked = {
        "Origin": "https://dashboard.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }

    answer = httpx.options(mock.url + SEARCHES, headers=asked, timeout=PATIENCE)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()


@pytest.mark.parametrize(("path", "status"), [(f"{SEARCHES}?limit=1", 200), ("/nowhere", 404)])
def test_pages_of_any_origin_may_read_answers(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path, headers={"Origin": "https://dashboard.example"})

    assert status == answer.status_code
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "*"


def test_headers_tell_where_an_answer_comes_from(client: httpx.Client) -> None:
    headers = client.get(SEARCHES).headers

    assert headers["X-Mock-Source"] == "world demo"
    assert headers["X-Mock-Operation"] == "getSearches"
    assert headers["X-Mock-Residency"] == "us"
    assert headers["X-Mock-Seed"] == "0"
    assert headers["X-Mock-Version"]


@pytest.mark.parametrize("path", [f"{SEARCHES}?unknown=1&startDate=9999-12-31", "/nowhere"])
def test_headers_tell_nothing_if_so_set(make_mock: MakeMock, token_us: str, path: str) -> None:
    mock = make_mock(tell=False)

    answer = ask(mock.url + path, headers=bearer(token_us))

    assert [name for name in answer.headers if name.startswith("x-mock")] == []
    assert "Date" in answer.headers


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
def test_an_answer_that_breaks_the_document_is_a_500_that_says_where(
    make_mock: MakeMock, token_us: str
) -> None:
    answer = get(make_mock(), token=token_us)

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == (
        "The mock's response 200 of getSearches breaks the document at /totalSize: "
        "-1 is less than the minimum of 0."
    )


@pytest.mark.usefixtures("negative_totals")
def test_without_the_response_check_it_passes(make_mock: MakeMock, token_us: str) -> None:
    answer = get(make_mock(response_check=False), token=token_us)

    assert answer.status_code == 200
    assert answer.json()["totalSize"] == -1


def test_a_defect_is_a_500_without_its_inner_life(
    make_mock: MakeMock,
    token_us: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mock = make_mock()
    monkeypatch.setattr(site_of(mock), "report", lambda *_, **__: 1 / 0)

    answer = get(mock, token=token_us)

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 500
    assert "ZeroDivisionError" not in answer.text
    assert "ZeroDivisionError" in caplog.text
