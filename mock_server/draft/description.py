"""A world for people: what there is to ask for."""

from typing import Any

from mock_server.clock import to_rfc3339
from mock_server.draft.world import World


def describe(world: World, until: int) -> dict[str, Any]:
    """Tell what a site has at a moment, as plain values that JSON can hold."""
    return {
        "residency": world.residency.value,
        "world": world.name,
        "site": world.site_url,
        "timezone": world.timezone,
        "installed": world.installed.isoformat(),
        "spaces": [
            {"key": one.key, "name": one.name, "personal": one.personal} for one in world.spaces
        ],
        "contents": [
            {
                "id": one.id,
                "type": one.type.value,
                "title": one.title,
                "space": one.space_key,
                "parent": one.parent_id,
                "created": to_rfc3339(one.created),
                "trashed": _moment(one.trashed, until),
                "deleted": _moment(one.deleted, until),
            }
            for one in world.contents(until).values()
        ],
        "accounts": [
            {"id": one.id, "name": one.name, "protected": one.is_protected}
            for one in world.accounts
        ],
    }


def _moment(moment: int | None, until: int) -> str | None:
    return to_rfc3339(moment) if moment is not None and moment <= until else None
