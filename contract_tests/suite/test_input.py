"""Validation of input: days, numbers, and undeclared parameters (ids `MANNERS-*`)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from contract_tests import requirement
from contract_tests.checking.findings import Findings
from contract_tests.errors import NotCheckedError
from contract_tests.model import Source
from contract_tests.suite.all_responses import BAD_REQUEST
from contract_tests.suite.gate import Gate, expect
from contract_tests.suite.windows import Windows
from contract_tests.wire.credentials import path_item
from contract_tests.wire.request import read, request_of, texts
from mock_server import Binding, Document, OperationBinding, Part, shape_of

_NOTHING = "no-such-value"
"""A text that is neither a number, nor a day, nor a declared value."""

_NO_DAYS = (
    "2026-02-30", "2026-01-05T00:00:00Z", _NOTHING, "", "2026-13-01", "2026-02-29", "2026-00-10",
    "20260105", "2026-1-5", "05.01.2026", "2026-01-05 ",
)  # fmt: skip
_NO_MOMENTS = ("2026-02-30T00:00:00Z", "2026-01-05T25:00:00Z", _NOTHING, "")
_NO_NUMBERS = ("{}.5", _NOTHING, "", "{}_0", " {}", "{}e0", "0x{}", "\u0663")
"""Texts around a number that is valid, so that a server which reads only this number is found."""

_NAMED = re.compile(r"parameter is (?:invalid|wrong)[^.]* names it")
"""Declares that an error names the invalid parameter."""

_EVERYWHERE = 5
"""Number of values that every operation gets; the others are distributed over those with the
same parameter."""

_MOST_LIVE = 3
"""Maximum number of values per parameter for a live service."""


@requirement(
    "MANNERS-03",
    "An invalid or out-of-range parameter value gets a 400, or a 422 if declared, which names it.",
    sends="invalid parameter values",
    each=46,
)
def test_wrong_values(gate: Gate, binding: Binding, findings: Findings) -> None:
    for bound in binding.operations.values():
        operation = bound.operation
        declared = [status for status in BAD_REQUEST if operation.response(status)] or BAD_REQUEST
        says_name = any(_NAMED.search(_about(bound, gate.document, status)) for status in declared)
        for name, text, is_path in _wrong(bound, gate, binding):
            named = texts(bound, gate.values(bound)) | {name: text}
            response = request_of(operation, named).send(gate.wire)
            wanted = [*declared, *([404] if is_path else [])]
            expect(findings, response, *wanted, what=f" for {name}={text!r}")
            if response.status in declared and says_name and name not in response.text:
                message = f"Expected {name} in the error, but it is not named."
                findings.add(message, response)


def _wrong(
    bound: OperationBinding, gate: Gate, binding: Binding
) -> Iterator[tuple[str, str, bool]]:
    """Yield invalid values with their parameters' names, and whether these are in the path."""
    sent = texts(bound, gate.values(bound))
    for parameter in bound.operation.parameters:
        name, is_path = parameter.name, parameter.location == "path"
        schema = shape_of(gate.document, parameter.schema).schema
        wrong = [text.replace("{}", sent.get(name, "1"))
                 for text in _wrong_values(schema, gate.document)
                 if text or not parameter.allows_empty]  # fmt: skip
        having = [
            other
            for other in binding.operations.values()
            if name in {one.name for one in other.operation.parameters}
        ]
        rest = wrong[_EVERYWHERE:][having.index(bound) % 3 :: min(3, len(having))]
        chosen = wrong[:_EVERYWHERE] + rest
        for value in chosen[: _MOST_LIVE if gate.wire.target.is_live else None]:
            if parameter.location == "query" or (is_path and value):
                yield name, value, is_path


def _wrong_values(schema: Mapping[str, Any], document: Document) -> tuple[str, ...]:
    """Return texts that are no values of a schema."""
    kind = schema.get("type")
    if kind == "integer":
        bounds = ((schema.get("minimum"), -1), (schema.get("maximum"), 1))
        beyond = (str(bound + step) for bound, step in bounds if isinstance(bound, int))
        return (*beyond, *_NO_NUMBERS)
    if wrong := {"date": _NO_DAYS, "date-time": _NO_MOMENTS}.get(str(schema.get("format"))):
        return wrong
    if kind == "array":
        wrong = _wrong_values(shape_of(document, schema.get("items") or {}).schema, document)
        return tuple(text for text in wrong if text and "," not in text)
    types = {kind} if isinstance(kind, str) else {*(kind or ())}
    is_text = "string" in (types or {"string"}) and "enum" not in schema
    return () if is_text or "object" in types else (_NOTHING,)


