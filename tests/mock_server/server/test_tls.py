"""HTTPS with a generated certificate, and with one of the user."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mock_server import MockServer, MockServerError, Residency, Settings
from tests.mocks import SEARCHES

TLS = Settings(port=0, de_port=0, world="tiny", tls=True)


def status(mock: MockServer, residency: Residency, trusted: Path) -> int:
    context = ssl.create_default_context(cafile=trusted)
    token = {"Authorization": f"Bearer demo-token-{residency.value}"}
    return httpx.get(mock.url_of(residency) + SEARCHES, headers=token, verify=context).status_code


def authority_of(mock: MockServer) -> Path:
    assert mock.certificate is not None
    assert mock.certificate.authority is not None
    return mock.certificate.authority


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    with MockServer(TLS) as running:
        yield running


def test_clients_that_trust_the_generated_authority_connect_on_both_ports(mock: MockServer) -> None:
    assert mock.url.startswith("https://127.0.0.1:")
    assert {200} == {status(mock, residency, authority_of(mock)) for residency in Residency}


def test_clients_that_do_not_trust_the_authority_cannot_connect(mock: MockServer) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"):
        httpx.get(mock.url)


@pytest.mark.parametrize("host", ["localhost", "viewtracker.aws.bitvoodoo.cloud"])
def test_the_certificate_is_valid_for_localhost_and_the_vendors_host(
    host: str, mock: MockServer
) -> None:
    context = ssl.create_default_context(cafile=authority_of(mock))
    with httpx.Client(verify=context) as client:
        response = client.get(
            mock.url + SEARCHES, headers={"Host": host}, extensions={"sni_hostname": host}
        )
    assert 401 == response.status_code


def test_certificate_files_are_private_and_deleted_with_the_mock() -> None:
    with MockServer(TLS) as mock:
        folder = authority_of(mock).parent
        assert 0o700 == folder.stat().st_mode & 0o777
        assert ["ca.pem"] == [one.name for one in folder.iterdir()]  # and no key
    assert not folder.exists()


def test_a_given_certificate_is_used(mock: MockServer, tmp_path: Path) -> None:
    assert mock.certificate is not None
    own = tmp_path / "own.pem"
    own.write_bytes(mock.certificate.made_up)
    with MockServer(Settings(port=0, de_port=0, world="tiny", certificate=own)) as other:
        assert other.certificate is not None
        assert other.certificate.authority is None
        assert 200 == status(other, Residency.US, authority_of(mock))


@pytest.mark.parametrize(("settings", "reason"), [
    (Settings(certificate=Path("none.pem")), "none.pem cannot be read: No such file"),
    (Settings(private_key=Path("key.pem")), "A private key needs its certificate"),
])  # fmt: skip
def test_unusable_certificates_are_refused(settings: Settings, reason: str) -> None:
    with pytest.raises(MockServerError, match=reason):
        MockServer(settings)
