"""The contents of a site."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mock_server.clock import LATEST, start_of
from mock_server.openapi.load import bundled
from mock_server.world.contents import Catalogue
from mock_server.world.domain import Content, ContentType, Residency
from mock_server.world.file import Item, read_world
from mock_server.world.world import World

END_OF_2026 = start_of(date(2027, 1, 1)) - 1


@pytest.fixture(params=list(Residency), ids=list(Residency))
def demo(request: pytest.FixtureRequest) -> World:
    return World(read_world("demo"), seed=0, residency=request.param)


def test_the_demo_site_has_a_realistic_size(demo: World) -> None:
    contents = demo.contents(END_OF_2026).values()
    kinds = {content.type for content in contents}
    assert 60 <= len(contents) <= 75
    assert set(ContentType) == kinds
    assert [space.personal for space in demo.spaces] == [False, False, True]
    assert len(demo.accounts) == 40


def test_later_times_only_add_contents(demo: World) -> None:
    another = World(read_world("demo"), seed=0, residency=demo.residency)
    late = list(another.contents(10**13).items())
    early = list(demo.contents(start_of(date(2024, 5, 1))).items())
    assert early == late[: len(early)]
    assert len(late) > len(early) + 100


def test_contents_exist_from_their_creation_on(demo: World) -> None:
    *_, last = demo.contents(END_OF_2026).values()
    assert last.id in demo.contents(last.created)
    assert last.id not in demo.contents(last.created - 1)


def test_ids_grow_with_time(demo: World) -> None:
    contents = list(demo.contents(END_OF_2026).values())
    assert sorted(content.id for content in contents) == [content.id for content in contents]
    assert contents == sorted(contents, key=lambda content: content.created)
    assert all(10**10 < content.id < 10**11 for content in contents)


def test_children_are_newer_than_their_parents_and_in_the_same_space(demo: World) -> None:
    contents = demo.contents(END_OF_2026)
    hanging = [content for content in contents.values() if content.parent_id is not None]
    for content in hanging:
        parent = contents[content.parent_id or 0]
        assert parent.space_key == content.space_key
        assert parent.created <= content.created
    assert all(
        content.parent_id is not None
        for content in contents.values()
        if content.type is ContentType.ATTACHMENT
    )


def test_new_contents_are_published_in_working_hours(demo: World) -> None:
    zone = ZoneInfo(demo.timezone)
    installed = start_of(demo.installed)
    times = [
        datetime.fromtimestamp(content.created / 1000, UTC).astimezone(zone)
        for content in demo.contents(END_OF_2026).values()
        if content.created > installed
    ]
    assert len(times) > 30
    assert all(time.weekday() < 5 and 9 <= time.hour <= 17 for time in times)


def test_titles_are_unique_within_a_space(demo: World) -> None:
    contents = demo.contents(start_of(date(2060, 1, 1))).values()
    titles = [(content.space_key, content.title) for content in contents]
    assert len(titles) == len(set(titles)) > 300


def test_contents_are_created_up_to_the_last_supported_date(tmp_path: Path) -> None:
    path = tmp_path / "late.toml"
    demo = bundled("fixtures", "worlds", "demo.toml").read_text("utf-8")
    path.write_text(re.sub(r"(?m)^installed = .*", "installed = 9990-01-01", demo))
    late = World(read_world(str(path)), seed=0, residency=Residency.DE)
    assert len(late.contents(LATEST)) > len(late.contents(start_of(date(9995, 1, 1))))
    assert late.visits_on(date.max)


def test_search_finds_only_contents_that_exist_at_the_time() -> None:
    page, trashed = (
        Content(one, ContentType.PAGE, "Old plan", "DOCS", 100, trashed=end)
        for one, end in ((1, None), (2, 200))
    )
    catalogue = Catalogue([Item(page, 1, 0), Item(trashed, 1, 0)], date(2026, 1, 1))
    assert [catalogue.results("plan", moment) for moment in (99, 100, 199, 200)] == [0, 2, 2, 1]
    assert [catalogue.results(term, 150) for term in ("OLD plan", "plan b", "?")] == [2, 0, 0]


MANY = """
spaces = [{key = "DOCS", name = "Docs"}]
[generated]
accounts = 1
spaces = [{kind = "personal", pages = 60, attachments = 20}]
"""
MINE = "[[contents]]\nid = {}\ntitle = 'Mine'\nspace = 'DOCS'\ncreated = 2026-02-01T00:00:00Z\n"


def test_titles_are_unique_even_if_the_vocabulary_is_exhausted(build: Callable[..., World]) -> None:
    contents = build(MANY).contents(END_OF_2026).values()
    assert 80 == len({content.title for content in contents}) == len(contents)


def test_generated_ids_avoid_written_ones(build: Callable[..., World]) -> None:
    taken = list(build(MANY).contents(END_OF_2026))[7]
    contents = build(MANY + MINE.format(taken)).contents(END_OF_2026)
    assert len(contents) == 81
    assert contents[taken].title == "Mine"
    assert taken + 1 in contents
