"""A local offline mock of the Viewtracker API for Confluence Cloud.

Importing this package is cheap: each name is loaded on first access (PEP 562).
"""

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False  # as in `typing`, which takes longer to load than all else here
if TYPE_CHECKING:
    from typing import Any

    from mock_server.binding.fields import Field, Grouping, Part, Subject, Unit
    from mock_server.binding.infer import bind
    from mock_server.binding.model import Binding, OperationBinding, ParameterBinding
    from mock_server.cli import run_commands
    from mock_server.clock import Clock
    from mock_server.errors import MockServerError
    from mock_server.openapi.document import Document, Operation
    from mock_server.openapi.load import DEFAULT_DOCUMENT, read_document
    from mock_server.openapi.lower import served_schemes
    from mock_server.openapi.schemas import is_local, shape_of
    from mock_server.settings import Settings
    from mock_server.testing.mock import MockServer, Verbs
    from mock_server.testing.transports import adapter, transport
    from mock_server.world.domain import Residency

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
    "ParameterBinding",
    "Part",
    "Residency",
    "Settings",
    "Subject",
    "Unit",
    "Verbs",
    "__version__",
    "adapter",
    "bind",
    "is_local",
    "read_document",
    "run_commands",
    "served_schemes",
    "shape_of",
    "transport",
]


_MODULES = {
    "binding.fields": "Field Grouping Part Subject Unit",
    "binding.infer": "bind",
    "binding.model": "Binding OperationBinding ParameterBinding",
    "cli": "run_commands",
    "clock": "Clock",
    "errors": "MockServerError",
    "openapi.document": "Document Operation",
    "openapi.load": "DEFAULT_DOCUMENT read_document",
    "openapi.lower": "served_schemes",
    "openapi.schemas": "is_local shape_of",
    "settings": "Settings",
    "testing.mock": "MockServer Verbs",
    "testing.transports": "adapter transport",
    "world.domain": "Residency",
}
"""The module of each public name."""


def __getattr__(name: str) -> "Any":
    for module, names in _MODULES.items():
        if name in names.split():
            found = globals()[name] = getattr(import_module(f"mock_server.{module}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
