"""The document as the mock shows it: to tools as it is, to people with examples that exist."""

import asyncio
from typing import Any

import httpx
import pytest
import yaml

from mock_server import DEFAULT_DOCUMENT, MockServer, Residency, read_document
from tests.made_documents import ID, rows_of, send, visits
from tests.mocks import bearer

ORIGINAL = read_document(DEFAULT_DOCUMENT).content
VISITS = ("/api/v2/report/contents/{contentId}/visits", "/api/v2/report/spaces/{spaceKey}/visits")


def without_servers(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "servers"}


def test_tools_are_shown_the_document_with_this_mock_as_its_only_server(mock: MockServer) -> None:
    shown = httpx.get(f"{mock.url}/openapi.json").json()
    assert without_servers(ORIGINAL) == without_servers(shown)
    assert [mock.url] == [server["url"] for server in shown["servers"]]


def test_json_and_yaml_say_the_same(mock: MockServer) -> None:
    as_json = httpx.get(f"{mock.url}/openapi.json").json()
    assert as_json == yaml.safe_load(httpx.get(f"{mock.url}/openapi.yaml").text)


def test_writing_yaml_blocks_nobody(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    written, write = [], yaml.safe_dump

    def note(*content: Any, **options: Any) -> Any:
        with pytest.raises(RuntimeError):  # no event loop runs in this thread
            asyncio.get_running_loop()
        written.append(write(*content, **options))
        return written[-1]

    monkeypatch.setattr(yaml, "safe_dump", note)
    assert 200 == httpx.get(f"{mock.url}/openapi.yaml").status_code
    assert written


@pytest.mark.parametrize("residency", list(Residency))
def test_the_page_offers_existing_examples(residency: Residency, mock: MockServer) -> None:
    url = mock.url_of(residency)
    parameters = httpx.get(f"{url}/ui/openapi.json").json()["components"]["parameters"]
    offered = {one["name"]: one["example"] for one in parameters.values() if one["in"] == "path"}
    for path in VISITS:
        headers = bearer(f"demo-token-{residency}")
        response = httpx.get(url + path.format(**offered), headers=headers)
        assert response.status_code == 200
        assert response.json()["totalSize"] > 0


@pytest.mark.parametrize(
    "alias", ["/ui", "/swagger-ui", "/swagger-ui.html", "/swagger-ui/index.html"]
)
def test_other_addresses_of_swagger_ui_lead_to_the_page(mock: MockServer, alias: str) -> None:
    response = httpx.get(mock.url + alias, follow_redirects=True)
    assert (200, f"{mock.url}/ui/") == (response.status_code, str(response.url))


@pytest.mark.parametrize("info", [None, {}])
def test_a_document_without_a_title_is_served(info: Any) -> None:
    document = visits(ID)
    document.content["info"] = info
    assert 200 == send(document, "/openapi.json").status_code
    assert rows_of(document)
