"""Drift: undeclared or missing properties and headers (ids `DRIFT-*`)."""

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from contract_tests.checking.coverage import coverage_of
from contract_tests.checking.drift import undeclared_headers
from contract_tests.checking.findings import Findings
from contract_tests.model import Source
from contract_tests.suite.all_responses import AllResponses, blame, checking_responses, place_of
from contract_tests.wire.wire import Wire
from mock_server import Binding, Document, Field, Grouping, OperationBinding, Subject

_Property: TypeAlias = tuple[bool, Grouping, str]
"""Whether the rows are searches, their grouping, and the path in a row."""

_ENOUGH = 5
"""Minimum number of rows; in fewer, a property may be missing by chance."""


@checking_responses("DRIFT-01", "No response body has an undeclared property.")
def test_no_undeclared_property(all_responses: AllResponses, findings: Findings) -> None:
    found = []
    for operation, response in all_responses:
        findings.checked(operation, rows=all_responses.rows_of(operation, response))
        additions = all_responses.additions(operation, response)
        found += [(operation, response, complaint) for complaint in additions]
    blame(findings, found)


@checking_responses("DRIFT-02", "Every declared property of a row is present in at least one row.")
def test_no_property_is_missing(
    all_responses: AllResponses, wire: Wire, document: Document, binding: Binding, findings: Findings
) -> None:  # fmt: skip
    del all_responses
    seen = coverage_of(document, wire.responses).properties
    for (*_, path), (present, among, bound) in _properties(binding, seen).items():
        known = bound.properties.get(f"{bound.rows_at}/*{path}")
        if among < _ENOUGH or (known is not None and known.field in _OF_TRASH):
            continue
        findings.checked(bound.operation)
        if not present:
            findings.add(
                f"Expected this declared property, but none of {among} rows has it.",
                operation=bound.operation,
                pointer=f"{bound.rows_at}/*{path}",
                place=place_of(bound.operation, bound.status),
            )


_OF_TRASH = frozenset({Field.TRASH_TIME, Field.DELETION_TIME})
"""Fields of contents in the trash, which reports usually leave out."""


def _properties(
    binding: Binding, seen: Mapping[str, int]
) -> dict[_Property, tuple[int, int, OperationBinding]]:
    """Count, per property, the rows that have it, and those that have its parent object.

    Similar operations are counted together, because the rows of a single content may rightly lack
    a property.
    """
    found: dict[_Property, tuple[int, int, OperationBinding]] = {}
    for bound in binding.operations.values():
        response = bound.operation.response(bound.status)
        begin = f"{bound.operation.id} {response.status if response else ''} {bound.rows_at}/*"
        mine = {path: times for path, times in seen.items() if path.startswith(f"{begin}/")}
        parents = Counter[str]()
        for path, times in mine.items():
            parent = path.rpartition("/")[0]
            parents[parent] = max(parents[parent], times)
        for path, times in mine.items():
            key = bound.subject is Subject.SEARCHES, bound.grouping, path.removeprefix(begin)
            present, among, first = found.get(key, (0, 0, bound))
            found[key] = present + times, among + parents[path.rpartition("/")[0]], first
    return found


@checking_responses(
    "DRIFT-03",
    "Every response header is declared, or known from HTTP and its proxies.",
    source=Source.ASSUMED,
)
def test_no_undeclared_header(all_responses: AllResponses, findings: Findings) -> None:
    for operation, response in all_responses:
        if (declared := operation.response(response.status)) is None:
            continue
        findings.checked(operation)
        for name in undeclared_headers(response, {name.lower() for name in declared.headers}):
            place = place_of(operation, response.status)
            findings.add(f"Undeclared header {name}.", response, place=place)
