"""Responses to unknown, odd or invalid requests, and HTTP conformance (ids `MANNERS-*`)."""

import re
import statistics
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from contract_tests import Options, Target, requirement
from contract_tests.checking.findings import Findings
from contract_tests.checking.validator import Aspect, Complaint, ResponseValidator
from contract_tests.context import RunContext
from contract_tests.errors import NoResponseError
from contract_tests.model import Source
from contract_tests.requirements import CHECKS_RESPONSES
from contract_tests.suite.all_responses import (
    AllResponses,
    blame,
    checking_responses,
    declared_only,
)
from contract_tests.suite.faults import faults_of, has_rows, leaks_of
from contract_tests.suite.gate import NOT_ABOUT_INPUT, Gate, expect
from contract_tests.wire.limits import WAITING
from contract_tests.wire.request import Request, request_of, texts
from contract_tests.wire.response import Response
from contract_tests.wire.targets import is_here
from contract_tests.wire.wire import Wire
from mock_server import Binding, Document, Operation, OperationBinding, Part

_OTHERS = ("POST", "PUT", "PATCH", "DELETE")
_ELSEWHERE = "https://elsewhere.example"
_MINUTES_OFF = 5
"""Maximum tolerated difference between clocks, in minutes."""

_ODD_WORDS = ("\0", "a/b", "\u00e9\U0001f600", 'it\'s "odd"', "%", "x" * 3_000)
_ODD_VALUES: tuple[Mapping[Part, Any], ...] = (
    # Extreme years, without the years that have rows, because these may be many.
    {Part.START: date.min, Part.END: date(1970, 1, 1)},
    {Part.START: date(2100, 1, 1), Part.END: date.max},
    {Part.START: date.max, Part.END: date.min},
    {Part.OFFSET: 2**63, Part.PAGE: 2**63, Part.LIMIT: 2**63},
)
_ODD_QUERY = "%FF=%ZZ&=&&%"


@requirement(
    "MANNERS-01",
    "A request for an unknown content or space gets a 404.",
    sends="an unknown id or key to each operation",
)
def test_unknown_resources(gate: Gate, binding: Binding, findings: Findings) -> None:
    for bound in binding.operations.values():
        for part in (Part.CONTENT_ID, Part.SPACE_KEY):
            parameter = bound.parameter(part)
            if parameter is not None and parameter.parameter.location == "path":
                unknown = gate.unknown(part)
                response = gate.request(bound, {part: unknown}).send(gate.wire)
                expect(findings, response, 404, what=f" for {unknown}")
                if response.status == 401 and gate.takes_token(bound):
                    findings.add(f"Expected 404 for {unknown}, got 401.", response)


@requirement(
    "MANNERS-04",
    "An undeclared method gets a 405 with the declared body, and all methods of the path in `Allow`.",
    source=Source.RFC,
    sends="each of POST, PUT, PATCH and DELETE to each operation, and HEAD",
    each=5,
)
def test_other_methods(
    gate: Gate, validator: ResponseValidator, document: Document, binding: Binding, findings: Findings
) -> None:  # fmt: skip
    found = []
    for bound in binding.operations.values():
        path = bound.operation.path
        declared = {one.method for one in document.operations if one.path == path}
        others = [one for one in _OTHERS if one not in declared and gate.wire.limits.allows(one)]
        if not others:
            pytest.skip("No other methods are sent to a live service.")
        request = gate.request(bound)
        wanted = declared | _methods(gate, request)
        for method in others:
            response = request.send(gate.wire, method=method)
            if response.status in NOT_ABOUT_INPUT:
                continue
            findings.checked(bound.operation)
            allowed = _allowed(response)
            complaints = validator.complaints(replace(response, operation=bound.operation))
            found += _about_body(bound.operation, response, complaints)
            if response.status != 405 or not wanted <= allowed or method in allowed:
                findings.add(
                    f"Expected 405 for {method}, with {', '.join(sorted(wanted))} in Allow, got "
                    f"{response.status} with {', '.join(sorted(allowed)) or 'none'}.",
                    operation=bound.operation,
                    response=response,
                )
    blame(findings, found)


