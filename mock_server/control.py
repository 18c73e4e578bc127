"""What can be changed about a running mock, by Python or over HTTP, and brought back at once."""

from collections.abc import Callable, Mapping

from mock_server.binding import Binding
from mock_server.clock import Clock
from mock_server.document import Document
from mock_server.domain import Residency
from mock_server.faults import Faults, read_scenarios
from mock_server.journal import Journal
from mock_server.settings import Settings
from mock_server.site import Site
from mock_server.sites import reset_sites


class Control:
    """One mock's clock and sites, and everything else that a reset brings back.

    Args:
        settings: What the mock was started with.
        clock: Its clock.
        sites: Its sites.
        document: What it serves.
        binding: How that meets the data.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        sites: Mapping[Residency, Site],
        document: Document,
        binding: Binding,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.sites = sites
        self.document = document
        self.binding = binding
        self.journal = Journal(settings.journal)
        self._resets: list[Callable[[], None]] = []
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

    def reset(self) -> None:
        """Bring everything to where it is in a mock just started with a new database."""
        for reset in self._resets:
            reset()
