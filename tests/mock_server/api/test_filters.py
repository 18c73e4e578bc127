"""Filters, enumerations, and parameters without an effect."""

from dataclasses import replace
from typing import Any

import pytest

from mock_server.binding.fields import Field
from mock_server.binding.infer import bind
from mock_server.cli.probe import Probe
from mock_server.openapi.document import Document
from tests.made_documents import (
    BOOLEAN,
    FOUND,
    INTEGER,
    MOMENT,
    PAGED,
    ROW,
    TEXT,
    TIMED,
    VIEWED,
    choice,
    content_of,
    fields,
    findings,
    get,
    listed,
    listing,
    query,
    query_sent,
    responding,
    rows_of,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")

TYPES = [f"CONTENT_TYPE_{name}" for name in ("UNSPECIFIED", "PAGE", "BLOG_POST", "ATTACHMENT")]
TYPE = choice(*TYPES)


@pytest.mark.parametrize("value", TYPES[1:])
def test_values_are_read_without_what_all_begin_with(value: str) -> None:
    document = visits({"contentType": TYPE}, [query("contentType", TYPE)])
    assert {value} == {row["contentType"] for row in rows_of(document, contentType=value)}
    found = findings(document)
    assert "works" == found["contentType"].outcome == found["/results/*/contentType"].outcome


@pytest.mark.parametrize(("name", "value", "values"), [
    ("contentType", TYPES[0], TYPES),
    ("contentType", "all", ["all", "page", "blogpost"]),
    ("userType", "ANY", ["ANY", "USER", "ANONYMOUS"]),
])  # fmt: skip
def test_a_filter_may_leave_nothing_out(name: str, value: str, values: list[str]) -> None:
    document = visits(ROW, [query(name, choice(*values))])
    assert rows_of(visits(ROW)) == rows_of(document, **{name: value})


SUMS = responding(
    fields(views=INTEGER), [query("minViews", INTEGER)], path="/spaces/{key}/views/summary"
)


@pytest.mark.parametrize(("document", "name"), [
    (visits(ROW, [query("$count", BOOLEAN)]), "$count"),
    (visits(ROW, [query("order[device]")]), "order[device]"),
    (SUMS, "minViews"),
], ids=[
    "a total that no response has", "the order of an unknown column", "a minimum of sums",
])  # fmt: skip
def test_a_parameter_without_an_effect_is_ignored(document: Document, name: str) -> None:
    assert "ignored" == findings(document)[name].outcome


def test_a_content_of_another_space_is_filtered_out() -> None:
    filters = [query("space"), query("content_id", INTEGER)]
    document = listing({"contentId": INTEGER}, filters, path="/views")
    content = rows_of(document, space="FIN")[0]["contentId"]
    assert {content} == {row["contentId"] for row in rows_of(document, content_id=content)}
    assert [] == rows_of(document, content_id=content, space="SUP")


def test_a_list_may_stand_beside_its_single_value() -> None:
    keys = [query("spaceKey"), query("spaceKey[]", listed(TEXT))]
    document = listing({"spaceKey": TEXT}, keys, path="/views")
    assert {"SUP"} == {row["spaceKey"] for row in rows_of(document, spaceKey="SUP")}
    both = rows_of(document, **{"spaceKey[]": ["SUP", "FIN"]})
    assert {"SUP", "FIN"} == {row["spaceKey"] for row in both}


def test_the_trash_is_selected_without_what_all_begin_with() -> None:
    status = query("status", choice("STATUS_TRASHED", "STATUS_CURRENT"))
    assert [] == rows_of(visits(ROW, [status]), status="STATUS_TRASHED")
    assert rows_of(visits(ROW)) == rows_of(visits(ROW, [status]), status="STATUS_CURRENT")


def test_a_parameter_without_a_telling_name_may_be_described_by_one() -> None:
    document = listing(ROW, [query("k", description="Space key.")], path="/views")
    assert "space key" == findings(document)["k"].bound_to
    assert "described as 'Space key'" in findings(document)["k"].evidence


def one_of(*values: str, **more: Any) -> dict[str, Any]:
    """Make an enumeration as TypeBox writes it."""
    return {"anyOf": [choice(value) for value in values], **more}


def test_alternatives_of_one_value_are_an_enumeration() -> None:
    kinds = one_of("page", "blogpost", "attachment")
    parameters = [query("type", kinds), query("order", one_of("asc", "desc", default="desc"))]
    document = visits({"viewTime": MOMENT, "contentType": kinds}, parameters)
    rows = rows_of(document)
    blogposts = rows_of(document, type="blogpost")
    assert {"page", "blogpost"} < {row["contentType"] for row in rows}
    assert [row for row in rows if row["contentType"] == "blogpost"] == blogposts
    assert rows == sorted(rows, key=lambda row: row["viewTime"], reverse=True)


@pytest.mark.parametrize(("name", "schema", "value", "key"), [
    ("contentId", listed(TEXT), None, "contentId"),
    ("spaceKeys", listed(TEXT), ["FIN", "NONE"], "spaceKey"), ("title", TEXT, "home", "title"),
])  # fmt: skip
def test_a_report_of_the_site_is_filtered_by_contents(
    name: str, schema: dict[str, Any], value: Any, key: str
) -> None:
    document = listing(VIEWED, [query(name, schema)], path="/views")
    every = rows_of(listing(VIEWED, path="/views"))
    sent = value or [one["contentId"] for one in every[1:3]]
    found = rows_of(document, **{name: sent})
    wanted = sent if isinstance(sent, list) else [sent]
    assert found == [
        one for one in every if any(text in one[key].lower() or text == one[key] for text in wanted)
    ]
    assert 0 < len(found) < len(every)
    assert "works" == findings(document)[name].outcome


STATES = choice("current", "trashed")


@pytest.mark.parametrize(("name", "schema", "sent", "states"), [
    ("content-status", listed(STATES), ["trashed"], {"trashed"}),
    ("content-status", listed(STATES), ["current", "trashed"], {"current", "trashed"}),
    ("status", STATES, "current", {"current"}), ("isTrashed", BOOLEAN, "true", {"trashed"}),
])  # fmt: skip
def test_a_filter_selects_contents_by_whether_they_are_in_the_trash(
    name: str, schema: dict[str, Any], sent: Any, states: set[str]
) -> None:
    row = {"contentId": TEXT, "status": STATES, "views": INTEGER}
    document = visits(row, [query(name, schema)])
    site = Probe(document, bind(document)).site
    now, trashed = site.clock.now(), site.example_content()
    query_of = query_sent(document, sent, now)
    with pytest.MonkeyPatch.context() as patch:
        ended = {**site.contents.at(now), trashed.id: replace(trashed, trashed=now)}
        patch.setattr(site.contents, "at", lambda _: ended)
        rows = site.report(replace(query_of, space_key=trashed.space_key)).rows
        found = {row[Field.CONTENT_ID]: row[Field.IS_TRASHED] for row in rows}
    assert {"trashed" if is_trashed else "current" for is_trashed in found.values()} == states
    assert found.get(trashed.id, True) is True


@pytest.mark.parametrize(("parameter", "path", "statuses", "expected"), [
    ("spaceKey", "/views", ("200",), 200), ("spaceKey", "/views", ("200", "404"), 404),
    ("spaceKey", "/contents/{key}/views", ("200", "404"), 200),
    ("contentId", "/views", ("200",), 200), ("contentId", "/views", ("200", "404"), 404),
    ("contentId", "/spaces/{key}/views", ("200", "404"), 200),
])  # fmt: skip
def test_an_optional_filter_may_match_nothing_unless_the_document_has_a_404(
    parameter: str, path: str, statuses: tuple[str, ...], expected: int
) -> None:
    row = {**TIMED, "contentId": TEXT}
    body = content_of(fields(results=listed(fields(**row))))
    document = served(dict.fromkeys(statuses, body), [query(parameter)], path=path)
    key = rows_of(visits(row))[0]["contentId"] if "contents" in path else "SUP"
    response = get(document, key=key, **{parameter: "987654321"})
    assert expected == response.status_code
    assert expected == 404 or response.json()["results"] == []


def test_rows_of_types_that_a_document_has_no_word_for_are_left_out() -> None:
    some, every = (
        get(visits({"contentType": kinds}, PAGED, total=INTEGER), limit=5_000).json()
        for kinds in (choice("PAGE", "BLOG_POST"), TEXT)
    )
    types = [row["contentType"] for row in every["results"]]
    assert {"PAGE", "BLOG_POST"} == {row["contentType"] for row in some["results"]}
    assert some["total"] == len(types) - types.count("attachment") < every["total"]


@pytest.mark.parametrize("names", ["x-enumNames", "x-enum-varnames"])
def test_numbers_that_have_names_mean_what_they_are_called(names: str) -> None:
    kinds = {"type": "integer", "enum": [0, 1, 2], names: ["Page", "BlogPost", "Attachment"]}
    document = visits({"contentType": kinds, "title": TEXT}, [query("contentType", kinds)])
    plain = rows_of(visits({"contentType": TEXT, "title": TEXT}))
    known = {row["title"]: row["contentType"] for row in plain}
    every = rows_of(document)
    some = rows_of(document, contentType=1)
    several = rows_of(visits({"contentType": kinds}, [query("types", listed(kinds))]), types=[1, 2])
    words = ["page", "blogpost", "attachment"]
    assert all(known[row["title"]] == words[row["contentType"]] for row in every)
    assert {0, 1, 2} == {row["contentType"] for row in every}
    assert [row for row in every if row["contentType"] == 1] == some
    assert {1, 2} == {row["contentType"] for row in several}


def test_visits_of_what_is_in_the_trash_are_there_on_request() -> None:
    row = {"contentId": TEXT, "isTrashed": BOOLEAN, "trashedDate": {**MOMENT, "nullable": True}}
    document = visits(row, [query("includeTrashed", BOOLEAN)])
    plain = rows_of(document)
    content = plain[0]["contentId"]
    contents = Probe(document, bind(document)).site.contents
    contents.trash(int(content))
    try:
        hidden, shown = rows_of(document), rows_of(document, includeTrashed=True)
    finally:
        contents.restore(int(content))
    assert content not in {row["contentId"] for row in hidden}
    assert len(plain) == len(shown)
    assert {content} == {row["contentId"] for row in shown if row["isTrashed"]}
    assert all(bool(row["trashedDate"]) is row["isTrashed"] for row in shown)


@pytest.mark.parametrize(("path", "row", "sent", "low", "high"), [
    ("/searches", FOUND, {"minResults": 2}, 2, 99),
    ("/searches", FOUND, {"MinHits": 1, "MaxHits": 2}, 1, 2),
    ("/searches", FOUND, {"max-results": 1, "limit": 5_000}, 0, 1),
    ("/spaces/{key}/visits", VIEWED, {"min_views": 5}, 5, 999),
    ("/spaces/{key}/visits", VIEWED, {"at_least": 5}, 5, 999),
    ("/spaces/{key}/visits", VIEWED, {"filter[views.lte]": 6, "views[gte]": 3}, 3, 6),
    ("/spaces/{key}/visits", {"userId": TEXT, "views": INTEGER}, {"maxVisits": 4}, 0, 4),
])  # fmt: skip
def test_a_count_may_have_a_minimum_and_a_maximum(
    path: str, row: dict[str, Any], sent: dict[str, int], low: int, high: int
) -> None:
    document = listing(row, [query(name, INTEGER) for name in sent], path=path)
    every, found = (
        [one["hits" if "hits" in row else "views"] for one in rows]
        for rows in (rows_of(listing(row, path=path)), rows_of(document, **sent))
    )
    assert [count for count in every if low <= count <= high] == found
    assert 0 < len(found) < len(every)
    assert {"works"} == {findings(document)[name].outcome for name in sent}


def test_kinds_of_content_are_not_kinds_of_spaces() -> None:
    kinds = listed(choice("page", "blogpost", "attachment"))
    document = listing({"type": choice("page", "blogpost", "attachment")}, [query("kind", kinds)])
    rows = get(document, kind="attachment").json()["results"]

    assert {row["type"] for row in rows} == {"attachment"}
