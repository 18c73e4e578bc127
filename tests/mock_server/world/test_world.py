"""The rows of a day."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from mock_server.clock import DAY, start_of
from mock_server.world.domain import ANONYMOUS, Residency
from mock_server.world.file import read_world
from mock_server.world.world import World, describe

ADA = "557058:11111111-2222-4333-8444-555555555555"


def bundled_world(name: str, residency: Residency = Residency.US) -> World:
    return World(read_world(name), seed=0, residency=residency)


JANUARY = [date(2026, 1, day) for day in range(1, 32)]


def test_the_tiny_world_has_the_rows_of_its_file() -> None:
    us, de = bundled_world("tiny"), bundled_world("tiny", Residency.DE)
    in_us = [visit.content_id for day in JANUARY for visit in us.visits_on(day)]
    in_de = [visit.content_id for day in JANUARY for visit in de.visits_on(day)]
    assert in_us == [1001, 1002, 1003, 1001, 1002, 1005, 1001, 1001, 1004, 1004, 1006, 1007]
    assert [*in_us[:-1], 1008] == in_de


def test_protected_users_are_recorded_without_an_account() -> None:
    world, day = bundled_world("tiny"), date(2026, 1, 7)
    assert [row.account for row in world.visits_on(day)] == [None, ANONYMOUS]
    searches = [("canteen", None, 0), ("documentation", ANONYMOUS, 1)]
    assert [row[1:] for row in world.searches_on(day)] == searches


def test_the_empty_world_is_empty() -> None:
    world = bundled_world("empty")
    assert world.visits_on(date(2026, 1, 5)) + world.visits_on(date(2030, 1, 1)) == []
    assert world.searches_on(date(2026, 1, 5)) == []
    assert (len(world.spaces), len(world.contents(10**13)), len(world.accounts)) == (1, 1, 0)


@pytest.mark.parametrize("name", ["demo", "privacy"])
def test_there_are_no_rows_before_the_installation(name: str) -> None:
    world = bundled_world(name)
    before = world.installed - timedelta(days=1)
    assert world.visits_on(before) + world.visits_on(date.min) == []
    assert world.searches_on(before) == []
    assert any(world.visits_on(world.installed + timedelta(days=day)) for day in range(4))


def test_extended_privacy_removes_all_accounts_from_its_first_day_on() -> None:
    world = bundled_world("privacy")
    before = {row.account for row in world.visits_on(date(2025, 9, 30))}
    days = (date(2025, 10, 1), date(2026, 3, 2))
    reading = {row.account for day in days for row in world.visits_on(day)}
    searching = {row.account for day in days for row in world.searches_on(day)}
    assert len(before) > 5
    assert {None, ANONYMOUS} == reading == searching


def test_rows_are_sorted_even_within_one_millisecond() -> None:
    rows = bundled_world("edge-cases").visits_on(date(2026, 2, 10))
    assert len(rows) == 7
    assert rows == sorted(rows, key=lambda row: (row.time, row.content_id, row.account or ""))
    assert [row.content_id for row in rows[:4]] == [1, 1, 1, 1]
    assert rows[0].account is None
    assert [row.content_id for row in rows[4:]] == [2**32, 2**53 + 1, 2**63 - 1]


def test_edge_cases_have_counts_of_rows_at_page_limits() -> None:
    rows = bundled_world("edge-cases").visits_on(date(2026, 2, 2))
    assert Counter(row[1] for row in rows) == {4100: 100, 4101: 101, 5000: 1000, 5001: 1001}


def test_midnight_belongs_to_the_following_day() -> None:
    world = bundled_world("edge-cases")
    leap_day = world.visits_on(date(2024, 2, 29))
    assert len(leap_day) == 3
    assert start_of(date(2024, 2, 29)) == leap_day[0].time
    assert start_of(date(2024, 3, 1)) - 1 == leap_day[-1].time
    assert start_of(date(2024, 3, 1)) == world.visits_on(date(2024, 3, 1))[0].time


def test_the_repeated_hour_at_the_end_of_summer_time_is_kept_apart() -> None:
    rows = bundled_world("edge-cases", Residency.DE).visits_on(date(2025, 10, 26))
    half_past = [row.time for row in rows if row.time % 3_600_000 == 1_800_000]
    assert half_past[1] - half_past[0] == 3_600_000


def test_the_edge_cases_world_has_its_documented_cases() -> None:
    world = bundled_world("edge-cases")
    contents = world.contents(10**13)
    days = [world.installed + timedelta(days=day) for day in range(900)]
    visits = [row for day in days for row in world.visits_on(day)]
    terms = {row.term for day in days for row in world.searches_on(day)}

    assert 255 in {len(content.title) for content in contents.values()}
    assert 255 in {len(space.key) for space in world.spaces}
    assert 255 in {len(account.name) for account in world.accounts}
    assert {1, 255} <= {len(term) for term in terms}
    assert [space.formerly for space in world.spaces if space.formerly] == ["OLDKEY"]
    assert {301} == {303, *contents} - {row.content_id for row in visits} - {308, 309}
    assert {24, 43} == {len(account.id) for account in world.accounts}


START = "2026-01-01T00:00:00Z"
MIXED = f"""
spaces = [{{key = "DOCS", name = "Docs"}}]
accounts = [{{id = "{ADA}", name = "Ada"}}]
contents = [
  {{id = 1, title = "Docs home", space = "DOCS", created = 2026-01-05T12:00:00Z}},
  {{id = 2, title = "Gone", space = "DOCS", created = {START}, deleted = 2026-01-06T12:00:00Z}},
  {{id = 3, title = "Unpopular", space = "DOCS", created = {START}, popularity = 0}},
]
bursts = [
  {{content = 1, start = 2026-01-07T16:00:00Z, count = 3, every_ms = 1000, accounts = ["{ADA}"]}},
]
traffic = {{visits = 20000, searches = 500}}
"""


@pytest.fixture
def mixed(build: Callable[..., World]) -> World:
    return build(MIXED)


def test_contents_have_visits_only_between_creation_and_deletion(mixed: World) -> None:
    first, second = mixed.visits_on(date(2026, 1, 5)), mixed.visits_on(date(2026, 1, 6))
    noon = DAY // 2
    assert {1, 2} == {row.content_id for row in first} == {row.content_id for row in second}
    assert noon <= min(row.time for row in first if row.content_id == 1) % DAY < noon + 10 * 60_000
    assert noon > max(row.time for row in second if row.content_id == 2) % DAY > noon - 10 * 60_000
    assert {1} == {row.content_id for row in mixed.visits_on(date(2026, 1, 8))}


def test_titles_of_deleted_contents_are_not_searched(mixed: World) -> None:
    noon = start_of(date(2026, 1, 6)) + DAY // 2
    gone = [row.time for row in mixed.searches_on(date(2026, 1, 6)) if row.term == "gone"]
    assert gone
    assert max(gone) < noon


def test_written_rows_are_kept_and_generated_ones_do_not_overlap_them(mixed: World) -> None:
    rows = mixed.visits_on(date(2026, 1, 7))
    four = start_of(date(2026, 1, 7)) + 16 * 3_600_000
    near = [row.time - four for row in rows if -5_000 <= row.time - four <= 7_000]
    assert near == [0, 1_000, 2_000]


def test_a_single_viewer_has_no_repeated_visits_within_five_seconds(mixed: World) -> None:
    days = [date(2026, 1, 8), date(2026, 1, 9), date(2026, 1, 10)]
    times = [row.time for day in days for row in mixed.visits_on(day)]
    assert min(late - early for early, late in pairwise(times)) > 5_000
    assert len(times) > 5_000


def test_a_site_without_contents_has_no_visits(build: Callable[..., World]) -> None:
    world = build("traffic = {visits = 10, searches = 10, anonymous = 1, unwritten = 0}")
    assert world.visits_on(date(2026, 1, 5)) == []
    assert {0} == {row.number_of_results for row in world.searches_on(date(2026, 1, 5))}


def test_a_world_is_described_as_json() -> None:
    described = describe(bundled_world("tiny"), start_of(date(2026, 2, 1)))

    assert (described["residency"], described["site"], described["installed"]) == (
        "us", "https://tiny-us.atlassian.net", "2026-01-01",
    )  # fmt: skip
    assert {"key": "TEAM", "name": "Team", "personal": False} in described["spaces"]
    assert {
        "id": 1005, "type": "page", "title": "Outdated checklist", "space": "DOCS", "parent": 1001,
        "created": "2025-12-02T09:00:00.000Z", "trashed": "2026-01-20T12:00:00.000Z",
        "deleted": None,
    } in described["contents"]  # fmt: skip
    assert {"id": ADA, "name": "Ada Example", "protected": False} in described["accounts"]
