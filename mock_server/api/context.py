"""What is known of one request, from where it enters the mock to where its response leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mock_server.api.parameters import Arguments
from mock_server.binding.fields import Field, OperationBinding
from mock_server.data.query import ReportQuery
from mock_server.data.site import Site
from mock_server.openapi.document import Operation
from mock_server.world.users import User

_KEY = "viewtracker_mock"
_SITE = "viewtracker_mock_site"


@dataclass(frozen=True)
class ReportSummary:
    """The query that was run, and what its report says of all rows."""

    bound: OperationBinding
    query: ReportQuery
    values: Mapping[Field, Any]
    since: int
    """The first epoch millisecond from which there can be rows."""


@dataclass
class RequestContext:
    """What is known of one request."""

    now: int = 0
    """When the request came, by the mock's clock, in epoch milliseconds."""
    operation: Operation | None = None
    arguments: Arguments = field(default_factory=dict)
    media_type: str | None = None
    """What the client likes best of the media types of the operation's success."""
    unknown: tuple[str, ...] = ()
    """Query parameters that the document does not declare."""
    ignored: tuple[str, ...] = ()
    """Parameters that the document declares and the binding does not know."""
    notes: list[str] = field(default_factory=list)
    """Sentences about the response that its body has no place for; ASCII, without line breaks."""
    caller: User | None = None
    """The user, where the document has Basic credentials instead of tokens."""
    token: str | None = None
    """The state of the token that was sent, in words; None if none was checked."""
    is_key_in_query: bool = False
    """Whether the document itself wants the token in the query."""
    summary: ReportSummary | None = None
    """None if no report was made."""
    headers: dict[str, str] = field(default_factory=dict)
    """Response headers to add, or to put in place of those that there are."""
    faults: list[str] = field(default_factory=list)
    """Names of the scenarios and faults that were triggered."""
    rows: int | None = None
    """The number of rows that a fault sets for the page."""
    lag: int = 0
    """Milliseconds by which a fault lets the report lag."""
    example: str | None = None
    """The name of the preferred example of the document."""
    source: str = "mock"
    """Where the body comes from: the name of a world, or the mock itself."""

    def copy_from(self, other: "RequestContext") -> None:
        """Take over what is known of an equal request; nothing mutable is shared."""
        now = self.now
        self.__dict__.update(other.__dict__)
        self.now = now
        self.notes, self.headers, self.faults = [*other.notes], {**other.headers}, [*other.faults]

    def apply_preference(self, preference: str) -> None:
        """Note for the response that a preference was applied (RFC 7240, section 3)."""
        before = self.headers.get("Preference-Applied")
        self.headers["Preference-Applied"] = f"{before}, {preference}" if before else preference


def start_context(scope: Any, site: Site) -> None:
    """Make the context of a request; the clock is read here, and nowhere else."""
    scope.setdefault("extensions", {}).update({_KEY: RequestContext(site.clock.now()), _SITE: site})


def site_of(scope: Any) -> Site:
    """Return the site that a request is for."""
    return cast("Site", scope["extensions"][_SITE])


def context_of(scope: Any) -> RequestContext:
    """Return the context of an ASGI scope, which every copy of the scope shares."""
    extensions = scope.setdefault("extensions", {})
    if _KEY not in extensions:
        extensions[_KEY] = RequestContext()
    return cast("RequestContext", extensions[_KEY])
