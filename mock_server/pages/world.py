"""Who and what there is: spaces, contents and accounts, with ids to take away."""

from starlette.requests import Request
from starlette.responses import Response

from mock_server.domain import Content
from mock_server.errors import InvalidRequestError
from mock_server.pages.showing import Pages, moment, read_number
from mock_server.site import Site

_ROWS = 50
"""On a page."""

_KINDS = {
    "contents": ("Id", "Title", "Kind", "Space", "Created (UTC)", "State"),
    "spaces": ("Key", "Name", "Kind"),
    "accounts": ("Id", "Name", "Kind"),
}
"""What there is a list of, and its columns; the first can be copied."""


def show_world(pages: Pages, request: Request) -> Response:
    """Give the page.

    Raises:
        InvalidRequestError: If it is asked for another kind, or a page that is no number.
    """
    kind = request.query_params.get("kind") or "contents"
    if kind not in _KINDS:
        raise InvalidRequestError(f"kind: {kind[:40]!r} is none of {', '.join(_KINDS)}.")
    wanted = request.query_params.get("q", "").strip()
    page = read_number(request, "page", 1)
    found = [
        row
        for row in _rows(pages.site, kind)
        if any(wanted.casefold() in str(value).casefold() for value in row)
    ]
    return pages.show(
        request,
        "world",
        kind=kind,
        kinds=_KINDS,
        wanted=wanted,
        rows=found[(page - 1) * _ROWS : page * _ROWS],
        paging=(page, -(-len(found) // _ROWS), len(found)),
        world=pages.site.world,
    )


def _rows(site: Site, kind: str) -> list[tuple[object, ...]]:
    world, now = site.world, site.clock.now()
    if kind == "spaces":
        return [(s.key, s.name, "personal" if s.personal else "global") for s in world.spaces]
    if kind == "accounts":
        return [(a.id, a.name, "protected" if a.is_protected else "") for a in world.accounts]
    return [
        (c.id, c.title, c.type.value, c.space_key, moment(c.created), _state(c, now))
        for c in site.changes.contents(now).values()
    ]


def _state(content: Content, now: int) -> str:
    if content.deleted is not None and content.deleted <= now:
        return "deleted"
    return "in the trash" if content.trashed is not None and content.trashed <= now else ""
