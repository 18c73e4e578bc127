"""One residency's site: its world, rows and tokens, and the reports on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any

from sqlalchemy import Engine

from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.clock import DAY, Clock
from mock_server.data.contents import Changes, no_content
from mock_server.data.database import TABLES, Owner, Revisions, open_database
from mock_server.data.fields import (
    Facts,
    content_facts,
    content_total_facts,
    day_facts,
    paging_facts,
    search_facts,
    term_facts,
    viewer_facts,
    visit_facts,
)
from mock_server.data.queries import Page, Reports, Selection
from mock_server.data.query import Question
from mock_server.data.rows import Store
from mock_server.data.tokens import TokenState, TokenStore
from mock_server.errors import NotFoundError, did_you_mean
from mock_server.settings import Settings
from mock_server.world.domain import Content, ContentType, Residency, Space
from mock_server.world.file import read_world
from mock_server.world.world import World

SUMMED = (Field.VIEWS, Field.VIEWERS, Field.FIRST_TIME, Field.LAST_TIME)
"""What a report says of all selected rows together, if it is wanted."""


@dataclass(frozen=True)
class Report:
    """What a site answers: rows, and what holds for all of them."""

    rows: Sequence[Facts]
    facts: Facts
    notes: tuple[str, ...] = ()

    def repeated(self, size: int | None) -> "Report":
        """Give a report with its rows said again until there are so many, as one whole page.

        Args:
            size: How many; None changes nothing, and nothing comes of no rows.
        """
        if size is None or not self.rows or len(self.rows) >= size:
            return self
        rows = list(islice(cycle(self.rows), size))
        return replace(self, rows=rows, facts={**self.facts, Field.SIZE: size, Field.TOTAL: size})


class Site:
    """One residency's Confluence site, as Viewtracker sees it."""

    def __init__(
        self, residency: Residency, world: World, engine: Engine, clock: Clock, *, seed: int
    ) -> None:
        tables = TABLES[residency]
        self.residency = residency
        self.world = world
        self.clock = clock
        self.seed = seed
        self.tokens = TokenStore(engine, tables.tokens, clock, prefix=f"vt_{residency.value}_")
        self._engine = engine
        self._spaces = {space.key: space for space in world.spaces}
        self._accounts = {account.id: account for account in world.accounts}
        self.revisions = Revisions(engine)
        self.store = Store(engine, tables, world, world.content)
        self.changes = Changes(world, self.store, clock)
        self._visits = Reports(self.store, clock, tables.visits, installed=world.installed)
        self._searches = Reports(self.store, clock, tables.searches, installed=world.installed)

    @property
    def demo_token(self) -> str | None:
        """The well-known token, if it opens this site now."""
        token = demo_token_of(self.residency)
        return token if self.opens(token) else None

    def opens(self, token: str) -> bool:
        """Say whether a token opens this site, without using it."""
        return self.tokens.verify(token, is_use=False) is TokenState.ACTIVE

    def close(self) -> None:
        """Give back the database."""
        self.revisions.close()
        self._engine.dispose()

    def reset(self) -> None:
        """Forget all tokens, and undo every change."""
        self.tokens.reset()
        self.changes.reset()

    def example_content(self) -> Content:
        """Give a content that documentation can name: one with visits, or one that could be there."""
        contents = self.changes.contents(self.clock.now())
        selection = Selection(0, self.clock.now(), hidden=self._hidden(contents))
        recent = Selection(
            self.clock.now() - 7 * DAY,
            self.clock.now(),
            hidden=selection.hidden,
        )
        busiest = self._visits.per_content(recent)
        if busiest:
            return contents[busiest[0].content_id]
        shown = (content for key, content in contents.items() if key not in selection.hidden)
        space = next(iter(self._spaces), "NONE")
        return next(shown, Content(1, ContentType.PAGE, "", space, 0))

    def report(self, question: Question, *, with_sums: bool = True) -> Report:
        """Answer a question; sums only if they are wanted.

        Raises:
            NotFoundError: If it names a content or space that the site does not have now, or
                another site.
        """
        url = question.site_url
        if url is not None and not self.world.is_at(url):
            raise NotFoundError(f"The site here is {self.world.site_url}, not {url[:255]!r}.")
        now = self.clock.now()
        contents = self.changes.contents(now)
        hidden = self._hidden(contents)
        facts: Facts = {}
        notes: list[str] = []
        if question.space_key is not None:
            space = self._space(question.space_key)
            facts |= {Field.SPACE_KEY: space.key, Field.SPACE_NAME: space.name}
        if question.content_id is not None:
            content = self._content(question.content_id, question.space_key)
            facts |= content_facts(content, self._spaces)
            if content.id in hidden:
                notes.append("the content is in the trash, so its visits are hidden")
        selection = _selection(question, hidden)
        reports = self._searches if question.subject is Subject.SEARCHES else self._visits
        rows, total = self._answer(question, selection, reports, contents)
        if question.grouping is not Grouping.ROWS:  # totals may repeat what they are about
            rows = [facts | row for row in rows]
        if with_sums:
            sums = reports.sums(selection)
            facts |= dict(zip(SUMMED, astuple(sums), strict=True))
        facts |= paging_facts(question, len(rows), total)
        facts |= {Field.RANGE_START: question.start, Field.RANGE_END: question.end - 1}
        facts |= {Field.TIMESTAMP: now, Field.IS_SUCCESSFUL: True}
        return Report(rows, facts, tuple(notes))

    def visits_per_hour(self, question: Question) -> Mapping[tuple[int, int], int]:
        """Count the visits asked for by weekday, 0 for Monday, and hour, in UTC."""
        hidden = self._hidden(self.changes.contents(self.clock.now()))
        return self._visits.per_hour(_selection(question, hidden))

    def _answer(
        self,
        question: Question,
        selection: Selection,
        reports: Reports,
        contents: Mapping[int, Content],
    ) -> tuple[list[Facts], int]:
        """Give the rows of the page asked for, and how many there are on all pages."""
        if question.grouping is Grouping.ROWS:
            page = Page(question.offset, question.limit, question.descending)
            if reports is self._searches:
                found = [
                    search_facts(search, self._accounts)
                    for search in reports.searches(selection, page)
                ]
            else:
                found = [
                    visit_facts(visit, contents[visit.content_id], self._spaces, self._accounts)
                    for visit in reports.visits(selection, page)
                ]
            return found, reports.count(selection)
        totals = self._totals(question.grouping, selection, reports, contents)
        if question.descending:
            totals.reverse()
        end = None if question.limit is None else question.offset + question.limit
        return totals[question.offset : end], len(totals)

    def _totals(
        self,
        grouping: Grouping,
        selection: Selection,
        reports: Reports,
        contents: Mapping[int, Content],
    ) -> list[Facts]:
        if grouping is Grouping.VIEWERS:
            return [viewer_facts(one, self._accounts) for one in reports.per_viewer(selection)]
        if grouping is Grouping.CONTENTS:
            return [
                content_total_facts(one, contents[one.content_id], self._spaces)
                for one in reports.per_content(selection)
            ]
        if grouping is Grouping.TERMS:
            return [term_facts(one) for one in reports.per_term(selection)]
        if grouping is Grouping.DAYS:
            return [day_facts(one) for one in reports.per_day(selection)]
        return []

    def _hidden(self, contents: Mapping[int, Content]) -> frozenset[int]:
        now = self.clock.now()
        return frozenset(
            content.id
            for content in contents.values()
            if (content.trashed is not None and content.trashed <= now)
            or (content.deleted is not None and content.deleted <= now)
        )

    def _space(self, key: str) -> Space:
        space = self._spaces.get(key)
        if space is not None:
            return space
        renamed = next((one for one in self._spaces.values() if one.formerly == key), None)
        if renamed is not None:
            raise NotFoundError(f"The space {key[:255]!r} is called {renamed.key!r} now.")
        raise NotFoundError(
            f"There is no space {key[:255]!r}.{did_you_mean(key[:255], self._spaces)}"
        )

    def _content(self, content_id: int, space_key: str | None) -> Content:
        content = self.changes.content(content_id)
        if space_key not in {None, content.space_key}:
            raise no_content(content_id, {})
        return content


