"""Documents with few types, whose descriptions say the rest."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.made_documents import (
    BOOLEAN,
    INTEGER,
    KEY,
    MOMENT,
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
    response = get(listing(SEEN, PLAIN), **sent)

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
    document = listing(SEEN, [since, until])
    first = (NOW - timedelta(hours=hours)).isoformat()

    assert rows_of(document) == rows_of(document, **{"from": first})


def test_days_before_an_exclusive_end_are_counted_from_tomorrow() -> None:
    day = {"type": "string", "format": "date"}
    since = query("ab", day, description="Erster Tag. Standard: 3 Tage vor `bis`.")
    until = query("bis", day, description="Ende (ausschließlich). Standard: morgen.")
    document = listing(SEEN, [since, until])

    assert rows_of(document) == rows_of(document, ab="2026-01-29")


@pytest.mark.parametrize(("period", "ends_now", "first"), [
    ("24h", False, "2026-01-30T12"), ("7d", True, "2026-01-24T12"), ("7d", False, "2026-01-25T00"),
])  # fmt: skip
def test_a_named_range_of_hours_or_one_that_is_said_to_ends_now(
    period: str, ends_now: bool, first: str
) -> None:
    values = choice("24h", "7d", default="24h", description="Ends now" if ends_now else "")
    body = fields(period=TEXT, to=MOMENT, **{"from": MOMENT}, results=listed(fields(**SEEN)))
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
    page = content_of(fields(results=listed(fields(**SEEN))))
    document = served({"200": page, "400": error}, [KEY, query("limit", INTEGER)])
    response = get(document, limit="x").json()
    [found] = (response["error"] if is_nested else response)["issues"]

    assert found.items() >= expected.items()


def test_the_value_that_was_sent_is_not_made_up() -> None:
    error = content_of(fields(errors=listed(fields(location=TEXT, message=TEXT, value={}))))
    page = content_of(fields(results=listed(fields(**SEEN))))
    document = served({"200": page, "400": error}, [KEY, query("limit", INTEGER)])

    [found] = get(document, limit="x").json()["errors"]

    assert {"location", "message"} == found.keys()


def test_an_error_may_be_a_list_of_texts_by_the_wrong_parameter() -> None:
    example = {"from": ["Enter a valid date."]}
    error = content_of({"type": "object", "additionalProperties": listed(TEXT), "example": example})
    page = content_of(fields(results=listed(fields(**SEEN))))
    document = served({"200": page, "400": error}, [KEY, query("limit", INTEGER)])

    assert [*get(document, limit="x").json()] == ["limit"]


@pytest.mark.parametrize(("description", "name"), [
    ("Must not be before `from`", "to"), ("Darf nicht vor `from` liegen", "to"),
    ("400 if `from` is after `to`.", "from"),
])  # fmt: skip
def test_the_end_may_say_that_it_must_not_be_before_the_start(description: str, name: str) -> None:
    end = query("to", MOMENT, description=description)
    document = listing(SEEN, [query("from", MOMENT), end])
    sent = {"from": "2026-01-20T00:00:00Z", "to": "2026-01-10T00:00:00Z"}
    refused = get(document, **sent)

    assert refused.status_code == 400
    assert refused.json()["detail"].startswith(f"query parameter {name!r}")


@pytest.mark.parametrize(("description", "first"), [
    ("Defaults to the first day of the current week.", 26),
    ("Defaults to the start of the month", 1), ("Standard: erster Tag des laufenden Jahres", 1),
])  # fmt: skip
def test_a_range_may_start_with_the_current_interval(description: str, first: int) -> None:
    day = {"type": "string", "format": "date"}
    document = listing(SEEN, [query("from", day, description=description), query("to", day)])

    assert rows_of(document) == rows_of(document, **{"from": f"2026-01-{first:02}"})
    assert rows_of(document, to="2026-01-28") == rows_of(
        document, **{"from": f"2026-01-{first:02}", "to": "2026-01-28"}
    )
