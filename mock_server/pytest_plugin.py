"""The pytest plugin: fixtures for a mock that is reset before each test.

The mock is imported when a test first uses a fixture.
"""

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_server.settings import Settings
    from mock_server.testing.mock import MockServer, Verbs

_MARKER = (
    "viewtracker(world='demo', seed=0, now=None, scenario=(), document=None, ...): "
    "settings of the mock of the `viewtracker` fixture; see mock_server.Settings."
)
_USED = pytest.StashKey["MockServer"]()
"""The mock that a test uses."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the `viewtracker` marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose marker is invalid, even if it does not use the fixture."""
    _marked(item)


@pytest.fixture(scope="session")
def viewtracker_settings() -> dict[str, Any]:
    """Return the default settings of all mocks; override this fixture to change them."""
    return {}


@pytest.fixture(scope="session")
def _viewtracker_mocks() -> "Iterator[dict[Settings, MockServer]]":
    """Yield the running mocks by their settings; stop them at the end of the session."""
    mocks: dict[Settings, MockServer] = {}
    yield mocks
    for mock in mocks.values():
        mock.stop()


@pytest.fixture
def viewtracker(
    request: pytest.FixtureRequest,
    viewtracker_settings: Mapping[str, Any],
    _viewtracker_mocks: "dict[Settings, MockServer]",
) -> "MockServer":
    """Return a running mock, reset for this test; `us` and `de` are its residencies."""
    from mock_server.errors import MockServerError
    from mock_server.inputs.arguments import check
    from mock_server.settings import settings_of
    from mock_server.testing.mock import MockServer

    try:
        check("the fixture viewtracker_settings", viewtracker_settings, Mapping[str, Any])
        settings = settings_of({**viewtracker_settings, **_marked(request.node)})
        if settings not in _viewtracker_mocks:
            _viewtracker_mocks[settings] = MockServer(settings).start()
    except MockServerError as error:
        pytest.fail(f"viewtracker: {error}", pytrace=False)
    mock = request.node.stash[_USED] = _viewtracker_mocks[settings]
    mock.reset()
    return mock


@pytest.fixture
def viewtracker_us(viewtracker: "MockServer") -> "Verbs":
    """Return the US residency of the `viewtracker` fixture."""
    return viewtracker.us


@pytest.fixture
def viewtracker_de(viewtracker: "MockServer") -> "Verbs":
    """Return the German residency of the `viewtracker` fixture."""
    return viewtracker.de


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the requests that the mock received to the report of a failed test."""
    report = yield
    if report.failed and _USED in item.stash:
        from mock_server.testing.assertions import describe

        seen = describe(item.stash[_USED].journal.entries()) or "no requests"
        report.sections.append(("Requests to the Viewtracker mock", seen))
    return report


def _marked(item: pytest.Item) -> dict[str, Any]:
    """Return the settings from a test's markers; the closest marker takes precedence."""
    markers = list(item.iter_markers("viewtracker"))
    given = {name: value for marker in reversed(markers) for name, value in marker.kwargs.items()}
    if not markers:
        return given
    from mock_server.errors import SettingsError
    from mock_server.settings import settings_of

    place = "@pytest.mark.viewtracker"
    if any(marker.args for marker in markers):
        pytest.fail(f"{place}: It takes keywords only, such as world='tiny'.", pytrace=False)
    try:
        settings_of(given)
    except SettingsError as error:
        pytest.fail(f"{place}: {error}", pytrace=False)
    return given
