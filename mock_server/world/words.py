"""Generate words: vocabularies by language, account ids, titles and search terms."""

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from mock_server.openapi.load import bundled
from mock_server.world.chance import Draw, choose, whole


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The contents of `fixtures/vocabulary/LANGUAGE.toml`; see `en.toml` for the keys."""

    months: Sequence[str]
    subjects: Sequence[str]
    page_titles: Sequence[str]
    blog_post_titles: Sequence[str]
    personal_titles: Sequence[str]
    home_title: str
    personal_home_title: str
    attachment_names: Sequence[str]
    unwritten: Sequence[str]
    spaces: Sequence[tuple[str, str]]
    """Keys and names."""


@cache
def _texts() -> dict[str, str]:
    """Return the files of vocabularies by language."""
    files = sorted(bundled("fixtures", "vocabulary").glob("*.toml"))
    return {path.stem: path.read_text(encoding="utf-8") for path in files}


def languages() -> list[str]:
    """Return the languages with a vocabulary."""
    return list(_texts())


@cache
def vocabulary(locale: str) -> Vocabulary:
    """Return the vocabulary of a locale such as `de_AT`: that of its language, or English."""
    language = locale.partition("_")[0]
    content = tomllib.loads(_texts().get(language) or _texts()["en"])
    spaces = [(space["key"], space["name"]) for space in content.pop("spaces")]
    return Vocabulary(**content, spaces=spaces)


@cache
def vocabulary_digest() -> str:
    """Return a digest of all vocabularies, which affect generated rows."""
    text = "".join(f"{text}\0" for text in _texts().values())
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


_WORD = re.compile(r"\w+")
_YEARS = (2019, 2023)
_LONG = 4
_LONGEST_TERM = 2


def words_of(text: str) -> list[str]:
    """Split a text into case-folded words, like the search."""
    return _WORD.findall(text.casefold())


def account_id(draw: Draw) -> str:
    """Generate an Atlassian account id in one of its three formats."""
    form = choose(("557058", "712020", ""), draw)
    if not form:
        return _hex_digits(24, draw)
    head, variant, tail = _hex_digits(18, draw), choose("89ab", draw), _hex_digits(12, draw)
    return f"{form}:{head[:8]}-{head[8:12]}-4{head[12:15]}-{variant}{head[15:]}-{tail}"


def _hex_digits(count: int, draw: Draw) -> str:
    return "".join(choose("0123456789abcdef", draw) for _ in range(count))


def fill(template: str, vocabulary: Vocabulary, draw: Draw, day: date | None = None) -> str:
    """Replace words in braces, always with the same number of draws."""
    subject = choose(vocabulary.subjects, draw)
    month, year = whole(1, 12, draw), whole(*_YEARS, draw)
    number = whole(1, 9, draw)
    return template.format(
        subject=subject,
        Subject=subject[0].upper() + subject[1:],
        month=vocabulary.months[(day.month if day else month) - 1],
        year=day.year if day else year,
        number=number,
    )


def search_term(
    title: str, vocabulary: Vocabulary, draw: Draw, *, mistyped: float, unwritten: float
) -> str:
    """Generate a search for a title, sometimes mistyped or for words that are in no title."""
    kind = draw()
    words = [word for word in words_of(title) if len(word) >= _LONG] or words_of(title)
    if kind < unwritten or not words:
        return choose(vocabulary.unwritten, draw).lower()
    first = int(draw() * len(words))
    chosen = words[first : first + whole(1, _LONGEST_TERM, draw)]
    if kind < unwritten + mistyped:
        place = int(draw() * len(chosen))
        chosen[place] = _mistype(chosen[place], draw)
    return " ".join(chosen)


def _mistype(word: str, draw: Draw) -> str:
    """Swap two different letters, or drop one if there are none."""
    swaps = [place for place in range(1, len(word) - 1) if word[place] != word[place + 1]]
    if not swaps:
        return word[:-1] or word * 2
    place = choose(swaps, draw)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
