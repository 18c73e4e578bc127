"""Read what the descriptions of a document say in English or German."""

import re
from collections.abc import Iterable
from functools import partial

from mock_server.binding.fields import Part
from mock_server.binding.lexicon import CONCEPTS, WORDS, words_of

_pattern = partial(re.compile, flags=re.IGNORECASE)


def _clauses(description: str) -> list[str]:
    return re.split(r"[.;]|\n\s*(?:\n|[-*])", description)


# Parameters

_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "fünf": 5, "six": 6,
           "seven": 7, "sieben": 7, "ten": 10, "zehn": 10, "fourteen": 14, "twenty": 20, "thirty": 30,
           "fifty": 50, "ninety": 90}  # fmt: skip
_COUNT = rf"(\d{{1,4}}|{'|'.join(_COUNTS)})"
_UNITS = {
    "day": 1,
    "tag": 1,
    "week": 7,
    "woche": 7,
    "month": 30,
    "monat": 30,
    "year": 365,
    "jahr": 365,
}
_AMOUNT = rf"{_COUNT} ({'|'.join(_UNITS)})\w{{0,2}}\b"
_BY_DEFAULT = r"\b(?:defaults?|(?:un)?specified|omitted|missing|absent|standard)\b\D{0,40}?\b"
_IF_ABSENT = (
    r"[^.;]{0,40}?\b(?:by default|(?:if|when) (?:it is )?(?:absent|missing|omitted|unspecified|empty|left out"
    r"|not (?:set|given|sent|specified|provided|present)))\b"
)
_DEFAULT_DAYS = (
    _pattern(rf"{_BY_DEFAULT}{_AMOUNT} (?:ago|before|earlier|prior)\b"),
    _pattern(rf"\b{_AMOUNT} (?:ago|before|earlier|prior)\b{_IF_ABSENT}"),
    _pattern(rf"{_BY_DEFAULT}(?:vor )?{_AMOUNT}(?<=tagen|ochen|naten)"),
)
_DEFAULT_SIZE = (
    _pattern(r"(?:\bdefaults?\b|\bunspecified\b|\bstandard\b)\D{0,40}?\b([1-9]\d{0,4})\b"),
    _pattern(rf"\b([1-9]\d{{0,4}})\b{_IF_ABSENT}"),
)
_COERCED = _pattern(r"\b(?<!not )(?:coerced|capped|clamped|reduced) (?:to|at) ([1-9]\d{0,5})\b")
_NOW_WORDS = r"\b(?<!not )(?:now|current time|jetzt)\b(?! (?:minus|plus|-|but))"
_NOW = _pattern(rf"{_BY_DEFAULT}{_NOW_WORDS}|{_NOW_WORDS}{_IF_ABSENT}")
_DIRECTION = _pattern(r"""["'`(\s]-\w|\bprefix|\bminus\b|\bhyphen\b|\b(asc|desc)\b""")
_INCLUSIVE = _pattern(r"\b(inclusive|inklusive|einschlie(ß|ss)lich)\b")
_EXCLUSIVE = _pattern(r"\b(exclusive|exklusive|ausschlie(ß|ss)lich)\b")
_COMPARISONS = {
    (Part.END, True): "lte",
    (Part.START, False): "gt",
    (Part.END, False): "lt",
}
"""The comparison of a bound that is in the range, or is not."""


def about(name: str, description: str) -> str:
    """Return the clauses in which a description of the API mentions a parameter as `name`."""
    return "; ".join(clause for clause in _clauses(description) if f"`{name}`" in clause)


def default_size(description: str) -> int | None:
    """Return the default page size, or None."""
    return _number(_DEFAULT_SIZE, description)


def default_days(description: str) -> int | None:
    """Return the default length of a range in the description of its start, or None."""
    found = _found(_DEFAULT_DAYS, description)
    return None if found is None else _counted(found[1]) * _UNITS[found[2].lower()]


