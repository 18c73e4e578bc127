"""What is made up to be read: pages, blog posts and attached files, with the time of each.

Standing contents are from before installation. After it, every space that has `post_every` gets a
new post each so many working days, without end: post number n is the same whenever it is asked
for. A draft gets its id when it is filed among the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mock_server.clock import SECOND
from mock_server.domain import ContentType
from mock_server.world import wording
from mock_server.world.cast import Origin, Place
from mock_server.world.chance import Draw, choose, draw_for, whole
from mock_server.world.vocabulary import Vocabulary

_OLDEST, _YOUNGEST = 700, 20
"""Age in days of what stands when Viewtracker is installed."""

_POSTS = 0.75
"""Share of blog posts among new contents; the others are pages."""

_TRIES = 20
_WORK_STARTS, _WORK_ENDS = 9 * 60, 17 * 60
_WORKING_WEEK = 5
_LAST_DAY = date.max.toordinal() - 2
"""Leaves room for time zones."""


@dataclass(eq=False, slots=True)
class Draft:
    """A content without an id."""

    created: int
    type: ContentType
    title: str
    place: int
    """Number of its space among the made-up ones."""
    parent: "Draft | None" = None
    novelty: float = 0.0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """Where drafts are made: what they all depend on."""

    origin: Origin
    installed: date
    zone: ZoneInfo
    vocabulary: Vocabulary

    def standing(self, number: int, place: Place) -> list[Draft]:
        """Make the contents of a space that are older than the installation, oldest first."""
        draw = draw_for(*self.origin, "standing", number)
        titles: set[str] = set()
        pages: list[Draft] = []
        for created in self._past(place.section.pages, draw):
            title = self._page_title(place, draw, titles, is_home=not pages)
            parent = choose(pages, draw) if pages else None
            pages.append(Draft(created, ContentType.PAGE, title, number, parent))
        return pages + [self._attach(pages, draw, titles) for _ in range(place.section.attachments)]

    def posts(
        self, number: int, place: Place, standing: Sequence[Draft], horizon: date
    ) -> Iterator[Draft]:
        """Make the contents that a space gets from installation to `horizon`, oldest first."""
        every = place.section.post_every
        titles = {draft.title for draft in standing}
        turn = 0
        while every:
            draw = draw_for(*self.origin, "post", number, turn)
            day = self._working_day(turn * every + int(draw() * every))
            if day is None or day > horizon:
                return
            yield self._post(number, standing[0], day, draw, titles)
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
        """Make a title that the space does not have yet; the last resort is a number."""
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
