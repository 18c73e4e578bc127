"""What makes a test a requirement."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import pytest

from contract_tests.errors import OptionError
from contract_tests.model import Requirement, Source

JUDGES_RESPONSES = "answers"
"""The tag of requirements that judge all responses, whoever asked; they come last at a target."""

_Test = TypeVar("_Test", bound=Callable[..., Any])


def requirement(  # noqa: PLR0913 -- they are said by name
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
) -> Callable[[_Test], _Test]:
    """Make a test the judge of one requirement.

    Args:
        id_: Stable and used by no other, such as `AUTH-03`.
        sentence: What a server must make true; the first line of the test's docstring if empty.
        sends: What it sends, for a person who has to allow it.
        source: Who promised it.
        fails: Whether a breach fails the run; what is only assumed does not, unless said.
        tags: Words to select it by, beside its id and its family.
        once: Most requests to a target, beside those for each operation.
        each: Most requests for each operation, beside those for each made-up input.
        drawn: Most requests for each made-up input of an operation.
        shares: A name for what is sent once for all requirements that name it.
    """

    def decorate(test: _Test) -> _Test:
        said = sentence or (test.__doc__ or id_).strip().splitlines()[0]
        is_error = source is not Source.ASSUMED if fails is None else fails
        made = Requirement(
            id_, said, sends, frozenset(tags), once, each, drawn, shares, source, is_error
        )
        marked: _Test = pytest.mark.requirement(made)(test)
        return marked

    return decorate


def requirement_of(item: pytest.Item) -> Requirement | None:
    """Return the requirement that a test judges; None for every other test."""
    mark = item.get_closest_marker("requirement")
    return mark.args[0] if mark is not None else None


def select(requirements: Iterable[Requirement], words: Sequence[str]) -> frozenset[Requirement]:
    """Return the requirements that a word names by id, family or tag; all if there are no words.

    Raises:
        OptionError: If a word names none.
    """
    known = frozenset(requirements)
    asked = [part.strip() for word in words for part in word.split(",") if part.strip()]
    if not asked:
        return known
    chosen: frozenset[Requirement] = frozenset()
    for word in asked:
        found = frozenset(made for made in known if word.lower() in _names(made))
        if not found:
            raise OptionError(
                f"--select {word!r} names no requirement; `viewtracker-contract list` shows them."
            )
        chosen |= found
    return chosen


def _names(requirement: Requirement) -> set[str]:
    return {requirement.id.lower(), requirement.family, *map(str.lower, requirement.tags)}
