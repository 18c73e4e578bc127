"""What can be served of a document: every element with what it is bound to, tried out."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mock_server.api.responses import Responses
from mock_server.binding.fields import Binding, OperationBinding
from mock_server.binding.file import read_overrides
from mock_server.binding.infer import NOT_OURS, bind
from mock_server.binding.properties import fields_of
from mock_server.data.fields import example_facts
from mock_server.errors import ResponseValidationError
from mock_server.openapi.document import Document
from mock_server.openapi.lower import served_schemes
from mock_server.openapi.schemas import SchemaCompiler

BOUND = "bound"
INVENTED = "invented"
IGNORED = "ignored"
BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """What becomes of one security scheme, operation, parameter, property or header."""

    operation: str
    """Its id; empty for what all operations share."""
    kind: str
    name: str
    outcome: str
    """`bound`, `invented` (valid, and made up), `ignored` (no effect), or `broken`."""
    bound_to: str | None
    evidence: str

    @property
    def is_broken(self) -> bool:
        """Whether the mock cannot keep the document's word here."""
        return self.outcome == BROKEN

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def check_document(document: Document, overrides: Path | None = None) -> list[Finding]:
    """Say what each element is bound to, and write an example answer of each operation.

    Args:
        document: What to check.
        overrides: A binding file, if there is one.

    Raises:
        BindingError: If the binding file cannot be used.
    """
    told = None if overrides is None else read_overrides(overrides, document)
    binding = bind(document, told)
    answers = Responses(document, SchemaCompiler(document), check=True)
    return [*_schemes(document)] + [
        finding
        for operation in document.operations
        for finding in _findings(operation.id, operation.method, binding, answers)
    ]


def _schemes(document: Document) -> Iterator[Finding]:
    for name, scheme in served_schemes(document).items():
        if scheme["type"] == "apiKey":
            told = f"a token as {scheme['name']}, in the {scheme['in']}"
        elif scheme["scheme"] == "basic":
            told = "an email address and its API token"
        else:
            told = "a bearer token"
        yield Finding("", "security", name, BOUND, told, "told by its type")


def _findings(name: str, method: str, binding: Binding, answers: Responses) -> Iterator[Finding]:
    bound = binding.operations.get(name)
    if bound is None:
        outcome = BROKEN if method == "GET" else IGNORED
        yield Finding(name, "operation", name, outcome, None, binding.unbound[name])
        return
    yield _operation(bound, answers)
    for one in bound.parameters:
        part = None if one.part is None else " as ".join(filter(None, (one.part, one.unit)))
        yield Finding(
            name, "parameter", one.parameter.name, IGNORED if part is None else BOUND, part,
            one.evidence,
        )  # fmt: skip
    for kind, entries in (("property", bound.properties), ("header", bound.headers)):
        for path, entry in entries.items():
            outcome = INVENTED if entry.field is None else BOUND
            yield Finding(name, kind, path, outcome, entry.field, entry.evidence)


def _operation(bound: OperationBinding, answers: Responses) -> Finding:
    what = f"{bound.subject}, {bound.grouping}"
    name = bound.operation.id
    facts = example_facts(fields_of(bound.subject, bound.grouping))
    try:
        answers.report(bound, facts, [])
        answers.report(bound, facts, [facts])
    except ResponseValidationError as error:
        return Finding(name, "operation", name, BROKEN, what, error.detail)
    if bound.evidence == NOT_OURS:
        return Finding(name, "operation", name, INVENTED, None, bound.evidence)
    return Finding(name, "operation", name, BOUND, what, f"told by {bound.evidence}")
