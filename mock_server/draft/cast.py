"""Who and what there is on a site: spaces, accounts, and contents as they are created."""

import bisect
import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from faker.factory import Factory

from mock_server.clock import DAY, EPOCH, SECOND
from mock_server.domain import Account, Content, ContentType, Residency, Space
from mock_server.errors import WorldError
from mock_server.draft.chance import chance, pick, whole
from mock_server.draft.provider import ConfluenceProvider, vocabulary
from mock_server.draft.worldfile import WorldFile, to_moment

_HOUR = 3_600 * SECOND
_FIRST_ID, _IDS = 10_000_000_000, 80_000_000_000
_SATURDAY = 5


@dataclass(frozen=True)
class _Draft:
    """A content before it has an id."""

    created: int
    type: ContentType
    title: str
    space_key: str
    parent: int | None
    name: str
    """What its id is drawn from; the same in every process."""


class Cast:
    """The spaces, accounts and contents of one residency's site."""

    def __init__(self, file: WorldFile, seed: int, residency: Residency) -> None:
        self._names = (seed, residency.value, file.name)
        self._generated: Mapping[str, Any] | None = file.content.get("generated")
        self._installed = to_moment(file.content["installed"])
        locale = file.content["sites"][residency.value]["locale"]
        self._words = vocabulary(locale[:2].lower())
        self._faker = Factory.create(_known(locale), providers=["faker.providers.person"])
        self._provider = ConfluenceProvider(self._faker)
        self.spaces = (*_spaces(file, residency), *self._generated_spaces())
        self.accounts = (*_accounts(file, residency), *self._generated_accounts())
        self._known: list[Content] = sorted(
            _contents(file, residency, self.spaces), key=lambda content: content.created
        )
        self._by_id = {content.id: content for content in self._known}
        self._known += self._standing()
        self._known.sort(key=lambda content: (content.created, content.id))
        self._coming = self._series()
        self._next = next(self._coming, None)
        self._times = [content.created for content in self._known]
        self._seen: tuple[int, dict[int, Content]] = (-1, {})

    def contents(self, until: int) -> Mapping[int, Content]:
        """Give the contents created by a moment, by id, in order of creation."""
        while self._next is not None and self._next.created <= until:
            added = self._add(self._next)
            bisect.insort(self._known, added, key=lambda content: content.created)
            bisect.insort(self._times, added.created)
            self._next = next(self._coming, None)
        number = bisect.bisect_right(self._times, until)
        if number != self._seen[0]:
            self._seen = (number, {one.id: one for one in self._known[:number]})
        return self._seen[1]

    def content(self, content_id: int) -> Content:
        """Give a content that was given before."""
        return self._by_id[content_id]

    def _add(self, draft: _Draft) -> Content:
        number = int(chance(*self._names, "id", draft.name).random() * _IDS) + _FIRST_ID
        while number in self._by_id:
            number += 1
        content = Content(
            number, draft.type, draft.title, draft.space_key, draft.created, draft.parent
        )
        self._by_id[number] = content
        return content

    def _seeded(self, *names: object) -> ConfluenceProvider:
        self._faker.random = chance(*self._names, *names)
        return self._provider

    def _generated_spaces(self) -> Iterator[Space]:
        if self._generated is None:
            return
        for entry in self._words["spaces"][: self._generated["team_spaces"]]:
            yield Space(entry["key"], entry["name"])
        for number in range(self._generated["personal_spaces"]):
            provider = self._seeded("personal space", number)
            yield Space(provider.personal_space_key(), self._person(number), personal=True)

    def _generated_accounts(self) -> Iterator[Account]:
        if self._generated is None:
            return
        total = self._generated["accounts"]
        protected = min(total - 1, -(-total * self._generated["protected_share"] // 1))
        for number in range(total):
            account_id = self._seeded("account", number).account_id()
            yield Account(
                account_id, self._person(number), is_protected=number >= total - protected
            )

    def _person(self, number: int) -> str:
        self._faker.random = chance(*self._names, "person", number)
        return str(self._faker.name())

    def _standing(self) -> Iterator[Content]:
        """Give the pages and attachments that were there when Viewtracker was installed."""
        if self._generated is None:
            return
        for space in self.spaces:
            files = 0 if space.personal else self._generated["attachments_per_space"]
            kinds = [ContentType.PAGE] * (
                self._generated["pages_per_space"] // (3 if space.personal else 1) - 1
            )
            pages = [self._add(_Draft(
                self._installed - 900 * DAY, ContentType.PAGE, self._home(space), space.key, None,
                f"standing {space.key} home",
            ))]  # fmt: skip
            yield pages[0]
            for number, kind in enumerate([*kinds, *[ContentType.ATTACHMENT] * files]):
                content = self._add(self._standing_draft(space, kind, number, pages))
                if kind is ContentType.PAGE:
                    pages.append(content)
                yield content

    def _standing_draft(
        self, space: Space, kind: ContentType, number: int, above: list[Content]
    ) -> _Draft:
        provider = self._seeded("title", space.key, number)
        is_page = kind is ContentType.PAGE
        title = provider.page_title() if is_page else provider.attachment_name()
        source = chance(*self._names, "standing", space.key, number)
        parent = pick(source, above)
        created = max(parent.created, self._installed - 800 * DAY)
        created += int(source.random() * (self._installed - 10 * DAY - created))
        return _Draft(created, kind, title, space.key, parent.id, f"standing {space.key} {number}")

    def _home(self, space: Space) -> str:
        return str(self._words["titles"]["home"]).format(space=space.name)

    def _series(self) -> Iterator[_Draft]:
        """Give the contents that are created after the installation, in order, without end."""
        if self._generated is None:
            return iter(())
        teams = [space for space in self.spaces if not space.personal]
        return heapq.merge(
            *(self._series_of(space, number, len(teams)) for number, space in enumerate(teams)),
            key=lambda draft: (draft.created, draft.space_key),
        )

    def _series_of(self, space: Space, position: int, spaces: int) -> Iterator[_Draft]:
        assert self._generated is not None
        every = self._generated["new_content_every_days"]
        for number in count():
            provider = self._seeded("new title", space.key, number)
            is_post = number % 3 != 2  # noqa: PLR2004 -- every third one is a page
            title = provider.blog_post_title() if is_post else provider.page_title()
            source = chance(*self._names, "new", space.key, number)
            day = number * every + position * every // spaces + whole(source, 0, every // 3)
            date = EPOCH + timedelta(days=self._installed // DAY + day)
            on_weekend = max(date.weekday() - _SATURDAY + 1, 0)
            created = self._installed + (day - on_weekend) * DAY + whole(source, 8, 14) * _HOUR
            yield _Draft(
                max(created, self._installed) + whole(source, 0, _HOUR - 1),
                ContentType.BLOG_POST if is_post else ContentType.PAGE,
                title, space.key, None, f"new {space.key} {number}",
            )  # fmt: skip


def _known(locale: str) -> str:
    from faker.config import AVAILABLE_LOCALES  # noqa: PLC0415 -- a list of every locale

    return locale if locale in AVAILABLE_LOCALES else "en_US"


def _spaces(file: WorldFile, residency: Residency) -> Iterator[Space]:
    for entry in file.for_residency("spaces", residency):
        yield Space(entry["key"], entry["name"], entry["personal"], entry.get("formerly"))


def _accounts(file: WorldFile, residency: Residency) -> Iterator[Account]:
    for entry in file.for_residency("accounts", residency):
        yield Account(entry["id"], entry["name"], entry["protected"])


def _contents(
    file: WorldFile, residency: Residency, spaces: tuple[Space, ...]
) -> Iterator[Content]:
    keys = {space.key for space in spaces}
    seen: set[int] = set()
    for entry in file.for_residency("contents", residency):
        if entry["space"] not in keys:
            raise WorldError(
                f"World {file.name}: content {entry['id']} lies in the unknown space "
                f"{entry['space'][:80]!r}."
            )
        if entry["id"] in seen:
            raise WorldError(f"World {file.name}: two contents have the id {entry['id']}.")
        seen.add(entry["id"])
        yield Content(
            id=entry["id"],
            type=ContentType(entry["type"]),
            title=entry["title"],
            space_key=entry["space"],
            created=to_moment(entry["created"]),
            parent_id=entry.get("parent"),
            trashed=to_moment(entry["trashed"]) if "trashed" in entry else None,
            deleted=to_moment(entry["deleted"]) if "deleted" in entry else None,
        )
