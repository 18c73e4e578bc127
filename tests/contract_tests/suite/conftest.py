"""Make a test fail if a requirement is unexpectedly not checked, which pytest would skip."""

from collections.abc import Iterator

import pytest

from contract_tests.errors import NotCheckedError


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Iterator[None]:
    try:
        return (yield)
    except NotCheckedError as error:
        pytest.fail(f"The requirement was not checked: {error}")
