"""How names are compared: word by word, whatever their capitals, punctuation and accents."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

_NAMESPACE = re.compile(r"^\w+:(?=\w)")
"""What JSON-LD puts before names, such as `hydra:`."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_LEADING = frozenset({"x", "filter", "query", "param", "report", "requested", "my", "the", "odata"})
_TRAILING = frozenset(
    {
        "on",
        "at",
        "ts",
        "ms",
        "millis",
        "milliseconds",
        "seconds",
        "epoch",
        "utc",
        "iso",
        "timestamp",
        "string",
        "text",
        "value",
        "param",
        "filter",
        "inclusive",
        "exclusive",
        "formatted",
        "field",
        "flag",
        "yn",
        "equals",
        "eq",
        "contains",
        "like",
        "in",
    }
)
"""Words around a name that say how it is written, not what it is."""


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words at capitals, digits and punctuation.

    Accents and a namespace in front do not count.
    """
    bare = unicodedata.normalize("NFKD", _NAMESPACE.sub("", name))
    plain = "".join(one for one in bare if not unicodedata.combining(one))
    return tuple(word.lower() for word in _WORD.findall(plain))


def normalised(names: Iterable[str]) -> str:
    """Join the words of a path of names, without an `x` in front or a word said twice in a row."""
    words = _told_once(names)
    return "".join(words[1:] if words[:1] == ["x"] and len(words) > 1 else words)


def readings(names: Sequence[str]) -> Iterator[str]:
    """Give the ways to read a path of names: as it is, then without words around it."""
    yield normalised(names)
    words = _told_once(names)
    begin, end = 0, len(words)
    while end - begin > 1 and words[end - 1] in _TRAILING:
        end -= 1
        yield "".join(words[begin:end])
    while end - begin > 1 and words[begin] in _LEADING:
        begin += 1
        yield "".join(words[begin:])
        yield "".join(words[begin:end])


def _told_once(names: Iterable[str]) -> list[str]:
    words: list[str] = []
    for word in (word for name in names for word in words_of(name)):
        if not words or words[-1] not in {word, f"{word}s"}:
            words.append(word)
    return words


def ranks_of(names: str) -> dict[str, int]:
    """Give each normalised name of a `; `-separated list its place in it."""
    return {normalised([name]): rank for rank, name in reversed(list(enumerate(names.split("; "))))}
