"""What a site answers."""

from dataclasses import replace

from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import DAY
from mock_server.data.query import ReportQuery
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency


def test_rows_of_totals_repeat_the_content_that_they_are_about(mock: MockServer) -> None:
    site = mock.sites[Residency.US]
    content = site.example_content()
    now = site.clock.now()
    question = ReportQuery(
        Subject.CONTENT_VISITS, Grouping.DAYS, now - 30 * DAY, now, content_id=content.id
    )

    days = site.report(question).rows
    visits = site.report(replace(question, grouping=Grouping.ROWS)).rows

    assert {content.id} == {day[Field.CONTENT_ID] for day in days}
    assert len(visits) == sum(day[Field.VIEWS] for day in days)
