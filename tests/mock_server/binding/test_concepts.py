"""Names that no table lists, read word by word."""

import pytest

from mock_server.binding.fields import Field, Part
from mock_server.binding.lexicon import meant_by

FIELDS = tuple(Field)


def first(*names: str) -> Field | None:
    return next((field for field, _ in meant_by(names, FIELDS)), None)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("earliestVisitTime",), Field.FIRST_TIME),
        (("dateOfLastView",), Field.LAST_TIME),
        (("number_of_distinct_readers",), Field.VIEWERS),
        (("pageview-count",), Field.VIEWS),
        (("reader", "ref"), Field.ACCOUNT),
        (("article", "headline"), Field.CONTENT_TITLE),
        (("visit", "content", "deleteTime"), Field.DELETION_TIME),
        (("statistics", "visitorCount"), Field.VIEWERS),
        (("resultSize",), Field.NUMBER_OF_RESULTS),
    ],
)
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
