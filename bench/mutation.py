"""Count the changes of the contract kit that its tests detect: `minutes 35`, or `minutes 35 2` for others.

cosmic-ray makes the mutants. Each is tried in a fork of a process that has the libraries loaded,
in a copy of the checkout, by the tests that concern its module. The modules take turns, and of
each the mutants come in an order that a seed gives, so that a longer run tries more of the same.
"""

import contextlib
import os
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile, zip_longest
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import Any

from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).parents[1]
FORK = get_context("fork")
LONGEST = 400
"""Seconds; a mutant that the tests do not come to an end with is killed."""

KIT, SUITE, TESTS = "contract_tests/", "contract_tests/suite/", "tests/contract_tests/"
TRIED_BY = {
    KIT + "inquiry.py": f"{TESTS}test_known.py {TESTS}test_plugin.py",
    KIT + "judging/drift.py": f"{TESTS}test_drift.py",
    KIT + "judging/findings.py": f"{TESTS}test_plugin.py meaning",
    KIT + "judging/judge.py": f"{TESTS}test_judges.py {TESTS}test_drift.py schema auth-02",
    KIT + "judging/known.py": f"{TESTS}test_known.py",
    KIT + "wire/limits.py": f"{TESTS}test_limits.py {TESTS}test_wire.py",
    KIT + "wire/paging.py": f"meaning {TESTS}suite/test_meaning.py",
    KIT + "wire/redaction.py": f"{TESTS}test_wire.py {TESTS}reports {TESTS}test_recording.py",
    KIT + "wire/sampling.py": f"meaning {TESTS}suite/test_meaning.py",
    KIT
    + "wire/wire.py": f"{TESTS}test_wire.py {TESTS}test_credentials.py {TESTS}test_recording.py",
    SUITE + "all_responses.py": f"drift schema manners auth-02 {TESTS}test_plugin.py",
    SUITE + "gate.py": f"auth {TESTS}suite/test_auth.py",
    SUITE + "leaks.py": f"auth-18 manners-07 {TESTS}suite/test_auth.py",
    SUITE + "generated.py": "schema auth-02",
    SUITE + "rows.py": f"meaning {TESTS}suite/test_meaning.py",
    SUITE + "test_auth.py": f"auth {TESTS}suite/test_auth.py",
    SUITE + "test_drift.py": "drift auth-02",
    SUITE + "test_manners.py": "manners",
    SUITE + "test_meaning_pages.py": f"meaning {TESTS}suite/test_meaning.py",
    SUITE + "test_meaning_ranges.py": f"meaning {TESTS}suite/test_meaning.py",
    SUITE + "test_meaning_rows.py": f"meaning {TESTS}suite/test_meaning.py",
    SUITE + "test_schema.py": "schema auth-02",
    SUITE + "test_tokens.py": f"auth-20 {TESTS}suite/test_auth.py",
    SUITE + "test_v1.py": "v1",
    SUITE + "wellformed.py": "manners-10",
    SUITE + "windows.py": f"meaning {TESTS}suite/test_meaning.py",
}
"""Files of tests; and families or requirements, which broken servers try."""

# Left out: types, `is` for equality, how much `plan` foretells, and names of errors, which
# cosmic-ray cannot replace where they have a dot.
NO_OPERATOR = re.compile(
    r"RemoveDecorator|ExceptionReplacer|_Is$|(?<!Is)_IsNot$|Is(?:Not)?_(?!Is)|Binary\w+_(?!Add_Sub|Sub_Add|Mul_FloorDiv|BitAnd_)"
)
NO_LINE = re.compile(r"\b(?:once|each|drawn)=")


