"""No secret is stored, wherever a client sends it."""

import json
import pickle
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from mock_server import MockServer, Settings
from mock_server.journal.journal import Exchange
from mock_server.redaction import Secrets, is_secret, redacted_path
from tests.made_documents import (
    INTEGER,
    MOMENT,
    TEXT,
    fields,
    listed,
    query,
    responding,
    write,
)  # fmt: skip

Fetch = Callable[..., httpx.Response]

SECRET = "kq8XvZ3mPw0rTn5b"

SECRET_HEADERS = ("X-Auth", "X-Signature", "X-Hub-Signature-256", "X-Session-Id", "X-Key", "X_Pwd")
SECRET_PARAMETERS = (
    *("auth", "pass", "pwd", "key", "sig", "authKey", "X-Amz-Signature", "sid", "passphrase"),
    *("access_key", "subscription-key", "nextcloud_token", "ap%69key", "oauth_verifier_code"),
)


def text_of(exchange: Exchange) -> str:
    """Return all that is stored of an exchange as one text."""
    parts = [repr(exchange), repr(exchange.context), repr(exchange.body), str(exchange)]
    return " ".join([*parts, json.dumps(exchange.as_dict()), repr(pickle.dumps(exchange.context))])


@pytest.mark.parametrize("sent", [
    {"token": SECRET}, {"token": None, "headers": {"Authorization": SECRET}},
    {"token": None, "headers": {"Authorization": f"Other {SECRET}"}},
    {"token": None, "auth": ("someone@example.com", SECRET)}, {"headers": {"X-Api-Key": SECRET}},
    {"headers": {"Proxy-Authorization": f"Basic {SECRET}"}}, {"cookies": {"session": SECRET}},
    {"params": {"access_token": SECRET}}, {"params": {"limit": "9", "apiKey": SECRET}},
    {"token": SECRET, "params": {"note": f"my-{SECRET}-is"}},
    {"token": SECRET, "params": {SECRET: "1"}}, {"token": SECRET, "headers": {"X-Note": SECRET}},
    {"token": SECRET, "path": f"/api/v2/report/spaces/{SECRET}/visits"},
    {"token": SECRET, "path": f"/api/v2/report/spaces/{SECRET.replace('k', '%6B')}/visits"},
    {"headers": {"Referer": f"https://example.com/?code={SECRET}"}},
    {"headers": {"Referer": f"https://example.com/invite/{SECRET}"}},
    {"headers": {"Referer": f"https://someone:{SECRET}@example.com/#access={SECRET}"}},
    {"headers": {SECRET: "1"}}, {"headers": {f"X-{SECRET}": "1"}},
    {"token": None, "path": f"/invite/{SECRET}"},
    {"token": None, "headers": {"X-Forward": f"https://me:{SECRET}@example.com/"}},
    {"token": SECRET, "path": f"/a/{quote(quote(SECRET.replace('k', '%6B')))}"},
    {"token": SECRET, "params": {"q": SECRET.replace("k", "%256B")}},
    {"token": SECRET, "headers": {"Prefer": f"{SECRET}=1"}},
    {"token": None, "headers": {
        "Authorization": f"Bearer {SECRET}\u00e9".encode(), "Prefer": f"code={SECRET}\u00e9".encode(),
    }},
    {"params": {"next": f"https://example.com/?x=1&token={SECRET}"}},
    {"params": {"next": f"https://example.com/#access_token={SECRET}"}},
    {"params": {"filter": json.dumps({"limit": 1, "a": [{"pass_word": SECRET}]})}},
    {"headers": {"X-Note": f"api-key: {SECRET}"}},
    {"token": None, "headers": {"Sec-WebSocket-Protocol": SECRET}},
    {"token": None, "headers": {"Sec-WebSocket-Protocol": f"v1, bearer.{SECRET}"}},
    *({"headers": {name: SECRET}} for name in SECRET_HEADERS),
    *({"params": {name: SECRET}} for name in SECRET_PARAMETERS),
])  # fmt: skip
def test_secrets_of_a_request_are_not_stored(
    sent: dict[str, Any], journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch(**sent)
    (exchange,) = journal_mock.journal.entries()
    assert SECRET.lower() not in text_of(exchange).lower()
    credentials = b64encode(f"someone@example.com:{SECRET}".encode()).decode()
    assert credentials not in text_of(exchange)


@pytest.mark.parametrize("fault", [
    {"headers": {"Set-Cookie": f"session={SECRET}"}}, {"headers": {"X-Token": SECRET}},
    {"headers": {"Location": f"https://someone:{SECRET}@example.com/"}},
    {"body": json.dumps({"access_token": SECRET})},
])  # fmt: skip
def test_secrets_in_responses_of_faults_are_redacted(
    fault: dict[str, Any], journal_mock: MockServer, fetch: Fetch
) -> None:
    journal_mock.respond_once(status=503, **fault)
    response = fetch()
    (exchange,) = journal_mock.journal.entries()
    assert SECRET in response.text + str(response.headers)
    assert SECRET not in text_of(exchange)


def test_generated_tokens_are_redacted_by_their_form(
    journal_mock: MockServer, fetch: Fetch
) -> None:
    token = journal_mock.sites["us"].tokens.generate()  # type: ignore[index]
    fetch(params={"q": token}, headers={"X-Note": f"see {token}!"})
    (exchange,) = journal_mock.journal.entries()
    assert token not in text_of(exchange)
    assert exchange.is_token_in_target


def test_secrets_that_a_response_repeats_are_redacted(tmp_path: Path) -> None:
    rows = listed({**fields(searchTime=MOMENT, term=TEXT), "required": ["searchTime", "term"]})
    body = fields(next={**TEXT, "nullable": True}, searches=rows)
    pages = [query("offset", INTEGER), query("limit", INTEGER)]
    document = responding({**body, "required": ["next", "searches"]}, pages, path="/searches")
    path = write(document, tmp_path)
    with MockServer(Settings(port=0, de_port=0, document=path)) as mock:
        response = httpx.get(f"{mock.url}/searches", params={"limit": "100", "token": SECRET})
        (exchange,) = mock.journal.entries()
    assert SECRET in response.json()["next"]
    assert "gzip" == response.headers["Content-Encoding"]
    assert SECRET not in text_of(exchange)
    assert quote("[secret ") in exchange.body.decode() or "[secret " in exchange.body.decode()


def test_a_secret_truncated_with_its_body_is_removed() -> None:
    secrets = Secrets([(b"authorization", f"Bearer {SECRET}".encode())], "/", b"")
    assert b"" == secrets.body(SECRET[:9].encode(), is_cut=True)


def test_equal_tokens_have_equal_fingerprints(journal_mock: MockServer, fetch: Fetch) -> None:
    for token in (SECRET, SECRET, SECRET[::-1]):
        fetch(token=token)
    first, second, third = (one.token for one in journal_mock.journal.entries())
    assert first == second
    assert first != third


@pytest.mark.parametrize(("state", "sent"), [
    ("active", {}), ("unknown", {"token": SECRET}),
    ("of the other residency", {"token": "demo-token-de"}), ("none", {"token": None}),
    ("not checked", {"path": "/openapi.json"}),
])  # fmt: skip
def test_an_exchange_stores_the_state_of_its_token(
    state: str, sent: dict[str, Any], journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch(**sent)
    assert [state] == [one.token_state for one in journal_mock.journal.entries()]


def test_the_token_state_is_that_of_the_time_of_the_request(
    journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch()
    journal_mock.sites["us"].tokens.generate()  # type: ignore[index]
    fetch()
    assert ["active", "revoked"] == [one.token_state for one in journal_mock.journal.entries()]


def test_page_tokens_are_not_redacted(journal_mock: MockServer, fetch: Fetch) -> None:
    fetch(params={"pageToken": "cm93OjEw", "nextPageToken": "cm93OjIw"})
    (exchange,) = journal_mock.journal.entries()
    assert {"pageToken": ["cm93OjEw"], "nextPageToken": ["cm93OjIw"]} == exchange.query
    assert not exchange.is_token_in_target


@pytest.mark.parametrize("name", [
    "spaceKey", "space_key", "space.key", "keyword", "author", "pageToken", "nextToken", "sortKey",
    "passive",
])  # fmt: skip
def test_harmless_parameter_names_are_not_secret(name: str) -> None:
    assert not is_secret(name.encode())


@pytest.mark.parametrize(("path", "expected"), [
    ("/login/password/hunter2", "/login/password/[secret {}]"),
    ("/login/Passwd/correct%20horse", "/login/Passwd/[secret {}]"),
    ("/a/client-secret/abcdef/b", "/a/client-secret/[secret {}]/b"),
    ("/a/otp/123456", "/a/otp/[secret {}]"), ("/a/api_key/abc123", "/a/api_key/[secret {}]"),
    ("/a/token/abc123", "/a/token/[secret {}]"), ("/oauth/token/refresh", "/oauth/token/refresh"),
    ("/sessions/30564122742/rows", "/sessions/30564122742/rows"),
    ("/spaces/TEAM1234/visits", "/spaces/TEAM1234/visits"), ("/authors/abc123", "/authors/abc123"),
])  # fmt: skip
def test_path_segments_after_a_secret_name_are_redacted(
    path: str, expected: str, journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch(path=path, token=None)
    (exchange,) = journal_mock.journal.entries()
    assert re.fullmatch(re.escape(expected).replace(r"\{\}", "[0-9a-f]{8}"), exchange.path)


@pytest.mark.parametrize(
    "path",
    [f"/invite/{SECRET}", "/a/demo-token-us", f"/a/%256Bq8{SECRET[3:]}", "/a;token=a-word/b"],
)
def test_redacted_paths_have_no_tokens(path: str) -> None:
    logged = redacted_path([(b"authorization", f"Bearer {SECRET}".encode())], path)
    assert "[secret " in logged
    assert SECRET[3:] not in logged
    assert "a-word" not in logged


def test_log_lines_have_no_tokens_in_paths(
    journal_mock: MockServer, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "mock_server.requests"):
        fetch(f"/api/v2/report/spaces/{SECRET}/visits", token=SECRET)
    assert "/api/v2/report/spaces/" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("word", [
    "eyJ", "eyJ.", "vt_us_", "ATATT", "://", "://a:", "key", "%25", "Aa1", "demo-token-", "a=",
    '"]', "key:",
])  # fmt: skip
def test_redaction_takes_linear_time(word: str) -> None:
    def seconds(size: int) -> float:
        text = (word * size)[:size].encode()
        began = process_time()
        Secrets([(b"x-note", text)], "/" + text.decode(), b"q=" + text)
        return process_time() - began

    seconds(1_000)
    assert seconds(1_000_000) < 1 + 20 * seconds(50_000)


def test_large_requests_are_truncated_without_partial_secrets(
    journal_mock: MockServer, fetch: Fetch
) -> None:
    long = "x " * 7_000
    for cut in range(16_000, 16_400, 7):
        note = f"{long}{' ' * (cut - 14_000)}{SECRET}".encode()
        secrets = Secrets([(b"authorization", SECRET.encode()), (b"x-note", note)], "/", b"")
        assert SECRET[:4] not in repr(secrets.headers)
    fetch(
        params={f"p{number}": "y" * 20 for number in range(900)}, headers={"X-Note": "z" * 30_000}
    )
    (exchange,) = journal_mock.journal.entries()
    assert len(text_of(exchange)) < 200_000
    assert len(pickle.dumps(exchange.context)) < 20_000
