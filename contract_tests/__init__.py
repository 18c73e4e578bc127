"""Contract tests for the mock and for the live services.

`run(Options(...))` runs the suite and returns a `Run`. `requirement` decorates a test of the suite.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contract_tests.options import Options
    from contract_tests.requirements import requirement
    from contract_tests.running import run
    from contract_tests.wire.targets import Target

__all__ = ["Options", "Target", "requirement", "run"]

_LOADED_LATE = {
    "Options": "options",
    "Target": "wire.targets",
    "requirement": "requirements",
    "run": "running",
}


def __getattr__(name: str) -> Any:
    if name in _LOADED_LATE:
        return getattr(import_module(f"contract_tests.{_LOADED_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
