"""A run made fit to be shown: no secret in any text, nothing invisible, nothing endless."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from contract_tests.model import Run
from contract_tests.reports.secrets import Sieve

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
    """Give the run as every report may show it.

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
            return type(value)(_rebuilt(one, f"{place}/{n}", clean) for n, one in enumerate(value))
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
        f"{more}. If a server sent it, whoever reads its answers can use it: replace the token."
    )
