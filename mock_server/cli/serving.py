"""`viewtracker-mock serve`."""

import json
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.errors import SettingsError
from mock_server.settings import is_loopback

if TYPE_CHECKING:
    from mock_server.server import MockServer
    from mock_server.watching import Watcher


@click.command()
@settings_options(
    "port", "de_port", "host", "tls", "certificate", "private_key", "seed", "world", "now", "freeze",
    "document", "overlay", "binding", "database", "replay", "token_file", "unknown_parameters",
    "response_check", "scenario", "scenario_file", "demo_token", "tell", "admin", "admin_token",
    "journal",
    "remember",
    "log_format",
)  # fmt: skip
@click.option(
    "--port-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the URLs to a file once the mock answers, as lines VIEWTRACKER_BASE_URL=....",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Read files again when they change; tokens, clock and journal stay.",
)
def serve(*, port_file: Path | None, watch: bool, **options: Any) -> None:
    """Serve both residencies until Ctrl-C."""
    from mock_server.cli.greeting import greeting
    from mock_server.server import MockServer

    settings = settings_from(options)
    _set_up_logging(settings.log_format)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` ends it as Ctrl-C does
    mock = MockServer(settings)
    watcher = _watcher_of(mock) if watch else None

    def greet() -> None:
        if port_file is not None:
            _write_urls(mock, port_file)
        if watcher is not None:
            watcher.start()
        click.echo(greeting(mock))
        sys.stdout.flush()

    try:
        mock.listen()
        if not is_loopback(settings.host):
            click.echo(f"Listening on {settings.host}: all who reach it are answered.", err=True)
        mock.serve(ready=greet)
    except KeyboardInterrupt:
        pass  # before the first answer is as good a moment to stop as any
    finally:
        if watcher is not None:
            watcher.stop()
        mock.close()


def _watcher_of(mock: "MockServer") -> "Watcher":
    from mock_server.watching import Watcher

    try:
        return Watcher(mock)
    except SettingsError:
        mock.close()
        raise


def _write_urls(mock: "MockServer", path: Path) -> None:
    """Write the file at once and whole, since somebody may be waiting for it."""
    lines = f"VIEWTRACKER_BASE_URL={mock.url}\nVIEWTRACKER_BASE_URL_DE={mock.de_url}\n"
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(lines, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error


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


def _set_up_logging(form: Literal["text", "json"]) -> None:
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(levelname)-8s %(message)s")
    handler.setFormatter(_JsonFormatter() if form == "json" else plain)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("mock_server").setLevel(logging.INFO)
    logging.getLogger("connexion").setLevel(logging.CRITICAL)  # it logs each 4xx once more
