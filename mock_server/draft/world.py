"""One residency's world: what a store makes its rows from."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from mock_server.clock import day_of
from mock_server.domain import ANONYMOUS, Content, Residency, Search, Visit
from mock_server.errors import WorldError
from mock_server.draft.cast import Cast
from mock_server.draft.provider import vocabulary
from mock_server.draft.traffic import Traffic
from mock_server.draft.worldfile import WorldFile, to_moment


class World:
    """A made-up Confluence site, and its visits and searches by the UTC day.

    Args:
        file: What it is made from.
        seed: Another seed makes another site of the same kind.
        residency: Which of the file's two sites.

    Raises:
        WorldError: If the file's entries contradict each other.
    """

    def __init__(self, file: WorldFile, *, seed: int, residency: Residency) -> None:
        site = file.content["sites"][residency.value]
        self.name = file.name
        self.residency = residency
        self.digest = file.digest
        self.installed: date = file.content["installed"]
        self.site_url: str = site["url"]
        self.timezone: str = site["timezone"]
        self._cast = Cast(file, seed, residency)
        self.spaces = self._cast.spaces
        self.accounts = self._cast.accounts
        self._hidden_from: date | None = file.content.get("extended_privacy_from")
        self._visits = _by_day(self._written_visits(file))
        self._searches = _by_day(self._written_searches(file))
        self._traffic = None
        if "generated" in file.content:
            self._traffic = Traffic(
                file.content["generated"],
                names=(seed, residency.value, file.name),
                accounts=self.accounts,
                zone=ZoneInfo(self.timezone),
                contents=self._cast.contents,
                unknown=vocabulary(site["locale"][:2].lower())["searches"]["unknown"],
            )

    def contents(self, until: int) -> Mapping[int, Content]:
        """Give the contents created by a moment, by id, oldest first; trashed and deleted too."""
        return self._cast.contents(until)

    def content(self, content_id: int) -> Content:
        """Give the content of a visit."""
        return self._cast.content(content_id)

    def visits_on(self, day: date) -> list[Visit]:
        """Give the visits of a UTC day by time, content and account; none before installation."""
        if day < self.installed:
            return []
        rows = list(self._visits.get(day, ()))
        if self._traffic is not None:
            rows += self._traffic.visits_on(day)
        if self._hides(day):
            rows = [row._replace(account=_hidden(row.account)) for row in rows]
        return sorted(rows, key=lambda row: (row.time, row.content_id, row.account or ""))

    def searches_on(self, day: date) -> list[Search]:
        """Give the searches of a UTC day by time, term and account; none before installation."""
        if day < self.installed:
            return []
        rows = list(self._searches.get(day, ()))
        if self._traffic is not None:
            rows += self._traffic.searches_on(day)
        if self._hides(day):
            rows = [row._replace(account=_hidden(row.account)) for row in rows]
        return sorted(rows, key=lambda row: (row.time, row.term, row.account or ""))

    def _hides(self, day: date) -> bool:
        """Say whether extended privacy is on, so that no account is recorded at all."""
        return self._hidden_from is not None and day >= self._hidden_from

    def _written_visits(self, file: WorldFile) -> Iterator[Visit]:
        for entry in file.for_residency("visits", self.residency):
            yield self._visit(file, entry, to_moment(entry["time"]))
        for entry in file.for_residency("bursts", self.residency):
            start = to_moment(entry["start"])
            for number in range(entry["count"]):
                yield self._visit(file, entry, start + number * entry["every_ms"])

    def _visit(self, file: WorldFile, entry: Mapping[str, Any], time: int) -> Visit:
        if entry["content"] not in self._cast.contents(time):
            raise WorldError(
                f"World {file.name}: there is a visit of content {entry['content']}, which is "
                f"unknown or created later."
            )
        return Visit(time, entry["content"], self._account(file, entry))

    def _written_searches(self, file: WorldFile) -> Iterator[Search]:
        for entry in file.for_residency("searches", self.residency):
            time = to_moment(entry["time"])
            yield Search(time, entry["term"], self._account(file, entry), entry["results"])

    def _account(self, file: WorldFile, entry: Mapping[str, Any]) -> str | None:
        name = entry["account"]
        if name in {"", ANONYMOUS}:
            return name or None
        account = next((one for one in self.accounts if one.id == name), None)
        if account is None:
            raise WorldError(f"World {file.name}: the account {name[:80]!r} is unknown.")
        return None if account.is_protected else str(name)


def _hidden(account: str | None) -> str | None:
    return account if account == ANONYMOUS else None


def _by_day(rows: Iterator[Any]) -> dict[date, list[Any]]:
    by_day: dict[date, list[Any]] = defaultdict(list)
    for row in rows:
        by_day[day_of(row.time)].append(row)
    return dict(by_day)
