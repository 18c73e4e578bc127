"""Values to try for the parameters of an operation."""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.api.filters import BOUNDS, OUTCOMES, listed
from mock_server.api.responses import Responses
from mock_server.binding.fields import Field, Kind, Part, Unit
from mock_server.binding.lexicon import choices, grouping_of
from mock_server.binding.model import OperationBinding, ParameterBinding
from mock_server.binding.parameters import FLAGS
from mock_server.binding.presets import is_preset
from mock_server.binding.properties import counted, field_named
from mock_server.cli.effects import ORDERED_BY, edge_of
from mock_server.cli.probe import Probe
from mock_server.clock import DAY, SECOND, day_of, to_rfc3339
from mock_server.data.fields import FieldValues
from mock_server.data.query import write_cursor
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import Shape, shape_of
from mock_server.openapi.validators import validator_of
from mock_server.world.domain import ANONYMOUS

_VARIED = frozenset({Part.START, Part.END, Part.GROUPING})
"""Parts of required parameters that have several values to try."""


class TrialValues:
    """Chooses the values of one operation's parameters.

    Args:
        document: Resolves schemas.
        bound: The operation.
        probe: Knows the site.
        given: The arguments of every request to the operation.
    """

    def __init__(
        self, document: Document, bound: OperationBinding, probe: Probe, given: Mapping[str, Any]
    ) -> None:
        self._document, self._bound, self._probe, self._given = document, bound, probe, given
        self._now = probe.site.clock.now()

    def of(self, bound: ParameterBinding, every: Sequence[FieldValues]) -> Any:
        """Return a value that changes the report; None if the schema allows none.

        Args:
            bound: The parameter.
            every: The rows of all pages of the report.
        """
        part, shape = bound.part, shape_of(self._document, bound.parameter.schema)
        offered = shape.schema.get("enum") or shape_of(
            self._document, shape.schema.get("items") or {}
        ).schema.get("enum")  # fmt: skip
        if bound.parameter.name in self._given and part not in _VARIED:
            return self._given[bound.parameter.name]
        if (fixed := _value_by_schema(bound, shape, offered)) is not None:
            return fixed
        if part is Part.ACCOUNT and shape.is_array:
            return [*{str(row[Field.ACCOUNT]): None for row in every if row.get(Field.ACCOUNT)}][:2]
        middle = edge_of(every, bound.unit) or self._now - 5 * DAY
        count = self._middle_count(bound, every)
        numbers = {Part.OFFSET: 1, Part.PAGE: bound.first + 1, Part.LIMIT: 2,
                   Part.PRESET: 7, **dict.fromkeys(BOUNDS.keys() - {Part.BETWEEN}, count)}  # fmt: skip
        texts = {
            Part.BETWEEN: f"{count}..{count + 9}",
            Part.FORMAT: offered[-1] if offered else None,
            Part.ACCOUNT: ANONYMOUS,
            Part.TERM: "a",
            Part.EXACT_TERM: next((row[Field.TERM] for row in every if Field.TERM in row), "a"),
            Part.CONTENT_TYPE: "page",
            Part.ORDER: "desc",
            Part.COLUMN_ORDER: "desc",
            Part.SORT: self._column(),
            Part.TIME_ZONE: "Europe/Berlin",
            Part.DATE: day_of(middle).isoformat(),
            Part.CURSOR: self._cursor(every, 1),
            Part.CURSOR_BEFORE: self._cursor(every, 2),
            Part.SITE_URL: self._probe.site.world.site_url,
            Part.SPACE_KEY: self._probe.site.example_content().space_key,
            Part.CONTENT_ID: str(self._probe.site.example_content().id),
        }
        value: Any = numbers.get(part) if part in numbers else texts.get(part) if part else None
        if part in numbers and isinstance(value, int):
            low, high = shape.schema.get("minimum", value), shape.schema.get("maximum", value)
            return min(max(value, int(low)), int(high))
        if part in {Part.START, Part.END}:
            value = _moment(bound.unit, middle)
        return None if not self.is_allowed(bound, value) else value

    def _middle_count(self, bound: ParameterBinding, every: Sequence[FieldValues]) -> int:
        """Return a count that some rows exceed, to use as a minimum or maximum."""
        field = field_named(self._bound, counted(bound.parameter.name))
        is_count = field is not None and field.kind is Kind.COUNT
        counts = sorted(int(row[field]) for row in every if is_count and field and field in row)
        return counts[len(counts) // 2] if counts else 1

    def _cursor(self, every: Sequence[FieldValues], offset: int) -> str | None:
        if not self._bound.has_id_cursors:
            return write_cursor(offset)
        ids = Responses(self._document, check=False).row_ids(self._bound, every[:offset])
        return ids[-1] if ids else None

    def _column(self) -> str | None:
        """Return the name of a property to sort by."""
        names = {
            bound.field: path.rpartition("/")[2] for path, bound in self._bound.properties.items()
        }
        return next((names[candidate] for candidate in ORDERED_BY if candidate in names), None)

    def is_allowed(self, bound: ParameterBinding, value: Any) -> bool:
        """Return whether the schema of a parameter allows a value."""
        shape = shape_of(self._document, bound.parameter.schema)
        sent = listed(value) if shape.is_array else value
        if "integer" in shape.types and isinstance(value, str) and value.isdigit():
            sent = int(value)
        validator = validator_of(self._document, bound.parameter.schema)
        return value is not None and validator.is_valid(sent)


def _value_by_schema(bound: ParameterBinding, shape: Shape, offered: Any) -> Any:
    """Return a value to try that follows from the schema alone, or None."""
    if bound.part is Part.ORDER and "boolean" in shape.types:
        return not shape.schema.get("default", False)
    if bound.part is Part.GROUPING:
        return next(filter(grouping_of, reversed(bound.values)), "content")
    if offered:
        return offered[-2:] if shape.is_array else (_telling(bound.part, offered) or offered)[-1]
    return (
        bound.part not in {Part.WITH_ANONYMOUS, Part.WITH_PROTECTED}
        if bound.part in FLAGS
        else None
    )


def _telling(part: Part | None, offered: Sequence[Any]) -> list[Any]:
    """Return the allowed values that are known to have an effect."""
    if part is Part.PRESET:
        return [value for value in offered if is_preset(str(value))]
    field = Field.INTERVAL if part is Part.INTERVAL else Field.IS_SUCCESSFUL
    return [*choices(field, offered).values()] if part in {Part.INTERVAL, *OUTCOMES} else []


def _moment(unit: Unit | None, moment: int) -> Any:
    if unit in {Unit.SECONDS, Unit.MILLISECONDS}:
        return moment // SECOND if unit is Unit.SECONDS else moment
    return to_rfc3339(moment) if unit is Unit.DATE_TIME else day_of(moment).isoformat()
