"""World files: the contents of a site in TOML, parsed and validated."""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic import field_validator as check

from mock_server.clock import LATEST, start_of
from mock_server.errors import WorldError, did_you_mean, shown
from mock_server.files import read_toml
from mock_server.models import Model, explain, number, refusal, whole
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
    is_there,
)
from mock_server.world.users import DEMO_API_TOKEN, SpaceAccess, User, digest_of
from mock_server.world.words import vocabulary_digest

FORMAT = 1
"""Increment whenever the same file and seed produce different rows."""

_MANY = 10_000
_MOST_ROWS = 1_000_000
_HEAVIEST = 1_000_000
_LARGEST_ID = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _to_zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError from error
    if name == "localtime":  # depends on the machine
        raise ValueError
    return name


def _to_moment(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError
    moment = (value - _EPOCH) // timedelta(milliseconds=1)
    if not 0 <= moment <= LATEST:
        raise ValueError
    return moment


_DAY = Field(ge=_EPOCH.date(), description="a day from 1970 on, such as 2026-01-31, without quotes")
_MOMENT = Field(
    description="a time from 1970 on with an offset, such as 2026-01-31T12:00:00Z, without quotes"
)
_SPACE_KEY = Field(
    pattern=r"\A(?=.{1,255}\Z)([A-Za-z0-9]+|~[A-Za-z0-9._-]+)\Z",
    description="1 to 255 letters and digits, or ~ and letters, digits, dots and dashes",
)
_SHIFTS = Field(min_length=1, description="one or more hours from -12 to 12, such as [-1, 0, 1]")
_ACCOUNT_IDS = Field(min_length=1, description="one or more ids of accounts")

_T = TypeVar("_T")
Several = Annotated[tuple[_T, ...], Field(strict=False)]
Line = Annotated[
    str,
    Field(
        pattern=r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,255}\Z",
        description="one line of 1 to 255 characters",
    ),
]
"""The fields of names, titles and search terms."""
Moment = Annotated[int, BeforeValidator(_to_moment), _MOMENT]
End = Annotated[int | None, BeforeValidator(_to_moment), _MOMENT]


Url = Annotated[
    str,
    Field(
        pattern=r"\Ahttps?://[A-Za-z0-9.-]+(:\d{1,5})?\Z",
        description="like https://acme-demo.atlassian.net",
    ),
]
Zone = Annotated[
    str, AfterValidator(_to_zone_name), Field(description="a zone such as Europe/Berlin")
]
Locale = Annotated[
    str, Field(pattern=r"\A[a-z]{2,3}_[A-Z]{2}\Z", description="like en_US or de_DE")
]


class SiteSection(Model):
    """The address of a residency's site, and the language and working hours of its people."""

    url: Url = "https://acme-demo.atlassian.net"
    timezone: Zone = "America/New_York"
    locale: Locale = "en_US"
    """Determines the names of people and the language of titles."""
    shifts: Annotated[Several[Annotated[int, Field(ge=-12, le=12)]], _SHIFTS] = (0,)
    """Offsets of working hours; each generated account gets one."""


class GermanSiteSection(SiteSection):
    """The same with German defaults."""

    url: Url = "https://muster-demo.atlassian.net"
    timezone: Zone = "Europe/Berlin"
    locale: Locale = "de_DE"


class Sites(Model):
    """Both residencies."""

    us: SiteSection = SiteSection()
    de: GermanSiteSection = GermanSiteSection()

    def __getitem__(self, residency: Residency) -> SiteSection:
        return self.us if residency is Residency.US else self.de


class SpaceSection(Model):
    """A space to generate."""

    kind: Literal["team", "personal"] = "team"
    pages: int = whole(1, _MANY)
    attachments: int = whole(0, _MANY, 0)
    post_every: int = whole(0, _MANY, 0)
    """Working days between new posts; 0 for none."""


