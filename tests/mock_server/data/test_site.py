"""The reports of a site."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import DAY
from mock_server.data.queries import Queries
from mock_server.data.query import ReportQuery
from mock_server.settings import settings_of
from mock_server.testing.mock import MockServer
from mock_server.world.domain import ANONYMOUS, Residency, Visit
from tests.mocks import NOW


@pytest.mark.parametrize("grouping", [Grouping.ROWS, Grouping.CONTENTS, Grouping.DAYS])
def test_a_report_is_consistent_while_visits_are_added(
    grouping: Grouping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of({"world": "tiny", "now": NOW, "database": str(tmp_path / "mock.db")})
    with closing(MockServer(settings)) as mock:
        site, read = mock.sites[Residency.US], Queries._rows
        visit, now = Visit(site.clock.now(), site.example_content().id, ANONYMOUS), site.clock.now()

        def interrupted(*args: Any, **values: int) -> Sequence[Any]:
            rows = read(*args, **values)
            site.contents.add_visits([visit])
            return rows

        query = ReportQuery(Subject.SITE_VISITS, grouping, now - 30 * DAY, now + 1)
        site.report(query)  # so that its days are there
        monkeypatch.setattr(Queries, "_rows", interrupted)
        whole = site.report(query)
        page = site.report(replace(query, limit=1))

    sums = sum(row.get(Field.VIEWS, 1) for row in whole.rows)
    assert [sums, len(whole.rows)] == [whole.values[Field.VIEWS], whole.values[Field.TOTAL]]
    if grouping is Grouping.ROWS:
        assert page.values[Field.VIEWS] == page.values[Field.TOTAL] > sums


def test_totals_by_day_include_the_requested_content(mock: MockServer) -> None:
    site = mock.sites[Residency.US]
    content = site.example_content()
    now = site.clock.now()
    range_ = (now - 30 * DAY, now)
    query = ReportQuery(Subject.CONTENT_VISITS, Grouping.DAYS, *range_, content_id=content.id)
    days = site.report(query).rows
    visits = site.report(replace(query, grouping=Grouping.ROWS)).rows

    assert {content.id} == {day[Field.CONTENT_ID] for day in days}
    assert len(visits) == sum(day[Field.VIEWS] for day in days)


@pytest.mark.parametrize("grouping", [Grouping.ROWS, Grouping.CONTENTS])
def test_trashed_contents_are_those_at_the_time_of_the_report(grouping: Grouping) -> None:
    with closing(MockServer(settings_of({"world": "tiny", "now": NOW, "freeze": True}))) as mock:
        site = mock.sites[Residency.US]
        content, before = site.example_content(), site.clock.now()
        mock.clock.move_to(before + DAY)
        site.contents.trash(content.id)
        query = ReportQuery(Subject.SITE_VISITS, grouping, before - 30 * DAY, before, trashed=None)

        trashed = [
            {row[Field.CONTENT_ID] for row in site.report(query, now=time).rows
             if row[Field.IS_TRASHED]}
            for time in (before, before + DAY)
        ]  # fmt: skip

    assert [set(), {content.id}] == [found & {content.id} for found in trashed]


def test_searches_can_be_sorted_by_a_computed_field(mock: MockServer) -> None:
    site = mock.sites[Residency.US]
    now = site.clock.now()
    query = ReportQuery(
        Subject.SEARCHES, Grouping.ROWS, now - 30 * DAY, now, sort=((Field.IS_SUCCESSFUL, False),)
    )
    found = [row[Field.IS_SUCCESSFUL] for row in site.report(query).rows]
    assert {False, True} == set(found)
    assert sorted(found) == found


def test_each_range_space_kind_and_table_has_a_number_of_rows_of_its_own(mock: MockServer) -> None:
    site = mock.sites[Residency.US]
    now = site.clock.now()
    query = ReportQuery(Subject.SPACE_VISITS, Grouping.ROWS, now - 30 * DAY, now)
    space, *_ = {row[Field.SPACE_KEY] for row in site.report(query, now=now).rows}
    queries = [
        query, replace(query, start=now - 7 * DAY), replace(query, space_key=space),
        replace(query, account_kinds=frozenset({"anonymous"})),
        replace(query, subject=Subject.SEARCHES),
    ]  # fmt: skip

    whole = [len(site.report(one, now=now).rows) for one in queries]
    pages = [replace(one, limit=1) for one in (*queries, *queries)]

    assert len({*whole}) == len(queries)
    assert [site.report(one, now=now).values[Field.TOTAL] for one in pages] == whole * 2
