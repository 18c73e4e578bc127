"""Targets: their names, tokens, certificates, and the limits of requests to them."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from contract_tests import Options, Target, run
from contract_tests.errors import OptionError, SpentError
from contract_tests.model import Run, Verdict
from contract_tests.wire.credentials import token_header, wants_bearer
from contract_tests.wire.limits import Limits
from contract_tests.wire.targets import open_targets, target_names
from mock_server import Document


def opened(*names: str, **options: Any) -> dict[str, Target]:
    with open_targets(Options(target=names, **options)) as targets:
        return targets


def test_by_default_the_mock_is_tested_as_two_targets() -> None:
    with open_targets(Options()) as targets:
        names = tuple(targets)
        mocks = list(targets.values())
    assert ("mock us", "mock de") == names == target_names(Options())
    assert ["us", "de"] == [mock.residency for mock in mocks]
    assert [False, False] == [mock.is_live for mock in mocks]
    assert mocks[0].token == mocks[1].other_token != mocks[1].token
    assert all(mock.app is not None for mock in mocks)


@pytest.mark.parametrize(("name", "url"), [
    ("us", "https://viewtracker.aws.bitvoodoo.cloud"),
    ("de", "https://de.viewtracker.aws.bitvoodoo.cloud"),
    ("https://de.viewtracker.aws.bitvoodoo.cloud/", "https://de.viewtracker.aws.bitvoodoo.cloud"),
])  # fmt: skip
def test_live_services_get_the_tokens_of_their_residency(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    monkeypatch.setenv("VIEWTRACKER_TOKEN_US", "token-us")
    monkeypatch.setenv("VIEWTRACKER_TOKEN_DE", "token-de")
    target = opened(name)[name]
    here, there = ("us", "de") if name == "us" else ("de", "us")
    assert url == target.url
    assert target.is_live
    assert (here, f"token-{here}", f"token-{there}") == (
        target.residency, target.token, target.other_token,
    )  # fmt: skip


def test_a_url_gets_the_general_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWTRACKER_TOKEN_US", "token-us")
    monkeypatch.setenv("VIEWTRACKER_TOKEN", "token-any")
    target = opened("http://127.0.0.1:1/api")["http://127.0.0.1:1/api"]
    assert ("token-any", None, False) == (target.token, target.other_token, target.is_live)


def test_the_token_can_be_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("from-a-file\n")
    assert "from-a-file" == opened("us", token_file=path)["us"].token


@pytest.mark.parametrize(("name", "token", "message"), [
    ("us", "", "no token; set VIEWTRACKER_TOKEN_US or VIEWTRACKER_TOKEN, or use --token-file"),
    ("us", "two words", "does not contain a valid token"),
    ("us", "ümlaut", "does not contain a valid token"), ("eu", "x", "'eu' is invalid"),
    ("ftp://127.0.0.1", "x", "is invalid"), ("https://a..b", "x", "is invalid"),
    ("http://example.com", "x", "unencrypted"),
    ("http://u:p@127.0.0.1", "x", "may not contain a user name or a password"),
    ("http://127.0.0.1/?a=b", "x", "may only contain a scheme"),
])  # fmt: skip
def test_invalid_targets_and_tokens_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, token: str, message: str
) -> None:
    monkeypatch.setenv("VIEWTRACKER_TOKEN", token)
    with pytest.raises(OptionError, match=message) as error:
        opened(name)
    assert token not in {"two words", "ümlaut"} or token not in str(error.value)


def test_the_repr_of_a_target_has_no_tokens() -> None:
    target = Target(name="x", url="http://127.0.0.1", token="secret-1", other_token="secret-2")
    assert "secret" not in repr(target)


BEARER = {"type": "http", "scheme": "Bearer"}
KEY = {"type": "apiKey", "name": "X-Key", "in": "header"}


def document(*schemes: dict[str, Any], security: Any = None) -> Document:
    named = {f"s{n}": scheme for n, scheme in enumerate(schemes)}
    content = {
        "openapi": "3.0.3",
        "security": [{name: []} for name in named] if security is None else security,
        "paths": {"/a": {"get": {"responses": {}}}},
        "components": {"securitySchemes": named},
    }
    return Document(content, origin="here")


@pytest.mark.parametrize(("schemes", "header", "is_bearer"), [
    ([BEARER], ("Authorization", "Bearer "), True),
    ([{"type": "oauth2"}], ("Authorization", "Bearer "), True),
    ([{**KEY, "name": "authorization"}], ("Authorization", "Bearer "), True),
    ([], ("Authorization", "Bearer "), False),
    ([{"type": "http", "scheme": "basic"}], ("Authorization", "Bearer "), False),
    ([KEY], ("X-Key", ""), False), ([KEY, BEARER], ("Authorization", "Bearer "), False),
    ([{**KEY, "in": "cookie"}], ("Cookie", "X-Key="), False),
    ([{**KEY, "in": "query"}], ("?X-Key", ""), False),
    ([{"type": "http", "scheme": "basic"}, KEY], ("X-Key", ""), False),
    ([{**KEY, "name": "Authorization", "description": "Token with the prefix `Token`"}],
     ("Authorization", "Token "), False),
])  # fmt: skip
def test_the_token_is_sent_by_the_declared_security_scheme(
    schemes: list[dict[str, Any]], header: tuple[str, str], *, is_bearer: bool
) -> None:
    made = document(*schemes)
    assert header == token_header(made)
    assert is_bearer == wants_bearer(made, made.operations[0])


def test_an_operation_with_optional_security_does_not_require_a_token() -> None:
    made = document(BEARER, security=[{"s0": []}, {}])
    assert not wants_bearer(made, made.operations[0])


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def limits(time: Time, *, is_live: bool = True, **options: object) -> Limits:
    given = Options(**options)
    return Limits(given, is_live=is_live, now=lambda: time.now, wait=time.wait)


def test_a_live_service_gets_one_request_a_second(time: Time) -> None:
    live = limits(time)
    for _ in range(4):
        live.before_sending(is_good=True)
        time.now += 0.25
    assert [0.75, 0.75, 0.75] == time.waits


def test_requests_to_this_machine_are_not_delayed(time: Time) -> None:
    here = limits(time, is_live=False)
    for _ in range(600):
        here.before_sending(is_good=True)
    assert [] == time.waits


@pytest.mark.parametrize(("options", "count", "now", "reason"), [
    ({}, 500, 499.0, "the budget of 500 requests is spent"),
    ({"deadline": 2.5}, 3, 2.0, "the deadline has passed"),
])  # fmt: skip
def test_a_live_service_gets_500_requests_until_the_deadline(
    time: Time, options: dict[str, float], count: int, now: float, reason: str
) -> None:
    live = limits(time, **options)
    for _ in range(count):
        live.before_sending(is_good=True)
    with pytest.raises(SpentError, match=reason):
        live.before_sending(is_good=True)
    assert (count, now) == (live.sent, time.now)


@pytest.mark.parametrize(("retry_after", "waited"), [("7", 7.0), ("soon", 60.0), ("0", 1.0)])
def test_retry_after_is_respected(time: Time, retry_after: str, waited: float) -> None:
    live = limits(time)
    live.before_sending(is_good=True)
    assert live.after(429, retry_after, is_good=True)
    live.before_sending(is_good=True)
    assert [waited] == time.waits


def test_an_invalid_retry_after_of_this_machine_is_ignored(time: Time) -> None:
    here = limits(time, is_live=False)
    assert here.after(429, "soon", is_good=True)
    here.before_sending(is_good=True)
    assert [] == time.waits


def test_a_run_ends_if_retry_after_is_too_late(time: Time) -> None:
    live = limits(time)
    live.before_sending(is_good=True)
    assert not live.after(503, "Fri, 31 Dec 9999 23:59:59 GMT", is_good=True)
    assert live.closed.startswith("the service asks to wait 2")


def test_a_success_resets_the_count_of_refusals(time: Time) -> None:
    live = limits(time)
    for status in (401, 403, 200, 429, 401, 200):
        live.after(status, None, is_good=True)
    assert "" == live.closed


NAME = "reports.example"


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve the mock in another process, and resolve the host name to it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    issued = authority.issue_cert(NAME).private_key_and_cert_chain_pem
    issued.write_to_path(str(tmp_path / "server.pem"))
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: resolve("127.0.0.1" if host == NAME else host, *more, **named),
    )
    monkeypatch.setenv("VIEWTRACKER_TOKEN", "demo-token-us")
    words = ["--port", "0", "--de-port", "0", "--certificate", str(tmp_path / "server.pem")]
    serve = [sys.executable, "-m", "mock_server", "serve", *words]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            url = next(line for line in process.stdout if line.startswith(b"US ")).split()[1]
            yield int(url.rpartition(b":")[2])
        finally:
            process.terminate()


def checked(port: int, **options: Any) -> Run:
    select = ("auth-01", "manners-08", "meaning-16")
    target = (f"https://{NAME}:{port}",)
    return run(Options(target=target, select=select, rate=1_000_000.0, examples=1, **options))


def test_a_ca_bundle_is_used_and_the_host_name_verified(port: int, tmp_path: Path) -> None:
    result = checked(port, ca_bundle=tmp_path / "authority.pem")
    assert ["AUTH-01", "MEANING-16", "MANNERS-08"] == [
        outcome.requirement.id for outcome in result.of(Verdict.HELD)
    ]


def test_an_untrusted_certificate_ends_the_run(port: int) -> None:
    result = checked(port, retries=0)
    assert 2 == result.exit_code
    assert "the certificate is not trusted" in result.of(Verdict.NOT_RUN)[0].reason
