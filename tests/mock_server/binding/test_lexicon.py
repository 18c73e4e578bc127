"""Names compared as words, and values matched to the words of the domain."""

import sys
from typing import Any

import pytest

from mock_server.binding.fields import Field, Part
from mock_server.binding.lexicon import choices, meant_by, normalised, ranks_of, words_of
from tests.commands import run_process

FIELDS = tuple(Field)
TYPES = ["page", "blogpost", "attachment"]
KINDS = ["known", "anonymous", "protected"]


@pytest.mark.parametrize(("name", "expected"), [
    ("viewTime", ("view", "time")), ("view_time", ("view", "time")),
    ("View-Time", ("view", "time")), ("fromTs", ("from", "ts")), ("accountID", ("account", "id")),
    ("HTTPStatus", ("http", "status")), ("v2Page", ("v", "2", "page")),
    ("filter[from]", ("filter", "from")), ("", ()),
])  # fmt: skip
def test_a_name_is_split_at_capitals_digits_and_punctuation(
    name: str, expected: tuple[str, ...]
) -> None:
    assert expected == words_of(name)


@pytest.mark.parametrize(("names", "expected"), [
    (["X-Total-Count"], "totalcount"), (["x"], "x"), (["content", "contentId"], "contentid"),
    (["viewers", "viewerId"], "viewersid"), (["user", "accountId"], "useraccountid"),
])  # fmt: skip
def test_a_path_of_names_becomes_one_word(names: list[str], expected: str) -> None:
    assert expected == normalised(names)


def test_the_first_of_equal_names_gives_the_rank() -> None:
    assert ranks_of("view time; date; viewTime") == {"viewtime": 0, "date": 1}


@pytest.mark.parametrize(("field", "words", "values", "expected"), [
    (Field.CONTENT_TYPE, TYPES, ["page", "blogpost", "attachment"], None),
    (Field.CONTENT_TYPE, TYPES, ["PAGE", "BLOG_POST", "ATTACHMENT"], None),
    (Field.CONTENT_TYPE, TYPES, ["Pages", "BlogPosts", "Files"], None),
    (Field.CONTENT_TYPE, TYPES, ["blog-post", "page"], ["page", "blog-post", None]),
    (Field.CONTENT_TYPE, TYPES, ["WHITEBOARD", 7, None], [None, None, None]),
    (Field.CONTENT_TYPE, TYPES, [], [None, None, None]),
    (Field.CONTENT_TYPE, ["blogpost"], ["article", "blog"], ["blog"]),  # which says it best
    (Field.ACCOUNT_KIND, KINDS, ["known", "anonymous", "protected"], None),
    (Field.ACCOUNT_KIND, KINDS, ["LICENSED", "GUEST", "HIDDEN"], None),
    (Field.ACCOUNT_KIND, KINDS, ["loggedIn", "notLoggedIn"],
     ["loggedIn", "notLoggedIn", "loggedIn"]),
    (Field.IS_SUCCESSFUL, ["true", "false"], ["found", "nothing_found"], None),
    (Field.IS_SUCCESSFUL, ["true", "false"], ["WITH_HITS", "NO_HITS"], None),
])  # fmt: skip
def test_values_of_an_enumeration_are_matched_whatever_their_spelling(
    field: Field, words: list[str], values: list[Any], expected: list[str | None] | None
) -> None:
    found = choices(field, values)

    assert (values if expected is None else expected) == [found.get(word) for word in words]


def first(*names: str) -> Field | None:
    return next((field for field, _ in meant_by(names, FIELDS)), None)


@pytest.mark.parametrize(("names", "expected"), [
    (("earliestVisitTime",), Field.FIRST_TIME),
    (("dateOfLastView",), Field.LAST_TIME),
    (("number_of_distinct_readers",), Field.VIEWERS),
    (("pageview-count",), Field.VIEWS),
    (("reader", "ref"), Field.ACCOUNT),
    (("article", "headline"), Field.CONTENT_TITLE),
    (("visit", "content", "deleteTime"), Field.DELETION_TIME),
    (("statistics", "visitorCount"), Field.VIEWERS),
    (("resultSize",), Field.NUMBER_OF_RESULTS),
    (("istGeschützt",), Field.IS_PROTECTED),
    (("geschuetzt",), Field.IS_PROTECTED),
    (("seiteGeloescht",), Field.IS_TRASHED),
])  # fmt: skip
def test_the_order_of_words_does_not_matter(names: tuple[str, ...], expected: Field) -> None:
    assert expected is first(*names)


@pytest.mark.parametrize("names", [("trend",), ("device", "type"), ("visitSource",), ("x",), ("",)])
def test_a_word_that_means_nothing_here_means_nothing_beside_others(names: tuple[str, ...]) -> None:
    assert first(*names) is None


def test_only_what_is_offered_is_meant() -> None:
    assert [] == list(meant_by(["visitCount"], [Field.ACCOUNT]))


def test_parameters_are_read_alike() -> None:
    assert [Part.ACCOUNT] == [part for part, _ in meant_by(["reader_ref"], Part)]


def test_a_name_with_very_many_readings_is_read_in_bounded_time() -> None:
    assert first(*["matches_hits_page_results_limit"] * 100) is None


def test_what_words_mean_is_told_alike_in_every_process() -> None:
    """Python orders sets of texts by a seed of the process."""
    program = (
        "from mock_server.binding.fields import Field\n"
        "from mock_server.binding.lexicon import meant_by\n"
        "print([*meant_by(['totalViews'], Field)], [*meant_by(['totalRows'], Field)])"
    )
    here = f"{[*meant_by(['totalViews'], Field)]} {[*meant_by(['totalRows'], Field)]}\n"
    for seed in ("1", "2"):
        assert here == run_process(sys.executable, "-c", program, PYTHONHASHSEED=seed).out
