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
    from mock_server.document import DEFAULT_DOCUMENT, Document, read_document
    from mock_server.server import MockServer

__all__ = [
    "DEFAULT_DOCUMENT",
    "Clock",
    "Document",
    "MockServer",
    "MockServerError",
    "Residency",
    "Settings",
    "__version__",
    "read_document",
]


_LOADED_LATE = {
    "DEFAULT_DOCUMENT": "mock_server.document",
    "Document": "mock_server.document",
    "MockServer": "mock_server.server",
    "read_document": "mock_server.document",
}
"""Names that would load much, with the module they come from (PEP 562)."""


def __getattr__(name: str) -> Any:
    if name in _LOADED_LATE:
        return getattr(import_module(_LOADED_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
