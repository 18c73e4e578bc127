"""A target with TLS, with its own authority and host name."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from contract_tests import Options, run
from contract_tests.model import Run, Verdict

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