def _allowed(response: Response) -> set[str]:
    return {*re.split(r"[\s,]+", " ".join(response.headers.getlist("Allow")))} - {""}


def _about_body(
    operation: Operation, response: Response, complaints: Iterable[Complaint]
) -> list[tuple[Operation, Response, Complaint]]:
    aspects = {Aspect.BODY, Aspect.MEDIA_TYPE}
    found = (one for one in complaints if one.aspect in aspects and not one.is_drift)
    return [(operation, response, complaint) for complaint in found]


def _methods(gate: Gate, request: Request) -> set[str]:
    """Return the method of a request, and HEAD if the path supports it."""
    has_head = request.send(gate.wire, method="HEAD").status < 300
    return {request.method, "HEAD"} if has_head else {request.method}


@requirement(
    "MANNERS-05",
    "No input causes a 5xx response.",
    source=Source.RFC,
    sends="odd words, days, numbers and queries",
    each=11,
    tags=(CHECKS_RESPONSES,),
)
def test_nothing_breaks_down(gate: Gate, binding: Binding, findings: Findings) -> None:
    for bound in binding.operations.values():
        for request in _odd_requests(bound, gate):
            with suppress(NoResponseError):
                request.send(gate.wire)
    for operation, response in declared_only(gate.wire):
        findings.checked(operation)
        if response.status >= 500 and response.status != 503:
            findings.add(f"Expected no 5xx, got {response.status}.", response)


def _odd_requests(bound: OperationBinding, gate: Gate) -> Iterator[Request]:
    sent = texts(bound, gate.values(bound))
    names = [one.name for one in bound.operation.parameters if one.location == "path"]
    for word in _ODD_WORDS if names else ():
        yield request_of(bound.operation, sent | {names[-1]: word})
    for values in _ODD_VALUES:
        yield request_of(bound.operation, sent | texts(bound, values))
    plain = request_of(bound.operation, sent)
    yield Request(plain.method, f"{plain.path}?{_ODD_QUERY}", headers=plain.headers)


@checking_responses(
    "MANNERS-06",
    "Every error has the declared body, with its status code, the request path and a fixed title.",
)
def test_errors_have_their_shape(
    all_responses: AllResponses, document: Document, findings: Findings
) -> None:
    found = []
    words = " ".join(str(document.content.get("components")).split())
    titles: dict[object, object] | None = {} if _TITLE.search(words) else None
    for operation, response in all_responses.errors:
        if (declared := operation.response(response.status)) and declared.media_types:
            findings.checked(operation)
            found += _about_body(operation, response, all_responses.complaints(response))
            wrong = _wrong_in_problem(response, titles, has_path=bool(_PATH.search(words)))
            for name, wanted, got in wrong:
                findings.add(
                    f"Expected {wanted!r} as the problem's {name} (RFC 9457, 3.1), got {got!r}.",
                    response,
                    pointer=f"/{name}",
                )
    blame(findings, found)


_PATH = re.compile(r"[Tt]he (?:requested path|path (?:of the request|that was requested))\b")
"""Declares that `instance` is the path of the request."""

_TITLE = re.compile(r"title, the same for all problems of (?:this|the same|a) type")


def _wrong_in_problem(
    response: Response, titles: dict[object, object] | None, *, has_path: bool
) -> Iterator[tuple[str, object, object]]:
    """Yield wrong members of a problem: the name, the expected and the actual value."""
    problem: Mapping[str, Any] = {}
    with suppress(ValueError):
        if response.media_type == "application/problem+json" and isinstance(response.json(), dict):
            problem = response.json()
    if (status := problem.get("status", response.status)) != response.status:
        yield "status", response.status, status
    if titles is not None and "title" in problem:
        wanted = titles.setdefault((problem.get("type"), response.status), problem["title"])
        if problem["title"] != wanted:
            yield "title", wanted, problem["title"]
    path = unquote(urlsplit(str(response.raw.request.url)).path)
    instance = str(problem.get("instance", path))
    if has_path and not path.endswith(unquote(instance)):
        yield "instance", path, instance


