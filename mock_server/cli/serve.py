"""`viewtracker-mock serve`."""

import json
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.errors import SettingsError
from mock_server.inputs.hosts import is_loopback

if TYPE_CHECKING:
    from mock_server.cli.watch import Watcher
    from mock_server.testing.mock import MockServer

_BEGIN = b"VIEWTRACKER_"
"""The first bytes of a port file."""


@click.command()
@settings_options()
@click.option(
    "--port-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the URLs and tokens, as lines NAME=value; removed when the mock stops.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Reload files when they change; tokens, clock and journal are kept.",
)
def serve(*, port_file: Path | None, watch: bool, **options: Any) -> None:
    """Serve both residencies until Ctrl-C."""
    from mock_server.cli.greeting import greeting
    from mock_server.testing.mock import MockServer

    _set_up_logging(options["log_format"], requests=options["log_requests"])
    settings = settings_from(options)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # handle SIGTERM like Ctrl-C
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    mock = MockServer(settings)
    watcher = _watcher_of(mock) if watch else None

    def greet() -> None:
        if port_file is not None:
            written.append(_write_port_file(mock, port_file))
        if watcher is not None:
            watcher.start()
        click.echo(greeting(mock))
        sys.stdout.flush()

    try:
        with _kept_while_served(port_file) as written:
            mock.listen()
            if not is_loopback(settings.host):
                click.echo(
                    f"Listening on {settings.host}: all hosts that can reach it have access.",
                    err=True,
                )
            mock.serve(ready=greet)
    except KeyboardInterrupt:
        pass  # possible before startup completes
    finally:
        if watcher is not None:
            watcher.stop()
        mock.close()


@contextmanager
def _kept_while_served(path: Path | None) -> Iterator[list[str]]:
    """Remove the port file before and after, unless another mock has replaced it.

    Raises:
        SettingsError: If it is something else than a port file, or cannot be removed.
    """
    if path is None:
        yield []
        return
    if path.exists() and not _is_port_file(path):
        raise SettingsError(f"{path} is no port file; name another, or remove it.")
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"{path} cannot be replaced: {error.strerror}.") from error
    own: list[str] = []
    try:
        yield own
    finally:
        with suppress(OSError):
            if [path.read_text(encoding="utf-8")] == own:
                path.unlink()


def _is_port_file(path: Path) -> bool:
    """Return whether a path may be replaced: a port file, or an empty file."""
    if not path.is_file():  # such as a device
        return False
    with path.open("rb") as file:
        begin = file.read(len(_BEGIN))
    return begin in {b"", _BEGIN}


def _watcher_of(mock: "MockServer") -> "Watcher":
    from mock_server.cli.watch import Watcher

    try:
        return Watcher(mock)
    except SettingsError:
        mock.close()
        raise


def _write_port_file(mock: "MockServer", path: Path) -> str:
    """Write the file atomically; only well-known tokens are included. Return its text."""
    from mock_server.cli.run import places_of

    values = places_of(mock)
    for residency, site in mock.sites.items():
        if site.demo_token is not None:
            values[f"VIEWTRACKER_TOKEN_{residency.name}"] = site.demo_token
    if "VIEWTRACKER_TOKEN_US" in values:
        values["VIEWTRACKER_TOKEN"] = values["VIEWTRACKER_TOKEN_US"]
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(lines, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error
    return lines


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _set_up_logging(form: Literal["text", "json"], *, requests: bool) -> None:
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(levelname)-8s %(message)s")
    handler.setFormatter(_JsonFormatter() if form == "json" else plain)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("mock_server").setLevel(logging.INFO)
    logging.getLogger("mock_server.requests").setLevel(
        logging.INFO if requests else logging.WARNING
    )
    logging.getLogger("connexion").setLevel(logging.CRITICAL)  # it logs every 4xx again
