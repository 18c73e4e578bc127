"""Every scenario with real clients: HTTPX, Requests with urllib3's retries, Node's fetch."""

import json
import tomllib
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from mock_server import MockServer, Residency, Settings
from mock_server.faults.faults import Fault
from tests.commands import run_process
from tests.mocks import SEARCHES, MakeMock, bearer
from tests.needing import program

ROOT = Path(__file__).parents[3]
NOW = "2026-01-29T15:00:00Z"
"""A Thursday afternoon: there are rows of the last hour."""
TOKENS = {one: bearer(f"demo-token-{one}") for one in Residency}
US, DE = Residency.US, Residency.DE

ON = Callable[[str], None]


@pytest.fixture(scope="module")
def delays() -> list[float]:
    """The delays of responses in seconds, recorded instead of waited."""
    return []


@pytest.fixture(scope="module")
def running(delays: list[float]) -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0, now=NOW, freeze=True)) as mock:

        async def record_delay(seconds: float) -> None:
            delays.append(seconds)

        mock.control.faults.sleep = record_delay
        yield mock


CLIENT = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
"""Shared, because each client reads the trusted certificates of the machine; it keeps no sockets."""


@pytest.fixture
def mock(running: MockServer, delays: list[float]) -> MockServer:
    running.reset()
    delays.clear()
    return running


def get(mock: MockServer, residency: Residency = US, **params: Any) -> httpx.Response:
    url = mock.url_of(residency) + SEARCHES
    return CLIENT.get(url, headers=TOKENS[residency], params=params)


def statuses(mock: MockServer, count: int, residency: Residency = US) -> list[int]:
    return [get(mock, residency).status_code for _ in range(count)]


def started(mock: MockServer, name: str) -> MockServer:
    mock.control.faults.start(name)
    return mock


def test_slow_delays_responses_randomly(mock: MockServer, delays: list[float]) -> None:
    assert {200} == set(statuses(started(mock, "slow"), 40))
    assert 40 == len(set(delays))
    assert 0.6 < sorted(delays)[20] < 2.4


def test_flaky_fails_the_same_requests_each_time(mock: MockServer) -> None:
    results = statuses(started(mock, "flaky"), 60)
    assert {200, 500, 502, 503} == set(results)
    assert 0.1 < 1 - results.count(200) / 60 < 0.45
    assert results == statuses(started(mock, "flaky"), 60)


def test_fails_twice_succeeds_with_retries_of_urllib3(mock: MockServer) -> None:
    started(mock, "fails-twice")
    session = requests.Session()
    session.trust_env = False
    retry = Retry(3, status_forcelist=[503], backoff_factor=0, respect_retry_after_header=False)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    with session:
        response = session.get(mock.url + SEARCHES, headers=TOKENS[US])
    assert 200 == response.status_code
    assert [503, 503] == [one.status for one in response.raw.retries.history]


def test_outage_sends_retry_after(mock: MockServer) -> None:
    response = get(started(mock, "outage"))
    assert (503, "30") == (response.status_code, response.headers["Retry-After"])
    assert "application/problem+json" == response.headers["Content-Type"]
    assert 503 == response.json()["status"]


def test_rate_limited_allows_more_requests_in_the_next_minute(mock: MockServer) -> None:
    started(mock, "rate-limited")
    results = [get(mock) for _ in range(12)]
    mock.clock.advance(timedelta(seconds=int(results[-1].headers["Retry-After"])))
    assert [200] * 10 + [429] * 2 == [one.status_code for one in results]
    assert ["9", "8"] == [one.headers["X-RateLimit-Remaining"] for one in results[:2]]
    assert [200] * 10 + [429] == statuses(mock, 11)


def test_token_bucket_refills_gradually(mock: MockServer) -> None:
    started(mock, "token-bucket")
    assert [200] * 10 + [429] == statuses(mock, 11)
    mock.clock.advance(timedelta(seconds=12))
    assert [200, 200, 429] == statuses(mock, 3)


def test_rate_limits_apply_per_token(mock: MockServer) -> None:
    started(mock, "rate-limited")
    statuses(mock, 11)
    assert 200 == get(mock, DE).status_code


@pytest.mark.parametrize(("name", "expected", "word"), [
    ("token-expired", 401, "expired"), ("wrong-residency", 401, "residency"),
    ("forbidden", 403, "right"),
])  # fmt: skip
def test_valid_tokens_are_refused_by_scenarios(
    mock: MockServer, name: str, expected: int, word: str
) -> None:
    response = get(started(mock, name))
    assert expected == response.status_code
    assert word in response.json()["detail"]
    assert (expected == 401) is ("invalid_token" in response.headers.get("WWW-Authenticate", ""))


def test_token_revoked_takes_effect_after_the_first_request(mock: MockServer) -> None:
    assert [200, 401, 401] == statuses(started(mock, "token-revoked"), 3)


def test_empty_report_has_no_rows_and_zero_totals(mock: MockServer) -> None:
    report = get(started(mock, "empty-report")).json()
    assert ([], 0, 0) == (report["results"], report["size"], report["totalSize"])


