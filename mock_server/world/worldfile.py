"""What a world file says, checked: plain values for the generator to build on.

How each key is spelled, and what it may be, is the business of `worldfile_reading`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mock_server.callers import Caller
from mock_server.domain import Account, Content, Residency, Search, Space, Visit


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
