"""The pytest plugin: options, fixtures, and hooks that turn test results into outcomes.

A test with the decorator `contract_tests.requirement` runs once per target::

    @requirement("AUTH-02", sends="one request per operation", tags=("token",))
    def test_no_header(wire, document, findings):
        \"\"\"A request without a token gets a 401.\"\"\"
        for operation in document.operations:
            response = wire.send(operation.method, ..., token=None)
            findings.checked(operation)
            if response.status != 401:
                findings.add(f"Expected 401, got {response.status}.", response=response)

The requirement holds if the test calls `findings.checked` and never `findings.add`. It is *not run*
if the test calls `pytest.skip`, or if the wire sends no more. Several runs share the imported
modules of the suite, so state belongs in session-scoped fixtures that depend on `target`, not in
globals. Libraries that use `requests`, such as schemathesis, send through `wire.session()`.
"""

import dataclasses
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING

import pytest

from contract_tests.options import Options, flag_of
from contract_tests.requirements import CHECKS_RESPONSES, requirement_of

if TYPE_CHECKING:
    from contract_tests.checking.findings import Findings
    from contract_tests.checking.validator import ResponseValidator
    from contract_tests.context import RunContext
    from contract_tests.wire.sampling import Sample
    from contract_tests.wire.targets import Target
    from contract_tests.wire.wire import Wire
    from mock_server import Binding, Document

CONTEXT = pytest.StashKey["RunContext"]()
"""Set by `contract_tests.run`; otherwise created from pytest's options."""

_FINDINGS = pytest.StashKey["Findings"]()
_ENDED = pytest.StashKey[pytest.CallInfo[None]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--contract-target` and the other options."""
    group = parser.getgroup("contract", "contract tests of the Viewtracker API")
    for field in dataclasses.fields(Options):
        actions = {bool: "store_true", tuple: "append"}
        action = actions.get(type(field.default), "store")
        group.addoption(flag_of(field, "--contract-"), action=action, help=field.metadata["help"])


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "requirement(made): checked by the contract kit's plugin.")


def context_of(config: pytest.Config) -> "RunContext":
    """Return the context of this pytest session."""
    if CONTEXT not in config.stash:
        from contract_tests.context import RunContext
        from contract_tests.options import options_from

        given = {
            field.name: config.getoption(f"contract_{field.name}")
            for field in dataclasses.fields(Options)
        }
        config.stash[CONTEXT] = RunContext(options_from(given))
        config.add_cleanup(config.stash[CONTEXT].close)
    return config.stash[CONTEXT]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Validate the options, if any was given; `UsageError` if one is invalid."""
    from contract_tests.errors import OptionError

    config = session.config
    if any(config.getoption(f"contract_{field.name}") for field in dataclasses.fields(Options)):
        try:
            context_of(config)
        except OptionError as error:
            raise pytest.UsageError(str(error).replace("--", "--contract-", 1)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize every requirement with the targets."""
    if "target" in metafunc.fixturenames and metafunc.definition.get_closest_marker("requirement"):
        names = context_of(metafunc.config).target_names
        metafunc.parametrize("target", names, indirect=True, scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect requirements, and move those that check all responses to the end."""
    from contract_tests.errors import OptionError
    from contract_tests.requirements import select

    made = {item: one for item in items if (one := requirement_of(item)) is not None}
    if not made:
        return
    context = context_of(config)
    try:
        wanted = select(made.values(), context.options.select)
        context.known.check(made.values())
    except OptionError as error:
        context.error, wanted = error, frozenset()
    if left := [item for item in made if made[item] not in wanted]:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    items.sort(key=lambda item: item in made and CHECKS_RESPONSES in made[item].tags)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Record an outcome for every requirement."""
    requirement = requirement_of(item)
    if requirement is None:
        return (yield)
    from contract_tests.checking.findings import Findings

    context = context_of(item.config)
    name = _target_of(item)
    findings = item.stash[_FINDINGS] = Findings(context.redactor)
    started, sent = time.monotonic(), context.sent(name)
    result = yield
    context.conclude(
        requirement,
        name,
        findings,
        item.stash[_ENDED].excinfo,
        requests=context.sent(name) - sent,
        seconds=round(time.monotonic() - started, 3),
    )
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that has findings, and skip it if it checked nothing."""
    made = requirement_of(item)
    if made is None:
        return (yield)
    settle = partial(context_of(item.config).settle, made, _target_of(item), item.stash[_FINDINGS])
    try:
        result = yield
    except (Exception, pytest.skip.Exception) as error:
        settle(error)
        raise
    settle(None)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Store the result of a requirement, and redact pytest's report."""
    report = yield
    if _FINDINGS not in item.stash:
        return report
    if call.excinfo is not None or _ENDED not in item.stash:
        item.stash[_ENDED] = call
    redactor = context_of(item.config).redactor
    if report.longrepr is not None and not isinstance(report.longrepr, tuple):
        from contract_tests.errors import ContractBrokenError

        shown: object = report.longrepr
        if call.excinfo is not None and isinstance(call.excinfo.value, ContractBrokenError):
            shown = call.excinfo.value
        report.longrepr = redactor.text(str(shown))
    report.sections = [(name, redactor.text(text)) for name, text in report.sections]
    return report


def _target_of(item: pytest.Item) -> str:
    return str(item.callspec.params["target"]) if isinstance(item, pytest.Function) else ""


@pytest.fixture(scope="session")
def context(pytestconfig: pytest.Config) -> "RunContext":
    """Return the current run."""
    return context_of(pytestconfig)


@pytest.fixture(scope="session")
def options(context: "RunContext") -> Options:
    """Return the options of the run."""
    return context.options


@pytest.fixture(scope="session")
def document(context: "RunContext") -> "Document":
    """Return the document that responses are validated against."""
    return context.document


@pytest.fixture(scope="session")
def binding(context: "RunContext") -> "Binding":
    """Return the meanings of the document's operations, parameters and properties."""
    return context.binding


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest, context: "RunContext") -> "Target":
    """Return the target under test."""
    return context.targets[request.param]


@pytest.fixture(scope="session")
def wire(target: "Target", context: "RunContext") -> "Wire":
    """Return the wire, which sends all requests to the target and keeps the responses."""
    return context.wire(target.name)


@pytest.fixture(scope="session")
def validator(context: "RunContext") -> "ResponseValidator":
    """Return the validator of responses."""
    return context.validator


@pytest.fixture(scope="session")
def sample(wire: "Wire", binding: "Binding", document: "Document") -> "Sample":
    """Return the sample: a content, a space and ranges with rows of the target."""
    from contract_tests.wire.sampling import Sample

    return Sample(wire, binding, document)


@pytest.fixture
def findings(request: pytest.FixtureRequest) -> "Findings":
    """Return the collector of findings and of checked operations."""
    return request.node.stash[_FINDINGS]  # type: ignore[no-any-return]


@pytest.fixture
def examine(request: pytest.FixtureRequest, options: Options) -> Callable[..., None]:
    """Return `examine(check, *strategies, examples=...)`, which calls `check` with generated values.

    The values depend only on the run's seed and the test's name.
    """
    from contract_tests.suite.examining import examine

    return partial(examine, examples=options.examples, name=f"{options.seed} {request.node.name}")
