"""What documents of several makers have in common: Stripe, Google, Microsoft, Django, springdoc."""

from contextlib import nullcontext
from datetime import datetime
from statistics import mean
from time import monotonic
from typing import Any

import pytest

from mock_server.binding.fields import Subject
from mock_server.errors import ForbiddenError
from mock_server.openapi.document import Document
from mock_server.world.users import User
from tests.made_documents import (
    BOOLEAN,
    DAY,
    INTEGER,
    MOMENT,
    TEXT,
    content_of,
    fields,
    findings,
    get,
    listed,
    operation_of,
    query,
    rows_of,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")

SECONDS = {**INTEGER, "description": "Seconds since 1970"}
ROW = {"id": TEXT, "created": SECONDS, "user": {**TEXT, "nullable": True}, "anonymous": BOOLEAN}
ERROR = fields(code=INTEGER, message=TEXT)


# Cursors that are ids of rows


def with_cursors(**around: Any) -> Any:
    return visits(
        ROW, [query("limit", INTEGER), query("starting_after"), query("ending_before")], **around
    )


def test_a_cursor_is_the_id_of_a_row_where_a_document_has_no_other() -> None:
    document = with_cursors()
    ids = [row["id"] for row in rows_of(document, limit=6)]

    assert ids[2:5] == [row["id"] for row in rows_of(document, limit=3, starting_after=ids[1])]
    assert ids[1:4] == [row["id"] for row in rows_of(document, limit=3, ending_before=ids[4])]
    assert ids[:2] == [row["id"] for row in rows_of(document, limit=3, ending_before=ids[2])]
    found = findings(document)
    assert "works" == found["starting_after"].outcome == found["ending_before"].outcome


@pytest.mark.parametrize("name", ["starting_after", "ending_before"])
@pytest.mark.parametrize("value", ["0" * 32, ""])
def test_the_id_of_no_row_is_no_cursor(name: str, value: str) -> None:
    response = get(with_cursors(), **{name: value})

    assert 400 == response.status_code
    assert f"{name!r}: {value!r} is not a cursor of this API" in response.json()["detail"]


def test_a_page_of_no_rows_may_end_at_a_row() -> None:
    last = rows_of(with_cursors(), limit=6)[-1]["id"]

    assert [] == rows_of(with_cursors(), limit=0, ending_before=last)


def test_a_page_between_two_rows_ends_at_the_second_one() -> None:
    ids = [row["id"] for row in rows_of(with_cursors(), limit=6)]

    rows = rows_of(with_cursors(), limit=3, starting_after=ids[0], ending_before=ids[2])

    assert ids[1:2] == [row["id"] for row in rows]


def test_a_cursor_is_opaque_where_responses_have_one() -> None:
    document = with_cursors(next_cursor={**TEXT, "nullable": True})
    first = get(document, limit=2).json()

    assert (
        first["results"][0]["id"] != rows_of(document, starting_after=first["next_cursor"])[0]["id"]
    )
    assert 400 == get(document, starting_after=first["results"][0]["id"]).status_code


# Ranges with comparators


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [("gte", 3, -1), ("gt", 4, -1), ("lt", None, 2), ("lte", None, 3), ("gt lte", 4, 4)],
)
def test_the_end_of_a_name_tells_whether_a_bound_is_in_the_range(
    given: str, first: int | None, last: int
) -> None:
    names = [f"created[{comparator}]" for comparator in ("gt", "gte", "lt", "lte")]
    document = visits(ROW, [query(name, SECONDS) for name in names])
    times = sorted({row["created"] for row in rows_of(document)})
    bounds = {"gt lte": [times[3], times[4]]}.get(given, [times[3]])
    sent = {f"created[{name}]": time for name, time in zip(given.split(), bounds, strict=True)}

    found = [row["created"] for row in rows_of(document, **sent)]

    assert times[last] == found[-1]
    assert first is None or times[first] == found[0]
    assert {"works"} == {findings(document)[name].outcome for name in names}


# Enumerations, and values that mean all

