"""The written-out rows of one residency while a world file is being read.

Each row is checked against the rows before it, so that what a file writes out fits together.
"""

from datetime import date

from mock_server.clock import start_of
from mock_server.domain import ANONYMOUS, Account, Content, ContentType, Search, Space, Visit
from mock_server.errors import did_you_mean
from mock_server.world.tables import Table
from mock_server.world.worldfile import Item, Written


class Ledger:
    """Spaces, contents, accounts, visits and searches of one residency.

    Args:
        installed: The first day that may have visits and searches.
    """

    def __init__(self, installed: date) -> None:
        self._installed = installed
        self._spaces: dict[str, Space] = {}
        self._items: dict[int, Item] = {}
        self._accounts: dict[str, Account] = {}
        self._visits: list[Visit] = []
        self._searches: list[Search] = []

    def written(self) -> Written:
        """Give everything that was added."""
        return Written(
            spaces=tuple(self._spaces.values()),
            items=tuple(self._items.values()),
            accounts=tuple(self._accounts.values()),
            visits=tuple(self._visits),
            searches=tuple(self._searches),
        )

    def add_space(self, space: Space, table: Table) -> None:
        """Add a space whose key no other has or had."""
        taken = {one.formerly for one in self._spaces.values()} | set(self._spaces)
        for key, name in (("key", space.key), ("formerly", space.formerly)):
            if name is not None and name in taken:
                table.refuse(key, "another space has or had this key.")
            taken.add(name)
        self._spaces[space.key] = space

    def add_item(self, item: Item, table: Table) -> None:
        """Add a content to a space, on a parent that was added before it."""
        content = item.content
        if content.id in self._items:
            table.refuse("id", "another content has this id.")
        if content.space_key not in self._spaces:
            hint = did_you_mean(content.space_key, self._spaces)
            table.refuse("space", f"no space of this residency has that key.{hint}")
        self._check_parent(content, table)
        _check_end(content, table)
        self._items[content.id] = item

    def _check_parent(self, content: Content, table: Table) -> None:
        if content.parent_id is None:
            if content.type is ContentType.ATTACHMENT:
                table.refuse("parent", "an attachment hangs on the content with this id.")
            return
        parent = self._items.get(content.parent_id)
        if parent is None or parent.content.space_key != content.space_key:
            table.refuse("parent", "it must be the id of a content of the same space, above.")
        if parent.content.created > content.created:
            table.refuse("created", "it must not be earlier than that of the parent.")

    def add_account(self, account: Account, table: Table) -> None:
        """Add an account whose id no other has."""
        if account.id in self._accounts or account.id == ANONYMOUS:
            table.refuse("id", "another viewer has this id.")
        self._accounts[account.id] = account

    def add_visit(self, visit: Visit, table: Table, *, time_key: str = "time") -> None:
        """Add a visit of a known content, by a known viewer, while the content was there."""
        item = self._items.get(visit.content_id)
        if item is None:
            hint = did_you_mean(str(visit.content_id), map(str, self._items))
            table.refuse("content", f"no content of this residency has that id.{hint}")
        self.check_viewer(visit.account, table)
        self._check_time(visit.time, table, time_key)
        if not is_there(item.content, visit.time):
            table.refuse(time_key, "the content is not there, or no longer there, at that time.")
        self._visits.append(visit)

    def add_search(self, search: Search, table: Table) -> None:
        """Add a search by a known viewer."""
        self.check_viewer(search.account, table)
        self._check_time(search.time, table, "time")
        self._searches.append(search)

    def check_viewer(self, account: str | None, table: Table, *, key: str = "account") -> None:
        """Refuse a viewer who is neither anonymous nor one of the accounts."""
        if account is not None and account not in {ANONYMOUS, *self._accounts}:
            hint = did_you_mean(account, [ANONYMOUS, *self._accounts])
            table.refuse(key, f"it must be {ANONYMOUS} or the id of an account.{hint}")

    def _check_time(self, moment: int, table: Table, key: str) -> None:
        if moment < start_of(self._installed):
            table.refuse(key, f"there are no rows before installed, {self._installed}.")


def is_there(content: Content, moment: int) -> bool:
    """Tell whether a content exists, and not in the trash, at a moment."""
    ends = [end for end in (content.trashed, content.deleted) if end is not None]
    return content.created <= moment and all(moment < end for end in ends)


def _check_end(content: Content, table: Table) -> None:
    trashed, deleted = content.trashed, content.deleted
    if trashed is not None and trashed < content.created:
        table.refuse("trashed", "it must not be earlier than created.")
    if deleted is not None and deleted < (trashed or content.created):
        table.refuse("deleted", "it must not be earlier than created and trashed.")
