"""Runs the suite with pytest in this process."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from contract_tests.context import Listener, RunContext
from contract_tests.errors import ContractKitError
from contract_tests.model import Requirement, Run
from contract_tests.options import Options
from contract_tests.plugin import CONTEXT
from contract_tests.requirements import requirement_of
from contract_tests.wire.targets import Target

SUITE = Path(__file__).parent / "suite"
"""The directory of the requirements."""


def run(
    options: Options | None = None,
    targets: Mapping[str, Target] | None = None,
    *,
    paths: Sequence[Path] = (SUITE,),
    listener: Listener | None = None,
) -> Run:
    """Run requirements and return the result.

    `MockServerError`: the run cannot start, because of an option, a token or the document.
    """
    with RunContext(options or Options(), targets, listener) as context:
        return run_all(context, paths)


def run_all(context: RunContext, paths: Sequence[Path] = (SUITE,)) -> Run:
    """Run requirements with an open context, which still knows the secrets to redact afterwards."""
    context.open()
    _pytest(context, paths, [])
    return context.finish()


def requirements(paths: Sequence[Path] = (SUITE,)) -> tuple[Requirement, ...]:
    """Return all requirements, sorted by family and id; send nothing."""
    with RunContext(Options()) as context:
        found = _pytest(context, paths, ["--collect-only"])
    return tuple(sorted({*found}, key=lambda requirement: (requirement.family, requirement.id)))


class _RunPlugin:
    """A plugin that passes a context to pytest, and collects errors."""

    def __init__(self, context: RunContext, *, checks_tokens: bool) -> None:
        self._context = context
        self._checks_tokens = checks_tokens
        self.found: list[Requirement] = []
        self.errors: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[CONTEXT] = self._context

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors.append(self._context.redactor.text(str(report.longrepr)))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.found = [*filter(None, map(requirement_of, session.items))]
        self._context.listener.collected(len(self.found))
        if self._checks_tokens and self.found and self._context.error is None:
            try:
                self._context.check_tokens()
            except ContractKitError as error:
                self._context.error = error
                session.items.clear()

    def pytest_keyboard_interrupt(self) -> None:
        self._context.internal_errors.append("it was interrupted")

    def pytest_internalerror(self, excrepr: object) -> bool:
        self.errors.append(self._context.redactor.text(str(excrepr)))
        return True


def _pytest(context: RunContext, paths: Sequence[Path], more: list[str]) -> list[Requirement]:
    plugin = _RunPlugin(context, checks_tokens=SUITE in paths and not more)
    pytest.main(
        [
            *map(str, paths), f"--rootdir={SUITE.parent}", f"--config-file={os.devnull}",
            "--import-mode=importlib", "--disable-plugin-autoload",
            *(f"-pno:{name}" for name in (
                "terminal", "cacheprovider", "capture", "warnings", "logging", "faulthandler",
                "unraisableexception", "threadexception",
            )),
            "-pcontract_tests.plugin", *more,
        ],
        plugins=[plugin],
    )  # fmt: skip
    if context.error is None and plugin.errors:
        raise ContractKitError(f"The suite cannot be run:\n{plugin.errors[0]}")
    return plugin.found
