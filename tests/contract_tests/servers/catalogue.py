"""The catalogue of defective servers, with the requirements that detect each defect."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from tests.contract_tests.servers.conforming import ConformingServer

Change: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class DefectiveServer:
    """A server with one defect."""

    id: str
    sentence: str
    """The defect."""
    fails: tuple[str, ...]
    """The requirements that break; all others hold."""
    make: type[ConformingServer]


DEFECTIVE_SERVERS: dict[str, DefectiveServer] = {}
"""By id, in the order of their modules."""


def fails(requirements: str) -> Callable[[type[ConformingServer]], type[ConformingServer]]:
    """Add a class to the catalogue, with its docstring as the sentence.

    The ids of the requirements that break are separated by spaces.
    """

    def register(made: type[ConformingServer]) -> type[ConformingServer]:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", made.__name__).lower()
        _add(name, " ".join((made.__doc__ or "").split()), requirements, made)
        return made

    return register


def defects(*rows: tuple[str, str, str, str, Change]) -> None:
    """Add servers with one other method.

    Each has an id, a sentence, requirements as for `fails`, the method, and a function of the
    server, the usual method and the arguments.
    """
    for name, sentence, requirements, method, change in rows:
        usual = getattr(ConformingServer, method)

        def changed(
            server: ConformingServer, *given: Any, usual: Any = usual, change: Change = change
        ) -> Any:
            return change(server, partial(usual, server), *given)

        _add(name, sentence, requirements, type(name, (ConformingServer,), {method: changed}))


def after(change: Change) -> Change:
    """Convert a function of the server, the usual result and the arguments for `defects`."""
    return lambda server, usual, *given: change(server, usual(*given), *given)


def _add(name: str, sentence: str, requirements: str, made: type[ConformingServer]) -> None:
    assert name not in DEFECTIVE_SERVERS
    fails_ = tuple(sorted(requirements.split()))
    DEFECTIVE_SERVERS[name] = DefectiveServer(name, sentence, fails_, made)
