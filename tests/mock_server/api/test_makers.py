"""What documents of several makers have in common: Stripe, Google, Microsoft, Django, springdoc."""

import json
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from statistics import mean
from time import monotonic
from typing import Any

import pytest

from mock_server.binding.fields import Subject
from mock_server.binding.infer import bind
from mock_server.errors import ForbiddenError
from mock_server.openapi.document import Document
from mock_server.world.model import User
from tests.made_documents import (
    BOOLEAN,
    DAY,
    INTEGER,
    MOMENT,
    NULLABLE,
    TEXT,
    choice,
    content_of,
    fields,
    findings,
    get,
    listed,
    listing,
    operation_of,
    query,
    responding,
    rows_of,
    send,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")

SECONDS = {**INTEGER, "description": "Seconds since 1970"}
ROW = {"id": TEXT, "created": SECONDS, "user": NULLABLE, "anonymous": BOOLEAN}
PAGE = {"200": content_of(fields(results=listed(fields(**ROW))))}
BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}
# Cursors that are ids of rows


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


# Ranges with comparators


COMPARATORS = [f"created[{word}]" for word in ("gt", "gte", "lt", "lte")]
WORDS = [f"created[{word}]" for word in ("after", "strictly_after", "before", "strictly_before")]


@pytest.mark.parametrize(("names", "sent", "first", "last"), [
    (COMPARATORS, {"created[gte]": 3}, 3, -1),
    (COMPARATORS, {"created[gt]": 3}, 4, -1),
    (COMPARATORS, {"created[lt]": 3}, None, 2),
    (COMPARATORS, {"created[lte]": 3}, None, 3),
    (COMPARATORS, {"created[gt]": 3, "created[lte]": 4}, 4, 4),
    (WORDS, {"created[after]": 3}, 3, -1),
    (WORDS, {"created[strictly_after]": 3}, 4, -1),
    (WORDS, {"created[before]": 3}, None, 3),
    (WORDS, {"created[strictly_before]": 3}, None, 2),
])  # fmt: skip
def test_a_name_says_whether_a_bound_is_in_the_range(
    names: list[str], sent: dict[str, int], first: int | None, last: int
) -> None:
    document = visits(ROW, [query(name, SECONDS) for name in names])
    times = sorted({row["created"] for row in rows_of(document)})

    rows = rows_of(document, **{name: times[place] for name, place in sent.items()})

    assert times[last] == rows[-1]["created"]
    assert first is None or times[first] == rows[0]["created"]
    assert {"works"} == {findings(document)[name].outcome for name in names}


# Enumerations, and values that mean all

TYPES = [f"CONTENT_TYPE_{name}" for name in ("UNSPECIFIED", "PAGE", "BLOG_POST", "ATTACHMENT")]
TYPE = choice(*TYPES)


@pytest.mark.parametrize("value", TYPES[1:])
def test_values_are_read_without_what_all_begin_with(value: str) -> None:
    document = visits({"contentType": TYPE}, [query("contentType", TYPE)])

    assert {value} == {row["contentType"] for row in rows_of(document, contentType=value)}
    found = findings(document)
    assert "works" == found["contentType"].outcome == found["/results/*/contentType"].outcome


@pytest.mark.parametrize(
    ("name", "value", "values"),
    [("contentType", TYPES[0], TYPES), ("contentType", "all", ["all", "page", "blogpost"]),
     ("userType", "ANY", ["ANY", "USER", "ANONYMOUS"])],
)  # fmt: skip
def test_a_filter_may_leave_nothing_out(name: str, value: str, values: list[str]) -> None:
    document = visits(ROW, [query(name, choice(*values))])

    assert rows_of(visits(ROW)) == rows_of(document, **{name: value})


# Totals


def test_an_interval_has_a_start_and_an_end() -> None:
    row = {"startDateTime": MOMENT, "endDateTime": MOMENT, "viewCount": INTEGER}

    days = rows_of(listing(row, path="/spaces/{key}/viewsByDay"))

    for day in days:
        date = day["startDateTime"][:10]
        assert day["startDateTime"] == f"{date}T00:00:00.000Z"
        assert day["endDateTime"] == f"{date}T23:59:59.999Z"
    assert days


@pytest.mark.parametrize(("described", "kinds"), [
    ("Anonymous and protected users are not listed.", {"known"}),
    ("Guests are not counted.", {"known", "protected"}),
    ("Users with the most views.", {"known", "anonymous", "protected"}),
])  # fmt: skip
def test_a_description_says_who_is_left_out(described: str, kinds: set[str]) -> None:
    document = visits({"userType": choice("known", "anonymous", "protected")})
    operation_of(document)["description"] = described

    assert kinds == {row["userType"] for row in rows_of(document)}


