"""Authentication: only the valid token, sent as in RFC 6750, is accepted (ids `AUTH-*`)."""

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from string import ascii_uppercase
from typing import Any
from urllib.parse import urlsplit

import pytest

from contract_tests import Target, requirement
from contract_tests.checking.findings import Findings
from contract_tests.context import RunContext
from contract_tests.errors import NotCheckedError
from contract_tests.model import Source
from contract_tests.requirements import CHECKS_RESPONSES, requirement_of
from contract_tests.suite.faults import has_rows
from contract_tests.suite.gate import NOT_ABOUT_INPUT, REFUSED, Gate, expect
from contract_tests.wire.redaction import other_token
from contract_tests.wire.response import Response
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import OperationBinding, Part

Refuse = Callable[..., None]
Turns = tuple[OperationBinding, ...]

_probe = partial(requirement, tags=("token",))
_without = partial(requirement, tags=("token",), each=2, shares="no token")


@pytest.fixture
def turns(request: pytest.FixtureRequest, gate: Gate) -> Turns:
    """Return all operations; for a live service only one, which differs between requirements."""
    if not gate.wire.target.is_live:
        return gate.operations
    made = requirement_of(request.node)
    number = int(made.id.rpartition("-")[2]) if made else 0
    return (gate.operations[number % len(gate.operations)],)


@pytest.fixture
def refuse(gate: Gate, turns: Turns, findings: Findings) -> Refuse:
    """Return `refuse(*authorizations, ...)`, which sends credentials that must be rejected."""

    def call(*authorizations: str, or_400: bool = False, what: str = "", **more: object) -> None:
        for bound in turns:
            response = gate.send(bound, *authorizations, **more)  # type: ignore[arg-type]
            expect(findings, response, 401, *([400] * or_400), what=what)

    return call


@requirement(
    "AUTH-01",
    "Every operation accepts the valid token.",
    sends="the token to each operation",
    tags=("token",),
)
def test_good_token(gate: Gate, wire: Wire, findings: Findings) -> None:
    for bound in gate.operations:
        response = gate.send(bound, f"Bearer {wire.token}")
        if response.status in REFUSED:
            findings.add(f"Expected the token to be accepted, got {response.status}.", response)
        elif response.status == bound.status:
            findings.checked(bound.operation)


@_without(
    "AUTH-02",
    "A request without an `Authorization` header gets a 401.",
    sends="no token to each operation",
)
def test_no_header(gate: Gate, findings: Findings) -> None:
    for bound in gate.operations:
        expect(findings, gate.send(bound), 401)


def _wrong(
    id_: str,
    sentence: str,
    sends: str,
    make: Callable[[str], Sequence[tuple[str, ...] | dict[str, Any]]],
    source: Source = Source.DOCUMENT,
) -> Callable[..., None]:
    """Return a test that sends credentials derived from the token, which must be rejected.

    `make` returns values of `Authorization` headers, or other arguments of `Gate.send`. Sources
    other than the document also allow a 400.
    """

    @_probe(id_, sentence, source=source, sends=sends, each=len(make("token")))
    def test(refuse: Refuse, wire: Wire) -> None:
        for sent in make(wire.token):
            headers, more = ((), sent) if isinstance(sent, dict) else (sent, {})
            refuse(*headers, or_400=source is not Source.DOCUMENT, **more)

    return test


