"""What can be changed about a running mock, by Python or over HTTP, and brought back at once."""

from collections.abc import Callable, Mapping
from threading import Lock

from mock_server.binding.fields import Binding
from mock_server.binding.file import read_overrides
from mock_server.binding.infer import bind
from mock_server.clock import Clock
from mock_server.data.site import Site, open_sites, reset_sites
from mock_server.errors import ServerError
from mock_server.faults.faults import Faults
from mock_server.faults.files import read_scenarios
from mock_server.journal.journal import Journal
from mock_server.openapi.document import Document
from mock_server.openapi.load import DEFAULT_DOCUMENT, read_document
from mock_server.settings import Settings
from mock_server.world.domain import Residency


def assemble(settings: Settings, clock: Clock, journal: Journal | None = None) -> "Control":
    """Read and open all that settings name.

    Args:
        settings: What a mock is started with.
        clock: Its clock.
        journal: Where its exchanges are kept; a new one if None.

    Raises:
        MockServerError: If the document, its binding, the world, a scenario or the database cannot
            be used.
    """
    document = read_document(settings.document or DEFAULT_DOCUMENT, overlays=settings.overlay)
    overrides = None if settings.binding is None else read_overrides(settings.binding, document)
    binding = bind(document, overrides)
    sites = open_sites(settings, clock)
    kept = Journal(settings.journal) if journal is None else journal
    try:
        return Control(settings, clock, sites, document, binding, kept)
    except BaseException:
        for site in sites.values():
            site.close()
        raise


class Control:
    """One mock's clock and sites, and everything else that a reset brings back.

    Args:
        settings: What the mock was started with.
        clock: Its clock.
        sites: Its sites.
        document: What it serves.
        binding: How that meets the data.
        journal: Where exchanges are kept.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        sites: Mapping[Residency, Site],
        document: Document,
        binding: Binding,
        journal: Journal,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.sites = sites
        self.document = document
        self.binding = binding
        self.journal = journal
        self._resets: list[Callable[[], None]] = []
        self._resetting = Lock()
        self._is_closed = False
        self.faults = Faults(
            clock,
            read_scenarios(settings.scenario_file),
            started=settings.scenario,
            seed=settings.seed,
        )
        self.on_reset(self.journal.clear)
        self.on_reset(clock.reset)
        self.on_reset(self.faults.reset)
        self.on_reset(lambda: reset_sites(sites, settings))

    def on_reset(self, reset: Callable[[], None]) -> None:
        """Have something called whenever all is to be as at the start, after what is there now."""
        self._resets.append(reset)

    def check_open(self) -> None:
        """Raise `ServerError` if it was closed."""
        if self._is_closed:
            raise ServerError("The mock was stopped, and its data is gone; make another one.")

    def close(self) -> None:
        """Return back the database."""
        self._is_closed = True
        for site in self.sites.values():
            site.close()

    def reset(self) -> None:
        """Bring everything to where it is in a mock just started with a new database."""
        self.check_open()
        with self._resetting:
            for reset in self._resets:
                reset()
