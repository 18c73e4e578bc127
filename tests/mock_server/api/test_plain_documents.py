"""Documents with few types, whose descriptions say the rest."""

from datetime import datetime, timedelta
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
ROW = {"when": MOMENT, "who": TEXT}


def untyped(name: str, description: str) -> dict[str, Any]:
    return query(name, {}, description=description)


PLAIN = [
    untyped("start", "First day, for example 2026-01-01. A week before the end if you leave it out."),
    untyped("end", "Last day, included. Today if you leave it out."),
    untyped("skip", "How many rows to skip."),
    untyped("count", "How many rows you want. 5 if you do not say, 9 at most."),
]  # fmt: skip


def test_parameters_without_types_select_a_page() -> None:
    document = listing({"when": {"description": "Time, like 2026-01-31T09:15:00.000Z"}}, PLAIN)

    every = [row["when"] for row in rows_of(document, count=9)]

    assert every[:5] == [row["when"] for row in rows_of(document)]
    assert every[3:8] == [row["when"] for row in rows_of(document, skip=3)]
    assert len(rows_of(document, count=99)) == 9
    assert every[0] >= "2026-01-24"
    assert rows_of(document, start="2026-01-20")[0]["when"][:10] == "2026-01-20"


@pytest.mark.parametrize(
    "sent",
    [{"skip": "x"}, {"skip": "-1"}, {"count": "many"}, {"count": "²"}, {"skip": "9" * 5_000}],
)
def test_a_page_of_no_number_is_refused(sent: dict[str, str]) -> None:
    response = get(listing(ROW, PLAIN), **sent)

    assert response.status_code == 400
    assert "is not a number" in response.json()["detail"]


def test_a_summary_without_types_has_days_and_counts() -> None:
    about = {
        "start": "First day, for example 2026-01-01", "end": "Last day, for example 2026-01-31",
        "views": "Number of views", "anonymous": "Number of views by people who were not logged in",
        "pages": "Number of different pages that were viewed",
        "lastView": "Time of the last view, like 2026-01-31T09:15:00.000Z; null if there was none",
    }  # fmt: skip
    summary = fields(**{name: {"description": text} for name, text in about.items()})
    document = responding(summary, PLAIN[:2], path="/spaces/{key}/summary")
    row = {"time": MOMENT, "contentId": TEXT, "isAnonymous": BOOLEAN}
    rows = rows_of(listing(row, PLAIN[:2]), start="2026-01-20", end="2026-01-21")

    assert get(document, start="2026-01-20", end="2026-01-21").json() == {
        "start": "2026-01-20", "end": "2026-01-21", "views": len(rows),
        "anonymous": sum(one["isAnonymous"] for one in rows),
        "pages": len({one["contentId"] for one in rows}), "lastView": rows[-1]["time"],
    }  # fmt: skip
    assert get(document, start="2019-01-01", end="2019-01-02").json()["lastView"] is None


def test_a_summary_without_a_range_is_of_all_time_if_it_says_so() -> None:
    views = {**INTEGER, "description": "All views so far"}
    since = query("from", {"type": "string", "format": "date"})

    ever = get(responding(fields(views=views), path="/spaces/{key}/views")).json()["views"]
    month = get(responding(fields(views=INTEGER), path="/spaces/{key}/views")).json()["views"]
    dated = responding(fields(views=INTEGER), [since], path="/spaces/{key}/views")

    assert ever == get(dated, **{"from": "2020-01-01"}).json()["views"] > month


@pytest.mark.parametrize(("description", "hours"), [
    ("Defaults to 24 hours before `to`.", 24), ("Defaults to 2 days before `to`", 48),
    ("Standard: 3 Tage vor `to`.", 72),
])  # fmt: skip
def test_a_schema_says_by_how_much_a_range_is_before_its_end(description: str, hours: int) -> None:
    since = query("from", {**MOMENT, "description": description})
    until = query("to", {**MOMENT, "description": "Defaults to now."})
    document = listing(ROW, [since, until])
    first = (NOW - timedelta(hours=hours)).isoformat()

    assert rows_of(document) == rows_of(document, **{"from": first})


def test_days_before_an_exclusive_end_are_counted_from_tomorrow() -> None:
    day = {"type": "string", "format": "date"}
    since = query("ab", day, description="Erster Tag. Standard: 3 Tage vor `bis`.")
    until = query("bis", day, description="Ende (ausschließlich). Standard: morgen.")
    document = listing(ROW, [since, until])

    assert rows_of(document) == rows_of(document, ab="2026-01-29")


@pytest.mark.parametrize(("period", "ends_now", "first"), [
    ("24h", False, "2026-01-30T12"), ("7d", True, "2026-01-24T12"), ("7d", False, "2026-01-25T00"),
])  # fmt: skip
def test_a_named_range_of_hours_or_one_that_is_said_to_ends_now(
    period: str, ends_now: bool, first: str
) -> None:
    values = choice("24h", "7d", default="24h", description="Ends now" if ends_now else "")
    body = fields(period=TEXT, to=MOMENT, **{"from": MOMENT}, results=listed(fields(**ROW)))
    found = get(responding(body, [query("period", values)]), period=period).json()

    assert (found["period"], found["from"][:13]) == (period, first)
    assert found["to"][:13] == ("2026-01-31T12" if first[-2:] == "12" else "2026-01-31T23")