def _selection(question: Question, hidden: frozenset[int]) -> Selection:
    return Selection(
        question.start,
        question.end,
        content_id=question.content_id,
        space_key=question.space_key,
        content_types=question.content_types,
        account=question.account,
        term=question.term,
        number_of_results=question.number_of_results,
        hidden=hidden,
    )


def demo_token_of(residency: Residency) -> str:
    """Give the well-known token of a residency."""
    return f"demo-token-{residency.value}"


def build_worlds(settings: Settings) -> dict[Residency, World]:
    """Make each residency's world, without a database."""
    file = read_world(settings.world)
    return {
        residency: World(file, seed=settings.seed, residency=residency) for residency in Residency
    }


def open_sites(settings: Settings, clock: Clock) -> dict[Residency, Site]:
    """Open every residency's site.

    Raises:
        WorldError: If the world file cannot be used.
        StorageError: If the database cannot be used.
    """
    worlds = build_worlds(settings)
    owners = [Owner(one, settings.seed, world.digest) for one, world in worlds.items()]
    engine = open_database(settings.database, owners)
    sites = {
        residency: Site(residency, world, engine, clock, seed=settings.seed)
        for residency, world in worlds.items()
    }
    _install_demo_tokens(sites, settings)
    return sites


def reset_sites(sites: Mapping[Residency, Site], settings: Settings) -> None:
    """Bring rows and tokens to where `open_sites` has them in a new database."""
    for site in sites.values():
        site.reset()
    _install_demo_tokens(sites, settings)


def _install_demo_tokens(sites: Mapping[Residency, Site], settings: Settings) -> None:
    for residency, site in sites.items():
        site.tokens.install_demo(demo_token_of(residency), wanted=settings.demo_token)


def rows_between(
    world: World, rows: str, first: date, last: date, now: int
) -> Iterator[dict[str, Any]]:
    """Give a world's visits or searches of some days up to now, with the names a person knows."""
    contents = world.contents(now)
    day = max(first, world.installed)
    while day <= last:
        for row in world.searches_on(day) if rows == "searches" else world.visits_on(day):
            if row.time <= now:
                plain = row._asdict()
                if "content_id" in plain:
                    content = contents[plain["content_id"]]
                    plain |= {"space_key": content.space_key, "title": content.title}
                yield plain
        day += timedelta(days=1)