def coerced_size(description: str) -> int | None:
    """Return the page size that larger ones become, or None."""
    return _number((_COERCED,), description)


def _counted(word: str) -> int:
    """Return the number that digits or a word are."""
    return _COUNTS.get(word.lower()) or int(word)


def _found(patterns: Iterable[re.Pattern[str]], description: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.search(description) for pattern in patterns)), None)


def _number(patterns: Iterable[re.Pattern[str]], description: str) -> int | None:
    found = _found(patterns, description)
    return None if found is None else int(found[1])


def default_end(description: str) -> int | None:
    """Return 0 if the default end of a range is the current time, or None."""
    return None if _NOW.search(description) is None else 0


def writes_directions(description: str) -> bool:
    """Return whether columns to sort by are written with a direction, such as `-views`."""
    return _DIRECTION.search(description) is not None


def edge_of(description: str, part: Part | None) -> str:
    """Return the comparison that a bound is described as, such as `lte`, or an empty string."""
    is_in, is_out = (pattern.search(description) for pattern in (_INCLUSIVE, _EXCLUSIVE))
    if part is None or bool(is_in) is bool(is_out):
        return ""
    return _COMPARISONS.get((part, bool(is_in)), "")


# Rows

_NEWEST_FIRST = _pattern(
    r"\b(newest|latest|most recent|neueste|neuste)\b( \w+)? ((comes?|is|are|stands?) )?(first|zuerst)\b"
    r"|\bdescending order (of|by) \w*?(time|date|viewed|searched|created|visited|occurred)"
    r"|\b(sorted|ordered) by (\w+ )?\w*(time|date|viewed|searched)\w*[^.;]{0,20}\bdescending\b|\breverse[- ]chronological|\babsteigend nach (zeit|datum)"
)
_WITHOUT_ROWS = _pattern(r"\b(without|no|ohne) (views|visits|searches|rows|aufrufe)\b")
_FILLED = _pattern(
    r"\b(zeros?|0|null|including|also|even|auch|returned|included|listed|contained|shown|present|enthalten|aufgeführt)\b"
)
_EVERY_ONE = _pattern(
    r"\b(every|each|all|jeder|jede|alle) (single )?(days?|weeks?|months?|hours?|intervals?|tage?|wochen?|monate?)\b"
    r"[^.;]*?\b(is|are|ist|sind|wird|werden) (returned|included|listed|contained|present|shown|enthalten)\b"
)
_ONE_FOR_EVERY = _pattern(
    r"\bone \w+ for (every|each|all) (days?|weeks?|months?|hours?|intervals?)\b"
)
_NOT_FILLED = _pattern(r"\b(not|never|omitted|left out|missing|skipped|excluded|nicht|fehlen)\b")
_SEVERAL = rf"(\d{{1,3}}|{'|'.join(word for word, count in _COUNTS.items() if count > 2)})"
_TOP = _pattern(rf"\btop\W?{_SEVERAL}\b(?!%)|\b{_SEVERAL} (?:most|busiest|largest|meist)")


def is_newest_first(description: str) -> bool:
    """Return whether the newest rows come first."""
    return _NEWEST_FIRST.search(description) is not None


def fills_gaps(description: str) -> bool:
    """Return whether days without rows have a total of zero."""
    clauses = filter(_WITHOUT_ROWS.search, _clauses(description))
    is_filled = any(_FILLED.search(one) and not _NOT_FILLED.search(one) for one in clauses)
    is_of_every_one = _EVERY_ONE.search(description) or _ONE_FOR_EVERY.search(description)
    return is_filled or is_of_every_one is not None


def number_of_top(text: str) -> int | None:
    """Return how many of the first a text names, such as `top 10` or `the ten most viewed`."""
    found = _TOP.search(text)
    return None if found is None else _counted(next(filter(None, found.groups())))


# Anonymous and protected viewers

