"""What the values of filters select: account kinds, search results, counts and ids."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mock_server.binding.fields import Field, Part
from mock_server.binding.lexicon import choices, inclusions, is_every, is_yes_or_no
from mock_server.binding.model import ParameterBinding

_CONTENT_ID = re.compile(r"[0-9]{1,100}")
"""An id, with any zeros before it; Python refuses to read thousands of digits."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


BOUNDS: Mapping[Part | None, tuple[Part, ...]] = {
    Part.LEAST: (Part.LEAST,),
    Part.MOST: (Part.MOST,),
    Part.EQUAL: (Part.LEAST, Part.MOST),
    Part.BETWEEN: (Part.LEAST, Part.MOST),
}
"""The bounds of a count that a parameter sets."""

_ANONYMOUS, _NAMED = frozenset({"anonymous"}), frozenset({"known", "protected"})
_KNOWN, _UNKNOWN = frozenset({"known"}), frozenset({"anonymous", "protected"})
_PROTECTED, _OPEN = frozenset({"protected"}), frozenset({"known", "anonymous"})
KINDS: Mapping[Part | None, tuple[frozenset[str] | None, frozenset[str] | None]] = {
    Part.IS_ANONYMOUS: (_ANONYMOUS, _NAMED),
    Part.WITH_ANONYMOUS: (None, _NAMED),
    Part.WITHOUT_ANONYMOUS: (_NAMED, None),
    Part.ONLY_ANONYMOUS: (_ANONYMOUS, None),
    Part.IS_KNOWN: (_NAMED, _ANONYMOUS),
    Part.ONLY_KNOWN: (_NAMED, None),
    Part.IS_UNKNOWN: (_UNKNOWN, _KNOWN),
    Part.ONLY_UNKNOWN: (_UNKNOWN, None),
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


def content_id_of(value: Any) -> int:
    """Return the content id that a client wrote as a number or UUID; -1 for others."""
    if _UUID.fullmatch(str(value)):  # the form in documents that only have UUIDs
        return UUID(str(value)).int
    return int(value) if _CONTENT_ID.fullmatch(str(value)) else -1


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
    if bound.part is Part.ACCOUNT_KIND:
        sent = listed(value)
        kinds = choices(Field.ACCOUNT_KIND, bound.values or sent)
        found = frozenset(kind for kind, word in kinds.items() if word in sent)
        return None if any(map(is_every, sent)) else found
    if bound.part not in KINDS:
        return None
    included = inclusions([value])
    if included and not is_yes_or_no(bound.values):
        return None if "with" in included else KINDS[bound.part]["without" in included]
    return KINDS[bound.part][not is_yes(value)]
