"""Who viewed: known, anonymous and protected users."""

from typing import Any

import pytest

from mock_server.openapi.document import Document
from tests.made_documents import (
    BOOLEAN,
    ID,
    INTEGER,
    MOMENT,
    NULLABLE,
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
    responding,
    rows_of,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


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


@pytest.mark.parametrize(("summary", "row", "anonymous"), [
    ("The most active users", USERS, True),
    ("The known users with the most views", USERS, False),
    ("Known users, and all anonymous ones as one", USERS, True),
    ("The most active users", USERS | {"userId": {**TEXT, "nullable": True}}, True),
])  # fmt: skip
def test_a_list_of_known_users_leaves_out_anonymous_ones(
    summary: str, row: dict[str, Any], anonymous: bool
) -> None:
    document = visits(row)
    operation_of(document)["summary"] = summary
    assert anonymous is ("Anonymous" in {one["displayName"] for one in rows_of(document)})


@pytest.mark.parametrize("account", [
    {**TEXT, "description": "Null for anonymous users", "nullable": True},
    {**fields(id=TEXT), "required": ["id"], "nullable": True},
])  # fmt: skip
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


def test_logged_in_viewers_are_counted_without_the_anonymous_one() -> None:
    figures = fields(viewers=INTEGER, loggedInViewers=INTEGER, viewedContentCount=INTEGER)
    rows = rows_of(visits({"accountId": NULLABLE, "contentId": INTEGER}))
    body = get(responding(figures, path="/spaces/{key}/views/summary")).json()
    known = len({row["accountId"] for row in rows} - {None, "Anonymous"})
    contents = len({row["contentId"] for row in rows})
    assert {"viewers": known + 1, "loggedInViewers": known, "viewedContentCount": contents} == body


@pytest.mark.parametrize("described", [
    "One item for each authenticated user.", "Nur angemeldete Benutzer.",
])  # fmt: skip
def test_an_operation_for_known_viewers_has_no_others(described: str) -> None:
    users, known = (
        rows_of(listing({"userId": NULLABLE, "viewCount": INTEGER}, path="/spaces/{key}/users",
                        more={"description": text}))
        for text in ("", described)
    )  # fmt: skip
    assert [row for row in users if row["userId"] not in {None, "Anonymous"}] == known
    assert users != known


@pytest.mark.parametrize(("description", "is_of_known"), [
    ("Number of different users. Anonymous users are not counted.", True),
    ("The number of distinct identified users who viewed a content.", True),
    ("Number of distinct known users", True), ("Distinct signed-in users", True),
    ("Number of different users, not counting users who were not logged in", True),
    ("Number of different users, all anonymous ones as one", False), ("Number of viewers", False),
])  # fmt: skip
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


@pytest.mark.parametrize("is_required", [True, False])
def test_a_word_may_stand_for_protected_users(is_required: bool) -> None:
    said = "`anonymous` if nobody is logged in, and `protected` for users who have opted out"
    row = {"reader": {**TEXT, "description": said}, "readerType": TEXT}
    document = visits(row) if is_required else listing(row)
    readers = {one["readerType"]: one["reader"] for one in rows_of(document)}
    assert ("anonymous", "protected") == (readers["anonymous"], readers["protected"])
    assert readers["known"] not in {"anonymous", "protected"}


WHO = {"userId": TEXT, "anonymous": BOOLEAN, "protected": BOOLEAN}
GUESTS = choice("include", "exclude", "only", default="include")


def kinds_of(rows: list[dict[str, Any]]) -> set[str]:
    return {
        "anonymous" if one["anonymous"] else "protected" if one["protected"] else "known"
        for one in rows
    }


@pytest.mark.parametrize(("name", "schema", "value", "kinds"), [
    ("includeAnonymous", BOOLEAN, "false", "known protected"),
    ("includeAnonymous", {**BOOLEAN, "default": False}, None, "known protected"),
    ("with_anonymous_users", BOOLEAN, "true", "anonymous known protected"),
    ("excludeAnonymous", BOOLEAN, "true", "known protected"),
    ("ohneAnonyme", BOOLEAN, "true", "known protected"),
    ("anonymousOnly", BOOLEAN, "true", "anonymous"),
    ("isAnonymous", BOOLEAN, "false", "known protected"),
    ("IncludeProtectedUsers", BOOLEAN, "false", "anonymous known"),
    ("hideProtected", choice("yes", "no"), "yes", "anonymous known"),
    ("user_type", choice("known", "anonymous"), "known", "known protected"),
    ("accountType", choice("user", "guest", "hidden"), "user", "known"),
    ("who", listed(choice("USER", "GUEST")), "GUEST", "anonymous"),
    ("guests", GUESTS, "include", "anonymous known protected"),
    ("guests", GUESTS, "exclude", "known protected"), ("guests", GUESTS, "only", "anonymous"),
])  # fmt: skip
def test_a_filter_selects_kinds_of_account(
    name: str, schema: dict[str, Any], value: str | None, kinds: str
) -> None:
    document = visits(WHO, [query(name, schema)])
    rows = rows_of(document, **({} if value is None else {name: value}))
    assert set(kinds.split()) == kinds_of(rows)
    assert "works" == findings(document)[name].outcome


def test_a_filter_may_be_a_list_of_accounts() -> None:
    document = visits(ID, [query("accountIds", listed(TEXT))])
    known = sorted({one["userId"] for one in rows_of(document)} - {""})
    for wanted in (["Anonymous"], known[:2]):
        rows = rows_of(document, accountIds=wanted)
        assert wanted == sorted({one["userId"] for one in rows})
    assert "works" == findings(document)["accountIds"].outcome


@pytest.mark.parametrize(("account", "status"), [("Anonymous", 200), ("5f00aa", 404)])
def test_the_visits_of_one_account(account: str, status: int) -> None:
    document = listing(TIMED, path="/users/{accountId}/views")
    response = get(document, accountId=account)
    assert status == response.status_code
    assert {account} >= {one["userId"] for one in response.json().get("results", ())}


def test_a_summary_of_one_account() -> None:
    counts = {"views": INTEGER, "pagesViewed": INTEGER, "searches": INTEGER}
    body = fields(userId=TEXT, displayName=TEXT, **counts)
    document = responding(body, path="/users/{userId}/summary")
    every = rows_of(visits({**TIMED, "displayName": TEXT, "contentId": TEXT}))
    row = next(one for one in every if ":" in one["userId"])
    contents = {one["contentId"] for one in every if one["userId"] == row["userId"]}
    summary = get(document, userId=row["userId"]).json()
    assert {key: row[key] for key in ("userId", "displayName")}.items() <= summary.items()
    assert summary["views"] >= summary["pagesViewed"] >= len(contents)
    assert 404 == get(document, userId="5f00aa").status_code
    found = findings(document)
    assert {"works"} == {found[name].outcome for name in ("views", "userId", "/displayName", "404")}


def test_viewers_are_found_by_their_names() -> None:
    row = {"userId": TEXT, "displayName": TEXT, "views": INTEGER}
    names = [one["displayName"] for one in rows_of(visits(row))]
    found = [one["displayName"] for one in rows_of(visits(row, [query("q")]), q="ANON")]
    assert [name for name in names if "anon" in name.lower()] == found != []


def test_an_optional_text_is_empty_if_it_is_described_so() -> None:
    described = {**TEXT, "description": "Empty if the viewer is anonymous or protected"}
    rows = rows_of(listing({"viewedAt": MOMENT, "accountId": described, "isAnonymous": BOOLEAN}))

    assert {""} == {row["accountId"] for row in rows if row["isAnonymous"]}
    assert all("accountId" in row for row in rows)
