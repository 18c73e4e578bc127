"""What was understood of one request, carried along with it to where its response is stamped."""

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
    """What was asked for in the domain's words, and what the response tells of all rows."""

    bound: OperationBinding
    query: ReportQuery
    facts: Mapping[Field, Any]
    since: int
    """The first epoch millisecond from which there can be rows."""


@dataclass
class RequestContext:
    """One request's way through the mock."""

    now: int = 0
    """When the request came, by the mock's clock, in epoch milliseconds."""
    operation: Operation | None = None
    arguments: Arguments = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Query parameters that the document does not declare."""
    ignored: tuple[str, ...] = ()
    """Parameters that the document declares, and that nothing is known to do for."""
    notes: list[str] = field(default_factory=list)
    """Sentences about the response that its body has no place for; ASCII, without line breaks."""
    caller: User | None = None
    """Who asks, where the document knows people and not tokens."""
    token: str | None = None
    """What the token that was sent opens, in words; None if none was looked at."""
    is_key_in_query: bool = False
    """Whether the document itself wants the token in the query."""
    reported: ReportSummary | None = None
    """None if no report was made."""
    headers: dict[str, str] = field(default_factory=dict)
    """What the response tells beside its own headers, or in place of them."""
    faults: list[str] = field(default_factory=list)
    """Names of the scenarios and faults that struck."""
    rows: int | None = None
    """How many rows a fault wants on the page, whatever there are."""
    lag: int = 0
    """Milliseconds by which a fault has the report lie behind."""
    example: str | None = None
    """The example of the document that the response is to be, by its name."""
    source: str = "mock"
    """Where the body comes from: the name of a world, or the mock itself."""

    def become(self, other: "RequestContext") -> None:
        """Take over what was understood of an equal request; nothing mutable is shared."""
        now = self.now
        self.__dict__.update(other.__dict__)
        self.now = now
        self.notes, self.headers, self.faults = [*other.notes], {**other.headers}, [*other.faults]

    def applies(self, preference: str) -> None:
        """Have the response tell that a preference was met (RFC 7240, section 3)."""
        before = self.headers.get("Preference-Applied")
        self.headers["Preference-Applied"] = f"{before}, {preference}" if before else preference


def begin(scope: Any, site: Site) -> None:
    """Note whose request it is, and when it came: the clock is read once."""
    scope.setdefault("extensions", {}).update({_KEY: RequestContext(site.clock.now()), _SITE: site})


def site_of(scope: Any) -> Site:
    """Return the site that a request is for."""
    return cast("Site", scope["extensions"][_SITE])


def context_of(scope: Any) -> RequestContext:
    """Return the trace of an ASGI scope, which every copy of the scope shares."""
    extensions = scope.setdefault("extensions", {})
    if _KEY not in extensions:
        extensions[_KEY] = RequestContext()
    return cast("RequestContext", extensions[_KEY])
