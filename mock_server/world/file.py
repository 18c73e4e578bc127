"""The world file: what one residency's Confluence site contains, read from YAML or TOML and checked."""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mock_server.clock import LATEST, start_of
from mock_server.errors import WorldError, did_you_mean
from mock_server.openapi.load import bundled
from mock_server.world.domain import (
    ANONYMOUS,
    Account,
    Content,
    ContentType,
    Residency,
    Search,
    Space,
    Visit,
)
from mock_server.world.users import DEMO_API_TOKEN, Caller, Sight, digest_of
from mock_server.world.words import vocabulary_digest


@dataclass(frozen=True, slots=True)
class SiteSection:
    """Where a residency's site is, and how its people speak and live."""

    url: str
    timezone: str
    locale: str
    """Decides the names of people and the language of titles."""
    shifts: tuple[int, ...]
    """Hours by which working days are later than usual; each made-up account takes one."""


@dataclass(frozen=True, slots=True)
class SpaceSection:
    """A space to make up."""

    personal: bool
    pages: int
    attachments: int
    post_every: int
    """Working days from one new post to the next; 0 is never."""


@dataclass(frozen=True, slots=True)
class GeneratedSection:
    """What is made up beside what is written out."""

    accounts: int
    protected_accounts: int
    spaces: tuple[SpaceSection, ...]


@dataclass(frozen=True, slots=True)
class TrafficSection:
    """How much is viewed and searched for, by whom and when."""

    visits: float
    """On an ordinary working day."""
    searches: float
    """On an ordinary working day."""
    weekend: float
    """A Saturday's or Sunday's traffic as a share of a working day's."""
    anonymous: float
    """Share of all rows."""
    protected: float
    """Share of all rows."""
    mistyped: float
    """Share of searches."""
    unwritten: float
    """Share of searches for words that no title has."""


@dataclass(frozen=True, slots=True)
class Item:
    """A content, and how much it is viewed."""

    content: Content
    popularity: float
    """Weight on any day."""
    novelty: float
    """Weight on the first day; decays over two weeks to a small tail."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a file writes out for one residency; visits and searches name protected accounts."""

    spaces: tuple[Space, ...]
    items: tuple[Item, ...]
    accounts: tuple[Account, ...]
    visits: tuple[Visit, ...]
    searches: tuple[Search, ...]


@dataclass(frozen=True, slots=True)
class WorldFile:
    """A world file that has been read and found free of contradictions."""

    name: str
    installed: date
    extended_privacy_from: date | None
    sites: Mapping[Residency, SiteSection]
    written: Mapping[Residency, Written]
    generated: GeneratedSection
    traffic: TrafficSection | None
    callers: tuple[Caller, ...]
    digest: str
    """Of what the file says of rows, without comments, and of the generator's version."""


LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,255}")
"""What names, titles and search terms are made of."""

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 60
_WORD_BITS = 64

_Value = TypeVar("_Value")


