"""Read what the descriptions of a document say, by the patterns in `lexicon.toml`."""

import re
from collections.abc import Iterable
from functools import cache

from mock_server.binding.fields import Part
from mock_server.binding.lexicon import CONCEPTS, HOURS, NUMBERS, PARTS, PATTERNS, WORDS, words_of
from mock_server.binding.presets import hours_of_preset

_COUNT = rf"(\d{{1,4}}|{'|'.join(NUMBERS)})"
_ALL_PARTS = {
    "amount": rf"{_COUNT} ({'|'.join(HOURS)})\w{{0,2}}\b",
    "several": rf"(\d{{1,3}}|{'|'.join(word for word, number in NUMBERS.items() if number > 2)})",
    **PARTS,
}
EVER = 876_000
"""More hours than any site has rows of."""
_COMPARISONS = {(Part.END, True): "lte", (Part.START, False): "gt", (Part.END, False): "lt"}
"""The comparison of a bound that is in the range, or is not."""


@cache
def _patterns(what: str, *more: tuple[str, str]) -> list[re.Pattern[str]]:
    """Return the patterns with a name, in which more parts than the usual ones are filled in."""
    texts = [*PATTERNS[what]]
    for name, part in (*_ALL_PARTS.items(), *more):
        texts = [text.replace(f"<{name}>", part) for text in texts]
    return [re.compile(text, re.IGNORECASE) for text in texts]


def _found(what: str, text: str) -> re.Match[str] | None:
    """Return the match of the first pattern with a name in `lexicon.toml`, or None."""
    return next(filter(None, (pattern.search(text) for pattern in _patterns(what))), None)


def _groups(what: str, text: str) -> list[str]:
    found = _found(what, text)
    return [] if found is None else [group for group in found.groups() if group is not None]


def _first(what: str, text: str) -> str | None:
    """Return the first group of the match, or None."""
    return next(iter(_groups(what, text)), None)


def says(what: str, text: str) -> bool:
    """Return whether a text matches one of the patterns with a name in `lexicon.toml`."""
    return _found(what, text) is not None


def _clauses(description: str) -> list[str]:
    return re.split(r"[.;]|\n\s*(?:\n|[-*])", description)


def _counted(word: str) -> int:
    return NUMBERS.get(word.lower()) or int(word)


def about(name: str, description: str) -> str:
    """Return the clauses in which a description of the API mentions a parameter as `name`."""
    return "; ".join(clause for clause in _clauses(description) if f"`{name}`" in clause)


def default_size(description: str) -> int | None:
    """Return the default page size, or None."""
    found = _first("default size", description)
    return None if found is None else int(found)


def default_hours(description: str) -> int | None:
    """Return the default length of a range in the description of its start, or None."""
    if says("default is all", description):
        return EVER
    return _hours("default hours", description)


def starts_with(description: str) -> str:
    """Return the current interval, such as `month`, with which a range starts by default, or ""."""
    word = (_first("starts with", description) or "").lower()
    return _INTERVALS.get(word, word)


_INTERVALS = {"woche": "week", "monat": "month", "jahr": "year"}


def last_hours(description: str) -> int | None:
    """Return the length of the range that an operation without parameters for it has, or None."""
    return EVER if says("all time", description) else _hours("last days", description)


def recent_in(name: str) -> tuple[int, str] | None:
    """Return the hours in the name of a count, such as `viewsLast7Days`, and the rest, or None."""
    text = " ".join(words_of(name))
    found = _found("recent", text)
    hours = None if found is None else hours_of_preset(found[0], ends_now=True)
    return None if found is None or hours is None else (hours, text[: found.start()])


def _hours(what: str, description: str) -> int | None:
    found = _groups(what, description)
    return _counted(found[0]) * HOURS[found[1].lower()] if found else None


def default_end(description: str) -> int | None:
    """Return 0 if the default end of a range is the current time, or None."""
    return 0 if says("default is now", description) else None


def ends_now(description: str) -> int | None:
    """Return 0 if a named range ends at the current time, or None."""
    return 0 if says("ends now", description) else None


def default_order(description: str) -> str:
    """Return the column, the direction or both by which rows are sorted by default, or ""."""
    return _first("default order", description) or ""


