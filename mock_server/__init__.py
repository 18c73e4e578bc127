"""A local offline mock of the Viewtracker API for Confluence Cloud.

Importing this package loads next to nothing; each name is loaded when first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mock_server.version import __version__

if TYPE_CHECKING:
    from mock_server.binding import (
        Binding,
        Field,
        Grouping,
        OperationBinding,
        Part,
        Subject,
        Unit,
        bind,
        shape_of,
    )
    from mock_server.clock import Clock
    from mock_server.command_line import run_commands
    from mock_server.document import DEFAULT_DOCUMENT, Document, Operation, read_document
    from mock_server.domain import Residency
    from mock_server.errors import MockServerError
    from mock_server.server import MockServer
    from mock_server.settings import Settings
    from mock_server.transports import adapter, transport
    from mock_server.verbs import Verbs

__all__ = [
    "DEFAULT_DOCUMENT",
    "Binding",
    "Clock",
    "Document",
    "Field",
    "Grouping",
    "MockServer",
    "MockServerError",
    "Operation",
    "OperationBinding",
    "Part",
    "Residency",
    "Settings",
    "Subject",
    "Unit",
    "Verbs",
    "__version__",
    "adapter",
    "bind",
    "read_document",
    "run_commands",
    "shape_of",
    "transport",
]


_MODULES = {
    "binding": "Binding Field Grouping OperationBinding Part Subject Unit bind shape_of",
    "clock": "Clock",
    "command_line": "run_commands",
    "document": "DEFAULT_DOCUMENT Document Operation read_document",
    "domain": "Residency",
    "errors": "MockServerError",
    "server": "MockServer",
    "settings": "Settings",
    "transports": "adapter transport",
    "verbs": "Verbs",
}
"""Where the public names are."""


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names.split():
            found = globals()[name] = getattr(import_module(f"mock_server.{module}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
