"""Values of an enumeration matched to the domain's words."""

from typing import Any

import pytest

from mock_server.binding.fields import Field
from mock_server.binding.lexicon import choices


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["page", "blogpost", "attachment"], ["page", "blogpost", "attachment"]),
        (["PAGE", "BLOG_POST", "ATTACHMENT"], ["PAGE", "BLOG_POST", "ATTACHMENT"]),
        (["Pages", "BlogPosts", "Files"], ["Pages", "BlogPosts", "Files"]),
        (["blog-post", "page"], ["page", "blog-post", None]),
        (["WHITEBOARD", 7, None], [None, None, None]),
        ([], [None, None, None]),
    ],
)
def test_content_types_are_matched_whatever_their_spelling(
    values: list[Any], expected: list[str | None]
) -> None:
    found = choices(Field.CONTENT_TYPE, values)

    assert expected == [found.get(word) for word in ("page", "blogpost", "attachment")]


def test_the_word_that_says_it_best_wins() -> None:
    assert choices(Field.CONTENT_TYPE, ["article", "blog"])["blogpost"] == "blog"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["known", "anonymous", "protected"], ["known", "anonymous", "protected"]),
        (["LICENSED", "GUEST", "HIDDEN"], ["LICENSED", "GUEST", "HIDDEN"]),
        (["loggedIn", "notLoggedIn"], ["loggedIn", "notLoggedIn", "loggedIn"]),
    ],
)
def test_kinds_of_account_are_matched_by_meaning(
    values: list[str], expected: list[str | None]
) -> None:
    found = choices(Field.ACCOUNT_KIND, values)

    assert expected == [found.get(word) for word in ("known", "anonymous", "protected")]
