"""The catalogue of defective servers, with the requirements that detect each defect."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.contract_tests.servers.faithful import Faithful


@dataclass(frozen=True)
class Sister:
    """A server with one defect."""

    id: str
    sentence: str
    """The defect."""
    fails: tuple[str, ...]
    """The requirements that break; all others hold."""
    make: type[Faithful]


SISTERS: dict[str, Sister] = {}
"""By id, in the order of their modules."""


def fails(requirements: str) -> Callable[[type[Faithful]], type[Faithful]]:
    """Add a class to the catalogue, with its docstring as the sentence.

    Args:
        requirements: The ids of the requirements that break, separated by spaces.
    """

    def register(made: type[Faithful]) -> type[Faithful]:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", made.__name__).lower()
        assert name not in SISTERS
        sentence = " ".join((made.__doc__ or "").split())
        SISTERS[name] = Sister(name, sentence, tuple(sorted(requirements.split())), made)
        return made

    return register
