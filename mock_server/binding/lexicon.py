"""The words by which elements of a document are recognised."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, product
from typing import Any, TypeVar

from mock_server.binding.fields import KINDS, Field, Kind, Part

ROW_NAMES: dict[Field, str] = {
    Field.ROW_ID: "uuid; guid; uid; id",
    Field.ACCOUNT: "aaid; atlassian id; user name; searched by; viewed by; benutzerkennung; kennung",
    Field.TIME: "unix date; unix time; time; timestamp; ts; date time; date; created; at; when; "
    "epoch; viewed; visited; searched; occurred; moment; zeitpunkt; zeit; datum; "
    "aufgerufen am; gesucht am",
    Field.ACCOUNT_NAME: "display name; full name; user full name; public name; viewer full name; "
    "anzeigename",
    Field.ACCOUNT_KIND: "user type; viewer type; viewer kind; user kind; account type; account kind; "
    "visitor type; visitor kind; kind; benutzerart",
    Field.IS_ANONYMOUS: "visitor is anonymous",
    Field.IS_KNOWN: "logged in; is logged in; authenticated; is authenticated; known; is known; "
    "known user; is known user; identified; registered; angemeldet",
    Field.IS_PROTECTED: "ist geschutzt",
    Field.CONTENT_ID: "content; page; inhalts id; seiten id; seite",
    Field.CONTENT_TYPE: "type; kind; inhaltstyp; inhaltsart; art; typ",
    Field.CONTENT_TITLE: "title; name; titel; seitentitel; inhaltstitel",
    Field.PARENT_ID: "parent; content parent",
    Field.SPACE_KEY: "space; key; content space; bereich; bereichsschlussel",
    Field.SPACE_NAME: "bereichsname",
    Field.IS_TRASHED: "trashed; deleted; im papierkorb",
    Field.DELETION_TIME: "geloscht am",
    Field.TERM: "query; search query; q; search; suchtext; suchanfrage",
    Field.NUMBER_OF_RESULTS: "results; hits; found; count; matches; results found; treffer; trefferzahl "
    "results; hits; found; count; matches; results found; treffer; trefferzahl",
    Field.IS_SUCCESSFUL: "has results; found anything",
    Field.IS_UNSUCCESSFUL: "no results; without results; zero results; zero; empty; found nothing",
    Field.VIEWS: "count; total; searches; times; occurrences; anzahl",
    Field.VIEWERS: "leser",
    Field.FIRST_TIME: "erster aufruf",
    Field.LAST_TIME: "last used; zuletzt aufgerufen",
    Field.DAY: "day; date; view date; visit date; tag; datum; bucket; bucket start; date key; "
    "on; period start; period",
}
"""Names of row properties, best first."""

ENVELOPE_NAMES: dict[Field, str] = {
    Field.TOTAL: "odata count; total; total hits; gesamt; gesamtzahl; gesamtanzahl",
    Field.SIZE: "size; number of elements; count; n; returned; num results; number returned; items "
    "on page; anzahl",
    Field.OFFSET: "start; offset; skip; start index; first index",
    Field.LIMIT: "limit; page size; per page; requested size; seitengrosse",
    Field.PAGE: "page; page number; number; current page; page index; page no; seite",
    Field.PAGES: "pages; last page; seiten",
    Field.HAS_MORE: "has more; has next; more; has next page; more results; truncated; weitere; has "
    "more results",
    Field.HAS_PREVIOUS: "has previous; has prev; has previous page; has prev page",
    Field.IS_FIRST: "first; is first; is first page",
    Field.IS_LAST: "last; is last; is last page; complete",
    Field.NEXT: "next; next link; next page; next page link; next url; next page url; next "
    "href; link; nachste seite; nachste",
    Field.PREVIOUS: "previous; prev; prev href; previous href; previous page; prev page; prev link; "
    "previous link; prev url; previous url",
    Field.SELF: "self; self href; self link; self url; url; current; current url",
    Field.NEXT_CURSOR: "next cursor; cursor; after cursor; next after; next token; next page token; continuation token; "
    "last evaluated key; next key; continuation; end cursor; cursor next; nachster zeiger",
    Field.NEXT_NUMBER: "next page; next page number; next",
    Field.PREVIOUS_NUMBER: "previous page; prev page; previous page number; previous; prev",
    Field.NEXT_OFFSET: "next offset; next start; next skip; next start index",
    Field.RANGE_START: "starts on; starts at; starts; start date; from; date from; from date; range start; start time; since; range "
    "from; start; period from; period start; von",
    Field.RANGE_END: "ends on; ends at; ends; end date; to; date to; to date; range end; end time; until; range to; end; "
    "period to; period end; bis",
    Field.VIEWS: "searches",
    Field.VIEWERS: "number of viewers",
    Field.FIRST_TIME: "first visited at",
    Field.LAST_TIME: "last visited at",
    Field.CONTENT_ID: "page id; content; page",
    Field.CONTENT_TITLE: "page title",
    Field.CONTENT_TYPE: "content type",
    Field.SPACE_KEY: "space",
    Field.SPACE_NAME: "space name",
    Field.IS_SUCCESSFUL: "ok",
    Field.TIMESTAMP: "timestamp; created at; as of; generated; erstellt am",
}
"""Names of properties around the rows, and of response headers."""

ERROR_NAMES: dict[Field, str] = {
    Field.STATUS: "status; status code; http status; code; http code; http status code",
    Field.ERROR_TITLE: "title; error; reason; name; error title; status text; summary; fehler",
    Field.DETAIL: "detail; message; description; error message; error description; details; "
    "error detail; errors; msg; text; cause; meldung; beschreibung; reason",
    Field.ERROR_TYPE: "type; error type; help; more information; documentation; doc url",
    Field.INSTANCE: "instance; path; uri; request uri; url; request path; resource; pfad",
    Field.ERROR_CODE: "error code; code; key; message key; error key; classification; id; fehlercode",
    Field.IS_SUCCESSFUL: "success; is success; successful; ok; succeeded",
    Field.TIMESTAMP: "timestamp; time; date; date time; occurred at; zeitpunkt",
}
"""Names of properties of error bodies."""

PART_NAMES: dict[Part, str] = {
    Part.CONTENT_ID: "content id; page id; content; page; entity id; inhalt id; seiten id",
    Part.SPACE_KEY: "space key; space; space id; bereich; bereichsschlussel",
    Part.SITE_URL: "base url; confluence base url; instance base url; site url; instance url",
    Part.START: "start date; from; date from; from date; since; start time; start at; after; "
    "begin; begin date; starting from; start; from time; range start; min date; date start; "
    "start day; from day; viewed after; period start; date after; range from; period from; von; "
    "ab; viewed since; created after; min time; time from",
    Part.END: "end date; to; date to; to date; until; end time; end at; before; end; to time; "
    "range end; max date; date end; end day; to day; viewed before; period end; till; "
    "date before; range to; period to; bis; viewed until; created before; max time; time to",
    Part.OFFSET: "offset; start; skip; start at; start index; first; first result; from; "
    "page offset; row offset; versatz",
    Part.PAGE: "page; page number; page no; page num; page nr; page index; current page; p; seite",
    Part.LIMIT: "limit; size; page size; per page; max results; count; max; top; take; "
    "results per page; rows; page limit; fetch size; batch size; max items; num rows; page length; "
    " items per page; first; max rows; max page size; "
    "rows per page; per; anzahl; grosse; "
    "seitengrosse",
    Part.CURSOR: "cursor; next token; page token; skip token; skiptoken; continuation; continuation token; after cursor; "
    "exclusive start key; last evaluated key; start key; next cursor; scroll id; page cursor; page after; after; starting after; zeiger; marke",
    Part.CONTENT_TYPE: "content type; type; page type; entity type; content types; content kind; "
    "kind; art; typ",
    Part.ACCOUNT: "account id; user id; user; viewer; account; viewer id; user key; username; "
    "aaid; atlassian account id; visitor; viewed by; searched by; benutzer; nutzer; konto",
    Part.TERM: "query; term; search term; q; search; keyword; search query; text; contains; "
    "suchbegriff; begriff",
    Part.ORDER: "sort; order; ordering; order by; sort by; direction; sort order; sort direction; sort dir; dir; "
    "sortierung",
}
"""Names of parameters, best first."""

_JOINTS = (
    "aggregates attributes counts criteria data fields figures filter interval item node "
    "properties relationships request result meta metadata metrics page pageinfo paging "
    "pagination pageable links totals value visit view search stats statistics summary info "
    "error errors extensions range period window"
)
TRANSPARENT = frozenset(_JOINTS.split())
"""Objects that only hold things together: the names inside them speak for themselves."""

CONTENT_PATHS = frozenset(
    {"content", "contents", "page", "pages", "document", "documents", "article", "articles",
     "entity", "entities", "inhalt", "inhalte", "seiten"}
)  # fmt: skip
"""Words of a path before the id of a content."""

SPACE_PATHS = frozenset({"space", "spaces", "bereich", "bereiche"})
"""Words of a path before the key of a space."""

SEARCH_PATHS = frozenset(
    {
        "search",
        "searches",
        "query",
        "queries",
        "terms",
        "keywords",
        "phrases",
        "suche",
        "suchen",
        "suchanfragen",
        "suchbegriffe",
    }
)
"""Words of a path to searches."""

START_WORDS = frozenset(
    {"from", "since", "after", "start", "starting", "begin", "beginning", "gt", "gte", "ge", "greater",
     "min", "lower", "earliest", "oldest", "von", "ab", "seit"}
)  # fmt: skip
END_WORDS = frozenset(
    {"to", "until", "till", "before", "end", "ending", "lt", "lte", "le", "less", "max", "upper", "latest",
     "newest", "bis", "through", "thru"}
)  # fmt: skip
MOMENT_WORDS = frozenset(
    {"date", "dates", "time", "day", "at", "on", "ts", "timestamp", "range", "period", "interval",
     "window", "filter", "view", "views", "viewed", "visit", "visits", "visited", "search",
     "searched", "occurred", "created", "event", "epoch", "millis", "ms", "unix", "seconds", "utc",
     "instant", "moment", "strictly", "datum", "zeit", "zeitraum", "inclusive", "exclusive", "between", "report", "not",
     "or", "than", "equal"}
)  # fmt: skip
"""Words that a range's start or end may have around the one that tells which it is."""

