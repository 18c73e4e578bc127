"""Infer the meaning of the properties around the rows, and of response headers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from mock_server.binding.descriptions import counts_known, recent_in, says
from mock_server.binding.fields import Field, Grouping, Part, Subject, Unit
from mock_server.binding.lexicon import (
    CONCEPTS,
    ENVELOPE_NAMES,
    ROW_NAMES,
    WORDS,
    normalised,
    ranks_of,
    words_of,
)
from mock_server.binding.model import ParameterBinding, PropertyBinding
from mock_server.binding.properties import (
    OWNERS,
    fits,
    page_views_beside,
    property_binding,
    with_names_of_people,
)
from mock_server.openapi.document import Document, Response, schema_in
from mock_server.openapi.schemas import Leaf, Schema, leaves, shape_of

_TEXTUAL = frozenset({Unit.DATE, Unit.DATE_TIME, Unit.FREE})
_COUNTED: Mapping[Grouping | None, Field] = {
    Grouping.VIEWERS: Field.VIEWERS,
    Grouping.CONTENTS: Field.CONTENTS,
}
"""What a count without a telling name counts, by what the path names; usually views."""
_OF_PAGES = frozenset(
    {Field.TOTAL, Field.SIZE, Field.IS_EMPTY, Field.PAGE, Field.PAGES, Field.LIMIT, Field.OFFSET}
)
"""Fields that describe a page or a report."""
_VIEWS = CONCEPTS["visit"] | CONCEPTS["search"]
_OF_ROWS = frozenset().union(
    WORDS["slots"], *(CONCEPTS[name] for name in ("viewer", "content", "row", "term"))
)
"""Words for what the rows of totals are, whose number is the total of rows."""
_ECHOES = {
    Part.START: Field.RANGE_START,
    Part.END: Field.RANGE_END,
    Part.OFFSET: Field.OFFSET,
    Part.PAGE: Field.PAGE,
    Part.LIMIT: Field.LIMIT,
    Part.CONTENT_ID: Field.CONTENT_ID,
    Part.SPACE_KEY: Field.SPACE_KEY,
    Part.PRESET: Field.PRESET,
    Part.TIME_ZONE: Field.TIME_ZONE,
    Part.INTERVAL: Field.INTERVAL,
    Part.GROUPING: Field.GROUPING,
}
"""The field of a property that is named like a parameter."""
FIGURES = frozenset({
    Field.VIEWS, Field.VIEWERS, Field.KNOWN_VIEWERS, Field.SEARCHES, Field.UNSUCCESSFUL, Field.PAGE_VIEWS,
    Field.BLOG_VIEWS, Field.ANONYMOUS_VIEWS,
})  # fmt: skip
"""Counts that tell about views or searches."""
_PER_PAGE = ranks_of(ENVELOPE_NAMES[Field.LIMIT])
_BUSIEST = ranks_of(ENVELOPE_NAMES[Field.BUSIEST_DAY])


def envelope(
    document: Document,
    schema: Schema,
    rows_at: str | None,
    parameters: Sequence[ParameterBinding],
    subject: Subject,
    by_path: Grouping | None = None,
    grouping: Grouping = Grouping.ROWS,
) -> dict[str, PropertyBinding]:
    """Bind the properties around the rows.

    Args:
        document: Resolves schemas.
        schema: The schema of the whole body.
        rows_at: The path of the rows, if there are any.
        parameters: The parameters of the operation; its paging style determines counts and links.
        subject: The subject of the operation.
        by_path: What the path of the operation counts, or None.
        grouping: What the rows are.
    """
    found = list(leaves(document, schema, skip=rows_at))
    names = _names(found, parameters, subject)
    if rows_at is None:  # counts are not about rows of a page, and the rest is about the subject
        names = _names_of_sums(found, names, subject, by_path)
        found = found or [Leaf("", ("count",), shape_of(document, schema))]
    return _Envelope(
        found, names, parameters, subject, grouping, has_rows=rows_at is not None
    ).read()


def with_row_cursors(properties: Mapping[str, PropertyBinding]) -> dict[str, PropertyBinding]:
    """Bind the cursors of a page where each row has its own, as in Relay, to those of its ends."""
    if all(binding.field is not Field.ROW_CURSOR for binding in properties.values()):
        return dict(properties)
    ends = {Field.NEXT_CURSOR: (Field.LAST_CURSOR, {"end", "last"}),
            Field.PREVIOUS_CURSOR: (Field.FIRST_CURSOR, {"start", "first"})}  # fmt: skip
    found = {}
    for path, binding in properties.items():
        if binding.field in ends:
            field, words = ends[binding.field]
            if words & {*words_of(path.rpartition("/")[2])}:
                found[path] = PropertyBinding(field, "the cursor of a row, as each row has one")
    return {**properties, **found}


_CREATED = "created at; erstellt am; created; created on; creation date; erstellt; angelegt am"
"""Names of the creation time of a content, in an object that is about one."""


def is_of_account(parameters: Iterable[ParameterBinding]) -> bool:
    """Return whether a path names the account whose visits are reported."""
    return any(binding.part is Part.ACCOUNT and binding.parameter.location == "path"
               for binding in parameters)  # fmt: skip


def _names(
    found: Iterable[Leaf], parameters: Iterable[ParameterBinding], subject: Subject
) -> dict[Field, str]:
    names = dict(ENVELOPE_NAMES)
    if subject is Subject.SEARCHES:  # these are what the report counts
        del names[Field.SEARCHES]
    if is_of_account(parameters):
        names |= {field: ROW_NAMES[field] for field in (Field.ACCOUNT, Field.ACCOUNT_NAME)}
        names[Field.ACCOUNT_NAME] += "; name"
    requested = {
        normalised([binding.parameter.name]) for binding in parameters if binding.part is Part.LIMIT
    }
    echoed = {normalised(leaf.names[-2:]) for leaf in found} | {"size"}
    has_limit = any(leaf.names[-1].casefold() == "limit" for leaf in found)
    if requested & echoed and not has_limit:  # in Spring, the requested size
        names[Field.LIMIT] = f"size; {names[Field.LIMIT]}"
        names[Field.SIZE] = names[Field.SIZE].removeprefix("size; ")
    return names


def _names_of_sums(
    found: Iterable[Leaf], names: Mapping[Field, str], subject: Subject, by_path: Grouping | None
) -> dict[Field, str]:
    """Return the names in an object of sums, which may also be about its content or space."""
    names = {field: usual for field, usual in names.items() if field not in _OF_PAGES}
    for field, usual in _names_of_subject(subject).items():
        names[field] = "; ".join(filter(None, (names.get(field), usual)))
    own = {leaf.names[-1].casefold() for leaf in found}
    if subject is Subject.CONTENT_VISITS and {"title", "name", "titel"} & own:
        names[Field.CONTENT_TIME] = f"{_CREATED}; {names[Field.CONTENT_TIME]}"
    names[Field.CONTENTS] += "; pages; seiten"
    counted = _COUNTED.get(by_path, Field.VIEWS)
    names[counted] = f"{names[counted]}; count; total; value; hits; n; anzahl; gesamt"
    return names


def _names_of_subject(subject: Subject) -> dict[Field, str]:
    """Return the names of what a report is about, beside its totals."""
    names = {field: ROW_NAMES.get(field, "") for field in OWNERS.get(subject, ())}
    if subject is Subject.SPACE_VISITS:
        names[Field.SPACE_NAME] += "; name; title; label; display name"
        names[Field.SPACE_KIND] += "; type; kind"
    if subject is Subject.CONTENT_VISITS:
        names[Field.CONTENT_ID] += "; id"
    return names


class _Envelope:
    """The properties around the rows, bound by their names, then corrected by what is beside them."""

    def __init__(
        self,
        found: Sequence[Leaf],
        names: Mapping[Field, str],
        parameters: Sequence[ParameterBinding],
        subject: Subject,
        grouping: Grouping,
        *,
        has_rows: bool,
    ) -> None:
        self._found, self._subject, self._grouping = found, subject, grouping
        self._has_totals = has_rows and grouping is not Grouping.ROWS
        self._bound = {leaf.path: _binding(leaf, names) for leaf in found}
        parts = {binding.part for binding in parameters}
        self._has_numbers = not {Part.OFFSET, Part.PAGE}.isdisjoint(parts)
        self._cursors = _described(parameters, Part.CURSOR)
        self._ends = _described(parameters, Part.END)
        self._ends_named = {f"`{binding.parameter.name}`" for binding in parameters
                            if binding.part is Part.END}  # fmt: skip
        self._has_cursor = Part.CURSOR in parts and not self._has_numbers
        self._ranges_are_text = any(binding.unit in _TEXTUAL for binding in parameters)
        self._echoes = {normalised([binding.parameter.name]): _ECHOES[binding.part]
                        for binding in parameters if binding.part in _ECHOES}  # fmt: skip

    def read(self) -> dict[str, PropertyBinding]:
        """Return the binding of each property by its path."""
        if self._has_totals:
            self._correct(self._about_subject)
        self._bound = with_names_of_people(self._found, self._bound)
        self._bound |= page_views_beside(self._found, self._bound)
        for rule in (
            self._by_description,
            self._by_others,
            self._by_echo,
            self._beside_total,
            self._in_list_of_links,
            self._beside,
            self._of_busiest_day,
            self._by_paging,
        ):
            self._correct(rule)
        return self._bound

    def _correct(self, rule: Callable[[Leaf], PropertyBinding | None]) -> None:
        """Apply a rule to all properties, as they are bound before."""
        fields = {path: binding.field for path, binding in self._bound.items()}
        self._fields = set(fields.values())
        self._places = {(path.rpartition("/")[0], field) for path, field in fields.items()}
        corrected = {leaf.path: rule(leaf) for leaf in self._found}
        self._bound |= {path: found for path, found in corrected.items() if found is not None}

    def _about_subject(self, leaf: Leaf) -> PropertyBinding | None:
        """Bind unknown properties beside the id of a content, or the key of a space, as about it."""
        names = _names_of_subject(self._subject)
        if self._fields.isdisjoint({Field.CONTENT_ID, Field.SPACE_KEY} & names.keys()):
            return None
        is_known = self._bound[leaf.path].field is not None
        return None if is_known else property_binding(leaf, names, names.keys() - self._fields)

    def _by_description(self, leaf: Leaf) -> PropertyBinding | None:
        """Correct counts that are described as counts of distinct viewers, or of all views."""
        field, words = self._bound[leaf.path].field, {*words_of(leaf.shape.description)}
        is_distinct = bool(words & CONCEPTS["unique"])
        if (
            field is Field.VIEWS
            and self._has_totals
            and says("of all accounts", leaf.shape.description)
        ):
            return PropertyBinding(Field.ALL_VIEWS, "described as including all kinds of viewers")
        if field in {Field.VIEWS, Field.VIEWERS}:
            if is_distinct and words & CONCEPTS["content"] and not words & CONCEPTS["viewer"]:
                return PropertyBinding(Field.CONTENTS, "described as distinct contents")
            is_of_viewers = is_distinct or field is Field.VIEWERS
            if is_of_viewers and counts_known(leaf.shape.description):
                return PropertyBinding(Field.KNOWN_VIEWERS, "described as known viewers")
            if is_of_viewers and field is Field.VIEWS:
                return PropertyBinding(Field.VIEWERS, "described as a count of distinct viewers")
        if field is Field.SIZE and normalised([leaf.label]) in _PER_PAGE:
            return PropertyBinding(Field.LIMIT, f"described as {leaf.label!r}")
        is_of_totals = field is Field.TOTAL and self._grouping is not Grouping.ROWS
        is_of_views = bool(words & _VIEWS) and not words & _OF_ROWS
        if is_of_totals and (is_of_views or says("number of views", leaf.shape.description)):
            return PropertyBinding(Field.VIEWS, "described as a count of views")
        return None

    def _by_others(self, leaf: Leaf) -> PropertyBinding | None:
        """Bind what only errors have, and what the description of the cursor names."""
        is_end = f"`{leaf.names[-1]}`" in self._ends or any(
            name in leaf.shape.description for name in self._ends_named
        )
        if is_end and leaf.shape.is_moment and {"next", "naechste"} & _all_words(leaf):
            return PropertyBinding(Field.NEXT_END, "described as the end of the next page")
        if self._bound[leaf.path].field is not None:
            return None
        if says("absent on success", leaf.shape.description):
            return PropertyBinding(Field.DETAIL, "described as absent on success")
        if any(f"`{name}`" in self._cursors for name in (leaf.names[-1], ".".join(leaf.names))):
            return PropertyBinding(Field.NEXT_CURSOR, "named by the description of the cursor")
        return None

    def _by_echo(self, leaf: Leaf) -> PropertyBinding | None:
        echo = self._echoes.get(normalised(leaf.names[-1:]))
        if echo and not self._bound[leaf.path].field and fits(echo.kind, echo, leaf.shape):
            return PropertyBinding(echo, "named like the parameter")
        return None

    def _beside_total(self, leaf: Leaf) -> PropertyBinding | None:
        is_total = self._bound[leaf.path].field is Field.TOTAL
        if not is_total or not WORDS["total"].isdisjoint(_words_in(leaf)):
            return None
        totals = (one for one in self._found if self._bound[one.path].field is Field.TOTAL)
        is_beside = any(WORDS["total"] & {*words_of(one.names[-1])} for one in totals)
        return PropertyBinding(Field.SIZE, "a count beside a total") if is_beside else None

    def _in_list_of_links(self, leaf: Leaf) -> PropertyBinding | None:
        """Bind the links of a list in which each has its relation; the page of others is unknown."""
        at, _, name = leaf.path.rpartition("/")
        has_relation = f"{at}/rel" in self._bound
        has_number = {f"{at}/label", f"{at}/active"} <= self._bound.keys()
        if (has_relation or has_number) and name in {"href", "url", "uri"}:
            how = "relation" if has_relation else "number"
            return PropertyBinding(Field.SELF, f"a link in a list by {how}")
        if leaf.is_listed and self._bound[leaf.path].field is Field.SELF:
            return PropertyBinding(None, "a link of a list of links")
        return None

    def _beside(self, leaf: Leaf) -> PropertyBinding | None:
        """Bind the start of a range by its end, and the base of links by a link, in an object."""
        at, _, name = leaf.path.rpartition("/")
        is_offset = self._bound[leaf.path].field is Field.OFFSET
        if at and is_offset and (at, Field.RANGE_END) in self._places:
            return PropertyBinding(Field.RANGE_START, "a start beside the range's end")
        is_of_site = {"site", "confluence", "instance"} & {*words_of(leaf.shape.description)}
        is_linked = {(at, Field.NEXT), (at, Field.SELF)} & self._places
        if name == "base" and is_linked and not is_of_site:
            return PropertyBinding(Field.LINK_BASE, "a base beside a link")
        return None

    def _of_busiest_day(self, leaf: Leaf) -> PropertyBinding | None:
        """Bind the date and the views in an object that is named as the busiest day."""
        if normalised(leaf.names[-2:-1]) in _BUSIEST and not leaf.is_listed:
            is_number = {"integer", "number"} & leaf.shape.types
            field = Field.BUSIEST_VIEWS if is_number else Field.BUSIEST_DAY
            if fits(field.kind, field, leaf.shape):
                return PropertyBinding(field, "in an object of the busiest day")
        return None

    def _by_paging(self, leaf: Leaf) -> PropertyBinding | None:
        """Correct bindings that do not fit the paging style."""
        field, own = self._bound[leaf.path].field, words_of(leaf.names[-1])
        is_counted = not self._fields.isdisjoint({Field.TOTAL, Field.HAS_MORE})
        if field is Field.SIZE and own[-1:] == ("count",) and self._has_numbers and not is_counted:
            return PropertyBinding(Field.TOTAL, "the only count, beside numbered pages")
        is_plain = {"integer", "number"} & leaf.shape.types and WORDS["epoch"].isdisjoint(own)
        if field in _NUMBERED and is_plain and self._ranges_are_text:
            return PropertyBinding(_NUMBERED[field], "a number, where ranges are text")
        words = _all_words(leaf)
        is_link = "format" in leaf.shape.schema or not words.isdisjoint(WORDS["link"])
        if field in _CURSORS and self._has_cursor and not is_link:
            return PropertyBinding(_CURSORS[field], "a cursor, as pages have no numbers")
        return None


def _binding(leaf: Leaf, names: Mapping[Field, str]) -> PropertyBinding:
    recent = recent_in(leaf.names[-1])
    if recent is None:
        return property_binding(leaf, names, names)
    hours, name = recent
    around = leaf.names[:-1] if name else leaf.names[:-2]
    whole = replace(leaf, names=(*around, name or leaf.names[-2:][0]))
    found = property_binding(whole, names, FIGURES)
    return replace(found, hours=hours if found.field is not None else None)


_NUMBERED = {Field.RANGE_START: Field.FIRST_ROW, Field.RANGE_END: Field.LAST_ROW}
_CURSORS = {Field.NEXT: Field.NEXT_CURSOR, Field.PREVIOUS: Field.PREVIOUS_CURSOR}


def _described(parameters: Iterable[ParameterBinding], part: Part) -> str:
    return " ".join(one.parameter.description for one in parameters if one.part is part)


def _all_words(leaf: Leaf) -> set[str]:
    return {*words_of(leaf.shape.description)} | _words_in(leaf)


def _words_in(leaf: Leaf) -> set[str]:
    return {word for name in leaf.names for word in words_of(name)}


def headers_of(document: Document, response: Response) -> dict[str, PropertyBinding]:
    """Bind the headers of a response, or the properties of those that are JSON objects."""
    bound = {}
    for name, header in response.headers.items():
        shape = shape_of(document, schema := schema_in(header))
        found = leaves(document, schema, at=name) if shape.properties else ()
        for leaf in found or [Leaf(name, (name,), shape)]:
            bound[leaf.path] = property_binding(leaf, ENVELOPE_NAMES, ENVELOPE_NAMES)
    return bound
