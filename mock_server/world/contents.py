"""Generate the contents of a site, with lifetime and popularity."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from types import MappingProxyType
from zoneinfo import ZoneInfo

from mock_server.clock import DAY, SECOND, start_of
from mock_server.world import words as wording
from mock_server.world.chance import Draw, choose, cumulate, draw_for, whole
from mock_server.world.domain import Content, ContentType
from mock_server.world.file import Item
from mock_server.world.people import Origin, Place
from mock_server.world.words import Vocabulary, words_of

_OLDEST, _YOUNGEST = 700, 20
"""Maximum age in days of the contents that exist at the installation."""

_POSTS = 0.75
"""Share of blog posts among new contents; the rest are pages."""

_TRIES = 20
_WORK_STARTS, _WORK_ENDS = 9 * 60, 17 * 60
_WORKING_WEEK = 5
_LAST_DAY = date.max.toordinal() - 2
"""A margin for time zones."""


@dataclass(eq=False, slots=True)
class Draft:
    """A content without an id."""

    created: int
    type: ContentType
    title: str
    place: int
    """Index of its space among the generated ones."""
    parent: "Draft | None" = None
    novelty: float = 0.0
    id: int = 0


@dataclass(frozen=True, slots=True)
class ContentGenerator:
    """Generates the contents of a site."""

    origin: Origin
    installed: date
    zone: ZoneInfo
    vocabulary: Vocabulary

    def initial(self, number: int, place: Place) -> list[Draft]:
        """Generate the contents of a space before the installation, oldest first."""
        draw = draw_for(*self.origin, "standing", number)
        titles: set[str] = set()
        pages: list[Draft] = []
        for created in self._past(place.section.pages, draw):
            title = self._page_title(place, draw, titles, is_home=not pages)
            parent = choose(pages, draw) if pages else None
            pages.append(Draft(created, ContentType.PAGE, title, number, parent))
        return pages + [self._attach(pages, draw, titles) for _ in range(place.section.attachments)]

    def posts(
        self, number: int, place: Place, initial: Sequence[Draft], horizon: date
    ) -> Iterator[Draft]:
        """Generate the contents of a space from the installation to `horizon`, oldest first."""
        every = place.section.post_every
        titles = {draft.title for draft in initial}
        turn = 0
        while every:
            draw = draw_for(*self.origin, "post", number, turn)
            day = self._working_day(turn * every + int(draw() * every))
            if day is None or day > horizon:
                return
            yield self._post(number, initial[0], day, draw, titles)
            turn += 1

    def _past(self, count: int, draw: Draw) -> list[int]:
        ages = [timedelta(days=whole(_YOUNGEST, _OLDEST, draw)) for _ in range(count)]
        return sorted(self._at_work(self.installed - age, draw) for age in ages)

    def _page_title(self, place: Place, draw: Draw, titles: set[str], *, is_home: bool) -> str:
        words = self.vocabulary
        personal = place.space.personal
        if not is_home:
            return self._unused(
                words.personal_titles if personal else words.page_titles, draw, titles
            )
        title = words.personal_home_title
        if not personal:  # a personal space's name comes from Faker, and titles must not
            title = words.home_title.replace("{space}", place.space.name)
        titles.add(title)
        return title

    def _attach(self, pages: Sequence[Draft], draw: Draw, titles: set[str]) -> Draft:
        page = choose(pages, draw)
        title = self._unused(self.vocabulary.attachment_names, draw, titles)
        created = page.created + whole(60, 3600, draw) * SECOND
        name = wording.to_file_name(title)
        return Draft(created, ContentType.ATTACHMENT, name, page.place, page)

    def _post(self, number: int, home: Draft, day: date, draw: Draw, titles: set[str]) -> Draft:
        created = self._at_work(day, draw)
        novelty = 0.6 + 0.8 * draw()
        if draw() < _POSTS:
            title = self._unused(self.vocabulary.blog_post_titles, draw, titles, day)
            return Draft(created, ContentType.BLOG_POST, title, number, None, novelty)
        title = self._unused(self.vocabulary.page_titles, draw, titles, day)
        return Draft(created, ContentType.PAGE, title, number, home, novelty)

    def _unused(
        self, options: Sequence[str], draw: Draw, titles: set[str], day: date | None = None
    ) -> str:
        """Generate a title that is unique in the space; the fallback appends a number."""
        title = ""
        for _ in range(_TRIES):
            title = wording.fill(choose(options, draw), self.vocabulary, draw, day)
            if title not in titles:
                break
        base, number = title, 1
        while title in titles:
            number += 1
            title = f"{base} {number}"
        titles.add(title)
        return title

    def _working_day(self, number: int) -> date | None:
        weeks, weekday = divmod(number, _WORKING_WEEK)
        monday = self.installed.toordinal() + -self.installed.weekday() % 7
        ordinal = monday + 7 * weeks + weekday
        return date.fromordinal(ordinal) if ordinal <= _LAST_DAY else None

    def _at_work(self, day: date, draw: Draw) -> int:
        minute = whole(_WORK_STARTS, _WORK_ENDS, draw)
        local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=self.zone)
        since = local - datetime.fromtimestamp(0, UTC)
        return since // timedelta(milliseconds=1) + int(draw() * 60 * SECOND)


_FIRST_ID, _IDS_FROM = 10_000_000_000, 40_000_000_000
_ID_STEP = 98_304
_FOREVER = 2**63
_TAIL = 0.03
"""Share of the novelty after the first weeks; half of it remains a year later."""
_YEAR = 365


def _decay() -> tuple[float, ...]:
    """Return the remaining share of novelty by age in days."""
    left = [1.0]
    while left[-1] > _TAIL / 2:
        left.append(left[-1] * 0.78)
    return tuple(left)


_NOVELTY = _decay()


class Catalogue:
    """All contents created up to a horizon, the last complete day."""

    def __init__(self, items: Iterable[Item], horizon: date) -> None:
        self.horizon = horizon
        self._items = sorted(items, key=lambda item: (item.content.created, item.content.id))
        self._contents = [item.content for item in self._items]
        self._created = [content.created for content in self._contents]
        self._ends = [
            min(end for end in (content.trashed, content.deleted, _FOREVER) if end is not None)
            for content in self._contents
        ]
        self._days = [created // DAY for created in self._created]
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
            created = self._contents[:count]
            known = MappingProxyType({content.id: content for content in created})
            self._until = {count: known}  # usually requested again
        return known

    def weighted(self, day: date) -> tuple[list[float], Sequence[Content], list[int], list[int]]:
        """Return the cumulative weights of a day, with each content, its start and its end."""
        known, weights = self._weights
        if known != day:
            weights = cumulate(self._weigh(day))
            self._weights = day, weights  # used for a day's visits and searches
        return weights, self._contents, self._created, self._ends

    def _weigh(self, day: date) -> list[float]:
        start = start_of(day)
        today = start // DAY
        count = bisect_right(self._created, start + DAY - 1)
        return [
            _weight(item, today - created) if end > start else 0.0
            for item, created, end in zip(
                self._items[:count], self._days[:count], self._ends[:count], strict=True
            )
        ]

    def results(self, term: str, moment: int) -> int:
        """Return the number of titles at a time that contain all words of a term."""
        lists = [self._places.get(word, []) for word in words_of(term)]
        if not lists:
            return 0
        places = set(lists[0]).intersection(*lists[1:])
        return sum(self._created[place] <= moment < self._ends[place] for place in places)


def _weight(item: Item, age: int) -> float:
    if not item.novelty:
        return item.popularity
    left = _TAIL * _YEAR / (_YEAR + age)
    if age < len(_NOVELTY):
        left += _NOVELTY[age]
    return item.popularity + item.novelty * left


def build_catalogue(
    written: Sequence[Item], generator: ContentGenerator, places: Sequence[Place], horizon: date
) -> Catalogue:
    """Generate the contents of a site up to a horizon, and add those in the world file."""
    initial = [generator.initial(number, place) for number, place in enumerate(places)]
    posts = [
        generator.posts(number, place, initial[number], horizon)
        for number, place in enumerate(places)
    ]
    old, new = _in_order(chain(*initial)), _in_order(chain(*posts))
    taken = {item.content.id for item in written}
    _number([*old, *new], generator.origin, taken)
    ranks = _rank(old, places, generator.origin)
    made_up = [
        Item(
            Content(
                id=draft.id,
                type=draft.type,
                title=draft.title,
                space_key=places[draft.place].space.key,
                created=draft.created,
                parent_id=draft.parent.id if draft.parent is not None else None,
            ),
            popularity=1 / ranks[draft] if draft in ranks else 0.0,
            novelty=draft.novelty,
        )
        for draft in (*old, *new)
    ]
    return Catalogue((*written, *made_up), horizon)


def _in_order(drafts: Iterable[Draft]) -> list[Draft]:
    return sorted(drafts, key=lambda draft: (draft.created, draft.place))


def _number(drafts: Sequence[Draft], origin: Origin, taken: set[int]) -> None:
    """Assign ids that increase with time, like Confluence's."""
    base = _FIRST_ID + int(draw_for(*origin, "ids")() * _IDS_FROM)
    for place, draft in enumerate(drafts):
        draft.id = base + place * _ID_STEP + int(draw_for(*origin, "id", place)() * _ID_STEP)
        while draft.id in taken:
            draft.id += 1
        taken.add(draft.id)


def _rank(drafts: Sequence[Draft], places: Sequence[Place], origin: Origin) -> dict[Draft, int]:
    """Rank by popularity: home pages, other pages, then attachments and personal pages."""
    draw = draw_for(*origin, "ranks")

    def group(draft: Draft) -> int:
        if places[draft.place].space.personal or draft.type is ContentType.ATTACHMENT:
            return 2
        return 0 if draft.parent is None else 1

    order = sorted((group(draft), draw(), place) for place, draft in enumerate(drafts))
    return {drafts[place]: rank for rank, (_, _, place) in enumerate(order, 1)}