CURSOR_WORDS = frozenset(
    {"bookmark", "continuation", "continue", "cursor", "next", "page", "paging", "resume", "scroll"}
)
POINTER_WORDS = frozenset(
    {"anchor", "from", "hash", "info", "key", "mark", "marker", "pointer", "position", "ref",
     "reference", "start", "state", "token"}
)  # fmt: skip
"""Words that say, beside those before, that a text is a place among pages."""


_NAMESPACE = re.compile(r"^\w+:(?=\w)")
"""What JSON-LD puts before names, such as `hydra:`."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_LEADING = frozenset({"x", "filter", "query", "param", "report", "requested", "my", "the", "odata"})
_TRAILING = frozenset(
    {
        "on",
        "at",
        "ts",
        "ms",
        "millis",
        "milliseconds",
        "seconds",
        "epoch",
        "utc",
        "iso",
        "timestamp",
        "string",
        "text",
        "value",
        "param",
        "filter",
        "inclusive",
        "exclusive",
        "formatted",
        "field",
        "flag",
        "yn",
        "equals",
        "eq",
        "contains",
        "like",
        "in",
    }
)
"""Words around a name that say how it is written, not what it is."""


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words at capitals, digits and punctuation.

    Accents and a namespace in front do not count.
    """
    bare = unicodedata.normalize("NFKD", _NAMESPACE.sub("", name))
    plain = "".join(one for one in bare if not unicodedata.combining(one))
    return tuple(word.lower() for word in _WORD.findall(plain))