TYPES = [
    "CONTENT_TYPE_UNSPECIFIED",
    "CONTENT_TYPE_PAGE",
    "CONTENT_TYPE_BLOG_POST",
    "CONTENT_TYPE_ATTACHMENT",
]
TYPE = {**TEXT, "enum": TYPES}


@pytest.mark.parametrize("value", TYPES[1:])
def test_values_are_read_without_what_all_begin_with(value: str) -> None:
    document = visits({"contentType": TYPE}, [query("contentType", TYPE)])

    assert {value} == {row["contentType"] for row in rows_of(document, contentType=value)}
    assert "works" == findings(document)["contentType"].outcome
    assert "works" == findings(document)["/results/*/contentType"].outcome


@pytest.mark.parametrize(
    ("name", "value", "values"),
    [("contentType", TYPES[0], TYPES), ("contentType", "all", ["all", "page", "blogpost"]),
     ("userType", "ANY", ["ANY", "USER", "ANONYMOUS"])],
)  # fmt: skip
def test_a_filter_may_leave_nothing_out(name: str, value: str, values: list[str]) -> None:
    document = visits(ROW, [query(name, {**TEXT, "enum": values})])

    assert rows_of(visits(ROW)) == rows_of(document, **{name: value})


# Totals


def test_an_interval_has_a_start_and_an_end() -> None:
    row = {"startDateTime": MOMENT, "endDateTime": MOMENT, "viewCount": INTEGER}
    body = fields(value=listed(fields(**row)))

    days = get(served({"200": content_of(body)}, path="/spaces/{key}/viewsByDay")).json()["value"]

    for day in days:
        assert day["startDateTime"] == f"{day['startDateTime'][:10]}T00:00:00.000Z"
        assert day["endDateTime"] == f"{day['startDateTime'][:10]}T23:59:59.999Z"


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("Anonymous and protected users are not listed.", {"known"}),
        ("Guests are not counted.", {"known", "protected"}),
        ("Users with the most views.", {"known", "anonymous", "protected"}),
    ],
)
def test_a_description_tells_who_is_left_out(said: str, kinds: set[str]) -> None:
    kind = {**TEXT, "enum": ["known", "anonymous", "protected"]}
    document = visits({"userType": kind})
    operation_of(document)["description"] = said

    assert kinds == {row["userType"] for row in rows_of(document)}


def test_what_is_only_for_users_is_left_out_for_others() -> None:
    actor = fields(type={**TEXT, "enum": ["user", "anonymous", "protected"]},
                   accountId={**TEXT, "description": "Only for type user"})  # fmt: skip

    actors = [row["actor"] for row in rows_of(visits({"actor": actor}))]

    assert {True, False} == {"accountId" in one for one in actors}
    assert all(("accountId" in one) is (one["type"] == "user") for one in actors)


USERS = {"userId": TEXT, "displayName": TEXT, "viewCount": INTEGER}


@pytest.mark.parametrize(
    ("summary", "row", "anonymous"),
    [
        ("The most active users", USERS, True),
        ("The known users with the most views", USERS, False),
        ("Known users, and all anonymous ones as one", USERS, True),
        ("The most active users", USERS | {"userId": {**TEXT, "nullable": True}}, True),
    ],
)
def test_a_list_of_known_users_leaves_out_anonymous_ones(
    summary: str, row: dict[str, Any], anonymous: bool
) -> None:
    document = visits(row)
    operation_of(document)["summary"] = summary

    assert anonymous is ("Anonymous" in {one["displayName"] for one in rows_of(document)})


@pytest.mark.parametrize(
    "account",
    [{**TEXT, "description": "Null for anonymous users", "nullable": True},
     {**fields(id=TEXT), "required": ["id"], "nullable": True}],
)  # fmt: skip
def test_a_list_of_users_leaves_out_anonymous_ones_if_they_have_no_id_in_rows(
    account: dict[str, Any],
) -> None:
    document = visits(USERS)
    views = visits({"viewTime": MOMENT, "user": account, "anonymous": BOOLEAN})
    other = {**operation_of(views), "operationId": "others"}

    names = {one["displayName"] for one in rows_of(document)}
    document.content["paths"]["/contents/{key}/views"] = {"get": other}
    document = Document(document.content, origin="made")

    assert names - {"Anonymous"} == {one["displayName"] for one in rows_of(document)} < names


