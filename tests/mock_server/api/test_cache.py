"""A response sent once more is the one that would be made anew, whatever happened in between."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import mock_server
from mock_server import MockServer, Settings
from mock_server.clock import DAY, SECOND, day_of, to_rfc3339
from mock_server.data.site import Site
from mock_server.world.domain import Residency
from tests.mocks import BEARER, NOW

HOST = "http://us.localhost"
V2, V1 = "/api/v2/report", "/api/report"
BASIC = ("admin@acme-demo.example", "demo-api-token")
CONTENT = 34890709346
QUESTIONS = [
    f"{V2}/searches?startDate=2026-01-31", f"{V2}/searches?startDate=2026-01-31&limit=1&start=1",
    f"{V2}/spaces/SUP/visits?startDate=2026-01-31&limit=50", f"{V2}/contents/{CONTENT}/visits",
    f"{V2}/contents/9/visits", f"{V1}/searches?startDate=2026-01-31", "/openapi.json",
]  # fmt: skip


def settings_with(remember: int, **more: Any) -> Settings:
    return Settings(now=NOW, freeze=True, remember=remember, **more)


class Recorded:
    """A mock, and what it sends to one client."""

    def __init__(self, remember: int, **more: Any) -> None:
        self.mock = MockServer(settings_with(remember, **more))
        self.http = httpx.Client(transport=mock_server.transport(self.mock), base_url=HOST)
        self.token = self.before = "demo-token-us"

    def reset(self) -> None:
        self.mock.reset()
        self.token = self.before = "demo-token-us"

    def ask(self, path: str, *, is_old_token: bool, **headers: str) -> tuple[Any, ...]:
        token = self.before if is_old_token else self.token
        auth = httpx.BasicAuth(*BASIC) if path.startswith(V1) else None
        if auth is None:
            headers["Authorization"] = f"Bearer {token}"
        response = self.http.get(path, headers=headers, auth=auth)
        return response.status_code, sorted(response.headers.multi_items()), response.content

    def rotate(self) -> None:
        self.before, self.token = self.token, self.mock.rotate_token()

    def tried(self, act: Callable[[MockServer], object]) -> str:
        """Do something to the mock; return what is wrong with it, if something is."""
        try:
            act(self.mock)
        except mock_server.MockServerError as error:
            return str(error)
        return ""

    def seen(self) -> list[Any]:
        """What the mock knows of its past, without the times that only the machine has."""
        state = self.mock.sites[Residency.US].tokens.state()
        return [
            state and (state.made, state.last_used),
            [
                (one.id, one.time, one.operation, one.path, one.query_string, one.status, one.size)
                for one in self.mock.journal.entries()
            ],
        ]


def add_visit(mock: MockServer) -> None:
    mock.add_visit(content=CONTENT, at=to_rfc3339(mock.control.clock.now() - 1))


def move(mock: MockServer, by: int) -> None:
    mock.control.clock.move_to(mock.control.clock.now() + by)


MINUTE = 60 * SECOND
Change = Callable[[MockServer], object]
CHANGES: dict[str, Change] = {
    "nothing": lambda _: None, "visit": add_visit,
    "search": lambda mock: mock.add_search(term="canteen", results=0),
    "trash": lambda mock: mock.trash(CONTENT), "restore": lambda mock: mock.restore(CONTENT),
    "delete token": lambda mock: mock.sites[Residency.US].tokens.delete(),
    "reset": lambda mock: mock.reset(),
    "another year": lambda mock: mock.freeze("2023-12-31T23:59:59Z"),
    "midnight": lambda mock: mock.freeze("2026-01-31T23:59:59.999Z"),
    "back": lambda mock: mock.freeze(NOW),
}  # fmt: skip
changes = st.sampled_from(sorted(CHANGES)).map(CHANGES.__getitem__) | st.sampled_from(
    [1, -1, MINUTE - 1, MINUTE, -MINUTE, 9 * MINUTE, 300 * MINUTE, 30 * DAY]
).map(lambda by: lambda mock: move(mock, by))
questions = st.sampled_from(QUESTIONS)


class Twins(RuleBasedStateMachine):
    """Two mocks, of which one forgets at once, live through the same."""

    mocks: tuple[Recorded, Recorded]

    def __init__(self) -> None:
        super().__init__()
        for one in self.mocks:
            one.reset()

    def ask(self, path: str, *, times: int = 1, is_old_token: bool = False, **more: str) -> None:
        for _ in range(times):
            forgetful, other = (
                one.ask(path, is_old_token=is_old_token, **more) for one in self.mocks
            )
            assert forgetful == other

    @rule(path=questions, change=changes, other=questions)
    def ask_before_and_after(self, path: str, change: Change, other: str) -> None:
        self.ask(path, times=3)  # the first notes that the token is used, the second is stored
        first, second = (one.tried(change) for one in self.mocks)
        assert first == second
        self.ask(path, times=2)
        self.ask(other)

    @rule(path=questions, is_old_token=st.booleans())
    def ask_before_and_after_another_token(self, path: str, *, is_old_token: bool) -> None:
        self.ask(path, times=3)
        for one in self.mocks:
            one.rotate()
        self.ask(path, is_old_token=is_old_token)

    @rule(path=questions, prefer=st.sampled_from(["rows=1", "code=503", "x"]))
    def ask_for_something_else(self, path: str, prefer: str) -> None:
        self.ask(path, times=3)
        self.ask(path, prefer=prefer)
        self.ask(path)

    @rule(path=questions, kind=st.sampled_from(["text/html", "*/*"]))
    def ask_in_another_way(self, path: str, kind: str) -> None:
        self.ask(path, times=3)
        self.ask(path, accept=kind)

    @rule(
        name=st.sampled_from(["empty-report", "stale-data", "schema-drift", "outage", "flaky"]),
        path=questions,
    )
    def ask_in_a_scenario(self, name: str, path: str) -> None:
        self.ask(path, times=3)
        with ExitStack() as stack:
            for one in self.mocks:
                stack.enter_context(one.mock.scenario(name))
            self.ask(path, times=2)
        self.ask(path)

    @invariant()
    def look_the_same(self) -> None:
        forgetful, other = (one.seen() for one in self.mocks)
        assert forgetful == other


@pytest.fixture(scope="module", autouse=True)
def twins() -> Iterator[None]:
    Twins.mocks = Recorded(0), Recorded(4)
    yield
    for one in Twins.mocks:
        one.http.close()
        one.mock.close()


TestTwins = Twins.TestCase
TestTwins.settings = settings(max_examples=8, stateful_step_count=12, deadline=None)


def next_search(mock: MockServer) -> int:
    now = mock.control.clock.now()
    rows = mock.sites[Residency.US].world.searches_on(day_of(now))
    return next(row.time for row in rows if row.time > now)


def next_midnight(mock: MockServer) -> int:
    now = mock.control.clock.now()
    return now - now % DAY + DAY


def deletion(mock: MockServer) -> int:
    mock.trash(CONTENT)
    return mock.control.clock.now() + 30 * DAY


@pytest.mark.parametrize(("event", "path"), [
    (next_search, f"{V2}/searches?limit=1"), (next_midnight, f"{V2}/spaces/SUP/visits?limit=1"),
    (deletion, f"{V2}/contents/{CONTENT}/visits"),
])  # fmt: skip
def test_time_changes_appear_at_once(event: Callable[[MockServer], int], path: str) -> None:
    seen = []
    for one in Twins.mocks:
        one.reset()
        at = event(one.mock)
        one.mock.control.clock.move_to(at)
        for _ in range(3):  # what is known of later moments says nothing of those before
            one.ask(path, is_old_token=False)
        one.mock.control.clock.move_to(at - 1)
        before = [one.ask(path, is_old_token=False) for _ in range(3)][-1]
        one.mock.control.clock.move_to(at)
        seen.append((before, one.ask(path, is_old_token=False)))

    assert seen[0] == seen[1]
    assert seen[0][0][2] != seen[0][1][2]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each report that is made."""
    made: list[int] = []
    report = Site.report
    monkeypatch.setattr(
        Site, "report", lambda *given, **more: made.append(1) or report(*given, **more)
    )
    return made


