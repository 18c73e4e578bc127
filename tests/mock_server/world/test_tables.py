"""Values as a sentence may hold them."""

import pytest

from mock_server.errors import WorldError
from mock_server.world.file import Table, show


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("'x'", "x"),
        ("true", True),
        ("5", 5),
        pytest.param("a number beyond 64 bits", 16**5000, id="enormous"),
        ("a table", {"a": {"b": 1}}),
        ("a list", [1]),
    ],
)
def test_values_are_written_shortly(shown: str, value: object) -> None:
    assert shown == show(value)


def test_long_values_are_cut() -> None:
    assert len(show("x" * 500)) == 60


def test_a_refusal_names_file_place_key_value_and_remedy() -> None:
    table = Table("my.toml", "[traffic]", {"weekend": 2}, ["weekend"])

    with pytest.raises(WorldError) as caught:
        table.number("weekend")

    assert str(caught.value) == (
        "my.toml: [traffic]: weekend is 2; it must be a number from 0 to 1."
    )


def test_tables_in_tables_are_named_by_their_path() -> None:
    outer = Table("my.toml", "top level", {"generated": {"spaces": [{"pags": 1}]}}, ["generated"])

    with pytest.raises(WorldError, match=r"\[\[generated\.spaces\]\] number 1: 'pags' is no key"):
        outer.table("generated", ["spaces"]).tables("spaces", ["pages"])


def test_true_is_no_number() -> None:
    table = Table("my.toml", "top level", {"count": True}, ["count"])

    with pytest.raises(WorldError, match="count is true; it must be a whole number from 0 to 1"):
        table.whole("count", low=0, high=1)
