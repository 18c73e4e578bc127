"""The domain: spaces, contents, accounts, visits and searches.

Plain values, independent of documents, storage and HTTP. Field names follow Confluence's terms;
bindings map them to the names in a document. Times are UTC epoch milliseconds.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

ANONYMOUS = "Anonymous"
"""The account of anonymous visitors, as in the vendor's USER_ID column."""

NEVER = 2**63
"""Beyond all times."""


class Residency(StrEnum):
    """The location of a site's data; each residency has its own host, tokens and world."""

    US = "us"
    DE = "de"


class ContentType(StrEnum):
    """The three types of content whose views Viewtracker counts."""

    PAGE = "page"
    BLOG_POST = "blogpost"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Space:
    """A Confluence space."""

    key: str
    """Letters and digits, up to 255; personal spaces start with `~`."""
    name: str
    personal: bool = False
    formerly: str | None = None
    """The key before the space was renamed; it is no longer valid."""


@dataclass(frozen=True, slots=True)
class Content:
    """A page, blog post or attachment."""

    id: int
    """Positive; often larger than 32 bits."""
    type: ContentType
    title: str
    space_key: str
    created: int
    parent_id: int | None = None
    """The parent of an attachment or child page."""
    trashed: int | None = None
    """The time from which its visits are hidden."""
    deleted: int | None = None
    """The time from which it and its visits no longer exist."""

    @property
    def end(self) -> int:
        """The time from which it is trashed or deleted; `NEVER` if it is not."""
        ends = [end for end in (self.trashed, self.deleted) if end is not None]
        return min(ends, default=NEVER)


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can log in."""

    id: str
    """An Atlassian account id in one of its three formats."""
    name: str
    is_protected: bool = False
    """Whether visits are recorded without the account."""


class Visit(NamedTuple):
    """A view of a content. Sorts by time, content, account."""

    time: int
    content_id: int
    account: str | None
    """An account id, `ANONYMOUS`, or None for a protected viewer."""


class Search(NamedTuple):
    """A search, unsuccessful without results. Sorts by time, term, account."""

    time: int
    term: str
    account: str | None
    number_of_results: int
