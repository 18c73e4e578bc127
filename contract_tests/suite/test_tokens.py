"""The life of tokens (`AUTH-20`): after everything that needs the token that a run began with."""

import pytest
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from contract_tests import Options, Target, requirement
from contract_tests.judging.findings import Findings
from contract_tests.model import Source
from contract_tests.suite.examining import walk
from contract_tests.suite.gate import Gate
from contract_tests.wire.targets import TokenDesk

_WALKS, _STEPS = 4, 4


class Tokens:
    """All tokens that were made, and what became of each."""

    def __init__(self, desk: TokenDesk, gate: Gate, findings: Findings) -> None:
        self._desk = desk
        self._gate = gate
        self._findings = findings
        self._fates = {gate.wire.token: "good"}
        self._bound = gate.open_operation()

    def make(self) -> str:
        """Make a token, and find out what it and the one before it open."""
        before = self._retire("replaced")
        token = self._gate.wire.token = self._desk.generate()
        self._fates[token] = "newest"
        self.use(token)
        self.use(before)
        return token

    def delete(self) -> None:
        """Delete the token, and find out that it opens nothing any more."""
        self._desk.delete()
        self.use(self._retire("deleted"))

    def use(self, token: str) -> None:
        """Find out whether a token opens what it should; one that is empty is none."""
        if not token:
            return
        bound = self._bound
        response = self._gate.send(bound, f"Bearer {token}", is_shared=False)
        wanted = {bound.status, 404} if token == self._gate.wire.token else {401}
        self._findings.judged(bound.operation)
        if response.status not in wanted:
            self._findings.add(
                f"Expected {min(wanted)} for a token that is {self._fates[token]}, "
                f"got {response.status}.",
                response=response,
            )

    def _retire(self, fate: str) -> str:
        """Have no good token any more, and give the one there was."""
        token, self._gate.wire.token = self._gate.wire.token, ""
        self._fates[token] = fate
        return token


@requirement(
    "AUTH-20",
    "A token is valid from generation until deletion or replacement, in any sequence.",
    source=Source.VENDOR,
    sends="tokens that were made, replaced and deleted in between",
    tags=("token",),
    once=_WALKS * (_STEPS * 2 + 1) + 2,
    each=1,
)
def test_life_of_a_token(target: Target, gate: Gate, options: Options, findings: Findings) -> None:
    desk = target.tokens
    if desk is None:
        pytest.skip("Tokens are made in the app, which this run has no access to.")
    if target.is_live and not options.allow_token_rotation:
        pytest.skip("The token may not be replaced; --allow-token-rotation would let it.")
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