def test_a_report_is_made_again_only_after_something_changed(made: list[int]) -> None:
    counts = []
    for one in Twins.mocks:
        one.reset()
        made.clear()
        for _ in range(6):  # the first notes that the token is used, the second is stored
            one.ask(QUESTIONS[0], is_old_token=False)
        counts.append(len(made))
    assert [6, 2] == counts


def test_no_more_is_stored_than_is_allowed(made: list[int]) -> None:
    one = Twins.mocks[1]
    one.reset()
    paths = [f"{V2}/searches?limit={limit}" for limit in range(1, 6)]
    for _ in range(3):
        for path in paths:  # one more than it stores, so that each is forgotten before its turn
            one.ask(path, is_old_token=False)
    assert 15 == len(made)


def test_what_another_process_changes_is_seen_by_the_next_request(tmp_path: Path) -> None:
    database = str(tmp_path / "mock.db")
    one = Recorded(4, database=database)
    before = [one.ask(QUESTIONS[0], is_old_token=False) for _ in range(3)]
    with closing(MockServer(settings_with(0, database=database))) as other:
        other.add_search(term="canteen", results=0)
        after = one.ask(QUESTIONS[0], is_old_token=False)
        other.rotate_token()
        refused = one.ask(QUESTIONS[0], is_old_token=False)
    one.http.close()
    one.mock.close()

    assert [200, 200, 200] == [response[0] for response in before]
    assert 200 == after[0]
    assert after[2] != before[-1][2]
    assert 401 == refused[0]


