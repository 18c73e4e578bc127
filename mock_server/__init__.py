"""A local offline mock of the Viewtracker API for Confluence Cloud.

Importing this package loads neither Connexion nor Faker; the server is loaded when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mock_server.clock import Clock
from mock_server.domain import Residency
from mock_server.errors import MockServerError
from mock_server.settings import Settings
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
    from mock_server.command_line import run_commands
    from mock_server.document import DEFAULT_DOCUMENT, Document, Operation, read_document
    from mock_server.server import MockServer
    from mock_server.transports import adapter, transport

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
    "__version__",
    "adapter",
    "bind",
    "read_document",
    "run_commands",
    "shape_of",
    "transport",
]


_LOADED_LATE = {
    **dict.fromkeys(("DEFAULT_DOCUMENT", "Document", "Operation", "read_document"), "document"),
    **dict.fromkeys(
        (
            "Binding",
            "Field",
            "Grouping",
            "OperationBinding",
            "Part",
            "Subject",
            "Unit",
            "bind",
            "shape_of",
        ),
        "binding",
    ),
    "MockServer": "server",
    **dict.fromkeys(("adapter", "transport"), "transports"),
    "run_commands": "command_line",
}
"""Names that would load much, or that the contract kit needs, with their modules (PEP 562)."""


def __getattr__(name: str) -> Any:
    if name in _LOADED_LATE:
        return getattr(import_module(f"mock_server.{_LOADED_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