def test_who_viewed_has_the_id_of_the_account() -> None:
    by = {**fields(id={**TEXT, "nullable": True}, displayName=TEXT), "required": ["id"]}

    people = [row["viewedBy"] for row in rows_of(visits({"viewedBy": by}))]

    names = {(one["id"], one["displayName"]) for one in people if one["id"]}
    assert len({id_ for id_, _ in names}) == len(names)


def test_the_total_is_sent_if_it_is_asked_for() -> None:
    body = fields(**{"@odata.count": INTEGER, "value": listed(fields(**ROW))})
    document = served({"200": content_of(body)}, [query("$count", BOOLEAN)])

    assert "@odata.count" not in get(document).json()
    assert "@odata.count" not in get(document, **{"$count": "false"}).json()
    everything = get(document, **{"$count": "true"}).json()
    assert len(everything["value"]) == everything["@odata.count"]
    assert "works" == findings(document)["$count"].outcome


def test_asking_for_a_total_is_ignored_where_a_response_has_none() -> None:
    assert "ignored" == findings(visits(ROW, [query("$count", BOOLEAN)]))["$count"].outcome


def test_the_order_of_an_unknown_column_is_ignored() -> None:
    assert "ignored" == findings(visits(ROW, [query("order[device]")]))["order[device]"].outcome


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("If unspecified, at most 5 are returned.", 5),
        ("Default: 7, maximum 50.", 7),
        ("Default: 0 (no limit)", 100),
    ],
)
def test_a_page_has_the_size_that_a_description_names(said: str, size: int) -> None:
    assert size == len(rows_of(visits(ROW, [query("pageSize", INTEGER, description=said)])))


def test_a_content_of_another_space_is_filtered_out() -> None:
    document = served({"200": content_of(fields(results=listed(fields(contentId=INTEGER))))},
                      [query("space"), query("content_id", INTEGER)], path="/views")  # fmt: skip
    content = rows_of(document, space="FIN")[0]["contentId"]

    assert {content} == {row["contentId"] for row in rows_of(document, content_id=content)}
    assert [] == rows_of(document, content_id=content, space="SUP")


# Errors and credentials


def test_errors_of_any_media_type_are_json() -> None:
    responses = {
        "200": content_of(fields(results=listed(fields(**ROW)))),
        "401": content_of(ERROR, "*/*"),
    }

    response = get(served(responses, securitySchemes=BEARER), authorized=False)

    assert ("application/json", {"code", "message"}) == (
        response.headers["content-type"], {*response.json()}
    )  # fmt: skip


BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({**INTEGER, "description": "An enum value of [google.rpc.Code][google.rpc.Code]."}, 16),
        (INTEGER, 401),
        ({**TEXT, "enum": ["api_error", "authentication_error", "rate_limit_error"]},
         "authentication_error"),
    ],
)  # fmt: skip
def test_errors_have_the_code_of_the_maker(schema: dict[str, Any], expected: object) -> None:
    error = fields(code=schema, message=TEXT)
    rows = content_of(fields(results=listed(fields(**ROW))))
    document = served({"200": rows, "default": content_of(error)}, securitySchemes=BEARER)

    assert expected == get(document, authorized=False).json()["code"]


def test_an_error_names_its_parameter() -> None:
    error = fields(error=fields(type=TEXT, message=TEXT, param=TEXT))
    rows = content_of(fields(results=listed(fields(**ROW))))
    document = served({"200": rows, "4XX": content_of(error)}, [query("limit", INTEGER)])

    assert "limit" == get(document, limit="x").json()["error"]["param"]


