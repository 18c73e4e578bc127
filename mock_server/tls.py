"""Certificates for HTTPS: a private authority made on the spot, or files of one's own."""

import ssl
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mock_server.errors import SettingsError
from mock_server.files import read_bytes
from mock_server.settings import Settings

_LOCAL = ("localhost", "us.localhost", "de.localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """What a server listens with."""

    chain: Path
    """A file in PEM: the certificate, and those that lead to its authority."""
    key: Path | None
    """The file of its private key; None if that is in the same file."""
    authority: Path | None = None
    """What clients must trust; None if the certificate is a user's own."""
    folder: "tempfile.TemporaryDirectory[str] | None" = None
    """Where a made-up one is, for this user alone."""
    made_up: bytes = field(default=b"", repr=False)
    """Key and chain in PEM, which are in a file only while they are loaded."""

    @contextmanager
    def loadable(self) -> Iterator[None]:
        """Have `chain` be a file meanwhile; a process that is killed later leaves no key."""
        try:
            if self.made_up:
                self.chain.touch(0o600)
                self.chain.write_bytes(self.made_up)
            yield
        finally:
            if self.made_up:
                self.chain.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove a made-up certificate."""
        if self.folder is not None:
            self.folder.cleanup()


def certificate_of(settings: Settings, hosts: Iterable[str]) -> Certificate | None:
    """Return what the settings ask for; None if it is plain HTTP.

    Args:
        settings: Which names files, or asks for a certificate to be made up.
        hosts: Names that a made-up certificate is for, beside those of this machine.

    Raises:
        SettingsError: If a file is missing, or what makes certificates is not installed.
    """
    if settings.certificate is not None:
        _try(settings.certificate, settings.private_key)
        return Certificate(settings.certificate, settings.private_key)
    if settings.private_key is not None:
        raise SettingsError("A private key needs its certificate; name that too.")
    return _made_up({*_LOCAL, settings.host, *hosts}) if settings.tls else None


def _try(chain: Path, key: Path | None) -> None:
    for path in filter(None, (chain, key)):
        read_bytes(path, SettingsError)
    try:
        # Without a password, OpenSSL would ask for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password="")
    except (OSError, ValueError) as error:
        files = f"{chain} with {key}" if key else f"{chain}"
        raise SettingsError(
            f"HTTPS cannot be served by {files}: it takes a certificate in PEM and its key, "
            "without a password."
        ) from error


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
