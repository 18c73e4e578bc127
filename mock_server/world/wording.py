"""Names as people give them on Confluence: ids, keys, titles, file names and search terms.

Each is made from draws and a vocabulary alone, without Faker, so that no release of Faker changes
a row.
"""

import re
from datetime import date

from mock_server.world.chance import Draw, choose, whole
from mock_server.world.vocabulary import Vocabulary

MISTYPED = 0.1
"""Share of search terms with a typo, unless told otherwise."""

UNWRITTEN = 0.05
"""Share of search terms that no title has, unless told otherwise."""

_WORD = re.compile(r"\w+")
_HEX = "0123456789abcdef"
_YEARS = (2019, 2023)
_LONG = 4
_LONGEST_TERM = 2


def words_of(text: str) -> list[str]:
    """Split a text into its words, in one case, as search does."""
    return _WORD.findall(text.casefold())


def account_id(draw: Draw) -> str:
    """Make an Atlassian account id in one of its three forms."""
    form = choose(("557058", "712020", ""), draw)
    return f"{form}:{_uuid(draw)}" if form else hex_digits(24, draw)


def hex_digits(count: int, draw: Draw) -> str:
    """Make so many hexadecimal digits."""
    return "".join(choose(_HEX, draw) for _ in range(count))


def _uuid(draw: Draw) -> str:
    first, second = hex_digits(8, draw), hex_digits(4, draw)
    third, fourth = hex_digits(3, draw), hex_digits(3, draw)
    return f"{first}-{second}-4{third}-{choose('89ab', draw)}{fourth}-{hex_digits(12, draw)}"


def page_title(vocabulary: Vocabulary, draw: Draw) -> str:
    """Make the title of a page."""
    return fill(choose(vocabulary.page_titles, draw), vocabulary, draw)


def blog_post_title(vocabulary: Vocabulary, draw: Draw, day: date | None = None) -> str:
    """Make the title of a blog post that was published on a day, or on any."""
    return fill(choose(vocabulary.blog_post_titles, draw), vocabulary, draw, day)


def attachment_name(vocabulary: Vocabulary, draw: Draw) -> str:
    """Make the name of an attached file."""
    return to_file_name(fill(choose(vocabulary.attachment_names, draw), vocabulary, draw))


def to_file_name(title: str) -> str:
    """Write a title as people name files."""
    return title.replace(" ", "-").lower()


def fill(template: str, vocabulary: Vocabulary, draw: Draw, day: date | None = None) -> str:
    """Replace the words in braces, always with the same number of draws."""
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
    mistyped: float = MISTYPED,
    unwritten: float = UNWRITTEN,
) -> str:
    """Make what somebody types who looks for a title, or for something that nobody wrote."""
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
    """Swap two letters that differ, or leave one out if there are none."""
    swaps = [place for place in range(1, len(word) - 1) if word[place] != word[place + 1]]
    if not swaps:
        return word[:-1] or word * 2
    place = choose(swaps, draw)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