def _about(bound: OperationBinding, document: Document, status: int) -> str:
    declared = bound.operation.response(status)
    if declared is None:
        return ""
    node = path_item(document, bound.operation)[bound.operation.method.lower()]
    return str(document.resolve(node["responses"][declared.status]).get("description"))


@requirement(
    "MANNERS-13",
    "Undeclared query parameters have no effect, if the document says so.",
    sends="a range of days with undeclared parameters, also in capitals or named like properties",
    each=4,
    shares="ranges of days",
)
def test_unknown_parameters(
    gate: Gate, windows: Windows, document: Document, findings: Findings
) -> None:
    ignored = r"not (?:described|declared|known)[^.]* ignored"
    if not re.search(ignored, str(document.content["info"])):
        raise NotCheckedError("The document does not say that undeclared parameters are ignored.")
    for bound, window in windows.each(windows.whole):
        values = {Part.START: window.first, Part.END: window.last, **windows.sample.values(bound)}
        made = request_of(bound.operation, texts(bound, values))
        plain = read(bound, made.send(gate.wire))
        names = [one.name for one in bound.operation.parameters if one.location == "query"]
        capitals = [name.upper() for name in names if name.upper() not in names]
        read_names = {path.rpartition("/")[2] for path in bound.properties} - {"", "*", *names}
        for more in (["no-such-parameter"], capitals, sorted(read_names)):
            query = (*made.query, *((name, "1") for name in more))
            response = replace(made, query=query).send(gate.wire)
            findings.checked(bound.operation)
            if response.status != bound.status or read(bound, response).raw != plain.raw:
                findings.add(
                    f"Expected the parameters {', '.join(more)} to be ignored, got a different "
                    f"response.",
                    response,
                )


@requirement(
    "MANNERS-14",
    "Keys are case-sensitive, if the document says so.",
    sends="a known space key with swapped letter case",
)
def test_other_case_of_keys(gate: Gate, binding: Binding, findings: Findings) -> None:
    for bound in binding.operations.values():
        known = str(gate.values(bound).get(Part.SPACE_KEY, ""))
        other = {Part.SPACE_KEY: known.swapcase()}
        is_declared = _CASE.search(_described(bound, gate.document))
        if bound.parameter(Part.SPACE_KEY) and is_declared and known != known.swapcase():
            expect(findings, gate.request(bound, other).send(gate.wire), 404)


_CASE = re.compile("capitals matter|case[- ]sensitive")


def _described(bound: OperationBinding, document: Document) -> str:
    item = path_item(document, bound.operation)
    declared = (*item.get("parameters", ()),
                *item[bound.operation.method.lower()].get("parameters", ()))  # fmt: skip
    return " ".join(str(document.resolve(parameter).get("description")) for parameter in declared)


@requirement(
    "MANNERS-19",
    "Exactly the requests that accept no declared content type get a 406, if declared.",
    sends="another content type in Accept to each operation, alone and before any other",
    each=2,
)
def test_accept(gate: Gate, binding: Binding, findings: Findings) -> None:
    for bound in binding.operations.values():
        if "406" not in bound.operation.responses:
            continue
        request, found = gate.request(bound), (bound.status, 404)
        for more, wanted in (("", (406,)), (", */*;q=0.1", found)):
            accept = f"application/x-no-such-type{more}"
            sent = replace(request, headers=(*request.headers, ("Accept", accept)))
            expect(findings, sent.send(gate.wire), *wanted, what=f" for {accept}")


@requirement(
    "MANNERS-21",
    "Paths are percent-decoded exactly once (RFC 3986, 2.4 and 6.2.2.2).",
    source=Source.RFC,
    sends="a known id or key, fully percent-encoded, once and twice",
    each=3,
)
def test_encoded_paths(gate: Gate, binding: Binding, findings: Findings) -> None:
    for bound in binding.operations.values():
        plain = gate.request(bound)
        response, path = plain.send(gate.wire), plain.path
        for value in response.path_values.values():
            encoded = "".join(map("%{:02X}".format, value.encode()))
            path = path.replace(quote(value, safe=""), encoded)
        if path != plain.path and response.status == bound.status:
            expect(findings, replace(plain, path=path).send(gate.wire), bound.status)
            twice = replace(plain, path=path.replace("%", "%25"))
            refused = 422 if "422" in bound.operation.responses else 400
            what = " for a path encoded twice"
            expect(findings, twice.send(gate.wire), refused, 404, what=what)
