"""What several modules of the suite share."""

import pytest

from contract_tests import Options
from contract_tests.judging.judge import Judge
from contract_tests.suite.all_responses import AllResponses
from contract_tests.suite.gate import Gate
from contract_tests.suite.made_up import Sent, make_up
from contract_tests.suite.windows import Windows
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import Binding, Document


@pytest.fixture(scope="session")
def gate(wire: Wire, document: Document, binding: Binding, sample: Sample) -> Gate:
    """Return the way to ask with and without a token."""
    return Gate(wire, document, binding, sample)


@pytest.fixture(scope="session")
def windows(sample: Sample, binding: Binding, document: Document, options: Options) -> Windows:
    """Return ranges of days with rows."""
    return Windows(sample, binding, document, options.seed)


@pytest.fixture(scope="session")
def made_up(
    wire: Wire, document: Document, binding: Binding, sample: Sample, options: Options
) -> list[Sent]:
    """Return what schemathesis made up, with the responses."""
    return make_up(wire, document, binding, sample, options)


@pytest.fixture(scope="session")
def all_responses(wire: Wire, judge: Judge, binding: Binding, made_up: list[Sent]) -> AllResponses:
    """Return all responses; there are some, as made-up input was sent before."""
    del made_up
    return AllResponses(wire, judge, binding)