_ANONYMOUS = _pattern("anonym|guest|not (logged|signed)[- ]in|without login|gast|nicht angemeldet")
_KNOWN = _pattern(r"\b(known|(logged|signed)[- ]in|identified|authenticated|registered|users?)\b")
_ABSENT = _pattern(
    r"\b(null|none|nil|missing|absent|empty|omitted|left out|not (set|present|given)|fehlt|leer)\b"
)
_ONLY_FOR = _pattern(
    r"\b((null|absent|missing|empty|omitted) (unless|if not)|only (for|if|when|set|present|given)"
    r"|for(?= (\w+[- ]){1,3}only\b)) "
)
_CALLED = _pattern(
    r"""["'`](anonymous|anon|guest|gast)["'`],? (if|for|when|wenn|bei|falls|für)\b"""
)
"""A text that stands for anonymous users instead of an id."""
_PROTECTED = _pattern(r"""["'`](protected|hidden|private|geschützt)["'`]""")
_LEFT_OUT = _pattern(
    r"\bnot (counting|including|listed|included|contained|counted|shown|returned|part of the (groups?|lists?|totals?|counts?|rows|results?|numbers?))|\b(excluded|left out|ausgenommen)\b"
    r"|\bnicht (enthalten|aufgeführt|gezählt)|\b(without|excluding|except|ohne)\b"
)
_INCLUDED = _pattern(r"(?<!not )\b(?:including|also|even|auch)\b")
_KNOWN_ONES = (
    r"(?:authenticated|registered|known|identified|(?:logged|signed)[- ]in) "
    r"(?:users?|viewers?|visitors?|readers?|accounts?|people)\b"
    r"|\b(?:bekannte|angemeldete)[nrms]? (?:be)?nutzer"
)
_OF_KNOWN_ONES = _pattern(rf"\b{_KNOWN_ONES}")
_ONLY_KNOWN_ONES = _pattern(
    rf"\b(?:each|every|only|just|nur|jede[nrms]?) (?:the )?(?:{_KNOWN_ONES})"
)


def mentions_anonymous(description: str) -> bool:
    """Return whether anonymous users are mentioned."""
    return _ANONYMOUS.search(description) is not None


def is_absent_for_anonymous(description: str) -> bool:
    """Return whether a value is absent for anonymous users."""
    clauses = [] if _CALLED.search(description) else _clauses(description)
    return any(
        (_ABSENT.search(clause) and _ANONYMOUS.search(clause))
        or ((only := _ONLY_FOR.search(clause)) and _KNOWN.search(clause, only.end()))
        for clause in clauses
    )


def word_for_protected(description: str) -> str | None:
    """Return the text that stands for protected users instead of an id, or None."""
    found = _PROTECTED.search(description)
    return None if found is None else found[1]


def left_out_by(description: str, *, is_of_viewers: bool) -> frozenset[str]:
    """Return the kinds of account, other than known, that are left out.

    Args:
        description: What a document says of an operation or a count.
        is_of_viewers: Whether an operation returns totals per viewer; known users are then all.
    """
    is_of_known = is_of_viewers and not mentions_anonymous(description)
    if (_OF_KNOWN_ONES if is_of_known else _ONLY_KNOWN_ONES).search(description):
        return frozenset({"anonymous", "protected"})
    clauses = [clause for clause in _clauses(description)
               if _LEFT_OUT.search(clause) and not _INCLUDED.search(clause)]  # fmt: skip
    words = {word for clause in clauses for word in words_of(clause)}
    left_out = {kind for kind in ("anonymous", "protected") if CONCEPTS[kind] & words}
    return frozenset(left_out | ({"anonymous"} if any(map(mentions_anonymous, clauses)) else set()))


def counts_known(description: str) -> bool:
    """Return whether a number of viewers is that of known ones."""
    if mentions_anonymous(description):
        return "anonymous" in left_out_by(description, is_of_viewers=False)
    return not WORDS["known"].isdisjoint(words_of(description))
