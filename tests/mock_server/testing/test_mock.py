"""The methods and assertions of `MockServer`, with sockets and without."""

import functools
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest

import mock_server
from mock_server import MockServer, MockServerError, Residency, Settings, Verbs
from mock_server.errors import UsageError
from tests.mocks import NOW, MakeMock, bearer

NEWS = "Team news, January 2026"
TWICE = """\
name = "twice"
installed = 2026-01-01
spaces = [{key = "A", name = "A"}]
contents = [
    {id = 1, title = "Plan", space = "A", created = 2026-01-01T00:00:00Z},
    {id = 2, title = "Plan", space = "A", created = 2026-01-01T00:00:00Z},
]
"""

Fetch = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def started() -> Iterator[MockServer]:
    settings = Settings(port=0, de_port=0, world="tiny", now=NOW, freeze=True)
    with MockServer(settings) as running:
        yield running


@pytest.fixture
def mock(started: MockServer) -> MockServer:
    started.reset()
    return started


@pytest.fixture(params=["sockets", "no sockets"])
def fetch(request: pytest.FixtureRequest, mock: MockServer) -> Iterator[Fetch]:
    """Requests an operation of a mock, or of one of its residencies, with its token."""
    transport = mock_server.transport(mock) if request.param == "no sockets" else None
    with httpx.Client(transport=transport, verify=False) as client:  # loads no certificates

        def get(owner: Verbs, operation: str = "getSearches", **arguments: Any) -> httpx.Response:
            token = bearer(owner.token)
            return client.get(owner.url_for(operation, **arguments), headers=token)

        yield get


def total(response: httpx.Response) -> int:
    return int(response.json()["totalSize"])


@pytest.mark.parametrize(("arguments", "target"), [
    ({"spaceKey": "TEAM"}, "/spaces/TEAM/visits"),
    ({"spaceKey": "a/b ~ü"}, "/spaces/a%2Fb%20~%C3%BC/visits"),
    ({"limit": 5, "spaceKey": "T", "startDate": date(2026, 1, 2), "endDate": "2026-01-03"},
     "/spaces/T/visits?startDate=2026-01-02&endDate=2026-01-03&limit=5"),
    ({"spaceKey": "T", "limit": None}, "/spaces/T/visits"),
])  # fmt: skip
def test_url_for_puts_arguments_into_path_and_query(
    mock: MockServer, arguments: dict[str, Any], target: str
) -> None:
    assert f"{mock.url}/api/v2/report{target}" == mock.url_for("getSpaceVisits", **arguments)


def test_url_for_knows_operations_of_version_1(mock: MockServer) -> None:
    assert f"{mock.url}/api/report/contents/7/visits" == mock.url_for(
        "getContentVisitsV1", contentId=7
    )


def test_each_residency_has_its_own_url_token_and_rows(mock: MockServer, fetch: Fetch) -> None:
    mock.de.add_search(term="Berlin")
    assert [mock.url, mock.de_url] == [mock.us.url, mock.de.url]
    assert [4, 4, 5] == [total(fetch(one)) for one in (mock, mock.us, mock.de)]


@pytest.mark.parametrize("content", [NEWS, 1004, "1004"], ids=["title", "id", "digits"])
def test_a_visit_is_added_by_id_or_title(
    mock: MockServer, fetch: Fetch, content: int | str
) -> None:
    mock.add_visit(content=content, account="5f0c1d2e3a4b5c6d7e8f9a0b")
    row = fetch(mock, "getSpaceVisits", spaceKey="TEAM", limit=10).json()["results"][-1]
    assert ("5f0c1d2e3a4b5c6d7e8f9a0b", NEWS) == (row["userId"], row["contentName"])
    assert "2026-01-31T12:00:00.000Z" == row["viewTime"]


@pytest.mark.parametrize(("at", "time"), [
    ("2026-01-30", "2026-01-30T00:00:00.000Z"),
    (date(2026, 1, 30), "2026-01-30T00:00:00.000Z"),
    (datetime(2026, 1, 30, 8), "2026-01-30T08:00:00.000Z"),  # noqa: DTZ001 -- UTC by default
    (datetime(2026, 1, 30, 8, tzinfo=UTC), "2026-01-30T08:00:00.000Z"),
    (datetime(2026, 1, 30, 8, tzinfo=timezone(timedelta(hours=2))), "2026-01-30T06:00:00.000Z"),
])  # fmt: skip
def test_times_may_be_text_dates_or_datetimes(
    mock: MockServer, fetch: Fetch, at: str | date | datetime, time: str
) -> None:
    mock.add_search(term="x", results=0, at=at)
    row = fetch(mock).json()["results"][-1]
    assert ("x", 0, time) == (row["searchTerm"], row["numberOfResults"], row["searchTime"])


