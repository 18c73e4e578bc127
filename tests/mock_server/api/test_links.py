"""Links to other pages, in bodies and in headers."""

import json
from typing import Any

import httpx
import pytest

from tests.made_documents import (
    BOOLEAN,
    INTEGER,
    ROW,
    TEXT,
    TIMED,
    content_of,
    fields,
    findings,
    get,
    listed,
    operation_of,
    query,
    responding,
    served,
    visits,
)

pytestmark = pytest.mark.usefixtures("small_site")


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


BY_OFFSET = [query("offset", INTEGER), query("limit", {**INTEGER, "default": 3})]


def test_links_lead_to_the_first_and_the_last_page() -> None:
    links = fields(first=TEXT, next=TEXT, last=TEXT)
    body = get(visits(TIMED, BY_OFFSET, links=links, total=INTEGER), offset=6).json()
    assert body["links"]["first"].endswith("?offset=0")
    assert body["links"]["last"].endswith(f"?offset={(body['total'] - 1) // 3 * 3}")


def test_a_list_of_links_has_those_that_there_are() -> None:
    links = listed({**fields(rel=TEXT, href=TEXT), "required": ["rel", "href"]})
    document = visits(TIMED, BY_OFFSET, links=links)
    found = {link["rel"]: link["href"] for link in get(document, offset=3).json()["links"]}
    assert {"self", "next", "prev", "first", "last"} == found.keys()
    assert found["next"].endswith("?offset=6")
    assert "works" == findings(document)["/links/*/href"].outcome


HREF = fields(href=TEXT, hreflang=TEXT, templated={"type": "boolean"})


@pytest.mark.parametrize("link", [TEXT, HREF], ids=["URLs", "objects"])
def test_links_by_relation_lead_to_the_pages_that_there_are(link: dict[str, Any]) -> None:
    links = {"type": "object", "additionalProperties": link}
    document = visits(TIMED, BY_OFFSET, _links=links)
    first, last = (get(document, offset=offset).json()["_links"] for offset in (0, 10_000))
    assert {"self", "first", "next", "last"} == first.keys()
    assert {"self", "first", "prev", "last"} == last.keys()
    url = "http://us.localhost/spaces/SUP/visits?offset=3"
    assert (url if link is TEXT else {"href": url}) == first["next"]
    found, end = findings(document), "" if link is TEXT else "/href"
    assert {"works"} == {found[f"/_links/{name}{end}"].outcome for name in first}


def test_links_beside_their_base_are_relative_to_it() -> None:
    links = fields(base=TEXT, self=TEXT, next=TEXT)
    paged = [query("start", INTEGER), query("limit", {"type": "integer", "default": 3})]
    document = visits(TIMED, paged, _links=links)
    sent, found = get(document).json()["_links"], findings(document)
    assert "http://us.localhost" == sent["base"]
    assert "/spaces/SUP/visits?start=3" == sent["next"]
    assert {"works"} == {found[f"/_links/{name}"].outcome for name in links["properties"]}


def pages_linked(response: httpx.Response) -> dict[str, int]:
    """Return the page number of each link in the header."""
    return {name: int(httpx.URL(link["url"]).params["page"])
            for name, link in response.links.items()}  # fmt: skip


def test_the_header_has_links_to_all_other_pages() -> None:
    success = {**content_of(listed(fields(**TIMED))), "headers": {"Link": {"schema": TEXT}}}
    paged = [query("page", {"type": "integer", "minimum": 1}),
             query("size", {"type": "integer", "default": 3})]  # fmt: skip
    document = served({"200": success}, paged)
    first = pages_linked(get(document))
    last = pages_linked(get(document, page=first["last"]))
    assert {"first": 1, "next": 2, "last": first["last"]} == first
    assert {"first": 1, "prev": first["last"] - 1, "last": first["last"]} == last
    assert "works" == findings(document)["Link"].outcome


def test_the_header_has_no_other_links_than_those_that_are_described() -> None:
    header = {
        "schema": TEXT,
        "description": 'The next page, with `rel="next"`; absent on the last.',
    }
    success = {**content_of(listed(fields(**TIMED))), "headers": {"Link": header}}
    document = served({"200": success}, BY_OFFSET)

    assert {"next"} == get(document).links.keys()
    assert "Link" not in get(document, offset=10_000).headers


@pytest.mark.parametrize(("described", "begin"), [
    ({"example": "/api/visits?offset=3"}, "/spaces/"),
    ({"description": "The relative URL of the next page"}, "/spaces/"),
    ({}, "http://us.localhost/spaces/"),
])  # fmt: skip
def test_a_link_is_relative_if_the_document_says_so(described: dict[str, str], begin: str) -> None:
    document = visits(TIMED, BY_OFFSET, next={**TEXT, **described})
    assert get(document).json()["next"].startswith(begin)
    assert "works" == findings(document)["/next"].outcome


@pytest.mark.parametrize(("page", "labels"), [
    (1, "1 2 3 4 5 6 7 8 9 10 ... 19 20"), (10, "1 2 ... 7 8 9 10 11 12 13 ... 19 20"),
    (20, "1 2 ... 11 12 13 14 15 16 17 18 19 20"),
])  # fmt: skip
def test_a_list_may_link_to_pages_by_their_numbers(page: int, labels: str) -> None:
    link = fields(url={**TEXT, "nullable": True}, label=TEXT, active=BOOLEAN)
    paged = [query("page", {**INTEGER, "minimum": 1}), query("per_page", INTEGER)]
    document = visits(TIMED, paged, links=listed(link), last_page=INTEGER, total=INTEGER)
    size = -(-get(document).json()["total"] // 20)

    body = get(document, page=page, per_page=size).json()
    previous, *numbered, following = body["links"]

    assert (20, labels) == (body["last_page"], " ".join(one["label"] for one in numbered))
    assert [str(page)] == [one["label"] for one in numbered if one["active"]]
    shown = {one["label"]: one["url"] for one in numbered}
    assert shown["19"] == f"http://us.localhost/spaces/SUP/visits?per_page={size}&page=19"
    assert shown.get("...") is None
    assert ("&laquo; Previous", page == 1) == (previous["label"], previous["url"] is None)
    assert ("Next &raquo;", page == 20) == (following["label"], following["url"] is None)
    few = get(document, per_page=size * 2).json()["links"]
    assert [str(number) for number in range(1, 11)] == [one["label"] for one in few[1:-1]]
