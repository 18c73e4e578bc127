"""The fixtures, the marker and the reports of the pytest plugin."""

import re
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import mock_server.server.server  # noqa: F401 -- loaded before the runs
from mock_server import MockServerError, Settings
from mock_server.settings import settings_of
from tests.commands import run_process

pytest_plugins = ["pytester"]

CLIENT = """
import urllib.error
import urllib.request
import pytest

def fetch(of, token=None, **arguments):
    request = urllib.request.Request(of.url_for("getSearches", **arguments))
    request.add_header("Authorization", f"Bearer {token or of.token}")
    try:
        with urllib.request.urlopen(request) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
"""
TINY = "pytestmark = pytest.mark.viewtracker(world='tiny', now='2026-01-31')\n"
HEAVY = ("connexion", "faker", "sqlite3", "starlette", "httpx", "requests", "mock_server.server")


def run(pytester: pytest.Pytester, tests: str, *options: str, head: str = "") -> pytest.RunResult:
    """Run tests in this process; `head` is written before them."""
    pytester.makepyfile(CLIENT + head + tests)
    return pytester.runpytest_inprocess("-q", "--strict-markers", "-Werror", *options)


def run_tiny(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    """Run tests on the smallest world."""
    return run(pytester, tests, *options, head=TINY)


def test_tests_with_equal_settings_share_a_mock_that_is_reset(pytester: pytest.Pytester) -> None:
    before = set(threading.enumerate())
    result = run_tiny(pytester, """
seen = []

@pytest.mark.parametrize("_", range(3))
def test_the_same(viewtracker, _):
    seen.append(viewtracker)
    viewtracker.assert_no_other_requests()
    assert viewtracker.token == "demo-token-us"
    assert not viewtracker.control.faults.on
    assert fetch(viewtracker) == 200
    viewtracker.rotate_token()
    viewtracker.scenario("outage")

@pytest.mark.viewtracker(seed=7, scenario="outage")
class TestOther:
    @pytest.mark.viewtracker(freeze=True, scenario=["slow", "empty-report"])
    def test_another(self, viewtracker):
        seen.append(viewtracker)
        settings = viewtracker.settings
        assert (settings.world, settings.seed, settings.freeze) == ("tiny", 7, True)
        assert list(viewtracker.control.faults.on) == ["slow", "empty-report"]

def test_they_are_as_many_as_there_are_settings():
    assert [seen[0], seen[0]] == seen[1:3]
    assert seen[3] is not seen[0]
""")  # fmt: skip
    result.assert_outcomes(passed=5)
    assert not set(threading.enumerate()) - before


def test_each_residency_is_a_fixture(pytester: pytest.Pytester) -> None:
    result = run_tiny(pytester, """
def test_both(viewtracker_us, viewtracker_de, viewtracker):
    assert [fetch(viewtracker_us), fetch(viewtracker_de)] == [200, 200]
    viewtracker_de.assert_requested("getSearches", times=1)
    assert viewtracker.us.url == viewtracker_us.url != viewtracker_de.url
""")  # fmt: skip
    result.assert_outcomes(passed=1)


def write_default_settings(pytester: pytest.Pytester, settings: str) -> None:
    """Write a conftest with default settings."""
    pytester.makeconftest(f"""
import pytest
from mock_server import Settings

@pytest.fixture(scope="session")
def viewtracker_settings():
    return {settings}
""")


def test_a_conftest_can_set_default_settings(pytester: pytest.Pytester) -> None:
    write_default_settings(pytester, "{'world': 'empty', 'seed': 3}")
    result = run(pytester, """
@pytest.mark.viewtracker(seed=4)
def test_it(viewtracker):
    assert (viewtracker.settings.world, viewtracker.settings.seed) == ("empty", 4)
""")  # fmt: skip
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("invalid", ["None", "[1]", "{5: 1}", "Settings()"])
def test_default_settings_of_a_conftest_are_validated(
    pytester: pytest.Pytester, invalid: str
) -> None:
    write_default_settings(pytester, invalid)
    result = run(pytester, "def test_it(viewtracker):\n    pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["viewtracker: the fixture viewtracker_settings: * should be a valid *."]
    )
    assert "Traceback" not in result.stdout.str()


def test_unittest_asyncio_and_threads_can_use_the_fixture(pytester: pytest.Pytester) -> None:
    result = run_tiny(pytester, """
import asyncio
import unittest
from concurrent.futures import ThreadPoolExecutor

class ReportTest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def take_mock(self, viewtracker):
        self.mock = viewtracker

    def test_unittest(self):
        self.assertEqual(fetch(self.mock), 200)

@pytest.mark.usefixtures("viewtracker")
class UsingTest(unittest.TestCase):
    def test_it_runs(self):
        pass

def test_asyncio(viewtracker):
    async def fetch_three():
        return await asyncio.gather(*(asyncio.to_thread(fetch, viewtracker) for _ in range(3)))

    assert asyncio.run(fetch_three()) == [200] * 3

def test_threads(viewtracker):
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda n: fetch(viewtracker, limit=n), range(1, 21))) == {200}
    viewtracker.assert_requested("getSearches", times=20)
""")  # fmt: skip
    result.assert_outcomes(passed=4)


def test_a_failed_test_lists_its_requests_without_tokens(pytester: pytest.Pytester) -> None:
    result = run_tiny(pytester, """
def test_it(viewtracker):
    old, new = viewtracker.token, viewtracker.rotate_token()
    fetch(viewtracker, new, limit=5)
    fetch(viewtracker, old, limit=old)
    viewtracker.us.respond_once(status=503, detail="not now")
    fetch(viewtracker, new)
    viewtracker.assert_requested("getSearches", query={"limit": 6})

def test_fine(viewtracker):
    fetch(viewtracker)

def test_nothing(viewtracker):
    raise AssertionError

def test_without():
    raise AssertionError
""", "-rP")  # fmt: skip
    result.assert_outcomes(failed=3, passed=1)
    result.stdout.fnmatch_lines([
        "E*getSearches was never requested like this; at least one was wanted.",
        "*Requests to the Viewtracker mock*",
        "us #1 GET /api/v2/report/searches[?]limit=5 -> 200",
        "us #2 GET /api/v2/report/searches[?]limit=* -> 401",
        "    token: revoked",
        "us #3 GET /api/v2/report/searches -> 503",
        "    * was triggered",
        "    *not now*",
        "*Requests to the Viewtracker mock*",
        "no requests",
    ])  # fmt: skip
    text = result.stdout.str()
    assert 2 == text.count("Requests to the Viewtracker mock")
    assert "demo-token" not in text
    assert "vt_us_" not in text


def test_only_the_newest_requests_are_listed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)  # with CI, pytest prints a message once more
    result = run_tiny(pytester, """
def test_it(viewtracker):
    for number in range(23):
        fetch(viewtracker, start=number)
    viewtracker.assert_no_other_requests()
""")  # fmt: skip
    text = result.stdout.str()

    assert 2 == text.count("(3 older ones are left out)")
    assert 2 == text.count("searches?start=22 -> 200")
    assert "searches?start=2 ->" not in text


