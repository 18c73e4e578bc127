"""Changing a site: visits and searches that people add, contents that go and come back."""

from typing import Any

from starlette.responses import Response

from mock_server.admin.asked import asked_site, done, told
from mock_server.admin.clock import read_time
from mock_server.clock import to_rfc3339
from mock_server.domain import ANONYMOUS, Content, Search, Visit

Entry = dict[str, Any]


async def add_visits(body: Entry | list[Entry], residency: str | None = None) -> Response:
    """Add one visit, or a list of them."""
    site = asked_site(residency)
    now = site.clock.now()
    visits = [
        Visit(_time(one, place, now), one["content"], one.get("account", ANONYMOUS))
        for place, one in _entries(body)
    ]
    site.changes.add_visits(visits)
    return told({"added": len(visits)}, 201)


async def add_searches(body: Entry | list[Entry], residency: str | None = None) -> Response:
    """Add one search, or a list of them."""
    site = asked_site(residency)
    now = site.clock.now()
    searches = [
        Search(_time(one, place, now), one["term"], one.get("account", ANONYMOUS), one["results"])
        for place, one in _entries(body)
    ]
    site.changes.add_searches(searches)
    return told({"added": len(searches)}, 201)


async def read_content(content: int, residency: str | None = None) -> Response:
    """Tell what is known of a content."""
    return _shown(asked_site(residency).changes.content(content))


async def trash_content(content: int, residency: str | None = None) -> Response:
    """Put a content into the trash."""
    return _shown(asked_site(residency).changes.trash(content))


async def restore_content(content: int, residency: str | None = None) -> Response:
    """Bring a content back from the trash."""
    return _shown(asked_site(residency).changes.restore(content))


async def delete_content(content: int, residency: str | None = None) -> Response:
    """Delete a content for good."""
    asked_site(residency).changes.delete(content)
    return done()


def _entries(body: Entry | list[Entry]) -> list[tuple[str, Entry]]:
    """Give entries with the places where they stand."""
    if isinstance(body, list):
        return [(f"/{number}", one) for number, one in enumerate(body)]
    return [("", body)]


def _time(entry: Entry, place: str, now: int) -> int:
    return read_time(entry["time"], f"{place}/time") if "time" in entry else now


def _shown(content: Content) -> Response:
    ends = {"trashed": content.trashed, "deleted": content.deleted}
    times = {name: None if at is None else to_rfc3339(at) for name, at in ends.items()}
    return told(
        {
            "id": content.id,
            "type": content.type.value,
            "title": content.title,
            "space": content.space_key,
            "created": to_rfc3339(content.created),
            **times,
        }
    )
