"""Totals and summaries: what they are of, and what they count."""

from collections import Counter
from typing import Any

import pytest

from mock_server.binding.fields import Field
from tests.made_documents import (
    DAY,
    INTEGER,
    MOMENT,
    NULLABLE,
    TEXT,
    choice,
    content_of,
    daily,
    fields,
    findings,
    get,
    listed,
    listing,
    query,
    responding,
    rows_of,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


def test_a_ranking_of_spaces_is_of_spaces() -> None:
    row = fields(spaceKey=TEXT, spaceName=TEXT, reads=INTEGER)
    ranking = get(responding(listed(row), path="/spaces/ranking")).json()
    assert ["SUP", "FIN"] == [space["spaceKey"] for space in ranking][:2]


@pytest.mark.parametrize(("name", "description"), [
    ("visitedContents", ""),
    ("visited", "Number of different pages, blog posts and attachments with visits"),
])  # fmt: skip
def test_a_summary_may_count_distinct_contents(name: str, description: str) -> None:
    count = {**INTEGER, "description": description}
    document = responding(fields(visits=INTEGER, **{name: count}), path="/spaces/{key}/summary")
    contents = {
        row["contentId"] for row in rows_of(listing({"contentId": TEXT, "viewTime": MOMENT}))
    }
    assert len(contents) == get(document).json()[name]


VIEWS_BY_TYPE = fields(total=INTEGER, pages=INTEGER, blogposts=INTEGER, attachments=INTEGER)


def test_views_are_counted_by_content_type() -> None:
    names = ("views", "page_views", "blogpost_views", "attachment_views")
    daily_row = {"date": DAY, **dict.fromkeys(names, INTEGER)}
    overview = responding(fields(views=VIEWS_BY_TYPE), path="/spaces/{key}/summary")
    rows = rows_of(listing({"contentType": TEXT, "viewTime": MOMENT}))
    kinds = Counter(row["contentType"] for row in rows)
    expected = [len(rows), *(kinds[kind] for kind in ("page", "blogpost", "attachment"))]
    days = rows_of(listing(daily_row, path="/spaces/{key}/daily"))
    assert expected == [sum(day[name] for day in days) for name in names]
    assert expected == list(get(overview).json()["views"].values())


def test_page_views_alone_are_all_views() -> None:
    days = rows_of(listing({"date": DAY, "pageViews": INTEGER}, path="/spaces/{key}/daily"))
    assert len(rows_of(listing({"viewTime": MOMENT}))) == sum(day["pageViews"] for day in days)


def test_what_totals_are_about_is_named_beside_them() -> None:
    body = fields(spaceKey=TEXT, name=TEXT, days=listed(fields(date=DAY, views=INTEGER)))
    (name,) = {
        row["spaceName"] for row in rows_of(listing({"spaceName": TEXT, "viewTime": MOMENT}))
    }
    assert name == get(responding(body, path="/spaces/{key}/statistics")).json()["name"]


def test_an_overview_of_the_site_is_recognized_by_its_properties() -> None:
    searches = fields(total=INTEGER, withoutResults=INTEGER)
    body = fields(views=VIEWS_BY_TYPE, users=INTEGER, searches=searches)
    body = get(responding(body, path="/overview")).json()
    assert body["views"]["total"] >= len(rows_of(listing({"viewTime": MOMENT})))
    assert body["searches"]["total"] > body["searches"]["withoutResults"] > 0


def test_the_busiest_day_may_be_an_object() -> None:
    busiest = {**fields(date=DAY, views=INTEGER), "nullable": True, "required": ["date", "views"]}
    document = responding(fields(views=INTEGER, busiestDay=busiest), [query("since", DAY)],
                          path="/spaces/{key}/summary")  # fmt: skip
    days = rows_of(daily())
    most = max(day["views"] for day in days)
    assert get(document).json()["busiestDay"] in [day for day in days if day["views"] == most]
    assert get(document, since="2026-02-01").json()["busiestDay"] is None


GROUPED = {"key": TEXT, "label": NULLABLE, "title": TEXT, "day": DAY, "views": INTEGER}
GROUPS = choice("USER", "BY_CONTENT", "DAY")
HOME = "Customer Care home"


@pytest.mark.parametrize(("name", "schema", "sent", "row"), [
    ("groupBy", GROUPS, None, {"key": "Anonymous", "label": "Anonymous"}),
    ("groupBy", GROUPS, "BY_CONTENT", {"label": HOME, "title": HOME}),
    ("groupBy", {**GROUPS, "default": "BY_CONTENT"}, None, {"label": HOME}),
    ("groupBy", GROUPS, "DAY", {"key": "2026-01-02", "label": None, "day": "2026-01-02"}),
    ("group_by", TEXT, "day", {"key": "2026-01-02", "day": "2026-01-02"}),
    ("breakdown", choice("page", "month"), "month", {"key": "2026-01-01"}),
    ("breakdown", choice("page", "quarter"), "quarter", {"key": "2026-01-01"}),
    ("breakdown", choice("page", "YEARLY"), "YEARLY", {"key": "2026-01-01"}),
    ("by", choice("page", "user", "device"), "device", {"label": HOME}),
])  # fmt: skip
def test_a_parameter_selects_what_totals_are_of(
    name: str, schema: dict[str, Any], sent: str | None, row: dict[str, Any]
) -> None:
    given = {} if sent is None else {name: sent}
    body = fields(results=listed(fields(**GROUPED)), groupBy=TEXT, totalViews=INTEGER)
    document = responding(body, [query(name, schema)], path="/spaces/{key}/sums")
    report = get(document, **given).json()
    rows = report["results"]
    assert row.items() <= rows[0].items()
    assert report["totalViews"] >= sum(one["views"] for one in rows) > 0
    assert sent in {None, report.get("groupBy", sent)}
    found = findings(document)[name]
    assert "works" == found.outcome
    assert (sent == "device") is ("device selects no other" in found.evidence)


def test_groupings_that_a_parameter_selects_are_checked_one_by_one() -> None:
    document = listing(GROUPED, [query("groupBy", GROUPS)])
    found = findings(document)
    assert found["/results/*/key"].bound_to == Field.ACCOUNT
    assert found["/results/*/key (BY_CONTENT)"].bound_to == Field.CONTENT_ID
    assert found["/results/*/key (DAY)"].bound_to == Field.DAY
    assert "/results/*/title (DAY)" not in found
    assert {"key", "label", "views"} == {*rows_of(document)[0]}


def test_totals_per_viewer_count_distinct_contents() -> None:
    row = {"userId": TEXT, "distinctContents": INTEGER}
    visited = rows_of(visits({"userId": TEXT, "contentId": TEXT, "viewTime": MOMENT}))
    contents = {(one["userId"], one["contentId"]) for one in visited}
    for total in rows_of(visits({**row, "views": INTEGER})):
        assert total["distinctContents"] == sum(who == total["userId"] for who, _ in contents)


def test_totals_of_a_list_of_spaces_are_of_spaces() -> None:
    row = fields(key=TEXT, name=TEXT, visitCount=INTEGER)
    rows = get(responding(listed(row), path="/spaces")).json()
    assert {"SUP", "FIN"} <= {row["key"] for row in rows}
    assert len({row["name"] for row in rows}) == len(rows)
    counts = [row["visitCount"] for row in rows]
    assert sorted(counts, reverse=True) == counts


def test_a_count_without_rows_counts_views_of_all_kinds() -> None:
    names = ("count", "viewerCount", "anonymousVisits", "distinctContentCount")
    document = responding(fields(**dict.fromkeys(names, INTEGER)))
    rows = rows_of(visits({"userId": NULLABLE, "contentId": TEXT}))
    found = get(document).json()
    assert found["count"] == len(rows)
    assert found["anonymousVisits"] == [row["userId"] for row in rows].count("Anonymous")
    assert found["distinctContentCount"] == len({row["contentId"] for row in rows})


BY_KEY = {"type": "object", "additionalProperties": INTEGER}


def test_totals_stand_by_key_in_an_object() -> None:
    rows = rows_of(visits({"viewTime": MOMENT, "contentType": TEXT}))
    counts = fields(Seite=INTEGER, Blogbeitrag=INTEGER, Anhang=INTEGER)
    each = {"type": "object", "additionalProperties": fields(visits=INTEGER, uniqueViewers=INTEGER)}
    body = fields(totalViews=INTEGER, perDay=BY_KEY, viewsByType=counts, spaces=each,
                  viewsByDate=BY_KEY, visitsPerUser=BY_KEY, viewsPerMonth=BY_KEY)  # fmt: skip
    document = responding(body, path="/spaces/{key}/summary")

    found = get(document).json()

    assert Counter(row["viewTime"][:10] for row in rows) == found["perDay"]
    assert found["perDay"] == found["viewsByDate"]
    assert sum(found["visitsPerUser"].values()) < len(rows)  # protected viewers have no key
    assert {} == found["viewsPerMonth"]
    types = Counter(row["contentType"] for row in rows)
    german = {"page": "Seite", "blogpost": "Blogbeitrag", "attachment": "Anhang"}
    assert {name: types[kind] for kind, name in german.items()} == found["viewsByType"]
    assert len(rows) == found["spaces"]["SUP"]["visits"] == found["totalViews"]
    outcomes = findings(document)
    for place in ("/perDay/*", "/viewsByType/*", "/spaces/*/uniqueViewers"):
        assert "works" == outcomes[place].outcome


def test_totals_may_be_of_content_types() -> None:
    body = fields(byType=listed(fields(type=TEXT, count=INTEGER)), total=INTEGER)
    found = get(responding(body, path="/spaces/{key}/visits/stats")).json()
    types = Counter(row["contentType"] for row in rows_of(visits({"contentType": TEXT})))
    assert dict(types) == {one["type"]: one["count"] for one in found["byType"]}


@pytest.mark.parametrize(("path", "schema", "media_type"), [
    ("/spaces/{key}/visitors", fields(count=INTEGER), "application/json"),
    ("/spaces/{key}/viewers/count", INTEGER, "application/json"),
    ("/spaces/{key}/viewers/count", INTEGER, "text/plain"),
    ("/spaces/{key}/visits/stats", fields(n={**INTEGER, "description": "distinct readers"}),
     "application/json"),
])  # fmt: skip
def test_a_count_is_of_what_the_path_or_its_description_names(
    path: str, schema: dict[str, Any], media_type: str
) -> None:
    document = served({"200": content_of(schema, media_type)}, path=path)
    response = get(document)
    found = response.json()
    viewers = {row["userId"] for row in rows_of(visits({"userId": NULLABLE}))} - {None}
    assert len(viewers) == (found if schema is INTEGER else found.popitem()[1])
    assert media_type == response.headers["content-type"]
    assert "works" == findings(document)["views"].outcome
