"""`viewtracker-mock serve`."""

import json
import logging
import signal
import sys
from typing import Any, Literal

import click

from mock_server.cli.options import settings_from, settings_options

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@click.command()
@settings_options(
    "port", "de_port", "host", "seed", "world", "now", "document", "overlay", "binding", "database",
    "replay", "token_file", "unknown_parameters", "response_check", "demo_token", "tell",
    "log_format",
)  # fmt: skip
def serve(**options: Any) -> None:
    """Serve both residencies until Ctrl-C."""
    from mock_server.cli.greeting import greeting
    from mock_server.server import MockServer

    settings = settings_from(options)
    _set_up_logging(settings.log_format)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` ends it as Ctrl-C does
    mock = MockServer(settings)

    def greet() -> None:
        click.echo(greeting(mock))
        sys.stdout.flush()

    try:
        mock.listen()
        if settings.host not in _LOOPBACK:
            click.echo(f"Listening on {settings.host}: all who reach it are answered.", err=True)
        mock.serve(ready=greet)
    except KeyboardInterrupt:
        pass  # before the first answer is as good a moment to stop as any
    finally:
        mock.close()


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
