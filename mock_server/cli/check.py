"""Check what the mock can serve of a document by sending requests to every operation."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from mock_server.api.context import ReportSummary
from mock_server.api.convert import converter
from mock_server.api.links import linked_in
from mock_server.api.reports import rows_of_lists
from mock_server.api.responses import FRAMING, Responses, error_bindings, status_of_invalid
from mock_server.binding.fields import LINKS, Field, Grouping, Kind, Part
from mock_server.binding.file import read_overrides
from mock_server.binding.infer import bind
from mock_server.binding.lexicon import grouping_of
from mock_server.binding.model import (
    NOT_OURS,
    OperationBinding,
    ParameterBinding,
    PropertyBinding,
)
from mock_server.cli.probe import Probe, says, value_at
from mock_server.cli.trial import FILTERS, PAGING, has_effect, is_allowed, trial_value, wrong_rows
from mock_server.data.fields import FieldValues, paging_values
from mock_server.data.query import ReportQuery
from mock_server.errors import ResponseValidationError
from mock_server.openapi.document import Document
from mock_server.openapi.lower import served_schemes, undeclared_schemes
from mock_server.openapi.schemas import Leaf, Shape, leaves, shape_of
from mock_server.openapi.validators import validator_of

WORKS = "works"
GENERATED = "generated"
IGNORED = "ignored"
BREAKS = "breaks"

_SHOWN = 50
_NO_ROW = "no row here has one"
_ANYTHING = Shape({}, frozenset(), is_nullable=True)

Values = Mapping[Any, Any]


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


def check_document(document: Document, overrides: Path | None = None) -> list[Finding]:
    """Serve a document in-process, send requests to each operation, and verify the rows.

    Raises:
        BindingError: If the binding file, `overrides`, is invalid.
    """
    corrections = None if overrides is None else read_overrides(overrides, document)
    binding = bind(document, corrections)
    probe, found = Probe(document, binding), [*_schemes(document)]
    for operation in document.operations:
        bound = binding.operations.get(operation.id)
        if bound is not None:
            found += _Check(document, bound, probe).findings()
            continue
        outcome = BREAKS if operation.method == "GET" else IGNORED
        reason = binding.unbound[operation.id]
        found.append(Finding(operation.id, "operation", operation.id, outcome, None, reason))
    return found


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


class _Check:
    """The check of one operation."""

    def __init__(self, document: Document, bound: OperationBinding, probe: Probe) -> None:
        self._document, self._bound, self._probe = document, bound, probe
        self._operation = bound.operation
        self._given = probe.arguments(bound.operation, bound)
        self._now = probe.site.clock.now()

    def findings(self) -> Iterator[Finding]:
        """Yield findings about the operation and its elements."""
        response, report = self._get({})
        first = self._first(response, report)
        yield first
        if first.is_broken:
            return
        if self._bound.evidence == NOT_OURS:
            report = None
        for parameter in self._bound.parameters:
            outcome, what, detail = IGNORED, None, ""
            if report is not None and parameter.part is not None:
                outcome, detail = self._effect(parameter, report)
                what = " as ".join(filter(None, (parameter.part, parameter.unit)))
            evidence = parameter.evidence, detail
            yield self._finding("parameter", parameter.parameter.name, outcome, what, *evidence)
        if report is None:
            return
        yield from self._properties(response.json(), report)
        yield from self._other_groupings(report)
        yield from self._other_media_types()
        yield from self._headers(response, report)
        yield from self._errors()

    def _get(self, changed: Mapping[str, Any]) -> tuple[httpx.Response, ReportSummary | None]:
        return self._probe.get(self._operation, {**self._given, **changed})

    def _finding(
        self, kind: str, name: str, outcome: str, bound_to: str | None, *evidence: str
    ) -> Finding:
        said = "; ".join(filter(None, evidence))
        return Finding(self._operation.id, kind, name, outcome, bound_to, said)

    def _first(self, response: httpx.Response, report: ReportSummary | None) -> Finding:
        name, bound = self._operation.id, self._bound
        if response.is_success and bound.evidence == NOT_OURS:
            return self._finding("operation", name, GENERATED, None, bound.evidence)
        if response.is_success:
            broken = None if report is None else self._without_rows(report)
        else:
            sent = ", ".join(f"{one}={value}" for one, value in self._given.items())[:_SHOWN]
            broken = f"a request with {sent or 'no parameters'} gets {_described(response)}"
        size = 0 if report is None else report.values[Field.SIZE]
        held = "sums" if bound.grouping is Grouping.SUMS else f"{size} rows"
        detail = f"inferred from {bound.evidence}; {response.status_code} with {held}"
        what, outcome = f"{bound.subject}, {bound.grouping}", BREAKS if broken else WORKS
        return self._finding("operation", name, outcome, what, broken or detail)

    def _without_rows(self, report: ReportSummary) -> str | None:
        """Return why a report without rows does not match the document, or None."""
        if self._bound.rows_at is None:
            return None
        values = {**report.values, **paging_values(report.query, 0, 0)}
        try:
            Responses(self._document, check=True).report(self._bound, values)
        except ResponseValidationError as error:
            return f"without rows: {error.detail}"
        return None

    def _effect(self, bound: ParameterBinding, report: ReportSummary) -> tuple[str, str]:
        """Send a parameter; return the outcome and its evidence."""
        name, every = bound.parameter.name, self._every_row(report.query)
        value = trial_value(self._document, self._bound, bound, self._probe.site, every)
        if name in self._given and bound.part not in {Part.START, Part.END, Part.GROUPING}:
            value = self._given[name]
        if value is None:
            return GENERATED, "its schema allows no value to try"
        response, changed = self._get({name: value})
        detail = f"{name}={value} gets {_described(response)}"
        if not response.is_success or changed is None:
            is_after_last = bound.part is Part.PAGE and self._bound.refuses_pages
            return WORKS if is_after_last and response.status_code == 404 else BREAKS, detail
        query = changed.query
        found = self._probe.rows(query) if bound.part in PAGING else self._every_row(query)
        size, total = changed.values[Field.SIZE], changed.values[Field.TOTAL]
        if query.grouping is Grouping.SUMS:
            size, total = len(found), len(every)
        detail += f" with {size} of {total} rows"
        others = [word for word in bound.values if grouping_of(word) is None]
        if bound.part is Part.GROUPING and others:
            detail += f"; {', '.join(others)} selects no other totals"
        wrong = wrong_rows(bound, value, query, every=every, found=found)
        if wrong is not None:
            return BREAKS, f"{detail}; {wrong}"
        if bound.part in FILTERS and not found:
            return GENERATED, f"{detail}; no row here shows whether it works"
        works = name in self._given or has_effect(self._bound, bound, value, report.query, query)
        return WORKS if works else IGNORED, detail

    def _every_row(self, query: ReportQuery) -> Sequence[FieldValues]:
        """Return the rows of all pages; of sums, the rows that they count."""
        grouping = Grouping.ROWS if query.grouping is Grouping.SUMS else query.grouping
        return self._probe.rows(replace(query, grouping=grouping, offset=0, limit=None))

    def _properties(self, body: Any, report: ReportSummary) -> Iterator[Finding]:
        lists = rows_of_lists(self._bound, self._probe.site, report.query, self._now)
        rows: dict[str | None, Sequence[Values]] = {at: [*found] for at, found in lists.items()}
        if self._bound.rows_at is not None:
            rows[self._bound.rows_at] = self._probe.rows(report.query)
        shapes = {leaf.path: leaf.shape for at in (None, *rows) for leaf in self._leaves(at)}
        for path, bound in self._bound.properties.items():
            at = next((at for at in rows if path.startswith(f"{at}/*")), None)
            listed = [body] if at is None else value_at(body, at) or []
            listed = listed.values() if isinstance(listed, Mapping) else listed
            values = [value_at(row, path.removeprefix(f"{at}/*")) for row in listed]
            expected = rows.get(at, [report.values])
            shape = shapes.get(path, _ANYTHING)
            yield self._read("property", path, bound, expected, values, shape)

    def _other_groupings(self, report: ReportSummary) -> Iterator[Finding]:
        """Yield findings about the rows of the groupings that a parameter selects."""
        by = self._bound.parameter(Part.GROUPING)
        if by is None:
            return
        for value in by.values:
            bound = self._bound.groupings.get(grouping_of(value) or report.query.grouping)
            response, other = self._get({by.parameter.name: value})
            if bound is None or other is None or other.query.grouping is report.query.grouping:
                continue
            check = _Check(self._document, bound, self._probe)
            for found in check._properties(response.json(), other):
                if found.name.startswith(f"{bound.rows_at}/*") and _NO_ROW not in found.evidence:
                    yield replace(found, name=f"{found.name} ({value})")

    def _other_media_types(self) -> Iterator[Finding]:
        """Yield findings about the bodies of other JSON media types."""
        for name, bound in self._bound.representations.items():
            response, report = self._probe.get(self._operation, self._given, accept=name)
            check = _Check(self._document, bound, self._probe)
            found = [check._first(response, report)]
            if report is not None and response.is_success and bound.evidence != NOT_OURS:
                found += check._properties(response.json(), report)
            yield from (replace(one, name=f"{one.name} ({name})") for one in found)

    def _headers(self, response: httpx.Response, report: ReportSummary) -> Iterator[Finding]:
        for name, bound in self._bound.headers.items():
            header, _, path = name.partition("/")
            if header.casefold() in FRAMING:
                yield self._finding("header", name, IGNORED, None, "the server sets this header")
                continue
            text = response.headers.get(header)
            value = value_at(json.loads(text), path) if path and text else text
            yield self._read("header", name, bound, [report.values], [value], _ANYTHING)

    def _leaves(self, at: str | None) -> Iterator[Leaf]:
        """Yield the properties of a list's rows, as binding does; None for the whole body."""
        schema = self._bound.media_type.schema
        if at is None:
            return leaves(self._document, schema)
        for name in at.split("/")[1:]:
            schema = shape_of(self._document, schema).properties[name]
        items = shape_of(self._document, schema).schema.get("items") or {}
        return leaves(self._document, items, at=f"{at}/*")

    def _read(
        self,
        kind: str,
        name: str,
        bound: PropertyBinding,
        expected: Sequence[Values],
        values: Sequence[Any],
        shape: Shape,
    ) -> Finding:
        """Return the finding about the values of a property or header."""
        field = bound.field
        if field is None:  # its values are made up, and may be left out
            absent = "no value here" if all(value is None for value in values) else ""
            return self._finding(kind, name, GENERATED, None, bound.evidence, absent)
        if field in LINKS:
            about = expected[0] if expected else {}
            outcome, detail = self._link(field, values[0] if values else None, about)
        else:
            known = [row.get(bound.key) for row in expected]
            outcome, detail = self._compared(field, name, known, values, shape)
        return self._finding(kind, name, outcome, field, bound.evidence, detail)

    def _compared(
        self,
        field: Field,
        name: str,
        expected: Sequence[Any],
        values: Sequence[Any],
        shape: Shape,
    ) -> tuple[str, str]:
        """Compare values with the expected ones."""
        convert = converter(field, shape, name.rpartition("/")[2])
        is_allowed = validator_of(self._document, shape.schema).is_valid
        bounds = (shape.schema.get("minimum"), shape.schema.get("maximum"))
        right: list[str] = []
        narrow: list[str] = []
        wrong: list[str] = []
        for known, value in zip(expected, values, strict=False):
            if known is None or value is None:
                continue
            if says(field, known, value, convert):
                right.append(f"{value!r}"[:80])
                continue
            written = convert(known)
            is_clamped = field.kind is Kind.COUNT and value in bounds
            is_wrong = written is not None and not is_clamped and is_allowed(written)
            (wrong if is_wrong else narrow).append(f"{known!r} as {value!r}"[:80])
        if wrong:
            return BREAKS, f"{len(wrong)} values are wrong, such as {wrong[0]}"
        if narrow:
            count = len(narrow) + len(right)
            return GENERATED, f"{len(narrow)} of {count} cannot be written so, such as {narrow[0]}"
        return WORKS, f"{len(right)} read back, such as {right[0]}" if right else _NO_ROW

    def _link(self, field: Field, value: Any, about: Values) -> tuple[str, str]:
        """Follow a link, and verify the page."""
        offset, size = about.get(Field.OFFSET, 0), about.get(Field.SIZE, 0)
        to = {Field.SELF: offset, Field.NEXT: offset + size, Field.FIRST_PAGE: 0}.get(field)
        target = None if value is None else linked_in(str(value), field)
        if not target:
            pages = any(map(self._bound.parameter, (Part.OFFSET, Part.PAGE, Part.CURSOR)))
            is_missing = field is Field.NEXT and about.get(Field.HAS_MORE) and pages
            return BREAKS if is_missing else WORKS, "there is no such page"
        if not target.startswith(("http", "/")):
            return GENERATED, f"its schema allows no such link, but {target[:_SHOWN]!r}"
        response, led = self._probe.follow(target, self._probe.credentials(self._operation))
        detail = f"leads to {target[:_SHOWN]!r}: {_described(response)}"
        is_right = response.is_success and led is not None and to in {None, led.query.offset}
        return WORKS if is_right else BREAKS, detail

    def _errors(self) -> Iterator[Finding]:
        """Provoke errors: no token, a value of the wrong type, an unknown id."""
        response, _ = self._probe.get(self._operation, self._given, authorized=False)
        if response.status_code != 200:
            yield from self._error(401, "no token", response)
        invalid, unknown = [], []
        for bound in self._bound.parameters:
            shape = shape_of(self._document, bound.parameter.schema)
            is_plain = shape.types and shape.types <= {"integer", "number", "boolean"}
            if is_plain and bound.parameter.location == "query":
                invalid.append((bound.parameter.name, "rubbish"))
            value = "987654321" if bound.part is Part.CONTENT_ID else "NONE"
            if _must_exist(bound, shape) and is_allowed(self._document, bound, value):
                unknown.append((bound.parameter.name, value))
        for status, sent in ((status_of_invalid(self._operation), invalid), (404, unknown)):
            for name, value in sent[:1]:
                yield from self._error(status, f"{name}={value}", self._get({name: value})[0])

    def _error(self, status: int, sent: str, response: httpx.Response) -> Iterator[Finding]:
        is_right = response.status_code == status
        declared = self._operation.response(status) if is_right else None
        missing = "" if declared else ", which the document does not have"
        evidence = f"{sent} gets {_described(response)}{missing}"
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
            if bound.field is None or bound.field in known:
                yield self._read("property", name, bound, [known], [value], shapes[path])
            else:
                outcome = WORKS if isinstance(value, str) and value else GENERATED
                shown = f"{str(value)[:_SHOWN]!r}"
                about = bound.field, bound.evidence, shown
                yield self._finding("property", name, outcome, *about)


def _must_exist(bound: ParameterBinding, shape: Shape) -> bool:
    """Return whether an unknown value of a parameter gets a 404."""
    if bound.part not in {Part.CONTENT_ID, Part.SPACE_KEY, Part.ACCOUNT}:
        return False
    is_filter_of_one = bound.part is not Part.ACCOUNT and not shape.is_array
    return bound.parameter.location == "path" or (bound.parameter.required and is_filter_of_one)


def _described(response: httpx.Response) -> str:
    """Describe a response; for the mock's own errors, include the detail."""
    if response.status_code < 500:
        return str(response.status_code)
    return f"{response.status_code}: {response.text[:300]}"
