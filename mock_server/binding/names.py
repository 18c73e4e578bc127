"""The names that parameters and properties go by, in English and in the vendor's German.

Names are compared as `mock_server.binding.spelling` normalises them: `view_time`, `viewTime` and
`View-Time` are one.
"""

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
    Field.IS_KNOWN: "logged in; is logged in; authenticated; is authenticated; known; is known; "
    "known user; is known user; identified; registered; angemeldet",
    Field.IS_PROTECTED: "protected; is protected; protected user; is protected user; "
    "user protected; user is protected; viewer protected; viewer is protected; is hidden user; "
    "geschutzt; ist geschutzt",
    Field.CONTENT_ID: "content id; page id; content; page; entity id; resource id; inhalt id; "
    "inhalts id; seiten id; seite; object id; document id; target id; article id",
    Field.CONTENT_TYPE: "content type; page type; type; entity type; resource type; content kind; object type; kind; "
    "inhaltstyp; inhaltsart; inhalt art; inhalt typ; art; typ",
    Field.CONTENT_TITLE: "content name; content title; page title; page name; title; name; titel; "
    "seitentitel; inhaltstitel",
    Field.PARENT_ID: "parent content id; content parent id; parent id; parent page id; parent; "
    "content parent; container id; content parent content id; ubergeordnete id",
    Field.SPACE_KEY: "space key; space; key; content space key; content space; bereich; "
    "bereichsschlussel; space id",
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
    Field.IS_UNSUCCESSFUL: "unsuccessful; is unsuccessful; failed; no results; without results; "
    "zero results; empty; found nothing; erfolglos",
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
    Field.DAY: "day; date; view date; visit date; tag; datum; bucket; bucket start; date key; on; "
    "period start; period",
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
    Field.HAS_PREVIOUS: "has previous; has prev; has previous page; has prev page",
    Field.IS_FIRST: "first; is first; is first page",
    Field.IS_LAST: "last; is last; is last page; complete",
    Field.NEXT: "next; next link; next page; next page link; next url; next page url; next href; "
    "link; nachste seite; nachste",
    Field.PREVIOUS: "previous; prev; prev href; previous href; previous page; prev page; prev link; "
    "previous link; prev url; previous url",
    Field.SELF: "self; self href; self link; self url",
    Field.NEXT_CURSOR: "next cursor; cursor; next token; next page token; continuation token; "
    "continuation; end cursor; cursor next; nachster zeiger",
    Field.NEXT_NUMBER: "next page; next page number; next",
    Field.PREVIOUS_NUMBER: "previous page; prev page; previous page number; previous; prev",
    Field.NEXT_OFFSET: "next offset; next start; next skip; next start index",
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
    Field.IS_SUCCESSFUL: "success; is success; successful; ok; succeeded",
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
    {"from", "since", "after", "start", "starting", "begin", "beginning", "gt", "gte", "ge", "min",
     "lower", "earliest", "oldest", "von", "ab", "seit"}
)  # fmt: skip
END_WORDS = frozenset(
    {"to", "until", "till", "before", "end", "ending", "lt", "lte", "le", "max", "upper", "latest",
     "newest", "bis", "through", "thru"}
)  # fmt: skip
MOMENT_WORDS = frozenset(
    {"date", "dates", "time", "day", "at", "on", "ts", "timestamp", "range", "period", "interval",
     "window", "filter", "view", "views", "viewed", "visit", "visits", "visited", "search",
     "searched", "occurred", "created", "event", "epoch", "millis", "ms", "unix", "seconds", "utc",
     "datum", "zeit", "zeitraum", "inclusive", "exclusive", "between", "report", "not", "or",
     "equal"}
)  # fmt: skip
"""Words that a range's start or end may have around the one that tells which it is."""