class GeneratedSection(Model):
    """The number of objects to generate in addition to those in the file."""

    accounts: int = whole(0, _MANY, 0)
    protected_accounts: int = whole(0, _MANY, 0)
    spaces: Several[SpaceSection] = ()

    @check("protected_accounts")
    def _are_accounts(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("accounts", value):
            raise ValueError("it must not be more than accounts.")
        return value

    @check("spaces")
    def _have_owners(
        cls, value: tuple[SpaceSection, ...], info: ValidationInfo
    ) -> tuple[SpaceSection, ...]:
        if not info.data.get("accounts") and any(space.kind == "personal" for space in value):
            raise ValueError("a personal space belongs to an account, so set accounts, too.")
        return value


class TrafficSection(Model):
    """The amount and distribution of views and searches."""

    visits: float = number(high=_MOST_ROWS)
    """Per ordinary working day."""
    searches: float = number(0.0, high=_MOST_ROWS)
    """Per ordinary working day."""
    weekend: float = number(0.2)
    """Traffic on weekends as a share of a working day's."""
    anonymous: float = number(0.0)
    """Share of all rows."""
    protected: float = number(0.0)
    """Share of all rows."""
    mistyped: float = number(0.1)
    """Share of searches."""
    unwritten: float = number(0.05)
    """Share of searches for words that are in no title."""

    @check("protected", "unwritten")
    def _are_shares(cls, value: float, info: ValidationInfo) -> float:
        other = {"protected": "anonymous", "unwritten": "mistyped"}[str(info.field_name)]
        if value + info.data.get(other, 0) > 1:
            raise ValueError(f"together with {other} it must be at most 1.")
        return value


class _Row(Model):
    residency: Annotated[Residency | None, Field(strict=False)] = None
    """Both residencies if None."""


class SpaceRow(_Row):
    """A space."""

    key: Annotated[str, _SPACE_KEY]
    name: Line
    formerly: Annotated[str | None, _SPACE_KEY] = None


class ContentRow(_Row):
    """A page, blog post or attachment."""

    id: int = whole(1, _LARGEST_ID)
    type: Annotated[ContentType, Field(strict=False)] = ContentType.PAGE
    title: Line
    space: Annotated[str, _SPACE_KEY]
    created: Moment
    parent: int | None = whole(1, _LARGEST_ID, None)
    trashed: End = None
    deleted: End = None
    popularity: float = number(1.0, high=_HEAVIEST)
    novelty: float = number(0.0, high=_HEAVIEST)

    @check("parent")
    def _has_parent(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and info.data.get("type") is ContentType.ATTACHMENT:
            raise ValueError("an attachment hangs on the content with this id.")
        return value

    @check("trashed", "deleted")
    def _ends_after_its_start(cls, value: int | None, info: ValidationInfo) -> int | None:
        start = info.data.get("trashed") or info.data.get("created", 0)
        if value is not None and value < start:
            raise ValueError("it must not be earlier than created and trashed.")
        return value


class AccountRow(_Row):
    """A person who can log in."""

    id: Annotated[
        str,
        Field(
            pattern=r"\A[A-Za-z0-9][A-Za-z0-9:_-]{0,127}\Z",
            description="like 557058:, 712020: and a uuid, or 24 hex digits",
        ),
    ]
    name: Line
    protected: bool = False


class VisitRow(_Row):
    """One view."""

    time: Moment
    content: int = whole(1, _LARGEST_ID)
    account: Line = ANONYMOUS


class SearchRow(_Row):
    """One search."""

    time: Moment
    term: Line
    account: Line = ANONYMOUS
    results: int = whole(0, 2**31 - 1)


class BurstRow(_Row):
    """Visits of a content at regular intervals."""

    content: int = whole(1, _LARGEST_ID)
    start: Moment
    count: int = whole(1, 100_000)
    every_ms: int = whole(1, LATEST)
    accounts: Annotated[Several[str], _ACCOUNT_IDS] = (ANONYMOUS,)

    @check("every_ms")
    def _ends_in_time(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("start", 0) + (info.data.get("count", 1) - 1) * value > LATEST:
            raise ValueError("the last visit of the burst is beyond the year 9999.")
        return value


class UserRow(Model):
    """An account that may call version 1 of the API."""

    email: str = Field(
        pattern=r"\A[^\s:@\x00-\x1f\x7f]+@[^\s:@\x00-\x1f\x7f]+\Z",
        description="like ada@acme-demo.example",
    )
    api_token: Line = DEMO_API_TOKEN
    spaces: Annotated[SpaceAccess, Field(strict=False)] = SpaceAccess.ALL
    hidden: Annotated[Several[int], Field(description="a list of content ids")] = ()
    global_access: bool = False


class FileModel(Model):
    """The contents of a world file."""

    name: str = Field(
        pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z",
        description="letters, digits, dots and dashes",
    )
    installed: Annotated[date, _DAY]
    extended_privacy_from: Annotated[date | None, _DAY] = None
    sites: Sites = Sites()
    generated: GeneratedSection = GeneratedSection()
    traffic: TrafficSection | None = None
    spaces: Several[SpaceRow] = ()
    contents: Several[ContentRow] = ()
    accounts: Several[AccountRow] = ()
    visits: Several[VisitRow] = ()
    searches: Several[SearchRow] = ()
    bursts: Several[BurstRow] = ()
    callers: Several[UserRow] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A content and its popularity."""

    content: Content
    popularity: float
    """Weight on every day."""
    novelty: float
    """Weight on the first day; decays within two weeks to a small remainder."""


@dataclass(frozen=True, slots=True)
class Written:
    """The written rows of one residency; visits and searches include protected accounts."""

    spaces: dict[str, Space] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WorldFile:
    """A validated world file."""

    model: FileModel
    written: Mapping[Residency, Written]
    users: Sequence[User]
    digest: str
    """A digest of everything that affects rows, including the generator's version."""


def read_world(name_or_path: str) -> WorldFile:
    """Read a bundled world by name, or a world file by path.

    Raises:
        WorldError: If there is no such world, or its file is invalid.
    """
    path = _find(name_or_path)
    content = read_toml(path, WorldError)
    try:
        model = FileModel.model_validate(content)
    except ValidationError as error:
        raise WorldError(explain(error, FileModel, str(path), content)) from error
    try:
        written, users = _read_rows(model), tuple(_users(model.callers))
        _check_people(model, written)
    except _ContradictionError as error:
        remedy, location = error.args
        raise WorldError(refusal(str(path), content, location, remedy)) from error
    return WorldFile(model, written, users, _digest(content))


def _find(name_or_path: str) -> Path:
    worlds = {path.stem: path for path in bundled("fixtures", "worlds").glob("*.toml")}
    if name_or_path in worlds:
        return worlds[name_or_path]
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return Path(name_or_path)
    known = ", ".join(sorted(worlds))
    raise WorldError(
        f"there is no world {shown(name_or_path)}; bundled are {known}, "
        f"and a file of your own ends in .toml.{did_you_mean(name_or_path, worlds)}"
    )


def _digest(content: dict[str, Any]) -> str:
    rows = {key: value for key, value in content.items() if key != "callers"}
    said = json.dumps(rows, sort_keys=True, default=str)
    versions = f"{FORMAT}\0{vocabulary_digest()}\0{said}"
    return hashlib.blake2b(versions.encode(), digest_size=16).hexdigest()


class _ContradictionError(Exception):
    """A value conflicts with others in the file; contains the remedy and the location."""


def _refuse(remedy: str, *location: str | int) -> NoReturn:
    raise _ContradictionError(remedy, location)


def _read_rows(file: FileModel) -> dict[Residency, Written]:
    written = {residency: Written() for residency in Residency}
    for kind, add in _ADD.items():
        for place, row in enumerate(getattr(file, kind)):
            for residency in (row.residency,) if row.residency else Residency:
                try:
                    add(written[residency], row, file.installed)
                except _ContradictionError as error:
                    remedy, location = error.args
                    raise _ContradictionError(remedy, (kind, place, *location)) from error
    return written


def _users(rows: Sequence[UserRow]) -> Iterator[User]:
    known: set[str] = set()
    for place, row in enumerate(rows):
        if row.email.casefold() in known:
            _refuse("another caller has this address.", "callers", place, "email")
        known.add(row.email.casefold())
        yield User(
            email=row.email,
            digest=digest_of(row.email, row.api_token),
            spaces=row.spaces,
            hidden=frozenset(row.hidden),
            has_global_access=row.global_access,
        )


def _add_space(written: Written, row: SpaceRow, _: date) -> None:
    taken = {space.formerly for space in written.spaces.values()} | set(written.spaces)
    for name, key in (("key", row.key), ("formerly", row.formerly)):
        if key is not None and key in taken:
            _refuse("another space has or had this key.", name)
        taken.add(key)
    written.spaces[row.key] = Space(row.key, row.name, row.key.startswith("~"), row.formerly)


def _add_content(written: Written, row: ContentRow, _: date) -> None:
    if row.id in written.items:
        _refuse("another content has this id.", "id")
    if row.space not in written.spaces:
        hint = did_you_mean(row.space, written.spaces)
        _refuse(f"no space of this residency has that key.{hint}", "space")
    if row.parent is not None:
        parent = written.items.get(row.parent)
        if parent is None or parent.content.space_key != row.space:
            _refuse("it must be the id of a content of the same space, above.", "parent")
        if parent.content.created > row.created:
            _refuse("it must not be earlier than that of the parent.", "created")
    content = Content(
        id=row.id,
        type=row.type,
        title=row.title,
        space_key=row.space,
        created=row.created,
        parent_id=row.parent,
        trashed=row.trashed,
        deleted=row.deleted,
    )
    written.items[row.id] = Item(content, row.popularity, row.novelty)


def _add_account(written: Written, row: AccountRow, _: date) -> None:
    if row.id in written.accounts or row.id == ANONYMOUS:
        _refuse("another viewer has this id.", "id")
    written.accounts[row.id] = Account(row.id, row.name, row.protected)


def _add_visit(written: Written, row: VisitRow, installed: date) -> None:
    _check_viewer(written, row.account, "account")
    _check_visit(written, row.content, row.time, installed, "time")
    written.visits.append(Visit(row.time, row.content, row.account))


def _add_search(written: Written, row: SearchRow, installed: date) -> None:
    _check_viewer(written, row.account, "account")
    _check_time(row.time, installed, "time")
    written.searches.append(Search(row.time, row.term, row.account, row.results))


def _add_burst(written: Written, row: BurstRow, installed: date) -> None:
    for place, account in enumerate(row.accounts):
        _check_viewer(written, account, "accounts", place)
    times = [row.start + place * row.every_ms for place in range(row.count)]
    for time in (times[0], times[-1]):
        _check_visit(written, row.content, time, installed, "start")
    viewers = itertools.cycle(row.accounts)
    written.visits.extend(Visit(time, row.content, next(viewers)) for time in times)


_ADD: Mapping[str, Callable[[Written, Any, date], None]] = {
    "spaces": _add_space,
    "contents": _add_content,
    "accounts": _add_account,
    "visits": _add_visit,
    "searches": _add_search,
    "bursts": _add_burst,
}
"""In this order, because each one refers to the previous ones."""


def _check_viewer(written: Written, account: str, *location: str | int) -> None:
    if account not in {ANONYMOUS, *written.accounts}:
        hint = did_you_mean(account, [ANONYMOUS, *written.accounts])
        _refuse(f"it must be {ANONYMOUS} or the id of an account.{hint}", *location)


def _check_visit(written: Written, content_id: int, time: int, installed: date, key: str) -> None:
    item = written.items.get(content_id)
    if item is None:
        hint = did_you_mean(str(content_id), map(str, written.items))
        _refuse(f"no content of this residency has that id.{hint}", "content")
    _check_time(time, installed, key)
    if not is_there(item.content, time):
        _refuse("the content is not there, or no longer there, at that time.", key)


def _check_time(time: int, installed: date, key: str) -> None:
    if time < start_of(installed):
        _refuse(f"there are no rows before installed, {installed}.", key)


def _check_people(file: FileModel, written: Mapping[Residency, Written]) -> None:
    """Validate the locale, and that a viewer exists for every row."""
    generated, traffic = file.generated, file.traffic
    for residency, rows in written.items():
        if generated.accounts:
            _check_locale(file.sites[residency].locale, residency)
        protected = sum(account.is_protected for account in rows.accounts.values())
        protected += generated.protected_accounts
        others = len(rows.accounts) + generated.accounts - protected
        if traffic and traffic.protected and not protected:
            _refuse(f"but no account of {residency} is protected.", "traffic", "protected")
        if traffic and traffic.anonymous + traffic.protected < 1 and not others:
            remedy = f"but {residency} has no account for the other rows."
            _refuse(remedy, "traffic", "anonymous")


def _check_locale(locale: str, residency: Residency) -> None:
    from faker.config import AVAILABLE_LOCALES

    if locale not in AVAILABLE_LOCALES:
        hint = did_you_mean(locale, AVAILABLE_LOCALES)
        _refuse(f"it must be a locale that Faker has.{hint}", "sites", residency, "locale")
