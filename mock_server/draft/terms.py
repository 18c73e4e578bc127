"""What people search for: words of titles, some of them misspelt, and words that nobody wrote."""

from bisect import bisect
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from mock_server.domain import Content
from mock_server.draft.chance import pick, whole

_SHORT = 3
"""Words up to this length are not searched for."""


class Terms:
    """The search terms of one day.

    Args:
        contents: What can be found.
        weights: How much each is read, summed up: the known is searched for more often.
        generated: The world file's table of that name.
        unknown: Words that no title has.
    """

    def __init__(
        self,
        contents: Sequence[Content],
        weights: Sequence[float],
        generated: Mapping[str, Any],
        unknown: Sequence[str],
    ) -> None:
        self._titles = [content.title for content in contents]
        self._folded = [title.casefold() for title in self._titles]
        self._weights = weights
        self._generated = generated
        self._unknown = unknown
        self._found: dict[str, int] = {}

    def draw(self, source: Random) -> str:
        """Give the term of one search."""
        if source.random() < self._generated["unknown_share"]:
            return pick(source, self._unknown).casefold()
        title = self._titles[bisect(self._weights, source.random() * self._weights[-1])]
        words = [word for word in title.replace(":", " ").split() if len(word) > _SHORT] or [title]
        first = whole(source, 0, len(words) - 1)
        term = " ".join(words[first : first + whole(source, 1, 2)]).casefold()
        if source.random() < self._generated["misspelt_share"]:
            return _misspelt(source, term)
        return term

    def number_of_results(self, term: str) -> int:
        """Count the titles that contain every word of a term."""
        if term not in self._found:
            words = term.casefold().split()
            self._found[term] = sum(all(word in title for word in words) for title in self._folded)
        return self._found[term]


def _misspelt(source: Random, term: str) -> str:
    """Exchange two letters that stand side by side, or double one where they are the same."""
    if len(term) <= _SHORT:
        return term + term[-1]
    place = whole(source, 1, len(term) - 3)
    swapped = term[:place] + term[place + 1] + term[place] + term[place + 2 :]
    return swapped if swapped != term else term[:place] + term[place] + term[place:]
