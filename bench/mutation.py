"""Count the changes of the kit's checks that its tests detect: `minutes 25`, or `minutes 25 0.2 0.4`.

cosmic-ray makes the mutants. First, all tests run on the unchanged code, where they must pass; this
records the functions that each of them calls. Then each mutant is tried in a fork of a process that
has the libraries loaded, in a copy of the checkout, by the tests that call the changed function. The
first that fails kills it. A hash of the changed line gives the order of the mutants, from 0 to 1, so
that the same part of them can be tried again after a change of other lines.
"""

import ast
import hashlib
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from itertools import accumulate, count
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import pytest
from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).parents[1]
FORK = get_context("fork")
CREW = 2
"""Number of processes."""

FOLDERS = ("contract_tests/suite", "contract_tests/checking")
TESTS = "tests/contract_tests"
LIBRARIES = (
    *("openapi_core.contrib.requests", "schemathesis.openapi", "mock_server.app", "uvicorn"),
    *("hypothesis.stateful", "respx", "selenium.webdriver", "trustme", "xdist", "faker", "tarfile"),
)
"""What most tests import; it is loaded once."""

MODULES = tuple(
    str(path.relative_to(ROOT))
    for folder in FOLDERS
    for path in sorted((ROOT / folder).glob("*.py"))
)

# Left out: types, `is` for equality, how much `plan` foretells, what only checks the program itself,
# and names of errors, which cosmic-ray cannot replace where they have a dot.
NO_OPERATOR = re.compile(
    r"RemoveDecorator|ExceptionReplacer|_Is$|(?<!Is)_IsNot$|Is(?:Not)?_(?!Is)|Binary\w+_(?!Add_Sub|Sub_Add|Mul_FloorDiv|BitAnd_)"
)
NO_LINE = re.compile(r"\b(?:once|each|drawn)=")
CHECK = re.compile(r"\b(?:strict|frozen)=True")

MOST = 60.0
"""Maximum seconds of tests per mutant; what would be killed only later counts as survived."""

TOO_LONG = "too long"

Place = tuple[str, int]
"""A module and a line of it."""


@dataclass(frozen=True)
class Mutant:
    """A change of one line of a module."""

    module: str
    line: int
    operator: str
    occurrence: int
    what: str
    order: float

    def code(self, source: str) -> str | None:
        """Return the changed module; None if nothing changes."""
        operator = get_operator(self.operator)()
        return MutationVisitor.mutate_code(source, operator, self.occurrence)


@dataclass
class Test:
    """What is known of a test from its run on the unchanged code."""

    calls: set[Place] = field(default_factory=set)
    """The first lines of the functions that it calls."""
    seconds: float = 0.0
    """Seconds of the processor."""
    outcome: str = "passed"


def mutants() -> list[Mutant]:
    """Return all mutants, in the order to try them."""
    return sorted((one for name in MODULES for one in _of_module(name)), key=lambda one: one.order)


def _of_module(name: str) -> Iterator[Mutant]:
    lines, seen = (ROOT / name).read_text("utf-8").splitlines(), Counter[str]()
    for item in _all_work_items([ROOT / name], {}):
        (made,) = item.mutations
        line = lines[made.start_pos[0] - 1].strip()
        is_check = made.operator_name == "core/ReplaceTrueWithFalse" and CHECK.search(line)
        if is_check or NO_OPERATOR.search(made.operator_name) or NO_LINE.search(line):
            continue
        what = f"{name} {made.operator_name.removeprefix('core/')}: {line}"
        seen[what] += 1
        what += f" #{seen[what]}"
        order = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8]) / 2**64
        yield Mutant(name, made.start_pos[0], made.operator_name, made.occurrence, what, order)


