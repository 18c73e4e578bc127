"""Control a mock from a test: add visits, move the clock, assert requests.

`MockServer` has these methods for the whole mock; its `us` and `de` have them for one residency.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field as PydanticField
from pydantic import NonNegativeInt

from mock_server.api.examples import request_of
from mock_server.clock import read_moment
from mock_server.control.handlers import move_clock
from mock_server.data.site import Site
from mock_server.errors import ApiError, UsageError, did_you_mean
from mock_server.faults.faults import read_fault
from mock_server.inputs.arguments import checked
from mock_server.journal.journal import Exchange, Journal
from mock_server.openapi.validators import check_value
from mock_server.server.server import Server
from mock_server.settings import Settings
from mock_server.testing.assertions import Argument, describe, failure, pattern_of
from mock_server.world.domain import ANONYMOUS, Residency, Search, Visit

Moment: TypeAlias = str | date | datetime
"""A time in RFC 3339, or a day, which means midnight; UTC if there is no offset."""
Span: TypeAlias = Annotated[float, PydanticField(ge=-1e10, le=1e10)]
"""Limited to the control API's range of seconds, in both directions."""


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Convert `ApiError` to `UsageError`."""
    try:
        yield
    except ApiError as error:
        raise UsageError(error.detail) from None


class Verbs:
    """The methods to control a mock; they raise `MockServerError` on failure.

    Args:
        mock: The server to control.
        residency: The residency to use. If None, assertions and faults apply to both residencies,
            and everything else applies to the US.
        whole: The verbs of the whole mock, if these are for one residency.
    """

    def __init__(
        self, mock: Server, residency: Residency | None = None, whole: "Verbs | None" = None
    ) -> None:
        self._mock = mock
        self.residency = residency
        self.asserted: set[int] = set() if whole is None else whole.asserted
        """The ids of requests that were asserted."""
        self.generated: dict[Residency, str] = {} if whole is None else whole.generated
        """The last result of `rotate_token` per residency."""

    @cached_property
    def us(self) -> "Verbs":
        """The methods for the US residency."""
        return Verbs(self._mock, Residency.US, self)

    @cached_property
    def de(self) -> "Verbs":
        """The methods for the German residency."""
        return Verbs(self._mock, Residency.DE, self)

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return self._mock.url_of(self.residency or Residency.US)

    @property
    def journal(self) -> Journal:
        """The recorded requests to both residencies, with their responses."""
        return self._mock.control.journal

    @property
    def token(self) -> str:
        """The active token of the site."""
        site = self._site
        generated = self.generated.get(site.residency)
        token = generated if generated and site.opens(generated) else site.demo_token
        if token is None:
            raise UsageError(
                f"No known token opens the site of {site.residency!r}; use rotate_token()."
            )
        return token

    @property
    def _site(self) -> Site:
        self._mock.control.check_open()
        return self._mock.sites[self.residency or Residency.US]

    @checked
    def url_for(self, operation: str, /, **arguments: Argument) -> str:
        """Return the URL of an operation, by its id, with arguments by parameter name."""
        document, found = self._mock.control.operation(operation)
        known = {
            parameter.name: parameter.location
            for parameter in found.parameters
            if parameter.location in {"path", "query"}
        }
        for name in arguments:
            if name not in known:
                hint = did_you_mean(name, known) or f" It has {', '.join(known)}."
                raise UsageError(f"{found.id} has no parameter {name!r}.{hint}")
        for name, location in known.items():
            if location == "path" and arguments.get(name) in (None, "", [], ()):
                raise UsageError(f"The path of {found.id} needs {name!r}.")
        return self.url + request_of(document, found, arguments, site=None)[0]

    @checked
    def assert_requested(
        self, operation: str | None = None, *, times: NonNegativeInt | None = None, **wanted: Any
    ) -> list[Exchange]:
        """Assert that a request was received; return the matching exchanges, oldest first.

        Args:
            operation: An operation id, or a pattern with `*`; any operation if omitted.
            times: The exact number of requests; at least one if omitted.
            wanted: Other properties of the requests, such as `query={"limit": 5}`, `status=200`,
                `method`, `path`, `token`, `headers`; `*` in a text matches any characters.

        Raises:
            AssertionError: If the number differs; lists the received requests, closest first.
            UsageError: If there is no such operation or property.
        """
        __tracebackhide__ = True
        if not self._mock.settings.journal:
            raise UsageError("The journal keeps nothing (journal=0), so no request is known of.")
        if operation is not None:
            if "*" not in operation:
                self._mock.control.operation(operation)
            wanted["operation"] = operation
        if self.residency is not None:
            wanted["residency"] = self.residency.value
        pattern = pattern_of(wanted)
        found = self.journal.entries(**pattern)
        if len(found) != times and (times is not None or not found):
            raise AssertionError(failure(self.journal, pattern, found, times))
        self.asserted.update(exchange.id for exchange in found)
        return found

    @checked
    def assert_not_requested(
        self, operation: str | None = None, *, times: Literal[0] = 0, **wanted: Any
    ) -> None:
        """Assert that no such request was received; see `assert_requested`."""
        __tracebackhide__ = True
        self.assert_requested(operation, times=times, **wanted)

    def assert_no_other_requests(self) -> None:
        """Assert that every received request was matched by an earlier assertion."""
        __tracebackhide__ = True
        entries = self.journal.entries(residency=self.residency and self.residency.value)
        others = [exchange for exchange in entries if exchange.id not in self.asserted]
        if others:
            raise AssertionError(f"These requests were not asserted:\n{describe(others)}")

    @checked
    @_in_a_sentence()
    def add_visit(
        self, *, content: int | str, at: Moment | None = None, account: str = ANONYMOUS
    ) -> None:
        """Add a visit.

        Args:
            content: The id or title of the content.
            at: The time of the visit; now if omitted.
            account: The account of the viewer.
        """
        contents = self._site.contents
        contents.add_visits([Visit(self._moment(at), contents.find(content).id, account)])

    @checked
    @_in_a_sentence()
    def add_search(
        self,
        *,
        term: str,
        results: int = 1,
        at: Moment | None = None,
        account: str = ANONYMOUS,
    ) -> None:
        """Add a search with a number of results; for the other arguments see `add_visit`."""
        described = {"term": term, "results": results, "account": account}
        check_value("Search", described, "add_search", UsageError)
        self._site.contents.add_searches([Search(self._moment(at), term, account, results)])

    @checked
    @_in_a_sentence()
    def trash(self, content: int | str) -> None:
        """Trash a content, by id or title, which hides its visits."""
        self._site.contents.trash(self._site.contents.find(content).id)

    @checked
    @_in_a_sentence()
    def restore(self, content: int | str) -> None:
        """Restore a content, by id or title, from the trash."""
        self._site.contents.restore(self._site.contents.find(content).id)

    def rotate_token(self) -> str:
        """Generate and return a token, which revokes the previous one and becomes `token`."""
        token = self.generated[self._site.residency] = self._site.tokens.generate()
        return token

    @checked
    def scenario(self, name: str) -> AbstractContextManager[object]:
        """Start a scenario, until a reset, or until the end of a `with` block."""
        faults, ends = self._mock.control.faults, ExitStack()
        ends.callback(faults.stop, faults.start(name, residency=self.residency))
        return ends

    @checked
    def respond_once(self, operation: str | None = None, **effect: object) -> None:
        """Apply a fault to the next request, such as `status=503, delay=250`.

        Several calls apply to one request each, in order.

        Args:
            operation: Apply to the next request of this operation id; any operation if omitted.
            effect: The keys of a fault, see docs/scenarios.md.
        """
        if not effect:
            raise UsageError("respond_once needs an effect, such as respond_once(status=503).")
        if "times" in effect:
            raise UsageError("respond_once applies to one request; call it again for the next one.")
        if operation is not None:
            effect["operation"] = self._mock.control.operation(operation)[1].id
        if self.residency is not None:
            effect["residency"] = self.residency.value
        fault = read_fault({**effect, "times": 1}, "respond_once")
        self._mock.control.faults.add(fault, in_turn=True)

    @checked
    def freeze(self, at: Moment | None = None) -> None:
        """Freeze the clock, optionally at another time."""
        self._mock.control.clock.change(to=self._moment(at), frozen=True)

    @checked
    @_in_a_sentence()
    def advance(
        self, *, days: Span = 0, hours: Span = 0, minutes: Span = 0, seconds: Span = 0
    ) -> None:
        """Move the clock immediately; its range is 1970 to 2199."""
        days, hours, minutes, seconds = map(float, (days, hours, minutes, seconds))
        by = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        move_clock(self._mock.control.clock, {"advance": by})

    def reset(self) -> None:
        """Reset clock, tokens, rows and everything else to the initial state."""
        self._mock.control.reset()

    def _moment(self, at: Moment | None) -> int:
        if at is None:
            return self._mock.control.clock.now()
        return read_moment(at if isinstance(at, str) else at.isoformat())


class MockServer(Server, Verbs):
    """A mock server: `with MockServer() as mock: httpx.get(mock.url)`.

    Args:
        settings: The settings of the mock; the default picks free ports.

    Raises:
        MockServerError: If a setting, the document, the world or the database is invalid.
    """

    @checked
    def __init__(self, settings: Settings | None = None) -> None:
        Server.__init__(self, settings)
        Verbs.__init__(self, self)