class Table:
    """One table of a world file.

    Args:
        file: What to call the file in errors.
        where: What to call this table in errors.
        content: What `tomllib` read; anything but a table is refused.
        keys: The keys it may have.
    """

    def __init__(self, file: str, where: str, content: Any, keys: Collection[str]) -> None:
        self._file = file
        self._where = where
        if not isinstance(content, dict):
            raise WorldError(f"{file}: {where} is {show(content)}; it must be a table.")
        self._content: dict[str, Any] = content
        for key in content:
            if key not in keys:
                known = ", ".join(keys)
                hint = did_you_mean(key, keys)
                raise WorldError(
                    f"{file}: {where}: {show(key)} is no key; known are {known}.{hint}"
                )

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def refuse(self, key: str, remedy: str) -> NoReturn:
        """Refuse the value of a key.

        Raises:
            WorldError: Always; names the file, the table, the key, its value and the remedy.
        """
        said = f"is {show(self._content[key])}" if key in self._content else "is missing"
        raise WorldError(f"{self._file}: {self._where}: {key} {said}; {remedy}")

    def read(
        self,
        key: str,
        check: Callable[[Any], _Value | None],
        allowed: str,
        default: _Value | None = None,
    ) -> _Value:
        """Return the value of a key, or the default if the key is absent and there is one.

        Args:
            key: What to read.
            check: Gives the value as it is meant, or None if it is not allowed.
            allowed: What is allowed, to be read after "it must be".
            default: The value of an absent key; without one, the key is required.
        """
        if key not in self._content and default is not None:
            return default
        value = check(self._content.get(key))
        return self.refuse(key, f"it must be {allowed}.") if value is None else value

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        pattern: re.Pattern[str] = LINE,
        allowed: str = "one line of 1 to 255 characters",
    ) -> str:
        """Read a text that matches a pattern as a whole."""

        def check(value: Any) -> str | None:
            return value if isinstance(value, str) and pattern.fullmatch(value) else None

        return self.read(key, check, allowed, default)

    def choice(self, key: str, options: Collection[str], default: str | None = None) -> str:
        """Read one of several words."""
        value = self._content.get(key, default)
        if isinstance(value, str) and value in options:
            return value
        hint = did_you_mean(value, options) if isinstance(value, str) else ""
        return self.refuse(key, f"it must be one of {', '.join(options)}.{hint}")

    def whole(self, key: str, default: int | None = None, *, low: int, high: int) -> int:
        """Read a whole number within bounds."""

        def check(value: Any) -> int | None:
            return value if type(value) is int and low <= value <= high else None

        return self.read(key, check, f"a whole number from {low} to {high}", default)

    def number(self, key: str, default: float | None = None, *, high: float = 1) -> float:
        """Read a number from 0 to `high`."""

        def check(value: Any) -> float | None:
            return float(value) if type(value) in {int, float} and 0 <= value <= high else None

        return self.read(key, check, f"a number from 0 to {high:,.0f}", default)

    def flag(self, key: str) -> bool:
        """Read true or false; an absent key is false."""

        def check(value: Any) -> bool | None:
            return value if isinstance(value, bool) else None

        return self.read(key, check, "true or false", default=False)

    def day(self, key: str) -> date:
        """Read a day from 1970 on."""

        def check(value: Any) -> date | None:
            return value if type(value) is date and value >= _EPOCH_DAY else None

        return self.read(key, check, "a day from 1970 on, such as 2026-01-31, without quotes")

    def moment(self, key: str) -> int:
        """Read a time with its offset to epoch milliseconds."""
        allowed = "a time from 1970 on with an offset, such as 2026-01-31T12:00:00Z, without quotes"
        return self.read(key, _to_moment, allowed)

    def list_of(
        self,
        key: str,
        check: Callable[[Any], _Value | None],
        allowed: str,
        default: Sequence[_Value],
    ) -> tuple[_Value, ...]:
        """Read a list that is not empty, each member checked like a value of `read`."""

        def check_all(value: Any) -> tuple[_Value, ...] | None:
            if not isinstance(value, list) or not value:
                return None
            members = tuple(member for one in value if (member := check(one)) is not None)
            return members if len(members) == len(value) else None

        return self.read(key, check_all, allowed, tuple(default))

    def table(self, key: str, keys: Collection[str]) -> "Table":
        """Read a table within this one; an absent one is empty."""
        where = f"[{self._path(key)}]"
        return Table(self._file, where, self._content.get(key, {}), keys)

    def tables(self, key: str, keys: Collection[str]) -> list["Table"]:
        """Read a list of tables; an absent one is empty."""
        where = f"[[{self._path(key)}]]"
        content = self._content.get(key, [])
        if not isinstance(content, list):
            self.refuse(key, f"it must be written as {where}.")
        return [
            Table(self._file, f"{where} number {place}", one, keys)
            for place, one in enumerate(content, 1)
        ]

    def _path(self, key: str) -> str:
        outer = self._where.strip("[]")
        return f"{outer}.{key}" if self._where.startswith("[") else key