@pytest.mark.parametrize(
    ("description", "prefix"),
    [('Token-based authentication with required prefix "Token"', "Token"), ("A key", "Bearer")],
)
def test_a_key_in_the_header_has_the_prefix_that_is_described(
    description: str, prefix: str
) -> None:
    key = {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}
    rows = content_of(fields(results=listed(fields(**ROW))))
    document = served({"200": rows}, securitySchemes={"key": key})

    assert 200 == get(document).status_code
    refused = get(document, authorized=False).json()["detail"]
    assert f"Send `Authorization: {prefix} <token>`" in refused


# API Platform, Matomo and others


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("strictly_after", 4, -1),
        ("after", 3, -1),
        ("before", None, 3),
        ("strictly_before", None, 2),
    ],
)
def test_a_range_may_have_words_in_brackets(name: str, first: int | None, last: int) -> None:
    names = [
        f"viewedAt[{word}]" for word in ("before", "strictly_before", "after", "strictly_after")
    ]
    document = visits({"viewedAt": MOMENT}, [query(one) for one in names])
    times = sorted({row["viewedAt"] for row in rows_of(document)})

    found = [row["viewedAt"] for row in rows_of(document, **{f"viewedAt[{name}]": times[3]})]

    assert times[last] == found[-1]
    assert first is None or times[first] == found[0]


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_a_parameter_may_be_the_order_of_a_column(direction: str) -> None:
    names = [f"order[{name}]" for name in ("viewedAt", "contentId")]
    orders = [query(name, {**TEXT, "enum": ["asc", "desc"]}) for name in names]
    document = visits({"contentId": INTEGER, "viewedAt": MOMENT}, orders)

    rows = rows_of(document, **{"order[contentId]": direction})

    ids = [row["contentId"] for row in rows]
    assert sorted(ids, reverse=direction == "desc") == ids
    assert {"works"} == {findings(document)[name].outcome for name in names}


@pytest.mark.parametrize(("name", "low", "high"), [("gt", 3, 99), ("gte", 2, 99), ("lt", 0, 1)])
def test_a_count_is_compared_as_the_name_says(name: str, low: int, high: int) -> None:
    row = fields(searchTerm=TEXT, resultCount=INTEGER)
    rows = content_of(fields(results=listed(row)))
    document = served({"200": rows}, [query(f"resultCount[{name}]")], path="/searches")

    counts = [row["resultCount"] for row in rows_of(document, **{f"resultCount[{name}]": 2})]

    assert counts
    assert all(low <= count <= high for count in counts)
    assert 400 == get(document, **{f"resultCount[{name}]": "many"}).status_code


def test_a_list_may_stand_beside_its_single_value() -> None:
    keys = [query("spaceKey"), query("spaceKey[]", listed(TEXT))]
    rows = content_of(fields(results=listed(fields(spaceKey=TEXT))))
    document = served({"200": rows}, keys, path="/views")

    assert {"SUP"} == {row["spaceKey"] for row in rows_of(document, spaceKey="SUP")}
    both = rows_of(document, **{"spaceKey[]": ["SUP", "FIN"]})
    assert {"SUP", "FIN"} == {row["spaceKey"] for row in both}


@pytest.mark.parametrize(
    ("period", "date", "first", "last"),
    [
        ("custom", "2026-01-12,2026-01-14", "2026-01-12", "2026-01-14"),
        ("day", "2026-01-14", "2026-01-14", "2026-01-14"),
        ("7d", "2026-01-14", "2026-01-08", "2026-01-14"),
        ("week", "2026-01-14", "2026-01-12", "2026-01-18"),
        ("month", "2025-12-10", "2025-12-01", "2025-12-31"),
        (None, "2026-01-14", "2026-01-14", "2026-01-14"),
        (None, "yesterday", "2026-01-30", "2026-01-30"),
    ],
)
def test_a_named_range_may_be_that_of_a_date(
    period: str | None, date: str, first: str, last: str
) -> None:
    periods = {**TEXT, "enum": ["day", "7d", "week", "month", "custom"]}
    document = visits({"viewedAt": MOMENT}, [query("period", periods), query("date")])

    rows = rows_of(document, date=date, **({"period": period} if period else {}))

    days = sorted({row["viewedAt"][:10] for row in rows})
    assert (first, last) == (days[0], days[-1]) or (first <= days[0] and days[-1] <= last)
    for wrong in ("2026-02-30", "2026-01-12,", "2026-01-12,2026-01-13,2026-01-14"):
        assert 400 == get(document, date=wrong).status_code
    found = findings(document)
    assert ("works", "works") == (found["date"].outcome, found["period"].outcome)
    assert "period=month" in found["period"].evidence


