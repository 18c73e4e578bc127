"""Generate words: vocabularies by language, account ids, titles and search terms."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache

from mock_server.openapi.load import bundled
from mock_server.world.chance import Draw, choose, whole

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The contents of `fixtures/vocabulary/LANGUAGE.toml`; see `en.toml` for the keys."""

    months: tuple[str, ...]
    subjects: tuple[str, ...]
    page_titles: tuple[str, ...]
    blog_post_titles: tuple[str, ...]
    personal_titles: tuple[str, ...]
    home_title: str
    personal_home_title: str
    attachment_names: tuple[str, ...]
    unwritten: tuple[str, ...]
    spaces: tuple[tuple[str, str], ...]
    """Keys and names."""


def languages() -> list[str]:
    """Return the languages with a vocabulary."""
    return sorted(path.stem for path in bundled("fixtures", "vocabulary").glob("*.toml"))


@cache
def vocabulary(locale: str) -> Vocabulary:
    """Return the vocabulary of a locale such as `de_AT`: that of its language, or English."""
    language = locale.partition("_")[0]
    name = language if language in languages() else FALLBACK
    text = bundled("fixtures", "vocabulary", f"{name}.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    spaces = tuple((space["key"], space["name"]) for space in content.pop("spaces"))
    home_title, personal_home_title = content.pop("home_title"), content.pop("personal_home_title")
    return Vocabulary(
        **{key: tuple(words) for key, words in content.items()},
        home_title=home_title,
        personal_home_title=personal_home_title,
        spaces=spaces,
    )


@cache
def vocabulary_digest() -> str:
    """Return a digest of all vocabularies, which affect generated rows."""
    digest = hashlib.blake2b(digest_size=16)
    for name in languages():
        text = bundled("fixtures", "vocabulary", f"{name}.toml").read_text(encoding="utf-8")
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


_WORD = re.compile(r"\w+")
_HEX = "0123456789abcdef"
_YEARS = (2019, 2023)
_LONG = 4
_LONGEST_TERM = 2


def words_of(text: str) -> list[str]:
    """Split a text into case-folded words, like the search."""
    return _WORD.findall(text.casefold())


def account_id(draw: Draw) -> str:
    """Generate an Atlassian account id in one of its three formats."""
    form = choose(("557058", "712020", ""), draw)
    return f"{form}:{_uuid(draw)}" if form else _hex_digits(24, draw)


def _hex_digits(count: int, draw: Draw) -> str:
    """Generate hexadecimal digits."""
    return "".join(choose(_HEX, draw) for _ in range(count))


def _uuid(draw: Draw) -> str:
    first, second = _hex_digits(8, draw), _hex_digits(4, draw)
    third, fourth = _hex_digits(3, draw), _hex_digits(3, draw)
    return f"{first}-{second}-4{third}-{choose('89ab', draw)}{fourth}-{_hex_digits(12, draw)}"


def to_file_name(title: str) -> str:
    """Return a title as a typical file name."""
    return title.replace(" ", "-").lower()


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
    title: str,
    vocabulary: Vocabulary,
    draw: Draw,
    *,
    mistyped: float,
    unwritten: float,
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
