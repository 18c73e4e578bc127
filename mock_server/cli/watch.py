"""Reload changed files for `serve --watch`."""

import logging
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread

from watchfiles import watch

from mock_server.errors import MockServerError, SettingsError
from mock_server.server.server import Server
from mock_server.settings import Settings

_log = logging.getLogger(__name__)

_SUFFIXES = frozenset({".json", ".toml", ".yaml", ".yml"})
_POLL = 100
"""Milliseconds between checks for the stop signal."""
_START_TIMEOUT = 10
"""Seconds."""


class Watcher:
    """Reload a mock whenever one of its files, or a file next to it, changes.

    Watches directories, because many editors replace files, and documents may refer to files next
    to them. An invalid file is logged, and the previous state is kept.

    Raises:
        SettingsError: If the settings name no file.
    """

    def __init__(self, mock: Server) -> None:
        self._mock = mock
        self._folders = {path.resolve().parent for path in _named_by(mock.settings)}
        if not self._folders:
            raise SettingsError(
                "--watch needs something to watch: a file by --document, --binding, --overlay, "
                "--world or --scenario-file."
            )
        self._end, self._watches = Event(), Event()
        self._thread = Thread(target=self._watch, name="viewtracker-mock-watch", daemon=True)

    def start(self) -> None:
        """Start watching in a thread; return when changes are detected."""
        self._thread.start()
        self._watches.wait(_START_TIMEOUT)

    def stop(self) -> None:
        """Stop watching."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        for changes in watch(
            *self._folders,
            watch_filter=lambda _, path: Path(path).suffix in _SUFFIXES,
            stop_event=self._end,
            raise_interrupt=False,
            recursive=False,
            rust_timeout=_POLL,
            yield_on_timeout=True,
        ):
            self._watches.set()  # the watch is active
            if changes:
                self.reload(sorted({Path(path).name for _, path in changes}))

    def reload(self, names: Iterable[str]) -> None:
        """Reload the mock, and log the result."""
        changed = ", ".join(names)
        try:
            self._mock.reload()
        except MockServerError as error:
            _log.error(
                "%s could not be reloaded, so the previous state is kept: %s", changed, error
            )
        except Exception:  # noqa: BLE001 -- the watch goes on
            _log.exception("%s could not be reloaded; this is a defect of the mock.", changed)
        else:
            _log.info("%s was reloaded.", changed)


def _named_by(settings: Settings) -> list[Path]:
    several = (*settings.overlay, *settings.scenario_file)
    single = (settings.document, settings.binding, settings.world)
    paths = (*several, *(Path(path) for path in single if path is not None))
    return [path for path in paths if path.is_file()]
