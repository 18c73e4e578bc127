"""What makes a test a requirement."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import pytest

from contract_tests.errors import OptionError
from contract_tests.model import Requirement

JUDGES_RESPONSES = "answers"
"""The tag of requirements that judge all responses, whoever asked; they come last at a target."""

_Test = TypeVar("_Test", bound=Callable[..., Any])


def requirement(
    id_: str,
    *,
    sends: str,
    tags: Iterable[str] = (),
    once: int = 0,
    each: int = 1,
    drawn: int = 0,
    shares: str = "",
) -> Callable[[_Test], _Test]:
    """Make a test the judge of one requirement; the first line of its docstring is the sentence.

    Args:
        id_: Stable and used by no other, such as `AUTH-03`.
        sends: What it sends, for a person who has to allow it.
        tags: Words to select it by, beside its id and its family.
        once: Most requests to a target, beside those for each operation.
        each: Most requests for each operation, beside those for each made-up input.
        drawn: Most requests for each made-up input of an operation.
        shares: A name for what is sent once for all requirements that name it.
    """

    def decorate(test: _Test) -> _Test:
        sentence = (inspect.getdoc(test) or id_).splitlines()[0]
        made = Requirement(id_, sentence, sends, frozenset(tags), once, each, drawn, shares)
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
    asked = [part.strip().lower() for word in words for part in word.split(",") if part.strip()]
    if not asked:
        return known
    chosen: frozenset[Requirement] = frozenset()
    for word in asked:
        found = frozenset(one for one in known if word in _names(one))
        if not found:
            raise OptionError(
                f"--select {word!r} names no requirement; `viewtracker-contract list` shows them."
            )
        chosen |= found
    return chosen


def _names(requirement: Requirement) -> set[str]:
    return {requirement.id.lower(), requirement.family, *map(str.lower, requirement.tags)}
