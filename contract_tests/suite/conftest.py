"""Fixtures of the suite: a target for each residency."""

from collections.abc import Iterator

import pytest

from contract_tests.targets import Target, mock_targets


@pytest.fixture(scope="session")
def targets() -> Iterator[dict[str, Target]]:
    """Give both residencies of a mock that runs as long as the tests."""
    with mock_targets() as started:
        yield started


@pytest.fixture(scope="session", params=["us", "de"])
def target(request: pytest.FixtureRequest, targets: dict[str, Target]) -> Target:
    """Give each residency in turn."""
    return targets[request.param]