class _Recorder:
    """Records the calls of each test of one half."""

    def __init__(self, half: int) -> None:
        self._half = half
        self.tests: dict[str, Test] = defaultdict(Test)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = items[self._half :: CREW]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        _forget()
        test, begin = self.tests[item.nodeid], process_time()
        beginning = f"{Path.cwd()}/contract_tests/"

        def trace(frame: Any, *_: object) -> None:
            code = frame.f_code
            if code.co_filename.startswith(beginning):
                name = code.co_filename.removeprefix(f"{Path.cwd()}/")
                test.calls.add((name, code.co_firstlineno))

        threading.settrace(trace)
        sys.settrace(trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            test.seconds = process_time() - begin

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed":
            self.tests[report.nodeid].outcome = report.outcome


def _forget() -> None:
    """Clear what tests share, so that each of them calls all that it needs."""
    import contract_tests.context
    import contract_tests.suite.generated

    generated = vars(contract_tests.suite.generated)
    for shared in (contract_tests.context.ResponseValidator, generated["_cases_of"]):
        getattr(shared, "cache_clear", lambda: None)()


class _Chosen:
    """Runs some tests only, in a given order."""

    def __init__(self, names: list[str]) -> None:
        self._order = {name: number for number, name in enumerate(names)}
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._order),
            key=lambda item: self._order[item.nodeid],
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid


def run_tests(paths: list[str], plugin: object) -> int:
    """Run tests in this process."""
    more = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "ignore"]
    return int(pytest.main([*paths, *more, "--ignore-glob=*browser*"], plugins=[plugin]))


def tests_for(mutant: Mutant, tests: dict[str, Test]) -> list[str]:
    """Return the tests that call the changed function, or else its module.

    First come the broken servers of the function's requirement, then the fastest of each file.
    """
    source = Path(mutant.module).read_text("utf-8")
    parts: list[ast.AST] = [*ast.parse(source).body]
    parts += [inner for part in parts if isinstance(part, ast.ClassDef) for inner in part.body]
    spans = [_span(part) for part in parts if not isinstance(part, ast.ClassDef)]
    span = next((span for span in spans if mutant.line in span), range(0))
    own, all_ = (
        [
            name
            for name, test in tests.items()
            if any(module == mutant.module and line in lines for module, line in test.calls)
        ]
        for lines in (span, range(1_000_000))
    )
    text = "\n".join(source.splitlines()[span.start - 1 : span.stop - 1]) if span else ""
    sisters = _sisters({*re.findall(r"\"([A-Z0-9]+-\d\d)\"", text)})
    turns, order = Counter[str](), {}
    for name in sorted(own or all_, key=lambda name: tests[name].seconds):
        file = name.partition("::")[0]
        order[name] = (name not in sisters, turns[file])
        turns[file] += 1
    chosen = sorted(order, key=order.__getitem__)
    ends = accumulate(tests[name].seconds for name in chosen)
    return [name for name, end in zip(chosen, ends, strict=True) if end <= MOST]


def _span(part: Any) -> range:
    begin = min([part.lineno, *(one.lineno for one in getattr(part, "decorator_list", ()))])
    return range(begin, part.end_lineno + 1)


def _sisters(ids: set[str]) -> set[str]:
    """Return the tests of the broken servers that break some requirements."""
    found = (
        (re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower(), fails.split())
        for path in Path(TESTS, "servers").glob("*.py")
        for fails, name in re.findall(
            r"@fails\(\s*\"([^\"]+)\"\s*\)\nclass (\w+)", path.read_text("utf-8")
        )
    )
    test = "test_broken_servers.py::test_a_broken_server_breaks_the_named_requirements"
    return {f"{TESTS}/{test}[{name}]" for name, fails in found if ids & {*fails}}


