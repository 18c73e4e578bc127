"""Which requirements a person wants to see judged."""

from collections.abc import Iterable, Sequence

from contract_tests.errors import OptionError
from contract_tests.model import Requirement


def select(requirements: Iterable[Requirement], words: Sequence[str]) -> frozenset[Requirement]:
    """Give the requirements that a word names by id, family or tag; all if there are no words.

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
