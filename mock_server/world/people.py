"""Generate the people and spaces of a site.

Names of people come from Faker and may change with its version; values in rows do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mock_server.world import words as wording
from mock_server.world.chance import choose, draw_for, number_for
from mock_server.world.domain import Account, Residency, Space
from mock_server.world.file import WorldFile
from mock_server.world.model import SiteSection, SpaceSection
from mock_server.world.words import vocabulary

Origin = tuple[object, ...]
"""The inputs of a site's random values: seed, residency and name of the world."""

_FLATNESS = 4
"""Evens out activity: the top person does (2 + this) / (1 + this) times as much as the next."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account, and when and how much its owner reads."""

    account: Account
    activity: float
    shift: int
    """The delay of working hours, in hours."""


@dataclass(frozen=True, slots=True)
class Place:
    """A generated space, and what to generate in it."""

    space: Space
    section: SpaceSection


def build_people(file: WorldFile, residency: Residency, origin: Origin) -> tuple[Person, ...]:
    """Return the accounts in the file, then the generated ones."""
    written = file.written[residency].accounts.values()
    site = file.model.sites[residency]
    made_up = _build_accounts(file, site, origin, taken={account.id for account in written})
    return tuple(
        Person(
            account,
            activity=1 / (place + 1 + _FLATNESS),
            shift=choose(site.shifts, draw_for(*origin, "shift", place)),
        )
        for place, account in enumerate((*written, *made_up))
    )


def _build_accounts(
    file: WorldFile, site: SiteSection, origin: Origin, *, taken: set[str]
) -> Iterator[Account]:
    count = file.model.generated.accounts
    protected = file.model.generated.protected_accounts
    names = _build_names(site.locale, count, number_for(*origin, "names")) if count else []
    draw = draw_for(*origin, "accounts")
    for place, name in enumerate(names):
        account_id = wording.account_id(draw)
        while account_id in taken:
            account_id = wording.account_id(draw)
        taken.add(account_id)
        # Protect the last ones, so that the most active people are visible.
        yield Account(account_id, name, is_protected=place >= count - protected)


def _build_names(locale: str, count: int, seed: int) -> list[str]:
    from faker import Faker

    faker = Faker(locale, providers=["faker.providers.person"], use_weighting=False)
    faker.seed_instance(seed)
    return [f"{faker.first_name()} {faker.last_name()}" for _ in range(count)]


def build_places(
    file: WorldFile, residency: Residency, origin: Origin, people: tuple[Person, ...]
) -> tuple[Place, ...]:
    """Return the generated spaces; personal ones belong to the first generated people."""
    written = file.written[residency].spaces
    taken = {key for space in written.values() for key in (space.key, space.formerly) if key}
    owners = people[len(file.written[residency].accounts) :]
    names = _space_names(file.model.sites[residency].locale, origin)
    places = []
    for number, section in enumerate(file.model.generated.spaces):
        if section.kind == "personal":
            owner = owners[number % len(owners)].account
            base, name = "~" + "".join(filter(str.isalnum, owner.id)), owner.name
        else:
            base, name = next(names)
        key = _free(base, taken)
        taken.add(key)
        places.append(Place(Space(key, name, personal=section.kind == "personal"), section))
    return tuple(places)


def _space_names(locale: str, origin: Origin) -> Iterator[tuple[str, str]]:
    """Yield keys and names in random order, then again with numbers, endlessly."""
    known = list(vocabulary(locale).spaces)
    draw = draw_for(*origin, "spaces")
    order = [known.pop(int(draw() * len(known))) for _ in range(len(known))]
    yield from order
    number = 1
    while True:
        number += 1
        yield from ((f"{key}{number}", f"{name} {number}") for key, name in order)


def _free(base: str, taken: set[str]) -> str:
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}{number}"
    return key
