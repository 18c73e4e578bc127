"""Documents whose descriptions say what names and types do not."""

from datetime import datetime
from typing import Any

import pytest

from mock_server.openapi.document import Document
from tests.made_documents import (
    BOOLEAN,
    DAY,
    INTEGER,
    KEY,
    MOMENT,
    NULLABLE,
    SEEN,
    TEXT,
    choice,
    content_of,
    fields,
    get,
    listed,
    listing,
    query,
    responding,
    rows_of,
    searches,
    served,
)

pytestmark = pytest.mark.usefixtures("small_site")

NOW = datetime.fromisoformat("2026-01-31T12:00:00Z")


def test_a_range_of_days_whose_last_one_is_the_day_before_is_reversed() -> None:
    end = query("to", DAY, description="Last day, inclusive. 400 if `to` is before `from`.")
    document = listing(SEEN, [query("from", DAY), end])

    assert get(document, **{"from": "2026-01-14", "to": "2026-01-13"}).status_code == 400
    assert get(document, **{"from": "2026-01-14", "to": "2026-01-14"}).status_code == 200


def test_a_page_size_of_zero_is_the_described_default() -> None:
    size = query("pageSize", INTEGER, description="If unspecified, at most 3 are returned.")
    bounded = query("pageSize", {**INTEGER, "minimum": 0}, description="Defaults to 3")

    assert len(rows_of(listing(SEEN, [size]), pageSize=0)) == 3
    assert rows_of(listing(SEEN, [bounded]), pageSize=0) == []


def test_a_count_that_is_described_so_is_the_page_size() -> None:
    body = fields(results=listed(fields(**SEEN)), count={**INTEGER, "description": "Rows per page"})
    document = responding(body, [query("count", {**INTEGER, "default": 90})])

    assert get(document, count=99_999).json()["count"] == 99_999
    assert len(get(document, count=2).json()["results"]) == 2


def test_an_error_has_the_text_of_its_status_where_it_is_described() -> None:
    link = fields(self=fields(href=TEXT))
    error = fields(message={**TEXT, "description": "Short text of the status"}, _links=link)
    page = content_of(fields(results=listed(fields(**SEEN))))
    document = served({"200": page, "404": content_of(error)}, [KEY])

    assert get(document, key="NOPE").json() == {
        "message": "Not Found", "_links": {"self": {"href": "/spaces/NOPE/visits"}}
    }  # fmt: skip


@pytest.mark.parametrize(("about", "start"), [
    ("Base path for paginator generated URLs.", "http://"), ("Path of the request", "/spaces/SUP"),
])  # fmt: skip
def test_the_path_beside_rows_is_a_url_if_it_is_described_as_one(about: str, start: str) -> None:
    meta = fields(path={**TEXT, "description": about}, total=INTEGER)
    document = responding(
        fields(results=listed(fields(**SEEN)), meta=meta), [query("page", INTEGER)]
    )
    path = get(document, page=1).json()["meta"]["path"]

    assert path.startswith(start)
    assert path.endswith("/spaces/SUP/visits")


def test_without_bounds_all_rows_are_returned_if_the_operation_says_so() -> None:
    about = (
        "Use `from` and `to` to restrict the period; without them, all views so far are returned."
    )
    edges, row = [query("from", MOMENT), query("to", MOMENT)], {**SEEN, "n": TEXT}
    body = fields(total=INTEGER, results=listed(fields(**row)))
    said = responding(body, [*edges, query("limit", INTEGER)], more={"description": about})
    plain = responding(body, [*edges, query("limit", INTEGER)])
    since = {"from": "2020-01-01T00:00:00Z", "limit": 1}

    total = get(said, limit=1).json()["total"]

    assert total == get(plain, **since).json()["total"] > get(plain, limit=1).json()["total"]
    before = get(said, to="2026-01-01T00:00:00Z", limit=1).json()["total"]
    assert before == get(plain, to="2026-01-01T00:00:00Z", **since).json()["total"]


@pytest.mark.parametrize(("described", "rows"), [("By default 4", 4), ("", 100)])
def test_a_parameter_without_a_description_has_the_default_of_its_namesakes(
    described: str, rows: int
) -> None:
    edges = [query("from", MOMENT), query("to", MOMENT)]
    size = query("size", INTEGER)
    document = listing(SEEN, [*edges, size])
    about = "Defaults to the last 2 days; without them, all views so far are returned"
    other = {"summary": "Views", "description": about, "responses": {"200": content_of(fields())},
             "parameters": [*edges, {**size, "description": described}]}  # fmt: skip
    document.content["paths"]["/views"] = {"get": {**other, "operationId": "other"}}
    document = Document(document.content, origin="made")

    assert len(rows_of(document)) == rows
    assert rows_of(document)[0]["when"] < "2025-01-01"


