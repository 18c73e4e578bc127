"""The state of a run: document, targets, wires and outcomes."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import pytest

from contract_tests.checking.coverage import coverage_of
from contract_tests.checking.findings import Findings
from contract_tests.checking.known import KnownDeviations, read_known
from contract_tests.checking.validator import ResponseValidator
from contract_tests.errors import (
    ContractBrokenError,
    ContractKitError,
    NoResponseError,
    NotCheckedError,
    OptionError,
    SpentError,
)
from contract_tests.model import Outcome, Requirement, Run, Verdict
from contract_tests.options import Options
from contract_tests.wire.credentials import wants_bearer
from contract_tests.wire.redaction import TOKEN, Redactor
from contract_tests.wire.request import send
from contract_tests.wire.targets import Target, open_targets, target_names
from contract_tests.wire.wire import Wire
from mock_server import (
    DEFAULT_DOCUMENT,
    Binding,
    Clock,
    Document,
    Field,
    Part,
    __version__,
    bind,
    read_document,
)

_COUNTS = {Field.VIEWS, Field.VIEWERS, Field.SEARCHES}
"""Fields of sums, which operations that look up a content, space or account do not have."""
_TOOLS = ("schemathesis", "hypothesis", "openapi-core")


class Listener:
    """Receives the events of a run; does nothing unless overridden."""

    def opened(self, wires: Sequence[Wire]) -> None:
        """Handle that the wires are open; no request was sent yet."""

    def collected(self, number: int) -> None:
        """Handle the number of expected outcomes."""

    def concluded(self, outcome: Outcome) -> None:
        """Handle the outcome of a requirement at a target."""


class RunContext(AbstractContextManager["RunContext"]):
    """Holds the state that the requirements of one run share."""

    def __init__(
        self,
        options: Options,
        targets: Mapping[str, Target] | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.options = options
        self.redactor = Redactor()
        self.outcomes: list[Outcome] = []
        self.error: ContractKitError | None = None
        """The error that made the run impossible."""
        self.internal_errors: list[str] = []
        """Internal errors, and interruptions."""
        self.listener = listener or Listener()
        self.wires: dict[str, Wire] = {}
        """The wires opened so far, by target name."""
        self._given = targets
        self._stack = ExitStack()
        self._started = time.monotonic()
        self._at = datetime.fromtimestamp(Clock().now() / 1_000, UTC)

    @property
    def target_names(self) -> tuple[str, ...]:
        """The names of the targets, without opening them."""
        return tuple(self._given) if self._given is not None else target_names(self.options)

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """The targets by name, opened on first access."""
        given = self._given
        targets = self._stack.enter_context(open_targets(self.options)) if given is None else given
        # Learn valid tokens first: the token of one target is the other token of another.
        for target in targets.values():
            self.redactor.learn(target.token, instead=TOKEN)
        for target in targets.values():
            self.redactor.learn(target.other_token or "")
        return targets

    @cached_property
    def document(self) -> Document:
        """The document that responses are validated against."""
        document = read_document(self.options.document or DEFAULT_DOCUMENT)
        if document.operations:
            return document
        raise OptionError(f"{document.origin} declares no operations, so nothing can be tested.")

    @cached_property
    def binding(self) -> Binding:
        """The meanings of the document's operations, parameters and properties."""
        return bind(self.document)

    @cached_property
    def known(self) -> KnownDeviations:
        """The known deviations."""
        entries = read_known(self.options.known) if self.options.known else ()
        return KnownDeviations(entries, Clock().today())

    def open(self) -> None:
        """Prepare the run, so that errors are raised before anything is sent."""
        _ = self.binding, self.known, self.validator
        self.listener.opened([self.wire(name) for name in self.target_names])

    def check_tokens(self) -> None:
        """Send one request with the token to each target; `OptionError` if a token is refused."""
        for name in self.target_names:
            target = self.targets[name]
            known = {Part.CONTENT_ID: target.content_id, Part.SPACE_KEY: target.space_key}
            values = {part: value for part, value in known.items() if value}
            for bound in self.binding.operations.values():
                if not wants_bearer(self.document, bound.operation):
                    continue
                try:
                    response = send(self.wire(name), bound, values)
                except (NoResponseError, SpentError):
                    break  # the run reports it
                except NotCheckedError:
                    continue  # it needs an id or key that is not known yet
                if response.status == 401:
                    raise OptionError(
                        f"{name} rejected the token (401), so nothing was checked. Generate a new "
                        f"token, or use the correct one."
                    )
                break

    def wire(self, name: str) -> Wire:
        """Return the wire of a target."""
        if name not in self.wires:
            wire = Wire(self.targets[name], self.document, self.options, self.redactor)
            self._stack.callback(wire.close)
            self.wires[name] = wire
        return self.wires[name]

    def sent(self, name: str) -> int:
        """Return the number of requests sent to a target so far."""
        return self.wires[name].limits.sent if name in self.wires else 0

    @cached_property
    def validator(self) -> ResponseValidator:
        """The validator of responses."""
        return ResponseValidator(self.document)

    def settle(
        self, requirement: Requirement, target: str, findings: Findings, error: BaseException | None
    ) -> None:
        """Fail a test that has findings (`xfail` if they are known), or skip it if it checked none."""
        __tracebackhide__ = True
        if isinstance(error, AssertionError):
            findings.add(str(error) or "An assertion of the suite failed.")
        if found := findings.found:
            residency = self.targets[target].residency
            findings.known = self.known.reason(requirement.id, target, residency, found)
            if findings.known:
                pytest.xfail(findings.known)
            if not (requirement.is_error or self.options.strict):
                pytest.xfail(f"The requirement is only assumed. {found[0].text}")
            texts = ("\n    ".join(filter(None, (one.text, one.curl))) for one in found)
            raise ContractBrokenError("\n\n".join(texts)) from error
        if error is None and findings.lack:
            pytest.skip(f"{findings.lack.capitalize()}.")

    def conclude(
        self,
        requirement: Requirement,
        target: str,
        findings: Findings,
        raised: pytest.ExceptionInfo[BaseException] | None,
        **measured: Any,
    ) -> None:
        """Record the outcome of a requirement, from its findings and the exception of its test."""
        verdict, reason = Verdict.HELD, findings.known
        if findings.found:
            is_error = requirement.is_error or self.options.strict
            verdict = Verdict.BROKE if is_error else Verdict.WARNED
            verdict = Verdict.KNOWN if findings.known else verdict
        elif raised is not None:
            verdict, reason = Verdict.NOT_RUN, str(raised.value)
            if not isinstance(raised.value, pytest.skip.Exception):
                last = raised.traceback[-1]
                where = f"{Path(last.path).name}:{last.lineno + 1}"
                reason = f"Internal error at {where}: {raised.typename}: {raised.value}"
                self.internal_errors.append(
                    self.redactor.text(f"{requirement.id} at {target}: {reason}")
                )
        outcome = Outcome(
            requirement=requirement,
            target=target,
            verdict=verdict,
            reason=self.redactor.text(reason),
            findings=findings.found,
            operations=findings.operations,
            **measured,
        )
        self.outcomes.append(outcome)
        self.listener.concluded(outcome)

    def finish(self) -> Run:
        """Return the run in its current state; raise the error that made it impossible."""
        if self.error is not None:
            raise self.error
        document, wires = self.document, self.wires
        version_ = (document.content.get("info") or {}).get("version", "")
        digest = orjson.dumps(document.content, option=orjson.OPT_NON_STR_KEYS)
        unseen = self._unseen()
        closed = [f"{name}: {why}" for name in wires if (why := wires[name].limits.closed)]
        residencies = {name: target.residency for name, target in self.targets.items()}
        return Run(
            document=f"{document.title} {version_}".strip(),
            document_digest=hashlib.sha256(digest).hexdigest(),
            targets={name: target.url for name, target in self.targets.items()},
            seed=self.options.seed,
            started=f"{self._at:%Y-%m-%dT%H:%M:%SZ}",
            seconds=round(time.monotonic() - self._started, 3),
            requests=sum(map(self.sent, wires)),
            outcomes=(*self.outcomes, *self.known.outcomes(self.outcomes, residencies)),
            coverage={name: coverage_of(document, wires[name].responses) for name in wires},
            versions={
                "viewtracker-contract": __version__,
                **{name: version(name) for name in _TOOLS},
            },
            arguments=self._arguments(),
            notes=tuple(
                f"No rows of {', '.join(left)} were checked at {name}. If they require an unknown id "
                f"or key, set --content-id or --space-key."
                for name, left in unseen.items()
            ),
            unchecked=tuple(f"{one} at {name}" for name, left in unseen.items() for one in left),
            is_strict=self.options.strict,
            cut_short="; ".join([*closed, *self.internal_errors]),
        )

    def _arguments(self) -> tuple[str, ...]:
        names = ("document", "content_id", "space_key")
        given = {f"--{name.replace('_', '-')}": getattr(self.options, name) for name in names}
        return tuple(word for name, value in given.items() if value for word in (name, str(value)))

    def _unseen(self) -> dict[str, list[str]]:
        """Return the operations without checked rows in a run of all requirements, by target."""
        unseen = {}
        for name in self.targets if not self.options.select else ():
            checked = {
                operation
                for outcome in self.outcomes
                if outcome.target == name and outcome.requirement.family == "meaning"
                for operation in outcome.operations
            }
            ids = [bound.operation.id for bound in self.binding.operations.values()
                   if bound.rows_at is not None or _COUNTS & bound.envelope]  # fmt: skip
            if checked and (left := [one for one in ids if one not in checked]):
                unseen[name] = left
        return unseen

    def close(self) -> None:
        """Close the wires and the mock."""
        self._stack.close()

    def __exit__(self, *_: object) -> None:
        self.close()
