"""Draws depend only on their purpose."""

from mock_server.world.chance import choose, draw_for, number_for, whole


def test_draws_are_equal_in_every_python_version() -> None:
    draw = draw_for(0, "us", "pinned")
    assert [round(draw(), 8) for _ in range(3)] == [0.0641101, 0.3665194, 0.55847247]


def test_parts_of_a_purpose_are_separated() -> None:
    assert number_for("ab", "c") != number_for("a", "bc")


def test_whole_numbers_include_both_bounds() -> None:
    draw = draw_for("bounds")
    assert {3, 4, 5} == {whole(3, 5, draw) for _ in range(200)}


def test_every_option_can_be_chosen() -> None:
    draw = draw_for("options")
    assert set("abc") == {choose("abc", draw) for _ in range(200)}
