"""`viewtracker-mock serve`."""

import json
import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.cli.run import client_variables
from mock_server.errors import SettingsError
from mock_server.inputs.hosts import is_loopback

if TYPE_CHECKING:
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
    from mock_server.cli.watch import watching
    from mock_server.testing.mock import MockServer

    _set_up_logging(options["log_format"], requests=options["log_requests"])
    settings = settings_from(options)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # handle SIGTERM like Ctrl-C
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    mock = MockServer(settings)

    def greet() -> None:
        if port_file is not None:
            written.append(_write_port_file(mock, port_file))
        click.echo(greeting(mock))

    with (
        closing(mock),
        suppress(KeyboardInterrupt),  # possible before startup completes
        watching(mock) if watch else nullcontext(),
        _kept_while_served(port_file) as written,
    ):
        mock.listen()
        if not is_loopback(settings.host):
            warning = f"Listening on {settings.host}: all hosts that can reach it have access."
            click.echo(warning, err=True)
        mock.serve(ready=greet)


@contextmanager
def _kept_while_served(path: Path | None) -> Iterator[list[str]]:
    """Remove the port file before and after, unless another mock has replaced it.

    Yields a list for the text that is written to it.

    Raises:
        SettingsError: If it is something else than a port file, or cannot be removed.
    """
    own: list[str] = []
    if path is None:
        yield own
        return
    try:
        if path.exists() and not _is_port_file(path):
            raise SettingsError(f"{path} is no port file; name another, or remove it.")
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"{path} cannot be replaced: {error.strerror}.") from error
    try:
        yield own
    finally:
        with suppress(OSError):
            if [path.read_text(encoding="utf-8")] == own:
                path.unlink()


def _is_port_file(path: Path) -> bool:
    """Return whether a path may be replaced: a port file or an empty file, but no device."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_BEGIN)) in {b"", _BEGIN}


def _write_port_file(mock: "MockServer", path: Path) -> str:
    """Write the file atomically, with well-known tokens only. Return its text."""
    tokens = {place: site.demo_token for place, site in mock.sites.items() if site.demo_token}
    lines = "".join(f"{name}={value}\n" for name, value in client_variables(mock, tokens).items())
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(lines, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error
    return lines


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        level, message = record.levelname.lower(), record.getMessage()
        line = {"level": level, "logger": record.name, "message": message}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _set_up_logging(form: Literal["text", "json"], *, requests: bool) -> None:
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(levelname)-8s %(message)s")
    handler.setFormatter(_JsonFormatter() if form == "json" else plain)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("mock_server").setLevel(logging.INFO)
    level = logging.INFO if requests else logging.WARNING
    logging.getLogger("mock_server.requests").setLevel(level)
    logging.getLogger("connexion").setLevel(logging.CRITICAL)  # it logs every 4xx again
