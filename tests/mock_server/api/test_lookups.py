"""Operations that return contents, spaces or accounts, in documents about their views."""

from typing import Any

import pytest

from mock_server.binding.infer import bind
from mock_server.cli.probe import Probe
from mock_server.clock import to_rfc3339
from mock_server.data.site import Site
from mock_server.openapi.document import Document
from tests.made_documents import (
    BOOLEAN,
    DAY,
    INTEGER,
    MOMENT,
    TEXT,
    choice,
    content_of,
    fields,
    in_path,
    listed,
    query,
    responding,
    send,
)

pytestmark = pytest.mark.usefixtures("small_site")

VIEW = fields(viewedAt=MOMENT, contentId=TEXT, contentTitle=TEXT, spaceKey=TEXT, accountId=TEXT)
MISSING = content_of(fields(message=TEXT))


def beside_views(
    path: str, body: dict[str, Any], *parameters: Any, has_views: bool = True
) -> Document:
    """Make a document with an operation at a path, and one that lists the views of a space."""

    def operation(path: str, body: dict[str, Any]) -> dict[str, Any]:
        named = path.partition("{")[2].partition("}")[0]
        placed = [*([in_path(named)] if named else []), *parameters]
        responses = {"200": content_of(body), "404": MISSING}
        return {path: {"get": {"parameters": placed, "responses": responses}}}

    views = operation("/spaces/{spaceKey}/views", fields(views=listed(VIEW))) if has_views else {}
    content = {"openapi": "3.0.1", "info": {"title": "Views", "version": "1"}}
    return Document({**content, "paths": {**operation(path, body), **views}}, origin="made")


def views_beside(path: str, body: dict[str, Any], views: dict[str, Any]) -> Any:
    """Return the views of a space, with this body, in a document with another operation."""
    content = beside_views(path, body).content
    content["paths"]["/spaces/{spaceKey}/views"]["get"]["responses"] = {"200": content_of(views)}
    document = Document(content, origin="made")
    probe = Probe(document, bind(document))
    return probe.get(document.operations[1], {"spaceKey": "SUP"}, authorized=True)[0].json()


def site_of(document: Document) -> Site:
    return Probe(document, bind(document)).site


def get(document: Document, **sent: str) -> Any:
    probe = Probe(document, bind(document))
    first = document.operations[0]
    return probe.get(first, sent, authorized=True)[0]


def a_view() -> dict[str, Any]:
    document = beside_views("/contents/{contentId}", fields(id=TEXT))
    probe = Probe(document, bind(document))
    views = probe.get(document.operations[1], {"spaceKey": "SUP"}, authorized=True)[0].json()
    found: dict[str, Any] = next(
        view for view in views["views"] if ":" in view.get("accountId", "")
    )
    return found


PARENT = {**fields(id=TEXT, title=TEXT), "nullable": True}
CONTENT = fields(id=TEXT, title=TEXT, spaceKey=TEXT, createdAt=MOMENT, parent=PARENT)
ACCOUNT = fields(accountId=TEXT, displayName=TEXT, name=TEXT)


def test_a_lookup_returns_the_content_or_the_account_of_the_views() -> None:
    view = a_view()
    content = get(
        beside_views("/contents/{contentId}", CONTENT), contentId=view["contentId"]
    ).json()
    account = get(
        beside_views("/accounts/{accountId}", ACCOUNT), accountId=view["accountId"]
    ).json()
    about = fields(key=TEXT, name=TEXT, isPersonal=BOOLEAN)
    space = get(beside_views("/spaces/{spaceKey}", about), spaceKey="SUP").json()

    assert (content["id"], content["title"]) == (view["contentId"], view["contentTitle"])
    assert content["createdAt"] < view["viewedAt"]
    assert account["name"] == account["displayName"]
    if (parent := content["parent"]) is not None:
        above = get(beside_views("/contents/{contentId}", CONTENT), contentId=parent["id"]).json()
        assert above["title"] == parent["title"]
    assert account["accountId"] == view["accountId"]
    assert " " in account["displayName"]
    assert space == {"key": "SUP", "name": "Customer Care", "isPersonal": False}


