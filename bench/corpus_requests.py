"""The requests that `corpus.py` sends: the same ones, in the same order, every time."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

ROOT = Path(__file__).parents[1]
NOW = "2026-01-31T12:00:00Z"
ONLY = ""
"""What the names of groups begin with; all are sent if empty."""


@dataclass(frozen=True)
class Request:
    """A request as it stands on the wire."""

    target: str
    method: str = "GET"
    residency: str = "us"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """Return what is sent."""
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        names = {name.lower() for name, _ in self.headers}
        if "host" not in names:
            lines.append("Host: 127.0.0.1:8080")
        if self.body and "content-length" not in names:
            lines.append(f"Content-Length: {len(self.body)}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + self.body

    def __str__(self) -> str:
        sent = [f"{name}: {value[:80]}" for name, value in self.headers if value != TOKENS["us"]]
        parts = [self.residency, self.method, self.target[:200], *sent]
        return " | ".join([*parts, self.body[:100].decode("utf-8", "replace")])


@dataclass(frozen=True)
class Group:
    """Requests to one mock that was just started."""

    name: str
    settings: Mapping[str, Any]
    requests: list[Request]


TOKENS = {"us": "Bearer demo-token-us", "de": "Bearer demo-token-de"}
WORLDS = {
    "demo": (["SUP", "IT", "FIN"], [34890709346, 34890211131, 1]),
    "tiny": (["DOCS", "TEAM", "~5570581111111122224333844455555555"], [1001, 1003, 1004, 1005]),
    "edge-cases": (["EDGE", "NEWKEY", "X", "OLDKEY"], [2001, 1001, 9007199254740993]),
    "privacy": (["HR", "TEAM", "SUP"], [1001, 34890709346]),
    "empty": (["SUP", "EMPTY"], [1]),
}
"""Space keys and content ids to ask each world for; some are not there."""
RANGES = [
    "",
    "limit=1",
    "limit=1000&start=3",
    "start=1&limit=2",
    "start=2147483647",
    "startDate=2026-01-01&endDate=2026-01-31&limit=20",
    "startDate=2026-01-31&endDate=2026-01-01",
    "startDate=2025-07-01&endDate=2025-07-02",
    "endDate=2026-01-12&limit=50&start=10",
    "startDate=2030-01-01",
    "limit=0",
    "limit=1001",
    "startDate=2026-02-30",
    "unknown=1&limti=5",
]
SEARCHES = "/api/v2/report/searches"
VISITS = "/api/v2/report/spaces/SUP/visits"
CONTENT = "/api/v2/report/contents/34890709346/visits"


def get(target: str, residency: str = "us", **headers: str) -> Request:
    """Return a request with the right token."""
    sent = {"Authorization": TOKENS[residency], **headers}
    pairs = tuple((name.replace("_", "-"), value) for name, value in sent.items() if value)
    return Request(target, residency=residency, headers=pairs)


def send(method: str, target: str, body: object = None, **headers: str) -> Request:
    """Return a request with a body, JSON unless it is text."""
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} if body is not None else {}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(target, method, headers=tuple(sent.items()), body=data)


def groups() -> Iterator[Group]:
    """Return all groups, or those that `ONLY` chooses."""
    frozen = {"now": NOW, "freeze": True}
    v1 = {"now": "2023-12-31T23:59:00Z", "freeze": True}
    both = [*basics(), *basics("de")]
    made = [
        *(Group(f"world {name}", {**frozen, "world": name}, world(name)) for name in WORLDS),
        Group("seed", {**frozen, "seed": 7}, both),
        Group("targets", frozen, targets()),
        Group("headers", frozen, headers()),
        Group("tokens", frozen, tokens()),
        Group("preferences", frozen, preferences()),
        Group("scenarios", {**frozen, "world": "tiny"}, scenarios()),
        Group("faults", {**frozen, "world": "tiny"}, faults()),
        Group("control", frozen, control()),
        Group("journal", {**frozen, "world": "tiny"}, journal()),
        Group("pages", frozen, pages()),
        Group("swagger", frozen, swagger()),
        Group("v1 alive", v1, version_1()),
        Group("v1 gone", frozen, version_1()),
        Group("rejecting", {**frozen, "unknown_parameters": "reject"}, [*both, *targets()]),
        Group("quiet", {**frozen, "mock_headers": False, "journal": 0, "remember": 0}, both),
        Group("no control", {**frozen, "admin": False}, [*both, *control()[:20]]),
        Group("guarded", {**frozen, "admin_token": "secret"}, [*guarded(), *pages()[:20]]),
        Group("no demo token", {**frozen, "demo_token": False}, both),
    ]
    made += [
        Group(f"foreign {path.stem}", {**frozen, "document": path}, foreign(path))
        for path in FOREIGN
    ]
    return (one for one in made if one.name.startswith(ONLY))


def basics(residency: str = "us") -> list[Request]:
    """Return one of each kind."""
    return [
        *(
            get(path, residency)
            for path in (SEARCHES, VISITS, CONTENT, "/nothing", "/openapi.json")
        ),
        get(f"{SEARCHES}?limit=x&unknown=1", residency),
        get(f"{SEARCHES}?limit=1", residency, Authorization="Bearer wrong"),
        get(f"{SEARCHES}?limit=2", residency, Prefer="code=503"),
    ]


def world(name: str) -> list[Request]:
    """Return what both residencies of a world are asked."""
    spaces, contents = WORLDS[name]
    paths = [f"/api/v2/report/spaces/{quote(key)}/visits" for key in spaces]
    paths += [f"/api/v2/report/contents/{id_}/visits" for id_ in contents]
    return [
        get(f"{path}?{query}" if query else path, residency)
        for residency in ("us", "de")
        for path in [SEARCHES, *paths]
        for query in RANGES
    ] + [get(page, one) for one in ("us", "de") for page in ("/", *PAGES)]


VALUES = [
    "", "0", "-0", "-1", "1_0", "+1", "%2B1", "%201", "01", "1.0", "1e1", "0x1", "%D9%A1",
    "9" * 5000, "9223372036854775807", "9223372036854775808", "1%0A", "1%00", "%00", "%FF", "%",
    "%zz", "nan", "true", "null", "1;start=0", "1&limit=1", "1&&=&", "[]", "{}", "%E2%82%AC", "'",
]  # fmt: skip
DAYS = [
    "2024-02-29", "2026-02-29", "2026-1-1", "20260101", "2026-W01-1", "2026-01-01T00:00:00Z",
    "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "%202026-01-01", "today", "",
]  # fmt: skip
ODD_PATHS = [
    "/api/v2/report/searches/", "//api/v2/report/searches", "/api/v2/report/./searches",
    "/api/v2/../v2/report/searches", "/API/v2/report/searches", "/api/v2/report/search%65s",
    "/api/v2/report%2Fsearches", "/api/v2/report/searches%00", "/api/v2/report/searches?",
    "/api/v2/report/searches;a=b", "/api/v2/report/searches#f", "/api/v2/report", "/api", "/api/",
    "/api/v2/report/spaces//visits", "/api/v2/report/spaces/%20/visits",
    "/api/v2/report/spaces/sup/visits", "/api/v2/report/spaces/SU%50/visits",
    "/api/v2/report/spaces/A%2FB/visits", "/api/v2/report/spaces/%FF/visits",
    "/api/v2/report/spaces/%E2%82%AC/visits", "/api/v2/report/spaces/SUP/visits/",
    "/api/v2/report/spaces/SUP", "/api/v2/report/contents/x/visits", "/favicon.ico",
    "/api/v2/report/contents/9223372036854775808/visits", "/robots.txt", "/report", "/traffic",
    "http://127.0.0.1/api/v2/report/searches", "*", "/api/v2/report/searches?limit=1?start=2",
    f"/api/v2/report/spaces/{'A' * 300}/visits", f"/{'a' * 3000}", "/%2e%2e/%2e%2e/etc/passwd",
    f"/api/v2/report/searches?x={'a' * 31_000}", f"/api/v2/report/searches?x={'a' * 33_000}",
]  # fmt: skip


def targets() -> list[Request]:
    """Return targets that clients should not send, and every method."""
    found = [get(path) for path in ODD_PATHS]
    for value in VALUES:
        found += [get(f"{SEARCHES}?limit={value}"), get(f"{SEARCHES}?limit=1&start={value}")]
        found.append(get(f"/api/v2/report/contents/{value.partition('&')[0]}/visits?limit=1"))
    for value in DAYS:
        found += [get(f"{SEARCHES}?limit=1&{name}={value}") for name in ("startDate", "endDate")]
    for method in ("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        for path in (SEARCHES, f"{VISITS}?limit=2", "/openapi.json", "/", "/nothing", "/ui/"):
            one = get(path)
            found.append(Request(path, method, headers=one.headers))
    return found


def headers() -> list[Request]:
    """Return odd and ordinary headers: what is accepted, encodings, conditions, preflights."""
    accepts = (
        "*/*", "application/json", "application/*", "text/html", "application/json;q=0", "q=.5",
        "application/json;q=0, */*", "text/html, */*;q=0.1", "garbage", "a/b/c", ",", "*",
        "application/problem+json", "APPLICATION/JSON", "application/json; charset=utf-8",
        "text/html, image/gif, *; q=.2, */*; q=.2", "application/json;odata=verbose", "\xe9",
    )  # fmt: skip
    found = [get(f"{SEARCHES}?limit=1", Accept=value) for value in accepts]
    found += [get("/nothing", Accept=value) for value in accepts]
    for value in ("gzip", "gzip;q=0", "identity", "br, gzip", "*", "identity;q=0", "", "x" * 100):
        found += [get(f"{path}?limit=50", Accept_Encoding=value) for path in (SEARCHES, VISITS)]
    for host in ("localhost", "127.0.0.1", "evil.example", "a b", "", "[::1]:8080", "127.0.0.1:x",
                 "viewtracker.aws.bitvoodoo.cloud", "de.viewtracker.aws.bitvoodoo.cloud"):  # fmt: skip
        for path in (f"{SEARCHES}?limit=1", "/__admin/health", "/", "/openapi.json"):
            found.append(Request(path, headers=(("Host", host), ("Authorization", TOKENS["us"]))))
    for name, value in (
        ("If-None-Match", "*"), ("If-None-Match", '"x"'), ("If-Modified-Since", "nonsense"),
        ("If-Modified-Since", "Sat, 31 Jan 2026 12:00:00 GMT"), ("Range", "bytes=0-10"),
        ("X-HTTP-Method-Override", "DELETE"), ("Expect", "nothing"), ("Cookie", "a=b; c"),
        ("X-Forwarded-Host", "evil.example"), ("Traceparent", "00-0-0-0"), ("TE", "trailers"),
        ("Content-Type", "text/plain"), ("Connection", "close"), ("X-Long", "a" * 8000),
    ):  # fmt: skip
        for path in (f"{SEARCHES}?limit=1", "/openapi.json", "/ui/"):
            found.append(get(path, **{name.replace("-", "_"): value}))
    for origin in ("http://localhost:3000", "null", "https://evil.example", "garbage", ""):
        found.append(get(f"{SEARCHES}?limit=1", Origin=origin))
        found.append(get("/__admin/health", Origin=origin))
        for wanted in ("authorization", "x-requested-with, traceparent", "prefer", ""):
            asked = (("Origin", origin), ("Access-Control-Request-Method", "GET"))
            asked += (("Access-Control-Request-Headers", wanted),)
            found.append(Request(SEARCHES, "OPTIONS", headers=asked))
    return found


def tokens() -> list[Request]:
    """Return what can stand in `Authorization`, and a token that is revoked."""
    values = (
        "", "Bearer", "Bearer ", "Bearer wrong", "bearer demo-token-us", "BEARER demo-token-us",
        "Bearer  demo-token-us", "Bearer demo-token-us ", "Bearer demo-token-de", "demo-token-us",
        "Basic ZGVtbzpkZW1v", "Basic !", "Digest a=b", "Bearer demo-token-us, Bearer x",
        "Bearer \xe9", "Bearer " + "a" * 9000, "Token demo-token-us", "Bearer a b", "Bearer ,",
    )  # fmt: skip
    found = [get(SEARCHES, one, Authorization=value) for one in TOKENS for value in values]
    found += [get(f"/nothing?{one}", Authorization=one) for one in values[:6]]
    found.append(get(SEARCHES).__class__(SEARCHES, headers=(("Authorization", TOKENS["us"]),) * 2))
    found += [Request(f"{SEARCHES}?access_token=demo-token-us"), send("GET", "/__admin/tokens/us")]
    found += [send("POST", "/__admin/tokens/us"), get(SEARCHES), send("GET", "/__admin/tokens/us")]
    found += [
        send("DELETE", "/__admin/tokens/us"),
        get(SEARCHES),
        send("GET", "/__admin/tokens/us"),
    ]
    return [*found, send("POST", "/__admin/reset"), get(SEARCHES)]


def preferences() -> list[Request]:
    """Return every status that can be preferred, and odd preferences."""
    odd = (
        "code=200", "code=600", "code=abc", "code", "code=", "code=503, code=404", 'code="503"',
        "delay=5", "delay=-1", "delay=99999999", "rows=0", "rows=3", "rows=100001", "rows=x",
        "delay=1, rows=2", "example=noSearches", "example=searches", "example=nothing", "=", ",,",
        "scenario=html-error-page", "scenario=nothing", "scenario=outage, code=404", "unknown=1",
        "respond-async, wait=10", "CODE=404", "code = 404", "code=404; foo=bar", 'x="a,b", rows=1',
        "code=\xe9", "a" * 3000, "scenario=rate-limited", "scenario=schema-drift, rows=2",
        "scenario=truncated-json, rows=1", "example=noVisits, rows=1", "code=503, rows=1, delay=1",
    )  # fmt: skip
    found = [get(f"{SEARCHES}?limit=2", Prefer=f"code={code}") for code in range(400, 600, 3)]
    known = (400, 401, 403, 404, 405, 406, 409, 410, 414, 429, 500, 502, 503, 504)
    for code in known:
        found += [get(f"{path}?limit=2", Prefer=f"code={code}") for path in (VISITS, CONTENT)]
        found.append(get("/api/report/searches", Prefer=f"code={code}"))
    found += [get(f"{path}?limit=2", Prefer=one) for path in (SEARCHES, VISITS) for one in odd]
    found += [get("/__admin/health", Prefer="code=503"), get("/", Prefer="code=503")]
    return found


NAMES = sorted(path.stem for path in (ROOT / "fixtures" / "scenarios").glob("*.toml"))


def scenarios() -> list[Request]:
    """Return each scenario, on for some requests and off again."""
    found = [send("GET", "/__admin/scenarios")]
    for name in NAMES:
        found.append(send("PUT", f"/__admin/scenarios/{name}/state", {"state": "on"}))
        if name not in {"slow", "slow-drip"}:
            found += [get(f"{SEARCHES}?limit=2"), get(f"{SEARCHES}?limit=2", "de")] * 2
            found += [get("/api/v2/report/spaces/DOCS/visits?limit=1"), get("/nothing")]
        if name in {"rate-limited", "token-bucket"}:
            found += [get(f"{SEARCHES}?limit=1")] * 12
            found += [send("POST", "/__admin/clock", {"advance": 61}), get(f"{SEARCHES}?limit=1")]
        found += [send("GET", "/__admin/faults"), get("/__pages/traffic")]
        found.append(send("PUT", f"/__admin/scenarios/{name}/state", {"state": "off"}))
    odd = [{"state": "maybe"}, {}, [], {"state": "on", "x": 1}]
    found += [send("PUT", "/__admin/scenarios/outage/state", one) for one in odd]
    return [*found, send("PUT", "/__admin/scenarios/nothing/state", {"state": "on"})]


def faults() -> list[Request]:
    """Return faults that are put on by the control API, each met by two requests."""
    effects: list[dict[str, Any]] = [
        {"status": 503}, {"status": 429, "headers": {"Retry-After": "7"}}, {"status": 418},
        {"status": 503, "detail": "The cellar is under water."}, {"headers": {"X-A": "b"}},
        {"headers": {"Content-Length": "3"}}, {"refuse": "expired"}, {"refuse": "forbidden"},
        {"refuse": "other-residency"}, {"limit": {"requests": 1, "window": 60}}, {"rows": 2},
        {"rows": 0}, {"lag": 86400}, {"skew": 600}, {"drift": ["rename", "add", "retype"]},
        {"truncate": 0.5}, {"truncate": 0}, {"body": "<p>no</p>", "content_type": "text/html"},
        {"content_type": "text/plain"}, {"drip": {"bytes": 200, "every": 1}}, {"reset": True},
        {"delay": 2}, {"delay": {"uniform": [1, 3]}}, {"status": 500, "after": 1},
        {"status": 500, "every": 2}, {"status": 500, "times": 1}, {"rows": 1, "probability": 0.5},
        {"status": 500, "residency": "de"}, {"status": 500, "path": "*searches"}, {"rows": -1},
        {"status": 500, "operation": "getSearches"}, {"status": 500, "token": "demo-token-us"},
        {"operation": "getNothing", "status": 500}, {}, {"status": 200}, {"nothing": 1},
        {"statsu": 500}, {"status": "500"}, {"delay": -1}, {"probability": 2}, {"reset": False},
        {"truncate": 0.5, "drip": {"bytes": 64, "every": 0}}, {"rows": 3, "drift": ["add"]},
        {"status": 503, "truncate": 0.5}, {"body": ""}, {"status": 404, "body": "{}"},
    ]  # fmt: skip
    found = []
    for effect in effects:
        found.append(send("POST", "/__admin/faults", effect))
        found += [get(f"{SEARCHES}?limit=3"), get(f"{SEARCHES}?limit=3", "de"), get(SEARCHES)]
        found += [send("GET", "/__admin/faults"), send("DELETE", "/__admin/faults")]
    found += [send("POST", "/__admin/faults", {"status": 500})]
    return found + [send("DELETE", f"/__admin/faults/{name}") for name in ("fault-1", "x", "%00")]


def control() -> list[Request]:
    """Return every operation of the control API, with good and bad bodies, and a reset at last."""
    found = [
        send(method, f"/__admin{path}")
        for path in ("", "/", "/health", "/version", "/settings", "/problems", "/clock", "/nothing",
                     "/tokens/us", "/tokens/de", "/tokens/xx", "/openapi.json", "/scenarios")
        for method in ("GET", "HEAD", "PATCH")
    ]  # fmt: skip
    for body in (
        {"now": "2026-02-03T04:05:06Z"}, {"now": "2026-02-03"}, {"advance": 90}, {"advance": "P1D"},
        {"advance": "PT1H2M3.5S"}, {"frozen": False, "now": NOW}, {"frozen": True, "now": NOW}, {},
        {"advance": -1}, {"advance": "P"}, {"now": "x"}, {"now": "2026-02-30"}, {"noww": 1}, [],
        {"now": "0001-01-01T00:00:00+14:00"}, {"now": "9999-12-31T23:59:59-12:00"}, 5, None,
        {"advance": 10_000_000_000}, {"frozen": "yes"}, b"{", b"\xff", b'{"now": 1e999}', b"[" * 99,
    ):  # fmt: skip
        found += [
            send("POST", "/__admin/clock", body),
            send("POST", "/__admin/clock", {"frozen": True}),
        ]
    found += [
        send("DELETE", "/__admin/clock"),
        send("POST", "/__admin/clock", {"frozen": True, "now": NOW}),
    ]
    for kind in ("text/plain", "APPLICATION/JSON", "application/json; charset=utf-8", "", "x"):
        found.append(send("POST", "/__admin/clock", {"frozen": True}, Content_Type=kind))
    content, account = WORLDS["demo"][1][0], "557058:11111111-2222-4333-8444-555555555555"
    visits: list[Any] = [
        {"content": content}, {"content": 5}, {"content": str(content)}, {"content": content, "x": 1},
        {"content": content, "time": "2026-01-30T10:00:00Z"}, {"content": content, "account": account},
        {"content": content, "time": "2027-01-01T00:00:00Z"}, [{"content": content}] * 3, [], {},
        [{"content": content}, {"content": 5}], {"content": content, "account": ""}, "x", b"{",
        {"content": content, "time": "1999-01-01T00:00:00Z"}, [{"content": content}, {}],
    ]  # fmt: skip
    searches: list[Any] = [
        {"term": "onboarding"}, {"term": "x", "results": 0}, {"term": ""}, {"results": 1}, [],
        [{"term": "a"}, {"term": "b", "results": 5}], {"term": "x", "results": -1}, {"term": 5},
        {"term": "x" * 3000}, {"term": "y", "time": "2026-01-30T10:00:00Z", "account": "nobody"},
    ]  # fmt: skip
    for query in ("", "?residency=de", "?residency=xx"):
        found += [send("POST", f"/__admin/visits{query}", one) for one in visits]
        found += [send("POST", f"/__admin/searches{query}", one) for one in searches]
    found += [
        get(f"{CONTENT}?startDate=2026-01-30"),
        get(f"{SEARCHES}?startDate=2026-01-30&limit=900"),
    ]
    for one in (content, 5, "x", "9" * 30, "9" * 5000, "-1", "%00"):
        path = f"/__admin/contents/{one}"
        found.append(send("GET", path))
        for verb in ("trash", "trash", "restore", "restore", "delete", "delete", "burn"):
            found += [send("POST", f"{path}/{verb}"), get(f"{CONTENT}?limit=1"), send("GET", path)]
    return [
        *found,
        send("POST", "/__admin/reset"),
        get(f"{CONTENT}?limit=1"),
        send("GET", "/__admin/clock"),
    ]


def journal() -> list[Request]:
    """Return questions about requests, after some of them."""
    asked = [*basics(), *basics("de"), get(f"{SEARCHES}?token=secret&limit=1", Cookie="a=secret")]
    queries = [
        "", "residency=de", "operation=getSearches", "operation=get*", "status=4xx", "status=200",
        "method=GET", "path=/api/*", "token=active", "token=unknown", "since=2026-01-31T00:00:00Z",
        "until=2026-01-01T00:00:00Z", "start=1&limit=2", "status=9xx", "limit=0", "token=x",
        "unknown=1", "residency=xx", f"path={'a' * 201}", "since=x", "start=99",
    ]  # fmt: skip
    found = [
        send("GET", f"/__admin/requests{way}?{one}") for one in queries for way in ("", "/count")
    ]
    patterns: list[Any] = [
        {}, {"operation": "getSearches"}, {"query": {"limit": "2"}}, {"query": {"limit": None}},
        {"headers": {"prefer": "code=*"}}, {"status": "401"}, {"path": "/nothing"}, {"x": 1}, [],
        {"path": "/api/v2/report/search"}, {"query": {"limit": "50"}}, {"method": "POST"}, {"query": 1},
    ]  # fmt: skip
    found += [send("POST", "/__admin/requests/find", one) for one in patterns]
    found += [send("GET", f"/__admin/requests/{one}") for one in (1, 2, 7, 99, "x", "9" * 40, 0)]
    found += [send("GET", f"/__admin/lint{one}") for one in ("", "?residency=de", "?residency=xx")]
    found += [get(f"/__pages/traffic?{one}") for one in ("", "status=401", "path=search", "page=2")]
    return [*asked, *found, send("DELETE", "/__admin/requests"), send("GET", "/__admin/requests")]


PAGES = [
    "/__pages/",
    "/__pages/report",
    "/__pages/interfaces",
    "/__pages/world",
    "/__pages/traffic",
]


def pages() -> list[Request]:
    """Return the pages for browsers, and their forms."""
    found = [get(path, one) for one in ("us", "de") for path in ["/", *PAGES]]
    shown = [
        "/__pages/report?from=2026-01-01&to=2026-01-31", "/__pages/report?from=x", "/__pages",
        "/__pages/report?from=2026-02-01&to=2026-01-01", "/__pages/report?space=SUP&from=2026-01-05",
        "/__pages/report?space=nothing", "/__pages/report?from=2020-01-01&to=2026-01-01",
        "/__pages/report/days.svg", "/__pages/report/contents.svg?dark", "/__pages/report/x.svg",
        "/__pages/report/viewers.svg?narrow", "/__pages/report/searches.svg?from=2026-01-01",
        "/__pages/report/unfound.svg", "/__pages/report/days.svg?from=x", "/__pages/nothing",
        "/__pages/world?kind=contents", "/__pages/world?kind=accounts", "/__pages/world?kind=x",
        "/__pages/world?page=2", "/__pages/world?page=x", "/__pages/world?page=0&search=a",
        "/__pages/traffic?refresh", "/__pages/traffic?page=x", "/__pages/traffic?status=9",
        "/__pages/assets/style.css", "/__pages/assets/nothing", "/__pages/assets/../app.py",
        "/__pages/interfaces?made=x", "/__pages/report?from=2026-11-24&to=2026-12-03",
    ]  # fmt: skip
    found += [Request(path) for path in shown]
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    for where, body in (
        ("traffic/clock", "do=freeze"), ("traffic/clock", "do=advance&by=PT1H"), ("traffic/clock", ""),
        ("traffic/clock", "do=set&now=2026-01-30"), ("traffic/clock", "do=set&now=x"),
        ("traffic/clock", "do=advance&by=x"), ("traffic/faults", "do=on&name=outage"),
        ("traffic/faults", "do=on&name=x"), ("traffic/faults", "do=off&name=outage"),
        ("traffic/faults", "do=all+off"), ("interfaces", "do=x"), ("interfaces", "do=generate"),
        ("interfaces", "do=delete"), ("traffic/clock", "do=reset"), ("traffic/clock", "do=freeze"),
        ("interfaces", "\xff%"), ("report", "do=x"),
        ("traffic/clock", "do=set&now=2026-01-31T12:00:00Z"),
    ):  # fmt: skip
        for origin in ("http://evil.example", "http://127.0.0.1:8080"):
            found.append(send("POST", f"/__pages/{where}", body.encode(), Origin=origin, **form))
        found.append(send("GET", "/__pages/traffic"))
    return [*found, send("POST", "/__admin/reset"), get("/__pages/traffic")]


def swagger() -> list[Request]:
    """Return Swagger UI and the documents it shows."""
    paths = (
        "/ui", "/ui/", "/ui/index.html", "/ui/nothing", "/ui/assets/nosuch", "/ui/swagger-ui.css",
        "/ui/swagger-ui-bundle.js", "/ui/swagger-initializer.js", "/openapi.json", "/openapi.yaml",
        "/__admin/openapi.json", "/__admin/openapi.yaml", "/openapi", "/ui/swagger-config.json",
        "/v1/openapi.json", "/openapi-v1.json", "/ui/favicon-32x32.png",
    )  # fmt: skip
    return [get(path, one) for one in ("us", "de") for path in paths] + [
        Request(path, method) for path in paths[:6] for method in ("HEAD", "POST", "OPTIONS")
    ]


def version_1() -> list[Request]:
    """Return the old API, before and after its end."""

    def basic(text: str) -> str:
        return "Basic " + base64.b64encode(text.encode()).decode()

    good = basic("admin@acme-demo.example:demo-api-token")
    paths = [
        "/api/report/searches", "/api/report/spaces/SUP/visits", "/api/report/contents/34890709346/visits",
        "/api/report/contents/5/visits", "/api/report/spaces/nothing/visits", "/api/report/nothing",
    ]  # fmt: skip
    found = []
    for path in paths:
        for query in [
            "",
            "limit=1",
            "limit=x",
            "startDate=2023-12-01&endDate=2023-12-31",
            "unknown=1",
        ]:
            found += [get(f"{path}?{query}", one, Authorization=good) for one in ("us", "de")]
    for value in (basic("admin@acme-demo.example:wrong"), basic("nobody:x"), basic("x"), "Basic !",
                  basic("viewer@acme-demo.example:demo-api-token"), TOKENS["us"], ""):  # fmt: skip
        found += [get(f"{path}?limit=1", Authorization=value) for path in paths[:3]]
    found += [
        Request(paths[0], one, headers=(("Authorization", good),))
        for one in ("HEAD", "OPTIONS", "POST")
    ]
    found += [
        get(SEARCHES),
        get("/"),
        get("/openapi.json"),
        get(paths[0], Authorization=good, Prefer="code=503"),
    ]
    found += [send("POST", "/__admin/clock", {"advance": "PT1M"})]
    return found + [get(f"{path}?limit=1", Authorization=good) for path in paths] + [get(SEARCHES)]


def guarded() -> list[Request]:
    """Return requests to a control API that wants a token."""
    paths = ("/health", "/clock", "/settings", "/requests", "/openapi.json")
    values = ("", "Bearer secret", "Bearer wrong", "Basic secret")
    return [get(f"/__admin{path}", Authorization=value) for path in paths for value in values]


FOREIGN = [
    ROOT / "tests" / "documents" / name
    for name in (
        "cursor_german.yaml", "json_api.json", "blind/stripelike.yaml", "blind/odata-graph.yaml",
        "blind/drf.yaml", "variants/springdoc-viewers.yaml", "variants/plain-31.yaml",
    )
]  # fmt: skip


def foreign(path: Path) -> list[Request]:
    """Return what can be asked by a document, parameter by parameter."""
    document = yaml.safe_load(path.read_text())
    base = urlsplit((document.get("servers") or [{"url": ""}])[0]["url"]).path.rstrip("/")
    extra = {"X-Api-Key": "demo-token-us", "Api-Key": "demo-token-us"}
    found: list[Request] = [get("/openapi.json"), get("/"), get("/__pages/report"), get("/nothing")]
    for template, item in document["paths"].items():
        methods = [one for one in ("get", "post", "put", "delete") if one in item]
        for method in methods:
            parameters = [
                resolved(document, one)
                for one in [*item.get("parameters", []), *item[method].get("parameters", [])]
            ]
            in_query = [one for one in parameters if one["in"] == "query"]
            usual = "&".join(query_of(one) for one in in_query if one.get("required"))
            queries = [usual, *(f"{usual}&{query_of(one)}" for one in in_query)]
            queries += [f"{usual}&{quote(one['name'])}=nonsense" for one in in_query]
            for fill in ("SUP", "34890709346", "1"):
                target = base + re.sub(r"\{[^}]*\}", fill, template)
                for query in queries if fill == "SUP" or "{" in template else []:
                    one = get(
                        f"{target}?{query}", **{k.replace("-", "_"): v for k, v in extra.items()}
                    )
                    found.append(Request(one.target, method.upper(), headers=one.headers))
                if fill == "SUP":
                    found.append(Request(target, method.upper()))
    return found


def resolved(document: dict[str, Any], element: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference within a document means."""
    while "$ref" in element:
        found: Any = document
        for key in element["$ref"].removeprefix("#/").split("/"):
            found = found[key.replace("~1", "/").replace("~0", "~")]
        element = found
    return element


def query_of(parameter: dict[str, Any]) -> str:
    """Return a parameter with a value that its schema may allow."""
    schema = parameter.get("schema", {})
    kind = schema.get("type")
    value = parameter.get("example", schema.get("example", schema.get("default")))
    if value is None and "enum" in schema:
        value = schema["enum"][0]
    if value is None:
        is_day = schema.get("format") == "date"
        is_moment = schema.get("format") == "date-time"
        text = "2026-01-15" if is_day else "2026-01-15T00:00:00Z" if is_moment else "SUP"
        value = {"integer": 2, "number": 2, "boolean": "true"}.get(kind, text)
    return f"{quote(parameter['name'], safe='')}={quote(str(value), safe='')}"
