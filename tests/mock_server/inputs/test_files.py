"""Unusable files of every setting are refused at the start in one sentence."""

import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_server import MockServer
from mock_server.errors import MockServerError, SettingsError
from mock_server.inputs import files
from mock_server.settings import settings_of

NAMED = ["document", "overlay", "binding", "replay", "world", "scenario_file", "admin_token_file"]


def refused(**settings: Any) -> str:
    """Return the error of these settings, which must be one sentence."""
    with pytest.raises(MockServerError) as caught:
        MockServer(settings_of(settings)).close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("setting", NAMED)
@pytest.mark.parametrize(("make", "reason"), [
    (lambda path: path.mkdir(), "cannot be read: Is a directory"),
    (lambda path: None, "cannot be read: No such file"),
    (lambda path: path.symlink_to(path), "cannot be read: Too many levels"),
    (lambda path: path.symlink_to("/dev/zero"), "is too large; up to "),
], ids=["folder", "missing", "symlink loop", "endless"])  # fmt: skip
def test_an_unreadable_file_is_refused(
    setting: str, make: Callable[[Path], Any], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "named.toml"
    make(path)
    message = refused(**{setting: str(path)})
    assert str(path) in message
    assert reason in message


@pytest.mark.parametrize("setting", NAMED)
def test_binary_files_are_refused(setting: str, tmp_path: Path) -> None:
    path = tmp_path / "named.toml"
    path.write_bytes(b"\x00\xff\xfe")
    message = refused(**{setting: str(path)})
    assert "is not UTF-8 at byte 1" in message or "no HAR file" in message


@pytest.mark.parametrize(("setting", "content", "reason"), [
    ("document", b"openapi: \x00", "named.yaml: not YAML: "),
    ("certificate", b"\x00\xff\xfe", "takes a certificate in PEM and its key"),
])  # fmt: skip
def test_files_of_another_format_are_refused(
    setting: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "named.yaml"
    path.write_bytes(content)
    assert reason in refused(**{setting: str(path)})


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"[operations]")
    os.close(writing)
    assert files.read_toml(Path(f"/dev/fd/{reading}"), SettingsError) == {"operations": {}}
    os.close(reading)


@pytest.mark.parametrize("setting", ["document", "world", "database", "now", "certificate"])
@pytest.mark.parametrize("value", ["", [""]])
def test_an_empty_setting_is_refused(setting: str, value: object) -> None:
    assert f"{setting} is empty" in refused(**{setting: value})


@pytest.mark.parametrize(("make", "reason"), [
    (os.mkfifo, "is not a file"),
    (lambda path: path.symlink_to(path), "cannot be read: Too many levels"),
])  # fmt: skip
def test_a_database_must_be_a_regular_file(
    make: Callable[[Path], Any], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "mock.db"
    make(path)
    assert reason in refused(database=str(path))


@pytest.mark.parametrize(("url", "reason"), [
    ("sqlite:////nosuch/mock.db", "There is no folder /nosuch"),
    ("nosuch://localhost", "takes the path of a SQLite file, not a URL of 'nosuch'"),
    ("postgresql://me:secret@localhost/name", "not a URL of 'postgresql'"),
    ("sqlite:///mock.db?timeout=secret", "not a URL of 'sqlite'"),
])  # fmt: skip
def test_unsupported_database_urls_are_refused(url: str, reason: str) -> None:
    refusal = refused(database=url)
    assert reason in refusal
    assert "secret" not in refusal


def test_an_encrypted_key_is_refused_without_a_prompt(tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme", reason="pip install viewtracker-mock[tls]")
    from cryptography.hazmat.primitives import serialization

    issued = trustme.CA().issue_cert("localhost")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    path = tmp_path / "server.pem"
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    path.write_bytes(locked + issued.cert_chain_pems[0].bytes())
    assert ssl.PEM_HEADER.encode() in path.read_bytes()

    assert "without a password" in refused(certificate=str(path))