@pytest.mark.parametrize(("path", "body", "sent"), [
    ("/contents/{contentId}", CONTENT, "1"), ("/contents/{contentId}", CONTENT, "0" * 5_000), ("/accounts/{accountId}", ACCOUNT, "nobody"),
    ("/spaces/{spaceKey}", fields(key=TEXT), "NOPE"),
])  # fmt: skip
def test_a_lookup_of_what_does_not_exist_is_a_404(path: str, body: Any, sent: str) -> None:
    document = beside_views(path, body)
    name = path.partition("{")[2].rstrip("}")

    assert get(document, **{name: sent}).status_code == 404


def test_a_document_without_views_has_generated_contents() -> None:
    document = beside_views("/contents/{contentId}", CONTENT, has_views=False)

    assert get(document, contentId="1").status_code == 200


@pytest.mark.parametrize(
    "body", [fields(contentId=TEXT, labels=listed(fields(name=TEXT))), fields(n=INTEGER)]
)
def test_an_object_without_the_id_is_no_lookup(body: dict[str, Any]) -> None:
    assert get(beside_views("/contents/{contentId}", body), contentId="1").status_code == 200


LINK = fields(href=TEXT)


def test_links_lead_to_the_lookups_and_the_views_of_what_they_are_about() -> None:
    links = fields(self=LINK, views=LINK, author=LINK)
    space = fields(key=TEXT, name=TEXT, _links=links)
    document = beside_views("/spaces/{spaceKey}", space)
    found = get(document, spaceKey="SUP").json()["_links"]
    probe = Probe(document, bind(document))

    assert found["views"]["href"] == "/spaces/SUP/views"
    for name in ("self", "views"):
        assert probe.follow(found[name]["href"], {})[0].status_code == 200
    assert not found["author"]["href"].startswith("/")


def test_rows_link_to_their_space_but_not_to_themselves() -> None:
    row = fields(viewedAt=MOMENT, spaceKey=TEXT, links=fields(space=TEXT, self=TEXT))
    body = fields(spaceKey=TEXT, views=listed(row), _links=fields(self=LINK))
    found = views_beside("/spaces/{spaceKey}", fields(key=TEXT), body)

    assert {view["links"]["space"] for view in found["views"]} == {"/spaces/SUP"}
    assert found["_links"]["self"]["href"] == "http://us.localhost/spaces/SUP/views"
    assert not any(view["links"]["self"].startswith("/") for view in found["views"])


def test_nobody_has_no_link() -> None:
    row = fields(viewedAt=MOMENT, accountId=TEXT, anonymous=BOOLEAN, links=fields(user=TEXT))
    found = views_beside("/users/{accountId}", ACCOUNT, fields(views=listed(row)))
    links = {view["anonymous"]: view["links"].get("user") for view in found["views"]}

    assert links[True] is None
    assert str(links[False]).startswith("/users/")


@pytest.mark.parametrize("link", [{**TEXT, "format": "uri"}, {**TEXT, "format": "uuid"}])
def test_a_link_of_another_format_is_generated(link: dict[str, Any]) -> None:
    space = fields(key=TEXT, _links=fields(views=fields(href=link)))
    found = get(beside_views("/spaces/{spaceKey}", space), spaceKey="SUP")

    assert found.status_code == 200
    assert "/spaces" not in found.json()["_links"]["views"]["href"]


SPACES = fields(spaces=listed(fields(key=TEXT, name=TEXT, type=TEXT)), total=INTEGER)


def test_a_lookup_with_its_own_address_has_other_properties_too() -> None:
    content = fields(id=TEXT, spaceName=TEXT, url=TEXT)
    document = beside_views("/contents/{contentId}", fields(data=fields(attributes=content)))
    number = str(site_of(document).example_content().id)

    assert {"id", "spaceName", "url"} == get(document, contentId=number).json()["data"][
        "attributes"
    ].keys()


def test_a_german_content_has_the_time_of_its_creation() -> None:
    body = fields(id=TEXT, titel=TEXT, erstelltAm=MOMENT)
    document = beside_views("/inhalte/{inhaltId}", body)
    content = site_of(document).example_content()

    found = get(document, inhaltId=str(content.id)).json()

    assert found["erstelltAm"] == to_rfc3339(content.created)


def test_a_german_space_is_looked_up_by_its_key() -> None:
    body = fields(data=fields(schluessel=TEXT, name=TEXT, persoenlich=BOOLEAN))
    document = beside_views("/bereiche/{bereichSchluessel}", body)

    assert get(document, bereichSchluessel="SUP").json()["data"] == {
        "schluessel": "SUP", "name": "Customer Care", "persoenlich": False
    }  # fmt: skip
    assert get(document, bereichSchluessel="NOPE").status_code == 404