@checking_responses(
    "MANNERS-07", "No error exposes rows, secrets or server internals.", source=Source.RFC
)
def test_errors_show_nothing(
    all_responses: AllResponses, wire: Wire, binding: Binding, findings: Findings, context: RunContext
) -> None:  # fmt: skip
    for operation, _ in all_responses.errors:
        findings.checked(operation)
    # Errors of undeclared methods and paths must show nothing either.
    for response in (one for one in wire.responses if one.status >= 400):
        bound = response.operation and binding.operations.get(response.operation.id)
        rows = ["rows"] if bound and has_rows(bound, response) else []
        for words in [*leaks_of(response, context.redactor), *rows]:
            findings.add(f"Expected no internals, got {words}.", response)


@checking_responses(
    "MANNERS-08",
    "A remote service uses TLS only, and never redirects to plain HTTP.",
    source=Source.RFC,
)
def test_all_is_encrypted(all_responses: AllResponses, target: Target, findings: Findings) -> None:
    if is_here(target.url):
        pytest.skip("The target is on this machine, where TLS is not required.")
    for operation, response in all_responses:
        findings.checked(operation)
        for url in (target.url, response.headers.get("Location", "")):
            if url.lower().startswith("http:"):
                findings.add(f"Expected https, got {url}.", operation=operation)


@checking_responses(
    "MANNERS-09",
    "Every response arrives within `--max-response-time`.",
    source=Source.ASSUMED,
    fails=True,  # the option requests it
)
def test_responses_come_in_time(
    all_responses: AllResponses, options: Options, findings: Findings
) -> None:
    took = [(operation, response, response.milliseconds) for operation, response in all_responses]
    if options.max_response_time is None:
        half = statistics.median(time for *_, time in took) if took else 0
        most = max((time for *_, time in took), default=0)
        pytest.skip(
            f"--max-response-time is not set. The median of {len(took)} response times is "
            f"{half:.0f} ms, the maximum {most:.0f} ms."
        )
    for operation, response, time in took:
        findings.checked(operation)
        if time > options.max_response_time * 1_000:
            message = f"Expected a response within {options.max_response_time:g} s, got it later."
            findings.add(message, response)


@checking_responses(
    "MANNERS-10",
    "JSON bodies are well-formed UTF-8, `Content-Length` is correct, and caches can distinguish compressed bodies.",
    source=Source.RFC,
)
def test_bodies_are_well_formed(all_responses: AllResponses, findings: Findings) -> None:
    for operation, response in all_responses:
        findings.checked(operation)
        for words in faults_of(response):
            findings.add(words, response)


@requirement(
    "MANNERS-15",
    "No response redirects to another host, which would receive the token.",
    sends="the path with a trailing slash to each operation",
    tags=(CHECKS_RESPONSES,),
)
def test_no_other_host(gate: Gate, binding: Binding, target: Target, findings: Findings) -> None:
    for bound in binding.operations.values():
        request = gate.request(bound)
        replace(request, path=f"{request.path}/").send(gate.wire)
        findings.checked(bound.operation)
    for response in gate.wire.responses:
        where = response.headers.get("Location", "")
        host = urlsplit(where).netloc
        if host and host.lower() != urlsplit(target.url).netloc.lower():
            findings.add(f"Expected no redirect to another host, got {where}.", response)


@checking_responses(
    "MANNERS-16",
    "No response contains a token in its headers or body (RFC 6750, 5.3).",
    source=Source.RFC,
)
def test_no_token_is_shown(
    all_responses: AllResponses, target: Target, wire: Wire, findings: Findings
) -> None:
    del all_responses  # the others, such as those to HEAD, are checked too
    tokens = {token for token in (target.token, wire.token, target.other_token) if token}
    forms = {form for token in tokens for form in (token, quote(token, safe=""))}
    for response in wire.responses:
        if response.operation:
            findings.checked(response.operation)
        for place, text in {**response.headers, "body": response.text}.items():
            if any(form in text for form in forms):
                findings.add(f"Expected no token, got one in {place}.", response)


