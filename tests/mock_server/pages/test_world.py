"""The lists of spaces, contents and accounts: search, pages and escaping."""

import html
import re
from collections.abc import Callable

import httpx
import pytest

from mock_server import MockServer

WORLD = "/__pages/world"


def ids(page: str) -> list[str]:
    return [
        html.unescape(one) for one in re.findall(r'<th scope="row">.*?<code>(.*?)</code>', page)
    ]


def test_contents_are_listed_in_pages(client: httpx.Client, mock: MockServer) -> None:
    pages = [client.get(WORLD, params={"page": number}).text for number in (1, 2, 3)]
    listed = [one for page in pages for one in ids(page)]
    assert list(map(str, mock.sites["us"].contents.at(mock.clock.now()))) == listed
    assert "Next page" in pages[0]
    assert "Next page" not in pages[1]
    assert [] == ids(pages[2])


@pytest.mark.parametrize(("kind", "search", "found"), [
    ("spaces", "fin", ["FIN"]), ("spaces", "no such space", []),
    ("contents", "finance HOME", ["34890211131"]),
    ("accounts", "Sue Brooks", ["712020:b95e741e-d2ed-4e4c-b1e6-257abef5d560"]),
])  # fmt: skip
def test_the_search_ignores_case(
    kind: str, search: str, found: list[str], client: httpx.Client
) -> None:
    assert found == ids(client.get(WORLD, params={"kind": kind, "q": search}).text)


def test_ids_have_a_copy_button(client: httpx.Client) -> None:
    assert 'data-copy="FIN" aria-label="Copy FIN"' in client.get(f"{WORLD}?kind=spaces").text


def test_trashed_contents_are_marked(client: httpx.Client, mock: MockServer) -> None:
    mock.sites["us"].contents.trash(34890211131)
    assert "in the trash" in client.get(WORLD, params={"q": "34890211131"}).text


def test_titles_are_escaped(make_client: Callable[..., httpx.Client]) -> None:
    client = make_client(world="edge-cases")
    pages = [
        client.get(path).text
        for path in (f"{WORLD}?q=<b>", "/__pages/report?from=2025-03-01&to=2026-01-31")
    ]
    assert all("<b>" not in page and 'quoted"' not in page for page in pages)
    assert "<bdi>&lt;b&gt;&#34;quoted&#34; &amp; escaped&lt;/b&gt;" in pages[0]


@pytest.mark.parametrize("query", ["kind=people", "page=0", "page=x", "page=99999", "page=%D9%A1"])
def test_invalid_query_parameters_are_refused(query: str, client: httpx.Client) -> None:
    response = client.get(f"{WORLD}?{query}")
    assert 400 == response.status_code
    assert query.partition("=")[0] + ":" in response.text