def test_what_is_only_for_users_is_left_out_for_others() -> None:
    account = {**TEXT, "description": "Only for type user"}
    actor = fields(type=choice("user", "anonymous", "protected"), accountId=account)

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
    by = {**fields(id=NULLABLE, displayName=TEXT), "required": ["id"]}

    people = [row["viewedBy"] for row in rows_of(visits({"viewedBy": by}))]

    names = {(one["id"], one["displayName"]) for one in people if one["id"]}
    assert len({id_ for id_, _ in names}) == len(names)


def test_the_total_is_sent_on_request() -> None:
    body = fields(**{"@odata.count": INTEGER, "value": listed(fields(**ROW))})
    document = responding(body, [query("$count", BOOLEAN)])

    assert "@odata.count" not in get(document).json()
    assert "@odata.count" not in get(document, **{"$count": "false"}).json()
    everything = get(document, **{"$count": "true"}).json()
    assert len(everything["value"]) == everything["@odata.count"]
    assert "works" == findings(document)["$count"].outcome


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


@pytest.mark.parametrize(("described", "bound", "size"), [
    ("If unspecified, at most 5 are returned.", {}, 5),
    ("Default: 7, maximum 50.", {}, 7),
    ("Default: 0 (no limit)", {}, 100),
    ("", {"maximum": 3}, 3),
    ("Default: 50.", {"maximum": 3}, 3),
    ("Default: 2.", {"maximum": 3}, 2),
])  # fmt: skip
def test_a_page_has_the_size_that_a_description_names_up_to_the_maximum(
    described: str, bound: dict[str, int], size: int
) -> None:
    page_size = query("pageSize", {**INTEGER, **bound}, description=described)

    assert size == len(rows_of(visits(ROW, [page_size])))


def test_a_content_of_another_space_is_filtered_out() -> None:
    filters = [query("space"), query("content_id", INTEGER)]
    document = listing({"contentId": INTEGER}, filters, path="/views")
    content = rows_of(document, space="FIN")[0]["contentId"]

    assert {content} == {row["contentId"] for row in rows_of(document, content_id=content)}
    assert [] == rows_of(document, content_id=content, space="SUP")


# Errors and credentials


def test_errors_of_any_media_type_are_json() -> None:
    responses = {**PAGE, "401": content_of(fields(code=INTEGER, message=TEXT), "*/*")}

    response = get(served(responses, securitySchemes=BEARER), authorized=False)

    assert "application/json" == response.headers["content-type"]
    assert {"code", "message"} == {*response.json()}


@pytest.mark.parametrize(("schema", "expected"), [
    ({**INTEGER, "description": "An enum value of [google.rpc.Code][google.rpc.Code]."}, 16),
    (INTEGER, 401),
    (choice("api_error", "authentication_error"), "authentication_error"),
])  # fmt: skip
def test_errors_have_the_code_of_the_maker(schema: dict[str, Any], expected: object) -> None:
    error = content_of(fields(code=schema, message=TEXT))
    document = served({**PAGE, "default": error}, securitySchemes=BEARER)

    assert expected == get(document, authorized=False).json()["code"]


def test_an_error_names_its_parameter() -> None:
    error = fields(error=fields(type=TEXT, message=TEXT, param=TEXT))
    document = served({**PAGE, "4XX": content_of(error)}, [query("limit", INTEGER)])

    assert "limit" == get(document, limit="x").json()["error"]["param"]


@pytest.mark.parametrize(
    ("description", "prefix"),
    [('Token-based authentication with required prefix "Token"', "Token"), ("A key", "Bearer")],
)
def test_a_key_in_the_header_has_the_prefix_that_is_described(
    description: str, prefix: str
) -> None:
    key = {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}
    document = served(PAGE, securitySchemes={"key": key})

    assert 200 == get(document).status_code
    refused = get(document, authorized=False).json()["detail"]
    assert f"Send `Authorization: {prefix} <token>`" in refused


# API Platform, Matomo and others


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_a_parameter_may_be_the_order_of_a_column(direction: str) -> None:
    names = [f"order[{name}]" for name in ("viewedAt", "contentId")]
    orders = [query(name, choice("asc", "desc")) for name in names]
    document = visits({"contentId": INTEGER, "viewedAt": MOMENT}, orders)

    rows = rows_of(document, **{"order[contentId]": direction})

    ids = [row["contentId"] for row in rows]
    assert sorted(ids, reverse=direction == "desc") == ids
    assert {"works"} == {findings(document)[name].outcome for name in names}


@pytest.mark.parametrize(("name", "low", "high"), [("gt", 3, 99), ("gte", 2, 99), ("lt", 0, 1)])
def test_a_count_is_compared_as_the_name_says(name: str, low: int, high: int) -> None:
    document = searches(query(f"resultCount[{name}]"))

    counts = [row["resultCount"] for row in rows_of(document, **{f"resultCount[{name}]": 2})]

    assert counts
    assert all(low <= count <= high for count in counts)
    assert 400 == get(document, **{f"resultCount[{name}]": "many"}).status_code