@pytest.mark.parametrize(("marker", "reason"), [
    ("wolrd='tiny'", "'wolrd' is not a setting. Did you mean 'world'?"),
    ("'tiny'", "It takes keywords only, such as world='tiny'."),
])  # fmt: skip
def test_an_invalid_marker_is_an_error_without_a_traceback(
    pytester: pytest.Pytester, marker: str, reason: str
) -> None:
    invalid = f"@pytest.mark.viewtracker({marker})\ndef test_it():\n    pass\n"
    result = run(pytester, f"{invalid}def test_other():\n    pass\n")
    result.assert_outcomes(errors=1, passed=1)
    assert f"@pytest.mark.viewtracker: {reason}" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize(("given", "settings"), [
    ({}, {}), ({"scenario": "slow"}, {"scenario": ("slow",)}),
    ({"overlay": ["a"]}, {"overlay": (Path("a"),)}),
    ({"document": Path("d")}, {"document": Path("d")}),
    ({"binding": "b", "document": "d"}, {"binding": Path("b"), "document": "d"}),
    ({"now": None, "freeze": True}, {"freeze": True}),
    ({"unknown_parameters": "reject"}, {"unknown_parameters": "reject"}),
], ids=str)  # fmt: skip
def test_marker_arguments_are_converted_to_settings(given: dict[str, Any], settings: Any) -> None:
    assert Settings(port=0, de_port=0, **settings) == settings_of(given)


