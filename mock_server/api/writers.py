"""The parts of a compiled renderer: each writes one element of a response."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from mock_server.api.convert import Convert
from mock_server.api.links import numbered_links
from mock_server.binding.fields import LINKS, RELATIONS, Field
from mock_server.data.fields import Rows

Values = Mapping[Any, Any]
"""Values by `Field`: times in epoch milliseconds, ids as integers, None for withheld values; and
the rows of lists, by path."""

Write = Callable[[Values], Any]

NO_ROWS = Rows(())

_MOST_TEMPLATES = 20_000
"""Rendered rows without the values that differ per row; copied for each row."""


class _Missing:
    """A marker for an omitted property."""


MISSING = _Missing()


@dataclass(frozen=True)
class Writer:
    """Renders one part of a response."""

    write: Write
    fields: frozenset[Field] = frozenset()
    """The fields it renders; generated replacements for withheld values also depend on `ROW_ID`."""
    convert: Convert | None = None
    """For a part with one field, the function that converts its known values."""
    members: "Mapping[str, Writer] | None" = None
    """The writers of an object's properties."""


NOTHING = Writer(lambda _: MISSING)
"""Writes an omitted property."""


def fields_of(writers: Collection[Writer]) -> frozenset[Field]:
    """Return the fields that any of these renders."""
    return frozenset().union(*(writer.fields for writer in writers))


def location_writer(where: Sequence[Field]) -> Writer:
    """Return a writer of a list of what is known of the invalid parameter, such as its name."""

    def write(values: Values) -> list[str]:
        return [values[field] for field in where if values.get(field) is not None]

    return Writer(write, frozenset(where))


def by_parameter(messages: Writer) -> Writer:
    """Return a writer of what is said about the invalid parameter, by its name."""

    def write(values: Values) -> Any:
        parameter = values.get(Field.ERROR_PARAMETER)
        return {} if parameter is None else {parameter: messages.write(values)}

    return Writer(write, messages.fields | {Field.ERROR_PARAMETER})


def links_writer(element: Writer) -> Writer:
    """Return a writer of a list of links, each with its relation."""

    def write(values: Values) -> list[Any]:
        there = {relation: values.get(field) for field, relation in RELATIONS.items()}
        return [element.write({**values, Field.SELF: url}) | {"rel": relation}
                for relation, url in there.items() if url]  # fmt: skip

    return Writer(write, element.fields | LINKS)


def numbered_links_writer(element: Writer) -> Writer:
    """Return a writer of a list of links to pages, each with its number."""

    def write(values: Values) -> list[Any]:
        return [element.write({**values, Field.SELF: url}) | {"label": label, "active": is_active}
                for url, label, is_active in numbered_links(values)]  # fmt: skip

    return Writer(write, element.fields | LINKS)


def list_writer(element: Writer, at: str, most: int | None) -> Writer:
    """Return a writer of a secondary list, whose rows are among the values."""
    return Writer(lambda values: [*map(element.write, islice(values.get(at, ()), most))])


class RowWriter:
    """Render rows: copy a template by the row's key, then set the values that differ per row."""

    def __init__(self, element: Writer, at: str) -> None:
        self._element = element
        self._at = at
        self._members = element.members or {}
        self._templates: defaultdict[str, dict[Hashable, dict[str, Any] | None]] = defaultdict(dict)
        self._own_of = cache(self._columns)

    def write(self, values: Values) -> list[Any]:
        """Render all rows of a page."""
        rows: Rows = values.get(self._at, NO_ROWS)
        own = self._own_of(rows.own)
        if not own:
            return [self._element.write(row) for row in rows]
        written: list[Any] = [
            self._element.write(rows.row(number)) if template is None else template.copy()
            for number, template in enumerate(self._templates_of(rows, own))
        ]
        for name, (field, convert) in own.items():
            for row, value in zip(written, map(convert, rows.column(field)), strict=True):
                row[name] = value
                if value is MISSING:
                    del row[name]
        return written

    def _columns(self, own_fields: frozenset[Field]) -> dict[str, tuple[Field, Convert]]:
        """Return the properties that differ per row; empty if templates would not be faster."""
        own = {name: member for name, member in self._members.items() if member.fields & own_fields}
        columns = {
            name: (next(iter(member.fields)), member.convert)
            for name, member in own.items()
            if member.convert is not None
        }
        return columns if len(columns) == len(own) < len(self._members) else {}

    def _templates_of(self, rows: Rows, own: Collection[str]) -> list[dict[str, Any] | None]:
        """Return a template with the same key for each row; None if they cannot be used."""
        templates, keys = self._templates[rows.origin], rows.keys()
        if len(templates) > _MOST_TEMPLATES:
            templates.clear()
        for number, key in enumerate(keys):
            if key not in templates:
                templates[key] = self._template(rows.shared(number), own)
        return [templates[key] for key in keys]

    def _template(self, values: Values, own: Collection[str]) -> dict[str, Any] | None:
        watched = _Watched(values)
        row = {name: None if name in own else member.write(watched)
               for name, member in self._members.items()}  # fmt: skip
        if watched.reads_row_id:
            return None
        return {name: value for name, value in row.items() if value is not MISSING}


class _Watched(dict[Field, Any]):
    """Values that record whether a generated value depends on the row's id."""

    reads_row_id = False

    def get(self, field: Field, default: Any = None) -> Any:
        """Return a value, and record access to the row's id."""
        self.reads_row_id = self.reads_row_id or field is Field.ROW_ID
        return super().get(field, default)
