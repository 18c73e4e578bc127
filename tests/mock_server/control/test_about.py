"""What the control API reports about the mock, itself and problems."""

import html
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import settings as hypothesis_settings

import mock_server
from mock_server import MockServer, Residency
from mock_server.control.app import control_document
from mock_server.errors import ApiError
from tests.commands import run_process
from tests.mocks import MakeMock
from tests.needing import program

DEFECTS = {
    "internal", "broken-promise", "not-implemented-here", "storage-busy", "storage-damaged",
    "storage-full",
}  # fmt: skip
"""Problem types that no request can cause with the bundled document."""


def kinds(kind: type[ApiError] = ApiError) -> Iterator[type[ApiError]]:
    if kind.__module__.startswith("mock_server."):
        yield kind
    for one in kind.__subclasses__():
        yield from kinds(one)


def lines_of(page: str) -> dict[str, str]:
    """Return the command under each heading, by the fragment of the problem type."""
    _, *parts = re.split(r'<h2 id="([\w-]+)">', page)
    lines = (re.search(r"<pre>(.*?)</pre>", part, re.DOTALL) for part in parts[1::2])
    found = zip(parts[::2], lines, strict=True)
    return {slug: html.unescape(line[1]) for slug, line in found if line is not None}


def test_health_is_ok(admin: httpx.Client) -> None:
    assert {"status": "ok"} == admin.get("/health").json()


def test_version_names_the_mock_and_its_document(mock: MockServer, admin: httpx.Client) -> None:
    expected = {"version": mock_server.__version__, "document": mock.document.title}
    assert expected == admin.get("/version").json()


def test_settings_have_the_names_of_a_configuration_file(make_mock: MakeMock) -> None:
    settings = httpx.get(f"{make_mock(seed=7).url}/__admin/settings").json()
    expected = {"seed": 7, "de-port": 0, "world": "tiny", "freeze": False}
    assert expected.items() <= settings.items()


def test_swagger_ui_offers_the_control_api_with_a_content_of_this_site(mock: MockServer) -> None:
    found = httpx.get(f"{mock.de_url}/ui/__admin/openapi.json").json()
    content = found["components"]["parameters"]["ContentId"]["example"]
    assert "__admin/openapi.json" in httpx.get(f"{mock.de_url}/ui/start.js").text
    assert httpx.get(f"{mock.de_url}/__admin/contents/{content}").status_code == 200


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_document_is_served_as_json_and_yaml(form: str, admin: httpx.Client) -> None:
    response = admin.get(f"/openapi.{form}")
    assert response.status_code == 200
    assert control_document().title in response.text


def test_the_problems_page_lists_every_problem_type(admin: httpx.Client) -> None:
    page = admin.get("/problems").text
    slugs = re.findall(r'<h2 id="([\w-]+)"', page)
    assert sorted(kind.slug() for kind in kinds()) == sorted(slugs)
    assert len(set(slugs)) == len(slugs)
    assert set(slugs) - set(lines_of(page)) == DEFECTS


def test_problem_types_keep_their_names(admin: httpx.Client) -> None:
    assert {
        *("broken-promise", "conflict", "forbidden", "gone", "internal", "invalid-request"),
        *("method-not-allowed", "not-acceptable", "not-found", "not-implemented-here"),
        *("unauthorized", "unsupported-media-type", "uri-too-long"),
    } <= {kind.slug() for kind in kinds()}


@pytest.mark.needs_programs
@pytest.mark.parametrize("port", ["us", "de"])
def test_each_command_on_the_problems_page_causes_its_problem(port: str, mock: MockServer) -> None:
    program("curl")
    lines = lines_of(httpx.get(f"{mock.url_of(Residency(port))}/__admin/problems").text)
    texts = {
        slug: run_process("bash", "-c", line.replace("curl ", "curl -sS ")).out
        for slug, line in lines.items()
    }
    found = {slug: re.findall(r'"type":"([^"]*)"', text) for slug, text in texts.items()}
    assert len(lines) > 9
    assert {slug: [f"/__admin/problems#{slug}"] for slug in lines} == found


def test_the_problems_page_escapes_the_host_header(mock: MockServer) -> None:
    hostile = "localhost:1'\"<script>alert(1)</script>"
    page = httpx.get(f"{mock.url}/__admin/problems", headers={"Host": hostile}).text
    assert "<script>" not in page


CONFIG = {
    "seed": 20_260_131,
    "cache": {"enabled": False},
    "generation": {"database": "none", "max-examples": 4},
}
PLAIN = schemathesis.openapi.from_dict(
    control_document().content, config=schemathesis.Config.from_dict(CONFIG)
)


@PLAIN.parametrize()
@hypothesis_settings(deadline=None, database=None)
def test_plain_schemathesis_finds_nothing(case: Any, running: MockServer) -> None:
    case.call_and_validate(base_url=f"{running.url}/__admin")
