"""Making every residency's world, and opening its site, from the settings."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from mock_server.clock import Clock
from mock_server.domain import Residency
from mock_server.settings import Settings
from mock_server.site import Site, demo_token_of
from mock_server.storage import Owner, open_database
from mock_server.world import World, read_world


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
