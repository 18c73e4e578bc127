"""Invent the people of a site and its spaces.

Names of people come from Faker and may change with its version; values in rows do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mock_server.world import words as wording
from mock_server.world.chance import choose, draw_for, number_for
from mock_server.world.domain import Account, Residency, Space
from mock_server.world.file import SiteSection, SpaceSection, WorldFile
from mock_server.world.words import vocabulary

Origin = tuple[object, ...]
"""What random values of a site depend on: the seed, the residency, the name of the world."""

_FLATNESS = 4
"""How equally people work: the busiest acts (1 + this) / (2 + this) times as much as the next."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account, and when and how much its owner reads."""

    account: Account
    activity: float
    shift: int
    """Hours by which this working day is later than usual."""


@dataclass(frozen=True, slots=True)
class Place:
    """An invented space, and what to invent in it."""

    space: Space
    section: SpaceSection


def build_people(file: WorldFile, residency: Residency, origin: Origin) -> tuple[Person, ...]:
    """Return the written accounts, then the invented ones."""
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
        # the last are protected, so that the busiest people can be seen
        yield Account(account_id, name, is_protected=place >= count - protected)


def _build_names(locale: str, count: int, seed: int) -> list[str]:
    from faker import Faker

    faker = Faker(locale, providers=["faker.providers.person"], use_weighting=False)
    faker.seed_instance(seed)
    return [f"{faker.first_name()} {faker.last_name()}" for _ in range(count)]


def build_places(
    file: WorldFile, residency: Residency, origin: Origin, people: tuple[Person, ...]
) -> tuple[Place, ...]:
    """Return the invented spaces; personal ones belong to the first of the invented people."""
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
    """Return keys and names in an order of the seed, then again with numbers, without end."""
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
