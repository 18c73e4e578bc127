"""The tables of a world file, as Pydantic models."""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Limits

from mock_server.binding.fields import Field, Subject
from mock_server.clock import LATEST
from mock_server.errors import ForbiddenError
from mock_server.inputs.models import Model, number, whole
from mock_server.world.domain import ANONYMOUS, ContentType, Residency

DEMO_API_TOKEN = "demo-api-token"
"""The well-known API token; the default of all users in a world file."""

_MANY = 10_000
_MOST_ROWS = _HEAVIEST = 1_000_000
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


def _to_moment(value: Any) -> int:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError
    moment = (value - _EPOCH) // timedelta(milliseconds=1)
    if not 0 <= moment <= LATEST:
        raise ValueError
    return moment


def _text(pattern: str, description: str) -> Any:
    return Limits(pattern=rf"\A{pattern}\Z", description=description)


_DAY = Limits(
    ge=_EPOCH.date(), description="a day from 1970 on, such as 2026-01-31, without quotes"
)
_MOMENT = Limits(
    description="a time from 1970 on with an offset, such as 2026-01-31T12:00:00Z, without quotes"
)
_SPACE_KEY = _text(
    r"(?=.{1,255}\Z)([A-Za-z0-9]+|~[A-Za-z0-9._-]+)",
    "1 to 255 letters and digits, or ~ and letters, digits, dots and dashes",
)
_SHIFTS = Limits(min_length=1, description="one or more hours from -12 to 12, such as [-1, 0, 1]")

_T = TypeVar("_T")
Several = Annotated[tuple[_T, ...], Limits(strict=False)]
Line = Annotated[
    str,
    _text(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,255}", "one line of 1 to 255 characters"),
]
"""The fields of names, titles and search terms."""
Moment = Annotated[int, BeforeValidator(_to_moment), _MOMENT]
End = Annotated[Moment | None, _MOMENT]
Url = Annotated[
    str, _text(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", "like https://acme-demo.atlassian.net")
]
Zone = Annotated[
    str, AfterValidator(_to_zone_name), Limits(description="a zone such as Europe/Berlin")
]
Locale = Annotated[str, _text(r"[a-z]{2,3}_[A-Z]{2}", "like en_US or de_DE")]


class SiteSection(Model):
    """The address of a residency's site, and the language and working hours of its people."""

    url: Url = "https://acme-demo.atlassian.net"
    timezone: Zone = "America/New_York"
    locale: Locale = "en_US"
    """Determines the names of people and the language of titles."""
    shifts: Annotated[Several[Annotated[int, Limits(ge=-12, le=12)]], _SHIFTS] = (0,)
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


class _Row(Model):
    residency: Annotated[Residency | None, Limits(strict=False)] = None
    """Both residencies if None."""


class SpaceRow(_Row):
    """A space."""

    key: Annotated[str, _SPACE_KEY]
    name: Line
    formerly: Annotated[str | None, _SPACE_KEY] = None


class ContentRow(_Row):
    """A page, blog post or attachment."""

    id: int = whole(1, _LARGEST_ID)
    type: Annotated[ContentType, Limits(strict=False)] = ContentType.PAGE
    title: Line
    space: Annotated[str, _SPACE_KEY]
    created: Moment
    parent: int | None = whole(1, _LARGEST_ID, None)
    trashed: End = None
    deleted: End = None
    popularity: float = number(1.0, high=_HEAVIEST)
    novelty: float = number(0.0, high=_HEAVIEST)


class AccountRow(_Row):
    """A person who can log in."""

    id: str = _text(
        "[A-Za-z0-9][A-Za-z0-9:_-]{0,127}", "like 557058:, 712020: and a uuid, or 24 hex digits"
    )
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
    accounts: Annotated[
        Several[str], Limits(min_length=1, description="one or more ids of accounts")
    ] = (ANONYMOUS,)


class SpaceAccess(StrEnum):
    """The spaces that a user may see, with all their contents; `TEAM` excludes personal ones."""

    ALL = "all"
    TEAM = "team"
    NONE = "none"


def digest_of(email: str, api_token: str) -> str:
    """Hash credentials, after normalizing Unicode and the case of the address."""
    sent = unicodedata.normalize("NFC", f"{email.casefold()}:{api_token}")
    return hashlib.sha256(sent.encode()).hexdigest()


class User(Model):
    """An Atlassian account that may call version 1 of the API, and its permissions."""

    email: str = _text(r"[^\s:@\x00-\x1f\x7f]+@[^\s:@\x00-\x1f\x7f]+", "like ada@acme-demo.example")
    api_token: Annotated[Line, Limits(repr=False)] = DEMO_API_TOKEN
    spaces: Annotated[SpaceAccess, Limits(strict=False)] = SpaceAccess.ALL
    hidden: Annotated[Several[int], Limits(description="a list of content ids")] = ()
    """Contents that the user may not see, in any space."""
    global_access: bool = False

    def check(self, subject: Subject, values: Mapping[Field, Any]) -> None:
        """Check whether the user may see a report.

        Raises:
            ForbiddenError: If the user lacks the permission that the vendor documents.
        """
        space, content = values.get(Field.SPACE_KEY), values.get(Field.CONTENT_ID)
        is_hidden = self.spaces is SpaceAccess.NONE or (
            self.spaces is SpaceAccess.TEAM and str(space).startswith("~")
        )
        if subject is Subject.SEARCHES or space is None:
            if not self.global_access:
                raise ForbiddenError(
                    f"{self.email} lacks Global Access, which reports on the whole site need."
                )
        elif content in self.hidden:
            raise ForbiddenError(f"{self.email} may not see the content {content}.")
        elif is_hidden:
            raise ForbiddenError(f"{self.email} may not see the space {space!r}.")


class FileModel(Model):
    """The contents of a world file."""

    name: str = _text("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "letters, digits, dots and dashes")
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
    callers: Several[User] = ()
