"""Keeping secrets out of the journal: credentials, cookies, and tokens wherever they stand.

Each is replaced, before an exchange is kept, by a fingerprint: one token can be told from another
by it, and none can be had back.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
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
_LONGEST_HEADER = 4_096
"""Bytes of a header's value that are kept."""
_MOST_HEADERS = 100


def mark(secret: bytes) -> str:
    """Give what stands for a secret, the same for the same secret."""
    return f"[secret {hashlib.sha256(secret).hexdigest()[:8]}]"


def is_secret(name: bytes) -> bool:
    """Say whether a header or query parameter of this name holds a secret."""
    return bool(_BY_NAME.search(name)) and not _PAGES.search(name)


def conceal_header(name: bytes, value: bytes) -> bytes:
    """Write a header's value without its secret, if its name says that it is one."""
    if name == b"referer":  # the address of some other page, and its query none of our business
        return value.partition(b"?")[0]
    if not is_secret(name):
        return value
    scheme, _, rest = value.strip().partition(b" ")
    if rest.strip() and scheme.lower() in _SCHEMES:
        return scheme + b" " + mark(rest.strip()).encode()
    return mark(value.strip()).encode()


def conceal_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Write headers without what their names call secret."""
    return [(k, conceal_header(k, v)[:_LONGEST_HEADER]) for k, v in headers][:_MOST_HEADERS]


class Secrets:
    """What is secret in one request, found once, and how to write without it.

    Args:
        headers: Of the request.
        path: Decoded, as ASGI has it.
        query: As it was sent.
    """

    __slots__ = ("_words", "headers", "is_in_target", "is_loose", "path", "query", "token")

    def __init__(self, headers: Headers, path: str, query: bytes) -> None:
        credentials: list[bytes] = []
        words: set[bytes] = set()
        others = []
        for name, value in headers:
            if not is_secret(name):
                others.append(value)
                continue
            found = _words_of(name, value)
            words.update(found)
            if name != b"cookie":
                credentials += found
        self._words = {word for word in words if len(word) >= _SHORTEST}
        target = _plain(path.encode("utf-8", "surrogatepass") + b"?" + query)
        around = _plain(b"\n".join(others))
        self.is_loose = bool(_BY_NAME.search(query)) or any(
            _BY_VALUE.search(text) or self.are_in(text) for text in (target, around)
        )
        """Whether a secret may stand where none belongs, so that the answer may repeat it."""
        in_target = self._found_in(target, query) if self.is_loose else []
        self.is_in_target = bool(in_target)
        """Whether the path or the query holds one."""
        credentials += in_target
        self.token = mark(credentials[0]) if credentials else None
        """What stands for the token that was sent; None if there was none."""
        self.headers = conceal_headers(headers)
        self.path, self.query = path, query.decode("latin-1")
        if self.is_loose:
            self._learn(*in_target, *_BY_VALUE.findall(around))
            self.headers = [(name, self.body(value)) for name, value in self.headers]
            self.path = self.text(path)
            self.query = urlencode(list(self._pairs(self.query)))

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
        """Give an argument without secrets."""
        if isinstance(value, list):
            return [self.value(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def are_in(self, text: bytes) -> bool:
        """Say whether bytes repeat one of them as it is."""
        return any(word in text for word in self._words)

    def _learn(self, *words: bytes) -> None:
        self._words.update(word for word in words if len(word) >= _SHORTEST)

    def _found_in(self, target: bytes, query: bytes) -> list[bytes]:
        named = [
            value.encode()
            for name, value in parse_qsl(query.decode("latin-1"))
            if is_secret(name.encode())
        ]
        sent = [word for word in self._words if word in target]
        return [*named, *sent, *_BY_VALUE.findall(target)]

    def _pairs(self, query: str) -> Iterator[tuple[str, str]]:
        for name, value in parse_qsl(query, keep_blank_values=True):
            is_hidden = value and is_secret(name.encode())
            yield self.text(name), mark(value.encode()) if is_hidden else self.text(value)

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


def _words_of(name: bytes, value: bytes) -> list[bytes]:
    """Give the secrets in a header, the header's own value first, without its scheme."""
    if b"cookie" in name.lower():
        return [crumb.partition(b"=")[2].strip(b' "') for crumb in value.split(b";")]
    scheme, _, rest = value.strip().partition(b" ")
    secret = rest.strip() if scheme.lower() in _SCHEMES else value.strip()
    if scheme.lower() != b"basic":
        return [secret] if secret else []
    try:
        return [secret, base64.b64decode(secret, validate=True).partition(b":")[2]]
    except (binascii.Error, ValueError):
        return [secret]
