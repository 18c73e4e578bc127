"""A local offline mock of the Viewtracker API for Confluence Cloud.

Importing this package loads neither Connexion nor Faker; the server is loaded when first used.
"""

from typing import TYPE_CHECKING, Any

from mock_server.clock import Clock
from mock_server.domain import Residency
from mock_server.errors import MockServerError
from mock_server.settings import Settings

if TYPE_CHECKING:
    from mock_server.server import MockServer

__all__ = ["Clock", "MockServer", "MockServerError", "Residency", "Settings", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "MockServer":
        from mock_server.server import MockServer  # noqa: PLC0415 -- loads Connexion

        return MockServer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
