"""Who and what there is: spaces, contents and accounts, with ids to take away."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_server.domain import Content
from mock_server.errors import InvalidRequestError
from mock_server.pages.showing import Pages, moment, read_number

_ROWS = 50
"""On a page."""

_KINDS = {
    "contents": ("Id", "Title", "Kind", "Space", "Created (UTC)", ""),
    "spaces": ("Key", "Name", "Kind"),
    "accounts": ("Id", "Name", ""),
}
"""What there is a list of, and its columns; the first can be copied."""


def show_world(pages: Pages, request: Request) -> Response:
    """Give the page.

    Raises:
        InvalidRequestError: If it is asked for another kind, or a page that is no number.
    """
    kind = request.query_params.get("kind") or next(iter(_KINDS))
    if kind not in _KINDS:
        raise InvalidRequestError(f"kind={kind[:40]!r} is none of {', '.join(_KINDS)}.")
    wanted = request.query_params.get("q", "").strip()
    page = read_number(request, "page", 1)
    found = [row for row in _rows(pages, kind) if _has(row, wanted.casefold())]
    return pages.show(
        request,
        "world",
        kind=kind,
        kinds=list(_KINDS),
        wanted=wanted,
        columns=_KINDS[kind],
        rows=found[(page - 1) * _ROWS : page * _ROWS],
        total=len(found),
        page=page,
        pages=-(-len(found) // _ROWS),
        world=pages.site.world,
    )


def _rows(pages: Pages, kind: str) -> Iterable[tuple[Any, ...]]:
    site, now = pages.site, pages.site.clock.now()
    if kind == "spaces":
        return ((s.key, s.name, "personal" if s.personal else "space") for s in site.world.spaces)
    if kind == "accounts":
        accounts = site.world.accounts
        return ((a.id, a.name, "protected" if a.is_protected else "") for a in accounts)
    return (
        (one.id, one.title, one.type.value, one.space_key, moment(one.created), _state(one, now))
        for one in site.changes.contents(now).values()
    )


def _state(content: Content, now: int) -> str:
    if content.deleted is not None and content.deleted <= now:
        return "deleted"
    return "in the trash" if content.trashed is not None and content.trashed <= now else ""


def _has(row: tuple[Any, ...], wanted: str) -> bool:
    return any(wanted in str(value).casefold() for value in row)