def test_visits_of_trashed_contents_are_hidden_until_restored(
    mock: MockServer, fetch: Fetch
) -> None:
    counts = [total(fetch(mock, "getContentVisits", contentId=1004))]
    for change in (mock.trash, mock.restore):
        change(NEWS)
        counts.append(total(fetch(mock, "getContentVisits", contentId=1004)))
    assert [2, 0, 2] == counts


def test_rotate_token_replaces_the_token_of_one_residency(mock: MockServer, fetch: Fetch) -> None:
    before = mock.token
    token = mock.us.rotate_token()
    assert [token, token] == [mock.token, mock.us.token]
    assert "demo-token-de" == mock.de.token
    assert [200, 200] == [fetch(mock).status_code, fetch(mock.de).status_code]
    assert 401 == httpx.get(mock.url_for("getSearches", limit=1, start=before)).status_code


def test_requesting_a_deleted_token_is_an_error(mock: MockServer) -> None:
    mock.sites[Residency.US].tokens.delete()
    with pytest.raises(MockServerError, match=r"No known token .* use rotate_token\(\)"):
        _ = mock.token


def test_single_responses_are_sent_once_and_in_order(mock: MockServer, fetch: Fetch) -> None:
    mock.respond_once(status=503)
    mock.respond_once("getSpaceVisits", status=500)
    mock.respond_once(status=429, headers={"Retry-After": "7"})
    statuses = [fetch(mock).status_code, fetch(mock).status_code]
    statuses += [fetch(mock, "getSpaceVisits", spaceKey="TEAM").status_code for _ in range(2)]
    assert [503, 429, 500, 200] == statuses


def test_faults_of_one_residency_do_not_affect_the_other(mock: MockServer, fetch: Fetch) -> None:
    mock.de.respond_once(status=503)
    mock.us.scenario("empty-report")
    mock.us.scenario("de-down")
    assert [200, 503, 503] == [fetch(one).status_code for one in (mock.us, mock.de, mock.de)]
    assert [] == fetch(mock.us).json()["results"]


def test_a_scenario_lasts_until_its_block_ends_or_a_reset(mock: MockServer, fetch: Fetch) -> None:
    with mock.scenario("outage"), mock.de.scenario("slow"):
        assert ["outage", "slow de"] == list(mock.control.faults.on)
        assert 503 == fetch(mock).status_code
    assert 200 == fetch(mock).status_code
    mock.scenario("outage")
    assert 503 == fetch(mock.de).status_code
    mock.reset()
    assert 200 == fetch(mock.de).status_code


def test_the_clock_can_be_frozen_advanced_and_reset(mock: MockServer, fetch: Fetch) -> None:
    mock.freeze("2026-01-06")
    assert 1 == total(fetch(mock))
    mock.advance(days=1, hours=11, minutes=4, seconds=60)
    assert 3 == total(fetch(mock))
    mock.reset()
    mock.clock.go_on()
    mock.freeze()
    assert mock.clock.is_frozen
    assert 4 == total(fetch(mock))


def test_reset_restores_token_rows_and_journal(mock: MockServer, fetch: Fetch) -> None:
    mock.rotate_token()
    mock.add_search(term="x")
    fetch(mock)
    mock.assert_requested("getSearches")
    mock.us.reset()

    assert "demo-token-us" == mock.token
    mock.assert_not_requested()
    assert 4 == total(fetch(mock))
    with pytest.raises(AssertionError, match="not asserted"):
        mock.assert_no_other_requests()


def test_requests_are_asserted_by_criteria(mock: MockServer, fetch: Fetch) -> None:
    fetch(mock, limit=1)
    fetch(mock, limit=2, startDate=date(2026, 1, 5))
    fetch(mock.de, "getSpaceVisits", spaceKey="TEAM")
    first, second = mock.assert_requested("getSearches", times=2)
    assert first.id < second.id
    assert [second] == mock.assert_requested(query={"limit": 2, "startDate": date(2026, 1, 5)})
    assert [first] == mock.assert_requested(query={"startDate": None}, operation="getSearches")
    mock.assert_requested(
        "getSpaceVisits", status=200, path="*/TEAM/*", token="active", method="get"
    )
    mock.de.assert_requested("getSpaceVisits", times=1)
    mock.de.assert_not_requested("getSearches")
    mock.us.assert_not_requested("getSpaceVisits")
    mock.assert_no_other_requests()


