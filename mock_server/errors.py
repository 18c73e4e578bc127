"""All exceptions that this package raises.

A `MockServerError` means that the mock cannot work: exit code 2. Domain code raises subclasses of
`ApiError`, an error response with a status and a sentence, without knowing about response bodies;
`mock_server.api.responses` renders them.
"""

import difflib
import re
from collections.abc import Iterable
from http import HTTPStatus
from unicodedata import normalize


class MockServerError(Exception):
    """The mock cannot do what was requested; the message is one sentence for users."""


class SettingsError(MockServerError):
    """A setting has an invalid value."""


class DocumentError(MockServerError):
    """An OpenAPI document cannot be read or served."""


class BindingError(MockServerError):
    """A binding names something that neither the document nor the data has."""


class WorldError(MockServerError):
    """A world file cannot be read or is inconsistent."""


class StorageError(MockServerError):
    """A database cannot be used: it is invalid, or belongs to another world."""


class ScenarioError(MockServerError):
    """A scenario is unknown, or a fault is invalid."""


class ServerError(MockServerError):
    """The server cannot listen, or did not start."""


class UsageError(MockServerError):
    """A test names an unknown operation, content or the like, or passes an invalid value."""


_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large", 414: "URI Too Long",  # older Pythons have names older than RFC 9110
}  # fmt: skip


def phrase_of(status: int) -> str:
    """Return the reason phrase of a status (RFC 9110, section 15); `Error` if there is none."""
    return _PHRASES.get(status, "Error")


class ApiError(Exception):
    """An error response to a client.

    Args:
        detail: One sentence that states the error and how to fix it.
        headers: Response headers that belong to the status, such as `Allow`.
    """

    status = 500
    parameter: str | None = None
    """The name of the invalid parameter, or None."""
    location: str | None = None
    """The location of the parameter, such as `query`."""

    def __init_subclass__(cls, status: int | None = None) -> None:
        super().__init_subclass__()
        cls.status = status or cls.status

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}

    @property
    def title(self) -> str:
        """The reason phrase of the status."""
        return phrase_of(self.status)

    @classmethod
    def slug(cls) -> str:
        """Return the stable identifier of this type of error, such as `not-found`."""
        name = cls.__name__.removesuffix("ApiError").removesuffix("Error") or "Internal"
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


class InvalidRequestError(ApiError, status=400):
    """The request does not match the document: which parameter, which value, which bound."""

    def __init__(
        self, detail: str, *, parameter: str | None = None, location: str = "query"
    ) -> None:
        super().__init__(detail)
        self.parameter = parameter
        self.location = None if parameter is None else location


class UnauthorizedError(ApiError, status=401):
    """The token is missing or not valid for this residency (RFC 6750, section 3)."""


class ForbiddenError(ApiError, status=403):
    """The credentials are valid but lack the permission."""


class NotFoundError(ApiError, status=404):
    """The path, content or space does not exist."""


class NotAcceptableError(ApiError, status=406):
    """The client accepts none of the operation's media types."""


class ConflictError(ApiError, status=409):
    """The request is well-formed, but conflicts with the state of the mock."""


class ContentTooLargeError(ApiError, status=413):
    """The body exceeds the size limit."""


class UriTooLongError(ApiError, status=414):
    """The request target exceeds the length limit."""


class UnsupportedMediaTypeError(ApiError, status=415):
    """The media type of the body is not supported."""


class StorageBusyError(ApiError, StorageError, status=503):
    """Another process locks the database."""


class StorageDamagedError(ApiError, StorageError):
    """The database file was damaged or replaced while the mock was running."""


class StorageFullError(ApiError, StorageError, status=507):
    """The change could not be stored: the disk is full, or the file is read-only."""


class FaultError(ApiError):
    """An error response from a fault, with its status."""


class ResponseValidationError(ApiError):
    """The response that the mock created does not match the document."""

    @classmethod
    def slug(cls) -> str:
        """Return the published identifier."""
        return "broken-promise"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to `word`, ignoring case, or None."""
    by_folded = {_folded(str(name)): str(name) for name in known}
    close = difflib.get_close_matches(_folded(word), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def _folded(word: str) -> str:
    return normalize("NFC", word).casefold()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for the closest known word, or an empty string."""
    near = nearest(word, known)
    return f" Did you mean {near!r}?" if near is not None else ""


def cut(message: str, longest: int = 160) -> str:
    """Shorten a message with a very long value by removing its middle."""
    half = longest // 2
    return message if len(message) <= longest else f"{message[:half]}…{message[-half:]}"


def shown(value: object) -> str:
    """Format a value of any type and size for a message."""
    try:
        return cut(repr(value))
    except (ValueError, RecursionError):  # thousands of digits or levels
        return f"this {type(value).__name__}"
