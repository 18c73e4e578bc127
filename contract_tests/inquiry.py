"""A run in the making: its document, targets and wires, and what came of each requirement."""

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from types import TracebackType
from typing import Self

import orjson

from contract_tests.errors import ContractKitError
from contract_tests.judges import Judge
from contract_tests.model import Coverage, Outcome, Run
from contract_tests.options import Options
from contract_tests.redaction import Redactor
from contract_tests.targets import Target, open_targets, target_names
from contract_tests.wire import Wire
from mock_server import (
    DEFAULT_DOCUMENT,
    Binding,
    Clock,
    Document,
    __version__,
    bind,
    read_document,
)

_JUDGES = ("schemathesis", "hypothesis", "openapi-core")


class Inquiry:
    """Holds what the requirements of one run share; nothing outlives it.

    Args:
        options: How the run goes.
        targets: Whom to ask, instead of those that the options name.
        on_outcome: Called with each outcome as it comes.
    """

    def __init__(
        self,
        options: Options,
        targets: Mapping[str, Target] | None = None,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self.options = options
        self.redactor = Redactor()
        self.outcomes: list[Outcome] = []
        self.trouble: ContractKitError | None = None
        """What kept the run from being one."""
        self.stumbles: list[str] = []
        """What the kit itself got wrong."""
        self._given = targets
        self._on_outcome = on_outcome
        self._wires: dict[str, Wire] = {}
        self._judges: dict[str, Judge] = {}
        self._stack = ExitStack()
        self._started = time.monotonic()
        self._at = datetime.fromtimestamp(Clock().now() / 1_000, UTC)

    @property
    def target_names(self) -> tuple[str, ...]:
        """The names of the targets; known before any is opened."""
        return tuple(self._given) if self._given is not None else target_names(self.options)

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """The targets by name, opened when first asked for.

        Raises:
            MockServerError: If one cannot be opened.
        """
        if self._given is not None:
            return self._given
        return self._stack.enter_context(open_targets(self.options))

    @cached_property
    def document(self) -> Document:
        """The document that answers are judged by."""
        return read_document(self.options.document or DEFAULT_DOCUMENT)

    @cached_property
    def binding(self) -> Binding:
        """What the document's operations, parameters and properties mean."""
        return bind(self.document)

    def wire(self, name: str) -> Wire:
        """Give the wire to a target."""
        if name not in self._wires:
            target = self.targets[name]
            if target.other_token:
                self.redactor.learn(target.other_token)
            wire = Wire(target, self.document, self.options, self.redactor)
            self._stack.callback(wire.close)
            self._wires[name] = wire
        return self._wires[name]

    def sent(self, name: str) -> int:
        """Give how many requests a target got so far."""
        return self._wires[name].sent if name in self._wires else 0

    def judge(self, name: str) -> Judge:
        """Give the judge of a target's answers."""
        if name not in self._judges:
            self._judges[name] = Judge(self.document, self.wire(name).base_url)
        return self._judges[name]

    def note(self, outcome: Outcome) -> None:
        """Keep what came of a requirement."""
        self.outcomes.append(outcome)
        self._on_outcome(outcome)

    def finish(self) -> Run:
        """Give the run, as it is now.

        Raises:
            ContractKitError: If something kept it from being one.
        """
        if self.trouble is not None:
            raise self.trouble
        told = self.document.content.get("info") or {}
        digest = orjson.dumps(self.document.content, option=orjson.OPT_NON_STR_KEYS)
        closed = [
            f"{name}: {wire.limits.closed}"
            for name, wire in self._wires.items()
            if wire.limits.closed
        ]
        return Run(
            document=f"{self.document.title} {told.get('version', '')}".strip(),
            document_digest=hashlib.sha256(digest).hexdigest(),
            targets={name: target.url for name, target in self.targets.items()},
            seed=self.options.seed,
            started=f"{self._at:%Y-%m-%dT%H:%M:%SZ}",
            seconds=round(time.monotonic() - self._started, 3),
            requests=sum(wire.sent for wire in self._wires.values()),
            outcomes=tuple(self.outcomes),
            coverage={name: Coverage() for name in self._wires},
            versions={"viewtracker-contract": __version__}
            | {package: version(package) for package in _JUDGES},
            cut_short="; ".join([*closed, *self.stumbles]),
        )

    def close(self) -> None:
        """Close the wires and the mock."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
