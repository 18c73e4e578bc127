"""The sisters of the faithful server: each breaks one promise, and says which requirements see it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.contract_tests.servers.faithful import Faithful


@dataclass(frozen=True)
class Sister:
    """A server with one breach."""

    id: str
    sentence: str
    """What it does wrong."""
    fails: tuple[str, ...]
    """The requirements that must break, and no others."""
    make: type[Faithful]


SISTERS: dict[str, Sister] = {}
"""By id, in the order of their modules."""


def fails(requirements: str) -> Callable[[type[Faithful]], type[Faithful]]:
    """Put a class into the catalogue, under its name, with its docstring as the sentence.

    Args:
        requirements: Ids of all that must break, with blanks between them.
    """

    def register(made: type[Faithful]) -> type[Faithful]:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", made.__name__).lower()
        assert name not in SISTERS
        sentence = " ".join((made.__doc__ or "").split())
        SISTERS[name] = Sister(name, sentence, tuple(sorted(requirements.split())), made)
        return made

    return register