def test_a_list_may_stand_beside_its_single_value() -> None:
    keys = [query("spaceKey"), query("spaceKey[]", listed(TEXT))]
    document = listing({"spaceKey": TEXT}, keys, path="/views")

    assert {"SUP"} == {row["spaceKey"] for row in rows_of(document, spaceKey="SUP")}
    both = rows_of(document, **{"spaceKey[]": ["SUP", "FIN"]})
    assert {"SUP", "FIN"} == {row["spaceKey"] for row in both}


def with_periods(*periods: str) -> Document:
    return visits({"viewedAt": MOMENT}, [query("period", choice(*periods)), query("date")])


@pytest.mark.parametrize(("period", "date", "first", "last"), [
    ("custom", "2026-01-12,2026-01-14", "2026-01-12", "2026-01-14"),
    ("day", "2026-01-14", "2026-01-14", "2026-01-14"),
    ("7d", "2026-01-14", "2026-01-08", "2026-01-14"),
    ("week", "2026-01-14", "2026-01-12", "2026-01-18"),
    ("month", "2025-12-10", "2025-12-01", "2025-12-31"),
    (None, "2026-01-14", "2026-01-14", "2026-01-14"),
    (None, "yesterday", "2026-01-30", "2026-01-30"),
])  # fmt: skip
def test_a_named_range_may_be_that_of_a_date(
    period: str | None, date: str, first: str, last: str
) -> None:
    document = with_periods("day", "7d", "week", "month", "custom")

    rows = rows_of(document, date=date, **({"period": period} if period else {}))

    days = sorted({row["viewedAt"][:10] for row in rows})
    assert first <= days[0] <= days[-1] <= last
    for wrong in ("2026-02-30", "2026-01-12,", "2026-01-12,2026-01-13,2026-01-14"):
        assert 400 == get(document, date=wrong).status_code
    found = findings(document)
    assert ("works", "works") == (found["date"].outcome, found["period"].outcome)
    assert "period=month" in found["period"].evidence


@pytest.mark.parametrize("date", ["9999-12-31", "9999-12-30,9999-12-31", "2026-01-14,2026-01-12"])
def test_a_range_of_dates_without_rows_is_empty(date: str) -> None:
    document = with_periods("month", "custom")

    assert [] == rows_of(document, period="custom", date=date)
    assert [] == rows_of(document, period="month", date="9999-12-31")


def daily(*parameters: dict[str, Any], described: str = "") -> Document:
    """Make a document of totals per day."""
    row = {"date": DAY, "views": INTEGER}
    more = {"description": described}
    return listing(row, [*parameters], path="/spaces/{key}/daily", more=more)


GAPS = "Days without views are contained with zeros."


def test_days_without_views_are_there_if_the_document_says_so() -> None:
    given = {"since": "2025-12-20", "key": "~4552c8561a4f5372563f67a4"}
    since = query("since", DAY)

    days = rows_of(daily(since, described=GAPS), **given)

    assert 43 == len(days)
    assert rows_of(daily(since), **given) == [day for day in days if day["views"]]


@pytest.mark.parametrize(("since", "until", "days"), [
    ("0001-01-01", "0001-01-31", 31), ("0001-01-01", "2026-01-31", 5_000),
    ("2026-01-30", "9999-12-31", 2), ("9999-12-31", "9999-12-31", 0),
])  # fmt: skip
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
def test_gaps_are_filled_until_now_up_to_a_number_of_days(
    since: str, until: str, days: int, zone: str
) -> None:
    ends = [query("since", DAY), query("until", DAY), query("timeZone")]

    rows = rows_of(daily(*ends, described=GAPS), since=since, until=until, timeZone=zone)

    assert days <= len(rows) <= days + 1


def test_rows_and_days_have_their_weekday_and_hour() -> None:
    rows = rows_of(visits({"viewedAt": MOMENT, "weekday": TEXT, "hour": INTEGER}))
    tag = {"tag": DAY, "wochentag": TEXT, "aufrufe": INTEGER}
    days = rows_of(listing(tag, path="/spaces/{key}/tage"))

    for row in rows:
        moment = datetime.fromisoformat(row["viewedAt"])
        assert (f"{moment:%A}", moment.hour) == (row["weekday"], row["hour"])
    assert all(f"{datetime.fromisoformat(day['tag']):%A}" == day["wochentag"] for day in days)


def test_a_ranking_of_spaces_is_of_spaces() -> None:
    row = fields(spaceKey=TEXT, spaceName=TEXT, reads=INTEGER)

    ranking = get(responding(listed(row), path="/spaces/ranking")).json()

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
    document = visits({"accountId": NULLABLE, "isAnonymous": BOOLEAN})
    document.content["components"]["schemas"] = {"Other": fields(accountId=described)}

    rows = rows_of(document)

    assert {None} == {row["accountId"] for row in rows if row["isAnonymous"]}