test_another_scheme = _wrong(
    "AUTH-03", "The token with a scheme other than Bearer gets a 401.",
    "the token with another scheme", lambda token: [(f"Token {token}",)],
)  # fmt: skip
test_empty_token = _wrong(
    "AUTH-04", "`Bearer` without a token gets a 401 or 400.",
    "Bearer without a token", lambda _: [("Bearer",)], Source.RFC,
)  # fmt: skip
test_malformed_credentials = _wrong(
    "AUTH-05", "Credentials that are not a single token get a 401 or 400.",
    "the token after another word", lambda token: [(f"Bearer other {token}",)], Source.RFC,
)  # fmt: skip
test_made_up_token = _wrong(
    "AUTH-06", "An invalid token of the same length gets a 401.",
    "an invalid token", lambda token: [(f"Bearer {other_token(token)}",)],
)  # fmt: skip
test_truncated_token = _wrong(
    "AUTH-07", "A truncated or extended token gets a 401.",
    "the token without its last character, and with three more",
    lambda token: [(f"Bearer {token[:-1]}",), (f"Bearer {token}XYZ",)],
)  # fmt: skip
# The replacement differs in the first of the character's six base64 bits, because a decoder may
# ignore its last bits.
test_altered_token = _wrong(
    "AUTH-08", "The token with a different last character gets a 401.",
    "the token with a different last character",
    lambda token: [
        (f"Bearer {token[:-1]}{'w' if token[-1] in ascii_uppercase + 'abcdef' else 'A'}",)
    ],
)  # fmt: skip
test_other_letter_case = _wrong(
    "AUTH-09", "The token in a different letter case gets a 401.",
    "the token with swapped letter case",
    lambda token: [(f"Bearer {token.swapcase()}",)] * (token != token.swapcase()),
)  # fmt: skip
test_token_in_query = _wrong(
    "AUTH-12",
    "The token in the query string gets a 401 or 400, because logs record it (RFC 6750, 5.3).",
    "the token in the query string",
    lambda token: [{"query": [("access_token", token), ("token", token)]}], Source.ASSUMED,
)  # fmt: skip
test_token_in_cookie = _wrong(
    "AUTH-13",
    "Cookies, even with the token, get a 401, because browsers send cookies automatically.",
    "the token in cookies, and the cookies that the service has set",
    lambda token: [{"cookie": f"access_token={token}; token={token}; Authorization={token}"}],
)  # fmt: skip
test_two_headers = _wrong(
    "AUTH-14", "Two `Authorization` headers get a 401 or 400, even if one is valid.",
    "the token and an invalid one, in both orders",
    lambda token: [
        (f"Bearer {token}", f"Bearer {token[::-1]}"), (f"Bearer {token[::-1]}", f"Bearer {token}"),
    ], Source.ASSUMED,
)  # fmt: skip
test_basic = _wrong(
    "AUTH-16", "The token as an HTTP Basic password gets a 401.",
    "the token as an HTTP Basic password",
    lambda token: [("Basic " + base64.b64encode(f"token:{token}".encode()).decode(),)],
)  # fmt: skip


@_probe(
    "AUTH-10",
    "The scheme is case-insensitive (RFC 9110, 11.1).",
    source=Source.RFC,
    sends="the token with the scheme bEARER",
    each=2,
)
def test_scheme_in_any_case(gate: Gate, turns: Turns, wire: Wire, findings: Findings) -> None:
    for bound in turns:
        gate.expect_open(findings, bound, gate.send(bound, f"bEARER {wire.token}"))


@_probe(
    "AUTH-11",
    "Several spaces, but no other white space, may separate scheme and token (RFC 6750, 2.1).",
    source=Source.ASSUMED,
    sends="the token after two spaces and after a tab",
    each=3,
)
def test_white_space(
    gate: Gate, turns: Turns, refuse: Refuse, wire: Wire, findings: Findings
) -> None:
    for bound in turns:
        gate.expect_open(findings, bound, gate.send(bound, f"Bearer  {wire.token}"))
    refuse(f"Bearer\t{wire.token}", or_400=True, what=" for a tab")


@_probe(
    "AUTH-15",
    "The token of the other residency gets a 401.",
    source=Source.ASSUMED,
    sends="the token of the other residency",
)
def test_token_of_the_other_residency(refuse: Refuse, target: Target, context: RunContext) -> None:
    if target.other_token is None:
        pytest.skip(
            "The token of the other residency is unknown; set both VIEWTRACKER_TOKEN_US "
            "and VIEWTRACKER_TOKEN_DE."
        )
    others = (context.wire(name) for name in context.target_names)
    # An earlier test may have replaced the token of the other residency.
    now = (other.token for other in others if other.target.token == target.other_token)
    refuse(f"Bearer {next(now, target.other_token)}")


@_without(
    "AUTH-17",
    "A 401 response has a `WWW-Authenticate` header with the scheme Bearer (RFC 9110, 11.6.1).",
    source=Source.RFC,
    sends="GET and HEAD without a token to each operation",
    tags=("token", CHECKS_RESPONSES),
)
def test_refusals_say_how(gate: Gate, findings: Findings) -> None:
    for bound in gate.operations:
        for method in (None, "HEAD"):
            gate.send(bound, method=method)
    # HEAD and OPTIONS are no declared operations, but their paths are.
    operations = {_path(one): one.operation for one in gate.wire.responses if one.operation}
    for response in gate.wire.responses:
        operation = operations.get(_path(response))
        if operation is None or response.status != 401:
            continue
        findings.checked(operation)
        challenge = _challenge(response)
        if not re.search(r"(?:^|,)\s*bearer(?:\s|,|$)", challenge, re.IGNORECASE):
            findings.add(
                f"Expected a Bearer challenge, got {challenge or 'no WWW-Authenticate'}.",
                operation=operation,
                response=response,
            )