def test_a_list_of_spaces_has_all_of_them_by_key() -> None:
    found = get(beside_views("/spaces", SPACES)).json()
    keys = [space["key"] for space in found["spaces"]]

    assert keys == sorted(keys)
    assert {"key": "SUP", "name": "Customer Care", "type": "global"} in found["spaces"]
    assert found["total"] == len(keys) > 1


def test_a_list_of_spaces_can_be_filtered_by_their_kind() -> None:
    kind = {"name": "type", "in": "query", "schema": choice("global", "personal")}
    document = beside_views("/spaces", SPACES, kind)
    every = get(document).json()["spaces"]

    for name in ("global", "personal"):
        found = get(document, type=name).json()["spaces"]
        assert found == [space for space in every if space["type"] == name] != []


@pytest.mark.parametrize(("order", "is_reversed"), [(None, False), ("ASC", False), ("DESC", True)])
def test_a_list_by_name_is_sorted_by_name(order: str | None, *, is_reversed: bool) -> None:
    direction = {"name": "order", "in": "query", "schema": choice("ASC", "DESC")}
    document = beside_views("/users", fields(users=listed(ACCOUNT)), direction)
    document.content["paths"]["/users"]["get"]["summary"] = "Lists the users by display name"
    document = Document(document.content, origin="made")
    found = get(document, **({"order": order} if order else {})).json()["users"]
    names = [one["displayName"] for one in found]

    assert names == sorted(names, reverse=is_reversed)
    assert len(names) > 10


def test_an_id_that_is_described_as_the_key_is_the_key() -> None:
    row = fields(
        id={**TEXT, "description": "The space key"}, attributes=fields(key=TEXT, name=TEXT)
    )
    found = get(beside_views("/spaces", fields(data=listed(row)))).json()["data"]

    assert all(space["id"] == space["attributes"]["key"] for space in found)


def test_a_list_of_accounts_has_none_that_are_anonymous_or_protected() -> None:
    site = site_of(beside_views("/users", SPACES))
    named = {account.id for account in site.world.accounts if not account.is_protected}
    found = get(beside_views("/users", fields(users=listed(ACCOUNT)))).json()["users"]

    assert [one["accountId"] for one in found] == sorted(named)


def test_a_list_of_contents_has_those_without_views_and_can_be_filtered() -> None:
    page = {"name": "type", "in": "query", "schema": choice("page", "blogpost", "attachment")}
    row = fields(id=TEXT, title=TEXT, type=TEXT)
    document = beside_views("/spaces/{spaceKey}/contents", fields(contents=listed(row)), page)
    site = site_of(document)
    now = site.clock.now()
    there = [
        one for one in site.contents.at(now).values() if one.space_key == "SUP" and one.end > now
    ]
    found = get(document, spaceKey="SUP").json()["contents"]
    posts = get(document, spaceKey="SUP", type="blogpost").json()["contents"]

    assert [int(one["id"]) for one in found] == sorted(one.id for one in there)
    assert posts == [one for one in found if one["type"] == "blogpost"]
    assert 0 < len(posts) < len(found)


def test_a_list_of_contents_can_be_filtered_by_title() -> None:
    title = {"name": "title", "in": "query", "schema": TEXT}
    document = beside_views(
        "/contents", fields(contents=listed(fields(id=TEXT, title=TEXT))), title
    )
    every = get(document).json()["contents"]
    part = every[0]["title"][1:6]

    found = get(document, title=part).json()["contents"]

    assert found == [one for one in every if part.lower() in one["title"].lower()] != every


def test_totals_include_contents_without_views_where_a_description_says_so() -> None:
    row = fields(contentId=TEXT, views=INTEGER)
    about = "Views per content. Contents without views are included with 0."
    document = responding(
        fields(contents=listed(row)), [query("from", DAY)], path="/spaces/{key}/contents",
        more={"description": about, "summary": "Views per content"},
    )  # fmt: skip
    response = send(document, "/spaces/SUP/contents?from=2026-01-31")
    views = [one["views"] for one in response.json()["contents"]]

    assert views == sorted(views, reverse=True)
    assert 0 in views


def test_a_protected_account_is_not_found() -> None:
    document = beside_views("/accounts/{accountId}", ACCOUNT)
    accounts = site_of(document).world.accounts
    protected = next(account.id for account in accounts if account.is_protected)

    assert 404 == get(document, accountId=protected).status_code
