"""What can be served of a document: requests are sent to every operation, and read back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from mock_server.api.context import ReportSummary
from mock_server.api.responses import Responses
from mock_server.binding.fields import (
    Binding,
    Field,
    OperationBinding,
    ParameterBinding,
    Part,
    Unit,
)
from mock_server.binding.file import read_overrides
from mock_server.binding.infer import NOT_OURS, bind
from mock_server.cli.probe import Probe, read_back, value_at
from mock_server.clock import DAY, SECOND, day_of, to_rfc3339
from mock_server.data.fields import paging_values
from mock_server.errors import ResponseValidationError
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.lower import served_schemes
from mock_server.openapi.schemas import SchemaCompiler, shape_of
from mock_server.world.domain import ANONYMOUS

WORKS = "works"
GENERATED = "generated"
IGNORED = "ignored"
BREAKS = "breaks"

_LINKS = frozenset({Field.NEXT, Field.PREVIOUS, Field.SELF})
_SHOWN = 50


@dataclass(frozen=True)
class Finding:
    """What becomes of one security scheme, operation, parameter, property, header or status."""

    operation: str
    """Its id; empty for what all operations share."""
    kind: str
    name: str
    outcome: str
    """`works` (seen to), `generated` (valid, and made up), `ignored` (no effect), or `breaks`."""
    bound_to: str | None
    evidence: str

    @property
    def is_broken(self) -> bool:
        """Whether the mock cannot keep the document's word here."""
        return self.outcome == BREAKS

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def check_document(document: Document, overrides: Path | None = None) -> list[Finding]:
    """Serve a document in this process, send requests to each operation, and read back the rows.

    Args:
        document: What to check.
        overrides: A binding file, if there is one.

    Raises:
        BindingError: If the binding file cannot be used.
    """
    told = None if overrides is None else read_overrides(overrides, document)
    binding = bind(document, told)
    probe = Probe(document, binding)
    return [*_schemes(document)] + [
        finding
        for operation in document.operations
        for finding in _findings(document, operation, binding, probe)
    ]


def _schemes(document: Document) -> Iterator[Finding]:
    for name, scheme in served_schemes(document).items():
        if scheme["type"] == "apiKey":
            told = f"a token as {scheme['name']}, in the {scheme['in']}"
        elif scheme["scheme"] == "basic":
            told = "an email address and its API token"
        else:
            told = "a bearer token"
        yield Finding("", "security", name, WORKS, told, "told by its type")


def _findings(
    document: Document, operation: Operation, binding: Binding, probe: Probe
) -> Iterable[Finding]:
    bound = binding.operations.get(operation.id)
    if bound is None:
        outcome = BREAKS if operation.method == "GET" else IGNORED
        reason = binding.unbound[operation.id]
        return [Finding(operation.id, "operation", operation.id, outcome, None, reason)]
    return _Check(document, bound, probe).findings()


