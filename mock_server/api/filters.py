"""What the values of filters allow: kinds of accounts, results of searches, and counts."""

from collections.abc import Mapping
from typing import Any

from mock_server.binding.fields import Field, Part
from mock_server.binding.lexicon import choices, inclusions, is_every, is_yes_or_no
from mock_server.binding.model import ParameterBinding

BOUNDS: Mapping[Part | None, tuple[Part, ...]] = {
    Part.LEAST: (Part.LEAST,),
    Part.MOST: (Part.MOST,),
    Part.EQUAL: (Part.LEAST, Part.MOST),
    Part.BETWEEN: (Part.LEAST, Part.MOST),
}
"""The bounds of a count that a parameter sets."""


def listed(value: Any) -> list[Any]:
    """Return the values of a parameter as a list."""
    return value if isinstance(value, list) else [value]


def is_yes(value: Any) -> bool:
    """Return whether a flag is set, in any spelling that documents use."""
    if isinstance(value, str):
        return "true" in choices(Field.IS_ANONYMOUS, [value])
    return value is True


def account_kinds(bound: ParameterBinding, value: Any) -> frozenset[str] | None:
    """Return the account kinds that a parameter allows; None for all."""
    if bound.part is Part.ACCOUNT_KIND and any(map(is_every, listed(value))):
        return None
    if bound.part is Part.ACCOUNT_KIND:
        kinds = choices(Field.ACCOUNT_KIND, bound.values or listed(value))
        return frozenset(kind for kind, word in kinds.items() if word in listed(value))
    if bound.part not in KINDS:
        return None
    included = inclusions([value])
    if included and not is_yes_or_no(bound.values):
        return None if "with" in included else KINDS[bound.part]["without" in included]
    return KINDS[bound.part][not is_yes(value)]


_ANONYMOUS, _NAMED = frozenset({"anonymous"}), frozenset({"known", "protected"})
_PROTECTED, _OPEN = frozenset({"protected"}), frozenset({"known", "anonymous"})
KINDS: Mapping[Part | None, tuple[frozenset[str] | None, frozenset[str] | None]] = {
    Part.IS_ANONYMOUS: (_ANONYMOUS, _NAMED),
    Part.WITH_ANONYMOUS: (None, _NAMED),
    Part.WITHOUT_ANONYMOUS: (_NAMED, None),
    Part.ONLY_ANONYMOUS: (_ANONYMOUS, None),
    Part.IS_PROTECTED: (_PROTECTED, _OPEN),
    Part.WITH_PROTECTED: (None, _OPEN),
    Part.WITHOUT_PROTECTED: (_OPEN, None),
    Part.ONLY_PROTECTED: (_PROTECTED, None),
}
"""Account kinds allowed by a flag if it is true, and if it is false; None for all."""

OUTCOMES: Mapping[Part | None, tuple[bool | None, bool | None]] = {
    Part.IS_SUCCESSFUL: (True, False),
    Part.IS_UNSUCCESSFUL: (False, True),
    Part.ONLY_SUCCESSFUL: (True, None),
    Part.ONLY_UNSUCCESSFUL: (False, None),
}
"""Search results allowed by a flag if it is true, and if it is false."""
