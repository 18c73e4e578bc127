"""The HTTP client of the commands: uses the proxies of the environment, except for loopback."""

from typing import Any
from urllib.parse import urlsplit

import httpx

from mock_server.errors import SettingsError
from mock_server.inputs.hosts import is_loopback


def http_client(url: str, *, verify: bool = True, **options: Any) -> httpx.Client:
    """Return a client whose first request is to a URL.

    Raises:
        SettingsError: If a proxy or the certificates in the environment are invalid.
    """
    try:
        is_local = is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        is_local = False  # the request will report the invalid URL
    try:
        # An explicit transport bypasses proxies, and still uses SSL_CERT_FILE.
        transport = httpx.HTTPTransport(verify=verify) if is_local else None
        return httpx.Client(transport=transport, verify=verify, **options)
    except OSError as error:
        raise SettingsError(
            f"The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: {error}"
        ) from error
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise SettingsError(
            f"The proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used: {error}"
        ) from error
