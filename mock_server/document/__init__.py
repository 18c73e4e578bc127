"""OpenAPI documents: reading them, and asking them for operations, parameters and schemas.

Nothing here knows what Viewtracker is; `mock_server.binding` finds that out.
"""

from mock_server.document.model import Document, MediaType, Operation, Parameter, Response
from mock_server.document.reading import DEFAULT_DOCUMENT, own_document, read_document
from mock_server.document.schemas import Schema, SchemaCompiler, types_of

__all__ = [
    "DEFAULT_DOCUMENT",
    "Document",
    "MediaType",
    "Operation",
    "Parameter",
    "Response",
    "Schema",
    "SchemaCompiler",
    "own_document",
    "read_document",
    "types_of",
]
