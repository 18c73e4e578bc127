"""The demo world is realistic, measured over 90 days with a change to winter time."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mock_server.clock import DAY, start_of
from mock_server.world.domain import ANONYMOUS, Content, Residency, Search, Visit
from mock_server.world.file import read_world
from mock_server.world.model import TrafficSection
from mock_server.world.words import words_of
from mock_server.world.world import World

FIRST = date(2025, 9, 1)
DAYS = 90


@dataclass
class Season:
    world: World
    traffic: TrafficSection
    visits: list[Visit]
    searches: list[Search]
    contents: dict[int, Content]

    def local(self, moment: int) -> datetime:
        zone = ZoneInfo(self.world.timezone)
        return datetime.fromtimestamp(moment / 1000, UTC).astimezone(zone)

    def share(self, count: int) -> float:
        return count / len(self.visits)


@pytest.fixture(scope="module", params=list(Residency), ids=list(Residency))
def season(request: pytest.FixtureRequest) -> Season:
    file = read_world("demo")
    world = World(file, seed=0, residency=request.param)
    days = [FIRST + timedelta(days=day) for day in range(DAYS)]
    assert file.model.traffic is not None
    return Season(
        world, file.model.traffic, [row for day in days for row in world.visits_on(day)],
        [row for day in days for row in world.searches_on(day)],
        dict(world.contents(start_of(days[-1]) + DAY)),
    )  # fmt: skip


def test_daily_visits_and_searches_match_the_world_file(season: Season) -> None:
    working_days = sum((FIRST + timedelta(days=day)).weekday() < 5 for day in range(DAYS))
    days = working_days + (DAYS - working_days) * season.traffic.weekend
    assert len(season.visits) / days == pytest.approx(season.traffic.visits, rel=0.1)
    assert len(season.searches) / days == pytest.approx(season.traffic.searches, rel=0.1)


def test_few_contents_get_most_of_the_views(season: Season) -> None:
    counts = Counter(row.content_id for row in season.visits)
    busiest = counts.most_common(round(len(season.contents) / 10))
    assert 0.45 <= season.share(sum(count for _, count in busiest)) <= 0.75


def test_weekends_have_few_visits(season: Season) -> None:
    weekend = sum(season.local(row.time).weekday() >= 5 for row in season.visits)
    assert 0.02 < season.share(weekend) < 0.15


def test_most_visits_are_in_local_working_hours(season: Season) -> None:
    hours = Counter(season.local(row.time).hour for row in season.visits)
    assert season.share(sum(hours[hour] for hour in range(7, 19))) > 0.75
    assert hours[12] < 0.85 * hours[10]


def test_peak_hours_follow_daylight_saving_time(season: Season) -> None:
    turn = datetime(2025, 11, 3, tzinfo=UTC).timestamp() * 1000
    offset = {Residency.US: -4, Residency.DE: 2}[season.world.residency]

    def middle(rows: list[Visit]) -> float:
        times = sorted((row.time / 3_600_000 + offset) % 24 for row in rows)
        return times[len(times) // 2]

    summer = middle([row for row in season.visits if row.time < turn - 10 * DAY])
    winter = middle([row for row in season.visits if row.time >= turn])
    assert winter - summer == pytest.approx(1, abs=0.4)


def test_shares_of_anonymous_and_protected_viewers_match_the_world_file(season: Season) -> None:
    kinds = Counter(row.account for row in season.visits)
    assert season.share(kinds[ANONYMOUS]) == pytest.approx(season.traffic.anonymous, rel=0.2)
    assert season.share(kinds[None]) == pytest.approx(season.traffic.protected, rel=0.2)


def test_protected_accounts_are_never_shown(season: Season) -> None:
    protected = {account.id for account in season.world.accounts if account.is_protected}
    shown = {row.account for row in season.visits} | {row.account for row in season.searches}
    assert len(protected) == 4
    assert set() == protected & shown


def test_no_viewer_repeats_a_visit_within_five_seconds(season: Season) -> None:
    last: dict[tuple[str, int], int] = {}
    for row in season.visits:
        if row.account not in {None, ANONYMOUS}:
            key = (row.account or "", row.content_id)
            assert row.time - last.get(key, 0) > 5_000
            last[key] = row.time


def test_no_visit_is_earlier_than_its_content(season: Season) -> None:
    assert all(season.contents[row.content_id].created <= row.time for row in season.visits)


def test_new_contents_are_visited_most_in_their_first_days(season: Season) -> None:
    fresh = [
        content
        for content in season.contents.values()
        if start_of(FIRST) < content.created < start_of(FIRST + timedelta(days=DAYS - 40))
    ]
    ages = [
        (row.time - content.created) // DAY
        for content in fresh
        for row in season.visits
        if row.content_id == content.id
    ]
    first_days = sum(age < 5 for age in ages) / 5
    later_days = sum(20 <= age < 40 for age in ages) / 20

    assert len(fresh) >= 1
    assert first_days > 5 * len(fresh)
    assert 0 < later_days < first_days / 5


def test_some_searches_find_nothing(season: Season) -> None:
    in_vain = sum(row.number_of_results == 0 for row in season.searches)
    assert 0.08 <= in_vain / len(season.searches) <= 0.25


def test_numbers_of_results_count_the_titles_with_all_words(season: Season) -> None:
    titles = [(one.created, set(words_of(one.title))) for one in season.contents.values()]
    for row in season.searches:
        words = set(words_of(row.term))
        found = sum(created <= row.time and words <= title for created, title in titles)
        assert found == row.number_of_results


def test_most_terms_share_a_word_with_a_title(season: Season) -> None:
    written = {word for one in season.contents.values() for word in words_of(one.title)}
    shared = sum(not written.isdisjoint(words_of(row.term)) for row in season.searches)
    assert shared / len(season.searches) > 0.75