@pytest.mark.parametrize("date", ["9999-12-31", "9999-12-30,9999-12-31", "2026-01-14,2026-01-12"])
def test_a_range_of_dates_without_rows_is_empty(date: str) -> None:
    periods = {**TEXT, "enum": ["month", "custom"]}
    document = visits({"viewedAt": MOMENT}, [query("period", periods), query("date")])

    assert [] == rows_of(document, period="custom", date=date)
    assert [] == rows_of(document, period="month", date="9999-12-31")


def test_days_without_views_are_there_if_the_document_says_so() -> None:
    body, since = fields(value=listed(fields(date=DAY, views=INTEGER))), query("since", DAY)
    few, every = (
        served({"200": content_of(body)}, [since], path="/spaces/{key}/daily", more=more)
        for more in ({}, {"description": "Days without views are contained with zeros."})
    )
    given = {"since": "2025-12-20", "key": "~4552c8561a4f5372563f67a4"}

    days = get(every, **given).json()["value"]

    assert 43 == len(days)
    assert get(few, **given).json()["value"] == [day for day in days if day["views"]]


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("0001-01-01", "0001-01-31", 0),
        ("0001-01-01", "2026-01-31", 946),
        ("2026-01-30", "9999-12-31", 2),
        ("9999-12-31", "9999-12-31", 0),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
def test_gaps_are_filled_from_the_installation_until_now(
    since: str, until: str, days: int, zone: str
) -> None:
    body = content_of(listed(fields(date=DAY, views=INTEGER)))
    ends = [query("since", DAY), query("until", DAY), query("timeZone")]
    said = {"description": "Days without views are contained with zeros."}
    document = served({"200": body}, ends, path="/spaces/{key}/daily", more=said)

    response = get(document, since=since, until=until, timeZone=zone)

    assert days <= len(response.json()) <= days + 1


def test_rows_and_days_have_their_weekday_and_hour() -> None:
    rows = rows_of(visits({"viewedAt": MOMENT, "weekday": TEXT, "hour": INTEGER}))
    body = fields(value=listed(fields(tag=DAY, wochentag=TEXT, aufrufe=INTEGER)))
    days = get(served({"200": content_of(body)}, path="/spaces/{key}/tage")).json()["value"]

    for row in rows:
        moment = datetime.fromisoformat(row["viewedAt"])
        assert (f"{moment:%A}", moment.hour) == (row["weekday"], row["hour"])
    assert all(f"{datetime.fromisoformat(day['tag']):%A}" == day["wochentag"] for day in days)


def test_a_ranking_of_spaces_is_of_spaces() -> None:
    row = fields(spaceKey=TEXT, spaceName=TEXT, reads=INTEGER)

    ranking = get(served({"200": content_of(listed(row))}, path="/spaces/ranking")).json()

    assert ["SUP", "FIN"] == [space["spaceKey"] for space in ranking][:2]


@pytest.mark.parametrize("name", ["anonymous", "guest"])
def test_anonymous_viewers_are_called_as_the_document_says(name: str) -> None:
    user = {**TEXT, "description": f'account id or "{name}"'}
    document = visits({"user": user, "isAnonymous": BOOLEAN}, [query("user")])

    anonymous = {row["user"] for row in rows_of(document) if row["isAnonymous"]}

    assert {name} == anonymous
    assert "breaks" not in {one.outcome for one in findings(document).values()}
    assert all(row["isAnonymous"] for row in rows_of(document, user="anonymous"))


