"""Redact secrets in the journal and the log: credentials, cookies and tokens.

A fingerprint replaces each secret. Equal secrets have equal fingerprints, which cannot be reversed.
Text is truncated before it is searched, and every pattern runs in linear time.
"""

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
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
    token: str | None
    is_cut: bool


@lru_cache(64)  # clients repeat their headers
def _read_headers(headers: tuple[tuple[bytes, bytes], ...]) -> _HeaderSecrets:
    token, words, room = None, set[bytes](), _LONGEST_HEADERS
    texts, short_headers = [], []
    for long_name, value in headers[:_MOST_HEADERS]:
        name = long_name[:_LONGEST_NAME]
        if is_secret(name) or name == b"referer":
            short, secrets = _split(name, value[:_LONGEST_HEADERS])
            words |= _long_enough(secrets)
            if secrets and token is None and _CREDENTIAL_NAME.search(name):
                token = mark(secrets[0])
        else:
            short = _cut(value, room)
            texts.append(short)
        room = max(room - len(short), 0)
        short_headers.append((name, short))
    text = _decoded(b"\n".join(texts))
    return _HeaderSecrets(
        redacted=[(_redacted_name(name, words), value) for name, value in short_headers],
        words=words,
        found=_secrets_in(text) | {word for word in words if word in text},
        token=token,
        is_cut=len(headers) > _MOST_HEADERS
        or sum(len(value) for _, value in headers) > _LONGEST_HEADERS,
    )


def _redacted_name(name: bytes, words: Collection[bytes]) -> bytes:
    is_token = _is_token_as_name(name) or any(word.lower() in name for word in words)
    return mark(name).encode() if is_token else name


def _long_enough(secrets: Iterable[bytes]) -> set[bytes]:
    return {secret for secret in secrets if len(secret) >= _SHORTEST}


class Secrets:
    """The secrets of one request, and methods to redact them."""

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
        path_bytes = self.path.encode("utf-8", "surrogatepass")
        target = _decoded(path_bytes + b"\n" + short_query)
        pairs = parse_qsl(self.query, keep_blank_values=True) if query else []
        named = [value.encode() for name, value in pairs if value and _is_named(name)]
        found = {*known.found, *_secrets_in(target), *named, *_named_segments(_decoded(path_bytes))}
        found.update(run.encode() for run in _RUN.findall(self.path) if _is_random(run))
        self.is_loose = bool(found) or self.are_in(target)
        """Whether an unexpected part contains a secret, which the response may repeat."""
        if not self.is_loose:
            return
        self._words |= _long_enough(found)
        in_target = [*named, *(word for word in sorted(self._words) if word in target)]
        self.is_in_target = bool(in_target)
        self.token = self.token or next(map(mark, in_target), None)
        self.path = self.text(self.path)
        shown = [
            (name, mark(value.encode()) if value and _is_named(name) else self.text(value))
            for name, value in pairs
        ]
        self.query = urlencode([(self.text(name), value) for name, value in shown])
        self.headers = [
            (_redacted_name(name, self._words), self.body(value)) for name, value in self.headers
        ]

    def look_into(self, texts: Iterable[bytes]) -> None:
        """Add the secrets in other texts."""
        self._words |= _long_enough(_secrets_in(_decoded(b"\n".join(texts))))

    def text(self, text: str) -> str:
        """Redact a text, in all encodings of the secrets."""
        text = self._replaced(text)
        decoded = _decoded(text.encode("utf-8", "surrogateescape")) if "%" in text else b""
        if not self.are_in(decoded):
            return text
        return self._replaced(decoded.decode("utf-8", "surrogateescape"))

    def _replaced(self, text: str) -> str:
        for form, instead in self._forms():
            text = text.replace(form, instead)
        return text

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


def _is_named(name: str) -> bool:
    return is_secret(_decoded(name.encode()))


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


def _split(name: bytes, value: bytes) -> tuple[bytes, list[bytes]]:
    """Return a header's redacted value, and all secrets in it, first the one that identifies it."""
    value = value.strip()
    if name == b"referer":  # it may contain private URLs
        return _origin(value), []
    if name == b"cookie":
        crumbs = [crumb.partition(b"=")[2].strip(b' "') for crumb in value.split(b";")]
        return mark(value).encode(), [value, *crumbs]
    scheme, _, secret = value.partition(b" ")
    is_known = scheme.lower() in _SCHEMES
    secret = secret.strip() if is_known else value
    if not secret:
        return value, []
    secrets = [secret]
    if scheme.lower() == b"basic":
        with suppress(ValueError):  # no valid credentials (RFC 7617)
            secrets.append(base64.b64decode(secret, validate=True).partition(b":")[2])
    return (scheme + b" " if is_known else b"") + mark(secret).encode(), secrets


def _origin(url: bytes) -> bytes:
    try:
        parts = urlsplit(url.decode("latin-1"))
    except ValueError:
        return b""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/".encode() if parts.netloc else b""
