"""Every response conforms to the document (ids `SCHEMA-*`).

Schemathesis checks the responses to its own requests; openapi-core, which shares no code with it,
checks all responses.
"""

from collections.abc import Callable
from http import HTTPStatus

from schemathesis.specs.openapi import checks

from contract_tests.checking.findings import Findings
from contract_tests.checking.validator import BY_SERVERS, Aspect
from contract_tests.suite.all_responses import (
    BAD_REQUEST,
    AllResponses,
    blame,
    checking_responses,
    making_up,
)
from contract_tests.suite.generated import Check, Sent
from contract_tests.wire.credentials import needs_token
from contract_tests.wire.response import Response
from mock_server import Document, Operation


def _conforms(id_: str, sentence: str, aspect: Aspect, check: Check) -> Callable[..., None]:
    """Return a test that checks one aspect, with openapi-core and one of schemathesis's checks."""

    @checking_responses(id_, sentence)
    def test(
        all_responses: AllResponses, generated: list[Sent], document: Document, findings: Findings
    ) -> None:
        found = []
        for operation, response in all_responses:
            findings.checked(operation, rows=_rows(aspect, all_responses, operation, response))
            if not _must_be(document, operation, response):
                complaints = all_responses.complaints(response)
                found += [(operation, response, one) for one in complaints
                          if one.aspect is aspect and not one.is_drift]  # fmt: skip
        blame(findings, found)
        for sent in (one for one in generated if one.response.status not in BY_SERVERS):
            # schemathesis would report the violations that openapi-core has found again.
            if all(complaint.is_drift for complaint in all_responses.complaints(sent.response)):
                for words in sent.objections(check):
                    findings.add(words, sent.response)

    return test


test_statuses_are_declared = _conforms(
    "SCHEMA-01",
    "Every status code is declared; documents may leave out those for invalid input, a missing token and unknown ids.",
    Aspect.STATUS, checks.status_code_conformance,
)  # fmt: skip
test_content_types_are_declared = _conforms(
    "SCHEMA-02", "Every response has a declared content type and can be parsed as that type.",
    Aspect.MEDIA_TYPE, checks.content_type_conformance,
)  # fmt: skip
test_headers_are_declared = _conforms(
    "SCHEMA-03", "Every response has the required headers, and headers conform to their schemas.",
    Aspect.HEADERS, checks.response_headers_conformance,
)  # fmt: skip
test_bodies_keep_their_schema = _conforms(
    "SCHEMA-04", "Every body conforms to the schema of its status code.",
    Aspect.BODY, checks.response_schema_conformance,
)  # fmt: skip


def _rows(
    aspect: Aspect, all_responses: AllResponses, operation: Operation, response: Response
) -> int:
    """Return the number of rows to check; for other aspects, whether the document declares it."""
    declared = operation.response(response.status)
    if aspect is Aspect.BODY:
        return all_responses.rows_of(operation, response)
    if aspect is Aspect.HEADERS:
        return bool(declared and declared.headers)
    return aspect is Aspect.STATUS or bool(declared and declared.media_types)


def _must_be(document: Document, operation: Operation, response: Response) -> bool:
    """Return whether a status is a rejection, and the document declares none."""
    is_undeclared = operation.response(response.status) is None
    if response.status == HTTPStatus.UNAUTHORIZED:
        return is_undeclared and needs_token(document, operation)
    if response.status == HTTPStatus.NOT_FOUND:
        return is_undeclared and "{" in operation.path
    return response.status in BAD_REQUEST and not any(map(operation.response, BAD_REQUEST))


@making_up("SCHEMA-05", "The server accepts valid input.")
def test_allowed_input_is_accepted(generated: list[Sent], findings: Findings) -> None:
    _check_input(generated, findings, checks.positive_data_acceptance, is_allowed=True)


@making_up("SCHEMA-06", "Invalid input gets a 4xx response.")
def test_forbidden_input_is_refused(generated: list[Sent], findings: Findings) -> None:
    _check_input(generated, findings, checks.negative_data_rejection, is_allowed=False)


def _check_input(
    generated: list[Sent], findings: Findings, check: Check, *, is_allowed: bool
) -> None:
    for sent in generated:
        if sent.is_allowed is is_allowed and sent.response.operation is not None:
            findings.checked(sent.response.operation)
            for words in sent.objections(check):
                findings.add(f"{words} Got {sent.response.status}.", sent.response)