def test_a_date_is_a_day_if_its_description_or_example_is_one() -> None:
    row = {"date": {**TEXT, "example": "2026-01-31"}, "timestamp": INTEGER}

    assert all(len(row["date"]) == 10 for row in rows_of(visits(row)))


def test_logged_in_viewers_are_counted_without_the_anonymous_one() -> None:
    figures = fields(viewers=INTEGER, loggedInViewers=INTEGER, viewedContentCount=INTEGER)
    rows = rows_of(visits({"accountId": NULLABLE, "contentId": INTEGER}))

    body = get(responding(figures, path="/spaces/{key}/views/summary")).json()

    known = len({row["accountId"] for row in rows} - {None, "Anonymous"})
    contents = len({row["contentId"] for row in rows})
    assert {"viewers": known + 1, "loggedInViewers": known, "viewedContentCount": contents} == body


@pytest.mark.parametrize("has_global_access", [True, False])
def test_basic_credentials_need_global_access_for_a_space_that_is_not_named(
    has_global_access: bool,
) -> None:
    basic = {"basic": {"type": "http", "scheme": "basic"}}
    document = listing({"userId": TEXT}, [query("spaceKey")], path="/views", securitySchemes=basic)
    user = User(email="ada@acme-demo.example", global_access=has_global_access)

    assert 200 == get(document).status_code == get(document, spaceKey="SUP").status_code
    with (
        nullcontext() if has_global_access else pytest.raises(ForbiddenError, match="Global Access")
    ):
        user.check(Subject.SPACE_VISITS, {})


def searches(*parameters: dict[str, Any], **more: Any) -> Document:
    row = {"term": TEXT, "resultCount": INTEGER, **more}
    return listing(row, [*parameters], path="/searches")


def test_a_text_is_whole_where_another_parameter_is_for_its_parts() -> None:
    document = searches(query("term"), query("term__icontains"))
    word = rows_of(document)[0]["term"]

    whole = {row["term"] for row in rows_of(document, term=word)}
    parts = {row["term"] for row in rows_of(document, term__icontains=word[:3].upper())}

    assert {word} == whole < parts
    assert all(word[:3].casefold() in term.casefold() for term in parts)


def test_a_count_is_exact_where_other_parameters_are_its_bounds() -> None:
    document = searches(query("resultCount", INTEGER), query("resultCount__gte", INTEGER))
    counts = [row["resultCount"] for row in rows_of(document)]

    found = [row["resultCount"] for row in rows_of(document, resultCount=counts[0])]

    assert [count for count in counts if count == counts[0]] == found
    assert len(found) < len(counts)


def test_totals_of_terms_have_their_average_number_of_results() -> None:
    row = {"term": TEXT, "searches": INTEGER, "avgResultCount": {"type": "number"}}
    document = listing(row, path="/searches/terms")
    counts: dict[str, list[int]] = {}
    for each in rows_of(searches()):
        counts.setdefault(each["term"], []).append(each["resultCount"])

    averages = {row["term"]: row["avgResultCount"] for row in rows_of(document)}

    expected = {term: mean(found) for term, found in counts.items()}
    assert expected == pytest.approx(averages, abs=1e-4)
    assert max(map(len, counts.values())) > 1


FLAG = {**BOOLEAN, "default": False}


def test_a_flag_about_results_that_is_false_by_default_selects_only_if_it_is_true() -> None:
    document = searches(query("withoutResults", FLAG))

    assert {0} == {row["resultCount"] for row in rows_of(document, withoutResults="true")}
    assert rows_of(document) == rows_of(document, withoutResults="false")


@pytest.mark.parametrize(("name", "count"), [("onlySuccessful", 1), ("onlyFailed", 0)])
def test_the_flag_that_is_true_selects_beside_one_that_is_false(name: str, count: int) -> None:
    document = searches(query("onlySuccessful", FLAG), query("onlyFailed", FLAG))

    found = rows_of(document, **{name: "true"})

    assert {count} == {min(row["resultCount"], 1) for row in found}


@pytest.mark.parametrize(
    ("schema", "first"), [(MOMENT, "2026-01-24T12:00"), (DAY, "2026-01-24T00:00")]
)
def test_a_range_begins_by_default_where_its_description_says(
    schema: dict[str, Any], first: str
) -> None:
    since = query("since", schema, description="Only views since then. Default is 7 days ago.")
    every, found = (
        sorted(row["viewTime"] for row in rows_of(visits({"viewTime": MOMENT}, parameters)))
        for parameters in ([], [since])
    )

    assert [time for time in every if time >= first] == found
    assert every[0] < first


@pytest.mark.parametrize(
    "described", ["One item for each authenticated user.", "Nur angemeldete Benutzer."]
)
def test_an_operation_for_known_viewers_has_no_others(described: str) -> None:
    users, known = (
        rows_of(listing({"userId": NULLABLE, "viewCount": INTEGER}, path="/spaces/{key}/users",
                        more={"description": text}))
        for text in ("", described)
    )  # fmt: skip

    assert [row for row in users if row["userId"] not in {None, "Anonymous"}] == known
    assert users != known


