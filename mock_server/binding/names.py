"""The names that parameters and properties go by, in English and in the vendor's German.

Names are compared after `normalised`: `view_time`, `viewTime` and `View-Time` are one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from mock_server.binding.words import Field, Part

ROW_NAMES: dict[Field, str] = {
    Field.ROW_ID: "visit id; view id; search id; row id; event id; uuid; id",
    Field.TIME: "view time; viewed at; view date; visit time; visited at; visit date; search time; "
    "searched at; search date; unix date; unix time; time; timestamp; date time; date; "
    "occurred at; event time; created at; created; at; when; epoch; viewed; visited; searched; "
    "occurred; moment; zeitpunkt; zeit; datum; aufgerufen am; gesucht am",
    Field.ACCOUNT: "account id; user id; user account id; viewer id; viewer account id; "
    "visitor id; visitor account id; atlassian id; atlassian account id; user key; user name; "
    "viewer; visitor; user; account; searcher id; searcher account id; searcher; searched by; "
    "viewed by; person id; reader id; reader; actor id; actor; konto id; konto; benutzer id; "
    "benutzer; nutzer id; nutzer; benutzerkennung; kennung",
    Field.ACCOUNT_NAME: "display name; user display name; viewer display name; full name; "
    "user full name; public name; account name; viewer name; visitor name; viewer full name; "
    "anzeigename",
    Field.ACCOUNT_KIND: "user type; viewer type; viewer kind; user kind; account type; "
    "account kind; visitor type; visitor kind; kind; actor type; benutzerart",
    Field.IS_ANONYMOUS: "anonymous; is anonymous; user anonymous; anonymous user; "
    "is anonymous user; viewer anonymous; viewer is anonymous; guest; is guest; anonym; "
    "user is anonymous; visitor anonymous; visitor is anonymous",
    Field.IS_PROTECTED: "protected; is protected; protected user; is protected user; "
    "user protected; user is protected; viewer protected; viewer is protected; is hidden user; "
    "geschutzt; ist geschutzt",
    Field.CONTENT_ID: "content id; page id; content; page; entity id; resource id; inhalt id; "
    "inhalts id; seiten id; seite",
    Field.CONTENT_TYPE: "content type; page type; type; entity type; resource type; content kind; "
    "inhaltstyp; inhaltsart; inhalt art; inhalt typ; art; typ",
    Field.CONTENT_TITLE: "content name; content title; page title; page name; title; name; titel; "
    "seitentitel; inhaltstitel",
    Field.PARENT_ID: "parent content id; content parent id; parent id; parent page id; parent; "
    "content parent; container id; content parent content id; ubergeordnete id",
    Field.SPACE_KEY: "space key; space; key; content space key; content space; bereich; "
    "bereichsschlussel",
    Field.SPACE_NAME: "space name; space title; content space name; bereichsname",
    Field.IS_TRASHED: "is trash marked; trash marked; trashed; is trashed; in trash; is in trash; "
    "is deleted; deleted; content trashed; content is trashed; im papierkorb",
    Field.DELETION_TIME: "deletion time; deletion date; deleted at; trashed at; content deleted at; "
    "geloscht am",
    Field.TERM: "search term; term; query; search query; search text; keyword; keywords; phrase; "
    "search phrase; q; search; text; suchbegriff; begriff; suchtext; suchanfrage",
    Field.NUMBER_OF_RESULTS: "number of results; result count; results count; results; hits; "
    "num results; total results; hit count; found; count; matches; results found; match count; "
    "treffer; anzahl treffer; trefferzahl; number of hits",
    Field.IS_SUCCESSFUL: "successful; is successful; success; has results; found anything; "
    "erfolgreich",
    Field.VIEWS: "views; view count; total views; number of views; visits; visit count; count; "
    "total visits; number of visits; num views; total; hits; views total; searches; search count; "
    "times; occurrences; aufrufe; anzahl aufrufe; besuche; anzahl; number of searches",
    Field.VIEWERS: "viewers; viewer count; unique viewers; unique users; unique visitors; "
    "visitors; users; number of viewers; total viewers; distinct viewers; unique views; "
    "distinct users; besucher; leser",
    Field.FIRST_TIME: "first view date; first viewed; first viewed at; first view; first visit; "
    "first visit date; first view time; first seen; first visited; first access; "
    "erster aufruf",
    Field.LAST_TIME: "last view date; last viewed; last viewed at; last view; last visit; "
    "last visit date; last view time; last seen; last visited; latest view; last access; "
    "most recent view; last used; last searched; last time; letzter aufruf; zuletzt aufgerufen",
    Field.DAY: "day; date; view date; visit date; tag; datum",
}
"""Names of row properties, best first."""

ENVELOPE_NAMES: dict[Field, str] = {
    Field.TOTAL: "total size; total; total count; total elements; total results; total rows; "
    "total items; total records; record count; row count; number of rows; total hits; "
    "result count; total number; number of records; gesamt; gesamtzahl; gesamtanzahl; "
    "anzahl gesamt",
    Field.SIZE: "size; number of elements; count; page count; returned; num results; "
    "number returned; items on page; anzahl",
    Field.OFFSET: "start; offset; skip; start at; start index; first index",
    Field.LIMIT: "limit; page size; max results; per page; requested size; items per page; "
    "page limit; seitengrosse",
    Field.PAGE: "page; page number; number; current page; page index; page no; seite",
    Field.PAGES: "total pages; page count; pages; number of pages; last page; seiten",
    Field.HAS_MORE: "has more; has next; more; has next page; more results; truncated; weitere; "
    "has more results",
    Field.IS_FIRST: "first; is first; is first page",
    Field.IS_LAST: "last; is last; is last page; complete",
    Field.NEXT: "next; next link; next page; next page link; next url; next page url; next href; "
    "link; nachste seite; nachste",
    Field.PREVIOUS: "previous; prev; prev href; previous href; previous page; prev page; prev link; "
    "previous link; prev url; previous url",
    Field.SELF: "self; self href; self link; self url",
    Field.NEXT_CURSOR: "next cursor; cursor; next token; next page token; continuation token; "
    "continuation; end cursor; cursor next; nachster zeiger",
    Field.RANGE_START: "start date; from; date from; from date; range start; start time; since; "
    "range from; start; period from; period start; von",
    Field.RANGE_END: "end date; to; date to; to date; range end; end time; until; range to; end; "
    "period to; period end; bis",
    Field.VIEWS: "total views; views; view count; number of views; total visits; visits; "
    "visit count; sum of views; searches; total searches; search count; aufrufe; total view count",
    Field.VIEWERS: "unique viewers; total viewers; viewers; viewer count; unique users; "
    "unique visitors; visitors; number of viewers",
    Field.CONTENT_ID: "content id; page id",
    Field.CONTENT_TITLE: "content name; content title; page title",
    Field.CONTENT_TYPE: "content type",
    Field.SPACE_KEY: "space key; space",
    Field.SPACE_NAME: "space name",
    Field.TIMESTAMP: "timestamp; generated at; created at; as of; generated; erstellt am",
}
"""Names of properties around the rows, and of response headers."""

ERROR_NAMES: dict[Field, str] = {
    Field.STATUS: "status; status code; http status; code; http code; http status code",
    Field.ERROR_TITLE: "title; error; reason; name; error title; status text; summary; fehler",
    Field.DETAIL: "detail; message; description; error message; error description; details; "
    "error detail; msg; text; cause; meldung; beschreibung; reason",
    Field.ERROR_TYPE: "type; error type; help; more information; documentation; doc url",
    Field.INSTANCE: "instance; path; uri; request uri; url; request path; resource; pfad",
    Field.ERROR_CODE: "error code; code; key; message key; error key; classification; id; fehlercode",
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
    Part.PAGE: "page; page number; page no; page index; current page; p; seite",
    Part.LIMIT: "limit; size; page size; per page; max results; count; max; top; take; "
    "results per page; rows; page limit; items per page; first; max rows; anzahl; grosse; "
    "seitengrosse",
    Part.CURSOR: "cursor; next token; page token; continuation; continuation token; after cursor; "
    "next cursor; scroll id; page cursor; page after; after; starting after; zeiger; marke",
    Part.CONTENT_TYPE: "content type; type; page type; entity type; content types; content kind; "
    "kind; art; typ",
    Part.ACCOUNT: "account id; user id; user; viewer; account; viewer id; user key; username; "
    "visitor; viewed by; searched by; benutzer; nutzer; konto",
    Part.TERM: "query; term; search term; q; search; keyword; search query; text; contains; "
    "suchbegriff; begriff",
    Part.ORDER: "sort; order; order by; sort by; direction; sort order; sort direction; dir; "
    "sortierung",
}
"""Names of parameters, best first."""

CONTENT_PATHS = frozenset({"content", "contents", "page", "pages", "inhalt", "inhalte", "seiten"})
"""Words of a path before the id of a content."""

SPACE_PATHS = frozenset({"space", "spaces", "bereich", "bereiche"})
"""Words of a path before the key of a space."""

SEARCH_PATHS = frozenset(
    {"search", "searches", "queries", "terms", "suche", "suchen", "suchanfragen", "suchbegriffe"}
)
"""Words of a path to searches."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_LEADING = frozenset({"x", "filter", "query", "param", "report", "requested", "my", "the"})
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
    }
)
"""Words around a name that say how it is written, not what it is."""


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words at capitals, digits and punctuation; without accents."""
    plain = "".join(
        one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one)
    )
    return tuple(word.lower() for word in _WORD.findall(plain))


def normalised(names: Iterable[str]) -> str:
    """Join the words of a path of names, without an `x` in front or a word said twice in a row."""
    words = _told_once(names)
    return "".join(words[1:] if words[:1] == ["x"] and len(words) > 1 else words)


def readings(names: Sequence[str]) -> Iterator[str]:
    """Give the ways to read a path of names: as it is, then without words around it."""
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
    """Give each normalised name of a `; `-separated list its place in it."""
    return {normalised([name]): rank for rank, name in reversed(list(enumerate(names.split("; "))))}
