"""The lifecycle of tokens (`AUTH-20`); runs after all tests that need the initial token."""

import pytest
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from contract_tests import Options, Target, requirement
from contract_tests.checking.findings import Findings
from contract_tests.model import Source
from contract_tests.suite.examining import walk
from contract_tests.suite.gate import Gate
from contract_tests.wire.targets import TokenDesk

_WALKS, _STEPS = 4, 4


class Tokens:
    """All generated tokens and their states."""

    def __init__(self, desk: TokenDesk, gate: Gate, findings: Findings) -> None:
        self._desk = desk
        self._gate = gate
        self._findings = findings
        self._fates = {gate.wire.token: "good"}
        self._bound = gate.open_operation()

    def make(self) -> str:
        """Generate a token, and use it and the previous one."""
        before = self._gate.wire.token
        token = self._gate.wire.token = self._desk.generate()
        self._fates |= {before: "replaced", token: "newest"}
        self.use(token)
        self.use(before)
        return token

    def delete(self) -> None:
        """Delete the token, and use it."""
        before, self._gate.wire.token = self._gate.wire.token, ""
        self._desk.delete()
        self._fates[before] = "deleted"
        self.use(before)

    def use(self, token: str) -> None:
        """Check whether a token is accepted exactly if it is valid; ignore an empty one."""
        if not token:
            return
        bound = self._bound
        response = self._gate.send(bound, f"Bearer {token}", is_shared=False)
        wanted = {bound.status, 404} if token == self._gate.wire.token else {401}
        self._findings.checked(bound.operation)
        if response.status not in wanted:
            fate = f"a token that is {self._fates[token]}"
            message = f"Expected {min(wanted)} for {fate}, got {response.status}."
            self._findings.add(message, response)


@requirement(
    "AUTH-20",
    "A token is valid from generation until deletion or replacement, in any sequence.",
    source=Source.VENDOR,
    sends="generated, replaced and deleted tokens",
    tags=("token",),
    once=_WALKS * (_STEPS * 2 + 1) + 2,
    each=1,
)
def test_life_of_a_token(target: Target, gate: Gate, options: Options, findings: Findings) -> None:
    desk = target.tokens
    if desk is None:
        pytest.skip("Tokens are generated in the app, which this run cannot access.")
    if target.is_live:
        pytest.skip("The token of a live service is not replaced.")
    tokens = Tokens(desk, gate, findings)

    class Life(RuleBasedStateMachine):
        made = Bundle("made")

        @initialize(target=made)
        def begin(self) -> str:
            return tokens.make()

        @rule(target=made)
        def make(self) -> str:
            return tokens.make()

        @rule()
        def delete(self) -> None:
            tokens.delete()

        @rule(token=made)
        def use(self, token: str) -> None:
            tokens.use(token)

        def teardown(self) -> None:
            tokens.delete()

    try:
        walk(Life, walks=_WALKS, steps=_STEPS, name=f"{options.seed} {target.name}")
    finally:
        tokens.make()