def test_the_last_day_of_the_calendar_can_be_cached() -> None:
    with closing(MockServer(Settings(port=0, de_port=0, now="9999-12-31T23:00:00Z"))) as mock:
        http = httpx.Client(transport=mock_server.transport(mock), base_url=HOST)

        responses = [http.get(f"{V2}/searches", headers=BEARER) for _ in range(2)]

    assert [200, 200] == [response.status_code for response in responses]


def test_a_refusal_is_cached_until_a_token_of_any_site_changes() -> None:
    with closing(MockServer(settings_with(8))) as mock:
        http = httpx.Client(transport=mock_server.transport(mock), base_url=HOST)
        of_the_other = {"Authorization": "Bearer demo-token-de"}

        plain = [http.get(QUESTIONS[0]) for _ in range(2)]
        before = [http.get(QUESTIONS[0], headers=of_the_other) for _ in range(3)][-1]
        mock.de.rotate_token()
        after = http.get(QUESTIONS[0], headers=of_the_other)

    assert [401] * 4 == [response.status_code for response in (*plain, before, after)]
    assert plain[0].content == plain[1].content
    assert plain[0].headers["WWW-Authenticate"] == plain[1].headers["WWW-Authenticate"]
    assert "other data residency" in before.text
    assert "unknown" in after.text


def test_the_time_in_a_refusal_goes_on(tmp_path: Path) -> None:
    error = {
        "type": "object",
        "properties": {"timestamp": {"type": "string", "format": "date-time"}},
    }
    rows = {
        "type": "array",
        "items": {"type": "object", "properties": {"viewedAt": {"type": "string"}}},
    }
    document = {
        "openapi": "3.0.3", "info": {"title": "Views", "version": "1"},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
        "paths": {"/views": {"get": {"responses": {
            "200": {"description": "x", "content": {"application/json": {"schema": rows}}},
            "401": {"description": "x", "content": {"application/json": {"schema": error}}},
        }}}},
    }  # fmt: skip
    path = tmp_path / "views.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with closing(MockServer(settings_with(8, document=path))) as mock:
        http = httpx.Client(transport=mock_server.transport(mock), base_url=HOST)
        before = [http.get("/views").json() for _ in range(3)][-1]  # the first is never stored
        mock.advance(seconds=1)
        after = http.get("/views").json()

    assert before["timestamp"] < after["timestamp"]
