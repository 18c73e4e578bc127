"""Every answer, to good and bad requests alike, agrees with the document."""

from typing import Any

import pytest
import schemathesis
from schemathesis.core.result import Ok

from contract_tests import Options, requirement
from contract_tests.examining import examine
from contract_tests.findings import Findings
from contract_tests.judges import Judge
from contract_tests.wire import Wire
from mock_server import Document


@pytest.fixture(scope="session")
def made_up(document: Document, wire: Wire, options: Options) -> list[Any]:
    """Send what schemathesis makes up, and give its complaints with our answers."""
    schema = schemathesis.openapi.from_dict(
        document.content,
        config=schemathesis.Config.from_dict(
            {
                "seed": options.seed,
                "cache": {"enabled": False},
                "max-redirects": 0,
                "generation": {"database": "none", "with-security-parameters": False},
                "phases": {"coverage": {"unexpected-methods": []}},
            }
        ),
    )
    sent: list[Any] = []
    for result in schema.get_all_operations():
        if not isinstance(result, Ok):
            continue
        operation = result.ok()

        def send(case: Any) -> None:
            response, answer = wire.call(case)
            try:
                case.validate_response(response)
            except* AssertionError as group:
                sent.append((answer, [str(one) for one in group.exceptions]))
            else:
                sent.append((answer, []))

        name = f"{options.seed} {operation.label}"
        examine(send, operation.as_strategy(), examples=options.examples, name=name)
    return sent


@requirement("SCHEMA-04", sends="made-up requests", each=0, drawn=1, shares="made up")
def test_bodies_keep_their_schema(made_up: list[Any], judge: Judge, findings: Findings) -> None:
    """Every body keeps the schema of its status."""
    for answer, complaints in made_up:
        findings.judged(answer.operation)
        for complaint in (*complaints, *(one.message for one in judge.complaints(answer))):
            findings.add(complaint, answer=answer)
