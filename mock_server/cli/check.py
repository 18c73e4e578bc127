"""Check what the mock can serve of a document by sending requests to every operation."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from mock_server.api.context import ReportSummary
from mock_server.api.links import linked_in
from mock_server.api.reports import rows_of_lists
from mock_server.api.responses import FRAMING, Responses, error_bindings, status_of_invalid
from mock_server.binding.fields import LINKS, Field, Grouping, Part
from mock_server.binding.file import read_overrides
from mock_server.binding.infer import bind
from mock_server.binding.lexicon import grouping_of
from mock_server.binding.model import (
    NOT_OURS,
    Binding,
    OperationBinding,
    ParameterBinding,
    PropertyBinding,
)
from mock_server.cli.effects import EFFECTS, PAGING, is_filter, missed_effect
from mock_server.cli.probe import Probe, read_back, value_at
from mock_server.cli.trial import TrialValues
from mock_server.data.fields import FieldValues, paging_values
from mock_server.data.query import ReportQuery
from mock_server.errors import ResponseValidationError
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.lower import served_schemes, undeclared_schemes
from mock_server.openapi.schemas import Leaf, Shape, leaves, shape_of
from mock_server.openapi.validators import validator_of

WORKS = "works"
GENERATED = "generated"
IGNORED = "ignored"
BREAKS = "breaks"

_SHOWN = 50


@dataclass(frozen=True)
class Finding:
    """The result for a security scheme, operation, parameter, property, header or status."""

    operation: str
    """The operation id; empty for shared elements."""
    kind: str
    name: str
    outcome: str
    """`works` (verified), `generated` (valid but made up), `ignored` (no effect) or `breaks`."""
    bound_to: str | None
    evidence: str

    @property
    def is_broken(self) -> bool:
        """Whether the mock does not comply with the document."""
        return self.outcome == BREAKS

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def check_document(document: Document, overrides: Path | None = None) -> list[Finding]:
    """Serve a document in-process, send requests to each operation, and verify the rows.

    Args:
        document: The document to check.
        overrides: A binding file, or None.

    Raises:
        BindingError: If the binding file is invalid.
    """
    corrections = None if overrides is None else read_overrides(overrides, document)
    binding = bind(document, corrections)
    probe = Probe(document, binding)
    return [*_schemes(document)] + [
        finding
        for operation in document.operations
        for finding in _findings(document, operation, binding, probe)
    ]


def _schemes(document: Document) -> Iterator[Finding]:
    undeclared = undeclared_schemes(document)
    for name, scheme in served_schemes(document).items():
        if scheme["type"] == "apiKey":
            detail = f"a token as {scheme['name']}, in the {scheme['in']}"
        elif scheme["scheme"] == "basic":
            detail = "an email address and its API token"
        else:
            detail = "a bearer token"
        evidence = "not declared" if name in undeclared else "from its type"
        yield Finding("", "security", name, WORKS, detail, evidence)


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
    """The check of one operation."""

    def __init__(self, document: Document, bound: OperationBinding, probe: Probe) -> None:
        self._document = document
        self._bound = bound
        self._operation = bound.operation
        self._probe = probe
        self._given = probe.arguments(bound.operation, bound)
        self._body: Any = None
        self._now = probe.site.clock.now()
        self._trial = TrialValues(document, bound, probe, self._given)
        self._pages = any(bound.parameter(part) for part in (Part.OFFSET, Part.PAGE, Part.CURSOR))

    def findings(self) -> Iterator[Finding]:
        """Yield findings about the operation and its elements."""
        response, report = self._probe.get(self._operation, self._given)
        first = self._first(response, report)
        yield first
        if first.is_broken:
            return
        if report is None or self._bound.evidence == NOT_OURS:
            for bound in self._bound.parameters:
                yield self._finding(
                    "parameter", bound.parameter.name, IGNORED, None, bound.evidence
                )
            return
        self._body = response.json()
        for parameter in self._bound.parameters:
            yield self._parameter(parameter, report)
        yield from self._properties(report)
        yield from self._other_groupings(report)
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
            detail = f"a request with {_shown(self._given)} gets {_described(response)}"
            return self._finding("operation", name, BREAKS, what, detail)
        if bound.evidence == NOT_OURS:
            return self._finding("operation", name, GENERATED, None, bound.evidence)
        broken = None if report is None else self._without_rows(report)
        if broken is not None:
            return self._finding("operation", name, BREAKS, what, broken)
        size = 0 if report is None else report.values[Field.SIZE]
        held = "sums" if bound.grouping is Grouping.SUMS else f"{size} rows"
        detail = f"inferred from {bound.evidence}; {response.status_code} with {held}"
        return self._finding("operation", name, WORKS, what, detail)

    def _without_rows(self, report: ReportSummary) -> str | None:
        """Return why a report without rows does not match the document, or None."""
        if self._bound.rows_at is None:
            return None
        responses = Responses(self._document, check=True)
        query, values = report.query, dict(report.values)
        try:
            responses.report(self._bound, values | paging_values(query, 0, 0), [])
        except ResponseValidationError as error:
            return f"without rows: {error.detail}"
        return None

    def _properties(self, report: ReportSummary) -> Iterator[Finding]:
        lists = rows_of_lists(self._bound, self._probe.site, report.query, self._now)
        rows: dict[str, Sequence[Mapping[Any, Any]]] = {
            at: [*rows_of_list] for at, rows_of_list in lists.items()
        }
        if self._bound.rows_at is not None:
            rows[self._bound.rows_at] = self._probe.rows(report.query)
        shapes = {leaf.path: leaf.shape for at in (None, *rows) for leaf in self._leaves(at)}
        for path, bound in self._bound.properties.items():
            at = next((at for at in rows if path.startswith(f"{at}/*")), None)
            if at is None:
                expected: Sequence[Mapping[Any, Any]] = [report.values]
                values = [value_at(self._body, path)]
            else:
                expected = rows[at]
                below = path.removeprefix(f"{at}/*")
                found_at = value_at(self._body, at) or []
                totals = found_at.values() if isinstance(found_at, Mapping) else found_at
                values = [value_at(row, below) for row in totals]
            found = _Values(expected, values, shapes.get(path, _ANYTHING))
            yield self._read("property", path, bound, found, report)

    def _other_groupings(self, report: ReportSummary) -> Iterator[Finding]:
        """Yield findings about the rows of the groupings that a parameter selects."""
        by = self._bound.parameter(Part.GROUPING)
        for value in () if by is None else by.values:
            given = {} if by is None else {by.parameter.name: value}
            bound = self._bound.groupings.get(grouping_of(value) or report.query.grouping)
            response, other = self._probe.get(self._operation, {**self._given, **given})
            if bound is None or other is None or other.query.grouping is report.query.grouping:
                continue
            check = _Check(self._document, bound, self._probe)
            check._body = response.json()
            for finding in check._properties(other):
                if (
                    finding.name.startswith(f"{bound.rows_at}/*")
                    and _NO_ROW not in finding.evidence
                ):
                    yield replace(finding, name=f"{finding.name} ({value})")

    def _leaves(self, at: str | None) -> Iterator[Leaf]:
        """Yield the properties of a list's rows, as binding does; None for the whole body."""
        schema, place = self._bound.media_type.schema, ""
        for name in ("" if at is None else at).split("/")[1:]:
            schema = shape_of(self._document, schema).properties[name]
        if at is not None:
            schema, place = shape_of(self._document, schema).schema.get("items") or {}, f"{at}/*"
        return leaves(self._document, schema, at=place)

    def _headers(self, response: httpx.Response, report: ReportSummary) -> Iterator[Finding]:
        for name, bound in self._bound.headers.items():
            header, _, path = name.partition("/")
            if header.casefold() in FRAMING:
                yield self._finding("header", name, IGNORED, None, "the server sets this header")
                continue
            value = response.headers.get(header)
            values = [value_at(json.loads(value), path) if path and value else value]
            yield self._read(
                "header", name, bound, _Values([report.values], values, _ANYTHING), report
            )

    def _read(
        self, kind: str, name: str, bound: PropertyBinding, found: "_Values", report: ReportSummary
    ) -> Finding:
        field = bound.field
        if field is None:
            return self._unknown(kind, name, bound, found.values)
        if field in LINKS:
            outcome, detail = self._link(field, found.values[0] if found.values else None, report)
            return self._finding(kind, name, outcome, field, f"{bound.evidence}; {detail}")
        outcome, detail = self._compared(field, name, found)
        return self._finding(kind, name, outcome, field, f"{bound.evidence}; {detail}")

    def _unknown(
        self, kind: str, name: str, bound: PropertyBinding, values: Sequence[Any]
    ) -> Finding:
        """Return the finding about a property without a meaning, whose values may be left out."""
        is_absent = all(value is None for value in values)
        evidence = f"{bound.evidence}; no value here" if is_absent else bound.evidence
        return self._finding(kind, name, GENERATED, None, evidence)

    def _compared(self, field: Field, name: str, found: "_Values") -> tuple[str, str]:
        schema = found.shape.schema
        last = name.rpartition("/")[2]
        read = read_back(field, last, found.expected, found.values, found.shape,
                         lambda value: validator_of(self._document, schema).is_valid(value))  # fmt: skip
        if read.wrong:
            return BREAKS, f"{read.wrong} values are wrong, such as {read.example}"
        if read.narrow:
            count = read.narrow + read.right
            return (
                GENERATED,
                f"{read.narrow} of {count} cannot be written so, such as {read.example}",
            )
        if read.right:
            return WORKS, f"{read.right} read back, such as {read.example}"
        return WORKS, _NO_ROW

    def _link(self, field: Field, value: Any, report: ReportSummary) -> tuple[str, str]:
        """Follow a link, and verify the page."""
        query, size = report.query, report.values[Field.SIZE]
        to = {Field.SELF: query.offset, Field.NEXT: query.offset + size, Field.FIRST_PAGE: 0}.get(
            field
        )
        target = None if value is None else linked_in(str(value), field)
        if not target:
            is_missing = field is Field.NEXT and report.values[Field.HAS_MORE] and self._pages
            return BREAKS if is_missing else WORKS, "there is no such page"
        if not target.startswith(("http", "/")):
            return GENERATED, f"its schema allows no such link, but {target[:_SHOWN]!r}"
        response, led = self._probe.follow(target, self._probe.credentials(self._operation))
        detail = f"leads to {target[:_SHOWN]!r}: {_described(response)}"
        is_right = response.is_success and led is not None and to in {None, led.query.offset}
        return WORKS if is_right else BREAKS, detail

    def _parameter(self, bound: ParameterBinding, report: ReportSummary) -> Finding:
        name = bound.parameter.name
        if bound.part is None:
            return self._finding("parameter", name, IGNORED, None, bound.evidence)
        what = " as ".join(filter(None, (bound.part, bound.unit)))
        every = self._every_row(report.query)
        value = self._trial.of(bound, every)
        if value is None:
            detail = f"{bound.evidence}; its schema allows no value to try"
            return self._finding("parameter", name, GENERATED, what, detail)
        response, changed = self._probe.get(self._operation, {**self._given, name: value})
        detail = f"{bound.evidence}; {name}={value} gets {_described(response)}"
        if not response.is_success or changed is None:
            return self._finding("parameter", name, BREAKS, what, detail)
        query = changed.query
        found = self._probe.rows(query) if bound.part in PAGING else self._every_row(query)
        sizes = (changed.values[Field.SIZE], changed.values[Field.TOTAL])
        size, total = (len(found), len(every)) if query.grouping is Grouping.SUMS else sizes
        detail += f" with {size} of {total} rows"
        if bound.part is Part.GROUPING:
            others = [word for word in bound.values if grouping_of(word) is None]
            detail += f"; {', '.join(others)} selects no other totals" if others else ""
        wrong = missed_effect(bound, value, changed.query, every=every, found=found)
        if wrong is not None:
            return self._finding("parameter", name, BREAKS, what, f"{detail}; {wrong}")
        if is_filter(bound) and not found:
            detail += "; no row here shows whether it works"
            return self._finding("parameter", name, GENERATED, what, detail)
        effect = EFFECTS.get(bound.part)
        works = effect is None or effect(changed.query, value) not in {None, ()}
        if bound.part is Part.WITH_TOTAL:
            works = Field.TOTAL in self._bound.envelope
        return self._finding("parameter", name, WORKS if works else IGNORED, what, detail)

    def _every_row(self, query: ReportQuery) -> Sequence[FieldValues]:
        """Return the rows of all pages; of sums, the rows that they count."""
        grouping = Grouping.ROWS if query.grouping is Grouping.SUMS else query.grouping
        return self._probe.rows(replace(query, grouping=grouping, offset=0, limit=None))

    def _errors(self) -> Iterator[Finding]:
        """Provoke errors: no token, a value of the wrong type, an unknown id."""
        response, _ = self._probe.get(self._operation, self._given, authorized=False)
        if response.status_code != 200:
            yield from self._error(401, "no token", response)
        for bound in self._bound.parameters:
            types = shape_of(self._document, bound.parameter.schema).types
            if (
                types
                and types <= {"integer", "number", "boolean"}
                and bound.parameter.location == "query"
            ):
                response, _ = self._probe.get(
                    self._operation, {**self._given, bound.parameter.name: "rubbish"}
                )
                status = status_of_invalid(self._operation)
                yield from self._error(status, f"{bound.parameter.name}=rubbish", response)
                break
        for bound in self._bound.parameters:
            if _must_exist(bound, shape_of(self._document, bound.parameter.schema)):
                value = "987654321" if bound.part is Part.CONTENT_ID else "NONE"
                if self._trial.is_allowed(bound, value):
                    response, _ = self._probe.get(
                        self._operation, {**self._given, bound.parameter.name: value}
                    )
                    yield from self._error(404, f"{bound.parameter.name}={value}", response)
                    break

    def _error(self, status: int, sent: str, response: httpx.Response) -> Iterator[Finding]:
        is_right = response.status_code == status
        evidence = f"{sent} gets {_described(response)}"
        declared = self._operation.response(status) if is_right else None
        evidence += "" if declared else ", which the document does not have"
        yield self._finding("status", str(status), WORKS if is_right else BREAKS, None, evidence)
        media_types = declared.media_types if declared is not None else ()
        schema = next((media.schema for media in media_types if media.is_json), None)
        if schema is None:
            return
        known = {Field.STATUS: status, Field.ERROR_CODE: status, Field.IS_SUCCESSFUL: False,
                 Field.TIMESTAMP: self._now}  # fmt: skip
        shapes = {leaf.path: leaf.shape for leaf in leaves(self._document, schema, texts=True)}
        for path, bound in error_bindings(self._document, schema).items():
            name, value = f"{status} {path}", value_at(response.json(), path)
            if bound.field is None:
                yield self._unknown("property", name, bound, [value])
            elif bound.field in known:
                found = _Values([known], [value], shapes[path])
                outcome, detail = self._compared(bound.field, path, found)
                yield self._finding(
                    "property", name, outcome, bound.field, f"{bound.evidence}; {detail}"
                )
            else:
                outcome = WORKS if isinstance(value, str) and value else GENERATED
                detail = f"{bound.evidence}; {str(value)[:_SHOWN]!r}"
                yield self._finding("property", name, outcome, bound.field, detail)


@dataclass(frozen=True)
class _Values:
    """The values of a property, and the expected ones."""

    expected: Sequence[Mapping[Any, Any]]
    values: Sequence[Any]
    shape: Shape


_ANYTHING = Shape({}, frozenset(), is_nullable=True)


_NO_ROW = "no row here has one"

_IDENTIFYING = frozenset({Part.CONTENT_ID, Part.SPACE_KEY, Part.ACCOUNT})
"""Parts that name what a report is about."""


def _must_exist(bound: ParameterBinding, shape: Shape) -> bool:
    """Return whether an unknown value of a parameter gets a 404."""
    is_filter_of_one = bound.part is not Part.ACCOUNT and not shape.is_array
    in_path = bound.parameter.location == "path"
    return bound.part in _IDENTIFYING and (
        in_path or (bound.parameter.required and is_filter_of_one)
    )


def _described(response: httpx.Response) -> str:
    """Describe a response; for the mock's own errors, include the detail."""
    if response.status_code < 500:
        return str(response.status_code)
    return f"{response.status_code}: {response.text[:300]}"


def _shown(arguments: Mapping[str, Any]) -> str:
    detail = ", ".join(f"{name}={value}" for name, value in arguments.items())
    return detail[:_SHOWN] or "no parameters"