@pytest.mark.parametrize(("given", "reason"), [
    ({"port": 80}, "'port' is not a setting."),
    ({"seed": "7"}, "The setting 'seed' cannot be '7'; it takes a whole number."),
    ({"seed": True}, "The setting 'seed' cannot be True; it takes a whole number."),
    ({"world": ["tiny", "demo"]},
     "The setting 'world' cannot be ['tiny', 'demo']; it takes a text."),
    ({"world": {}}, "The setting 'world' cannot be {}; it takes a text."),
    ({"unknown_parameters": "no"},
     "The setting 'unknown_parameters' cannot be 'no'; it takes 'accept' or 'reject'."),
    ({"host": "0.0.0.0"}, "Others can reach 0.0.0.0, and with it the control API"),
], ids=str)  # fmt: skip
def test_invalid_marker_values_are_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(MockServerError, match=re.escape(reason)):
        settings_of(given)


def test_a_mock_that_cannot_start_is_an_error_of_one_line(pytester: pytest.Pytester) -> None:
    invalid = {
        "world='tyni'": "tyni", "now='soon'": "'soon' is not a time",
        "scenario='outrage'": "Did you mean 'outage'?", "document='gone.yaml'": "gone.yaml",
        "overlay='gone.yaml'": "gone.yaml",
    }  # fmt: skip
    tests = [
        f"@pytest.mark.viewtracker({marker})\ndef test_{number}(viewtracker):\n    pass\n"
        for number, marker in enumerate(invalid)
    ]
    result = run(pytester, "\n".join(tests))
    result.assert_outcomes(errors=len(invalid))
    lines = [line for line in result.stdout.lines if line.startswith("viewtracker: ")]
    for reason, line in zip(invalid.values(), lines, strict=True):
        assert reason in line
    assert "Traceback" not in result.stdout.str()


def test_xdist_workers_have_separate_mocks(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # so that workers start fast
    plugins = ("-p", "xdist.plugin", "-p", "mock_server.pytest_plugin", "-Wdefault")
    result = run_tiny(pytester, """
@pytest.mark.viewtracker(wolrd="tiny")
def test_wrong(viewtracker):
    pass

@pytest.mark.parametrize("_", range(2))
def test_it(viewtracker, worker_id, _):
    with open(f"url-{worker_id}", "w") as file:
        file.write(viewtracker.url)
    assert fetch(viewtracker) == 200
""", *plugins, "-n", "2", "--dist", "each")  # fmt: skip
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines(["*Did you mean 'world'?"])
    urls = [path.read_text() for path in pytester.path.glob("url-*")]
    assert 2 == len(set(urls)) == len(urls)


def test_a_run_without_the_fixture_loads_only_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
import sys

def test_it(pytestconfig):
    ours = {{name for name in sys.modules if name.split(".")[0] == "mock_server"}}
    assert ours == {{"mock_server", "mock_server.pytest_plugin"}}
    assert not {set(HEAVY)} & set(sys.modules)
    assert pytestconfig.pluginmanager.has_plugin("mock_server.pytest_plugin")
""")
    # Other plugins may import anything, so only this one is loaded.
    words = ("-m", "pytest", "-p", "mock_server.pytest_plugin", "-q", "--disable-plugin-autoload")
    done = run_process(sys.executable, *words, folder=pytester.path)
    assert 0 == done.code, done.out


def test_the_plugin_imports_only_what_pytest_has_imported() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import mock_server.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = run_process(sys.executable, "-c", program)
    assert "mock_server mock_server.pytest_plugin" == done.out.strip()
