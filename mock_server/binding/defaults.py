"""Find the default of a parameter in descriptions: its own, the document's or others' with its name."""

from collections.abc import Sequence

from mock_server.binding.descriptions import (
    about,
    default_end,
    default_hours,
    default_size,
    ends_now,
)
from mock_server.binding.fields import Part
from mock_server.openapi.document import Document, Operation, Parameter

_READERS = {
    Part.LIMIT: default_size,
    Part.START: default_hours,
    Part.END: default_end,
    Part.PRESET: ends_now,
}


def described_default(
    document: Document, operation: Operation, parameter: Parameter, part: Part | None
) -> int | None:
    """Return the default that a description names for a parameter with a role, or None.

    It is a page size, the hours before the end of a range, or 0 for a range that ends now.
    """
    if part not in _READERS:
        return None
    own = parameter.description, about(parameter.name, document.description)
    is_start = part is Part.START
    of_operation = (operation.description,) if is_start else ()
    elsewhere = () if any(own) else _said_elsewhere(document, parameter.name, is_start=is_start)
    found = map(_READERS[part], (*own, *of_operation, *elsewhere))
    return next((value for value in found if value is not None), None)


def _said_elsewhere(document: Document, name: str, *, is_start: bool) -> Sequence[str]:
    """Return what other operations say of their parameter with this name; cached by name.

    The start of a range may also be described by the operation itself.
    """
    key = "descriptions of", name, is_start
    if key not in document.readings:
        named = [(operation, parameter) for operation in document.operations
                 for parameter in operation.parameters if parameter.name == name]  # fmt: skip
        texts = [text for operation, parameter in named
                 for text in (parameter.description, operation.description * is_start)]  # fmt: skip
        document.readings[key] = [*dict.fromkeys(filter(None, texts))]
    found: list[str] = document.readings[key]
    return found
