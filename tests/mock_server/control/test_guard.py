"""Access to the control API: hosts, origins, media types and tokens."""

from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings
from mock_server.errors import SettingsError
from mock_server.inputs.hosts import is_loopback
from tests.mocks import MakeMock, bearer

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def health(mock: MockServer, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(f"{mock.url}/__admin/health", headers=sent)


@pytest.mark.parametrize(("host", "status"), [
    *((host, 200) for host in (
        "localhost", "LOCALHOST.", "us.localhost:99", "de.localhost", "127.0.0.1:1", "127.9.9.9",
        "[::1]", "[::1]:8080",
    )),
    *((host, 400) for host in (
        "", "[", "127.0.0.1@evil.example", "[::1].evil", "127.0.0.1/evil", "evil@127.0.0.1",
    )),
])  # fmt: skip
def test_loopback_hosts_are_accepted(host: str, status: int, mock: MockServer) -> None:
    assert status == health(mock, host=host).status_code


@pytest.mark.parametrize("host", [
    *("rebound.example", "localhost.example", "127.0.0.1.example", "10.0.0.1", "0.0.0.0"),
    *("[::2]", "viewtracker.aws.bitvoodoo.cloud", "2130706433"),
])  # fmt: skip
def test_other_hosts_are_refused(host: str, mock: MockServer) -> None:
    response = health(mock, host=host)
    assert response.status_code == 403
    assert "names of this machine" in response.json()["detail"]


@pytest.mark.parametrize(("headers", "status"), [
    ({"origin": "https://evil.example"}, 403), ({"origin": "null"}, 403),
    ({"origin": "http://localhost:3000"}, 403), ({"origin": ""}, 403),
    ({"sec_fetch_site": "cross-site"}, 403),
    ({"origin": "{mock}", "sec_fetch_site": "same-origin"}, 200),
    # A form of a page with `Referrer-Policy: no-referrer` sends this origin.
    ({"origin": "null", "sec_fetch_site": "same-origin"}, 200),
], ids=str)  # fmt: skip
def test_only_same_origin_requests_of_browsers_are_accepted(
    headers: dict[str, str], status: int, mock: MockServer
) -> None:
    sent = {name: value.format(mock=mock.url) for name, value in headers.items()}
    assert status == health(mock, **sent).status_code


def test_a_form_of_another_page_changes_nothing(mock: MockServer, admin: httpx.Client) -> None:
    page = {**FORM, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    responses = [
        admin.request(method, path, headers=page)
        for method, path in [("POST", "/tokens/us"), ("DELETE", "/tokens/us"), ("POST", "/reset")]
    ]
    assert [403] * 3 == [response.status_code for response in responses]
    assert mock.sites["us"].demo_token is not None


@pytest.mark.parametrize(("content", "media_type"), [
    (b'{"frozen": true}', "text/plain"), (b'{"frozen": true}', None),
    (b'{"frozen": true}', "application/x-www-form-urlencoded"),
    (b"", "application/x-www-form-urlencoded"), (b'{"frozen": true}', "application/jsonp"),
    (b"--x--", "multipart/form-data; boundary=x"),
])  # fmt: skip
def test_only_json_bodies_are_accepted(
    content: bytes, media_type: str | None, admin: httpx.Client
) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    assert admin.post("/clock", content=content, headers=headers).status_code == 415


def test_a_chunked_body_must_be_json_too(admin: httpx.Client) -> None:
    assert admin.post("/reset", content=iter([b"x"])).status_code == 415


@pytest.mark.parametrize(("content", "reason"), [
    (b"", "needs a body"), (b"{", "not JSON"), (b"\xff\xfe", "not JSON"),
    (b'{"advance": NaN}', "not JSON"), (b'{"now": "\\ud800"}', "not JSON"),
    (b"[" * 100_000, "not JSON"),
    (b'{"now": ' + b"[" * 500 + b"]" * 500 + b"}", "nested too deeply"),
    (b"null", 'not of type "object"'), (b'{"advance": 1e999}', "inf"),
])  # fmt: skip
def test_invalid_json_bodies_are_refused(content: bytes, reason: str, admin: httpx.Client) -> None:
    response = admin.post("/clock", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert reason in response.json()["detail"]
    assert len(response.json()["detail"]) < 500


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_cors_headers_are_sent(method: str, mock: MockServer, admin: httpx.Client) -> None:
    headers = {"Origin": mock.url, "Access-Control-Request-Method": "POST"}
    response = admin.request(method, "/clock", headers=headers)
    assert [name for name in response.headers if name.startswith("access-control-")] == []


def test_a_configured_token_is_required(make_mock: MakeMock) -> None:
    mock = make_mock(admin_token="s3cret")
    assert health(mock).status_code == 401
    for wrong in ("Bearer s3cre", "Basic s3cret", "Bearer demo-token-us", "Bearer"):
        refused = health(mock, authorization=wrong)
        assert refused.status_code == 401
        assert "Bearer" in refused.headers["WWW-Authenticate"]
    assert health(mock, authorization="bearer s3cret").status_code == 200
    assert "s3cret" not in health(mock, authorization="Bearer s3cret", accept="x/y").text
    assert health(mock, authorization="Bearer s3cret", origin="null").status_code == 403


def test_settings_do_not_reveal_the_token(make_mock: MakeMock) -> None:
    mock = make_mock(admin_token="s3cret")
    shown = httpx.get(f"{mock.url}/__admin/settings", headers=bearer("s3cret"))
    assert "s3cret" not in shown.text + repr(mock.settings)


def test_any_host_is_accepted_with_the_token_on_other_addresses(make_mock: MakeMock) -> None:
    url = make_mock(host="0.0.0.0", admin_token="s3cret").url.replace("0.0.0.0", "127.0.0.1")
    responses = [
        httpx.get(f"{url}/__admin/health", headers={"Host": "mock.example", **token}).status_code
        for token in ({}, {"Authorization": "Bearer s3cret"})
    ]
    assert [401, 200] == responses


def test_a_disabled_control_api_is_not_found(make_mock: MakeMock) -> None:
    mock = make_mock(admin=False)
    assert health(mock, authorization="Bearer demo-token-us").status_code == 404
    assert "__admin" not in httpx.get(f"{mock.url}/ui/start.js").text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "mock.example"])
def test_other_addresses_require_a_token_or_no_control_api(host: str) -> None:
    with pytest.raises(SettingsError, match="--admin-token, or do without it by --no-admin"):
        Settings(host=host)
    assert Settings(host=host, admin=False)
    assert Settings(host=host, admin_token="s3cret")


@pytest.mark.parametrize("token", ["", " ", "two words", "s\xe9cret", "line\n"])
def test_tokens_that_cannot_be_sent_are_refused(token: str) -> None:
    with pytest.raises(SettingsError, match=r"admin.token (must be|is empty)"):
        Settings(admin_token=token)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("local", False)],
)
def test_loopback_addresses_are_recognized(host: str, expected: Any) -> None:
    assert expected is is_loopback(host)
