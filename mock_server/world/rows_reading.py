"""The rows that a world file writes out: spaces, contents, accounts, visits, searches, bursts.

Each may say `residency = "us"` or `"de"`; without it, it is part of both sites.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.clock import LATEST
from mock_server.domain import (
    ANONYMOUS,
    Account,
    Content,
    ContentType,
    Residency,
    Search,
    Space,
    Visit,
)
from mock_server.world.ledger import Ledger
from mock_server.world.tables import Table
from mock_server.world.worldfile import Item

Ledgers = Mapping[Residency, Ledger]

ROW_KEYS = {
    "spaces": ("key", "name", "formerly"),
    "contents": (
        "id", "type", "title", "space", "created", "parent", "trashed", "deleted",
        "popularity", "novelty",
    ),
    "accounts": ("id", "name", "protected"),
    "visits": ("time", "content", "account"),
    "searches": ("time", "term", "account", "results"),
    "bursts": ("content", "start", "count", "every_ms", "accounts"),
}  # fmt: skip

_SPACE_KEY = re.compile(r"(?=.{1,255}\Z)([A-Za-z0-9]+|~[A-Za-z0-9._-]+)")
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_-]{0,127}")
_LARGEST_ID = 2**63 - 1
_MOST_RESULTS = 2**31 - 1
_LARGEST_BURST = 100_000
_HEAVIEST = 1_000_000.0


def read_rows(top: Table, ledgers: Ledgers) -> None:
    """Add all written-out rows of a file to the ledgers of their residencies.

    Raises:
        WorldError: If a row is wrong, or does not fit to those before it.
    """
    for table, ledger in _each(top, "spaces", ledgers):
        ledger.add_space(_read_space(table), table)
    for table, ledger in _each(top, "contents", ledgers):
        ledger.add_item(_read_item(table), table)
    for table, ledger in _each(top, "accounts", ledgers):
        ledger.add_account(_read_account(table), table)
    for table, ledger in _each(top, "visits", ledgers):
        ledger.add_visit(_read_visit(table), table)
    for table, ledger in _each(top, "searches", ledgers):
        ledger.add_search(_read_search(table), table)
    for table, ledger in _each(top, "bursts", ledgers):
        _add_burst(table, ledger)


def _each(top: Table, kind: str, ledgers: Ledgers) -> Iterable[tuple[Table, Ledger]]:
    for table in top.tables(kind, (*ROW_KEYS[kind], "residency")):
        if "residency" in table:
            yield table, ledgers[Residency(table.choice("residency", tuple(Residency)))]
        else:
            yield from ((table, ledger) for ledger in ledgers.values())


def _read_key(table: Table, key: str) -> str:
    allowed = "1 to 255 letters and digits, or ~ and letters, digits, dots and dashes"
    return table.text(key, pattern=_SPACE_KEY, allowed=allowed)


def _read_space(table: Table) -> Space:
    key = _read_key(table, "key")
    return Space(
        key=key,
        name=table.text("name"),
        personal=key.startswith("~"),
        formerly=_read_key(table, "formerly") if "formerly" in table else None,
    )


def _read_item(table: Table) -> Item:
    content = Content(
        id=_read_id(table, "id"),
        type=ContentType(table.choice("type", tuple(ContentType), "page")),
        title=table.text("title"),
        space_key=_read_key(table, "space"),
        created=table.moment("created"),
        parent_id=_read_id(table, "parent") if "parent" in table else None,
        trashed=table.moment("trashed") if "trashed" in table else None,
        deleted=table.moment("deleted") if "deleted" in table else None,
    )
    return Item(
        content,
        popularity=table.number("popularity", 1.0, high=_HEAVIEST),
        novelty=table.number("novelty", 0.0, high=_HEAVIEST),
    )


def _read_id(table: Table, key: str) -> int:
    return table.whole(key, low=1, high=_LARGEST_ID)


def _read_account(table: Table) -> Account:
    allowed = "like 557058:, 712020: and a uuid, or 24 hex digits"
    return Account(
        id=table.text("id", pattern=_ACCOUNT_ID, allowed=allowed),
        name=table.text("name"),
        is_protected=table.flag("protected"),
    )


def _read_visit(table: Table) -> Visit:
    return Visit(
        time=table.moment("time"),
        content_id=_read_id(table, "content"),
        account=table.text("account", ANONYMOUS),
    )


def _read_search(table: Table) -> Search:
    return Search(
        time=table.moment("time"),
        term=table.text("term"),
        account=table.text("account", ANONYMOUS),
        number_of_results=table.whole("results", low=0, high=_MOST_RESULTS),
    )


def _add_burst(table: Table, ledger: Ledger) -> None:
    content_id = _read_id(table, "content")
    start = table.moment("start")
    count = table.whole("count", low=1, high=_LARGEST_BURST)
    every = table.whole("every_ms", low=1, high=LATEST)
    viewers = table.list_of("accounts", _to_text, "a list of account ids", (ANONYMOUS,))
    if start + (count - 1) * every > LATEST:
        table.refuse("every_ms", "the last visit of the burst is beyond the year 9999.")
    for viewer in viewers:
        ledger.check_viewer(viewer, table, key="accounts")
    for place in range(count):
        visit = Visit(start + place * every, content_id, viewers[place % len(viewers)])
        ledger.add_visit(visit, table, time_key="start")


def _to_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
