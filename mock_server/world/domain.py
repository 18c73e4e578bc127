"""What Viewtracker knows about: spaces, contents, accounts, visits and searches.

Plain values without behaviour towards documents, storage or HTTP. Field names follow Confluence's
words; how a document spells them is the business of bindings. Times are UTC epoch milliseconds.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

ANONYMOUS = "Anonymous"
"""The account of a visitor who is not logged in, as the vendor's USER_ID column spells it."""


class Residency(StrEnum):
    """Where a site's data lives; each has its own host, tokens and world."""

    US = "us"
    DE = "de"


class ContentType(StrEnum):
    """The three kinds of content that Viewtracker counts views of."""

    PAGE = "page"
    BLOG_POST = "blogpost"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Space:
    """A Confluence space."""

    key: str
    """Letters and digits, up to 255; personal spaces begin with `~`."""
    name: str
    personal: bool = False
    formerly: str | None = None
    """The key before the space was renamed; nothing answers to it any more."""


@dataclass(frozen=True, slots=True)
class Content:
    """A page, blog post or attachment."""

    id: int
    """Positive; commonly beyond 32 bits."""
    type: ContentType
    title: str
    space_key: str
    created: int
    parent_id: int | None = None
    """The content that an attachment or child page hangs on."""
    trashed: int | None = None
    """From when on its visits are hidden."""
    deleted: int | None = None
    """From when on it, and its visits, are gone."""


def is_there(content: Content, moment: int) -> bool:
    """Say whether a content exists, and not in the trash, at a moment."""
    ends = [end for end in (content.trashed, content.deleted) if end is not None]
    return content.created <= moment and all(moment < end for end in ends)


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can log in."""

    id: str
    """An Atlassian account id in one of its three forms."""
    name: str
    is_protected: bool = False
    """Whether visits are recorded without the account."""


class Visit(NamedTuple):
    """One view of one content. Sorts by time, then content, then account."""

    time: int
    content_id: int
    account: str | None
    """An account id, `ANONYMOUS`, or None where the viewer is protected."""


class Search(NamedTuple):
    """One search. Sorts by time, then term, then account."""

    time: int
    term: str
    account: str | None
    """An account id, `ANONYMOUS`, or None where the viewer is protected."""
    number_of_results: int
    """What Confluence's search returned; 0 is an unsuccessful search."""
