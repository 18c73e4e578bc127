"""Generate the contents of a site, with lifetime and popularity."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, count
from types import MappingProxyType
from zoneinfo import ZoneInfo

from mock_server.clock import DAY, SECOND, start_of
from mock_server.world.chance import Draw, choose, draw_for, whole
from mock_server.world.domain import Content, ContentType
from mock_server.world.file import Item
from mock_server.world.people import Origin, Place
from mock_server.world.words import Vocabulary, fill, words_of

_OLDEST, _YOUNGEST = 700, 20
"""Maximum age in days of the contents that exist at the installation."""
_POSTS = 0.75
"""Share of blog posts among new contents; the rest are pages."""
_TRIES = 20
_WORK_STARTS, _WORK_ENDS = 9 * 60, 17 * 60
_WORKING_WEEK = 5
_LAST_DAY = date.max.toordinal() - 2
"""A margin for time zones."""
_FIRST_ID, _IDS_FROM = 10_000_000_000, 40_000_000_000
_ID_STEP = 98_304


@dataclass(eq=False, slots=True)
class _Draft:
    """A content without an id."""

    created: int
    type: ContentType
    title: str
    place: int
    """Index of its space among the generated ones."""
    parent: "_Draft | None" = None
    novelty: float = 0.0
    popularity: float = 0.0
    id: int = 0


@dataclass(frozen=True, slots=True)
class ContentGenerator:
    """Generates the contents of a site."""

    origin: Origin
    installed: date
    zone: ZoneInfo
    vocabulary: Vocabulary
    places: Sequence[Place]

    def items(self, horizon: date, taken: set[int]) -> list[Item]:
        """Generate all contents up to a day, with ids that are not taken."""
        old: list[_Draft] = []
        new: list[_Draft] = []
        for number in range(len(self.places)):
            initial = self._initial(number)
            old += initial
            new += self._posts(number, initial, horizon)
        for drafts in (old, new):
            drafts.sort(key=lambda draft: (draft.created, draft.place))
        self._set_ids([*old, *new], taken)
        self._set_popularity(old)
        return [
            Item(
                Content(
                    draft.id,
                    draft.type,
                    draft.title,
                    self.places[draft.place].space.key,
                    draft.created,
                    parent_id=None if draft.parent is None else draft.parent.id,
                ),
                draft.popularity,
                draft.novelty,
            )
            for draft in (*old, *new)
        ]

    def _initial(self, number: int) -> list[_Draft]:
        """Generate the contents of a space before the installation, oldest first."""
        draw = draw_for(*self.origin, "standing", number)
        (space, section), words = self.places[number], self.vocabulary
        # a personal space's name comes from Faker, and titles must not
        home = words.home_title.replace("{space}", space.name)
        home = words.personal_home_title if space.personal else home
        options = words.personal_titles if space.personal else words.page_titles
        titles = {home}
        ages = [timedelta(days=whole(_YOUNGEST, _OLDEST, draw)) for _ in range(section.pages)]
        pages: list[_Draft] = []
        for created in sorted(self._at_work(self.installed - age, draw) for age in ages):
            title = self._unused(options, draw, titles) if pages else home
            parent = choose(pages, draw) if pages else None
            pages.append(_Draft(created, ContentType.PAGE, title, number, parent))
        attachments = []
        for _ in range(section.attachments):
            page = choose(pages, draw)
            name = self._unused(words.attachment_names, draw, titles).replace(" ", "-").lower()
            created = page.created + whole(60, 3600, draw) * SECOND
            attachments.append(_Draft(created, ContentType.ATTACHMENT, name, number, page))
        return pages + attachments

    def _posts(self, number: int, initial: Sequence[_Draft], horizon: date) -> Iterator[_Draft]:
        """Generate the contents of a space from the installation to `horizon`, oldest first."""
        every, words = self.places[number].section.post_every, self.vocabulary
        titles = {draft.title for draft in initial}
        for turn in count() if every else ():
            draw = draw_for(*self.origin, "post", number, turn)
            ordinal = self._working_day(turn * every + int(draw() * every))
            if ordinal > min(_LAST_DAY, horizon.toordinal()):
                return
            day = date.fromordinal(ordinal)
            created = self._at_work(day, draw)
            novelty = 0.6 + 0.8 * draw()
            is_post = draw() < _POSTS
            options = words.blog_post_titles if is_post else words.page_titles
            title = self._unused(options, draw, titles, day)
            kind = ContentType.BLOG_POST if is_post else ContentType.PAGE
            parent = None if is_post else initial[0]
            yield _Draft(created, kind, title, number, parent, novelty)

    def _unused(
        self, options: Sequence[str], draw: Draw, titles: set[str], day: date | None = None
    ) -> str:
        """Generate a title that is unique in the space; the fallback appends a number."""
        title = ""
        for _ in range(_TRIES):
            title = fill(choose(options, draw), self.vocabulary, draw, day)
            if title not in titles:
                break
        base, number = title, 1
        while title in titles:
            number += 1
            title = f"{base} {number}"
        titles.add(title)
        return title

    def _working_day(self, number: int) -> int:
        """Return the ordinal of a working day, counted from the first Monday."""
        weeks, weekday = divmod(number, _WORKING_WEEK)
        return self.installed.toordinal() + -self.installed.weekday() % 7 + 7 * weeks + weekday

    def _at_work(self, day: date, draw: Draw) -> int:
        minute = whole(_WORK_STARTS, _WORK_ENDS, draw)
        local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=self.zone)
        since = local - datetime.fromtimestamp(0, UTC)
        return since // timedelta(milliseconds=1) + int(draw() * 60 * SECOND)

    def _set_ids(self, drafts: Sequence[_Draft], taken: set[int]) -> None:
        """Assign ids that increase with time, like Confluence's."""
        base = _FIRST_ID + int(draw_for(*self.origin, "ids")() * _IDS_FROM)
        for place, draft in enumerate(drafts):
            step = int(draw_for(*self.origin, "id", place)() * _ID_STEP)
            draft.id = base + place * _ID_STEP + step
            while draft.id in taken:
                draft.id += 1
            taken.add(draft.id)

    def _set_popularity(self, drafts: Sequence[_Draft]) -> None:
        """Rank home pages first, then other pages, then attachments and personal pages."""
        draw = draw_for(*self.origin, "ranks")
        ranked = []
        for place, draft in enumerate(drafts):
            group = 0 if draft.parent is None else 1
            if self.places[draft.place].space.personal or draft.type is ContentType.ATTACHMENT:
                group = 2
            ranked.append((group, draw(), place))
        for rank, (_, _, place) in enumerate(sorted(ranked), 1):
            drafts[place].popularity = 1 / rank