def _path(response: Response) -> str:
    return urlsplit(str(response.raw.request.url)).path


def _challenge(response: Response) -> str:
    return ", ".join(response.headers.getlist("WWW-Authenticate"))


@_without(
    "AUTH-19",
    "Without a token, existing and missing resources get the same response.",
    source=Source.ASSUMED,
    sends="no token to each operation, with existing and missing ids and keys",
    each=3,
)
def test_refusals_do_not_reveal_resources(gate: Gate, sample: Sample, findings: Findings) -> None:
    for bound in gate.operations:
        known: dict[Part, Any] = {}
        with suppress(NotCheckedError):
            known = sample.values(bound)
        if not known:
            continue
        unknown = {part: gate.unknown(part) for part in known}
        here, there = (gate.send(bound, values=values) for values in (known, unknown))
        if here.status not in REFUSED:
            continue
        findings.checked(bound.operation)
        sent = [*here.path_values.values(), *there.path_values.values()]
        again = gate.send(bound, values=known, is_shared=False)
        # Ignore numbers that differ between equal requests, such as request ids.
        has_numbers = _seen(here, sent) == _seen(again, sent)
        seen, other = (_seen(one, sent, has_numbers=has_numbers) for one in (here, there))
        for what in (what for what in seen if seen[what] != other[what]):
            findings.add(f"The {what} differs for a missing resource.", there)


def _seen(response: Response, sent: Iterable[str], *, has_numbers: bool = True) -> dict[str, str]:
    """Return the distinguishing parts of a response, without the values of the request."""
    seen = {
        "status": str(response.status),
        "content type": response.media_type,
        "challenge": response.headers.get("WWW-Authenticate", ""),
        "body": response.text,
    }
    for value in sent:
        whole = rf"(?<!\w){re.escape(value)}(?!\w)"
        seen = {what: re.sub(whole, "0", text) for what, text in seen.items()}
    if not has_numbers:
        number = r"[0-9a-fA-F-]{8,}|\d+"
        seen = {what: re.sub(number, "*", text) for what, text in seen.items()}
    return seen


@_probe(
    "AUTH-22",
    "The challenge for an invalid token has an `error` parameter (RFC 6750, 3.1).",
    source=Source.ASSUMED,
    sends="an invalid token",
)
def test_refusals_say_why(gate: Gate, turns: Turns, wire: Wire, findings: Findings) -> None:
    for bound in turns:
        response = gate.send(bound, f"Bearer {wire.token[::-1]}x")
        if response.status == 401:
            findings.checked(bound.operation)
            if "error=" not in (challenge := _challenge(response)):
                findings.add(f"Expected `error` in the challenge, got {challenge}.", response)


@requirement(
    "AUTH-21",
    "Every method, page and date range of an operation requires the valid token.",
    sends="GET, HEAD and OPTIONS without a token and with an invalid one, for pages and ranges",
    tags=("token",),
    each=14,
)
def test_every_way_is_closed(gate: Gate, turns: Turns, wire: Wire, findings: Findings) -> None:
    day = gate.today
    for bound in turns:
        ways: list[tuple[str, dict[Part, Any] | None]] = [
            ("HEAD", {}),
            ("OPTIONS", {}),
            ("GET", {Part.OFFSET: 1, Part.PAGE: 2, Part.LIMIT: 1}),
            ("GET", None),
            ("GET", {Part.LIMIT: gate.most(bound)}),
            ("GET", {Part.START: day, Part.END: day}),
            ("GET", {Part.START: day, Part.END: day - timedelta(days=1)}),
        ]
        for method, more in ways[:3] if wire.target.is_live else ways:
            for authorizations in ((), (f"Bearer {wire.token[::-1]}x",)):
                response = gate.send(bound, *authorizations, method=method, more=more)
                findings.checked(bound.operation)
                is_open = response.status < 400
                if method == "OPTIONS":  # the allowed methods are not secret
                    is_open = has_rows(bound, response)
                if is_open or (method == "GET" and response.status not in NOT_ABOUT_INPUT):
                    findings.add(
                        f"Expected 401 for {method}, got {response.status}.",
                        operation=bound.operation,
                        response=response,
                    )
