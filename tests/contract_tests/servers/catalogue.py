"""The catalogue of defective servers, with the requirements that detect each defect."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.contract_tests.servers.conforming import ConformingServer

Change: TypeAlias = Callable[..., Any]
"""Returns a changed result, from the server, the usual result and the arguments of a method."""


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

    Args:
        requirements: The ids of the requirements that break, separated by spaces.
    """

    def register(made: type[ConformingServer]) -> type[ConformingServer]:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", made.__name__).lower()
        _add(name, " ".join((made.__doc__ or "").split()), requirements, made)
        return made

    return register


def changes(*defects: tuple[str, str, str, str, Change]) -> None:
    """Add servers that change the result of one method.

    Args:
        defects: Ids, sentences, requirements as for `fails`, the methods, and their changes.
    """
    for name, sentence, requirements, method, change in defects:
        made = type(name, (ConformingServer,), {method: _changed(method, change)})
        _add(name, sentence, requirements, made)


def _changed(method: str, change: Change) -> Callable[..., Any]:
    usual = getattr(ConformingServer, method)

    def changed(server: ConformingServer, *arguments: Any) -> Any:
        return change(server, usual(server, *arguments), *arguments)

    return changed


def _add(name: str, sentence: str, requirements: str, made: type[ConformingServer]) -> None:
    assert name not in DEFECTIVE_SERVERS
    DEFECTIVE_SERVERS[name] = DefectiveServer(
        name, sentence, tuple(sorted(requirements.split())), made
    )
