"""All contents of a site up to a day: what there is, how much it is read, what search finds.

A catalogue that goes further begins with the same contents: ids and titles never change.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from types import MappingProxyType

from mock_server.clock import DAY, start_of
from mock_server.domain import Content, ContentType
from mock_server.world.cast import Origin, Place
from mock_server.world.chance import cumulate, draw_for
from mock_server.world.drafts import Desk, Draft
from mock_server.world.wording import words_of
from mock_server.world.worldfile import Item

_FIRST_ID, _IDS_FROM = 10_000_000_000, 40_000_000_000
_ID_STEP = 98_304
_FOREVER = 2**63
_TAIL = 0.03
"""How much is read of what is no longer new, at first; half of it a year later."""
_YEAR = 365


def _decay() -> tuple[float, ...]:
    """Give what is left of novelty after so many days; nothing after two weeks or so."""
    left = [1.0]
    while left[-1] > _TAIL / 2:
        left.append(left[-1] * 0.78)
    return tuple(left)


_NOVELTY = _decay()


class Catalogue:
    """The contents created up to a horizon, oldest first.

    Args:
        items: What is written out and what is made up.
        horizon: The last day whose new contents are all among them.
    """

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
        self._places: dict[str, list[int]] = {}
        for place, content in enumerate(self._contents):
            for word in set(words_of(content.title)):
                self._places.setdefault(word, []).append(place)

    def content(self, content_id: int) -> Content:
        """Give a content by its id."""
        return self._by_id[content_id]

    def contents(self, until: int) -> Mapping[int, Content]:
        """Give the contents created at or before a moment, by id, oldest first."""
        count = bisect_right(self._created, until)
        known = self._until.get(count)
        if known is None:
            created = self._contents[:count]
            known = MappingProxyType({content.id: content for content in created})
            self._until = {count: known}  # the last answer is what is asked for next
        return known

    def shelf(self, day: date) -> tuple[list[float], Sequence[Content], list[int], list[int]]:
        """Give what may be read on a day.

        Returns:
            Weights added up, and for each the content, its first moment and its end.
        """
        start = start_of(day)
        today = start // DAY
        count = bisect_right(self._created, start + DAY - 1)
        weights = [
            _weight(item, today - created) if end > start else 0.0
            for item, created, end in zip(
                self._items[:count], self._days[:count], self._ends[:count], strict=True
            )
        ]
        return cumulate(weights), self._contents, self._created, self._ends

    def results(self, term: str, moment: int) -> int:
        """Count the titles at a moment that have all words of a term."""
        lists = [self._places.get(word, []) for word in words_of(term)]
        if not lists:
            return 0
        places = set(lists[0]).intersection(*lists[1:])
        return sum(self._created[one] <= moment < self._ends[one] for one in places)


def _weight(item: Item, age: int) -> float:
    if not item.novelty:
        return item.popularity
    left = _TAIL * _YEAR / (_YEAR + age)
    if age < len(_NOVELTY):
        left += _NOVELTY[age]
    return item.popularity + item.novelty * left


def build_catalogue(
    written: Sequence[Item], desk: Desk, places: Sequence[Place], horizon: date
) -> Catalogue:
    """Make the contents of a site up to a horizon, and put the written ones among them."""
    standing = [desk.standing(number, place) for number, place in enumerate(places)]
    posts = [
        desk.posts(number, place, standing[number], horizon) for number, place in enumerate(places)
    ]
    old, new = _in_order(chain(*standing)), _in_order(chain(*posts))
    taken = {item.content.id for item in written}
    _number([*old, *new], desk.origin, taken)
    ranks = _rank(old, places, desk.origin)
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
    """Give ids that grow with time, as Confluence's do."""
    base = _FIRST_ID + int(draw_for(*origin, "ids")() * _IDS_FROM)
    for place, draft in enumerate(drafts):
        draft.id = base + place * _ID_STEP + int(draw_for(*origin, "id", place)() * _ID_STEP)
        while draft.id in taken:
            draft.id += 1
        taken.add(draft.id)


def _rank(drafts: Sequence[Draft], places: Sequence[Place], origin: Origin) -> dict[Draft, int]:
    """Rank what stands: home pages, then other pages, then attached files and personal pages."""
    draw = draw_for(*origin, "ranks")

    def group(draft: Draft) -> int:
        if places[draft.place].space.personal or draft.type is ContentType.ATTACHMENT:
            return 2
        return 0 if draft.parent is None else 1

    order = sorted((group(draft), draw(), place) for place, draft in enumerate(drafts))
    return {drafts[place]: rank for rank, (_, _, place) in enumerate(order, 1)}
