"""The state of a running mock that Python or HTTP can change, and its reset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from mock_server.api.v1 import old_api
from mock_server.binding.file import read_overrides
from mock_server.binding.infer import bind
from mock_server.binding.model import Binding
from mock_server.clock import Clock
from mock_server.data.site import Site, open_sites, reset_sites
from mock_server.errors import ServerError, UsageError, did_you_mean, shown
from mock_server.faults.faults import Faults, read_scenarios
from mock_server.journal.journal import Journal
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.load import DEFAULT_DOCUMENT, read_document
from mock_server.settings import Settings
from mock_server.world.domain import Residency


def assemble(settings: Settings, clock: Clock, journal: Journal) -> "Control":
    """Load the files in the settings and open the database.

    Raises:
        MockServerError: If the document, its binding, the world, a scenario or the database is
            invalid.
    """
    document = read_document(settings.document or DEFAULT_DOCUMENT, overlays=settings.overlay)
    overrides = None if settings.binding is None else read_overrides(settings.binding, document)
    binding = bind(document, overrides)
    sites = open_sites(settings, clock)
    try:
        return Control(settings, clock, sites, document, binding, journal)
    except BaseException:
        for site in sites.values():
            site.close()
        raise


@dataclass(eq=False)
class Control:
    """The clock, sites and other resettable state of a mock."""

    settings: Settings
    clock: Clock
    sites: Mapping[Residency, Site]
    document: Document
    binding: Binding
    journal: Journal
    in_progress: list[object] = field(default_factory=list)
    """An item for each request that uses this control."""
    _lock: Lock = field(default_factory=Lock)
    _is_closed: bool = False

    def __post_init__(self) -> None:
        settings = self.settings
        scenarios = read_scenarios(settings.scenario_file)
        self.faults = Faults(self.clock, scenarios, started=settings.scenario, seed=settings.seed)

    def operation(self, name: str) -> tuple[Document, Operation]:
        """Return an operation of the document or of version 1, by its id, with its document.

        Raises:
            UsageError: If neither document has it.
        """
        known = {
            operation.id: (document, operation)
            for document in (self.document, old_api()[0])
            for operation in document.operations
        }
        if name not in known:
            hint = did_you_mean(name, known) or f" There are {', '.join(known)}."
            raise UsageError(f"There is no operation {shown(name)}.{hint}")
        return known[name]

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
        with self._lock:
            self.journal.clear()
            self.clock.reset()
            self.faults.reset()
            reset_sites(self.sites, self.settings)
