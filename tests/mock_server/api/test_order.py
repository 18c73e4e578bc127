"""The order of rows and of totals."""

from typing import Any

import pytest

from tests.made_documents import (
    BOOLEAN,
    INTEGER,
    MOMENT,
    NULLABLE,
    PAGED,
    ROW,
    TEXT,
    TIMED,
    choice,
    fields,
    findings,
    get,
    listed,
    listing,
    operation_of,
    query,
    query_sent,
    rows_of,
    send,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_a_parameter_may_be_the_order_of_a_column(direction: str) -> None:
    names = [f"order[{name}]" for name in ("viewedAt", "contentId")]
    orders = [query(name, choice("asc", "desc")) for name in names]
    document = visits({"contentId": INTEGER, "viewedAt": MOMENT}, orders)
    rows = rows_of(document, **{"order[contentId]": direction})
    ids = [row["contentId"] for row in rows]
    assert sorted(ids, reverse=direction == "desc") == ids
    assert {"works"} == {findings(document)[name].outcome for name in names}


@pytest.mark.parametrize("description", [
    "Events are sorted by time, newest first.", "Rows are ordered by time, descending.",
])  # fmt: skip
@pytest.mark.parametrize("is_of_api", [True, False])
def test_the_newest_rows_come_first_if_the_document_says_so(
    description: str, is_of_api: bool
) -> None:
    document = visits({"viewTime": MOMENT})
    described = document.content["info"] if is_of_api else operation_of(document)
    described["description"] = f"All times are UTC. {description}"
    times = [row["viewTime"] for row in rows_of(document)]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(("sort", "sent", "is_reversed"), [
    (choice("VIEWS", "TITLE"), "VIEWS", True), (choice("VIEWS", "TITLE"), "TITLE", False),
    (choice("views", "-views"), "views", False),
    ({**TEXT, "default": "views desc"}, "views", False),
])  # fmt: skip
def test_totals_are_sorted_by_counts_in_descending_order_unless_values_have_directions(
    sort: dict[str, Any], sent: str, is_reversed: bool
) -> None:
    row = {"contentId": TEXT, "title": TEXT, "views": INTEGER}
    document = listing(row, [query("sortBy", sort)], path="/spaces/{key}/contents")
    values = [row[sent.lower()] for row in rows_of(document, sortBy=sent)]
    assert values == sorted(values, reverse=is_reversed)
    assert len(set(values)) > 2


def test_orders_apply_in_the_order_of_the_request() -> None:
    row = {"contentType": TEXT, "spaceKey": TEXT, "viewTime": MOMENT}
    names = ["contentType", "viewTime"]
    document = visits(row, [query(f"order[{name}]", choice("asc", "desc")) for name in names])
    by_type = rows_of(document, **{"order[contentType]": "asc", "order[viewTime]": "desc"})
    target = "/spaces/SUP/visits?order[viewTime]=desc&order[contentType]=asc"
    by_time = send(document, target).json()["results"]
    assert by_type == sorted(
        sorted(by_type, key=lambda one: one["viewTime"], reverse=True),
        key=lambda one: one["contentType"],
    )
    assert by_time == sorted(by_time, key=lambda one: one["viewTime"], reverse=True) != by_type


def test_an_unknown_column_to_sort_by_does_not_change_the_order() -> None:
    order = query("orderBy", {**TEXT, "default": "created desc"})
    document = visits(ROW, [order])
    assert rows_of(document) == rows_of(document, orderBy="nonsense")


def test_rows_are_sorted_by_the_names_of_users() -> None:
    user = {**fields(accountId=TEXT, displayName=TEXT), "required": ["accountId"]}
    document = visits({"viewTime": MOMENT, "user": {**user, "nullable": True}, "anonymous": BOOLEAN},
                      [query("sortBy", choice("VIEW_TIME", "USER_NAME"))])  # fmt: skip
    users = [row["user"] for row in rows_of(document, sortBy="USER_NAME")]
    names = [user["displayName"] for user in users if user]
    assert names == sorted(names)
    assert users[len(names) :] == [None] * (len(users) - len(names)) != []


ORDERS = {
    "newest_first": True, "latest": True, "-time": True, "DESC": True, "absteigend": True,
    "oldest_first": False, "time": False, "ascending": False, "aufsteigend": False,
}  # fmt: skip


@pytest.mark.parametrize(("value", "descending"), ORDERS.items())
def test_what_a_document_calls_newest_first_is_descending(value: str, descending: bool) -> None:
    document = visits(TIMED, [query("sort", choice(*ORDERS))])
    assert descending is query_sent(document, value).descending


@pytest.mark.parametrize(("described", "newest_first"), [
    ({"description": "Views of a space, newest first."}, True),
    ({"summary": "Views (most recent first)"}, True),
    ({"description": "Views; the newest are missing at first."}, False),
    ({"responses": {"200": {"description": "The views, newest first"}}}, True),
    ({"responses": {"200": {"description": "The views"}}}, False),
])  # fmt: skip
def test_rows_are_in_the_order_that_the_operation_is_described_with(
    described: dict[str, Any], newest_first: bool
) -> None:
    document = visits(TIMED)
    operation = operation_of(document)
    of_response = described.get("responses", {}).get("200", {})
    operation |= {**described, "responses": {"200": operation["responses"]["200"] | of_response}}
    times = [one["viewTime"] for one in rows_of(document)]
    assert times == sorted(times, reverse=newest_first)


@pytest.mark.parametrize(("sent", "largest_first"), [
    ({}, True), ({"orderDirection": "desc"}, True), ({"orderDirection": "asc"}, False),
])  # fmt: skip
def test_totals_are_in_the_requested_order(sent: dict[str, str], largest_first: bool) -> None:
    order = query("orderDirection", choice("asc", "desc"))
    document = visits({"title": TEXT, "contentId": TEXT, "views": INTEGER}, [order])
    views = [one["views"] for one in rows_of(document, **sent)]
    assert views == sorted(views, reverse=largest_first)
    assert len(set(views)) > 2


TITLED = {**TIMED, "contentId": TEXT, "title": TEXT, "userId": NULLABLE}


@pytest.mark.parametrize(("sent", "key", "descending"), [
    ({"sort": "viewTime,desc"}, "viewTime", True), ({"sort": "-contentId"}, "contentId", True),
    ({"orderBy": "content_id"}, "contentId", False),
    ({"sortBy": "userId", "order": "desc"}, "userId", True),
    ({"sort": "title,asc"}, "title", False),
    ({"sortBy": "Title", "descending": True}, "title", True),
])  # fmt: skip
def test_rows_are_sorted_by_the_column_that_a_request_names(
    sent: dict[str, Any], key: str, descending: bool
) -> None:
    parameters = [query(name, BOOLEAN if value is True else TEXT) for name, value in sent.items()]
    rows = rows_of(visits(TITLED, [*parameters, *PAGED]), limit=5_000, **sent)
    values = [row[key] for row in rows if row[key] is not None]
    assert len(set(values)) > 2
    assert values == sorted(values, reverse=descending)


@pytest.mark.parametrize(("parameter", "sent"), [
    (query("sort"), "title,-viewTime"), (query("sort"), "title asc,viewTime desc"),
    (query("sort", listed(TEXT)), ["title,asc", "viewTime,desc"]),
    (query("orderBy", listed(TEXT), explode=False), ["title", "-viewTime"]),
])  # fmt: skip
def test_rows_are_sorted_by_several_columns(parameter: dict[str, Any], sent: Any) -> None:
    rows = rows_of(visits(TITLED, [parameter, *PAGED]), limit=5_000, **{parameter["name"]: sent})
    titles = [row["title"] for row in rows]
    times: dict[str, list[str]] = {}
    for row in rows:
        times.setdefault(row["title"], []).append(row["viewTime"])
    assert titles == sorted(titles)
    assert all(of_title == sorted(of_title, reverse=True) for of_title in times.values())


@pytest.mark.parametrize(("sort", "column", "descending"), [
    ("title", "title", False), ("views,asc", "views", False), ("-lastViewed", "lastViewed", True),
])  # fmt: skip
def test_totals_are_sorted_by_any_column(sort: str, column: str, descending: bool) -> None:
    row = {"contentId": TEXT, "title": TEXT, "views": INTEGER, "lastViewed": MOMENT}
    values = [one[column] for one in rows_of(visits(row, [query("sort")]), sort=sort)]
    assert values == sorted(values, reverse=descending)
    assert len(values) > 5


def test_a_column_that_does_not_exist_is_named_in_a_note() -> None:
    read = query_sent(visits(TITLED, [query("sort")]), "nonsense")
    assert read.sort == ()
    assert any("nothing here is sorted by 'nonsense'" in note for note in read.notes)


def test_the_order_of_the_rows_is_not_that_of_a_second_list() -> None:
    top = listed(fields(contentId=TEXT, title=TEXT, views=INTEGER))
    document = visits({**TIMED, "title": TEXT}, [query("sort"), *PAGED], topContents=top)
    plain, *others = (
        get(document, **sent).json()["topContents"]
        for sent in ({}, {"sort": "title,asc"}, {"sort": "viewTime,asc"})
    )
    views = [row["views"] for row in plain]
    assert sorted(views, reverse=True) == views
    assert [plain, plain] == others


@pytest.mark.parametrize(
    ("column", "status"), [("length", 400), ("viewTime", 200), ("relevance", 200)]
)
def test_a_column_that_is_not_among_the_described_ones_is_refused(column: str, status: int) -> None:
    sort = query("sort", description="One of `viewTime`, `userId` and `relevance`")
    document = listing({"viewTime": MOMENT, "userId": TEXT}, [sort])
    operation_of(document)["responses"]["400"] = {"description": "Invalid"}

    assert status == get(type(document)(document.content, origin=""), sort=column).status_code


@pytest.mark.parametrize(("description", "is_newest_first"), [
    ("Default: `-viewedAt`", True), ("Defaults to viewedAt:desc", True), ("Default: newest first", True),
    ("**Default Value:** viewedAt:DESC", True), ("`viewedAt` or `-viewedAt` (default)", True),
    ("`desc` (default) or `asc`", True), ("Sort by time, newest first by default", True),
    ("Aufsteigend oder absteigend, Standard absteigend", True), ("asc or desc; default asc", False),
    ("Default: oldest first", False), ("Default viewedAt,asc", False), ("Default 25", False),
])  # fmt: skip
@pytest.mark.parametrize("name", ["sort", "order"])
def test_a_description_names_the_default_order(
    name: str, description: str, *, is_newest_first: bool
) -> None:
    document = listing({"viewedAt": MOMENT}, [query(name, description=description)])
    times = [row["viewedAt"] for row in rows_of(document)]

    assert times == sorted(times, reverse=is_newest_first)


@pytest.mark.parametrize(("description", "column", "is_largest_first"), [
    ("Defaults to `title`", "title", False), ("by views (default) or title", "views", True),
    ("Default: `views` ascending", "views", False), ("Default: `views` descending", "views", True),
])  # fmt: skip
def test_a_description_names_the_default_order_of_totals(
    description: str, column: str, *, is_largest_first: bool
) -> None:
    totals = {"contentId": TEXT, "title": TEXT, "views": INTEGER}
    sort = query("sort", description=description)
    document = listing(totals, [sort], path="/spaces/{key}/contents/views")
    values = [row[column] for row in rows_of(document)]

    assert values == sorted(values, reverse=is_largest_first)
