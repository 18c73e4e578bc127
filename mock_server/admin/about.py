"""What runs here: whether it is well, its version, its settings, and back to the start."""

import dataclasses
from pathlib import Path
from typing import Any

from starlette.responses import Response

from mock_server.admin.asked import asked_control, done, told
from mock_server.storage import shown_place
from mock_server.version import __version__

_SECRET = frozenset({"admin_token"})


async def check_health() -> Response:
    """Say that it is well, if every site's tokens can be read."""
    for site in asked_control().sites.values():
        site.tokens.state()
    return told({"status": "ok"})


async def tell_version() -> Response:
    """Tell the version of the mock and the title of its document."""
    return told({"version": __version__, "document": asked_control().document.title})


async def tell_settings() -> Response:
    """Give the settings by the names that they have in a configuration file."""
    settings = dataclasses.asdict(asked_control().settings)
    shown = {
        name.replace("_", "-"): _plain(value)
        for name, value in settings.items()
        if name not in _SECRET
    }
    return told(shown)


async def reset() -> Response:
    """Bring everything back to the start."""
    asked_control().reset()
    return done()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return shown_place(str(value)) if isinstance(value, str | Path) else value
