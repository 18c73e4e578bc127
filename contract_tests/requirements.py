"""The decorator for requirements, and their selection."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import pytest

from contract_tests.errors import OptionError
from contract_tests.model import Requirement, Source

CHECKS_RESPONSES = "responses"
"""The tag of requirements that check all responses of a target; they run last."""

_Test = TypeVar("_Test", bound=Callable[..., Any])


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
) -> Callable[[_Test], _Test]:
    """Mark a test as the test of one requirement.

    Args:
        id_: A stable, unique id, such as `AUTH-03`.
        sentence: The requirement; defaults to the first line of the test's docstring.
        sends: The requests that it sends, for the person who approves them.
        source: The source of the requirement.
        fails: Whether a breach fails the run; by default, unless the requirement is only assumed.
        tags: Words to select it by, in addition to its id and family.
        once: Maximum number of requests per target, in addition to those per operation.
        each: Maximum number of requests per operation, in addition to those per generated input.
        drawn: Maximum number of requests per generated input of an operation.
        shares: Requirements with the same name here share their requests.
    """

    def decorate(test: _Test) -> _Test:
        text = sentence or (test.__doc__ or id_).strip().splitlines()[0]
        is_error = source is not Source.ASSUMED if fails is None else fails
        made = Requirement(
            id_, text, sends, frozenset(tags), once, each, drawn, shares, source, is_error
        )
        marked: _Test = pytest.mark.requirement(made)(test)
        return marked

    return decorate


def requirement_of(item: pytest.Item) -> Requirement | None:
    """Return the requirement of a test; None for ordinary tests."""
    mark = item.get_closest_marker("requirement")
    return mark.args[0] if mark is not None else None


def select(requirements: Iterable[Requirement], words: Sequence[str]) -> frozenset[Requirement]:
    """Return the requirements with the given ids, families or tags; all if none are given.

    Raises:
        OptionError: If a word matches no requirement.
    """
    known = frozenset(requirements)
    wanted = [part.strip() for word in words for part in word.split(",") if part.strip()]
    if not wanted:
        return known
    chosen: frozenset[Requirement] = frozenset()
    for word in wanted:
        found = frozenset(made for made in known if word.lower() in _names(made))
        if not found:
            raise OptionError(
                f"--select {word!r} matches no requirement; see `viewtracker-contract list`."
            )
        chosen |= found
    return chosen


def _names(requirement: Requirement) -> set[str]:
    return {requirement.id.lower(), requirement.family, *map(str.lower, requirement.tags)}
