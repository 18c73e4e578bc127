"""Certificates for HTTPS: from a generated authority, or from files."""

import ssl
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mock_server.errors import SettingsError
from mock_server.inputs.files import read_bytes
from mock_server.settings import Settings

_LOCAL = ("localhost", "us.localhost", "de.localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """The certificate of a server."""

    chain: Path
    """A PEM file with the certificate and its chain."""
    key: Path | None
    """The file of the private key; None if it is in the same file."""
    authority: Path | None = None
    """The certificate authority to trust; None for a user's own certificate."""
    folder: "tempfile.TemporaryDirectory[str] | None" = None
    """The directory of a generated certificate, accessible only to this user."""
    made_up: bytes = field(default=b"", repr=False)
    """Key and chain in PEM; written to a file only while they are loaded."""

    @contextmanager
    def loadable(self) -> Iterator[None]:
        """Write `chain` to a file for the duration of the context only."""
        try:
            if self.made_up:
                self.chain.touch(0o600)
                self.chain.write_bytes(self.made_up)
            yield
        finally:
            if self.made_up:
                self.chain.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete a generated certificate."""
        if self.folder is not None:
            self.folder.cleanup()


def certificate_of(settings: Settings, hosts: Iterable[str]) -> Certificate | None:
    """Return the certificate from the settings; None for plain HTTP.

    Args:
        settings: The settings with the files, or `tls` to generate a certificate.
        hosts: Additional host names of a generated certificate.

    Raises:
        SettingsError: If a file is missing or invalid, or trustme is not installed.
    """
    chain, key = settings.certificate, settings.private_key
    if chain is None:
        if key is not None:
            raise SettingsError("A private key needs its certificate; name that too.")
        return _made_up({*_LOCAL, settings.host, *hosts}) if settings.tls else None
    for path in filter(None, (chain, key)):
        read_bytes(path, SettingsError)
    try:
        # Without an explicit password, OpenSSL would prompt on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password="")
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"HTTPS cannot be served by {f'{chain} with {key}' if key else chain}: it takes a "
            "certificate in PEM and its key, without a password."
        ) from error
    return Certificate(chain, key)


def _made_up(hosts: Iterable[str]) -> Certificate:
    try:
        import trustme
    except ImportError:
        raise SettingsError(
            "Certificates are made by trustme; install it with `pip install viewtracker-mock[tls]`."
        ) from None
    folder = tempfile.TemporaryDirectory(prefix="viewtracker-mock-")
    chain, trusted = Path(folder.name, "server.pem"), Path(folder.name, "ca.pem")
    authority = trustme.CA(organization_name="viewtracker-mock")
    authority.cert_pem.write_to_path(trusted)
    issued = authority.issue_cert(*sorted(hosts))
    return Certificate(chain, None, trusted, folder, issued.private_key_and_cert_chain_pem.bytes())