def test_assertions_of_a_residency_ignore_requests_to_the_other(
    mock: MockServer, fetch: Fetch
) -> None:
    fetch(mock.de)
    mock.us.assert_no_other_requests()
    with pytest.raises(AssertionError, match=r"not asserted:\nde #\d+ GET /api/v2/report/searches"):
        mock.de.assert_no_other_requests()
    mock.de.assert_requested()
    mock.assert_no_other_requests()


def test_a_failed_assertion_lists_the_closest_requests_first(
    mock: MockServer, fetch: Fetch
) -> None:
    fetch(mock, "getSpaceVisits", spaceKey="TEAM", limit=5)
    fetch(mock, limit=6)
    with pytest.raises(AssertionError) as failed:
        mock.assert_requested("getSearches", query={"limit": 5})
    lines = str(failed.value).splitlines()
    assert "getSearches was never requested like this; at least one was wanted." == lines[0]
    assert "searches?limit=6 -> 200" in lines[2]
    assert "  - the query parameter limit is '6', not '5'" == lines[3]
    assert "/spaces/TEAM/visits?limit=5 -> 200" in lines[4]


@pytest.mark.parametrize(("count", "times", "reason"), [
    (0, None, "never requested; at least one was wanted.\nNothing else was requested either."),
    (1, 2, "requested once; 2 were wanted.\n#"), (2, 1, "requested 2 times; 1 was wanted.\n#"),
    (1, 0, "requested once; 0 were wanted.\n#"),
])  # fmt: skip
def test_failed_assertions_state_the_number_of_requests(
    mock: MockServer, fetch: Fetch, count: int, times: int | None, reason: str
) -> None:
    for _ in range(count):
        fetch(mock)
    with pytest.raises(AssertionError, match=reason):
        mock.assert_requested("getSearches", times=times)


def test_requests_recorded_after_a_reset_but_started_before_are_ignored(
    mock: MockServer, fetch: Fetch
) -> None:
    fetch(mock)
    (late,) = mock.journal.entries()
    mock.reset()
    mock.journal.record(late)
    mock.assert_no_other_requests()


def test_an_unknown_residency_is_refused(mock: MockServer) -> None:
    with pytest.raises(MockServerError, match=r"Did you mean 'us'\?"):
        mock.assert_not_requested(residency="uss")


def test_a_title_of_several_contents_is_refused(make_mock: MakeMock, tmp_path: Path) -> None:
    (tmp_path / "twice.toml").write_text(TWICE)
    mock = make_mock(world=str(tmp_path / "twice.toml"))
    with pytest.raises(MockServerError, match="the title of several contents: 1, 2"):
        mock.trash("Plan")


NOT_TEXT = (None, True, 5, 1.5, b"x", [], {}, date(2026, 1, 1), timedelta(1), object())
NOT_TIMES = (True, 5, 1.5, b"x", [], {}, timedelta(1), object())
NOT_NUMBERS = (None, True, "1", b"1", [], {}, timedelta(1), math.nan, math.inf, 1e12, -(2**70))
NOT_COUNTS = (True, "1", 1.5, -1, [], math.nan)
NOT_CONTENTS = (None, True, 1.5, math.nan, b"x", [], {}, date(2026, 1, 1), object())
NOT_ARGUMENTS = (b"x", {}, [b"x"], [[1]], object(), math.nan, "\ud800", len)
NOT_QUERIES = ("", "limit=5", 0, False, 5, [], {"limit": b"x"}, {5: "1"}, {"limit": {}})
NOT_HEADERS = (None, "X: 1", 5, [], {"X": 5}, {5: "x"}, {"X": b"x"})


