"""The last search for secrets, before anything is written.

What `contract_tests.wire.redaction` left out when an exchange was recorded is not there any more; this
finds what nobody thought of, such as a token that came back in base64.
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
"""Characters of a long secret that give it away by themselves, as in one that was altered."""
_SHORT = 8
"""Below this many characters, what base64 makes of a secret is found in ordinary text."""

_ESCAPE = re.compile(
    r"\\+(?:u(?P<json>[0-9a-f]{4})|x(?P<hex>[0-9a-f]{2}))?"
    r"|%(?:25)*(?P<url>[0-9a-f]{2})"
    r"|(?P<html>&(?:\#[0-9]{1,6}|\#x[0-9a-f]{1,5}|amp|lt|gt|quot|apos);)",
    re.IGNORECASE,
)


class Sieve:
    """Finds secrets, however their characters are written.

    In another case; escaped for URLs, once or more, for JSON or for HTML. Of secrets with 24 or more characters, 12 on their own are found
    too, so that a token that was cut or altered does not give most of the real one away.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        wholes = {secret.strip() for secret in secrets} - {""}
        forms = {form for whole in wholes for form in (whole, *_fragments(whole))}
        self._starting: dict[str, list[str]] = {}
        for form in map(_plain, forms):
            self._starting.setdefault(form[:_SHORT], []).append(form)
        self._lengths = {len(start) for start in self._starting} - {0}

    def strain(self, text: str) -> str:
        """Return a text with `FILTERED` in place of each secret; the same text if it has none."""
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
        # One look-up at each place, as there may be hundreds of secrets, and of pieces of each.
        for at in range(len(plain)):
            for length in self._lengths:
                for form in self._starting.get(plain[at : at + length], ()):
                    if plain.startswith(form, at):
                        yield at, at + len(form)


def _fragments(secret: str) -> Iterator[str]:
    if len(secret) >= 2 * _FRAGMENT:
        for start in range(len(secret) - _FRAGMENT + 1):
            yield secret[start : start + _FRAGMENT]


def _plain(text: str) -> str:
    """Undo escapes and case; each character of the result has its origin in `_origins`."""
    # The one letter that becomes two.
    return _ESCAPE.sub(_character, text).replace("\u0130", "i").lower()


def _character(escape: re.Match[str]) -> str:
    code = escape["json"] or escape["hex"] or escape["url"]
    return chr(int(code, 16)) if code else html.unescape(escape["html"] or "")[:1]


def _origins(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span in the text that each character of `_plain` comes from."""
    end = 0
    for escape in _ESCAPE.finditer(text):
        yield from ((at, at + 1) for at in range(end, escape.start()))
        if _character(escape):
            yield escape.span()
        end = escape.end()
    yield from ((at, at + 1) for at in range(end, len(text)))


MOST_CHARACTERS = 4_000
"""Of one text, such as a body or a message; what follows is told by its length."""

_SEARCHED = 10 * MOST_CHARACTERS
"""Beyond what is shown, so that a secret at the cut is met whole."""

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff"
    "\ufeff\ufffe\uffff]"
)
"""What XML forbids, terminals obey, nobody sees, or turns the direction of what is around it."""


def prepared(run: Run, secrets: Iterable[str]) -> Run:
    """Return the run as every report may show it.

    Every text is searched for each secret, as `Sieve` does. What is found is replaced, and the
    run's notes say where it was; the pointers in them fit the JSON report. Then texts are cut to
    `MOST_CHARACTERS`, and characters that cannot be seen are written as their numbers.
    """
    sieve = Sieve(secrets)
    places: list[str] = []

    def clean(text: str, place: str) -> str:
        searched = sieve.strain(text[:_SEARCHED])
        if searched != text[:_SEARCHED]:
            places.append(place)
        return _UNPRINTABLE.sub(_visible, _cut(searched, len(text[_SEARCHED:])))

    shown: Run = _rebuilt(run, "", clean)
    return replace(shown, notes=(*shown.notes, _warning(places))) if places else shown


def _rebuilt(value: Any, place: str, clean: Callable[[str, str], str]) -> Any:
    """Build a value anew, with every text in it cleaned."""
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


def _warning(places: list[str]) -> str:
    more = f" and in {len(places) - 5} more places" if len(places) > 5 else ""
    return (
        f"A token was met in this run, and left out of the reports, at {', '.join(places[:5])}"
        f"{more}. If a server sent it, whoever reads its responses can use it: replace the token."
    )
