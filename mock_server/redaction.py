"""Redact secrets in the journal and the log: credentials, cookies and tokens.

A fingerprint replaces each secret. Equal secrets have equal fingerprints, which cannot be reversed.
Text is truncated before it is searched, and every pattern runs in linear time.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote_to_bytes, urlencode, urlsplit

Headers = list[tuple[bytes, bytes]]

_SECRET_NAME = re.compile(
    rb"auth(?!or(?!i[sz]))|token|secret|pass(?!ive|age|port|eng)|pwd|pswd|jwt|cookie|credential"
    rb"|signature|\bsig\b|session|\bsid\b|bearer|hmac|otp\b|\bpin\b"
    rb"|websocket-protocol|(?<!space)(?<!space-)(?<!sort)(?<!sort-)(?<!group)(?<!group-)(?<!page)(?<!page-)"
    rb"(?<!idempotency-)(?<!websocket-)key\b",
    re.IGNORECASE,
)
"""Names of headers and query parameters with secrets, for this and other services."""
_PAGING_TOKEN = re.compile(
    rb"\W?(?:next|prev(?:ious)?|page|paging|continu(?:e|ation)|cursor|skip|start|sync|[-_])+tokens?",
    re.IGNORECASE,
)
_CREDENTIAL_NAME = re.compile(
    rb"auth|token|secret|pass|api[-_]?key|credential|jwt|\bkey\b", re.IGNORECASE
)
"""Those that identify clients; signatures and session ids change with each request."""
_PASSWORD_NAME = re.compile(rb"pass|pwd|pswd|secret|otp\b|\bpin\b", re.IGNORECASE)
_MIXED = re.compile(rb"[0-9].*[A-Za-z]|[A-Za-z].*[0-9]", re.DOTALL)
_SECRET_VALUE = re.compile(
    rb"(?i:vt_(?:us|de)_[\w-]{20,}|demo-token-(?:us|de)|demo-api-token)"
    rb"|AT(?:ATT|CTT|STT|OA)[\w=-]{20,}|(?<![\w-])(?=[\w-]*?eyJ)[\w-]++(?:\.[\w-]*+){2,4}"
)
"""Matches tokens of the mock and of Atlassian, and JSON Web Tokens."""
_PASSWORD_IN_URL = re.compile(rb"(?<=://)[^/\s:@]*+:([^/\s@]++)@")
_PAIR = re.compile(rb"""(?<![\w.-])([\w.-]++)["'\]]*+\s?[:=][\s+]?["']?+([^\s"'&;,#}<>]++)""")
"""Matches a name and its value in JSON, path parameters, or an address within a value."""
_RUN = re.compile(r"[A-Za-z0-9]{16,}+")
_TOKEN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=%-"

_SCHEMES = frozenset({b"bearer", b"basic", b"digest", b"token", b"apikey"})
_SHORTEST = 6
"""Minimum length of a secret; shorter ones would match harmless text."""
_LONGEST_NAME = 100
_LONGEST_PATH = 4_096
_LONGEST_QUERY = 8_192
_LONGEST_HEADERS = 16_384
"""Maximum total size of all values, in bytes."""
_MOST_HEADERS = 100
_MOST_DECODINGS = 4


def mark(secret: bytes) -> str:
    """Return the fingerprint of a secret."""
    return f"[secret {hashlib.blake2b(secret, digest_size=4).hexdigest()}]"


@lru_cache(1_024)
def _is_secret(name: bytes) -> bool:
    words = re.sub(rb"(?<=[a-z0-9])(?=[A-Z])|[_.]", b"-", name)  # `authKey` and `auth_key` alike
    return bool(_SECRET_NAME.search(words)) and not _PAGING_TOKEN.fullmatch(name)


def is_secret(name: bytes) -> bool:
    """Return whether a header or query parameter with this name contains a secret."""
    return _is_secret(name[:_LONGEST_NAME])


@lru_cache(1_024)
def _is_token_as_name(name: bytes) -> bool:
    """Return whether a header name is a token, as when curl is given `$TOKEN:` by mistake."""
    runs = _RUN.findall(name.replace(b"_", b"").decode("latin-1"))
    return any(map(_has_digit, runs)) or bool(_SECRET_VALUE.search(name))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def redact_header(name: bytes, value: bytes) -> bytes:
    """Redact a header's value if its name indicates a secret."""
    name = name.lower()
    return _split(name, value)[0] if is_secret(name) or name == b"referer" else value


class _HeaderSecrets(NamedTuple):
    """The secrets in the headers of a request."""

    redacted: Headers
    words: set[bytes]
    """The secrets in headers that are known to contain one."""
    found: set[bytes]
    """The secrets in other headers."""
    is_loose: bool
    """Whether another header repeats one of `words`."""
    token: str | None
    is_cut: bool


@lru_cache(64)  # clients repeat their headers
def _read_headers(headers: tuple[tuple[bytes, bytes], ...]) -> _HeaderSecrets:
    token, words, room = None, set[bytes](), _LONGEST_HEADERS
    texts, short_headers = [], []
    for long_name, value in headers[:_MOST_HEADERS]:
        name = long_name[:_LONGEST_NAME]
        if not _is_secret(name) and name != b"referer":
            short = _cut(value, room)
            texts.append(short)
        else:
            short, mark_of_value, secrets = _split(name, value[:_LONGEST_HEADERS])
            words.update(secret for secret in secrets if len(secret) >= _SHORTEST)
            if _CREDENTIAL_NAME.search(name):
                token = token or mark_of_value
        room = max(room - len(short), 0)
        short_headers.append((name, short))
    text = _decoded(b"\n".join(texts))
    return _HeaderSecrets(
        redacted=[(_redacted_name(name, words), value) for name, value in short_headers],
        words=words,
        found=_secrets_in(text),
        is_loose=any(word in text for word in words),
        token=token,
        is_cut=len(headers) > _MOST_HEADERS
        or sum(len(value) for _, value in headers) > _LONGEST_HEADERS,
    )


def _redacted_name(name: bytes, words: Collection[bytes]) -> bytes:
    is_token = _is_token_as_name(name) or any(word.lower() in name for word in words)
    return mark(name).encode() if is_token else name


class Secrets:
    """The secrets of one request, and methods to redact them."""

    __slots__ = (
        "_words",
        "headers",
        "is_cut",
        "is_in_target",
        "is_loose",
        "path",
        "query",
        "token",
    )

    def __init__(self, headers: Headers, path: str, query: bytes) -> None:
        known = _read_headers(tuple(headers))
        self.headers: Headers = list(known.redacted)
        self.token = known.token
        """The fingerprint of the token; None if there is none."""
        self.is_in_target = False
        """Whether the path or the query string contains a secret."""
        self._words = set(known.words)
        self.path, short_query = _cut_path(path), _cut(query, _LONGEST_QUERY)
        self.query = short_query.decode("latin-1")
        self.is_cut = known.is_cut or len(path) > _LONGEST_PATH or len(short_query) < len(query)
        """Whether a part of the request was skipped because of its size."""
        text = _decoded(self._target())
        pairs = parse_qsl(self.query, keep_blank_values=True) if query else []
        is_named = any(is_secret(_decoded(name.encode())) for name, _ in pairs)
        found = known.found | _secrets_in(text)
        found.update(run.encode() for run in _RUN.findall(self.path) if _is_random(run))
        found.update(_named_segments(_decoded(self.path.encode("utf-8", "surrogatepass"))))
        self.is_loose = bool(found) or is_named or known.is_loose or self.are_in(text)
        """Whether an unexpected part contains a secret, which the response may repeat."""
        if self.is_loose:
            self._words |= {word for word in found if len(word) >= _SHORTEST}
            self._redact_target(pairs)
            self.headers = [
                (_redacted_name(name, self._words), self.body(value))
                for name, value in self.headers
            ]

    def look_into(self, texts: Iterable[bytes]) -> None:
        """Add the secrets in other texts."""
        found = _secrets_in(_decoded(b"\n".join(texts)))
        self._words |= {word for word in found if len(word) >= _SHORTEST}

    def _target(self) -> bytes:
        return self.path.encode("utf-8", "surrogatepass") + b"\n" + self.query.encode("latin-1")

    def _redact_target(self, pairs: list[tuple[str, str]]) -> None:
        named = [value.encode() for name, value in pairs if value and is_secret(name.encode())]
        target = _decoded(self._target())
        found = [*named, *(word for word in sorted(self._words) if word in target)]
        self.is_in_target = bool(found)
        self.token = self.token or next(map(mark, found), None)
        self._words.update(word for word in found if len(word) >= _SHORTEST)
        self.path = self.text(self.path)
        self.query = urlencode(
            [(self.text(name), self._shown(name, value)) for name, value in pairs]
        )

    def _shown(self, name: str, value: str) -> str:
        is_named = value and is_secret(_decoded(name.encode()))
        return mark(value.encode()) if is_named else self.text(value)

    def text(self, text: str) -> str:
        """Redact a text, in all encodings of the secrets."""
        for form, instead in self._forms():
            text = text.replace(form, instead)
        if "%" not in text:
            return text
        decoded = _decoded(text.encode("utf-8", "surrogateescape"))
        if not self.are_in(decoded):
            return text
        plain = decoded.decode("utf-8", "surrogateescape")
        for form, instead in self._forms():
            plain = plain.replace(form, instead)
        return plain

    def body(self, body: bytes, *, is_cut: bool = False) -> bytes:
        """Redact bytes; if they are truncated, drop the end, which may contain part of a secret."""
        text = self.text(body.decode("utf-8", "surrogateescape"))
        if is_cut:
            longest = max((len(form) for form, _ in self._forms()), default=0)
            text = text[: max(len(text) - longest, 0)]
        return text.encode("utf-8", "surrogateescape")

    def value(self, value: Any) -> Any:
        """Redact a value, or the values of a container."""
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple | frozenset):
            return type(value)(map(self.value, value))
        return self.text(value) if isinstance(value, str) else value

    def are_in(self, text: bytes) -> bool:
        """Return whether bytes contain a secret verbatim."""
        return any(word in text for word in self._words)

    def _forms(self) -> list[tuple[str, str]]:
        """Return all encodings of each secret, longest first, with its fingerprint."""
        forms: dict[str, str] = {}
        for word in self._words:
            forms |= dict.fromkeys((quote(word, safe=""), quote_plus(word)), mark(word))
            for text in (word.decode("utf-8", "surrogateescape"), word.decode("latin-1")):
                escaped = text.encode("ascii", "backslashreplace").decode()  # in `X-Mock-Note`
                spelled = text, text.lower(), json.dumps(text)[1:-1], escaped
                forms |= dict.fromkeys(spelled, mark(word))
        return sorted(forms.items(), key=lambda form: (-len(form[0]), form[0]))