@pytest.mark.parametrize(
    ("value", "days"), [("INTERVAL_DAY", 1), ("INTERVAL_WEEK", 7), ("INTERVAL_UNSPECIFIED", 1)]
)
def test_an_interval_is_read_without_what_all_begin_with(value: str, days: int) -> None:
    intervals = choice("INTERVAL_DAY", "INTERVAL_WEEK", "INTERVAL_UNSPECIFIED")
    document = daily(query("interval", intervals))

    rows = rows_of(document, interval=value)

    first, second = (datetime.fromisoformat(row["date"]) for row in rows[1:3])
    assert days == (second - first).days
    assert "works" == findings(document)["interval"].outcome


def test_an_outcome_is_read_without_what_all_begin_with() -> None:
    outcome = choice("OUTCOME_SUCCESS", "OUTCOME_FAILURE", "OUTCOME_ALL")
    document = searches(query("outcome", outcome), outcome=outcome)

    rows = rows_of(document, outcome="OUTCOME_FAILURE")

    assert {(0, "OUTCOME_FAILURE")} == {(row["resultCount"], row["outcome"]) for row in rows}
    found = findings(document)
    assert "works" == found["outcome"].outcome == found["/results/*/outcome"].outcome


def test_the_trash_is_selected_without_what_all_begin_with() -> None:
    status = query("status", choice("STATUS_TRASHED", "STATUS_CURRENT"))

    assert [] == rows_of(visits(ROW, [status]), status="STATUS_TRASHED")
    assert rows_of(visits(ROW)) == rows_of(visits(ROW, [status]), status="STATUS_CURRENT")


@pytest.mark.parametrize(("name", "described", "first", "last"), [
    ("since", "inclusive", 3, -1), ("since", "exclusive", 4, -1),
    ("until", "inclusive", None, 3), ("until", "exclusive", None, 2),
])  # fmt: skip
def test_a_description_says_whether_a_bound_is_in_the_range(
    name: str, described: str, first: int | None, last: int
) -> None:
    seconds = {**SECONDS, "description": f"In seconds, {described}"}
    document = visits(ROW, [query(name, seconds, description=f"A time, {described}")])
    times = sorted({row["created"] for row in rows_of(document)})

    found = [row["created"] for row in rows_of(document, **{name: times[3]})]

    assert first is None or times[first] == min(found)
    assert times[last] == max(found)


def test_a_last_day_that_is_excluded_is_not_in_the_range() -> None:
    days = [query("from", DAY), query("to", DAY, description="Last day, exclusive")]
    document = visits({"viewTime": MOMENT}, days)

    found = rows_of(document, **{"from": "2026-01-12", "to": "2026-01-14"})

    assert {"2026-01-12", "2026-01-13"} == {row["viewTime"][:10] for row in found}


def test_an_interval_without_totals_is_noted() -> None:
    document = daily(query("granularity", choice("day", "week", "decade")))

    notes = get(document, granularity="decade").headers["x-mock-note"]

    assert "there are no totals by 'decade', so they are by day" == notes


@pytest.mark.parametrize("said", ["only for " * 20_000, "0" + " " * 100_000])
def test_a_long_clause_is_read_at_once(said: str) -> None:
    document = visits({"accountId": NULLABLE, "weekday": {**INTEGER, "description": said}})
    operation_of(document)["description"] = said
    begin = monotonic()

    assert 200 == get(document).status_code
    assert monotonic() - begin < 2


@pytest.mark.parametrize("schema", [
    {**INTEGER, "default": {}},
    {**INTEGER, "default": "many"},
    {"enum": [{}, []], "x-enumNames": ["a", "b"]},
])  # fmt: skip
def test_values_of_wrong_types_in_a_document_are_passed_over(schema: dict[str, Any]) -> None:
    assert 100 == len(rows_of(visits(ROW, [query("limit", schema), query("page", INTEGER)])))


def test_two_texts_leave_the_time_zone_as_it_is() -> None:
    parameters = [query("term"), query("term__icontains"), query("timezone")]
    body = fields(timezone=TEXT, results=listed(fields(term=TEXT, resultCount=INTEGER)))
    document = responding(body, parameters, path="/searches")

    response = get(document, term="home", term__icontains="om", timezone="Asia/Kolkata")

    assert "Asia/Kolkata" == response.json()["timezone"]
    assert "beside the whole text, term__icontains has no effect" == response.headers["x-mock-note"]


# What descriptions say


MONTHLY = {"month": {**TEXT, "description": "YYYY-MM"}, "views": INTEGER}


