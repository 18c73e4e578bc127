"""Cursors, the sizes of pages, and totals of all pages."""

from typing import Any

import pytest

from tests.made_documents import (
    BOOLEAN,
    DAY,
    INTEGER,
    MOMENT,
    NULLABLE,
    ROW,
    SEEN,
    TEXT,
    TIMED,
    fields,
    findings,
    get,
    listed,
    listing,
    query,
    responding,
    rows_of,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


def with_cursors(**around: Any) -> Any:
    return visits(
        ROW, [query("limit", INTEGER), query("starting_after"), query("ending_before")], **around
    )


@pytest.mark.parametrize(("limit", "after", "before", "expected"), [
    (3, 1, None, [2, 3, 4]), (3, None, 4, [1, 2, 3]), (3, None, 2, [0, 1]), (3, 0, 2, [1]),
    (0, None, 5, []),
])  # fmt: skip
def test_a_cursor_is_the_id_of_a_row_where_a_document_has_no_other(
    limit: int, after: int | None, before: int | None, expected: list[int]
) -> None:
    document = with_cursors()
    ids = [row["id"] for row in rows_of(document, limit=6)]
    places = {"starting_after": after, "ending_before": before}
    sent = {name: ids[place] for name, place in places.items() if place is not None}
    rows = rows_of(document, limit=limit, **sent)
    assert [ids[place] for place in expected] == [row["id"] for row in rows]
    found = findings(document)
    assert "works" == found["starting_after"].outcome == found["ending_before"].outcome


@pytest.mark.parametrize("name", ["starting_after", "ending_before"])
def test_the_id_of_no_row_is_no_cursor(name: str) -> None:
    response = get(with_cursors(), **{name: "0" * 32})
    assert 400 == response.status_code
    assert f"{name!r}: '{'0' * 32}' is not a cursor of this API" in response.json()["detail"]


@pytest.mark.parametrize("name", ["starting_after", "ending_before"])
def test_an_empty_cursor_has_no_effect(name: str) -> None:
    assert rows_of(with_cursors()) == rows_of(with_cursors(), **{name: ""})


def test_a_cursor_is_opaque_where_responses_have_one() -> None:
    document = with_cursors(next_cursor=NULLABLE)
    page = get(document, limit=2).json()
    first = page["results"][0]["id"]
    assert first != rows_of(document, starting_after=page["next_cursor"])[0]["id"]
    assert 400 == get(document, starting_after=first).status_code


def test_the_total_is_sent_on_request() -> None:
    body = fields(**{"@odata.count": INTEGER, "value": listed(fields(**ROW))})
    document = responding(body, [query("$count", BOOLEAN)])
    assert "@odata.count" not in get(document).json()
    assert "@odata.count" not in get(document, **{"$count": "false"}).json()
    everything = get(document, **{"$count": "true"}).json()
    assert len(everything["value"]) == everything["@odata.count"]
    assert "works" == findings(document)["$count"].outcome


@pytest.mark.parametrize(("described", "bound", "size"), [
    ("If unspecified, at most 5 are returned.", {}, 5), ("Default: 7, maximum 50.", {}, 7),
    ("Default: 0 (no limit)", {}, 100), ("", {"maximum": 3}, 3),
    ("Default: 50.", {"maximum": 3}, 3), ("Default: 2.", {"maximum": 3}, 2),
])  # fmt: skip
def test_a_page_has_the_size_that_a_description_names_up_to_the_maximum(
    described: str, bound: dict[str, int], size: int
) -> None:
    page_size = query("pageSize", {**INTEGER, **bound}, description=described)
    assert size == len(rows_of(visits(ROW, [page_size])))


@pytest.mark.parametrize(("name", "description", "most"), [
    ("topContents", "The ten most viewed contents", 10), ("top3", "", 3),
    ("contents", "A top list", None),
])  # fmt: skip
def test_a_list_may_say_how_many_it_has(name: str, description: str, most: int | None) -> None:
    row = fields(contentId=TEXT, views=INTEGER)
    lists = {name: listed(row, description=description), "views": INTEGER}
    alone, beside = responding(fields(**lists)), visits({"viewTime": MOMENT}, **lists)
    sizes = {len(get(document).json()[name]) for document in (alone, beside)}
    assert ({most} == sizes) if most else (min(sizes) > 10)


def test_a_larger_page_than_the_maximum_in_a_description_is_cut() -> None:
    said = "The maximum value is 3; values above 3 will be coerced to 3."
    document = visits(ROW, [query("pageSize", INTEGER, description=said)])
    assert [2, 3, 3] == [len(rows_of(document, pageSize=size)) for size in (2, 3, 500)]


def test_the_cursor_of_the_page_before_leads_back() -> None:
    meta = fields(after=NULLABLE, before=NULLABLE)
    days = [query("from", DAY), query("to", DAY)]
    cursors = [query("limit", INTEGER), query("after"), query("before")]
    document = visits(ROW, [*days, *cursors], meta=meta)

    def page(**sent: Any) -> Any:
        return get(document, limit=3, **sent).json()

    first = page()
    second = page(after=first["meta"]["after"])
    assert first["meta"]["before"] is None
    assert first["results"] == page(before=second["meta"]["before"])["results"]
    assert 400 == get(document, before="vapomi").status_code
    assert "works" == findings(document)["before"].outcome


def test_a_cursor_may_lead_both_ways() -> None:
    parameters = [query("limit", INTEGER), query("cursor")]
    document = visits(ROW, parameters, nextCursor=NULLABLE, prevCursor=NULLABLE)
    second = get(document, limit=4, cursor=get(document, limit=4).json()["nextCursor"]).json()
    first = get(document, limit=4, cursor=second["prevCursor"]).json()
    assert get(document, limit=4).json()["results"] == first["results"]


def test_the_start_of_the_next_page_is_null_on_the_last_one() -> None:
    start = {**INTEGER, "nullable": True}
    document = visits(ROW, [query("start", INTEGER), query("limit", INTEGER)], nextPageStart=start)
    pages = [get(document, start=place, limit=3).json() for place in (0, 10_000)]
    assert [3, None] == [page["nextPageStart"] for page in pages]


def test_a_cursor_that_no_response_had_is_refused() -> None:
    assert 400 == get(visits(TIMED, [query("cursor")]), cursor="made-up").status_code


@pytest.mark.parametrize("given", [{}, {"limit": 50}])
def test_no_page_is_longer_than_its_schema_allows(given: dict[str, int]) -> None:
    body = fields(results=listed(fields(**TIMED), maxItems=20))
    document = responding(body, [query("limit", INTEGER)])
    assert 20 == len(rows_of(document, **given))


def test_the_page_of_a_list_of_other_things_is_empty_and_says_so() -> None:
    paging = {"start": INTEGER, "limit": INTEGER, "size": INTEGER, "isLast": BOOLEAN}
    links = fields(self=TEXT, next=TEXT)
    body = fields(**paging, _links=links, labels=listed(fields(color=TEXT)))
    body["required"] = [*paging, "labels"]
    parameters = [query("start", INTEGER), query("limit", {**INTEGER, "default": 25})]
    document = responding(body, parameters, path="/labels", more={"operationId": "getLabels"})

    assert get(document, start=3).json() == {
        "labels": [], "start": 3, "limit": 25, "size": 0, "isLast": True,
        "_links": {"self": "http://us.localhost/labels?start=3"},
    }  # fmt: skip
    assert findings(document)["getLabels"].outcome == "generated"


def test_a_page_size_of_minus_one_has_all_rows_where_it_is_allowed() -> None:
    size = {**INTEGER, "default": 3}
    every = listing(SEEN, [query("limit", {**size, "minimum": -1})])

    assert len(rows_of(every)) == 3
    assert len(rows_of(every, limit=-1)) > 100
    assert rows_of(listing(SEEN, [query("limit", size)]), limit=-1) == []


def test_a_description_says_that_a_time_is_the_end_of_the_next_page() -> None:
    description = "The time of the last item, to be passed as `before`; null on the last page"
    next_one = {**MOMENT, "nullable": True, "description": description}
    paged = [query("before", MOMENT), query("take", INTEGER)]
    document = visits(TIMED, paged, next=next_one)

    page = get(document, take=3).json()

    assert page["next"] == page["results"][-1]["viewTime"]
    assert get(document, before="2026-01-02T00:00:00Z", take=1_000).json()["next"] is None


def test_each_row_may_have_a_cursor() -> None:
    info = fields(startCursor=NULLABLE, endCursor=NULLABLE, hasNextPage=BOOLEAN)
    edge = fields(cursor=TEXT, node=fields(**SEEN))
    paged = [query("first", {**INTEGER, "minimum": 1}), query("after"), query("before")]
    document = responding(fields(edges=listed(edge), pageInfo=info), paged)

    page = get(document, first=5).json()
    cursors = [edge["cursor"] for edge in page["edges"]]
    after = get(document, first=2, after=cursors[1]).json()["edges"]
    before = get(document, first=2, before=cursors[4]).json()["edges"]
    following = get(document, first=5, after=cursors[0]).json()

    assert 5 == len({*cursors})
    assert [cursors[0], cursors[-1]] == [
        page["pageInfo"][f"{end}Cursor"] for end in ("start", "end")
    ]
    assert page["edges"][2:4] == after == before
    assert following["pageInfo"]["startCursor"] == cursors[1]


@pytest.mark.parametrize(("name", "said"), [
    ("naechster", ""), ("weiterMit", "Wert von `seite.weiterMit` der vorigen Antwort"),
])  # fmt: skip
def test_the_next_cursor_is_named_in_german_or_by_the_parameter(name: str, said: str) -> None:
    paged = [query("cursor", description=said), query("limit", INTEGER)]
    document = visits(TIMED, paged, seite=fields(**{name: NULLABLE}))
    page = get(document, limit=2).json()

    assert rows_of(document, limit=2, cursor=page["seite"][name]) != page["results"]
    assert get(document, limit=10_000).json()["seite"][name] is None