@pytest.mark.parametrize(("use", "values"), [
    ("add_visit, content", NOT_CONTENTS), ("add_visit, at", NOT_TIMES),
    ("add_visit, account", NOT_TEXT), ("add_search, term", NOT_TEXT),
    ("add_search, results", (None, *NOT_COUNTS, 2**31, 2**70, 10**5000)),
    ("add_search, at", NOT_TIMES), ("add_search, account", NOT_TEXT),
    ("trash, content", NOT_CONTENTS),
    ("restore, content", NOT_CONTENTS), ("scenario, name", NOT_TEXT), ("freeze, at", NOT_TIMES),
    *((f"advance, {unit}", NOT_NUMBERS) for unit in ("days", "hours", "minutes", "seconds")),
    ("url_for, operation", NOT_TEXT), ("url_for, spaceKey", NOT_ARGUMENTS),
    ("url_for, limit", NOT_ARGUMENTS), ("url_of, residency", ("us", None, 5, [])),
    ("respond_once, operation", NOT_TEXT[1:]), ("respond_once, body", NOT_TEXT),
    ("respond_once, status", (None, True, "503", 503.5, 200, b"503", math.nan, 2**70, [])),
    ("respond_once, delay", (None, True, "1", b"1", -1, math.inf, [1], {"even": [1, 2]})),
    ("respond_once, headers", ("X: 1", [], {"X": 5}, {"X": b"x"}, {"X": "\ud800"})),
    ("respond_once, reset", (None, 1, "yes", b"x", object())),
    ("assert_requested, operation", NOT_TEXT[1:]),
    ("assert_not_requested, operation", NOT_TEXT[1:]),
    ("assert_requested, times", NOT_COUNTS),
    *((name, NOT_TEXT[1:]) for name in ("method", "path", "token", "residency")),
    ("status", (True, 1.5, b"x", [], {})), ("since", (True, 1.5, b"x", [], date(2026, 1, 1))),
    ("query", NOT_QUERIES), ("headers", NOT_HEADERS),
])  # fmt: skip
def test_values_of_wrong_types_are_named(
    mock: MockServer, use: str, values: tuple[Any, ...]
) -> None:
    verb, _, name = use.rpartition(", ")
    call = getattr(mock, verb or "assert_not_requested")
    if verb == "add_visit":
        call = functools.partial(call, content=NEWS)
    elif verb == "add_search":
        call = functools.partial(call, term="x")
    elif verb == "url_for" and name != "operation":
        call = functools.partial(call, "getSpaceVisits", spaceKey="TEAM")
    for value in values:
        with pytest.raises(MockServerError, match=rf"^{use}.*: .+\.$") as refused:
            call(value) if use == "url_for, operation" else call(**{name: value})
        assert 400 > len(str(refused.value))


def nested(levels: int) -> Any:
    return functools.reduce(lambda inner, _: [inner], range(levels), "x")


