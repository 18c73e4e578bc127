"""Host names and addresses."""

import ipaddress
import re

_DOTTED = re.compile(r"[\d.]+")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def is_name(host: str) -> bool:
    """Return whether a host is a valid name (RFC 1123, section 2.1) or empty: all addresses."""
    labels = host.removesuffix(".").split(".")
    is_label = all(map(_LABEL.fullmatch, labels)) and not _DOTTED.fullmatch(host)
    return not host or (is_label and len(host) <= 253)


def is_address(host: str) -> bool:
    """Return whether a host is an IP address."""
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is loopback, without a DNS lookup."""
    name = host.casefold().rstrip(".")
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")  # RFC 6761, section 6.3
