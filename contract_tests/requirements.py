"""The decorator for requirements, and their selection."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from contract_tests.errors import OptionError
from contract_tests.model import Requirement, Source

CHECKS_RESPONSES = "responses"
"""The tag of requirements that check all responses of a target; they run last."""


def requirement(  # noqa: PLR0913 -- keyword arguments
    id_: str,
    sentence: str = "",
    *,
    sends: str,
    source: Source = Source.DOCUMENT,
    fails: bool | None = None,
    tags: Iterable[str] = (),
    once: int = 0,
    each: int = 1,
    drawn: int = 0,
    shares: str = "",
) -> pytest.MarkDecorator:
    """Mark a test as the test of one requirement; see `Requirement` for the arguments.

    The sentence defaults to the first line of the test's docstring. A breach `fails` the run by
    default, unless the requirement is only assumed.
    """
    is_error = source is not Source.ASSUMED if fails is None else fails
    return pytest.mark.requirement(
        Requirement(
            id_, sentence, sends, frozenset(tags), once, each, drawn, shares, source, is_error
        )
    )


def requirement_of(item: pytest.Item) -> Requirement | None:
    """Return the requirement of a test; None for ordinary tests."""
    mark = item.get_closest_marker("requirement")
    if mark is None or not isinstance(item, pytest.Function):
        return None
    made: Requirement = mark.args[0]
    words = (item.function.__doc__ or made.id).strip().splitlines()
    return made if made.sentence else replace(made, sentence=words[0])


def select(requirements: Iterable[Requirement], words: Sequence[str]) -> frozenset[Requirement]:
    """Return the requirements with the given ids, families or tags; all if none are given.

    `OptionError`: a word matches no requirement.
    """
    known = frozenset(requirements)
    wanted = [part.strip() for word in words for part in word.split(",") if part.strip()]
    chosen = frozenset[Requirement]() if wanted else known
    for word in wanted:
        found = frozenset(
            made
            for made in known
            if word.lower() in {made.family, *map(str.lower, (made.id, *made.tags))}
        )
        if not found:
            raise OptionError(
                f"--select {word!r} matches no requirement; see `viewtracker-contract list`."
            )
        chosen |= found
    return chosen
