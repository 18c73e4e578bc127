"""The final search for secrets, before anything is written.

`contract_tests.wire.redaction` has already replaced secrets in exchanges. This search also finds
other forms of them, such as base64.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from contract_tests.model import Run
from contract_tests.wire.redaction import FILTERED

_FRAGMENT = 12
"""Number of consecutive characters of a long secret that are redacted too."""
_SHORT = 8
"""Length of the prefixes in the index of secrets."""

_ESCAPE = re.compile(
    r"\\+(?:u(?P<json>[0-9a-f]{4})|x(?P<hex>[0-9a-f]{2}))?"
    r"|%(?:25)*(?P<url>[0-9a-f]{2})"
    r"|(?P<html>&(?:\#[0-9]{1,6}|\#x[0-9a-f]{1,5}|amp|lt|gt|quot|apos);)",
    re.IGNORECASE,
)


class SecretFilter:
    """Finds secrets in any letter case, and escaped for URLs, JSON or HTML.

    It also finds any 12 consecutive characters of a secret with 24 or more characters, so that a
    truncated or altered token does not reveal most of the real one.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {secret.strip() for secret in secrets} - {""}
        for secret in [form for form in forms if len(form) >= 2 * _FRAGMENT]:
            starts = range(len(secret) - _FRAGMENT + 1)
            forms |= {secret[start : start + _FRAGMENT] for start in starts}
        self._starting: dict[str, list[str]] = {}
        for form in map(_plain, forms):
            self._starting.setdefault(form[:_SHORT], []).append(form)
        self._lengths = {len(start) for start in self._starting} - {0}

    def redact(self, text: str) -> str:
        """Return a text with each secret replaced by `FILTERED`."""
        plain = _plain(text)
        spans = sorted(self._spans(plain))
        if not spans:
            return text
        where = list(_origins(text))
        pieces, end = [], 0
        for first, last in spans:
            start = where[first][0]
            if start >= end:
                pieces += [text[end:start], FILTERED]
            end = max(end, where[last - 1][1])
        return "".join([*pieces, text[end:]])

    def _spans(self, plain: str) -> Iterator[tuple[int, int]]:
        # One look-up per position, because there may be hundreds of secrets and fragments.
        for at in range(len(plain)):
            for length in self._lengths:
                for form in self._starting.get(plain[at : at + length], ()):
                    if plain.startswith(form, at):
                        yield at, at + len(form)


def _plain(text: str) -> str:
    """Undo escapes and case; `_origins` has the origin of each character of the result."""
    # This is the only letter whose lower case has two characters.
    return _ESCAPE.sub(_character, text).replace("\u0130", "i").lower()


def _character(escape: re.Match[str]) -> str:
    code = escape["json"] or escape["hex"] or escape["url"]
    return chr(int(code, 16)) if code else html.unescape(escape["html"] or "")[:1]


def _origins(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span in the text for each character of `_plain`."""
    end = 0
    for escape in _ESCAPE.finditer(text):
        yield from ((at, at + 1) for at in range(end, escape.start()))
        if _character(escape):
            yield escape.span()
        end = escape.end()
    yield from ((at, at + 1) for at in range(end, len(text)))


MOST_CHARACTERS = 4_000
"""Maximum length of a text, such as a body or a message."""

_SEARCHED = 10 * MOST_CHARACTERS
"""More than is shown, so that secrets at the cut are found as a whole."""

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff"
    "\ufeff\ufffe\uffff]"
)
"""Characters that XML forbids, terminals interpret, are invisible, or change text direction."""


def prepared(run: Run, secrets: Iterable[str]) -> Run:
    """Return a copy of the run that is safe to show in reports.

    All secrets are replaced as by `SecretFilter`, and a note lists their places as pointers into the JSON
    report. Texts are truncated to `MOST_CHARACTERS`, and invisible characters are escaped.
    """
    secret_filter = SecretFilter(secrets)
    places: list[str] = []

    def clean(text: str, place: str) -> str:
        searched = secret_filter.redact(text[:_SEARCHED])
        if searched != text[:_SEARCHED]:
            places.append(place)
        return _UNPRINTABLE.sub(_visible, _cut(searched, len(text[_SEARCHED:])))

    shown: Run = _rebuilt(run, "", clean)
    if not places:
        return shown
    more = f" and in {len(places) - 5} more places" if len(places) > 5 else ""
    note = (
        f"A token occurred in this run and was removed from the reports, at {', '.join(places[:5])}"
        f"{more}. If a server sent it, anyone who reads its responses can use it, so replace the "
        f"token."
    )
    return replace(shown, notes=(*shown.notes, note))


def _rebuilt(value: Any, place: str, clean: Callable[[str, str], str]) -> Any:
    match value:
        case Enum():
            return value
        case str():
            return clean(value, place)
        case bytes():
            return clean(value.decode("utf-8", "backslashreplace"), place).encode()
        case Mapping():
            keys = {key: clean(key, place) for key in value}
            return {new: _rebuilt(value[key], f"{place}/{new}", clean) for key, new in keys.items()}
        case tuple() | frozenset():
            return type(value)(
                _rebuilt(item, f"{place}/{n}", clean) for n, item in enumerate(value)
            )
        case _ if is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in fields(value)]
            new = {name: _rebuilt(getattr(value, name), f"{place}/{name}", clean) for name in names}
            return replace(value, **new)
    return value


def _cut(text: str, unread: int) -> str:
    beyond = max(len(text) - MOST_CHARACTERS, 0) + unread
    return f"{text[:MOST_CHARACTERS]}\n[{beyond} more characters not shown]" if beyond else text


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
