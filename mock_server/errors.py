"""Every error that this package raises on purpose, in one tree.

::

    MockServerError                 something stops the mock from working: exit code 2
    +-- SettingsError               a setting is wrong: its name, its value, what is allowed
    +-- DocumentError               an OpenAPI document cannot be read or served
    +-- BindingError                a binding names what the document or the domain does not have
    +-- WorldError                  a world file is unreadable or contradicts itself
    +-- StorageError                a database is not ours, or belongs to another world
    +-- ScenarioError               a scenario is not there, or its file is wrong
    +-- ServerError                 a port is taken, or the server did not come up
    +-- UsageError                  a test speaks of what the mock does not have
    ApiError                        what a client of the mock sees: a status and a sentence
    +-- InvalidRequestError         400, and what to send instead
    +-- UnauthorizedError           401, with the challenge of RFC 6750
    +-- ForbiddenError              403
    +-- NotFoundError               404, with the nearest name that exists
    +-- NotAcceptableError          406
    +-- ConflictError               409, and what the mock's world says instead
    +-- ContentTooLargeError        413
    +-- UriTooLongError             414
    +-- UnsupportedMediaTypeError   415
    +-- StorageDamagedError         500: the database's file is damaged
    +-- StorageBusyError            503: another process keeps the database locked
    +-- StorageFullError            507: the disk is full
    +-- FaultError                  any status, as a fault asks for
    +-- ResponseValidationError          500: the mock's own response contradicts the document

Domain code raises `ApiError` leaves and knows nothing of HTTP bodies; `mock_server.problems` alone
renders them. `nearest` is here, since every message that refuses a word suggests a better one.
"""

import difflib
import re
from collections.abc import Iterable
from unicodedata import normalize


class MockServerError(Exception):
    """The mock cannot do what it was asked to; the message is one sentence for a person."""


class SettingsError(MockServerError):
    """A setting has a value that cannot be used."""


class DocumentError(MockServerError):
    """An OpenAPI document cannot be read or served."""


class BindingError(MockServerError):
    """A binding speaks of something that neither the document nor the domain knows."""


class WorldError(MockServerError):
    """A world file cannot be read or contradicts itself."""


class StorageError(MockServerError):
    """A database cannot be used: it is not ours, or holds another world."""


class ScenarioError(MockServerError):
    """A scenario is not there, or a fault says what no fault can."""


class ServerError(MockServerError):
    """The server cannot listen, or did not come up."""


class UsageError(MockServerError):
    """A test names an operation, content or the like that there is not, or says what makes no sense."""


class ApiError(Exception):
    """A response other than success, as a client of the mock sees it.

    Args:
        detail: One sentence that says what is wrong and what to do next.
        headers: Response headers that belong to the status, such as `Allow`.
    """

    status = 500
    title = "Internal Server Error"
    parameter: str | None = None
    """The name of the parameter that is wrong, if one is."""
    location: str | None = None
    """Where it is, such as `query`."""

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}

    @classmethod
    def slug(cls) -> str:
        """Return the word for errors of this kind, such as `not-found`; it never changes."""
        name = cls.__name__.removesuffix("ApiError").removesuffix("Error") or "Internal"
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


class InvalidRequestError(ApiError):
    """The request breaks the document: which parameter, which value, which bound."""

    status = 400
    title = "Bad Request"

    def __init__(
        self, detail: str, *, parameter: str | None = None, location: str = "query"
    ) -> None:
        super().__init__(detail)
        self.parameter = parameter
        self.location = None if parameter is None else location


class UnauthorizedError(ApiError):
    """No token, or one that does not open this residency (RFC 6750, section 3)."""

    status = 401
    title = "Unauthorized"


class ForbiddenError(ApiError):
    """A token that is known but may not do this."""

    status = 403
    title = "Forbidden"


class NotFoundError(ApiError):
    """No such path, content or space."""

    status = 404
    title = "Not Found"


class NotAcceptableError(ApiError):
    """The client accepts none of the media types that the operation offers."""

    status = 406
    title = "Not Acceptable"


class ConflictError(ApiError):
    """What is asked for is well written, and contradicts what there is in the mock's world."""

    status = 409
    title = "Conflict"


class ContentTooLargeError(ApiError):
    """The body is larger than the mock reads."""

    status = 413
    title = "Content Too Large"


class UriTooLongError(ApiError):
    """The request target is longer than the mock reads."""

    status = 414
    title = "URI Too Long"


class UnsupportedMediaTypeError(ApiError):
    """The body is in a media type that nothing here reads."""

    status = 415
    title = "Unsupported Media Type"


class StorageBusyError(ApiError, StorageError):
    """Another process keeps the database locked."""

    status = 503
    title = "Service Unavailable"


class StorageDamagedError(ApiError, StorageError):
    """The database's file was damaged, or replaced, while the mock used it."""


class StorageFullError(ApiError, StorageError):
    """What was to be stored cannot be: the disk is full, or the file may not be written."""

    status = 507
    title = "Insufficient Storage"


class FaultError(ApiError):
    """A response that a fault asks for, with its status."""


class ResponseValidationError(ApiError):
    """The mock was about to send a response that the document does not allow."""

    @classmethod
    def slug(cls) -> str:
        """Return the word that clients know it by."""
        return "broken-promise"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, whatever its case, or None if none is near."""
    by_folded = {_folded(str(name)): str(name) for name in known}
    close = difflib.get_close_matches(_folded(word), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def _folded(word: str) -> str:
    return normalize("NFC", word).casefold()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for the nearest known word, or an empty string."""
    near = nearest(word, known)
    return f" Did you mean {near!r}?" if near is not None else ""


def cut(message: str) -> str:
    """Leave out the middle of a message that repeats a very long value."""
    longest = 160
    half = longest // 2
    return message if len(message) <= longest else f"{message[:half]}…{message[-half:]}"


def shown(value: object) -> str:
    """Write a value of any kind, however large, to stand in a sentence."""
    try:
        return cut(repr(value))
    except ValueError:  # a number of thousands of digits
        return f"this {type(value).__name__}"