def coerced_size(description: str) -> int | None:
    """Return the page size that larger ones become, or None."""
    found = _first("coerced size", description)
    return None if found is None else int(found)


def edge_of(description: str, part: Part | None) -> str:
    """Return the comparison that a bound is described as, such as `lte`, or an empty string."""
    is_in, is_out = says("inclusive", description), says("exclusive", description)
    return "" if part is None or is_in is is_out else _COMPARISONS.get((part, is_in), "")


def fills_gaps(description: str) -> bool:
    """Return whether days without rows have a total of zero."""
    return says("every interval", description) or any(
        says("without rows", clause) and says("filled", clause) and not says("not filled", clause)
        for clause in _clauses(description)
    )


def leaves_gaps(description: str) -> bool:
    """Return whether hours or weekdays without rows are left out."""
    return any(says("without rows", clause) and says("not filled", clause)
               for clause in _clauses(description))  # fmt: skip


def number_of_top(text: str) -> int | None:
    """Return how many of the first a text names, such as `top 10` or `the ten most viewed`."""
    found = _first("top", text)
    return None if found is None else _counted(found)


def decimals(description: str, usual: int) -> int:
    """Return the number of decimals that a text names, or the usual one."""
    found = _first("decimals", description)
    return usual if found is None else _counted(found)


def refuses_reversed(texts: Iterable[str], start: str, end: str) -> bool:
    """Return whether one of the texts says that a start after an end is invalid.

    Args:
        texts: Descriptions of an operation, of its parameters and of its response of status 400.
        start: The name of the parameter with the start of the range.
        end: That of its end.
    """
    return any(_says_of_range("reversed range", text, start, end) for text in texts)


def refuses_the_end(text: str, start: str, end: str) -> bool:
    """Return whether the description of an end says that it must not be before the start."""
    is_about_start = _says_of_range("start after end", text, start, end)
    return refuses_reversed([text], start, end) and not is_about_start


def _says_of_range(what: str, text: str, start: str, end: str) -> bool:
    names = tuple(
        (edge, rf"(?:{re.escape(name)}|\b{edge}(?: date| time)?\b)")
        for edge, name in (("start", start), ("end", end))
    )
    return any(pattern.search(text) for pattern in _patterns(what, *names))


def is_absent_for_anonymous(description: str) -> bool:
    """Return whether a value is absent for anonymous users."""
    clauses = [] if says("called anonymous", description) else _clauses(description)
    return any(
        (says("absent", clause) and says("anonymous", clause))
        or ((only := _found("only for", clause)) and says("known", clause[only.end() :]))
        for clause in clauses
    )


def word_for_protected(description: str) -> str | None:
    """Return the text that stands for protected users instead of an id, or None."""
    return _first("word for protected", description)


def word_for_anonymous(description: str) -> str | None:
    """Return the text that stands for anonymous users instead of an id, or None."""
    return _first("word for anonymous", description)


def left_out_by(description: str, *, is_of_viewers: bool) -> frozenset[str]:
    """Return the kinds of account, other than known, that are left out.

    Args:
        description: What a document says of an operation or a count.
        is_of_viewers: Whether an operation returns totals per viewer; known users are then all.
    """
    is_of_known = is_of_viewers and not says("anonymous", description)
    if says("known ones" if is_of_known else "only known ones", description):
        return frozenset({"anonymous", "protected"})
    clauses = [clause for clause in _clauses(description)
               if says("left out", clause) and not says("included", clause)]  # fmt: skip
    words = {word for clause in clauses for word in words_of(clause)}
    left_out = {kind for kind in ("anonymous", "protected") if CONCEPTS[kind] & words}
    is_said = any(says("anonymous", clause) for clause in clauses)
    return frozenset(left_out | ({"anonymous"} if is_said else set()))


def counts_known(description: str) -> bool:
    """Return whether a number of viewers is that of known ones."""
    if says("anonymous", description):
        return "anonymous" in left_out_by(description, is_of_viewers=False)
    is_known = not WORDS["known"].isdisjoint(words_of(description))
    return is_known or says("with an account", description)