class _Check:
    """The check of one operation that is served."""

    def __init__(self, document: Document, bound: OperationBinding, probe: Probe) -> None:
        self._document = document
        self._bound = bound
        self._operation = bound.operation
        self._probe = probe
        self._given = probe.arguments(bound.operation, bound)
        self._body: Any = None

    def findings(self) -> Iterator[Finding]:
        """Yield what becomes of the operation and of everything in it."""
        response, report = self._probe.get(self._operation, self._given)
        first = self._first(response, report)
        yield first
        if first.is_broken:
            return
        if report is None or self._bound.evidence == NOT_OURS:
            for one in self._bound.parameters:
                yield self._finding("parameter", one.parameter.name, IGNORED, None, one.evidence)
            return
        self._body = response.json()
        for parameter in self._bound.parameters:
            yield self._parameter(parameter)
        yield from self._properties(report)
        yield from self._headers(response, report)
        yield from self._errors()

    def _finding(
        self, kind: str, name: str, outcome: str, bound_to: str | None, evidence: str
    ) -> Finding:
        return Finding(self._operation.id, kind, name, outcome, bound_to, evidence)

    def _first(self, response: httpx.Response, report: ReportSummary | None) -> Finding:
        name, bound = self._operation.id, self._bound
        what = f"{bound.subject}, {bound.grouping}"
        if not response.is_success:
            told = f"a request with {_shown(self._given)} gets {_told(response)}"
            return self._finding("operation", name, BREAKS, what, told)
        if bound.evidence == NOT_OURS:
            return self._finding("operation", name, GENERATED, None, bound.evidence)
        broken = None if report is None else self._without_rows(report)
        if broken is not None:
            return self._finding("operation", name, BREAKS, what, broken)
        size = 0 if report is None else report.values[Field.SIZE]
        told = f"told by {bound.evidence}; {response.status_code} with {size} rows"
        return self._finding("operation", name, WORKS, what, told)

    def _without_rows(self, report: ReportSummary) -> str | None:
        """Say why the response of a report without rows breaks the document, if it does."""
        if self._bound.rows_at is None:
            return None
        responses = Responses(self._document, SchemaCompiler(self._document), check=True)
        query, values = report.query, dict(report.values)
        try:
            responses.report(self._bound, values | paging_values(query, 0, 0), [])
        except ResponseValidationError as error:
            return f"without rows: {error.detail}"
        return None

    def _properties(self, report: ReportSummary) -> Iterator[Finding]:
        rows, at = self._probe.rows(report), self._bound.rows_at
        for path, one in self._bound.properties.items():
            if one.field is None:
                yield self._finding("property", path, GENERATED, None, one.evidence)
                continue
            beside = next((p for p in self._bound.lists if path.startswith(f"{p}/*")), None)
            if beside is not None:
                size = len(value_at(self._body, beside) or ())
                told = f"{one.evidence}; {size} rows of {self._bound.lists[beside]}"
                yield self._finding("property", path, WORKS, one.field, told)
            elif at is not None and path.startswith(f"{at}/*"):
                values = [value_at(row, path.removeprefix(f"{at}/*"))
                          for row in value_at(self._body, at) or []]  # fmt: skip
                yield self._read("property", path, one.field, one.evidence, rows, values)
            else:
                found = value_at(self._body, path)
                yield self._read(
                    "property", path, one.field, one.evidence, [report.values], [found]
                )

    def _headers(self, response: httpx.Response, report: ReportSummary) -> Iterator[Finding]:
        for name, one in self._bound.headers.items():
            if one.field is None:
                yield self._finding("header", name, GENERATED, None, one.evidence)
                continue
            values = [response.headers.get(name)]
            yield self._read("header", name, one.field, one.evidence, [report.values], values)

    def _read(
        self,
        kind: str,
        name: str,
        field: Field,
        evidence: str,
        expected: Sequence[Mapping[Field, Any]],
        values: Sequence[Any],
    ) -> Finding:
        if field in _LINKS:
            told = f"leads to {str(values[0])[:_SHOWN]!r}" if values[0] else "there is no such page"
            return self._finding(kind, name, WORKS, field, f"{evidence}; {told}")
        right, wrong, example = read_back(field, expected, values)
        if wrong:
            told = f"{wrong} of {right + wrong} cannot be written so, such as {example}"
            return self._finding(kind, name, GENERATED, field, f"{evidence}; {told}")
        told = f"{right} read back, such as {example}" if right else "no row here has one"
        return self._finding(kind, name, WORKS, field, f"{evidence}; {told}")

    def _parameter(self, one: ParameterBinding) -> Finding:
        name = one.parameter.name
        if one.part is None:
            return self._finding("parameter", name, IGNORED, None, one.evidence)
        what = " as ".join(filter(None, (one.part, one.unit)))
        value = self._value(one)
        if value is None:
            return self._finding(
                "parameter", name, WORKS, what, f"{one.evidence}; no value to send"
            )
        response, report = self._probe.get(self._operation, {**self._given, name: value})
        told = f"{one.evidence}; {name}={value} gets {_told(response)}"
        if not response.is_success or report is None:
            return self._finding("parameter", name, BREAKS, what, told)
        told += f" with {report.values[Field.SIZE]} of {report.values[Field.TOTAL]} rows"
        effect = _EFFECTS.get(one.part)
        works = effect is None or effect(report.query, value) is not None
        return self._finding("parameter", name, WORKS if works else IGNORED, what, told)

    def _value(self, one: ParameterBinding) -> Any:
        """Return a value to send that changes the report."""
        part, shape = one.part, shape_of(self._document, one.parameter.schema)
        offered = shape.schema.get("enum") or shape_of(
            self._document, shape.schema.get("items") or {}
        ).schema.get("enum")  # fmt: skip
        if one.parameter.name in self._given and part not in {Part.START, Part.END}:
            return self._given[one.parameter.name]
        if offered:
            return offered[-1]
        middle = self._probe.site.clock.now() - 5 * DAY
        numbers = {Part.OFFSET: 1, Part.PAGE: one.first + 1, Part.LIMIT: 2}
        texts = {
            Part.ACCOUNT: ANONYMOUS,
            Part.TERM: "a",
            Part.CONTENT_TYPE: "page",
            Part.ORDER: "desc",
            Part.TIME_ZONE: "Europe/Berlin",
            Part.SPACE_KEY: self._probe.site.example_content().space_key,
            Part.CONTENT_ID: str(self._probe.site.example_content().id),
        }
        value: Any = numbers.get(part) if part in numbers else texts.get(part) if part else None
        if part in numbers and isinstance(value, int):
            low, high = shape.schema.get("minimum", value), shape.schema.get("maximum", value)
            return min(max(value, int(low)), int(high))
        if part in {Part.START, Part.END}:
            value = _moment(one.unit, middle)
        return None if not self._is_allowed(one, value) else value

    def _is_allowed(self, one: ParameterBinding, value: Any) -> bool:
        shape = shape_of(self._document, one.parameter.schema)
        sent = [value] if shape.is_array else value
        if "integer" in shape.types and isinstance(value, str) and value.isdigit():
            sent = int(value)
        validator = SchemaCompiler(self._document).validator(one.parameter.schema)
        return value is not None and validator.is_valid(sent)

    def _errors(self) -> Iterator[Finding]:
        """Provoke the errors that can be: no token, a value of the wrong type, an unknown id."""
        response, _ = self._probe.get(self._operation, self._given, authorized=False)
        if response.status_code != 200:
            yield self._error(401, "no token", response)
        for one in self._bound.parameters:
            types = shape_of(self._document, one.parameter.schema).types
            if (
                types
                and types <= {"integer", "number", "boolean"}
                and one.parameter.location == "query"
            ):
                response, _ = self._probe.get(
                    self._operation, {**self._given, one.parameter.name: "rubbish"}
                )
                yield self._error(400, f"{one.parameter.name}=rubbish", response)
                break
        for one in self._bound.parameters:
            if one.part in {Part.CONTENT_ID, Part.SPACE_KEY} and one.parameter.required:
                value = "987654321" if one.part is Part.CONTENT_ID else "NONE"
                if self._is_allowed(one, value):
                    response, _ = self._probe.get(
                        self._operation, {**self._given, one.parameter.name: value}
                    )
                    yield self._error(404, f"{one.parameter.name}={value}", response)
                    break

    def _error(self, status: int, sent: str, response: httpx.Response) -> Finding:
        is_right = response.status_code == status
        evidence = f"{sent} gets {_told(response)}"
        return self._finding("status", str(status), WORKS if is_right else BREAKS, None, evidence)