def test_an_object_without_its_account_is_null() -> None:
    viewer = {**fields(accountId=TEXT), "nullable": True, "description": "null if anonymous"}

    viewers = [row["viewer"] for row in rows_of(visits({"viewer": viewer}))]

    assert None in viewers
    assert all(one is None or one["accountId"] for one in viewers)


def test_what_is_said_of_anonymous_viewers_once_holds_everywhere() -> None:
    described = {**TEXT, "nullable": True, "description": "null for anonymous users"}
    document = visits({"accountId": {**TEXT, "nullable": True}, "isAnonymous": BOOLEAN})
    document.content["components"]["schemas"] = {"Other": fields(accountId=described)}

    rows = rows_of(document)

    assert {None} == {row["accountId"] for row in rows if row["isAnonymous"]}


def test_a_date_is_a_day_if_its_description_or_example_is_one() -> None:
    row = {"date": {**TEXT, "example": "2026-01-31"}, "timestamp": INTEGER}

    assert all(len(row["date"]) == 10 for row in rows_of(visits(row)))


def test_logged_in_viewers_are_counted_without_the_anonymous_one() -> None:
    figures = fields(viewers=INTEGER, loggedInViewers=INTEGER, viewedContentCount=INTEGER)
    document = served({"200": content_of(figures)}, path="/spaces/{key}/views/summary")
    rows = rows_of(visits({"accountId": {**TEXT, "nullable": True}, "contentId": INTEGER}))

    body = get(document).json()

    accounts = {row["accountId"] for row in rows} - {None, "Anonymous"}
    assert {"viewers": len(accounts) + 1, "loggedInViewers": len(accounts),
            "viewedContentCount": len({row["contentId"] for row in rows})} == body  # fmt: skip


@pytest.mark.parametrize("has_global_access", [True, False])
def test_basic_credentials_need_global_access_for_a_space_that_is_not_named(
    has_global_access: bool,
) -> None:
    basic = {"basic": {"type": "http", "scheme": "basic"}}
    rows = content_of(fields(results=listed(fields(userId=TEXT))))
    document = served({"200": rows}, [query("spaceKey")], path="/views", securitySchemes=basic)
    user = User("ada@acme-demo.example", "", has_global_access=has_global_access)

    assert 200 == get(document).status_code == get(document, spaceKey="SUP").status_code
    with (
        nullcontext() if has_global_access else pytest.raises(ForbiddenError, match="Global Access")
    ):
        user.check(Subject.SPACE_VISITS, {})


def searches(*parameters: dict[str, Any]) -> Any:
    row = fields(term=TEXT, resultCount=INTEGER)
    rows = content_of(fields(results=listed(row)))
    return served({"200": rows}, [*parameters], path="/searches")


def test_a_text_is_whole_where_another_parameter_is_for_its_parts() -> None:
    document = searches(query("term"), query("term__icontains"))
    word = rows_of(document)[0]["term"]

    whole = {row["term"] for row in rows_of(document, term=word)}
    parts = {row["term"] for row in rows_of(document, term__icontains=word[:3].upper())}

    assert {word} == whole < parts
    assert all(word[:3].casefold() in term.casefold() for term in parts)


def test_a_count_is_exact_where_other_parameters_are_its_bounds() -> None:
    document = searches(query("resultCount", INTEGER), query("resultCount__gte", INTEGER))
    all_of_them = [row["resultCount"] for row in rows_of(document)]

    found = [row["resultCount"] for row in rows_of(document, resultCount=all_of_them[0])]

    assert [count for count in all_of_them if count == all_of_them[0]] == found
    assert len(found) < len(all_of_them)


def test_totals_of_terms_have_their_average_number_of_results() -> None:
    row = fields(term=TEXT, searches=INTEGER, avgResultCount={"type": "number"})
    document = served({"200": content_of(fields(results=listed(row)))}, path="/searches/terms")
    counts: dict[str, list[int]] = {}
    for each in rows_of(searches()):
        counts.setdefault(each["term"], []).append(each["resultCount"])

    averages = {row["term"]: row["avgResultCount"] for row in rows_of(document)}

    assert {term: mean(found) for term, found in counts.items()} == pytest.approx(
        averages, abs=1e-4
    )
    assert max(map(len, counts.values())) > 1


