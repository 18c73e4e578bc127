"""The tokens of the residencies, as the app's "Interfaces" page has them."""

from starlette.responses import Response

from mock_server.admin.asked import asked_site, done, told
from mock_server.clock import to_rfc3339


async def read(residency: str) -> Response:
    """Tell what is known of the active token."""
    record = asked_site(residency).tokens.state()
    used = record.last_used if record is not None else None
    state = {
        "active": record is not None,
        "made": to_rfc3339(record.made) if record is not None else None,
        "lastUsed": to_rfc3339(used) if used is not None else None,
    }
    return told(state)


async def generate(residency: str) -> Response:
    """Make a token and show it."""
    return told({"token": asked_site(residency).tokens.generate()}, 201)


async def delete(residency: str) -> Response:
    """Revoke the token."""
    asked_site(residency).tokens.delete()
    return done()
