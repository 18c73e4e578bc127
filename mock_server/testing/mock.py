"""What a test says to a mock, in verbs: add a visit, turn the clock, assert a request.

`MockServer` has them for the whole mock, its `us` and `de` for one residency of it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, datetime
from typing import Annotated, TypeAlias

from pydantic import Field as PydanticField

from mock_server.arguments import checked
from mock_server.clock import read_moment
from mock_server.control.handlers import move_clock
from mock_server.control.mock import Control
from mock_server.data.site import Site, demo_token_of
from mock_server.errors import ApiError, UsageError
from mock_server.faults.files import read_fault
from mock_server.openapi.values import check_value
from mock_server.server import Server
from mock_server.settings import Settings
from mock_server.testing.assertions import Assertions
from mock_server.testing.operations import Argument, find_operation, target_of
from mock_server.world.domain import ANONYMOUS, Residency, Search, Visit

Moment: TypeAlias = str | date | datetime
"""RFC 3339, or a day, which is its midnight; without an offset in UTC."""


Span: TypeAlias = Annotated[float, PydanticField(ge=-1e10, le=1e10)]
"""Within the bounds that the control API has for seconds, but back too."""


class Verbs(Assertions):
    """The verbs of one mock; what cannot be done raises a `MockServerError` of one sentence.

    Args:
        control: The mock's.
        url_of: Gives the base URL of a residency.
        residency: Which one these are for. Without it, requests to both are judged, faults meet
            both, and everything else is about the US.
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
        """The tokens that `rotate_token` gave last."""
        self._residencies: dict[Residency, Verbs] = {}
        if of is None:
            control.on_reset(self.generated.clear)

    def renew(self, control: Control) -> None:
        """Mean another control from now on, with the same journal and tokens."""
        self.control = control
        for verbs in self._residencies.values():
            verbs.control = control
        control.on_reset(self.generated.clear)

    @property
    def us(self) -> "Verbs":
        """The verbs for the US residency."""
        return self._of(Residency.US)

    @property
    def de(self) -> "Verbs":
        """The verbs for the German residency."""
        return self._of(Residency.DE)

    def _of(self, residency: Residency) -> "Verbs":
        if residency not in self._residencies:
            verbs = Verbs(self.control, self._url_of, residency=residency, of=self)
            self._residencies[residency] = verbs
        return self._residencies[residency]

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end.

        Raises:
            ServerError: If the mock does not listen.
        """
        return self._url_of(self.residency or Residency.US)

    @property
    def token(self) -> str:
        """The token that opens the site.

        Raises:
            UsageError: If none does that these verbs know of.
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
        """Return the URL that asks an operation, by its id, with arguments by their names.

        Raises:
            UsageError: If there is no such operation or parameter, or the path lacks one.
        """
        document, found = find_operation(self.control.document, operation)
        return self.url + target_of(document, found, arguments)

    @checked
    def add_visit(
        self, *, content: int | str, at: Moment | None = None, account: str = ANONYMOUS
    ) -> None:
        """Add a visit.

        Args:
            content: Its id, or its title.
            at: When; now if left out.
            account: By whom.

        Raises:
            UsageError: If the world has no such content or account, or not at that time.
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
        """Add a search that found so many results; the rest is as with `add_visit`.

        Raises:
            UsageError: If the world has no such account, or no searches at that time.
        """
        described = {"term": term, "results": results, "account": account}
        check_value("Search", described, "add_search", UsageError)
        with _in_a_sentence():
            self._site.contents.add_searches([Search(self._moment(at), term, account, results)])

    @checked
    def trash(self, content: int | str) -> None:
        """Put a content, by id or title, into the trash, which hides its visits.

        Raises:
            UsageError: If it is not there.
        """
        changes = self._site.contents
        with _in_a_sentence():
            changes.trash(changes.find(content).id)

    @checked
    def restore(self, content: int | str) -> None:
        """Bring a content, by id or title, back from the trash.

        Raises:
            UsageError: If it is not there.
        """
        changes = self._site.contents
        with _in_a_sentence():
            changes.restore(changes.find(content).id)

    def rotate_token(self) -> str:
        """Generate a token, which revokes the one before; it is `token` from now on."""
        token = self.generated[self._site.residency] = self._site.tokens.generate()
        return token

    @checked
    def scenario(self, name: str) -> AbstractContextManager[object]:
        """Put a scenario on: until a reset, or in a `with` statement to the end of that.

        Raises:
            ScenarioError: If there is none of this name.
        """
        faults, ends = self.control.faults, ExitStack()
        ends.callback(faults.stop, faults.start(name, residency=self.residency))
        return ends

    @checked
    def respond_once(self, operation: str | None = None, **effect: object) -> None:
        """Respond to the next request as a fault says, such as `status=503, delay=250`.

        Said several times, each request meets one of them, in this order.

        Args:
            operation: The next request to this operation, by its id; to any if left out.
            effect: Keys of a fault, as docs/scenarios.md has them.

        Raises:
            UsageError: If there is no such operation, or nothing is said.
            ScenarioError: If a key or value is none that a fault has.
        """
        if not effect:
            raise UsageError("respond_once wants to know how, such as respond_once(status=503).")
        if "times" in effect:
            raise UsageError("respond_once is for one request; say it again for the next one.")
        if operation is not None:
            effect["operation"] = find_operation(self.control.document, operation)[1].id
        if self.residency is not None:
            effect["residency"] = self.residency.value
        fault = read_fault({**effect, "times": 1}, "respond_once")
        self.control.faults.add(fault, in_turn=True)

    @checked
    def freeze(self, at: Moment | None = None) -> None:
        """Have the clock stand still, at another moment if one is given.

        Raises:
            SettingsError: If it is no moment.
        """
        self.control.clock.change(to=self._moment(at), frozen=True)

    @checked
    def advance(
        self, *, days: Span = 0, hours: Span = 0, minutes: Span = 0, seconds: Span = 0
    ) -> None:
        """Move the clock, at once and without waiting; it shows times from 1970 to 2199."""
        days, hours, minutes, seconds = map(float, (days, hours, minutes, seconds))
        by = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        with _in_a_sentence():
            move_clock(self.control.clock, {"advance": by})

    def reset(self) -> None:
        """Bring clock, tokens, rows and all else to where they are in a mock just started."""
        self.control.reset()

    def _moment(self, at: Moment | None) -> int:
        if at is None:
            return self.control.clock.now()
        return read_moment(at if isinstance(at, str) else at.isoformat())


class MockServer(Server, Verbs):
    """The mock as an object: `with MockServer() as mock: httpx.get(mock.url)`.

    Args:
        settings: How it behaves; ports are picked freely unless set.

    Raises:
        MockServerError: If a setting, the document, the world or the database cannot be used.
    """

    @checked
    def __init__(self, settings: Settings | None = None) -> None:
        Server.__init__(self, settings)
        Verbs.__init__(self, self.control, self.url_of)

    def reload(self) -> None:
        """Read the files that the settings name once more; clock, tokens and journal stay."""
        super().reload()
        self.renew(self.control)


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Raise as `UsageError` what clients would get as a response."""
    try:
        yield
    except ApiError as error:
        raise UsageError(error.detail) from None
