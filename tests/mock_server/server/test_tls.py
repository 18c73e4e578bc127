"""HTTPS by a certificate made on the spot, and by one of the user's own."""

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


def test_who_trusts_the_made_up_authority_gets_responses_on_both_ports(mock: MockServer) -> None:
    assert mock.url.startswith("https://127.0.0.1:")
    assert {200} == {status(mock, residency, authority_of(mock)) for residency in Residency}


def test_who_does_not_trust_it_gets_none(mock: MockServer) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"):
        httpx.get(mock.url)


@pytest.mark.parametrize("host", ["localhost", "viewtracker.aws.bitvoodoo.cloud"])
def test_it_is_for_the_names_that_clients_call_it_by(host: str, mock: MockServer) -> None:
    context = ssl.create_default_context(cafile=authority_of(mock))
    with httpx.Client(verify=context) as client:
        response = client.get(
            mock.url + SEARCHES, headers={"Host": host}, extensions={"sni_hostname": host}
        )
    assert 401 == response.status_code


def test_the_files_are_for_this_user_alone_and_go_with_the_mock() -> None:
    with MockServer(TLS) as mock:
        folder = authority_of(mock).parent
        assert 0o700 == folder.stat().st_mode & 0o777
        assert ["ca.pem"] == [one.name for one in folder.iterdir()]  # and no key
    assert not folder.exists()


def test_a_certificate_of_ones_own_is_used(mock: MockServer, tmp_path: Path) -> None:
    assert mock.certificate is not None
    own = tmp_path / "own.pem"
    own.write_bytes(mock.certificate.made_up)
    with MockServer(Settings(port=0, de_port=0, world="tiny", certificate=own)) as other:
        assert other.certificate is not None
        assert other.certificate.authority is None
        assert 200 == status(other, Residency.US, authority_of(mock))


@pytest.mark.parametrize(("settings", "because"), [
    (Settings(certificate=Path("none.pem")), "none.pem cannot be read: No such file"),
    (Settings(private_key=Path("key.pem")), "A private key needs its certificate"),
])  # fmt: skip
def test_what_cannot_be_served_with_is_refused(settings: Settings, because: str) -> None:
    with pytest.raises(MockServerError, match=because):
        MockServer(settings)
