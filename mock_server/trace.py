"""What was understood of one request, carried along with it to where its answer is stamped."""

from dataclasses import dataclass, field
from typing import Any, cast

from mock_server.callers import Caller
from mock_server.document import Operation
from mock_server.parameters import Arguments

_KEY = "viewtracker_mock"


@dataclass
class Trace:
    """One request's way through the mock."""

    operation: Operation | None = None
    arguments: Arguments = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Query parameters that the document does not declare."""
    ignored: tuple[str, ...] = ()
    """Parameters that the document declares, and that nothing is known to do for."""
    notes: list[str] = field(default_factory=list)
    """Sentences about the answer that its body has no place for; ASCII, without line breaks."""
    caller: Caller | None = None
    """Who asks, where the document knows people and not tokens."""
    headers: dict[str, str] = field(default_factory=dict)
    """What the answer tells beside its own headers, or in place of them."""
    source: str = "mock"
    """Where the body comes from: the name of a world, or the mock itself."""


def trace_of(scope: Any) -> Trace:
    """Give the trace of an ASGI scope, which every copy of the scope shares."""
    extensions = scope.setdefault("extensions", {})
    if _KEY not in extensions:
        extensions[_KEY] = Trace()
    return cast("Trace", extensions[_KEY])
