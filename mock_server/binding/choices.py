"""The values of an enumeration, matched to the domain's words by meaning and by spelling."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.binding.spelling import normalised
from mock_server.binding.words import KINDS, Field, Kind

_MEANINGS: dict[Field, dict[str, str]] = {
    Field.CONTENT_TYPE: {
        "page": "page; pages; p; confluence page; content; seite",
        "blogpost": "blogpost; blog post; blog; blogposts; blog posts; post; news; article; "
        "blogbeitrag; beitrag; blog entry",
        "attachment": "attachment; attachments; file; files; media; document; anhang; datei",
    },
    Field.ACCOUNT_KIND: {
        "known": "known; user; registered; logged in; authenticated; named; account; "
        "licensed; identified; atlassian; member; internal; regular; person; bekannt; angemeldet",
        "anonymous": "anonymous; anon; guest; public; unknown; visitor; not logged in; anonym; gast",
        "protected": "protected; hidden; private; anonymized; anonymised; restricted; masked; "
        "geschutzt",
    },
    Field.IS_TRASHED: {
        "true": "trashed; trash; in trash; deleted; removed; papierkorb",
        "false": "current; active; live; published; available; existing; aktuell",
    },
    Field.ERROR_CODE: {
        "400": "bad request; invalid request; invalid parameter; validation error; validation "
        "failed; invalid argument; invalid input; invalid; bad parameter",
        "401": "unauthorized; unauthenticated; invalid token; authentication required; "
        "authentication failed; not authenticated; token invalid; missing token; unauthorised",
        "403": "forbidden; access denied; permission denied; not allowed; insufficient rights",
        "404": "not found; resource not found; unknown resource; no such resource; unknown; "
        "content not found; space not found",
        "405": "method not allowed",
        "406": "not acceptable",
        "414": "uri too long",
        "429": "too many requests; rate limited; rate limit exceeded; rate limit; throttled",
        "500": "internal server error; internal error; internal; server error; unexpected error",
        "503": "service unavailable; unavailable; maintenance",
    },
}

_YES_OR_NO = {"true": "true; yes; y; t; 1; on", "false": "false; no; n; f; 0; off"}
"""How a text says a flag, whatever the flag is about."""

_DESCENDING = re.compile("desc|newest|latest|^-", re.IGNORECASE)


def is_descending(text: str) -> bool:
    """Say whether the value of a parameter for the order asks for the newest or largest first."""
    return _DESCENDING.search(text) is not None


def choices(field: Field, values: Iterable[Any]) -> dict[str, Any]:
    """Match each word of the domain to the enumeration's value for it.

    Args:
        field: `Field.CONTENT_TYPE`, `Field.ACCOUNT_KIND`, a flag, whose words are `true` and
            `false`, or `Field.ERROR_CODE`, whose words are statuses.
        values: The enumeration; only its strings count.

    Returns:
        The values found by the domain's word, lacking the words that nothing stands for.
    """
    offered = list(values)
    found = _matched(_MEANINGS.get(field, {}), offered)
    return found or (_yes_or_no(offered) if KINDS[field] is Kind.FLAG else {})


def is_yes_or_no(values: Iterable[Any]) -> bool:
    """Say whether an enumeration is of a yes and a no, which tell nothing of what they are about."""
    return len(_yes_or_no(values)) == len(_YES_OR_NO)


def _yes_or_no(values: Iterable[Any]) -> dict[str, Any]:
    return _matched(_YES_OR_NO, values)


def _matched(meanings: Mapping[str, str], values: Iterable[Any]) -> dict[str, Any]:
    by_name = {normalised([value]): value for value in values if isinstance(value, str)}
    found: dict[str, Any] = {}
    for word, names in meanings.items():
        for name in names.split("; "):
            if normalised([name]) in by_name:
                found[word] = by_name[normalised([name])]
                break
    return found