def test_a_flag_about_results_that_is_false_by_default_selects_only_if_it_is_true() -> None:
    document = searches(query("withoutResults", {**BOOLEAN, "default": False}))

    assert {0} == {row["resultCount"] for row in rows_of(document, withoutResults="true")}
    assert rows_of(document) == rows_of(document, withoutResults="false")


@pytest.mark.parametrize(
    ("schema", "first"), [(MOMENT, "2026-01-24T12:00"), (DAY, "2026-01-24T00:00")]
)
def test_a_range_begins_by_default_where_its_description_says(
    schema: dict[str, Any], first: str
) -> None:
    since = query("since", schema, description="Only views since then. Default is 7 days ago.")
    row = {"viewTime": MOMENT}
    times = sorted(row["viewTime"] for row in rows_of(visits(row)))

    assert [time for time in times if time >= first] == sorted(
        row["viewTime"] for row in rows_of(visits(row, [since]))
    )
    assert times[0] < first


@pytest.mark.parametrize(
    "said", ["One item for each authenticated user.", "Nur angemeldete Benutzer."]
)
def test_an_operation_for_known_viewers_has_no_others(said: str) -> None:
    row = fields(userId={**TEXT, "nullable": True}, viewCount=INTEGER)
    rows = content_of(fields(results=listed(row)))
    users = served({"200": rows}, path="/spaces/{key}/users")
    known = served({"200": rows}, path="/spaces/{key}/users", more={"description": said})

    assert [row for row in rows_of(users) if row["userId"] not in {None, "Anonymous"}] == rows_of(
        known
    )
    assert rows_of(users) != rows_of(known)


@pytest.mark.parametrize(
    ("value", "days"), [("INTERVAL_DAY", 1), ("INTERVAL_WEEK", 7), ("INTERVAL_UNSPECIFIED", 1)]
)
def test_an_interval_is_read_without_what_all_begin_with(value: str, days: int) -> None:
    intervals = {**TEXT, "enum": ["INTERVAL_DAY", "INTERVAL_WEEK", "INTERVAL_UNSPECIFIED"]}
    body = content_of(listed(fields(date=DAY, views=INTEGER)))
    path = "/spaces/{key}/daily"
    document = served({"200": body}, [query("interval", intervals)], path=path)

    rows = get(document, interval=value).json()

    first, second = (datetime.fromisoformat(row["date"]) for row in rows[1:3])
    assert days == (second - first).days
    assert "works" == findings(document)["interval"].outcome


def test_an_outcome_is_read_without_what_all_begin_with() -> None:
    outcome = {**TEXT, "enum": ["OUTCOME_SUCCESS", "OUTCOME_FAILURE", "OUTCOME_ALL"]}
    row = fields(searchTerm=TEXT, resultCount=INTEGER, outcome=outcome)
    body = content_of(fields(results=listed(row)))
    document = served({"200": body}, [query("outcome", outcome)], path="/searches")

    rows = rows_of(document, outcome="OUTCOME_FAILURE")

    assert {(0, "OUTCOME_FAILURE")} == {(row["resultCount"], row["outcome"]) for row in rows}
    found = findings(document)
    assert "works" == found["outcome"].outcome == found["/results/*/outcome"].outcome


def test_the_trash_is_selected_without_what_all_begin_with() -> None:
    status = query("status", {**TEXT, "enum": ["STATUS_TRASHED", "STATUS_CURRENT"]})

    assert [] == rows_of(visits(ROW, [status]), status="STATUS_TRASHED")
    assert rows_of(visits(ROW)) == rows_of(visits(ROW, [status]), status="STATUS_CURRENT")


def test_a_minimum_of_sums_is_ignored() -> None:
    document = served({"200": content_of(fields(views=INTEGER))}, [query("minViews", INTEGER)],
                      path="/spaces/{key}/views/summary")  # fmt: skip

    assert "ignored" == findings(document)["minViews"].outcome


