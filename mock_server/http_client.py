"""The HTTP client of commands: proxies are used as the environment says, but never for loopback."""

from typing import Any
from urllib.parse import urlsplit

import httpx

from mock_server.errors import SettingsError
from mock_server.settings import is_loopback


def http_client(url: str, *, verify: bool = True, **options: Any) -> httpx.Client:
    """Return a client for a URL.

    Args:
        url: What is to be asked first.
        verify: Whether certificates must be trusted.
        options: Further arguments of `httpx.Client`.

    Raises:
        SettingsError: If a proxy that the environment names cannot be used.
    """
    try:
        is_local = is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        is_local = False  # the request will say what is wrong with the URL
    # A transport of its own has no proxies, and still trusts what SSL_CERT_FILE names.
    transport = httpx.HTTPTransport(verify=verify) if is_local else None
    try:
        return httpx.Client(transport=transport, verify=verify, **options)
    except (ImportError, ValueError) as error:
        raise SettingsError(
            f"The proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used: {error}"
        ) from error