@pytest.mark.parametrize(("description", "expected"), [
    ("Only searches without a hit", True), ("True: without hits; false: with hits", False),
])  # fmt: skip
@pytest.mark.parametrize("name", ["zero", "ohneTreffer"])
def test_a_flag_that_only_selects_has_no_effect_if_it_is_false(
    name: str, description: str, expected: bool
) -> None:
    document = searches(query(name, BOOLEAN, description=description), hits=INTEGER)
    every, found, others = (
        len(rows_of(document, **sent)) for sent in ({}, {name: "true"}, {name: "false"})
    )

    assert 0 < found < every
    assert others == (every if expected else every - found)


def test_an_id_beside_that_of_the_row_is_the_viewers_if_it_is_described_so() -> None:
    about = {
        "type": "string",
        "nullable": True,
        "description": "Account id; null for anonymous users",
    }
    row = {"id": TEXT, "uid": about, "anon": BOOLEAN}
    document = listing(row, [query("uid", description="Only views by this account")])
    rows = rows_of(document)
    account = next(one["uid"] for one in rows if one["uid"] is not None)

    assert all(one["uid"] is None for one in rows if one["anon"])
    assert [one for one in rows if one["uid"] == account] == rows_of(document, uid=account)


def test_totals_have_a_sum_and_the_anonymous_part() -> None:
    row = {"tag": {"type": "string", "format": "date"}, "aufrufe": INTEGER, "davonAnonym": INTEGER}
    body = fields(sum=INTEGER, days=listed(fields(**row)))
    found = get(responding(body, path="/spaces/{key}/days")).json()

    assert found["sum"] == sum(one["aufrufe"] for one in found["days"])
    assert 0 < sum(one["davonAnonym"] for one in found["days"]) < found["sum"]


@pytest.mark.parametrize(("issue", "expected"), [
    ({"path": listed(TEXT), "message": TEXT}, {"path": ["limit"]}),
    ({"loc": listed(TEXT), "msg": TEXT}, {"loc": ["query", "limit"]}),
    ({"field": TEXT, "value": {}}, {"field": "limit"}),
    ({"location": TEXT, "message": TEXT}, {"location": "query.limit"}),
    ({"in": TEXT, "name": TEXT}, {"in": "query"}),
])  # fmt: skip
@pytest.mark.parametrize("is_nested", [False, True])
def test_an_issue_names_the_wrong_parameter(
    issue: dict[str, Any], expected: dict[str, Any], *, is_nested: bool
) -> None:
    body = fields(issues=listed(fields(**issue)))
    error = content_of(fields(error=body) if is_nested else body)
    page = content_of(fields(results=listed(fields(**ROW))))
    document = served({"200": page, "400": error}, [KEY, query("limit", INTEGER)])
    response = get(document, limit="x").json()
    [found] = (response["error"] if is_nested else response)["issues"]

    assert found.items() >= expected.items()


def test_the_value_that_was_sent_is_not_made_up() -> None:
    error = content_of(fields(errors=listed(fields(location=TEXT, message=TEXT, value={}))))
    page = content_of(fields(results=listed(fields(**ROW))))
    document = served({"200": page, "400": error}, [KEY, query("limit", INTEGER)])

    [found] = get(document, limit="x").json()["errors"]

    assert {"location", "message"} == found.keys()


def test_an_error_may_be_a_list_of_texts_by_the_wrong_parameter() -> None:
    example = {"from": ["Enter a valid date."]}
    error = content_of({"type": "object", "additionalProperties": listed(TEXT), "example": example})
    page = content_of(fields(results=listed(fields(**ROW))))
    document = served({"200": page, "400": error}, [KEY, query("limit", INTEGER)])

    assert [*get(document, limit="x").json()] == ["limit"]


@pytest.mark.parametrize(
    "description", ["Must not be before `from`", "Darf nicht vor `from` liegen"]
)
def test_the_end_may_say_that_it_must_not_be_before_the_start(description: str) -> None:
    end = query("to", MOMENT, description=description)
    document = listing(ROW, [query("from", MOMENT), end])
    sent = {"from": "2026-01-20T00:00:00Z", "to": "2026-01-10T00:00:00Z"}

    assert get(document, **sent).status_code == 400


@pytest.mark.parametrize(("description", "first"), [
    ("Defaults to the first day of the current week.", 26),
    ("Defaults to the start of the month", 1), ("Standard: erster Tag des laufenden Jahres", 1),
])  # fmt: skip
def test_a_range_may_start_with_the_current_interval(description: str, first: int) -> None:
    day = {"type": "string", "format": "date"}
    document = listing(ROW, [query("from", day, description=description), query("to", day)])

    assert rows_of(document) == rows_of(document, **{"from": f"2026-01-{first:02}"})
    assert rows_of(document, to="2026-01-28") == rows_of(
        document, **{"from": f"2026-01-{first:02}", "to": "2026-01-28"}
    )