@pytest.mark.parametrize(
    ("row", "path", "form"),
    [
        (MONTHLY, "/spaces/{key}/monthly", "%Y-%m"),
        ({"month": TEXT, "views": INTEGER}, "/spaces/{key}/totals", "%Y-%m"),
        ({"month": DAY, "views": INTEGER}, "/spaces/{key}/totals", "%Y-%m-01"),
        (
            {"day": {**TEXT, "example": "2026-W05"}, "views": INTEGER},
            "/spaces/{key}/weekly",
            "%G-W%V",
        ),
    ],
)
def test_totals_are_of_the_interval_that_their_names_have(
    row: dict[str, Any], path: str, form: str
) -> None:
    document = listing(row, [query("since", DAY)], path=path)
    (start, *_) = row
    times = [one["viewTime"] for one in rows_of(listing({"viewTime": MOMENT}, [query("since", DAY)]),
                                                since="2025-12-20")]  # fmt: skip

    totals = {one[start]: one["views"] for one in rows_of(document, since="2025-12-20")}

    assert totals == Counter(format(datetime.fromisoformat(time), form) for time in times)
    assert len(totals) > 1
    assert {"works"} == {one.outcome for name, one in findings(document).items() if start in name}


@pytest.mark.parametrize(
    ("description", "is_of_known"),
    [
        ("Number of different users. Anonymous users are not counted.", True),
        ("The number of distinct identified users who viewed a content.", True),
        ("Number of distinct known users", True),
        ("Distinct signed-in users", True),
        ("Number of different users, not counting users who were not logged in", True),
        ("Number of different users, all anonymous ones as one", False),
        ("Number of viewers", False),
    ],
)
@pytest.mark.parametrize("is_listed", [True, False])
def test_a_description_says_which_viewers_count(
    description: str, is_of_known: bool, is_listed: bool
) -> None:
    users = {"users": {**INTEGER, "description": description}, "views": INTEGER}
    rows = rows_of(listing({"userId": TEXT, "viewTime": MOMENT}))
    found = get(
        listing({"spaceKey": TEXT, **users}, path="/spaces") if is_listed
        else responding(fields(**users), path="/spaces/{key}/summary")
    ).json()  # fmt: skip
    figures = (
        next(one for one in found["results"] if one["spaceKey"] == "SUP") if is_listed else found
    )

    viewers = {row["userId"] for row in rows if row.get("userId")}

    assert len(viewers - {"Anonymous"} if is_of_known else viewers) == figures["users"]


@pytest.mark.parametrize(
    ("described", "filled"),
    [
        ("Intervals without visits are returned too.", True),
        ("Days\nwithout views are listed.", True),
        ("Views per day. Every day of the period is returned.", True),
        ("Every day, the busiest content.", False),
        ("One entry for every day, oldest first.", True),
        ("One entry per day, including days without views.", True),
        ("Every day of the period, oldest first, also days without views.", True),
        ("Days without views are not returned.", False),
        ("Days without views are left out.", False),
    ],
)
def test_a_description_says_whether_days_without_views_are_listed(
    described: str, filled: bool
) -> None:
    given = {"since": "2025-12-20", "key": "~4552c8561a4f5372563f67a4"}

    days = rows_of(daily(query("since", DAY), described=described), **given)

    assert filled is any(day["views"] == 0 for day in days)


@pytest.mark.parametrize("is_required", [True, False])
def test_a_word_may_stand_for_protected_users(is_required: bool) -> None:
    said = "`anonymous` if nobody is logged in, and `protected` for users who have opted out"
    row = {"reader": {**TEXT, "description": said}, "readerType": TEXT}
    document = visits(row) if is_required else listing(row)

    readers = {one["readerType"]: one["reader"] for one in rows_of(document)}

    assert ("anonymous", "protected") == (readers["anonymous"], readers["protected"])
    assert readers["known"] not in {"anonymous", "protected"}


@pytest.mark.parametrize(
    "description",
    ["Events are sorted by time, newest first.", "Rows are ordered by time, descending."],
)
@pytest.mark.parametrize("is_of_api", [True, False])
def test_the_newest_rows_come_first_if_the_document_says_so(
    description: str, is_of_api: bool
) -> None:
    document = visits({"viewTime": MOMENT})
    described = document.content["info"] if is_of_api else operation_of(document)
    described["description"] = f"All times are UTC. {description}"

    times = [row["viewTime"] for row in rows_of(document)]

    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("name", "description", "most"),
    [
        ("topContents", "The ten most viewed contents", 10),
        ("top3", "", 3),
        ("contents", "A top list", None),
    ],
)
def test_a_list_may_say_how_many_it_has(name: str, description: str, most: int | None) -> None:
    row = fields(contentId=TEXT, views=INTEGER)
    lists = {name: listed(row, description=description), "views": INTEGER}
    alone, beside = responding(fields(**lists)), visits({"viewTime": MOMENT}, **lists)

    sizes = {len(get(document).json()[name]) for document in (alone, beside)}

    assert ({most} == sizes) if most else (min(sizes) > 10)