def test_huge_report_is_one_page_of_20_000_rows(mock: MockServer) -> None:
    report = get(started(mock, "huge-report"), limit=10).json()
    assert 20_000 == len(report["results"]) == report["totalSize"]


def test_truncated_json_sends_half_of_the_body(mock: MockServer) -> None:
    whole = get(mock).content
    response = get(started(mock, "truncated-json"))
    assert whole[: len(whole) // 2] == response.content
    with pytest.raises(json.JSONDecodeError):
        response.json()


def test_html_error_page_looks_like_one_of_a_proxy(mock: MockServer) -> None:
    response = get(started(mock, "html-error-page"))
    assert 502 == response.status_code
    assert "text/html; charset=utf-8" == response.headers["Content-Type"]
    assert "<h1>502 Bad Gateway</h1>" in response.text


def test_connection_reset_raises_an_error_in_the_client(mock: MockServer) -> None:
    started(mock, "connection-reset")
    with pytest.raises(httpx.ReadError, match="reset by peer"):
        get(mock)
    with pytest.raises(requests.ConnectionError):
        requests.get(mock.url + SEARCHES, headers=TOKENS[US], timeout=10)


def test_slow_drip_sends_the_whole_body_in_small_parts(
    mock: MockServer, delays: list[float]
) -> None:
    whole = get(mock, limit=5).content
    assert whole == get(started(mock, "slow-drip"), limit=5).content
    assert [0.2] * ((len(whole) - 1) // 64) == delays


def test_wrong_content_type_still_has_a_json_body(mock: MockServer) -> None:
    response = get(started(mock, "wrong-content-type"))
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.json()["results"]


def test_schema_drift_changes_every_row(mock: MockServer) -> None:
    before = get(mock, limit=3).json()["results"]
    after = get(started(mock, "schema-drift"), limit=3).json()["results"]
    for old, new in zip(before, after, strict=True):
        renamed, *_ = old
        assert renamed not in new
        assert old[renamed] == new[f"{renamed}New"]
        assert str(old["numberOfResults"]) == new["numberOfResults"]
        assert 1 == len(new.keys() - old.keys() - {f"{renamed}New"})


def test_stale_data_omits_the_last_hour(mock: MockServer) -> None:
    fresh = get(mock, startDate="2026-01-29", limit=1000).json()["results"]
    stale = get(started(mock, "stale-data"), startDate="2026-01-29", limit=1000).json()["results"]
    old_enough = [row for row in fresh if row["searchTime"] < "2026-01-29T14:00:00.000Z"]
    assert len(fresh) > len(stale)
    assert old_enough == stale


def test_clock_skew_shifts_the_date_header(mock: MockServer) -> None:
    def date() -> Any:
        return parsedate_to_datetime(get(mock).headers["Date"])

    before = date()
    started(mock, "clock-skew")
    assert timedelta(minutes=10) == date() - before


def test_de_down_affects_only_the_de_residency(mock: MockServer) -> None:
    started(mock, "de-down")
    assert ([200], [503]) == (statuses(mock, 1), statuses(mock, 1, DE))


def test_scenarios_do_not_affect_the_control_api(mock: MockServer) -> None:
    for name in ("outage", "connection-reset"):
        started(mock, name)
    assert 204 == httpx.delete(f"{mock.url}/__admin/faults").status_code
    assert 200 == get(mock).status_code


@pytest.mark.needs_programs
@pytest.mark.parametrize(("name", "expected"), [
    ("outage", "503 30"), ("rate-limited", "200 null"), ("connection-reset", "failed"),
    ("truncated-json", "failed"), ("forbidden", "403 null"), ("html-error-page", "failed"),
])  # fmt: skip
def test_scenarios_affect_fetch_of_node(mock: MockServer, name: str, expected: str) -> None:
    started(mock, name)
    script = """
        const [url, token] = process.argv.slice(1);
        try {
          const response = await fetch(url, { headers: { Authorization: token } });
          await response.json();
          console.log(response.status, response.headers.get("retry-after"));
        } catch { console.log("failed"); }
    """
    words = ("--eval", script, mock.url + SEARCHES, TOKENS[US]["Authorization"])
    done = run_process(program("node"), *words)

    assert expected == done.out.strip()


def test_the_docs_describe_every_scenario_and_key(mock: MockServer) -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
    for name, scenario in mock.control.faults.scenarios.items():
        assert f"| `{name}` | {scenario.description} |" in page
    for key in Fault.__dataclass_fields__:
        assert f"| `{key}` |" in page


def test_the_scenario_file_of_the_docs_works(make_mock: MakeMock, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
    path = tmp_path / "third-page.toml"
    path.write_text(page.split("```toml\n")[1].split("```")[0])
    mock = make_mock(scenario_file=(path,), scenario=("third-page",))
    assert [200, 200, 503, 200] == statuses(mock, 4)
    assert tomllib.loads(path.read_text())["description"]
