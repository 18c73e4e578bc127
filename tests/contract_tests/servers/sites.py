"""Fixed data of the conforming server, for two residencies."""

from dataclasses import dataclass
from typing import Any

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = 1_773_249_600_000
"""The fixed current time, 2026-03-11T17:20:00Z."""


@dataclass(frozen=True)
class Site:
    """The token and the rows of one residency, oldest first."""

    token: str
    spaces: tuple[str, ...]
    contents: dict[int, dict[str, Any]]
    visits: tuple[dict[str, Any], ...]
    """`viewTime` in epoch milliseconds."""
    searches: tuple[dict[str, Any], ...]
    """`searchTime` in epoch milliseconds."""


def _content(number: int, kind: str, name: str, parent: int | None, space: str) -> dict[str, Any]:
    return {
        "spaceKey": space,
        "contentId": number,
        "contentName": name,
        "contentType": kind,
        "parentContentId": parent,
        "isTrashMarked": False,
        "deletionTime": None,
    }


def _site(token: str, first: int, spaces: tuple[str, ...], names: tuple[str, ...]) -> Site:
    home, plan, notes, scan, attic, trashed = (first + 7_919 * n for n in range(6))
    main, side, personal = spaces
    visited = [
        _content(home, "page", names[0], None, main),
        _content(plan, "page", names[1], home, main),
        _content(notes, "blogpost", names[2], None, side),
        _content(scan, "attachment", names[3], plan, main),
        _content(attic, "page", names[4], None, personal),
    ]
    viewers = (f"557058:{first:x}-07", "Anonymous", f"712020:{first:x}-4c", None, f"60a7{first:x}")
    # Steps of 7 hours 13 minutes, so that rows cover all hours and 36 days, including today.
    moments = [NOW - HOUR // 3 - n * 26_000_117 for n in range(120)]
    visits = [
        {**visited[(0, 1, 0, 2, 3, 0, 4, 2)[n % 8]], "viewTime": at, **_user(viewers[n % 5])}
        for n, at in enumerate(moments)
    ]
    visits.append({**visits[4], **visited[0], **_user(viewers[2])})  # in the same millisecond
    searches = [
        {
            "numberOfResults": n % 4 * 11,
            "searchTerm": names[n % 5].lower(),
            "searchTime": at - HOUR,
            **_user(viewers[n % 4]),
        }
        for n, at in enumerate(moments[::2])
    ]
    return Site(
        token,
        spaces,
        {one["contentId"]: one for one in visited}
        | {trashed: _content(trashed, "page", names[5], home, main)},
        tuple(sorted(visits, key=lambda row: (row["viewTime"], row["contentId"]))),
        tuple(sorted(searches, key=lambda row: row["searchTime"])),
    )


def _user(account: str | None) -> dict[str, Any]:
    return {"isProtectedUser": account is None, "userId": account}


SITES = {
    "us": _site(
        "kQ7vT2mZx9LpR4wB",
        91_400_000_017,
        ("OPS", "LAB", "~60a7f1c2"),
        ("Runbook", "Pager rota", "Tuning ‘caches’", "rack-3.png", "Reading list", "Old runbook"),
    ),
    "de": _site(
        "Yd3HsN8cUf6JgE1a",
        52_770_000_113,
        ("WERK", "PR", "~712020ab"),
        ("Grundlagen", "Prüfplan", "Messe", "Maßblatt.pdf", "Notizen", "Entwurf"),
    ),
}