_EFFECTS: dict[Part, Callable[[Any, Any], Any]] = {
    Part.CONTENT_ID: lambda query, _: query.content_id,
    Part.SPACE_KEY: lambda query, _: query.space_key,
    Part.OFFSET: lambda query, value: query.offset == value or None,
    Part.LIMIT: lambda query, _: query.limit,
    Part.ACCOUNT: lambda query, _: query.account,
    Part.TERM: lambda query, _: query.term,
    Part.CONTENT_TYPE: lambda query, _: query.content_types,
    Part.TIME_ZONE: lambda query, _: query.zone,
    Part.ORDER: lambda query, _: query.is_ordered or None,
}
"""What of a query a parameter must have set."""


def _moment(unit: Unit | None, moment: int) -> Any:
    if unit in {Unit.SECONDS, Unit.MILLISECONDS}:
        return moment // SECOND if unit is Unit.SECONDS else moment
    return to_rfc3339(moment) if unit is Unit.DATE_TIME else day_of(moment).isoformat()


def _told(response: httpx.Response) -> str:
    """Tell a response; of one that is an error of the mock's own, the reason, too."""
    if response.status_code < 500:
        return str(response.status_code)
    return f"{response.status_code}: {response.text[:300]}"


def _shown(arguments: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name}={value}" for name, value in arguments.items())
    return told[:_SHOWN] or "no parameters"
