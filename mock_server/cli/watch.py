"""Reload changed files for `serve --watch`."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from mock_server.errors import MockServerError, SettingsError
from mock_server.server.server import Server

_log = logging.getLogger(__name__)

_SUFFIXES = frozenset({".json", ".toml", ".yaml", ".yml"})
_POLL = 100
"""Milliseconds between checks for the stop signal."""
_START_TIMEOUT = 10
"""Seconds."""


@contextmanager
def watching(mock: Server) -> Iterator[None]:
    """Reload a mock whenever one of its files, or a file next to it, changes.

    Watches directories, because many editors replace files, and documents may refer to files next
    to them.

    Raises:
        SettingsError: If the settings name no file.
    """
    settings = mock.settings
    single = (settings.document, settings.binding, settings.world)
    named = (*settings.overlay, *settings.scenario_file, *(Path(path) for path in single if path))
    folders = {path.resolve().parent for path in named if path.is_file()}
    if not folders:
        raise SettingsError(
            "--watch needs something to watch: a file by --document, --binding, --overlay, "
            "--world or --scenario-file."
        )
    from watchfiles import watch

    end, is_active = Event(), Event()

    def run() -> None:
        for changes in watch(
            *folders,
            watch_filter=lambda _, path: Path(path).suffix in _SUFFIXES,
            stop_event=end,
            raise_interrupt=False,
            recursive=False,
            rust_timeout=_POLL,
            yield_on_timeout=True,
        ):
            is_active.set()
            if changes:
                reload(mock, sorted({Path(path).name for _, path in changes}))

    thread = Thread(target=run, name="viewtracker-mock-watch", daemon=True)
    thread.start()
    is_active.wait(_START_TIMEOUT)
    try:
        yield
    finally:
        end.set()
        thread.join()


def reload(mock: Server, names: Iterable[str]) -> None:
    """Reload changed files, and log the result; an invalid file leaves the mock unchanged."""
    changed = ", ".join(names)
    try:
        mock.reload()
    except MockServerError as error:
        _log.error("%s could not be reloaded, so the previous state is kept: %s", changed, error)
    except Exception:  # noqa: BLE001 -- the watch goes on
        _log.exception("%s could not be reloaded; this is a defect of the mock.", changed)
    else:
        _log.info("%s was reloaded.", changed)