@pytest.mark.parametrize("kind", ["number", "integer"])
def test_a_step_beyond_all_numbers_has_no_effect(kind: str) -> None:
    rows = rows_of(listing({"viewTime": MOMENT, "load": {"type": kind, "multipleOf": 1e-300}}))

    assert len({row["load"] for row in rows}) > 1


@pytest.mark.parametrize("maximum", [float("inf"), float("nan")])
def test_a_maximum_beyond_all_numbers_is_no_limit(maximum: float) -> None:
    document = visits(ROW, [query("limit", {**INTEGER, "maximum": maximum})])

    assert "page size" == bind(document).operations["views"].parameters[-1].part


def test_a_larger_page_than_the_maximum_in_a_description_is_cut() -> None:
    said = "The maximum value is 3; values above 3 will be coerced to 3."
    document = visits(ROW, [query("pageSize", INTEGER, description=said)])

    assert [2, 3, 3] == [len(rows_of(document, pageSize=size)) for size in (2, 3, 500)]


@pytest.mark.parametrize(
    ("description", "end"),
    [
        ("Exclusive. Defaults to the current time.", "2026-01-31T12:00:00.000Z"),
        ("Exclusive, now if absent", "2026-01-31T12:00:00.000Z"),
        ("Exclusive, the last day if not present", "2026-01-31T23:59:59.999Z"),
        ("The default is not now but the end of the day", "2026-01-31T23:59:59.999Z"),
    ],
)
def test_a_range_ends_now_by_default_if_a_description_says_so(description: str, end: str) -> None:
    until = query("until", MOMENT, description=description)
    document = visits(ROW, [query("since", MOMENT), until], until=MOMENT)

    assert end == get(document).json()["until"]


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("visitedContents", ""),
        ("visited", "Number of different pages, blog posts and attachments with visits"),
    ],
)
def test_a_summary_may_count_distinct_contents(name: str, description: str) -> None:
    count = {**INTEGER, "description": description}
    document = responding(fields(visits=INTEGER, **{name: count}), path="/spaces/{key}/summary")
    contents = {
        row["contentId"] for row in rows_of(listing({"contentId": TEXT, "viewTime": MOMENT}))
    }

    assert len(contents) == get(document).json()[name]


def test_a_parameter_without_a_telling_name_may_be_described_by_one() -> None:
    document = listing(ROW, [query("k", description="Space key.")], path="/views")

    assert "space key" == findings(document)["k"].bound_to
    assert "described as 'Space key'" in findings(document)["k"].evidence


def test_a_flag_selects_searches_by_their_results() -> None:
    row = {"query": TEXT, "hits": INTEGER, "status": choice("SUCCESSFUL", "UNSUCCESSFUL")}
    flag = query("found", {**BOOLEAN, "nullable": True})

    rows = rows_of(listing(row, [flag], path="/searches"), found="false")

    assert rows
    assert {(0, "UNSUCCESSFUL")} == {(one["hits"], one["status"]) for one in rows}


def test_a_month_may_be_a_number_beside_its_year() -> None:
    number = {**INTEGER, "format": "int32"}
    row = {"year": number, "month": number, "visits": INTEGER}
    document = listing(row, [query("since", DAY)], path="/spaces/{key}/months")

    found = [(row["year"], row["month"]) for row in rows_of(document, since="2025-12-20")]

    assert [(2025, 12), (2026, 1)] == found


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"day": DAY, "month": TEXT, "views": INTEGER}, "/spaces/{key}/daily"),
        (
            {"date": DAY, "month": INTEGER, "week": INTEGER, "views": INTEGER},
            "/spaces/{key}/totals",
        ),
        ({"day": DAY, "views": INTEGER}, "/spaces/{key}/last-month"),
        ({"day": DAY, "views": INTEGER}, "/spaces/{key}/this-week"),
    ],
)
def test_totals_are_per_day_if_their_rows_or_path_say_so(row: dict[str, Any], path: str) -> None:
    start = next(iter(row))

    assert len(rows_of(listing(row, path=path))) == len(rows_of(daily()))
    assert {one[start] for one in rows_of(listing(row, path=path))} == {
        one["date"] for one in rows_of(daily())
    }


def test_a_range_may_be_of_months() -> None:
    months = {**TEXT, "example": "2026-01"}
    document = visits({"viewTime": MOMENT}, [query("from", months), query("to", months)])

    times = [row["viewTime"] for row in rows_of(document, **{"from": "2025-12", "to": "2025-12"})]

    assert {"2025-12"} == {time[:7] for time in times}
    assert 400 == get(document, **{"from": "2025-13"}).status_code


def test_a_time_that_does_not_fit_a_narrow_number_is_not_sent() -> None:
    narrow = listing({"viewTime": {**INTEGER, "format": "int32"}})

    assert all(row["viewTime"] < 2**31 for row in rows_of(narrow) if "viewTime" in row)


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


