"""What a binding is made of. Property paths are written `/results/*/viewTime`."""

from collections.abc import Mapping
from dataclasses import dataclass

from mock_server.binding.words import Field, Grouping, Part, Subject, Unit
from mock_server.document import MediaType, Operation, Parameter


@dataclass(frozen=True)
class ParameterBinding:
    """What one parameter does."""

    parameter: Parameter
    part: Part | None
    """None if it has no effect."""
    unit: Unit | None
    """How it writes a moment, for range starts and ends."""
    first: int
    """What the first page is called, for page numbers: 0 or 1."""
    evidence: str


@dataclass(frozen=True)
class PropertyBinding:
    """What one property or header carries."""

    field: Field | None
    """None if nothing is known about it, so that its value is invented."""
    evidence: str


@dataclass(frozen=True)
class OperationBinding:
    """What one operation answers with."""

    operation: Operation
    subject: Subject
    grouping: Grouping
    status: int
    """The status of success."""
    media_type: MediaType
    rows_at: str | None
    """The path of the array of rows; None where the answer is one object of sums."""
    parameters: tuple[ParameterBinding, ...]
    properties: Mapping[str, PropertyBinding]
    headers: Mapping[str, PropertyBinding]
    evidence: str

    @property
    def facts(self) -> frozenset[Field]:
        """The fields that its properties around the rows, and its headers, carry."""
        inside = "\0" if self.rows_at is None else f"{self.rows_at}/*"
        around = [one for path, one in self.properties.items() if not path.startswith(inside)]
        found = (one.field for one in (*around, *self.headers.values()))
        return frozenset(field for field in found if field is not None)

    def parameter(self, part: Part) -> ParameterBinding | None:
        """Give the parameter that plays a part, if there is one."""
        return next((one for one in self.parameters if one.part is part), None)


@dataclass(frozen=True)
class Binding:
    """How a whole document meets the domain."""

    operations: Mapping[str, OperationBinding]
    """By operation id."""
    unbound: Mapping[str, str]
    """Operations that nothing can be served for, with the reason."""
