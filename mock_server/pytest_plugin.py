"""The pytest plugin: a mock as a fixture, as it was at the start in every test.

Nothing of the mock is loaded until a test asks for it.
"""

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_server.settings import Settings
    from mock_server.testing.mock import MockServer, Verbs

_MARKER = (
    "viewtracker(world='demo', seed=0, now=None, scenario=(), document=None, ...): "
    "how the mock of the fixture `viewtracker` behaves, by the names of mock_server.Settings."
)
_USED = pytest.StashKey["MockServer"]()
"""The mock that a test was given."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have a test fail whose marker has what no mock has, whether or not it uses the fixture."""
    _marked(item)


@pytest.fixture(scope="session")
def viewtracker_settings() -> dict[str, Any]:
    """Return what holds for tests without a marker; for you to override, in words of the marker."""
    return {}


@pytest.fixture(scope="session")
def _viewtracker_mocks() -> "Iterator[dict[Settings, MockServer]]":
    """Return the mocks that run, by their settings, and stop them at the end."""
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
    from mock_server.arguments import check
    from mock_server.errors import MockServerError
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
    """Return the US residency of the fixture `viewtracker`."""
    return viewtracker.us


@pytest.fixture
def viewtracker_de(viewtracker: "MockServer") -> "Verbs":
    """Return the German residency of the fixture `viewtracker`."""
    return viewtracker.de


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show at a failed test what the mock saw."""
    report = yield
    if report.failed and _USED in item.stash:
        from mock_server.testing.assertions import describe

        seen = describe(item.stash[_USED].journal.entries()) or "no requests"
        report.sections.append(("What the Viewtracker mock saw", seen))
    return report


def _marked(item: pytest.Item) -> dict[str, Any]:
    """Return the settings that the markers of a test name; the nearest marker counts."""
    markers = list(item.iter_markers("viewtracker"))
    given = {name: value for marker in reversed(markers) for name, value in marker.kwargs.items()}
    wrong = None
    if any(marker.args for marker in markers):
        wrong = "It takes keywords only, such as world='tiny'."
    elif given:
        from mock_server.errors import SettingsError
        from mock_server.settings import settings_of

        try:
            settings_of(given)
        except SettingsError as error:
            wrong = str(error)
    if wrong is not None:
        pytest.fail(f"@pytest.mark.viewtracker: {wrong}", pytrace=False)
    return given