def mutations(name: str) -> list[Any]:
    """Return the possible changes of a module, in the order to try them."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    made = (item.mutations[0] for item in _all_work_items([ROOT / name], {}))
    found = [
        one
        for one in made
        if not NO_OPERATOR.search(one.operator_name)
        if not NO_LINE.search(lines[one.start_pos[0] - 1])
    ]
    random.Random(name).shuffle(found)
    return found


@dataclass(frozen=True)
class Mutant:
    """A module with one change."""

    module: str
    what: str
    code: str
    tries: tuple[str, ...]
    """Words for what tries it: where it is the code of one requirement, first that alone."""


def mutants(name: str) -> Iterator[Mutant]:
    """Yield the mutants of a module."""
    source = (ROOT / name).read_text("utf-8")
    for made in mutations(name):
        operator = get_operator(made.operator_name)()
        code = MutationVisitor.mutate_code(source, operator, made.occurrence)
        what = f"{name}:{made.start_pos[0]} {made.operator_name.removeprefix('core/')}"
        mine = re.search(rf'"([A-Z0-9]+-\d+)"[^@]*\ndef {made.definition_name}\(', source)
        tries = (*((mine[1].lower(),) if mine else ()), TRIED_BY[name])
        if code is not None:
            yield Mutant(name, f"{what} #{made.occurrence}", code, tries)


def in_turns(first: int) -> Iterator[Mutant]:
    """Yield the mutants of all modules in turn, starting at a turn."""
    for turn in islice(zip_longest(*map(mutants, TRIED_BY)), first, None):
        yield from (one for one in turn if one is not None)


def finds_nothing(words: list[str]) -> bool:
    """Return whether the named tests and broken servers find nothing wrong."""
    import pytest

    families = [word for word in words if "/" not in word]
    if families and not _keeps_sisters(families):
        return False
    files = [word for word in words if "/" in word]
    more = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
    return not files or pytest.main([*files, *more]) == 0


def _keeps_sisters(families: list[str]) -> bool:
    """Return whether each broken server breaks exactly the requirements that it should."""
    from contract_tests import Options, run
    from contract_tests.model import Verdict
    from tests.contract_tests.servers import SISTERS, Faithful

    chosen = {"rate": 1e6, "budget": 20_000, "max_response_time": 60.0, "select": families}
    faithful: list[tuple[type[Faithful], tuple[str, ...]]] = [(Faithful, ())]
    sisters = [(one.make, one.fails) for one in SISTERS.values()]
    for make, fails in faithful + sisters:
        wanted = [one for one in fails if {one.lower(), one.lower().split("-")[0]} & {*families}]
        if make is Faithful or wanted:
            options: dict[str, Any] = {**chosen, **make.options}
            result = run(Options(examples=4, **options), {"us": make("us").target()})
            broke = sorted(one.requirement.id for one in result.of(Verdict.BROKE))
            if broke != wanted or (make is Faithful and result.exit_code):
                return False
    return True


def work(tasks: Any, results: Any) -> None:
    """Try mutants in a copy of the checkout, until there is none left."""
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        left_out = shutil.ignore_patterns(".*", "build", "dist", "node_modules", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=left_out)
        os.chdir(copy)
        sys.path[:0] = [str(copy)]
        import openapi_core.contrib.requests  # noqa: F401 -- so that no fork has to
        import pytest  # noqa: F401
        import schemathesis.openapi  # noqa: F401
        import selenium.webdriver  # noqa: F401

        import mock_server.app  # noqa: F401

        for mutant in iter(tasks.get, None):
            path = copy / mutant.module
            before = path.read_text("utf-8")
            path.write_text(mutant.code, "utf-8")
            is_alive = all(_fork(words.split()) for words in mutant.tries)
            path.write_text(before, "utf-8")
            sys.stdout.write(f"{mutant.what} survived\n" if is_alive else "")
            sys.stdout.flush()
            results.put((mutant.module, is_alive))


def _fork(words: list[str]) -> bool:
    process = FORK.Process(target=_try, args=(words,))
    process.start()
    process.join(LONGEST)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode == 0


def _try(words: list[str]) -> None:
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        os.dup2(nowhere.fileno(), 2)
        code = not finds_nothing(words)
    os._exit(code)


def main(minutes: float, first: int = 0) -> None:
    """Try mutants for some time on two processors, and print a table of what was killed."""
    tasks, results = FORK.Queue(1), FORK.Queue()
    crew = [FORK.Process(target=work, args=(tasks, results)) for _ in range(2)]
    for one in crew:
        one.start()
    end = monotonic() + minutes * 60
    tried, survived = Counter[str](), Counter[str]()
    for mutant in takewhile(lambda _: monotonic() < end, in_turns(first)):
        tasks.put(mutant)
        tried[mutant.module] += 1
    for _ in crew:
        tasks.put(None)
    for _ in range(tried.total()):
        name, is_alive = results.get()
        survived[name] += is_alive
    for one in crew:
        one.join()
    rows = [
        f"| {name} | {tried[name] - survived[name]} of {tried[name]} | {len(mutations(name))} |\n"
        for name in TRIED_BY
    ]
    head = "| module | killed | mutants that there are |\n|---|---|---|\n"
    total = f"| all | {tried.total() - survived.total()} of {tried.total()} | |\n"
    sys.stdout.write(head + "".join(rows) + total)


if __name__ == "__main__":
    main(float(sys.argv[2]), *map(int, sys.argv[3:]))
