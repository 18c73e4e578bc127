"""Tell what an operation is about: views or searches, or what these have: contents, spaces, accounts."""

from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.binding.descriptions import EVER, says
from mock_server.binding.envelope import FIGURES, is_of_account
from mock_server.binding.fields import KEYS, Field, Grouping, Part, Subject
from mock_server.binding.lexicon import WORDS, words_of
from mock_server.binding.model import ParameterBinding, PropertyBinding
from mock_server.binding.resources import IDENTITIES
from mock_server.binding.rows import Rows, known_in
from mock_server.openapi.document import Operation


def subject_of(operation: Operation, parameters: Iterable[ParameterBinding]) -> tuple[Subject, str]:
    """Return the subject of an operation, and the evidence for it."""
    parts = {binding.part: binding.parameter.name for binding in parameters}
    for part, subject in (
        (Part.CONTENT_ID, Subject.CONTENT_VISITS),
        (Part.SPACE_KEY, Subject.SPACE_VISITS),
    ):
        if part in parts:
            return subject, f"its parameter {parts[part]!r}"
    last = {word for segment in operation.path.split("/")[-2:] for word in words_of(segment)}
    if WORDS["searches"] & last:
        return Subject.SEARCHES, f"its path {operation.path!r}"
    named = set(words_of(operation.id)) | set(words_of(operation.summary))
    if {"search", "searches"} & named:
        return Subject.SEARCHES, "its name or summary"
    return Subject.SITE_VISITS, "the lack of a content, space or search in its path"


_PRIOR = 4
"""Minimum score of an operation about views or searches."""
_POINTS = {
    **dict.fromkeys(
        (Field.VIEWERS, Field.KNOWN_VIEWERS, Field.NUMBER_OF_RESULTS, Field.IS_PROTECTED, Field.IS_ANONYMOUS,
         Field.TERM), 2,
    ),
    **dict.fromkeys(
        (Field.TIME, Field.DAY, Field.LAST_TIME, Field.VIEWS, Field.PAGE_VIEWS, Field.BLOG_VIEWS, Field.UNSUCCESSFUL, Field.ACCOUNT, Field.ACCOUNT_KIND,
         Field.CONTENT_ID, Field.SPACE_KEY, Field.IS_TRASHED), 1,
    ),
}  # fmt: skip
"""Scores of fields; those that are typical for analytics score higher."""


_ENOUGH = 2
"""Minimum number of such figures that make an object a summary of views."""
_OF_SEARCHES = frozenset({Field.TERM, Field.VIEWS, Field.SEARCHES})
_OF_SOMETHING = frozenset({Subject.CONTENT_VISITS, Subject.SPACE_VISITS})
_NEAR = 6
"""Maximum depth of properties that count; deeper ones describe other objects."""


def is_about_views(
    operation: Operation,
    subject: Subject,
    parameters: Iterable[ParameterBinding],
    properties: Mapping[str, PropertyBinding],
) -> bool:
    """Return whether an operation is about views or searches, rather than about common objects."""
    words = {*words_of(operation.path), *words_of(operation.id), *words_of(operation.summary)}
    views = WORDS["views"]
    weights = {"reported": 2, "searches": 1, "reports": 1}
    in_path = 3 * bool(words & (views - {"view"})) or ("view" in words) + sum(
        weight for name, weight in weights.items() if words & WORDS[name]
    )
    near = {path: bound for path, bound in properties.items() if path.count("/") <= _NEAR}
    known, of_something = known_in(near), subject in _OF_SOMETHING or is_of_account(parameters)
    names = [{*words_of(name)} for path in near for name in path.split("/")]
    in_names = any(views - {"view"} & name or ("view" in name and name & WORDS["viewing"])
                   for name in names)  # fmt: skip
    points = sum(_POINTS.get(field, 0) for field in known)
    is_of_all = "{" not in operation.path and Field.TIME not in known
    is_summary = is_of_all and len(known & FIGURES) >= _ENOUGH
    if not (in_path or (in_names and (of_something or is_summary))):
        return False
    if subject is Subject.SEARCHES and known.isdisjoint(_OF_SEARCHES):  # a search, not a report
        return False
    return in_path + in_names + of_something + points >= _PRIOR


LISTED = frozenset({Grouping.VIEWERS, Grouping.CONTENTS, Grouping.SPACES})
"""What operations may list that are not about views."""


_NAMES = {
    Grouping.VIEWERS: Field.ACCOUNT_NAME,
    Grouping.CONTENTS: Field.CONTENT_TITLE,
    Grouping.SPACES: Field.SPACE_NAME,
}


def list_options(grouping: Grouping, description: str) -> dict[str, Any]:
    """Return what differs for an operation that lists contents, spaces or accounts, not views."""
    sorted_by = _NAMES[grouping] if says("by name", description) else KEYS[grouping]
    return {
        "usual_sort": ((sorted_by, False),),
        "has_gaps": False,
        "hours": EVER,
        "left_out": frozenset({"anonymous", "protected"}),
        "with_protected": False,
    }


def is_lookup(
    operation: Operation,
    parameters: Iterable[ParameterBinding],
    rows: Rows,
    properties: Mapping[str, PropertyBinding],
) -> bool:
    """Return whether an operation returns the content, space or account at the end of its path."""
    end = operation.path.rstrip("/").rpartition("/")[2]
    parts = {bound.part for bound in parameters if end == f"{{{bound.parameter.name}}}"}
    fields = {field for part, field in IDENTITIES.items() if part in parts}
    return rows.at is None and not fields.isdisjoint(known_in(properties))