@pytest.mark.parametrize(("description", "rows"), [
    ("Default 3, at most 5", 5), ("Up to 5 per page", 5), ("höchstens 5", 5),
    ("If unspecified, at most 3 rows will be returned", 9),
])  # fmt: skip
def test_a_page_size_is_at_most_what_its_description_says(description: str, rows: int) -> None:
    assert (
        len(rows_of(listing(SEEN, [query("size", INTEGER, description=description)]), size=9))
        == rows
    )


@pytest.mark.parametrize(("parameter", "sent", "kinds"), [
    ("viewer__isnull", "true", {"anonymous", "protected"}), ("viewer__isnull", "false", {"known"}),
    ("loggedIn", "true", {"known", "protected"}), ("loggedIn", "false", {"anonymous"}),
])  # fmt: skip
def test_rows_are_selected_by_whether_the_viewer_is_known(
    parameter: str, sent: str, kinds: set[str]
) -> None:
    row = {"when": MOMENT, "kind": choice("known", "anonymous", "protected")}
    rows = rows_of(listing(row, [query(parameter, BOOLEAN)]), **{parameter: sent})

    assert {one["kind"] for one in rows} == kinds


def hourly(description: str, **sent: str) -> list[dict[str, Any]]:
    row, more = {"hour": INTEGER, "views": INTEGER}, {"description": description}
    document = listing(row, [query("from", DAY)], path="/spaces/{key}/hours", more=more)
    return rows_of(document, **sent)


def test_hours_without_views_are_left_out_where_a_description_says_so() -> None:
    sent = {"from": "2026-01-31"}
    every = hourly("Views per hour of the day", **sent)
    seen = [one for one in every if one["views"]]

    assert [one["hour"] for one in every] == [*range(24)]
    assert hourly("Per hour. Hours without visits are left out.", **sent) == seen != every


def test_the_busiest_hours_come_first_where_a_description_says_so() -> None:
    every = hourly("Views per hour of the day")
    busiest = hourly("Views per hour, busiest hour first.")

    assert busiest == sorted(every, key=lambda one: one["views"], reverse=True) != every


@pytest.mark.parametrize(("names", "description", "status"), [
    (("count", "next", "previous", "results"), "", 404), (("count", "results"), "", 200),
    (("count", "results"), "There is no such space or page of results", 404),
])  # fmt: skip
def test_a_page_after_the_last_one_may_be_a_404(
    names: tuple[str, ...], description: str, status: int
) -> None:
    body = fields(**{**dict.fromkeys(names, TEXT), "results": listed(fields(**SEEN))})
    missing = {**content_of(fields(detail=TEXT)), "description": description}
    responses = {"200": content_of(body), "404": missing}
    document = served(responses, [KEY, query("page", INTEGER)])

    assert get(document, page=1).status_code == 200
    assert get(document, page=99_999).status_code == status


def test_a_window_shows_the_range() -> None:
    meta = fields(windowStart=MOMENT, windowEnd=MOMENT)
    document = responding(
        fields(results=listed(fields(**SEEN)), meta=meta),
        [query("from", MOMENT), query("to", MOMENT)],
    )
    sent = {"from": "2026-01-20T00:00:00Z", "to": "2026-01-21T00:00:00Z"}

    assert {*get(document, **sent).json()["meta"].values()} == {
        "2026-01-20T00:00:00.000Z", "2026-01-21T00:00:00.000Z"
    }  # fmt: skip


@pytest.mark.parametrize(("key", "authorized", "expected"), [
    ("NOPE", True, "NICHT_GEFUNDEN"), ("SUP", False, "NICHT_ANGEMELDET"),
])  # fmt: skip
def test_codes_of_errors_may_be_german(key: str, authorized: bool, expected: str) -> None:
    code = choice("UNGUELTIGE_ANFRAGE", "NICHT_ANGEMELDET", "NICHT_GEFUNDEN")
    error = content_of(fields(fehlercode=code))
    page = content_of(fields(results=listed(fields(**SEEN))))
    schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
    document = served({"200": page, "401": error, "404": error}, [KEY], securitySchemes=schemes)

    assert get(document, key=key, authorized=authorized).json()["fehlercode"] == expected


def test_an_error_message_is_absent_on_success_where_a_description_says_so() -> None:
    texts = {"message": "Error message; missing on success", "hint": "Only set for errors",
             "fehler": "Fehlermeldung; fehlt bei Erfolg"}  # fmt: skip
    about = {name: {**TEXT, "description": text} for name, text in texts.items()}
    found = get(responding(fields(results=listed(fields(**SEEN)), **about))).json()

    assert {"results"} == found.keys()


def test_the_description_of_a_cursor_names_the_property_that_has_it() -> None:
    cursor = query("marke", description="Wert von `folgende` der vorherigen Antwort")
    body = fields(results=listed(fields(**SEEN)), folgende=NULLABLE)
    document = responding(body, [cursor, query("limit", INTEGER)])
    first = get(document, limit=2).json()
    second = get(document, limit=2, marke=first["folgende"]).json()

    assert first["results"] + second["results"] == rows_of(document, limit=4)
    assert get(document, limit=9_999).json()["folgende"] is None


