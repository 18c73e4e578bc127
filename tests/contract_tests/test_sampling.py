"""Finding contents, spaces and ranges, each only once."""

from contextlib import suppress

import pytest

from contract_tests.errors import NotCheckedError, SpentError
from contract_tests.wire.sampling import Once


def test_a_recursive_search_is_repeated_afterwards() -> None:
    once = Once()

    def content() -> str:
        with suppress(NotCheckedError):
            return page()
        return "found by an example"

    def page() -> str:
        return str(once("page", lambda: f"page of {once('content', content)}"))

    assert "found by an example" == once("content", content)
    assert "page of found by an example" == page()


def test_a_search_that_depends_only_on_itself_fails() -> None:
    once = Once()

    def space() -> str:
        return str(once("space", space))

    for _ in range(2):
        with pytest.raises(NotCheckedError, match="No space is known"):
            once("space", space)


def test_a_spent_budget_is_not_stored_as_a_result() -> None:
    once = Once()

    def spent() -> str:
        raise SpentError("the budget is spent")

    for _ in range(2):
        with pytest.raises(SpentError, match="the budget is spent"):
            once("page", spent)
