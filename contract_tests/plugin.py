"""The pytest plugin: options, fixtures, and what makes a test's end an outcome.

A test that `contract_tests.requirement` decorates is judged once for each target::

    @requirement("AUTH-02", sends="one request an operation", tags=("token",))
    def test_no_header(wire, document, findings):
        \"\"\"A request without a token is refused with 401.\"\"\"
        for operation in document.operations:
            response = wire.send(operation.method, ..., token=None)
            findings.judged(operation)
            if response.status != 401:
                findings.add(f"Expected 401, got {response.status}.", response=response)

It held if nothing was added to `findings` and something was `judged`; it is *not run* if it calls
`pytest.skip`, or the wire sends no more. The suite's modules are imported once a process and used
by many runs, so they keep nothing in globals; sharing goes by session-scoped fixtures that depend
on `target`. What uses `requests`, such as schemathesis, sends by `wire.session()`.
"""

import dataclasses
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests.options import Options, flag_of
from contract_tests.requirements import JUDGES_RESPONSES, requirement_of

if TYPE_CHECKING:
    from contract_tests.inquiry import Inquiry
    from contract_tests.judging.findings import Findings
    from contract_tests.judging.judge import Judge
    from contract_tests.wire.sampling import Sample
    from contract_tests.wire.targets import Target
    from contract_tests.wire.wire import Wire
    from mock_server import Binding, Document

INQUIRY = pytest.StashKey["Inquiry"]()
"""Where `contract_tests.run` leaves its inquiry; made of pytest's options otherwise."""

_FINDINGS = pytest.StashKey["Findings"]()
_ENDED = pytest.StashKey[pytest.CallInfo[None]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--contract-target` and the like."""
    group = parser.getgroup("contract", "contract tests of the Viewtracker API")
    for field in dataclasses.fields(Options):
        name = flag_of(field, "--contract-")
        if isinstance(field.default, bool):
            group.addoption(name, action="store_true", help=field.metadata["help"])
        else:
            many = isinstance(field.default, tuple)
            group.addoption(name, action="append" if many else None, help=field.metadata["help"])


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest the marker."""
    config.addinivalue_line("markers", "requirement(made): judged by the contract kit's plugin.")


def inquiry_of(config: pytest.Config) -> "Inquiry":
    """Return the inquiry that this pytest belongs to."""
    if INQUIRY not in config.stash:
        from contract_tests.inquiry import Inquiry
        from contract_tests.options import options_from

        given = {
            field.name: config.getoption(f"contract_{field.name}")
            for field in dataclasses.fields(Options)
        }
        config.stash[INQUIRY] = Inquiry(options_from(given))
        config.add_cleanup(config.stash[INQUIRY].close)
    return config.stash[INQUIRY]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Judge every requirement at each target."""
    if "target" in metafunc.fixturenames and metafunc.definition.get_closest_marker("requirement"):
        names = inquiry_of(metafunc.config).target_names
        metafunc.parametrize("target", names, indirect=True, scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not selected, and put last what judges the responses to all others."""
    from contract_tests.errors import OptionError
    from contract_tests.requirements import select

    judging = [(item, made) for item in items if (made := requirement_of(item)) is not None]
    if not judging:
        return
    inquiry = inquiry_of(config)
    try:
        there = [made for _, made in judging]
        wanted = select(there, inquiry.options.select)
        inquiry.known.check(there)
    except OptionError as error:
        inquiry.trouble, wanted = error, frozenset()
    left = [item for item, made in judging if made not in wanted]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    late = {item for item, made in judging if JUDGES_RESPONSES in made.tags}
    items.sort(key=lambda item: item in late)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Judge a requirement: by the wire alone, and with an outcome at its end."""
    requirement = requirement_of(item)
    if requirement is None:
        return (yield)
    from contract_tests.judging.findings import Findings

    inquiry = inquiry_of(item.config)
    name = _target_of(item)
    findings = item.stash[_FINDINGS] = Findings(inquiry.redactor)
    started, sent = time.monotonic(), inquiry.sent(name)
    result = yield
    outcome = inquiry.conclude(requirement, name, findings, item.stash[_ENDED].excinfo)
    inquiry.note(
        dataclasses.replace(
            outcome,
            requests=inquiry.sent(name) - sent,
            seconds=round(time.monotonic() - started, 3),
        )
    )
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Make a test fail for its findings, and skip for having judged nothing."""
    made = requirement_of(item)
    if made is None:
        return (yield)
    about = made, _target_of(item), item.stash[_FINDINGS]
    try:
        result = yield
    except (Exception, pytest.skip.Exception) as error:
        inquiry_of(item.config).settle(*about, error)
        raise
    inquiry_of(item.config).settle(*about, None)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep how a requirement ended, and secrets out of pytest's own report."""
    report = yield
    if _FINDINGS not in item.stash:
        return report
    if call.excinfo is not None or _ENDED not in item.stash:
        item.stash[_ENDED] = call
    redactor = inquiry_of(item.config).redactor
    if report.longrepr is not None and not isinstance(report.longrepr, tuple):
        report.longrepr = redactor.text(str(report.longrepr))
    report.sections = [(name, redactor.text(text)) for name, text in report.sections]
    return report


def _target_of(item: pytest.Item) -> str:
    return str(item.callspec.params["target"]) if isinstance(item, pytest.Function) else ""


@pytest.fixture(scope="session")
def inquiry(pytestconfig: pytest.Config) -> "Inquiry":
    """Return the run in the making."""
    return inquiry_of(pytestconfig)


@pytest.fixture(scope="session")
def options(inquiry: "Inquiry") -> Options:
    """Return how the run goes: examples, seed and so on."""
    return inquiry.options


@pytest.fixture(scope="session")
def document(inquiry: "Inquiry") -> "Document":
    """Return the document that responses are judged by."""
    return inquiry.document


@pytest.fixture(scope="session")
def binding(inquiry: "Inquiry") -> "Binding":
    """Return what the document's operations, parameters and properties mean."""
    return inquiry.binding


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest, inquiry: "Inquiry") -> "Target":
    """Return whom to ask: each target in turn."""
    return inquiry.targets[request.param]


@pytest.fixture(scope="session")
def wire(target: "Target", inquiry: "Inquiry") -> "Wire":
    """Return the only way to the target; `wire.responses` holds all that came back so far."""
    return inquiry.wire(target.name)


@pytest.fixture(scope="session")
def judge(inquiry: "Inquiry") -> "Judge":
    """Return the second judge, openapi-core; it judges equal responses once."""
    return inquiry.judge


@pytest.fixture(scope="session")
def sample(wire: "Wire", binding: "Binding", document: "Document") -> "Sample":
    """Return what the target has to ask about: a content, a space, ranges with rows."""
    from contract_tests.wire.sampling import Sample

    return Sample(wire, binding, document)


@pytest.fixture
def findings(request: pytest.FixtureRequest) -> "Findings":
    """Return the place to say what broke, and what was judged."""
    return request.node.stash[_FINDINGS]  # type: ignore[no-any-return]


@pytest.fixture
def examine(request: pytest.FixtureRequest, options: Options) -> Callable[..., None]:
    """Return `examine(check, *strategies, examples=None)`, which calls `check` with made-up values.

    They depend on the run's seed and the test's name alone. What `check` finds it adds to
    `findings`. There are as many as the option `examples` says, unless another number is given.
    """
    from contract_tests.suite.examining import examine

    name = f"{options.seed} {request.node.name}"

    def call(check: Callable[..., None], *strategies: Any, examples: int | None = None) -> None:
        examine(check, *strategies, examples=examples or options.examples, name=name)

    return call