@requirement(
    "MANNERS-20",
    "Shared caches (RFC 9111, 5.2.2) and other sites cannot read authenticated responses.",
    source=Source.ASSUMED,
    sends="a request with the `Origin` of another site to each operation",
    tags=(CHECKS_RESPONSES,),
)
def test_reports_are_not_shared(gate: Gate, findings: Findings) -> None:
    for bound in gate.operations:
        request = gate.request(bound)
        replace(request, headers=(*request.headers, ("Origin", _ELSEWHERE))).send(gate.wire)
    for operation, response in declared_only(gate.wire):
        if response.status >= 300:
            continue
        findings.checked(operation)
        directives = response.headers.get("Cache-Control", "")
        if re.search(r"\b(?:public|s-maxage)\b", directives, re.IGNORECASE):
            message = f"Expected no caching by shared caches, got Cache-Control: {directives}."
            findings.add(message, response)
        names = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
        if [response.headers.get(name) for name in names] == [_ELSEWHERE, "true"]:
            message = "Expected no access for other sites, got CORS headers that allow it with "
            findings.add(message + "credentials.", response)


@checking_responses(
    "MANNERS-22",
    "Every response has a `Date` (RFC 9110, 6.6.1); for a remote service, within five minutes of this machine's clock.",
    source=Source.ASSUMED,
)
def test_clock_is_right(all_responses: AllResponses, target: Target, findings: Findings) -> None:
    for operation, response in all_responses:
        findings.checked(operation)
        sent = response.headers.get("Date", "")
        try:
            there = parsedate_to_datetime(sent).timestamp()
        except ValueError:
            if response.status < 500:
                findings.add(f"Expected a Date, got {sent or 'none'}.", response)
            continue
        minutes = (there - datetime.fromisoformat(response.at).timestamp()) / 60
        if target.is_live and abs(minutes) > _MINUTES_OFF:
            off = f"{abs(minutes):.0f} minutes {'ahead of' if minutes > 0 else 'behind'} it"
            message = f"Expected the time of this machine in `Date`, got {off}."
            findings.add(message, response)


@requirement(
    "MANNERS-17",
    "Every request gets a complete response, and no operation always returns 503.",
    source=Source.RFC,
    sends="nothing more",
    each=0,
    tags=(CHECKS_RESPONSES,),
)
def test_responses_are_whole(wire: Wire, findings: Findings) -> None:
    if not wire.has_responded:
        pytest.skip("There was no response at all.")
    busy: dict[str, Response] = {}
    ever = set()
    for operation, response in declared_only(wire):
        findings.checked(operation)
        if response.status in WAITING:
            busy[operation.id] = response
        elif response.status < 400:
            ever.add(operation.id)
    for broken, request, reason in wire.broken:
        findings.add(f"Expected a response to {request}: {reason}.", operation=broken)
    for response in (response for name, response in busy.items() if name not in ever):
        message = f"Expected other responses too, always got {response.status}."
        findings.add(message, response)


@requirement(
    "MANNERS-18",
    "OPTIONS returns the methods of a path in `Allow` (RFC 9110, 9.3.7).",
    source=Source.ASSUMED,
    sends="OPTIONS and HEAD to each operation",
    each=2,
)
def test_options(gate: Gate, binding: Binding, findings: Findings) -> None:
    for bound in binding.operations.values():
        request = gate.request(bound)
        response = request.send(gate.wire, method="OPTIONS")
        if response.status in NOT_ABOUT_INPUT:
            continue
        findings.checked(bound.operation)
        wanted = _methods(gate, request)
        if not wanted <= _allowed(response) or response.status >= 300:
            allowed = ", ".join(response.headers.getlist("Allow"))
            findings.add(
                f"Expected {' and '.join(sorted(wanted))} in Allow, got {allowed or 'no Allow'} "
                f"with {response.status}.",
                operation=bound.operation,
                response=response,
            )
