"""The names that parameters and properties go by, in English and in the vendor's German.

Names are compared as `mock_server.binding.spelling` normalises them: `view_time`, `viewTime` and
`View-Time` are one. Only names stand here that `mock_server.binding.concepts` does not understand,
or would not put first.
"""

from mock_server.binding.words import Field, Part

ROW_NAMES: dict[Field, str] = {
    Field.ROW_ID: "uuid; guid; uid; id",
    Field.TIME: "unix date; unix time; time; timestamp; ts; date time; date; created; at; when; "
    "epoch; viewed; visited; searched; occurred; moment; zeitpunkt; zeit; datum; "
    "aufgerufen am; gesucht am",
    Field.ACCOUNT: "atlassian id; user name; searched by; viewed by; benutzerkennung; kennung",
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
    "continuation; end cursor; cursor next; nachster zeiger",
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
    Part.PAGE: "page; page number; page no; page index; current page; p; seite",
    Part.LIMIT: "limit; size; page size; per page; max results; count; max; top; take; "
    "results per page; rows; page limit; items per page; first; max rows; max page size; "
    "rows per page; per; anzahl; grosse; "
    "seitengrosse",
    Part.CURSOR: "cursor; next token; page token; skip token; skiptoken; continuation; continuation token; after cursor; "
    "next cursor; scroll id; page cursor; page after; after; starting after; zeiger; marke",
    Part.CONTENT_TYPE: "content type; type; page type; entity type; content types; content kind; "
    "kind; art; typ",
    Part.ACCOUNT: "account id; user id; user; viewer; account; viewer id; user key; username; "
    "visitor; viewed by; searched by; benutzer; nutzer; konto",
    Part.TERM: "query; term; search term; q; search; keyword; search query; text; contains; "
    "suchbegriff; begriff",
    Part.ORDER: "sort; order; ordering; order by; sort by; direction; sort order; sort direction; dir; "
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