def test_a_page_may_begin_before_the_last_time_of_the_one_before() -> None:
    before = query(
        "before", description="ISO 8601 date-time, exclusive: only searches before this time"
    )
    row, more = {"searchedAt": MOMENT, "term": TEXT}, {"description": "Newest first"}
    body = fields(results=listed(fields(**row)), nextBefore=NULLABLE)
    document = responding(
        body, [query("since", MOMENT), before, query("limit", INTEGER)], path="/searches", more=more
    )
    since = {"since": "2026-01-02T00:00:00Z"}
    found, sent = [], {}
    while not found or sent["before"]:
        page = get(document, limit=50, **since, **sent).json()
        found += page["results"]
        sent = {"before": page["nextBefore"]}

    assert found == rows_of(document, limit=9_999, **since)
    assert len(found) > 100


@pytest.mark.parametrize(("description", "expected"), [
    ("Always false.", False), ("Immer true", True), ("Whether there are more", True),
])  # fmt: skip
def test_a_flag_may_be_described_as_a_constant(description: str, *, expected: bool) -> None:
    flag = {**BOOLEAN, "description": description}
    body = fields(results=listed(fields(**SEEN)), hasMore=flag)

    assert get(responding(body, [query("limit", INTEGER)]), limit=1).json()["hasMore"] is expected


def test_the_description_of_an_object_of_bounds_has_their_default() -> None:
    bound = {**INTEGER, "description": "Minimum value to filter by (inclusive)"}
    created = query(
        "created", fields(gte=bound, lt=INTEGER), style="deepObject",
        description="Unix time in seconds. If not set, all objects are returned.",
    )  # fmt: skip
    document = listing(SEEN, [created, query("limit", INTEGER)])

    assert rows_of(document, limit=1) == rows_of(document, limit=1, **{"created[gte]": 0})


def test_a_viewer_with_kinds_as_values_is_the_kind_of_viewer() -> None:
    row = {"viewer": choice("user", "anonymous", "protected"), "account_id": NULLABLE}
    rows = rows_of(listing(row))

    assert {one["viewer"] for one in rows} == {"user", "anonymous", "protected"}
    assert all((one["account_id"] is not None) == (one["viewer"] == "user") for one in rows)


def test_columns_are_in_descending_order_where_a_description_says_so() -> None:
    row = {"contentId": TEXT, "views": INTEGER, "lastViewedAt": MOMENT}
    about = "What the contents are sorted by, always in descending order"
    sort = query("sortBy", choice("VIEWS", "LAST_VIEWED_AT"), description=about)
    rows = rows_of(listing(row, [sort], path="/spaces/{key}/contents"), sortBy="LAST_VIEWED_AT")
    times = [one["lastViewedAt"] for one in rows]

    assert times == sorted(times, reverse=True)
    assert len({*times}) > 5


def test_a_total_may_include_viewers_that_are_not_listed() -> None:
    row, about = (
        fields(accountId=TEXT, views=INTEGER),
        "Anonymous and protected users are not listed.",
    )
    said = "Views by all users, including anonymous and protected users"
    body = fields(
        users=listed(row), totalViews={**INTEGER, "description": said}, knownViews=INTEGER
    )
    document = responding(body, path="/spaces/{key}/users", more={"description": about})
    found = get(document).json()
    summary = responding(fields(views=INTEGER), path="/spaces/{key}/views")

    assert found["totalViews"] == get(summary).json()["views"]
    assert found["totalViews"] > sum(one["views"] for one in found["users"])


def test_an_outcome_of_two_values_selects_either() -> None:
    about = "Only successful searches, or only failed ones"
    outcome = query("outcome", choice("successful", "failed"), description=about)
    document = searches(outcome, hits=INTEGER)

    assert all(one["hits"] for one in rows_of(document, outcome="successful"))
    assert not any(one["hits"] for one in rows_of(document, outcome="failed"))


@pytest.mark.parametrize("required", [[], ["fieldErrors"]])
def test_errors_about_other_things_have_no_list_of_parameters(required: list[str]) -> None:
    one = fields(field=TEXT, message=TEXT)
    error = content_of({**fields(message=TEXT, fieldErrors=listed(one)), "required": required})
    page = content_of(fields(results=listed(fields(**SEEN))))
    document = served({"200": page, "400": error, "404": error}, [KEY, query("limit", INTEGER)])

    assert get(document, limit="x").json()["fieldErrors"][0]["field"] == "limit"
    assert ("fieldErrors" in get(document, key="NOPE").json()) is bool(required)


def test_a_declared_id_of_the_request_is_sent() -> None:
    page = content_of(fields(results=listed(fields(**SEEN))))
    header = {"schema": {**TEXT, "format": "uuid"}}
    headers = {"X-Request-Id": header, "X-Other": header}
    found = get(served({"200": {**page, "headers": headers}}, [KEY])).headers

    assert len(found["X-Request-Id"]) == 36
    assert "X-Other" not in found
