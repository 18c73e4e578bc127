"""The callers of the old API that a world file names."""

import re
from typing import Any

from mock_server.callers import DEMO_API_TOKEN, Caller, Sight, digest_of
from mock_server.world.tables import Table

CALLER_KEYS = ("email", "api_token", "spaces", "hidden", "global_access")

_EMAIL = re.compile(r"[^\s:@\x00-\x1f\x7f]+@[^\s:@\x00-\x1f\x7f]+")


def read_callers(top: Table) -> tuple[Caller, ...]:
    """Read every `[[callers]]`; API tokens are hashed at once.

    Raises:
        WorldError: If one is wrong, or has the email address of another.
    """
    callers: dict[str, Caller] = {}
    for table in top.tables("callers", CALLER_KEYS):
        email = table.text("email", pattern=_EMAIL, allowed="like ada@acme-demo.example")
        if email.casefold() in callers:
            table.refuse("email", "another caller has this address.")
        callers[email.casefold()] = Caller(
            email=email,
            digest=digest_of(email, table.text("api_token", DEMO_API_TOKEN)),
            spaces=Sight(table.choice("spaces", tuple(Sight), Sight.ALL)),
            hidden=frozenset(table.list_of("hidden", _to_id, "a list of content ids", ())),
            has_global_access=table.flag("global_access"),
        )
    return tuple(callers.values())


def _to_id(value: Any) -> int | None:
    return value if type(value) is int else None
