"""Generate the people and spaces of a site.

Names of people come from Faker and may change with its version; values in rows do not.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

from mock_server.world.chance import choose, draw_for, number_for
from mock_server.world.domain import Account, Residency, Space
from mock_server.world.file import WorldFile
from mock_server.world.model import SpaceSection
from mock_server.world.words import account_id, vocabulary

Origin = tuple[object, ...]
"""The inputs of a site's random values: seed, residency and name of the world."""

_FLATNESS = 4
"""Evens out activity: the top person does (2 + this) / (1 + this) times as much as the next."""


class Person(NamedTuple):
    """An account, and when and how much its owner reads."""

    account: Account
    activity: float
    shift: int
    """The delay of working hours, in hours."""


class Place(NamedTuple):
    """A generated space, and what to generate in it."""

    space: Space
    section: SpaceSection


def build_people(file: WorldFile, residency: Residency, origin: Origin) -> list[Person]:
    """Return the accounts in the file, then the generated ones."""
    accounts = dict(file.written[residency].accounts)
    site, generated = file.model.sites[residency], file.model.generated
    # Protect the last ones, so that the most active people are visible.
    visible = generated.accounts - generated.protected_accounts
    draw = draw_for(*origin, "accounts")
    for place, name in enumerate(_names(site.locale, generated.accounts, origin)):
        made_up = account_id(draw)
        while made_up in accounts:
            made_up = account_id(draw)
        accounts[made_up] = Account(made_up, name, is_protected=place >= visible)
    return [
        Person(
            account,
            activity=1 / (place + 1 + _FLATNESS),
            shift=choose(site.shifts, draw_for(*origin, "shift", place)),
        )
        for place, account in enumerate(accounts.values())
    ]


def _names(locale: str, count: int, origin: Origin) -> list[str]:
    if not count:
        return []
    from faker import Faker

    faker = Faker(locale, providers=["faker.providers.person"], use_weighting=False)
    faker.seed_instance(number_for(*origin, "names"))
    return [f"{faker.first_name()} {faker.last_name()}" for _ in range(count)]


def build_places(
    file: WorldFile, residency: Residency, origin: Origin, people: Sequence[Person]
) -> list[Place]:
    """Return the generated spaces; personal ones belong to the first generated people."""
    written = file.written[residency]
    taken = {key for space in written.spaces.values() for key in (space.key, space.formerly) if key}
    owners = people[len(written.accounts) :]
    names = _space_names(file.model.sites[residency].locale, origin)
    places = []
    for place, section in enumerate(file.model.generated.spaces):
        is_personal = section.kind == "personal"
        if is_personal:
            owner = owners[place % len(owners)].account
            base, name = "~" + "".join(filter(str.isalnum, owner.id)), owner.name
        else:
            base, name = next(names)
        key = next(key for key in _numbered(base) if key not in taken)
        taken.add(key)
        places.append(Place(Space(key, name, personal=is_personal), section))
    return places


def _space_names(locale: str, origin: Origin) -> Iterator[tuple[str, str]]:
    """Yield keys and names in random order, then again with numbers, endlessly."""
    known = list(vocabulary(locale).spaces)
    draw = draw_for(*origin, "spaces")
    order = [known.pop(int(draw() * len(known))) for _ in range(len(known))]
    yield from order
    for number in count(2):
        yield from ((f"{key}{number}", f"{name} {number}") for key, name in order)


def _numbered(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}{number}" for number in count(2))