def _secrets_in(text: bytes) -> set[bytes]:
    """Return the tokens in a text, and the values after secret names."""
    named = (value for name, value in _PAIR.findall(text) if is_secret(name))
    return {*_SECRET_VALUE.findall(text), *_PASSWORD_IN_URL.findall(text), *named}


def _named_segments(path: bytes) -> set[bytes]:
    """Return path segments after a secret name; words and numbers only if they are passwords."""
    segments = path.split(b"/") if _SECRET_NAME.search(path) else []
    return {
        value
        for name, value in pairwise(segments)
        if is_secret(name) and (_PASSWORD_NAME.search(name) or _MIXED.search(value))
    }


def redacted_path(headers: Headers, path: str) -> str:
    """Return a path for the log: percent-encoded and redacted."""
    return quote(Secrets(headers, path, b"").path, safe="/~[] ")


def _is_random(run: str) -> bool:
    """Return whether text looks random: ids have only digits; keys and accounts one case."""
    return _has_digit(run) and any(map(str.islower, run)) and any(map(str.isupper, run))


def _cut(value: bytes, most: int) -> bytes:
    """Truncate a long value without splitting a token."""
    return value if len(value) <= most else value[:most].rstrip(_TOKEN_CHARACTERS)


def _cut_path(path: str) -> str:
    return path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH].rpartition('/')[0]}/…"


def _decoded(text: bytes) -> bytes:
    """Decode percent-encoding, even if applied several times."""
    for _ in range(_MOST_DECODINGS):
        if b"%" not in text:
            break
        text = unquote_to_bytes(text)
    return text


def _split(name: bytes, value: bytes) -> tuple[bytes, str | None, list[bytes]]:
    """Return a header's redacted value, the fingerprint, and all secrets in it."""
    value = value.strip()
    if name == b"referer":  # it may contain private URLs
        return _origin(value), None, []
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


def _origin(url: bytes) -> bytes:
    try:
        parts = urlsplit(url.decode("latin-1"))
    except ValueError:
        return b""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/".encode() if parts.netloc else b""


def _passwords(scheme: bytes, secret: bytes) -> list[bytes]:
    """Return the decoded Basic credentials and the password (RFC 7617)."""
    if scheme.lower() != b"basic":
        return []
    try:
        return [base64.b64decode(secret, validate=True).partition(b":")[2]]
    except (binascii.Error, ValueError):
        return []
