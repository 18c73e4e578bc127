"""The values of an enumeration, matched to the domain's words by meaning and by spelling."""

from collections.abc import Iterable
from typing import Any

from mock_server.binding.words import Field, normalised

_MEANINGS: dict[Field, dict[str, str]] = {
    Field.CONTENT_TYPE: {
        "page": "page; pages; p; confluence page; content",
        "blogpost": "blogpost; blog post; blog; blogposts; blog posts; post; news; article",
        "attachment": "attachment; attachments; file; files; media; document",
    },
    Field.ACCOUNT_KIND: {
        "known": "known; user; registered; logged in; authenticated; named; account; "
        "licensed; identified; atlassian; member; internal; regular; person",
        "anonymous": "anonymous; anon; guest; public; unknown; visitor; not logged in",
        "protected": "protected; hidden; private; anonymized; anonymised; restricted; masked",
    },
}


def choices(field: Field, values: Iterable[Any]) -> dict[str, Any]:
    """Match each word of the domain to the enumeration's value for it.

    Args:
        field: `Field.CONTENT_TYPE` or `Field.ACCOUNT_KIND`.
        values: The enumeration; only its strings count.

    Returns:
        The values found by the domain's word, lacking the words that nothing stands for.
    """
    by_name = {normalised([value]): value for value in values if isinstance(value, str)}
    found: dict[str, Any] = {}
    for word, names in _MEANINGS[field].items():
        for name in names.split("; "):
            if normalised([name]) in by_name:
                found[word] = by_name[normalised([name])]
                break
    return found
