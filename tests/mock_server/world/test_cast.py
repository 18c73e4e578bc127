"""People and spaces."""

from pathlib import Path

from mock_server.world.domain import Residency
from mock_server.world.file import read_world
from mock_server.world.world import World

WORLD = """
name = "mine"
installed = 2026-01-01
[[spaces]]
key = "ENG"
name = "Mine"
formerly = "OPS"
[generated]
accounts = 3
protected_accounts = 1
"""


def build(path: Path, spaces: str, *, seed: int = 0) -> World:
    path = path / "mine.toml"
    path.write_text(WORLD + spaces, encoding="utf-8")
    return World(read_world(str(path)), seed=seed, residency=Residency.US)


def test_as_many_accounts_are_protected_as_the_file_says(tmp_path: Path) -> None:
    world = build(tmp_path, "")
    assert [account.is_protected for account in world.accounts] == [False, False, True]


def test_made_up_spaces_take_no_key_that_is_or_was_in_use(tmp_path: Path) -> None:
    keys = [space.key for space in build(tmp_path, "[[generated.spaces]]\npages = 1\n" * 20).spaces]
    assert len(keys) == len(set(keys)) == 21
    assert "OPS" not in keys


def test_personal_spaces_belong_to_an_account(tmp_path: Path) -> None:
    world = build(tmp_path, "[[generated.spaces]]\nkind = 'personal'\npages = 1\n" * 4)
    owners = {f"~{''.join(filter(str.isalnum, one.id))}": one.name for one in world.accounts}
    personal = [space for space in world.spaces if space.personal]
    assert len({space.key for space in personal}) == 4
    assert all(owners[space.key] == space.name for space in personal[:3])
    assert personal[3].key == f"{personal[0].key}2"


def test_another_seed_is_another_site(tmp_path: Path) -> None:
    first, second = (build(tmp_path, "", seed=seed) for seed in (0, 1))
    assert set() == {one.id for one in first.accounts} & {one.id for one in second.accounts}
    assert [one.name for one in first.accounts] != [one.name for one in second.accounts]


def test_the_two_residencies_share_nobody_and_nothing() -> None:
    us, de = (World(read_world("demo"), seed=0, residency=one) for one in Residency)
    assert set() == {one.id for one in us.accounts} & {one.id for one in de.accounts}
    assert set() == us.contents(10**13).keys() & de.contents(10**13).keys()
    assert (us.timezone, de.timezone) == ("America/New_York", "Europe/Berlin")