@pytest.mark.parametrize(
    ("name", "said", "first", "last"),
    [
        ("since", "inclusive", 3, -1), ("since", "exclusive", 4, -1),
        ("until", "inclusive", None, 3), ("until", "exclusive", None, 2),
    ],
)  # fmt: skip
def test_a_description_says_whether_a_bound_is_in_the_range(
    name: str, said: str, first: int | None, last: int
) -> None:
    document = visits(ROW, [query(name, SECONDS | {"description": f"In seconds, {said}"})])
    operation_of(document)["parameters"][-1]["description"] = f"A time, {said}"
    times = sorted({row["created"] for row in rows_of(document)})

    found = [row["created"] for row in rows_of(document, **{name: times[3]})]

    assert first is None or times[first] == min(found)
    assert times[last] == max(found)


def test_a_last_day_that_is_excluded_is_not_in_the_range() -> None:
    days = [query("from", DAY), query("to", DAY, description="Last day, exclusive")]
    document = visits({"viewTime": MOMENT}, days)

    found = rows_of(document, **{"from": "2026-01-12", "to": "2026-01-14"})

    assert {"2026-01-12", "2026-01-13"} == {row["viewTime"][:10] for row in found}


@pytest.mark.parametrize(("name", "count"), [("onlySuccessful", 1), ("onlyFailed", 0)])
def test_the_flag_that_is_true_selects_beside_one_that_is_false(name: str, count: int) -> None:
    flag = {**BOOLEAN, "default": False}
    document = searches(query("onlySuccessful", flag), query("onlyFailed", flag))

    found = rows_of(document, **{name: "true"})

    assert {count} == {min(row["resultCount"], 1) for row in found}


def test_an_interval_without_totals_is_noted() -> None:
    interval = query("granularity", {**TEXT, "enum": ["day", "week", "quarter"]})
    row = fields(date=DAY, views=INTEGER)
    body = content_of(fields(results=listed(row)))
    document = served({"200": body}, [interval], path="/spaces/{key}/daily")

    notes = get(document, granularity="quarter").headers["x-mock-note"]

    assert "there are no totals by 'quarter', so they are by day" == notes


@pytest.mark.parametrize("said", ["only for " * 20_000, "0" + " " * 100_000])
def test_a_long_clause_is_read_at_once(said: str) -> None:
    row = {"accountId": {**TEXT, "nullable": True}, "weekday": {**INTEGER, "description": said}}
    document = visits(row)
    operation_of(document)["description"] = said
    begin = monotonic()

    assert 200 == get(document).status_code
    assert monotonic() - begin < 2


@pytest.mark.parametrize(
    "schema",
    [
        {**INTEGER, "default": {}},
        {**INTEGER, "default": "many"},
        {"enum": [{}, []], "x-enumNames": ["a", "b"]},
    ],
)
def test_values_of_wrong_types_in_a_document_are_passed_over(schema: dict[str, Any]) -> None:
    assert 100 == len(rows_of(visits(ROW, [query("limit", schema), query("page", INTEGER)])))


@pytest.mark.parametrize(("said", "size"), [("", 3), ("Default: 50.", 3), ("Default: 2.", 2)])
def test_a_page_without_a_size_has_no_more_rows_than_the_maximum(said: str, size: int) -> None:
    limit = query("limit", {**INTEGER, "maximum": 3}, description=said)

    assert size == len(rows_of(visits(ROW, [limit])))


def test_two_texts_leave_the_time_zone_as_it_is() -> None:
    parameters = [query("term"), query("term__icontains"), query("timezone")]
    row = fields(term=TEXT, resultCount=INTEGER)
    body = fields(timezone=TEXT, results=listed(row))
    document = served({"200": content_of(body)}, parameters, path="/searches")

    response = get(document, term="home", term__icontains="om", timezone="Asia/Kolkata")

    assert "Asia/Kolkata" == response.json()["timezone"]
    assert "beside the whole text, term__icontains has no effect" == response.headers["x-mock-note"]
