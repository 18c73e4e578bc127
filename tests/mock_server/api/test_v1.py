"""The old API, version 1: its reports, its rights, and its end at New Year."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import settings as hypothesis_settings

from mock_server import MockServer, Residency, Settings
from mock_server.api.v1 import END
from mock_server.openapi.load import bundled, read_document
from mock_server.world.domain import Content
from mock_server.world.model import DEMO_API_TOKEN
from tests.made_documents import TEXT, fields, listed, responding, write
from tests.mocks import BEARER, MakeMock

SETTINGS = {"now": "2023-12-01T12:00:00Z", "world": "demo"}
NOVEMBER = {"startDate": "2023-11-01", "endDate": "2023-11-30", "limit": "1000"}
SEARCHES = "/api/report/searches"
SITE = "https://acme-demo.atlassian.net"
DOCUMENTS = Path(__file__).parents[2] / "documents"


@pytest.fixture(scope="module")
def old_mock() -> Iterator[MockServer]:
    """A mock on a day on which version 1 lives; whoever moves its clock makes their own."""
    with MockServer(Settings(port=0, de_port=0, **SETTINGS)) as running:
        yield running


def credentials(who: str = "admin") -> tuple[str, str]:
    return f"{who}@acme-demo.example", DEMO_API_TOKEN


def basic(sent: str | bytes) -> dict[str, str]:
    raw = sent if isinstance(sent, bytes) else sent.encode()
    return {"Authorization": f"Basic {b64encode(raw).decode()}"}


def get(url: str, path: str = SEARCHES, who: str | None = "admin", **query: str) -> httpx.Response:
    auth = None if who is None else credentials(who)
    return httpx.get(url + path, auth=auth, params=query)


def content_of_site(mock: MockServer, *, personal: bool = False) -> Content:
    site = mock.sites[Residency.US]
    if not personal:
        return site.example_content()
    contents = site.world.contents(mock.clock.now()).values()
    return next(one for one in contents if one.space_key.startswith("~"))


def world_file(folder: Path, *callers: str) -> Path:
    path = folder / "own.toml"
    path.write_text(OWN + f"callers = [{', '.join(callers)}]\n", "utf-8")
    return path


OWN = """
name = "own"
installed = 2023-07-01
spaces = [{key = "DOCS", name = "Documentation"}]
contents = [
    {id = 1, title = "Open", space = "DOCS", created = 2023-07-01T00:00:00Z},
    {id = 2, title = "Restricted", space = "DOCS", created = 2023-07-01T00:00:00Z},
]
"""

# Reports


@pytest.mark.parametrize("kind", ["contents", "spaces"])
def test_visits_are_totals_of_version_2(kind: str, old_mock: MockServer) -> None:
    content = content_of_site(old_mock)
    key = content.id if kind == "contents" else content.space_key
    path = f"report/{kind}/{key}/visits"
    old = get(old_mock.url, f"/api/{path}", baseUrl=SITE, **NOVEMBER).json()["results"]
    rows: list[dict[str, Any]] = []
    while len(rows) % 1000 == 0:
        query = {**NOVEMBER, "start": str(len(rows))}
        new = httpx.get(f"{old_mock.url}/api/v2/{path}", headers=BEARER, params=query)
        rows += new.json()["results"]
    views = Counter(row["userId"] for row in rows)
    assert views
    assert views == {row["user"]["username"]: row["views"] for row in old}
    assert sorted(views.values(), reverse=True) == [row["views"] for row in old]
    if kind == "spaces":
        assert {"page", "blogpost", "attachment"} == {row["contentType"] for row in rows}


def test_searches_are_those_of_version_2(old_mock: MockServer) -> None:
    old = get(old_mock.url, **NOVEMBER).json()["results"]
    new = httpx.get(f"{old_mock.url}/api/v2/report/searches", headers=BEARER, params=NOVEMBER)
    assert old
    assert [(row["userId"], row["searchTerm"]) for row in new.json()["results"]] == [
        (row["user"]["username"], row["searchTerm"]) for row in old
    ]


def test_responses_say_why_they_are_as_they_are(old_mock: MockServer) -> None:
    headers = get(old_mock.url, **NOVEMBER).headers
    names = ("Operation", "Source", "Residency")
    assert ["getSearchesV1", "world demo", "us"] == [headers[f"X-Mock-{name}"] for name in names]


# Where it is


@pytest.mark.parametrize("path", [SEARCHES, "/api/report/contents/1/visits"])
@pytest.mark.parametrize("who", ["admin", None])
def test_the_german_host_never_had_it(path: str, who: str | None, old_mock: MockServer) -> None:
    response = get(old_mock.de_url, path, who)
    assert response.status_code == 404
    assert f"US host only. Use {path.replace('/api/', '/api/v2/')} here." in response.text
    assert "Sunset" not in response.headers


@pytest.mark.parametrize("host", ["viewtracker.aws.bitvoodoo.cloud", "us.localhost"])
def test_it_is_found_by_the_name_of_the_us_host(host: str, old_mock: MockServer) -> None:
    response = httpx.get(old_mock.de_url + SEARCHES, headers={"Host": host}, auth=credentials())
    assert response.status_code == 200


@pytest.mark.parametrize(
    "url",
    [SITE, f"{SITE}/", f"{SITE}/wiki", f"{SITE}/wiki/", SITE.upper().replace("HTTPS", "https")],
)
def test_the_space_call_takes_the_sites_url(url: str, old_mock: MockServer) -> None:
    path = f"/api/report/spaces/{content_of_site(old_mock).space_key}/visits"
    assert get(old_mock.url, path, baseUrl=url).status_code == 200


@pytest.mark.parametrize(("query", "status", "said"), [
    ({}, 400, "'baseUrl' is required"),
    ({"baseUrl": "https://other.atlassian.net"}, 404,
     f"The site here is {SITE}, not 'https://other.atlassian.net'"),
])  # fmt: skip
def test_base_url_is_needed(
    query: dict[str, str], status: int, said: str, old_mock: MockServer
) -> None:
    path = f"/api/report/spaces/{content_of_site(old_mock).space_key}/visits"
    response = get(old_mock.url, path, **query)
    assert status == response.status_code
    assert said in response.json()["detail"]


# Rights


@pytest.mark.parametrize(("who", "statuses"), [
    ("admin", [200, 200, 200, 200, 200]), ("member", [200, 403, 200, 403, 403]),
    ("guest", [403, 403, 403, 403, 403]),
])  # fmt: skip
def test_callers_get_what_they_may_see(who: str, statuses: list[int], old_mock: MockServer) -> None:
    contents = [content_of_site(old_mock), content_of_site(old_mock, personal=True)]
    paths = [
        *(f"/api/report/contents/{one.id}/visits" for one in contents),
        *(f"/api/report/spaces/{one.space_key}/visits" for one in contents),
        SEARCHES,
    ]
    responses = [get(old_mock.url, path, who, baseUrl=SITE) for path in paths]

    assert statuses == [response.status_code for response in responses]
    for response in responses:
        assert (response.status_code == 403) == (f"{who}@acme-demo.example" in response.text)


def test_one_content_of_a_space_may_be_hidden(make_mock: MakeMock, tmp_path: Path) -> None:
    caller = f'{{email = "{credentials()[0]}", hidden = [2]}}'
    mock = make_mock(world=str(world_file(tmp_path, caller)))
    paths = ["contents/1", "contents/2", "spaces/DOCS", "contents/3"]
    assert [200, 403, 200, 404] == [
        get(mock.url, f"/api/report/{path}/visits", baseUrl=SITE).status_code for path in paths
    ]


# Credentials


@pytest.mark.parametrize(("lines", "because"), [
    ([], "no Authorization header"), (["Bearer demo-token-us"], "not Basic"),
    (["Basic"], "no colon"), (["Basic !!!"], "not the base64"),
    (["Basic YWJj\xe9"], "not the base64"),
    (["Basic " + b64encode(b"admin@acme-demo.example").decode()], "no colon"),
    (["Basic " + b64encode(b"admin@acme-demo.example:\xff").decode()], "not the base64"),
    (["Basic " + b64encode(b"admin@acme-demo.example:ab").decode().rstrip("=")], "not the"),
    (["Basic " + b64encode(b"admin@acme-demo.example:wrong").decode()], "not belong together"),
    (["Basic " + b64encode(b"nobody@x.example:demo-api-token").decode()], "not belong"),
    (["Basic " + b64encode(b":").decode()], "not belong together"),
    (["Basic a", "Basic b"], "several"),
])  # fmt: skip
def test_wrong_credentials_are_401(lines: list[str], because: str, old_mock: MockServer) -> None:
    sent = [("Authorization", line.encode("latin-1")) for line in lines]
    response = httpx.get(old_mock.url + SEARCHES, headers=sent)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Viewtracker", charset="UTF-8"'
    assert response.headers["Content-Type"] == "application/problem+json"
    assert because in response.json()["detail"]
    assert "wrong" not in response.text


@pytest.mark.parametrize("headers", [
    {"Authorization": basic("admin@acme-demo.example:demo-api-token")["Authorization"].replace(
        "Basic ", "bASIC   ")},
    basic("Admin@ACME-demo.example:demo-api-token"),
])  # fmt: skip
def test_credentials_ignore_case(headers: dict[str, str], old_mock: MockServer) -> None:
    assert httpx.get(old_mock.url + SEARCHES, headers=headers).status_code == 200


@pytest.mark.parametrize(("sent", "status"), [
    ("jos\u00e9@x.example:p\u00e4ss:w\u00f6rd:", 200),
    ("jose\u0301@x.example:pa\u0308ss:wo\u0308rd:", 200),  # the same, accents apart
    ("jos\u00e9@x.example:p\u00e4ss:w\u00f6rd", 401),
    ("jos\u00e9@x.example:p\u00e4ss", 401),
    ("jos\u00e9@x.example:demo-api-token", 401),
    ("jos\u00e9@x.example:p\u00e4ss:w\u00f6rd:".encode("latin-1"), 401),
])  # fmt: skip
def test_api_tokens_take_colons_and_any_script(
    sent: str | bytes, status: int, make_mock: MakeMock, tmp_path: Path
) -> None:
    token = 'api_token = "p\u00e4ss:w\u00f6rd:"'
    caller = f'{{email = "jos\u00e9@x.example", {token}, global_access = true}}'
    mock = make_mock(world=str(world_file(tmp_path, caller)))
    assert status == httpx.get(mock.url + SEARCHES, headers=basic(sent)).status_code


def test_without_demo_tokens_only_own_api_tokens_open(make_mock: MakeMock, tmp_path: Path) -> None:
    own = '{email = "b@x.example", api_token = "own", global_access = true}'
    world = world_file(tmp_path, '{email = "a@x.example"}', own)
    mock = make_mock(world=str(world), demo_token=False)
    assert [401, 200] == [
        httpx.get(mock.url + SEARCHES, auth=auth).status_code
        for auth in (("a@x.example", DEMO_API_TOKEN), ("b@x.example", "own"))
    ]


# Its end


def test_every_response_has_the_end_and_the_successor(old_mock: MockServer) -> None:
    space = f"/api/report/spaces/{content_of_site(old_mock).space_key}/visits"
    responses = [
        get(old_mock.url), get(old_mock.url, space), get(old_mock.url, who=None),
        get(old_mock.url, who="guest"), get(old_mock.url, "/api/report/contents/1/visits"),
    ]  # fmt: skip

    assert [200, 400, 401, 403, 404] == [response.status_code for response in responses]
    for response in responses:
        assert response.headers["Deprecation"] == "@1688515200"
        assert response.headers["Sunset"] == "Mon, 01 Jan 2024 00:00:00 GMT"
        link = response.links["successor-version"]["url"]
        assert response.url.path.replace("/api/", "/api/v2/") == link


def test_version_2_has_no_end(old_mock: MockServer) -> None:
    headers = httpx.get(f"{old_mock.url}/api/v2/report/searches", headers=BEARER).headers
    assert {"Deprecation", "Sunset", "Link"}.isdisjoint(headers)


def test_a_client_moves_to_version_2_at_new_year(make_mock: MakeMock) -> None:
    mock = make_mock(now="2023-12-31T23:00:00Z")
    path = f"/api/report/contents/{content_of_site(mock).id}/visits"
    assert get(mock.url, path).json()["results"]

    mock.clock.advance(timedelta(hours=1))
    gone = get(mock.url, path)
    successor = gone.links["successor-version"]["url"]
    moved = httpx.get(mock.url + successor, headers=BEARER)

    assert gone.status_code == 410
    assert gone.headers["Content-Type"] == "application/problem+json"
    assert (gone.json()["status"], gone.json()["title"]) == (410, "Gone")
    assert f"Use {successor} instead" in gone.json()["detail"]
    assert gone.headers["Sunset"] == "Mon, 01 Jan 2024 00:00:00 GMT"
    assert moved.json()["results"]
    assert [410] * 3 == [
        get(mock.url, who=None).status_code,
        get(mock.url, who="guest").status_code,
        get(mock.url, "/api/report/spaces/NONE/visits").status_code,
    ]

    mock.clock.advance(-timedelta(hours=1))
    assert get(mock.url, path).status_code == 200


@pytest.mark.parametrize(("moment", "status"), [(END - 1, 200), (END, 410)])
def test_the_end_is_one_millisecond(moment: int, status: int, make_mock: MakeMock) -> None:
    mock = make_mock()
    mock.clock.move_to(moment)
    mock.clock.freeze()
    mock.clock.move_to(moment)
    assert status == get(mock.url).status_code


# Beside other documents


def test_the_successor_is_found_in_whatever_document_is_served(make_mock: MakeMock) -> None:
    mock = make_mock(document=DOCUMENTS / "hal_pages.yaml")
    content = content_of_site(mock)
    response = get(mock.url, f"/api/report/contents/{content.id}/visits")
    successor = response.links["successor-version"]["url"]
    assert response.status_code == 200
    assert successor.endswith(f"/analytics/content/{content.id}/views")
    assert httpx.get(mock.url + successor, headers=BEARER).status_code == 200


def document(folder: Path, path: str, scheme: str) -> Path:
    schemes = {"Scheme": {"type": "http", "scheme": scheme}}
    rows = listed(fields(searchTerm=TEXT))
    return write(responding(rows, path=path, securitySchemes=schemes), folder)


def test_a_document_with_its_path_goes_first(make_mock: MakeMock, tmp_path: Path) -> None:
    mock = make_mock(document=document(tmp_path, SEARCHES, "bearer"))
    path = f"/api/report/contents/{content_of_site(mock).id}/visits"
    response = httpx.get(mock.url + SEARCHES, headers=BEARER)
    assert isinstance(response.json(), list)
    assert "Sunset" not in response.headers
    assert get(mock.url).status_code == 401
    assert get(mock.url, path).status_code == 200
    assert "successor-version" not in get(mock.url, path).links


def test_without_a_successor_the_end_names_v2(make_mock: MakeMock, tmp_path: Path) -> None:
    mock = make_mock(document=document(tmp_path, "/searches", "bearer"), now="2024-01-01")
    assert "Use version 2 instead" in get(mock.url, "/api/report/contents/1/visits").text


@pytest.mark.parametrize("residency", list(Residency))
def test_basic_auth_takes_callers(
    residency: Residency, make_mock: MakeMock, tmp_path: Path
) -> None:
    url = make_mock(document=document(tmp_path, "/searches", "basic")).url_of(residency)
    assert [200, 403, 401] == [
        get(url, "/searches", who).status_code for who in ("admin", "member", None)
    ]


# The document

V1 = read_document(bundled("openapi", "viewtracker-v1.yaml")).content
CONFIG = {
    "seed": 20_231_231,
    "cache": {"enabled": False},
    "generation": {"database": "none", "max-examples": 25, "with-security-parameters": False},
    "phases": {"coverage": {"unexpected-methods": []}},
}
PLAIN = schemathesis.openapi.from_dict(V1, config=schemathesis.Config.from_dict(CONFIG))
# What the tool takes for a defect by default is the very point of a 410.
GONE = {
    "positive_data_acceptance": {"expected-statuses": ["410"]},
    "negative_data_rejection": {"expected-statuses": ["410"]},
}
ENDED = schemathesis.openapi.from_dict(
    V1, config=schemathesis.Config.from_dict({**CONFIG, "checks": GONE})
)


@pytest.fixture(scope="module")
def ended_mock() -> Iterator[MockServer]:
    settings = Settings(port=0, de_port=0, world="tiny", now="2024-01-01T00:00:00Z")
    with MockServer(settings) as running:
        yield running


@PLAIN.parametrize()
@hypothesis_settings(deadline=None, database=None)
def test_schemathesis_finds_nothing_while_it_lives(case: Any, old_mock: MockServer) -> None:
    case.call_and_validate(base_url=old_mock.url, headers=basic(":".join(credentials())))


@ENDED.parametrize()
@hypothesis_settings(deadline=None, database=None)
def test_schemathesis_finds_nothing_after_its_end(case: Any, ended_mock: MockServer) -> None:
    case.call_and_validate(base_url=ended_mock.url, headers=basic(":".join(credentials())))


def test_tools_are_shown_it_where_it_is(old_mock: MockServer) -> None:
    shown = httpx.get(f"{old_mock.url}/v1/openapi.json").json()
    assert V1["paths"] == shown["paths"]
    assert [old_mock.url] == [server["url"] for server in shown["servers"]]
    assert shown["info"] != httpx.get(f"{old_mock.url}/openapi.json").json()["info"]
    assert httpx.get(f"{old_mock.de_url}/v1/openapi.json").status_code != 200


def test_the_page_offers_arguments_that_find_something(old_mock: MockServer) -> None:
    page = httpx.get(f"{old_mock.url}/ui/v1/openapi.json").json()
    offered = {one["name"]: one["example"] for one in page["components"]["parameters"].values()}
    for path in page["paths"]:
        response = get(old_mock.url, path.format(**offered), baseUrl=offered["baseUrl"])
        assert response.json()["results"]