def work(number: int, tasks: Any, results: Any) -> None:
    """Record a part of the tests, then try mutants in a copy of the checkout."""
    os.setpgrp()  # so that its forks end with it
    sys.dont_write_bytecode = True
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / "checkout"
        left_out = shutil.ignore_patterns(".*", "build", "dist", "node_modules", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=left_out)
        os.chdir(copy)
        sys.path[:0] = [str(copy)]
        for name in LIBRARIES:
            import_module(name)
        tests = tasks.get()
        if tests is None:
            _fork(partial(_record, number), results, 3_600)
            tests = tasks.get()
        times = count(1)
        for mutant in iter(tasks.get, None):
            chosen = tests_for(mutant, tests)
            path = copy / mutant.module
            before = path.read_text("utf-8")
            code = mutant.code(before)
            _write(path, before if code is None else code, next(times))
            seconds = sum(tests[name].seconds for name in chosen)
            found = FORK.SimpleQueue()
            _fork(partial(_try, chosen), found, 60 + 10 * int(seconds))
            _write(path, before, next(times))
            results.put((number, mutant, TOO_LONG if found.empty() else found.get()))


def _write(path: Path, code: str, time: int) -> None:
    """Write a module with its own time, because bytecode is valid for the same time and size."""
    path.write_text(code, "utf-8")
    os.utime(path, (time, time))


def _record(number: int) -> dict[str, Test]:
    recorder = _Recorder(number)
    run_tests([TESTS], recorder)
    return {**recorder.tests}


def _try(names: list[str]) -> str:
    """Return the test that fails; an empty text if the mutant survives."""
    plugin = _Chosen(names)
    paths = [*dict.fromkeys(name.partition("::")[0] for name in names)]
    code = run_tests(paths, plugin) if names else 0
    return plugin.failed or ("an error" if code else "")


def _fork(call: Any, results: Any, seconds: int) -> None:
    """Put the result of a call; it has these seconds of the processor, and more until it ends."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        results.put(call())
        os._exit(0)

    process = FORK.Process(target=limited)
    process.start()
    process.join(10 * seconds)
    if process.is_alive():
        process.kill()
        process.join()


def main(minutes: float, begin: float = 0.0, end: float = 1.0) -> None:
    """Try a part of the mutants for some time, and print a table of what was killed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tasks, results = [FORK.SimpleQueue() for _ in range(CREW)], FORK.SimpleQueue()
    crew = [FORK.Process(target=work, args=(n, tasks[n], results)) for n in range(CREW)]
    tried: dict[str, Counter[str]] = {name: Counter() for name in MODULES}
    tried["all"] = Counter()
    try:
        for one in crew:
            one.start()
        tests = recorded(tasks, results)
        stop = monotonic() + minutes * 60
        left = iter([mutant for mutant in mutants() if begin <= mutant.order < end])
        for queue in tasks:
            queue.put(tests)
            queue.put(next(left, None))
        busy = CREW
        while busy:
            number, mutant, killer = results.get()
            fate = killer if killer == TOO_LONG else "killed" if killer else "survived"
            for name in (mutant.module, "all"):
                tried[name][fate] += 1
            sys.stdout.write(f"{fate} {mutant.order:.4f} :{mutant.line} {mutant.what} {killer}\n")
            sys.stdout.flush()
            following = next(left, None) if monotonic() < stop else None
            busy -= following is None
            tasks[number].put(following)
    except KeyboardInterrupt:
        sys.stdout.write("Ended early.\n")
    finally:
        for pid in [one.pid for one in crew if one.pid]:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        sys.stdout.write(table(tried))


def recorded(tasks: list[Any], results: Any) -> dict[str, Test]:
    """Have the crew record all tests; return those that pass."""
    for queue in tasks:
        queue.put(None)
    tests: dict[str, Test] = {}
    for _ in tasks:
        tests |= results.get()
    failed = [name for name, test in tests.items() if test.outcome == "failed"]
    if failed or not tests:
        sys.exit(f"On the unchanged code, these tests fail: {', '.join(failed) or 'all'}.")
    return {name: test for name, test in tests.items() if test.outcome == "passed"}


def table(tried: dict[str, Counter[str]]) -> str:
    """Return the table of the modules of which mutants were tried."""
    rows = ["| module | killed | of them by time | tried |", "|---|---|---|---|"]
    for name, fates in tried.items():
        killed = fates.total() - fates["survived"]
        if fates:
            rows.append(f"| {name} | {killed} | {fates[TOO_LONG]} | {fates.total()} |")
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    main(*map(float, sys.argv[2:]))
