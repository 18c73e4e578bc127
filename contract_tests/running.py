"""Runs the suite with pytest in this process."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from contract_tests.errors import ContractKitError
from contract_tests.inquiry import Inquiry, Listener
from contract_tests.model import Requirement, Run
from contract_tests.options import Options
from contract_tests.plugin import INQUIRY
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

    Raises:
        MockServerError: If the run cannot start: a bad option, no token, an unreadable document.
    """
    with Inquiry(options or Options(), targets, listener) as inquiry:
        return judge(inquiry, paths)


def judge(inquiry: Inquiry, paths: Sequence[Path] = (SUITE,)) -> Run:
    """Run requirements with an open inquiry, which still knows the secrets to redact afterwards."""
    inquiry.open()
    _pytest(inquiry, paths, [])
    return inquiry.finish()


def requirements(paths: Sequence[Path] = (SUITE,)) -> tuple[Requirement, ...]:
    """Return all requirements, sorted by family and id; send nothing."""
    with Inquiry(Options(target=("mock",))) as inquiry:
        found = _pytest(inquiry, paths, ["--collect-only"])
    return tuple(
        sorted(dict.fromkeys(found), key=lambda requirement: (requirement.family, requirement.id))
    )


class _RunPlugin:
    """A plugin that passes an inquiry to pytest, and collects errors."""

    def __init__(self, inquiry: Inquiry, *, checks_tokens: bool) -> None:
        self._inquiry = inquiry
        self._checks_tokens = checks_tokens
        self.found: list[Requirement] = []
        self.errors: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[INQUIRY] = self._inquiry

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors.append(self._inquiry.redactor.text(str(report.longrepr)))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        made = (requirement_of(item) for item in session.items)
        self.found = [requirement for requirement in made if requirement is not None]
        self._inquiry.listener.collected(len(self.found))
        if self._checks_tokens and self.found and self._inquiry.error is None:
            try:
                self._inquiry.check_tokens()
            except ContractKitError as error:
                self._inquiry.error = error
                session.items.clear()

    def pytest_keyboard_interrupt(self) -> None:
        self._inquiry.internal_errors.append("it was interrupted")

    def pytest_internalerror(self, excrepr: object) -> bool:
        self.errors.append(self._inquiry.redactor.text(str(excrepr)))
        return True


def _pytest(inquiry: Inquiry, paths: Sequence[Path], more: list[str]) -> list[Requirement]:
    plugin = _RunPlugin(inquiry, checks_tokens=SUITE in paths and not more)
    pytest.main(
        [
            *map(str, paths),
            f"--rootdir={SUITE.parent}",
            f"--config-file={os.devnull}",
            "--import-mode=importlib",
            "--disable-plugin-autoload",
            *(word for name in ("terminal", "cacheprovider", "capture", "warnings", "logging",
                                "faulthandler", "unraisableexception", "threadexception")
              for word in ("-p", f"no:{name}")),
            "-p", "contract_tests.plugin",
            *more,
        ],
        plugins=[plugin],
    )  # fmt: skip
    if inquiry.error is None and plugin.errors:
        raise ContractKitError(f"The suite cannot be run:\n{plugin.errors[0]}")
    return plugin.found
