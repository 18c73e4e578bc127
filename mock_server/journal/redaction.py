"""Keeping secrets out of the journal: credentials, cookies, and tokens wherever they stand.

Each is replaced, before an exchange is kept, by a fingerprint: one token can be told from another
by it, and none can be had back.
"""

import base64
import binascii
import hashlib
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote_to_bytes, urlencode

Headers = list[tuple[bytes, bytes]]

_BY_NAME = re.compile(
    rb"authori[sz]ation|token|secret|passw|api[-_]?key|cookie|credential|jwt", re.IGNORECASE
)
"""Names of headers and query parameters that hold secrets, here or at any other service."""
_PAGES = re.compile(rb"page|next|contin|cursor", re.IGNORECASE)
"""Tokens of this sort turn pages and are no secrets."""
_BY_VALUE = re.compile(
    rb"vt_(?:us|de)_[\w-]{20,}|demo-token-(?:us|de)|demo-api-token|ATATT[\w=-]{20,}"
    rb"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
"""Tokens of the mock, of Atlassian, and JSON Web Tokens."""

_SCHEMES = frozenset({b"bearer", b"basic", b"digest", b"token", b"apikey"})
_SHORTEST = 6
"""Shorter words would blot out what is no secret."""
_LONGEST_NAME = 100
"""Bytes of a header's name that are looked at and kept."""
_LONGEST_TEXT = 16_384
"""Bytes of path, query and headers together, above which long values are cut."""
_LONGEST_VALUE = 2_048
"""Bytes of a header's value that are kept then."""
_MOST_HEADERS = 100


def mark(secret: bytes) -> str:
    """Give what stands for a secret, the same for the same secret."""
    return f"[secret {hashlib.blake2b(secret, digest_size=4).hexdigest()}]"


def is_secret(name: bytes) -> bool:
    """Say whether a header or query parameter of this name holds a secret."""
    return _is_secret(name[:_LONGEST_NAME])


@lru_cache(1_024)
def _is_secret(name: bytes) -> bool:
    return bool(_BY_NAME.search(name)) and not _PAGES.search(name)


def conceal_header(name: bytes, value: bytes) -> bytes:
    """Write a header's value without its secret, if its name says that it is one."""
    return _taken_out(name, value)[0] if is_secret(name) else value


class Secrets:
    """What is secret in one request, found once, and how to write without it.

    Args:
        headers: Of the request.
        path: Decoded, as ASGI has it.
        query: As it was sent.
    """

    __slots__ = ("_words", "headers", "is_in_target", "is_loose", "path", "query", "token")

    def __init__(self, headers: Headers, path: str, query: bytes) -> None:
        # Once for every request, so each header is looked at once, and all text is searched at once.
        secrets: list[bytes] = []
        self.headers: Headers = []
        self.token: str | None = None
        """What stands for the token that was sent; None if there was none."""
        texts = [path.encode("utf-8", "surrogatepass"), query]
        for long_name, value in headers[:_MOST_HEADERS]:
            name = long_name[:_LONGEST_NAME]
            if not _is_secret(name) and name != b"referer":
                texts.append(value)
                self.headers.append((name, value))
                continue
            shown, token, found = _taken_out(name, value)
            self.headers.append((name, shown))
            secrets += found
            if name != b"cookie":
                self.token = self.token or token
        self._words = {word for word in secrets if len(word) >= _SHORTEST}
        text = _plain(b"\n".join(texts))
        self.path, self.query = path, query.decode("latin-1")
        self.is_in_target = False
        """Whether the path or the query holds a secret."""
        self.is_loose = bool(_BY_VALUE.search(text) or self.are_in(text) or _BY_NAME.search(query))
        """Whether a secret may stand where none belongs, so that the answer may repeat it."""
        if self.is_loose:
            self._words.update(_BY_VALUE.findall(text))
            self._conceal_target(query)
            self.headers = [(name, self.body(value)) for name, value in self.headers]
        if len(text) > _LONGEST_TEXT:
            self.headers = [(name, value[:_LONGEST_VALUE]) for name, value in self.headers]

    def _conceal_target(self, query: bytes) -> None:
        pairs = parse_qsl(self.query, keep_blank_values=True)
        target = _plain(self.path.encode("utf-8", "surrogatepass") + b"?" + query)
        found = [value.encode() for name, value in pairs if value and is_secret(name.encode())]
        found += [word for word in sorted(self._words) if word in target]
        self.is_in_target = bool(found)
        self.token = self.token or next(map(mark, found), None)
        self._words.update(word for word in found if len(word) >= _SHORTEST)
        self.path = self.text(self.path)
        self.query = urlencode(
            [(self.text(name), self._shown(name, value)) for name, value in pairs]
        )

    def _shown(self, name: str, value: str) -> str:
        return mark(value.encode()) if value and is_secret(name.encode()) else self.text(value)

    def text(self, text: str) -> str:
        """Give a text without secrets, however they are spelled."""
        for form, instead in self._forms():
            text = text.replace(form, instead)
        return text

    def body(self, body: bytes, *, is_cut: bool = False) -> bytes:
        """Give bytes without secrets; of what was cut, without the part of one at its end."""
        text = self.text(body.decode("utf-8", "surrogateescape"))
        if is_cut:
            longest = max((len(form) for form, _ in self._forms()), default=0)
            text = text[: max(len(text) - longest, 0)]
        return text.encode("utf-8", "surrogateescape")

    def value(self, value: Any) -> Any:
        """Give a value, or a collection of values, without secrets."""
        if isinstance(value, dict):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self.value, value))
        return self.text(value) if isinstance(value, str) else value

    def are_in(self, text: bytes) -> bool:
        """Say whether bytes repeat one of them as it is."""
        return any(word in text for word in self._words)

    def _forms(self) -> list[tuple[str, str]]:
        """Give every way that an answer may spell each secret, longest first, with its mark."""
        forms: dict[str, str] = {}
        for word in self._words:
            text = word.decode("utf-8", "surrogateescape")
            for form in (text, json.dumps(text)[1:-1], quote(word, safe=""), quote_plus(word)):
                forms[form] = mark(word)
        return sorted(forms.items(), key=lambda one: (-len(one[0]), one[0]))


def _plain(text: bytes) -> bytes:
    return unquote_to_bytes(text) if b"%" in text else text


def _taken_out(name: bytes, value: bytes) -> tuple[bytes, str | None, list[bytes]]:
    """Give a header without its secret, what stands for that, and all that is secret in it."""
    value = value.strip()
    if name == b"referer":  # what another page was asked is none of our business
        return value.partition(b"?")[0], None, []
    if name == b"cookie":
        crumbs = [crumb.partition(b"=")[2].strip(b' "') for crumb in value.split(b";")]
        return mark(value).encode(), mark(value), crumbs
    scheme, _, secret = value.partition(b" ")
    is_known = scheme.lower() in _SCHEMES
    secret = secret.strip() if is_known else value
    if not secret:
        return value, None, []
    token = mark(secret)
    shown = (scheme.decode() + " " + token if is_known else token).encode()
    return shown, token, [secret, *_passwords(scheme, secret)]


def _passwords(scheme: bytes, secret: bytes) -> list[bytes]:
    """Give what follows the name in Basic credentials (RFC 7617)."""
    if scheme.lower() != b"basic":
        return []
    try:
        return [base64.b64decode(secret, validate=True).partition(b":")[2]]
    except (binascii.Error, ValueError):
        return []