def test_a_range_of_days_whose_last_one_is_the_day_before_is_reversed() -> None:
    end = query("to", DAY, description="Last day, inclusive. 400 if `to` is before `from`.")
    document = listing(ROW, [query("from", DAY), end])

    assert get(document, **{"from": "2026-01-14", "to": "2026-01-13"}).status_code == 400
    assert get(document, **{"from": "2026-01-14", "to": "2026-01-14"}).status_code == 200


def test_a_page_size_of_zero_is_the_described_default() -> None:
    size = query("pageSize", INTEGER, description="If unspecified, at most 3 are returned.")
    bounded = query("pageSize", {**INTEGER, "minimum": 0}, description="Defaults to 3")

    assert len(rows_of(listing(ROW, [size]), pageSize=0)) == 3
    assert rows_of(listing(ROW, [bounded]), pageSize=0) == []


def test_a_count_that_is_described_so_is_the_page_size() -> None:
    body = fields(results=listed(fields(**ROW)), count={**INTEGER, "description": "Rows per page"})
    document = responding(body, [query("count", {**INTEGER, "default": 90})])

    assert get(document, count=99_999).json()["count"] == 99_999
    assert len(get(document, count=2).json()["results"]) == 2


def test_an_error_has_the_text_of_its_status_where_it_is_described() -> None:
    link = fields(self=fields(href=TEXT))
    error = fields(message={**TEXT, "description": "Short text of the status"}, _links=link)
    page = content_of(fields(results=listed(fields(**ROW))))
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
        fields(results=listed(fields(**ROW)), meta=meta), [query("page", INTEGER)]
    )
    path = get(document, page=1).json()["meta"]["path"]

    assert path.startswith(start)
    assert path.endswith("/spaces/SUP/visits")


def test_without_bounds_all_rows_are_returned_if_the_operation_says_so() -> None:
    about = (
        "Use `from` and `to` to restrict the period; without them, all views so far are returned."
    )
    edges, row = [query("from", MOMENT), query("to", MOMENT)], {**ROW, "n": TEXT}
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
    document = listing(ROW, [*edges, size])
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
        len(rows_of(listing(ROW, [query("size", INTEGER, description=description)]), size=9))
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
    body = fields(**{**dict.fromkeys(names, TEXT), "results": listed(fields(**ROW))})
    missing = {**content_of(fields(detail=TEXT)), "description": description}
    responses = {"200": content_of(body), "404": missing}
    document = served(responses, [KEY, query("page", INTEGER)])

    assert get(document, page=1).status_code == 200
    assert get(document, page=99_999).status_code == status


def test_a_window_shows_the_range() -> None:
    meta = fields(windowStart=MOMENT, windowEnd=MOMENT)
    document = responding(
        fields(results=listed(fields(**ROW)), meta=meta),
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
    page = content_of(fields(results=listed(fields(**ROW))))
    schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
    document = served({"200": page, "401": error, "404": error}, [KEY], securitySchemes=schemes)

    assert get(document, key=key, authorized=authorized).json()["fehlercode"] == expected


def test_an_error_message_is_absent_on_success_where_a_description_says_so() -> None:
    texts = {"message": "Error message; missing on success", "hint": "Only set for errors",
             "fehler": "Fehlermeldung; fehlt bei Erfolg"}  # fmt: skip
    about = {name: {**TEXT, "description": text} for name, text in texts.items()}
    found = get(responding(fields(results=listed(fields(**ROW)), **about))).json()

    assert {"results"} == found.keys()


def test_the_description_of_a_cursor_names_the_property_that_has_it() -> None:
    cursor = query("marke", description="Wert von `folgende` der vorherigen Antwort")
    body = fields(results=listed(fields(**ROW)), folgende=NULLABLE)
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
    body = fields(results=listed(fields(**ROW)), hasMore=flag)

    assert get(responding(body, [query("limit", INTEGER)]), limit=1).json()["hasMore"] is expected


def test_the_description_of_an_object_of_bounds_has_their_default() -> None:
    bound = {**INTEGER, "description": "Minimum value to filter by (inclusive)"}
    created = query(
        "created", fields(gte=bound, lt=INTEGER), style="deepObject",
        description="Unix time in seconds. If not set, all objects are returned.",
    )  # fmt: skip
    document = listing(ROW, [created, query("limit", INTEGER)])

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
    page = content_of(fields(results=listed(fields(**ROW))))
    document = served({"200": page, "400": error, "404": error}, [KEY, query("limit", INTEGER)])

    assert get(document, limit="x").json()["fieldErrors"][0]["field"] == "limit"
    assert ("fieldErrors" in get(document, key="NOPE").json()) is bool(required)


def test_a_declared_id_of_the_request_is_sent() -> None:
    page = content_of(fields(results=listed(fields(**ROW))))
    header = {"schema": {**TEXT, "format": "uuid"}}
    headers = {"X-Request-Id": header, "X-Other": header}
    found = get(served({"200": {**page, "headers": headers}}, [KEY])).headers

    assert len(found["X-Request-Id"]) == 36
    assert "X-Other" not in found
