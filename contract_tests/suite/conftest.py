"""Shared fixtures of the suite."""

import pytest

from contract_tests import Options
from contract_tests.checking.validator import ResponseValidator
from contract_tests.suite.all_responses import AllResponses
from contract_tests.suite.gate import Gate
from contract_tests.suite.generated import Sent, send_generated
from contract_tests.suite.windows import Windows
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import Binding, Document


@pytest.fixture(scope="session")
def gate(wire: Wire, document: Document, binding: Binding, sample: Sample) -> Gate:
    """Return a sender of requests with and without tokens."""
    return Gate(wire, document, binding, sample)


@pytest.fixture(scope="session")
def windows(sample: Sample, binding: Binding, document: Document, options: Options) -> Windows:
    """Return ranges of days with rows."""
    return Windows(sample, binding, document, options.seed)


@pytest.fixture(scope="session")
def generated(
    wire: Wire, document: Document, binding: Binding, sample: Sample, options: Options
) -> list[Sent]:
    """Return the generated cases of schemathesis, with their responses."""
    return send_generated(wire, document, binding, sample, options)


@pytest.fixture(scope="session")
def all_responses(
    wire: Wire, validator: ResponseValidator, binding: Binding, generated: list[Sent]
) -> AllResponses:
    """Return all responses, including those to generated input."""
    del generated
    return AllResponses(wire, validator, binding)
