"""The state of a running mock that Python or HTTP can change, and its reset."""

from collections.abc import Callable, Mapping
from threading import Lock

from mock_server.binding.file import read_overrides
from mock_server.binding.infer import bind
from mock_server.binding.model import Binding
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
    """Load the files in the settings and open the database.

    Args:
        settings: The settings of the mock.
        clock: The clock of the mock.
        journal: The journal to record to; a new one if None.

    Raises:
        MockServerError: If the document, its binding, the world, a scenario or the database is
            invalid.
    """
    document = read_document(settings.document or DEFAULT_DOCUMENT, overlays=settings.overlay)
    overrides = None if settings.binding is None else read_overrides(settings.binding, document)
    binding = bind(document, overrides)
    sites = open_sites(settings, clock)
    recorded = Journal(settings.journal) if journal is None else journal
    try:
        return Control(settings, clock, sites, document, binding, recorded)
    except BaseException:
        for site in sites.values():
            site.close()
        raise


class Control:
    """The clock, sites and other resettable state of a mock.

    Args:
        settings: The settings of the mock.
        clock: The clock of the mock.
        sites: The site of each residency.
        document: The document being served.
        binding: The binding of the document to the data.
        journal: The journal to record to.
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
        self.in_progress: list[object] = []
        """An item for each request that uses this control."""
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
        """Add a function to be called at the end of each reset."""
        self._resets.append(reset)

    def check_open(self) -> None:
        """Raise `ServerError` if the mock was closed."""
        if self._is_closed:
            raise ServerError("The mock was stopped, and its data is gone; make another one.")

    def close(self) -> None:
        """Release the database."""
        self._is_closed = True
        for site in self.sites.values():
            site.close()

    def reset(self) -> None:
        """Reset everything to the initial state, as with a new database."""
        self.check_open()
        with self._resetting:
            for reset in self._resets:
                reset()
