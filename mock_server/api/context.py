"""The context of a request: data shared by the middleware, the handler and the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mock_server.api.parameters import Arguments
from mock_server.binding.model import OperationBinding
from mock_server.data.query import ReportQuery
from mock_server.data.site import Site
from mock_server.openapi.document import Operation
from mock_server.world.model import User

_KEY = "viewtracker_mock"
_SITE = "viewtracker_mock_site"


@dataclass(frozen=True)
class ReportSummary:
    """The query of a report, and the values that apply to all its rows."""

    bound: OperationBinding
    query: ReportQuery
    values: Mapping[Any, Any]
    """By `PropertyBinding.key`."""
    since: int
    """The first epoch millisecond that can have rows."""


@dataclass
class RequestContext:
    """The state of one request and its response."""

    now: int = 0
    """Time of the request by the mock's clock, in epoch milliseconds."""
    operation: Operation | None = None
    arguments: Arguments = field(default_factory=dict)
    media_type: str | None = None
    """The media type of the success response that the client prefers."""
    unknown: tuple[str, ...] = ()
    """Query parameters that the document does not declare."""
    ignored: tuple[str, ...] = ()
    """Declared parameters that the binding does not recognize."""
    notes: list[str] = field(default_factory=list)
    """Notes about the response, sent in a header; ASCII, without line breaks."""
    caller: User | None = None
    """The authenticated user, if the document uses Basic authentication."""
    token: str | None = None
    """The state of the token, as text; None if no token was checked."""
    is_key_in_query: bool = False
    """Whether the document declares the token as a query parameter."""
    summary: ReportSummary | None = None
    """None if no report was created."""
    headers: dict[str, str] = field(default_factory=dict)
    """Response headers to add or replace."""
    faults: list[str] = field(default_factory=list)
    """Names of the scenarios and faults that were triggered."""
    rows: int | None = None
    """The number of rows of the page, if a fault sets it."""
    lag: int = 0
    """Milliseconds by which a fault delays the data of the report."""
    example: str | None = None
    """The name of the document's example that the client prefers."""
    is_stable: bool = False
    """Whether an equal request gets an equal response until the data changes or more is visible."""
    source: str = "mock"
    """Source of the body: the name of a world, or the mock itself."""

    def copy_from(self, other: "RequestContext") -> None:
        """Copy the state of an equal request, except its time; mutable values are copied."""
        now = self.now
        self.__dict__.update(other.__dict__)
        self.now = now
        self.notes, self.headers, self.faults = [*other.notes], {**other.headers}, [*other.faults]

    def apply_preference(self, preference: str) -> None:
        """Add a preference to the Preference-Applied header (RFC 7240, section 3)."""
        before = self.headers.get("Preference-Applied")
        self.headers["Preference-Applied"] = f"{before}, {preference}" if before else preference


def start_context(scope: Any, site: Site) -> None:
    """Create the context of a request, with the current time of the site's clock."""
    scope.setdefault("extensions", {}).update({_KEY: RequestContext(site.clock.now()), _SITE: site})


def site_of(scope: Any) -> Site:
    """Return the site of a request."""
    return cast("Site", scope["extensions"][_SITE])


def context_of(scope: Any) -> RequestContext:
    """Return the context of a request, which all copies of its scope share."""
    extensions = scope.setdefault("extensions", {})
    if _KEY not in extensions:
        extensions[_KEY] = RequestContext()
    return cast("RequestContext", extensions[_KEY])
