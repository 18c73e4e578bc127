"""Control a mock from a test: add visits, move the clock, assert requests.

`MockServer` has these methods for the whole mock; its `us` and `de` have them for one residency.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, datetime
from typing import Annotated, TypeAlias

from pydantic import Field as PydanticField

from mock_server.clock import read_moment
from mock_server.control.handlers import move_clock
from mock_server.control.mock import Control
from mock_server.data.site import Site, demo_token_of
from mock_server.errors import ApiError, UsageError
from mock_server.faults.files import read_fault
from mock_server.inputs.arguments import checked
from mock_server.openapi.validators import check_value
from mock_server.server.server import Server
from mock_server.settings import Settings
from mock_server.testing.assertions import Assertions
from mock_server.testing.operations import Argument, find_operation, target_of
from mock_server.world.domain import ANONYMOUS, Residency, Search, Visit

Moment: TypeAlias = str | date | datetime
"""A time in RFC 3339, or a day, which means midnight; UTC if there is no offset."""


Span: TypeAlias = Annotated[float, PydanticField(ge=-1e10, le=1e10)]
"""Limited to the control API's range of seconds, in both directions."""


class Verbs(Assertions):
    """The methods to control a mock; they raise `MockServerError` on failure.

    Args:
        control: The control of the mock.
        url_of: Return the base URL of a residency.
        residency: The residency to use. If None, assertions and faults apply to both residencies,
            and everything else applies to the US.
        of: The verbs of the whole mock, if these are for one residency.
    """

    def __init__(
        self,
        control: Control,
        url_of: Callable[[Residency], str],
        *,
        residency: Residency | None = None,
        of: "Verbs | None" = None,
    ) -> None:
        super().__init__(control, residency, set() if of is None else of.asserted)
        self._url_of = url_of
        self.generated: dict[Residency, str] = {} if of is None else of.generated
        """The last result of `rotate_token` per residency."""
        self._residencies: dict[Residency, Verbs] = {}
        if of is None:
            control.on_reset(self.generated.clear)

    def renew(self, control: Control) -> None:
        """Switch to another control, with the same journal and tokens."""
        self.control = control
        for verbs in self._residencies.values():
            verbs.control = control
        control.on_reset(self.generated.clear)

    @property
    def us(self) -> "Verbs":
        """The methods for the US residency."""
        return self._of(Residency.US)

    @property
    def de(self) -> "Verbs":
        """The methods for the German residency."""
        return self._of(Residency.DE)

    def _of(self, residency: Residency) -> "Verbs":
        if residency not in self._residencies:
            verbs = Verbs(self.control, self._url_of, residency=residency, of=self)
            self._residencies[residency] = verbs
        return self._residencies[residency]

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash.

        Raises:
            ServerError: If the mock is not listening.
        """
        return self._url_of(self.residency or Residency.US)

    @property
    def token(self) -> str:
        """The active token of the site.

        Raises:
            UsageError: If the active token is not known here.
        """
        residency = self._site.residency
        token = self.generated.get(residency, demo_token_of(residency))
        if not self._site.opens(token):
            raise UsageError(f"No known token opens the site of {residency!r}; use rotate_token().")
        return token

    @property
    def _site(self) -> Site:
        self.control.check_open()
        return self.control.sites[self.residency or Residency.US]

    @checked
    def url_for(self, operation: str, /, **arguments: Argument) -> str:
        """Return the URL of an operation, by its id, with arguments by parameter name.

        Raises:
            UsageError: If the operation or a parameter is unknown, or a path parameter is missing.
        """
        document, found = find_operation(self.control.document, operation)
        return self.url + target_of(document, found, arguments)

    @checked
    def add_visit(
        self, *, content: int | str, at: Moment | None = None, account: str = ANONYMOUS
    ) -> None:
        """Add a visit.

        Args:
            content: The id or title of the content.
            at: The time of the visit; now if omitted.
            account: The account of the viewer.

        Raises:
            UsageError: If the content or account does not exist at that time.
        """
        changes = self._site.contents
        with _in_a_sentence():
            visit = Visit(self._moment(at), changes.find(content).id, account)
            changes.add_visits([visit])

    @checked
    def add_search(
        self,
        *,
        term: str,
        results: int = 1,
        at: Moment | None = None,
        account: str = ANONYMOUS,
    ) -> None:
        """Add a search with a number of results; for the other arguments see `add_visit`.

        Raises:
            UsageError: If the account does not exist, or the time is invalid.
        """
        described = {"term": term, "results": results, "account": account}
        check_value("Search", described, "add_search", UsageError)
        with _in_a_sentence():
            self._site.contents.add_searches([Search(self._moment(at), term, account, results)])

    @checked
    def trash(self, content: int | str) -> None:
        """Trash a content, by id or title, which hides its visits.

        Raises:
            UsageError: If it does not exist.
        """
        changes = self._site.contents
        with _in_a_sentence():
            changes.trash(changes.find(content).id)

    @checked
    def restore(self, content: int | str) -> None:
        """Restore a content, by id or title, from the trash.

        Raises:
            UsageError: If it does not exist.
        """
        changes = self._site.contents
        with _in_a_sentence():
            changes.restore(changes.find(content).id)

    def rotate_token(self) -> str:
        """Generate and return a token, which revokes the previous one and becomes `token`."""
        token = self.generated[self._site.residency] = self._site.tokens.generate()
        return token

    @checked
    def scenario(self, name: str) -> AbstractContextManager[object]:
        """Start a scenario, until a reset, or until the end of a `with` block.

        Raises:
            ScenarioError: If there is no such scenario.
        """
        faults, ends = self.control.faults, ExitStack()
        ends.callback(faults.stop, faults.start(name, residency=self.residency))
        return ends

    @checked
    def respond_once(self, operation: str | None = None, **effect: object) -> None:
        """Apply a fault to the next request, such as `status=503, delay=250`.

        Several calls apply to one request each, in order.

        Args:
            operation: Apply to the next request of this operation id; any operation if omitted.
            effect: The keys of a fault, see docs/scenarios.md.

        Raises:
            UsageError: If the operation is unknown, or there is no effect.
            ScenarioError: If a key or value is invalid.
        """
        if not effect:
            raise UsageError("respond_once needs an effect, such as respond_once(status=503).")
        if "times" in effect:
            raise UsageError("respond_once applies to one request; call it again for the next one.")
        if operation is not None:
            effect["operation"] = find_operation(self.control.document, operation)[1].id
        if self.residency is not None:
            effect["residency"] = self.residency.value
        fault = read_fault({**effect, "times": 1}, "respond_once")
        self.control.faults.add(fault, in_turn=True)

    @checked
    def freeze(self, at: Moment | None = None) -> None:
        """Freeze the clock, optionally at another time.

        Raises:
            SettingsError: If the time is invalid.
        """
        self.control.clock.change(to=self._moment(at), frozen=True)

    @checked
    def advance(
        self, *, days: Span = 0, hours: Span = 0, minutes: Span = 0, seconds: Span = 0
    ) -> None:
        """Move the clock immediately; its range is 1970 to 2199."""
        days, hours, minutes, seconds = map(float, (days, hours, minutes, seconds))
        by = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        with _in_a_sentence():
            move_clock(self.control.clock, {"advance": by})

    def reset(self) -> None:
        """Reset clock, tokens, rows and everything else to the initial state."""
        self.control.reset()

    def _moment(self, at: Moment | None) -> int:
        if at is None:
            return self.control.clock.now()
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
        Verbs.__init__(self, self.control, self.url_of)

    def reload(self) -> None:
        """Reload the files named in the settings; clock, tokens and journal are kept."""
        super().reload()
        self.renew(self.control)


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Convert `ApiError` to `UsageError`."""
    try:
        yield
    except ApiError as error:
        raise UsageError(error.detail) from None
