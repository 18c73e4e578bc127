"""Names read by what their words mean, for names that no table lists.

`earliestVisitTime`, `first_seen_at` and `dateOfFirstView` are all a first, a visit, and a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice, product
from typing import TypeVar

from mock_server.binding.names import TRANSPARENT
from mock_server.binding.spelling import normalised, words_of
from mock_server.binding.words import Field, Part

_Word = TypeVar("_Word", Field, Part)

_WORDS = {
    "visit": "visit visits visited view views viewed hit hits pageview pageviews impression "
    "impressions access accesses accessed read reads open opens opened opening openings event "
    "events seen action actions activity activities aufruf aufrufe besuch besuche",
    "viewer": "viewer viewers acct visitor visitors user users reader readers account accounts person "
    "people persons actor actors member members profile searcher searchers principal benutzer "
    "nutzer besucher leser konto",
    "search": "search searches searched query queries lookup lookups suche suchen suchanfrage "
    "suchanfragen",
    "result": "result results match matches hit hits found treffer",
    "content": "content contents page pages article articles document documents entity resource "
    "target object subject inhalt seite",
    "parent": "parent ancestor container ubergeordnet ubergeordnete ubergeordneter",
    "space": "space spaces bereich bereiche",
    "row": "row rows item items record records element elements entry entries result results "
    "object objects datensatze eintrage",
    "page": "page pages seite seiten",
    "id": "id uid guid uuid identifier key ref reference kennung schlussel",
    "name": "name title label heading caption headline titel bezeichnung",
    "kind": "type kind class category art typ",
    "count": "count counts counter number num no nr n total totals sum qty quantity amount size "
    "cnt anzahl",
    "total": "total overall all full gesamt",
    "size": "size limit length max maximum grosse",
    "time": "time date datetime timestamp ts at on when instant moment day zeit zeitpunkt datum am",
    "first": "first earliest oldest initial min erster erste zuerst",
    "last": "last latest newest recent max letzter letzte zuletzt",
    "unique": "unique uniq distinct different eindeutig eindeutige",
    "deleted": "delete deleted deletion trash trashed removed removal archive archived geloscht papierkorb",
    "term": "term text phrase keyword keywords string words input suchbegriff begriff",
    "anonymous": "anonymous anon guest anonym gast",
    "protected": "protected hidden masked private concealed anonymized anonymised pseudonymized "
    "pseudonymised confidential obscured redacted restricted geschutzt verborgen",
    "short": "short shortname abbreviation code slug handle kurz kurzel kurzname",
    "success": "success successful succeeded successfully erfolgreich",
    "failure": "failure failed unsuccessful unsuccessfully erfolglos",
}
"""Words by the concept that they stand for; a word may stand for several."""

_SILENT = (
    "a the of by in for is was has this its own per made x utc iso ms millis milliseconds epoch "
    "unix seconds sec raw value formatted display public atlassian confluence viewtracker who "
    "most marked flag yn eq equals in like"
)
"""Words that change nothing about what a name means here."""

_CONTEXT = ("visit", "search", "row", "content")
"""Concepts that may stand before others, since every row is one or is of one."""

_MEANINGS: dict[Field | Part, str] = {
    Field.ROW_ID: "visit id; search id; row id",
    Field.TIME: "visit time; search time",
    Field.ACCOUNT: "viewer id; viewer",
    Field.ACCOUNT_NAME: "viewer name",
    Field.ACCOUNT_KIND: "viewer kind",
    Field.IS_ANONYMOUS: "anonymous; viewer anonymous",
    Field.IS_PROTECTED: "protected; viewer protected",
    Field.CONTENT_ID: "content id",
    Field.CONTENT_TYPE: "content kind",
    Field.CONTENT_TITLE: "content name",
    Field.PARENT_ID: "parent id; parent content id",
    Field.SPACE_KEY: "space id; space; space short; space short name",
    Field.SPACE_NAME: "space name",
    Field.IS_TRASHED: "deleted; content deleted",
    Field.DELETION_TIME: "deleted time; content deleted time",
    Field.TERM: "search term; term; search name; term name",
    Field.NUMBER_OF_RESULTS: "result count; result total",
    Field.IS_SUCCESSFUL: "success; search success",
    Field.IS_UNSUCCESSFUL: "failure; search failure",
    Field.VIEWS: "visit count; search count; visit total; visit; visit total count",
    Field.VIEWERS: "viewer; unique; unique count; viewer count; unique viewer; unique visit; unique viewer count; viewer total; "
    "unique visit count; viewer total count; unique viewer total",
    Field.FIRST_TIME: "first time; first visit; first visit time; first search; first search time",
    Field.LAST_TIME: "last time; last visit; last visit time; last search; last search time",
    Field.TOTAL: "row count; row total; row total count; total count",
    Field.LIMIT: "page size; row size; page row; page row size",
    Field.PAGES: "page count; page total; page total count",
    Part.CONTENT_ID: "content id",
    Part.SPACE_KEY: "space id; space short; space short name",
    Part.LIMIT: "page size; row size; page row; page row size",
    Part.CONTENT_TYPE: "content kind",
    Part.ACCOUNT: "viewer id; viewer",
    Part.TERM: "search term; term",
}
"""The sets of concepts that mean a field or a part, the same whatever their order."""

_MOST_READINGS = 64
"""More readings of one name than these are not tried; real names have a handful."""


def meant_by(names: Sequence[str], offered: Iterable[_Word]) -> Iterator[tuple[_Word, str]]:
    """Give the fields or parts that names mean, the most likely first, and the concepts.

    Args:
        names: Property names from the root, or the name of a parameter.
        offered: Which fields or parts there can be.
    """
    among = list(offered)
    for group in _readings(tuple(names)):
        for word in among:
            for concepts in group & _sets(word):
                yield word, " ".join(sorted(concepts))


@cache
def _readings(names: tuple[str, ...]) -> tuple[frozenset[frozenset[str]], ...]:
    """Give the sets of concepts that a path may stand for, the most telling ones first.

    All of it comes before its last name alone, and all its concepts before those without context.
    """
    found: list[frozenset[frozenset[str]]] = []
    for path in (names, names[-1:]):
        meant = [_concepts_of(word) for name in path for word in _telling_words(name)]
        whole = frozenset(map(frozenset, islice(product(*meant), _MOST_READINGS)))
        short = {one - {context} for one in whole for context in _CONTEXT if len(one) > 1}
        found += [whole, frozenset(short)]
    return tuple(dict.fromkeys(found))


def _telling_words(name: str) -> list[str]:
    words = [word for word in words_of(name) if word not in _SILENT.split()]
    is_known = all(map(_concepts_of, words))
    return [] if normalised([name]) in TRANSPARENT and not is_known else words


@cache
def _concepts_of(word: str) -> tuple[str, ...]:
    return tuple(concept for concept, words in _WORDS.items() if word in words.split())


@cache
def _sets(word: Field | Part) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(one.split()) for one in _MEANINGS.get(word, "").split("; ") if one)
