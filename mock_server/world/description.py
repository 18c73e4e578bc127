"""A world told in plain values, for people who look for an id to ask for."""

from typing import Any

from mock_server.clock import to_rfc3339
from mock_server.world.world import World


def describe(world: World, until: int) -> dict[str, Any]:
    """Tell what is on a site at a moment, ready for JSON; times are RFC 3339."""
    return {
        "residency": world.residency.value,
        "site": world.site_url,
        "installed": world.installed.isoformat(),
        "spaces": [
            {"key": space.key, "name": space.name, "personal": space.personal}
            for space in world.spaces
        ],
        "contents": [
            {
                "id": content.id,
                "type": content.type.value,
                "title": content.title,
                "space": content.space_key,
                "parent": content.parent_id,
                "created": to_rfc3339(content.created),
                "trashed": _at(content.trashed),
                "deleted": _at(content.deleted),
            }
            for content in world.contents(until).values()
        ],
        "accounts": [
            {"id": account.id, "name": account.name, "protected": account.is_protected}
            for account in world.accounts
        ],
    }


def _at(moment: int | None) -> str | None:
    return None if moment is None else to_rfc3339(moment)