_TAIL = 0.03
"""Share of the novelty after the first weeks; half of it remains a year later."""
_YEAR = 365
_NOVELTY = [1.0]
"""The remaining share of novelty by age in days."""
while _NOVELTY[-1] > _TAIL / 2:
    _NOVELTY.append(_NOVELTY[-1] * 0.78)


class Catalogue:
    """All contents created up to a horizon, the last complete day."""

    def __init__(self, items: Iterable[Item], horizon: date) -> None:
        self.horizon = horizon
        self._items = sorted(items, key=lambda item: (item.content.created, item.content.id))
        self._contents = [item.content for item in self._items]
        self._created = [content.created for content in self._contents]
        self._ends = [content.end for content in self._contents]
        self._by_id = {content.id: content for content in self._contents}
        self._until: dict[int, Mapping[int, Content]] = {}
        self._weights: tuple[date | None, list[float]] = (None, [])
        self._places: dict[str, list[int]] = {}
        for place, content in enumerate(self._contents):
            for word in set(words_of(content.title)):
                self._places.setdefault(word, []).append(place)

    def content(self, content_id: int) -> Content:
        """Return a content by id."""
        return self._by_id[content_id]

    def contents(self, until: int) -> Mapping[int, Content]:
        """Return the contents created at or before a time, by id, oldest first."""
        count = bisect_right(self._created, until)
        known = self._until.get(count)
        if known is None:
            known = MappingProxyType({one.id: one for one in self._contents[:count]})
            self._until = {count: known}  # usually requested again
        return known

    def weighted(self, day: date) -> tuple[list[float], Sequence[Content], list[int], list[int]]:
        """Return the cumulative weights of a day, with each content, its start and its end."""
        known, weights = self._weights
        if known != day:
            start = start_of(day)
            count = bisect_right(self._created, start + DAY - 1)
            lives = zip(self._items[:count], self._created, self._ends, strict=False)
            weights = list(
                accumulate(
                    _weight(item, start // DAY - created // DAY) if end > start else 0.0
                    for item, created, end in lives
                )
            )
            self._weights = day, weights  # used for a day's visits and searches
        return weights, self._contents, self._created, self._ends

    def results(self, term: str, moment: int) -> int:
        """Return the number of titles at a time that contain all words of a term."""
        places = [set(self._places.get(word, ())) for word in words_of(term)]
        found = set.intersection(*places) if places else ()
        return sum(self._created[place] <= moment < self._ends[place] for place in found)


def _weight(item: Item, age: int) -> float:
    if not item.novelty:
        return item.popularity
    left = _TAIL * _YEAR / (_YEAR + age)
    if age < len(_NOVELTY):
        left += _NOVELTY[age]
    return item.popularity + item.novelty * left
