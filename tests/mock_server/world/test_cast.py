"""People and spaces."""

from collections.abc import Callable

from mock_server.world.domain import Residency
from mock_server.world.file import read_world
from mock_server.world.world import World

Build = Callable[..., World]

WORLD = """
spaces = [{key = "ENG", name = "Mine", formerly = "OPS"}]
generated.accounts = 3
generated.protected_accounts = 1
"""
PERSONAL = "[[generated.spaces]]\nkind = 'personal'\npages = 1\n"


def test_the_world_file_sets_the_number_of_protected_accounts(build: Build) -> None:
    assert [account.is_protected for account in build(WORLD).accounts] == [False, False, True]


def test_generated_spaces_avoid_current_and_former_keys(build: Build) -> None:
    world = build(WORLD + "[[generated.spaces]]\npages = 1\n" * 20)
    keys = [space.key for space in world.spaces]
    assert len(keys) == len(set(keys)) == 21
    assert "OPS" not in keys


def test_personal_spaces_belong_to_an_account(build: Build) -> None:
    world = build(WORLD + PERSONAL * 4)
    owners = {f"~{''.join(filter(str.isalnum, one.id))}": one.name for one in world.accounts}
    personal = [space for space in world.spaces if space.personal]
    assert len({space.key for space in personal}) == 4
    assert all(owners[space.key] == space.name for space in personal[:3])
    assert personal[3].key == f"{personal[0].key}2"


def test_different_seeds_give_different_sites(build: Build) -> None:
    first, second = (build(WORLD, seed=seed) for seed in (0, 1))
    assert set() == {one.id for one in first.accounts} & {one.id for one in second.accounts}
    assert [one.name for one in first.accounts] != [one.name for one in second.accounts]


def test_residencies_share_no_accounts_or_contents() -> None:
    us, de = (World(read_world("demo"), seed=0, residency=one) for one in Residency)
    assert set() == {one.id for one in us.accounts} & {one.id for one in de.accounts}
    assert set() == us.contents(10**13).keys() & de.contents(10**13).keys()
    assert (us.timezone, de.timezone) == ("America/New_York", "Europe/Berlin")