def normalised(names: Iterable[str]) -> str:
    """Join the words of a path of names, without an `x` in front or a word said twice in a row."""
    words = _told_once(names)
    return "".join(words[1:] if words[:1] == ["x"] and len(words) > 1 else words)


def readings(names: Sequence[str]) -> Iterator[str]:
    """Return the ways to read a path of names: as it is, then without words around it."""
    yield normalised(names)
    words = _told_once(names)
    begin, end = 0, len(words)
    while end - begin > 1 and words[end - 1] in _TRAILING:
        end -= 1
        yield "".join(words[begin:end])
    while end - begin > 1 and words[begin] in _LEADING:
        begin += 1
        yield "".join(words[begin:])
        yield "".join(words[begin:end])


def _told_once(names: Iterable[str]) -> list[str]:
    words: list[str] = []
    for word in (word for name in names for word in words_of(name)):
        if not words or words[-1] not in {word, f"{word}s"}:
            words.append(word)
    return words


def ranks_of(names: str) -> dict[str, int]:
    """Return each normalised name of a `; `-separated list its place in it."""
    return {normalised([name]): rank for rank, name in reversed(list(enumerate(names.split("; "))))}


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
    """Return the fields or parts that names mean, the most likely first, and the concepts.

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
    """Return the sets of concepts that a path may stand for, the most telling ones first.

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


_MEANINGS_CHOICES: dict[Field, dict[str, str]] = {
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
    found = _matched(_MEANINGS_CHOICES.get(field, {}), offered)
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