@pytest.mark.parametrize(("call", "reason"), [
    ("url_for('getSerches')", "no operation 'getSerches'. Did you mean 'getSearches'?"),
    ("url_for('x')", "no operation 'x'. There are getContentVisits, getSpace"),
    ("url_for('getSearches', limits=1)", "no parameter 'limits'. Did you mean 'limit'?"),
    ("url_for('getSpaceVisits')", "The path of getSpaceVisits needs 'spaceKey'."),
    ("assert_requested('getSearch')", "'getSearch'. Did you mean 'getSearches'?"),
    ("assert_not_requested(sttus=1)", "no property 'sttus'. Did you mean 'status'?"),
    ("assert_requested(since='soon')", "'soon' is not a time"),
    ("assert_requested(times='1')", "times: '1' should be a valid integer."),
    ("assert_not_requested(token='revokd')", "Did you mean 'revoked'?"),
    ("assert_not_requested(status='OK')", "write it like 404 or '4xx'"),
    ("respond_once('getSerchs', status=500)", "'getSerchs'. Did you mean 'getSearches'?"),
    ("respond_once(staus=500)", "'staus' is not a key. Did you mean 'status'?"),
    ("respond_once(status='no')", "respond_once, status: "),
    ("respond_once()", "such as respond_once(status=503)"),
    ("scenario('outrage')", "Did you mean 'outage'?"),
    ("add_visit(content='My note')", "content 'My note'. Did you mean 'My notes'?"),
    ("add_visit(content=1005678)", "There is no content 1005678."),
    ("add_visit(content=1004, at='2027-01-01')", "is in the future"),
    ("add_search(term='x', account='Anonymus')", "Did you mean 'Anonymous'?"),
    ("trash('My nots')", "'My nots'. Did you mean 'My notes'?"),
    ("restore(10044)", "Did you mean '1004'?"),
    ("freeze('tomorrow')", "'tomorrow' is not a time; write it like"),
    ("add_visit(content=None)", "add_visit, content: None should be a valid integer or a valid string."),
    ("add_search(term='')", 'add_search, term: "" is shorter than 1 character.'),
    ("add_search(term='x' * 300)", "is longer than 255 characters."),
    ("add_search(term='a\\0')", "'a\\x00' is invalid: The search term, a single line."),
    ("add_search(term='\\ud800')", "should be a valid string, unable to parse raw data as a unicode string."),
    ("add_search(term='x', results=-1)", "add_search, results: -1 is less than the minimum of 0."),
    ("add_search(term='x', results=2**31)", "is greater than the maximum of 2147483647."),
    ("add_search(term='x', account='')", 'add_search, account: "" is shorter than 1 character.'),
    ("add_visit(content='x' * 100_000)", "…"),
    ("advance(days=float('nan'))", "advance, days: nan should be a finite number."),
    ("advance(days=1e12)", "advance, days: 1000000000000.0 should be less than or equal to 10000000000."),
    ("advance(days=1e7)", "The clock shows times from 1970 to 2199 only"),
    ("advance(days=-1e6)", "The clock shows times from 1970 to 2199 only"),
    ("freeze('x' * 100_000)", "is not a time; write it like"),
    ("scenario('x' * 100_000)", "There is no scenario"),
    ("url_for('x' * 100_000)", "There is no operation"),
    ("url_for('getSpaceVisits', spaceKey='')", "The path of getSpaceVisits needs 'spaceKey'."),
    ("url_for('getSpaceVisits', spaceKey=[])", "The path of getSpaceVisits needs 'spaceKey'."),
    ("respond_once(body=b'x')", "respond_once, body: b'x' is not a JSON value: Object of type bytes"),
    ("respond_once(body=nested(300))", "respond_once, body: [[[[[[[["),
    ("respond_once(body=nested(100_000))", "respond_once, body: this list is not a JSON value"),
    ("respond_once(delay=float('nan'))", "respond_once, delay: nan is not a JSON value"),

    ("respond_once(status=503, times=2)", "respond_once applies to one request; call it again"),
    ("assert_not_requested(operation='getSerches')", "Did you mean 'getSearches'?"),
    ("assert_not_requested(method='GTE')", "No request has the method 'GTE'. Did you mean 'GET'?"),
    ("assert_not_requested(token='x' * 100_000)", "No request has the token"),
    ("assert_not_requested(status='x' * 100_000)", "write it like 404 or '4xx'"),
    ("assert_not_requested(times=2)", "assert_not_requested, times: 2 should be 0."),
    ("assert_requested(times=-1)", "times: -1 should be greater than or equal to 0."),
    ("assert_requested(query={'limit': [b'x']})", "query: b'x' should be a valid boolean or"),
    ("journal.find(query={'limit': 5})", "query: 5 should be a valid string."),
    ("journal.count(headers='X')", "headers: 'X' should be a valid dictionary."),
])  # fmt: skip
@pytest.mark.parametrize("owner", ["mock", "mock.de"])
def test_invalid_values_are_named(mock: MockServer, owner: str, call: str, reason: str) -> None:
    with pytest.raises(MockServerError) as refused:
        eval(f"{owner}.{call}", {"mock": mock, "nested": nested})
    assert reason in str(refused.value)
    assert 600 > len(str(refused.value))


@pytest.mark.parametrize("settings", [5, False, {}, "tiny", Settings])
def test_a_mock_accepts_only_settings(settings: Any) -> None:
    with pytest.raises(MockServerError, match=r"^MockServer, settings: .* instance of Settings\.$"):
        MockServer(settings)


def test_operations_can_be_asserted_by_wildcards(mock: MockServer, fetch: Fetch) -> None:
    fetch(mock)
    mock.assert_requested("get*", times=1)
    mock.assert_requested(operation="getSearches", method="get")
    mock.assert_not_requested("*Visits")


def test_advance_accepts_all_kinds_of_numbers(mock: MockServer) -> None:
    before = mock.clock.now()
    mock.advance(days=1, hours=Fraction(1, 2), minutes=Decimal(1), seconds=-0.5)
    assert 86_400_000 + 1_800_000 + 60_000 - 500 == mock.clock.now() - before


@pytest.mark.parametrize(("verb", "arguments", "reason"), [
    ("trash", {}, "trash: missing a required argument: 'content'"),
    ("scenario", {"nam": "slow"}, "scenario has no argument 'nam'. Did you mean 'name'?"),
    ("add_visit", {"space": "SUP"}, "no argument 'space'.*It takes content"),
    ("add_visit", {"contnet": "FAQ"}, "Did you mean 'content'"),
    ("advance", {"hour": 1}, "Did you mean 'hours'"),
    ("add_search", {}, "missing a required argument: 'term'"),
])  # fmt: skip
def test_unknown_arguments_are_named(verb: str, arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        getattr(MockServer(Settings(port=0, de_port=0)), verb)(**arguments)