@pytest.mark.parametrize(
    ("description", "days"),
    [
        ("Start. Defaults to seven days before `until`.", 7),
        ("Default: one week ago", 7),
        ("If omitted, two months before the end.", 60),
        ("Defaults to 3 days ago.", 3),
        ("Beginn; Standard: vor 14 Tagen", 14),
        ("Start (inclusive), 30 days before the end if absent", 30),
        ("6 days before `until` when not given", 6),
        ("Defaults to the first day.", 30),
        ("Defaults to the installation.", 36_500),
        ("If not set, all views since the installation are included.", 36_500),
        ("All searches if omitted.", 36_500),
    ],
)
def test_the_default_start_is_described_in_words(description: str, days: int) -> None:
    since = query("since", MOMENT, description=description)
    document = visits({"viewTime": MOMENT}, [since, query("until", MOMENT)], since=MOMENT)

    assert (
        f"{(datetime(2026, 1, 20, 6, tzinfo=UTC) - timedelta(days)).replace(tzinfo=None).isoformat()}.000Z"
        == get(document, until="2026-01-20T06:00:00Z").json()["since"]
    )


def test_hours_without_views_are_listed_if_the_document_says_so() -> None:
    hourly = choice("HOUR", "DAY")
    document = listing(
        {"start": MOMENT, "views": INTEGER}, [query("since", DAY), query("interval", hourly)],
        path="/spaces/{key}/timeline", more={"description": "Intervals without views are included."},
    )  # fmt: skip

    hours = rows_of(document, since="2026-01-30", interval="HOUR")

    assert 36 + 1 == len(hours)
    assert {0} < {hour["views"] for hour in hours}


@pytest.mark.parametrize(
    ("sort", "sent", "is_reversed"),
    [
        (choice("VIEWS", "TITLE"), "VIEWS", True),
        (choice("VIEWS", "TITLE"), "TITLE", False),
        (choice("views", "-views"), "views", False),
        ({**TEXT, "default": "views desc"}, "views", False),
    ],
)
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


def test_the_busiest_day_may_be_an_object() -> None:
    busiest = {**fields(date=DAY, views=INTEGER), "nullable": True, "required": ["date", "views"]}
    document = responding(fields(views=INTEGER, busiestDay=busiest), [query("since", DAY)],
                          path="/spaces/{key}/summary")  # fmt: skip
    days = rows_of(daily())

    most = max(day["views"] for day in days)

    assert get(document).json()["busiestDay"] in [day for day in days if day["views"] == most]
    assert get(document, since="2026-02-01").json()["busiestDay"] is None


def test_a_summary_may_have_the_rates_of_searches() -> None:
    rate = {"type": "number", "maximum": 100}
    figures = fields(views=INTEGER, searchQueries=INTEGER, unsuccessfulSearchQueries=INTEGER,
                     searchSuccessRate=rate)  # fmt: skip

    body = get(responding(figures, path="/spaces/{key}/summary")).json()

    share = 1 - body["unsuccessfulSearchQueries"] / body["searchQueries"]
    assert round(100 * share, 4) == body["searchSuccessRate"]
    assert 0 < share < 1


def test_a_filter_may_be_a_range_of_a_count() -> None:
    between = query("resultCount[between]")
    row = {"query": TEXT, "resultCount": INTEGER}
    document = listing(row, [between], path="/searches")

    counts = [one["resultCount"] for one in rows_of(document, **{"resultCount[between]": "2..9"})]

    assert counts == [
        one["resultCount"] for one in rows_of(document) if 2 <= one["resultCount"] <= 9
    ]
    assert 400 == get(document, **{"resultCount[between]": "x"}).status_code
    assert "works" == findings(document)["resultCount[between]"].outcome


def test_the_description_of_the_api_may_have_the_defaults_of_parameters() -> None:
    document = visits({"viewTime": MOMENT}, [query("since", MOMENT), query("until", MOMENT)],
                      since=MOMENT, until=MOMENT)  # fmt: skip
    document.content["info"]["description"] = (
        "If `since` is missing, you get the last 7 days before `until`; "
        "if `until` is missing, it is the current time."
    )

    body = get(document).json()

    assert ("2026-01-24T12:00:00.000Z", "2026-01-31T12:00:00.000Z") == (
        body["since"],
        body["until"],
    )


# Pages


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


def test_a_header_may_be_a_json_object() -> None:
    pagination = fields(total=INTEGER, first_page=INTEGER, page=INTEGER, next_page=INTEGER)
    document = responding(
        listed(fields(**ROW)), [query("page", {**INTEGER, "minimum": 1}), query("size", INTEGER)]
    )
    responses = operation_of(document)["responses"]
    responses["200"]["headers"] = {"X-Pagination": {"schema": pagination}}

    response = get(document, page=2, size=7)

    found = json.loads(response.headers["X-Pagination"])
    assert (1, 2, 3) == (found["first_page"], found["page"], found["next_page"])
    assert "works" == findings(document)["X-Pagination/total"].outcome


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
