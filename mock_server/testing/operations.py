"""Find an operation by its id, and build its URL."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeAlias

from mock_server.api.examples import request_of
from mock_server.api.v1 import old_api
from mock_server.errors import UsageError, did_you_mean, shown
from mock_server.openapi.document import Document, Operation

_Scalar: TypeAlias = bool | int | float | str | date | datetime | None
Argument: TypeAlias = _Scalar | list[_Scalar] | tuple[_Scalar, ...]
"""A parameter value, converted to text; None omits the parameter."""


def find_operation(document: Document, name: str) -> tuple[Document, Operation]:
    """Return an operation of a document or of version 1, with its document.

    Raises:
        UsageError: If neither document has it.
    """
    documents = document, old_api()[0]
    known = {
        operation.id: (served, operation) for served in documents for operation in served.operations
    }
    if name not in known:
        hint = did_you_mean(name, known) or f" There are {', '.join(known)}."
        raise UsageError(f"There is no operation {shown(name)}.{hint}")
    return known[name]


def target_of(document: Document, operation: Operation, arguments: Mapping[str, Argument]) -> str:
    """Return path and query string of an operation with these arguments.

    Raises:
        UsageError: If a parameter is unknown, or a path parameter is missing.
    """
    known = {
        parameter.name: parameter
        for parameter in operation.parameters
        if parameter.location in {"path", "query"}
    }
    for name in arguments:
        if name not in known:
            hint = did_you_mean(name, known) or f" It has {', '.join(known)}."
            raise UsageError(f"{operation.id} has no parameter {name!r}.{hint}")
    for name, entry in known.items():
        if entry.location == "path" and arguments.get(name) in (None, "", [], ()):
            raise UsageError(f"The path of {operation.id} needs {name!r}.")
    return request_of(document, operation, arguments, site=None)[0]