def show(value: Any) -> str:
    """Write a value of a TOML file, however large, to stand in a sentence."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and value.bit_length() > _WORD_BITS:
        return "a number beyond 64 bits"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _to_moment(value: Any) -> int | None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    moment = (value - _EPOCH) // timedelta(milliseconds=1)
    return moment if 0 <= moment <= LATEST else None


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
        """Return everything that was added."""
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


FORMAT = 1
"""Goes up whenever the same file and seed give other rows than before."""

TOP_KEYS = (
    "name", "installed", "extended_privacy_from", "sites", "generated", "traffic",
    "spaces", "contents", "accounts", "visits", "searches", "bursts", "callers",
)  # fmt: skip
SITE_KEYS = ("url", "timezone", "locale", "shifts")
GENERATED_KEYS = ("accounts", "protected_accounts", "spaces")
SPACE_KEYS = ("kind", "pages", "attachments", "post_every")
TRAFFIC_KEYS = (
    "visits", "searches", "weekend", "anonymous", "protected", "mistyped", "unwritten",
)  # fmt: skip

_SITES = {
    Residency.US: ("https://acme-demo.atlassian.net", "America/New_York", "en_US"),
    Residency.DE: ("https://muster-demo.atlassian.net", "Europe/Berlin", "de_DE"),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}")
_MANY = 10_000
_MOST_ROWS = 1_000_000
_HALF_DAY = 12


def read_world(name_or_path: str) -> WorldFile:
    """Read a bundled world by its name, or a world file by its path.

    Raises:
        WorldError: If there is no such world, or its file is wrong.
    """
    path = _find(name_or_path)
    content = _load(path)
    table = Table(str(path), "top level", content, TOP_KEYS)
    installed = table.day("installed")
    ledgers = {residency: Ledger(installed) for residency in Residency}
    read_rows(table, ledgers)
    world = WorldFile(
        name=table.text("name", pattern=_NAME, allowed="letters, digits, dots and dashes"),
        installed=installed,
        extended_privacy_from=_day_or_none(table, "extended_privacy_from"),
        sites=_read_sites(table),
        written={residency: ledger.written() for residency, ledger in ledgers.items()},
        generated=_read_generated(table.table("generated", GENERATED_KEYS)),
        traffic=_read_traffic(table.table("traffic", TRAFFIC_KEYS)) if "traffic" in table else None,
        callers=read_callers(table),
        digest=_digest({key: value for key, value in content.items() if key != "callers"}),
    )
    if world.generated.accounts:
        _check_locales(table.table("sites", tuple(Residency)))
    if world.traffic is not None:
        _check_viewers(world, world.traffic, table.table("traffic", TRAFFIC_KEYS))
    return world


def _find(name_or_path: str) -> Path:
    worlds = {path.stem: path for path in bundled("fixtures", "worlds").glob("*.toml")}
    if name_or_path in worlds:
        return worlds[name_or_path]
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return Path(name_or_path)
    known = ", ".join(sorted(worlds))
    raise WorldError(
        f"there is no world {name_or_path!r}; bundled are {known}, "
        f"and a file of your own ends in .toml.{did_you_mean(name_or_path, worlds)}"
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise WorldError(f"{path}: cannot be read: {error.strerror}.") from error
    except RecursionError as error:
        raise WorldError(f"{path}: is nested too deeply.") from error
    except ValueError as error:  # bad TOML, bad UTF-8, numbers of thousands of digits
        raise WorldError(f"{path}: is not a TOML file: {error}.") from error


def _digest(content: Mapping[str, Any]) -> str:
    said = json.dumps(content, sort_keys=True, default=str)
    versions = f"{FORMAT}\0{vocabulary_digest()}\0{said}"
    return hashlib.blake2b(versions.encode(), digest_size=16).hexdigest()


def _day_or_none(table: Table, key: str) -> Any:
    return table.day(key) if key in table else None


def _read_sites(table: Table) -> dict[Residency, SiteSection]:
    sites = table.table("sites", tuple(Residency))
    return {
        residency: _read_site(sites.table(residency, SITE_KEYS), residency)
        for residency in Residency
    }


def _read_site(table: Table, residency: Residency) -> SiteSection:
    url, timezone, locale = _SITES[residency]
    return SiteSection(
        url=table.text("url", url, pattern=_URL, allowed="like https://acme-demo.atlassian.net"),
        timezone=table.read("timezone", _to_zone_name, "a zone such as Europe/Berlin", timezone),
        locale=table.text("locale", locale, pattern=_LOCALE, allowed="like en_US or de_DE"),
        shifts=table.list_of(
            "shifts", _to_shift, "a list of hours, each from -12 to 12, such as [-1, 0, 1]", (0,)
        ),
    )


def _check_locales(sites: Table) -> None:
    from faker.config import AVAILABLE_LOCALES

    for residency in Residency:
        table = sites.table(residency, SITE_KEYS)
        if "locale" in table:
            locale = table.text("locale")
            hint = did_you_mean(locale, AVAILABLE_LOCALES)
            if locale not in AVAILABLE_LOCALES:
                table.refuse("locale", f"it must be a locale that Faker has.{hint}")


def _to_zone_name(value: Any) -> str | None:
    if value == "localtime":  # the machine's own, so that rows would depend on it
        return None
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        return None
    return str(value)


def _to_shift(value: Any) -> int | None:
    return value if type(value) is int and -_HALF_DAY <= value <= _HALF_DAY else None


def _read_generated(table: Table) -> GeneratedSection:
    accounts = table.whole("accounts", 0, low=0, high=_MANY)
    spaces = table.tables("spaces", SPACE_KEYS)
    section = GeneratedSection(
        accounts=accounts,
        protected_accounts=table.whole("protected_accounts", 0, low=0, high=accounts),
        spaces=tuple(map(_read_space_of_worldfile_reading, spaces)),
    )
    if any(space.personal for space in section.spaces) and not accounts:
        table.refuse("accounts", "a personal space belongs to an account.")
    return section


def _read_space_of_worldfile_reading(table: Table) -> SpaceSection:
    pages = table.whole("pages", low=1, high=_MANY)
    return SpaceSection(
        personal=table.choice("kind", ("team", "personal"), "team") == "personal",
        pages=pages,
        attachments=table.whole("attachments", 0, low=0, high=_MANY),
        post_every=table.whole("post_every", 0, low=0, high=_MANY),
    )


def _read_traffic(table: Table) -> TrafficSection:
    section = TrafficSection(
        visits=table.number("visits", high=_MOST_ROWS),
        searches=table.number("searches", 0.0, high=_MOST_ROWS),
        weekend=table.number("weekend", 0.2),
        anonymous=table.number("anonymous", 0.0),
        protected=table.number("protected", 0.0),
        mistyped=table.number("mistyped", 0.1),
        unwritten=table.number("unwritten", 0.05),
    )
    if section.anonymous + section.protected > 1:
        table.refuse("protected", "together with anonymous it must be at most 1.")
    if section.mistyped + section.unwritten > 1:
        table.refuse("unwritten", "together with mistyped it must be at most 1.")
    return section


def _check_viewers(world: WorldFile, traffic: TrafficSection, table: Table) -> None:
    made_up = world.generated
    for residency, written in world.written.items():
        protected = sum(account.is_protected for account in written.accounts)
        protected += made_up.protected_accounts
        known = len(written.accounts) + made_up.accounts - protected
        if traffic.protected and not protected:
            table.refuse("protected", f"but no account of {residency} is protected.")
        if traffic.anonymous + traffic.protected < 1 and not known:
            table.refuse("anonymous", f"but {residency} has no account for the other rows.")
