"""Names compared as words."""

import pytest

from mock_server.binding.lexicon import normalised, ranks_of, words_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("viewTime", ("view", "time")),
        ("view_time", ("view", "time")),
        ("View-Time", ("view", "time")),
        ("fromTs", ("from", "ts")),
        ("accountID", ("account", "id")),
        ("HTTPStatus", ("http", "status")),
        ("v2Page", ("v", "2", "page")),
        ("filter[from]", ("filter", "from")),
        ("", ()),
    ],
)
def test_a_name_is_split_at_capitals_digits_and_punctuation(
    name: str, expected: tuple[str, ...]
) -> None:
    assert expected == words_of(name)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["X-Total-Count"], "totalcount"),
        (["x"], "x"),
        (["content", "contentId"], "contentid"),
        (["viewers", "viewerId"], "viewersid"),
        (["user", "accountId"], "useraccountid"),
    ],
)
def test_a_path_of_names_becomes_one_word(names: list[str], expected: str) -> None:
    assert expected == normalised(names)


def test_the_first_of_equal_names_gives_the_rank() -> None:
    assert ranks_of("view time; date; viewTime") == {"viewtime": 0, "date": 1}
