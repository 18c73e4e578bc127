"""Targets and tokens by options and environment variables."""

from pathlib import Path
from typing import Any

import pytest

from contract_tests import Options, Target
from contract_tests.errors import OptionError
from contract_tests.wire.targets import open_targets, target_names


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
