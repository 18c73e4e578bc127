"""Generate hostile requests from a seed: odd, long, contradictory and broken ones.

They come in episodes: most are one request; some change the mock first (a fault, a scenario, the
clock), and ask then. `CLEAN_UP` brings the mock back.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeAlias
from urllib.parse import quote

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """One request; `raw`, if there is any, is sent as it is, in place of all else."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    residency: str = "us"
    raw: bytes = b""

    def to_bytes(self) -> bytes:
        """Return what is sent over a socket."""
        if self.raw:
            return self.raw
        names = {name.lower() for name, _ in self.headers}
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        if "host" not in names:
            lines.append("Host: 127.0.0.1")
        if self.body and not names & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(self.body)}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + self.body

    def has(self, name: str) -> bool:
        """Return whether the request has a header."""
        return any(one.lower() == name for one, _ in self.headers)

    def is_http(self) -> bool:
        """Return whether an HTTP parser would accept this."""
        names = {name.lower() for name, _ in self.headers}
        return (
            not self.raw
            and not names & {"transfer-encoding", "content-length", "upgrade", "expect"}
            and re.fullmatch(r"/[!-~]*", self.target) is not None
            and not any(re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) for _, value in self.headers)
        )


Episode: TypeAlias = tuple[Request, ...]

NOW = "2026-01-31T12:00:00Z"
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
CLEAN_UP = (Request("POST", "/__admin/reset"),)
TOKENS = {"us": "Bearer demo-token-us", "de": "Bearer demo-token-de"}

SIZES = (1, 63, 255, 256, 1_023, 4_096, 8_000, 16_384, 31_999, 33_000, 65_000)
PIECES = (
    "a", "9", "eyJ", "%", "%00", "%2F", "%C3%A9", "*", "?", "[", "(a+)+", "\\", '"', "'", ";", ",",
    "=", "&", "..", "/", "../", "{", "<b>", "\u00e9", "\U0001f680", "-", "0", ".", ":", "~", "@", "+",
)  # fmt: skip
TEXTS = (
    "", " ", "%20", "%00", "%0A", "%0D%0AX-A:%20b", "%FF", "%C0%AF", "%ED%A0%80", "%F4%90%80%80", "%",
    "%z", "%u0041", "%2500", "%25%30%30", "NaN", "inf", "-Infinity", "null", "true", "undefined",
    "%D9%A1", "%EF%BC%91", "%F0%9F%9A%80", "'", '"', "<script>", "${7*7}", "{{7*7}}", "[]", "{}", "[!",
    "[a-", "*?*", "(?P<", "\\", "%s%n", "1;2", "x=y", "#", "..", ".", "~", "__proto__", "constructor",
    "None", "_", "SUP", "sup", "1001", "getSearches", "us", "de", "xx", "admin", "demo-token-us",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "-1", "1", "2", "50", "100", "999", "1000", "1001", "2147483647", "2147483648", "1e3",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
    "9" * 400, "9" * 5_000, "1" + "0" * 4_300, "1.0", "1e400", "0x10", "1_0", "%2B1", "01", "00", ".5",
)  # fmt: skip
DAYS = (
    "2026-01-01", "2026-01-31", "2025-12-31", "2026-02-30", "2024-02-29", "2026-1-1", "20260101",
    "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "-001-01-01", "2026-W01-1", "2016-12-31",
    "2026-01-31T12:00:00Z", "2026-01-31T24:00:00Z", "2016-12-31T23:59:60Z", "2026-01-31T12:00:00%2B99:99",
    "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "2262-04-12", "1677-09-21", "1970-01-01",
)  # fmt: skip
MOMENTS = (
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59-12:00", "0001-01-01",
    "9999-12-31", "2023-06-30T23:59:59.999Z", "2023-12-31T23:59:59.999Z", "2024-01-01T00:00:00Z", "2038-01-19",
    "2026-01-31T12:00:00+23:59", "2026-01-31T12:00:00.1234567890123Z", "2026-01-31t12:00:00z", "1900-01-01",
    "2016-12-31T23:59:60Z", "2026-01-31T24:00:00Z", "2026-02-29", "x", "", "2200-01-01", "1e999", "2026-01-31 12:00",
)  # fmt: skip
PATHS = (
    "/api/v2/report/searches", "/api/v2/report/spaces/SUP/visits", "/api/v2/report/spaces/TEAM/visits",
    "/api/v2/report/contents/34890709346/visits", "/api/v2/report/contents/1001/visits",
    "/api/v2/report/contents/1/visits", "/api/v2/report/spaces/EDGE/visits", "/openapi.json",
)  # fmt: skip
OLD = ("/api/report/searches", "/api/report/spaces/SUP/visits", "/api/report/contents/1001/visits")
SERVED = (
    "/", "/ui", "/ui/", "/ui/assets/x", "/ui/swagger-ui.css", "/ui/openapi.json", "/openapi.yaml", "/report",
    "/favicon.ico", "/api", "/api/v2", "/__admin/openapi.json", "/__admin/problems", "/__admin", "/__adm",
)  # fmt: skip
PAGES = (
    "/", "/__pages", "/__pages/", "/__pages/report", "/__pages/report/days.svg", "/__pages/world",
    "/__pages/report/contents.svg", "/__pages/report/unfound.svg", "/__pages/report/viewers.svg",
    "/__pages/report/searches.svg", "/__pages/report/x.svg", "/__pages/interfaces", "/__pages/traffic",
    "/__pages/traffic/clock", "/__pages/traffic/faults", "/__pages/assets/x", "/__pages/assets/",
)  # fmt: skip
CONTROL = (
    ("GET", "/health"), ("GET", "/version"), ("GET", "/settings"), ("GET", "/problems"), ("GET", "/clock"),
    ("POST", "/clock"), ("DELETE", "/clock"), ("GET", "/tokens/us"), ("POST", "/tokens/de"), ("POST", "/visits"),
    ("DELETE", "/tokens/us"), ("POST", "/searches"), ("GET", "/contents/1001"), ("POST", "/contents/1001/trash"),
    ("POST", "/contents/1001/restore"), ("POST", "/contents/1001/delete"), ("GET", "/requests"),
    ("DELETE", "/requests"), ("GET", "/requests/count"), ("POST", "/requests/find"), ("GET", "/requests/1"),
    ("GET", "/lint"), ("GET", "/scenarios"), ("PUT", "/scenarios/flaky/state"), ("GET", "/faults"),
    ("POST", "/faults"), ("DELETE", "/faults"), ("DELETE", "/faults/fault-1"), ("POST", "/reset"),
)  # fmt: skip
BODIES: dict[str, Any] = {
    "/clock": {"now": NOW, "advance": "PT1M", "frozen": True},
    "/visits": {"content": 1001, "time": "2026-01-30T10:00:00Z", "account": "Anonymous"},
    "/searches": {"term": "x", "results": 0, "time": "2026-01-30T10:00:00Z", "account": "Anonymous"},
    "/requests/find": {
        "operation": "get*", "status": "4xx", "path": "*", "query": {"limit": "5*"}, "token": "none",
        "headers": {"accept": "*"}, "since": NOW, "until": NOW, "method": "GET", "residency": "us",
    },
    "/scenarios/flaky/state": {"state": "on"},
}  # fmt: skip
SCENARIOS = (
    "clock-skew", "connection-reset", "de-down", "empty-report", "fails-twice", "flaky", "forbidden",
    "html-error-page", "outage", "rate-limited", "schema-drift", "stale-data", "token-bucket", "token-expired",
    "token-revoked", "truncated-json", "wrong-content-type", "wrong-residency", "nosuch",
)  # fmt: skip
QUERIES = (
    "limit", "start", "startDate", "endDate", "residency", "operation", "status", "method", "path", "token",
    "since", "until", "from", "to", "space", "page", "search", "kind", "refresh", "made", "dark", "narrow",
    "access_token", "x", "", "limit[]", "Limit", "filter[limit]", "__proto__", "%6Cimit", "auth", "key",
)  # fmt: skip
FIELDS: dict[str, tuple[str, ...]] = {
    "Authorization": (
        "", "Bearer", "Bearer ", "Bearer x", "bearer demo-token-us", "Bearer  demo-token-us", "Basic", "Basic !",
        "Basic Og==", "Basic /////w==", "Basic YTpi", "Bearer \u00e9", "Digest a=b", "Bearer a,b", "Bearer \t", ",",
        "Basic YWRtaW5AYWNtZS1kZW1vLmV4YW1wbGU6ZGVtby1hcGktdG9rZW4=",
    ),
    "Accept": (
        "", "*", "*/*", "q=.5", "text/html, */*;q=.2", "application/json;q=2", "application/json;q=NaN", ";;;",
        "a/b;q=0.0001", "application/json;odata=verbose", "application/json;q=-1", 'a/b;c="', "\u00e9/\u00e9", ",,,",
    ),
    "Accept-Encoding": ("gzip;q=0", "gzip;q=x", "*;q=0", "identity;q=0", "gzip, gzip", "deflate", ";", "\u00e9"),
    "Content-Type": (
        "APPLICATION/JSON", "application/json ; x=1", "application/json; charset=utf-16", "text/plain", "", ";",
        "application/json; charset=nosuch", "multipart/form-data", "multipart/form-data; boundary=", "a", "\u00e9",
        "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=x", "application/problem+json",
    ),
    "Content-Encoding": ("gzip", "br", "x", "identity, gzip"),
    "Host": (
        "", "localhost", "[::1]", "[::1]:80", "[::1].evil", "[", "[::1", "127.0.0.1/evil", "evil@127.0.0.1", "a b",
        "127.0.0.1:x", "127.0.0.1:99999999", ":", "evil.example", "%00", "de.viewtracker.aws.bitvoodoo.cloud",
        "\u00e9", "viewtracker.aws.bitvoodoo.cloud:443", "127.0.0.1,localhost", "//", "127.0.0.1#", "[v1.a]",
    ),
    "Origin": ("null", "", "http://localhost", "http://[", "http://evil.example", "http://[::1", "\u00e9", "http://a:x"),
    "Referer": ("http://[", "", "\u00e9", "http://a:x/?token=y", "//", "http://127.0.0.1/%", "http://[::1].x/"),
    "Access-Control-Request-Method": ("GET", "get", "", "BREW", "\u00e9"),
    "Access-Control-Request-Headers": ("", ",", "x-requested-with", "*", "\u00e9", "a b"),
    "Access-Control-Request-Private-Network": ("true",),
    "If-None-Match": ("*", '"', 'W/"x"', ",", "x"),
    "If-Modified-Since": ("x", "Sat, 31 Jan 2026 12:00:00 GMT", "Thu, 01 Jan 0001 00:00:00 GMT", "0", "\u00e9"),
    "If-Range": ('"x"', "x"),
    "Range": ("bytes=0-", "bytes=-", "bytes=9-1", "bytes=x", "bytes=0-0,1-1", "bytes=" + "0-0," * 500, "bytes=-0", "a"),
    "Cookie": ("a", "=", "a=b;;", '"', "token=x; token=y", "\u00e9"),
    "X-Forwarded-Host": ("evil.example", "[", ""),
    "X-Forwarded-Proto": ("https", "javascript", ""),
    "X-Forwarded-For": ("x", "127.0.0.1"),
    "X-HTTP-Method-Override": ("DELETE", ""),
    "Upgrade": ("h2c", "websocket", "x", ""),
    "Connection": ("Upgrade", "close", "keep-alive, Upgrade, HTTP2-Settings", ""),
    "Expect": ("100-continue", "x"),
    "traceparent": ("00-0-0-0", ""),
    "X-Auth": ("x",),
    "Sec-Fetch-Site": ("cross-site", "none", ""),
}  # fmt: skip
PREFERENCES = (
    "code", "code=", "code=200", "code=399", "code=600", 'code="503', "code=503;x", "code=1e2", "rows=0", "rows=x",
    "rows=1", "rows=2000", "rows=100001", "delay=1", "delay=-1", "delay=1e9", "delay=999999999", "example=noSearches",
    "example=searches", "example=noVisits", "example=x", "example=", "scenario=x", "scenario=", "respond-async", "=",
    "wait=10", ",,", ";", '"', "a=\\", 'a="\\', "return=minimal; x", "CODE=404", "code = 404", "\u00e9=1", "x" * 900,
)  # fmt: skip


class Maker:
    """Generates episodes.

    Args:
        seed: The same one makes the same episodes.
        sockets: Whether they are sent over sockets: what is no HTTP, and what takes long, is of
            use only there.
    """

    def __init__(self, seed: int, *, sockets: bool) -> None:
        self._seed, self._sockets = seed, sockets
        self._random = Random(seed)

    def episodes(self) -> Iterator[Episode]:
        """Return episodes without end; each depends on the seed and its number alone."""
        kinds: dict[Callable[[], Episode], int] = {
            self._report: 40, self._noted: 8, self._old: 8, self._control: 20, self._page: 14, self._faulty: 12,
            self._in_scenario: 4, self._at: 4, **({self._broken: 5} if self._sockets else {}),
        }  # fmt: skip
        number = 0
        while True:
            self._random = Random(f"{self._seed}/{number}")
            number += 1
            (make,) = self._random.choices(list(kinds), list(kinds.values()))
            episode = make()
            if self._sockets or all(request.is_http() for request in episode):
                yield episode

    def _report(self) -> Episode:
        return (self._asking(self._one(PATHS)),)

    def _noted(self) -> Episode:
        """Return requests that succeed, and a look at what is kept of them."""
        asked = self._plain()
        odd = replace(
            asked,
            target=f"{asked.target}&{self._one(QUERIES)}={self._one(TEXTS)}",
            headers=(*asked.headers, *self._headers()),
        )
        odd = odd if re.fullmatch(r"/[!-~]*", odd.target) else asked
        looks = (
            "/__pages/traffic",
            "/__admin/requests",
            "/__admin/lint",
            "/__admin/requests/count",
        )
        return (odd, Request("GET", self._one(looks)))

    def _old(self) -> Episode:
        return (self._asking(self._one((*OLD, *SERVED))),)

    def _page(self) -> Episode:
        path, headers = self._one(PAGES), self._headers()
        if not self._maybe(0.4):
            return (Request("GET", self._target(path), headers, residency=self._residency()),)
        names = ("do", "name", "by", "now", "x")
        values = (
            "on",
            "off",
            "freeze",
            "advance",
            "set",
            "reset",
            "go on",
            "all off",
            "generate",
            "delete",
        )
        pairs = [(self._one(names), self._one((*values, *SCENARIOS, *MOMENTS))) for _ in range(3)]
        body = "&".join(f"{name}={quote(value)}" for name, value in pairs).encode()
        if self._maybe(0.3):
            body = self._garbage()
        where = self._one(
            ("/__pages/interfaces", "/__pages/traffic/clock", "/__pages/traffic/faults")
        )
        return (Request("POST", where, (FORM, *headers), body), Request("GET", "/__pages/traffic"))

    def _control(self) -> Episode:
        method, path = self._one(CONTROL)
        body, headers = b"", self._headers(0.3)
        if method in {"POST", "PUT"} or self._maybe(0.05):
            body = self._body(self._fault() if path == "/faults" else BODIES.get(path, {}))
            if self._maybe(0.95) and all(name != JSON[0] for name, _ in headers):
                headers = (*headers, JSON)
        method = (
            self._one(("HEAD", "OPTIONS", "PATCH", "TRACE", "get")) if self._maybe(0.03) else method
        )
        target = self._target(f"/__admin{path}")
        first = Request(method, target, headers, body, self._residency())
        return (first, self._plain()) if body else (first,)

    def _faulty(self) -> Episode:
        put = [
            Request("POST", "/__admin/faults", (JSON,), self._body(self._fault(), odd=0.1))
            for _ in range(self._random.randint(1, 2))
        ]
        asked = [
            self._plain() if self._maybe(0.6) else self._asking(self._one(PATHS)) for _ in range(3)
        ]
        return (*put, *asked)

    def _in_scenario(self) -> Episode:
        names = self._random.sample(SCENARIOS, self._random.randint(1, 3))
        on = b'{"state": "on"}'
        put = [Request("PUT", f"/__admin/scenarios/{name}/state", (JSON,), on) for name in names]
        return (*put, *(self._asking(self._one(PATHS)) for _ in range(3)))

    def _at(self) -> Episode:
        by: list[Any] = ["P1D", "P999999W", 0, 1e10, -1, "PT999999H", "P999999D", 1e308, 0.0001]
        change = {"advance": self._one(by)} if self._maybe(0.3) else {"now": self._one(MOMENTS)}
        change["frozen"] = self._maybe(0.5)
        turned = Request("POST", "/__admin/clock", (JSON,), json.dumps(change).encode())
        pages = ("/__pages/report", "/__pages/traffic", "/__admin/clock", "/__admin/tokens/us")
        return (turned, self._plain(), self._plain(), Request("GET", self._one(pages)))

    def _broken(self) -> Episode:
        """Return what is no HTTP, or costs much."""
        start = f"POST /__admin/clock HTTP/1.1\r\nHost: 127.0.0.1\r\n{': '.join(JSON)}\r\n".encode()
        long = self._one(PIECES).encode() * self._one(SIZES)
        raws = (
            b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", b"\r\n\r\n", b"\x16\x03\x01\x02\x00",
            b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", long + b"\r\n\r\n",
            b"GET /" + long + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET\r\n\r\n",
            b"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: a\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET http://[/ HTTP/1.1\r\nHost: a\r\n\r\n", b"GET //[ HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET / HTTP/1.1\r\nA\x00: b\r\n\r\n",
            start + b"Content-Length: -1\r\n\r\n{}", start + b"Content-Length: 99999999999999999999\r\n\r\n{}",
            start + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", start + b"Content-Length: 1\r\n\r\n{}",
            start + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", start + b"Transfer-Encoding: x\r\n\r\n{}",
            start + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
            start + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            start + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: " + long + b"\r\n\r\n",
            start + b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\n{}",
            start.replace(b"POST", b"GET") + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * self._random.randint(1, 3_000) + b"\r\n",
            b"GET /__admin/health HTTP/1.1\r\nHost: a\r\nX:" + long + b"\r\n\r\n",
        )  # fmt: skip
        if self._maybe(0.95):
            return (Request("", "", raw=self._one(raws)),)
        token = ("Authorization", TOKENS["us"])
        wide = "/api/v2/report/searches?limit=1&startDate=0001-01-01"
        late = f'{{"now": "{self._one(("2036-01-01", "2199-01-01"))}"}}'.encode()
        items = b"[" + b"{}," * 50_000 + b"{}]"
        return self._one((
            (Request("GET", PATHS[0], (token, ("Prefer", "rows=100000"))),),
            (Request("POST", "/__admin/clock", (JSON,), late), Request("GET", wide, (token,))),
            (Request("POST", "/__admin/visits", (JSON,), items),),
            (Request("GET", f"/__admin/requests?path=/{'*a' * 99}"),),
        ))  # fmt: skip

    def _plain(self) -> Request:
        residency = self._residency()
        token = ("Authorization", TOKENS[residency])
        method = self._one(("GET", "GET", "GET", "HEAD"))
        return Request(method, f"{self._one(PATHS)}?limit=5", (token,), residency=residency)

    def _asking(self, path: str) -> Request:
        residency = self._residency()
        method = (
            self._one(("POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "x"))
            if self._maybe(0.06)
            else "GET"
        )
        token = (("Authorization", TOKENS[residency]),) if self._maybe(0.8) else ()
        body = self._garbage() if self._maybe(0.05) else b""
        return Request(method, self._target(path), (*token, *self._headers()), body, residency)

    def _target(self, path: str) -> str:
        if self._maybe(0.25):
            parts = path.split("/")
            parts[self._random.randrange(1, len(parts))] = self._text(path=True)
            path = "/".join(parts)
        elif self._maybe(0.06):
            where = self._random.randrange(len(path))
            odd = ("//", "/./", "/../", "%2F", "%", ";a=b", "%00", f"%{ord(path[where]):02x}")
            path = path[:where] + self._one(odd) + path[where + 1 :]
        query = "&".join(self._pair() for _ in range(self._one((0, 1, 1, 2, 3, 4))))
        if self._maybe(0.01):
            query = "&".join(self._pair() for _ in range(500))
        return f"{path}{self._one('???;&#') if query else ''}{query}"

    def _pair(self) -> str:
        name = self._one(QUERIES[:4]) if self._maybe(0.6) else self._one(QUERIES)
        pool = {"limit": NUMBERS, "start": NUMBERS, "page": NUMBERS}.get(name, DAYS)
        value = self._one(pool) if self._maybe(0.7) else self._text()
        return f"{name}{self._one(('=', '=', '=', '=', '', '==', '=&='))}{value}"

    def _text(self, *, path: bool = False) -> str:
        if self._maybe(0.7):
            text = self._one(NUMBERS if self._maybe(0.3) else TEXTS)
        else:
            text = self._one(PIECES) * (self._one(SIZES) // 3 + 1)
        return re.sub(r"[#?]" if path else "#", "", quote(text, safe="%!~*'();:@&=+$,/?[]-_."))

    def _headers(self, most: float = 0.5) -> Headers:
        found: list[tuple[str, str]] = []
        while self._maybe(most) and len(found) < 5:
            name = self._one(list(FIELDS))
            value = self._one(FIELDS[name])
            if self._maybe(0.08):
                value += self._one(PIECES) * self._one(SIZES)
            found += [(name, value)] * (2 if self._maybe(0.05) else 1)
        if self._maybe(0.2):
            found.append(("Prefer", self._preference()))
        if self._maybe(0.01):
            found += [(f"X-{number}", "y") for number in range(self._one((100, 1_000)))]
        return tuple(found)

    def _preference(self) -> str:
        def one() -> str:
            if self._maybe(0.3):
                return f"code={self._random.randint(400, 599)}"
            if self._maybe(0.3):
                return f"scenario={self._one(SCENARIOS)}"
            return self._one(PREFERENCES)

        return ", ".join(one() for _ in range(self._random.randint(1, 4)))

    def _fault(self) -> dict[str, Any]:
        effects: dict[str, tuple[Any, ...]] = {
            "operation": ("getSearches", "getSpaceVisits", "x", ""), "path": ("*", "[", "*" * 50, "/api/*", "[!]"),
            "residency": ("us", "de"), "token": ("demo-token-us", "\u00e9", "x"), "after": (0, 1, 10**9),
            "every": (1, 2, 10**9), "times": (1, 2, 10**9), "probability": (0, 0.5, 1, 1e-300), "seed": (0, 2**53 - 1),
            "delay": (0, 1, 0.001, {"uniform": [2, 1]}, {"uniform": [0, 3]}, {"lognormal": [1, 0]}),
            "status": (400, 401, 404, 405, 418, 420, 429, 430, 451, 499, 500, 501, 503, 511, 520, 598, 599),
            "detail": ("", "\u00e9", "x" * 9_000, "\ud800", "\x00"), "refuse": ("expired", "revoked", "forbidden"),
            "headers": (
                {"Content-Length": "3"}, {"Transfer-Encoding": "chunked"}, {"Connection": "close"}, {"X": "y" * 9_000},
                {"": "x"}, {"a b": "c"}, {"\u00e9": "x"}, {"X:y": "z"}, {"Date": "x"}, {"Content-Type": ""}, {"A\r\nB": "c"},
                {"Content-Encoding": "gzip"}, {"Retry-After": "-1"}, {"X-Mock-Note": "x"}, {"Trailer": "x"}, {"X": "~ "},
                {"Set-Cookie": "a=b"}, {"Content-Length": "x"}, {"content-length": "999999"}, {"X\x00": "y"},
            ),
            "limit": ({"requests": 1, "window": 60}, {"requests": 1, "window": 0.001, "bucket": True}),
            "rows": (0, 1, 7, 500), "lag": (0, 1e8, 0.001), "skew": (-10**8, 10**8, 0), "reset": (True, False),
            "drift": (["rename"], ["add"], ["retype"], ["rename", "add", "retype"], ["add", "add"]),
            "truncate": (0, 0.5, 1, 0.999999), "body": ("", "x", "{", "[]", "null", "\ud800", "\u00e9", "x" * 70_000),
            "content_type": ("text/html", "x", ";", " ", "application/json", "multipart/form-data"),
            "drip": ({"bytes": 1_000, "every": 0}, {"bytes": 10**6, "every": 0.1}, {"bytes": 300, "every": 1}),
        }  # fmt: skip
        names = self._random.sample(list(effects), self._random.randint(1, 4))
        return {name: self._one(effects[name]) for name in names}

    def _body(self, value: Any, odd: float = 0.6) -> bytes:
        if self._maybe(odd / 4):
            return self._garbage()
        value = json.loads(json.dumps(value))
        if isinstance(value, dict) and self._maybe(odd) and value:
            name = self._one(sorted(value)) if self._maybe(0.8) else self._text()
            value[name] = self._one((
                None, True, "", "x", 0, -1, 1.5, 10**30, -(10**400), 1e308, [], {}, [[]], {"a": 1}, "\ud800", "\x00",
                "x" * 5_000, "9" * 5_000, *MOMENTS, [1] * 500, "*" * 200, "P1D", {"": None}, "[!", "(a+)+$",
            ))  # fmt: skip
            if self._maybe(0.3):
                del value[self._one(sorted(value))]
        if self._maybe(odd / 6):
            value = self._one(
                ([value], [value] * 300, [], {"x": value}, [[value]], [value, None], None, "x", 5)
            )
        return json.dumps(value).encode()

    def _garbage(self) -> bytes:
        return self._one((
            b"", b"{", b"}", b"null", b"NaN", b"[NaN]", b'{"now": Infinity}', b"\xff\xfe", b"\xef\xbb\xbf{}", b"\x00",
            b"[" * 99_000, b'{"a":' * 5_000, b'{"advance": 1e999}', b'{"advance": ' + b"9" * 5_000 + b"}", b'"\\ud800"',
            b'{"now": "\\ud800"}', b'{"now":1,"now":2}', b"[" + b"1," * 20_000 + b"1]", b"do=on&name=%00", b"a=b&" * 2_000,
            b"do=set&now=" + b"9" * 60_000, b"\x80" * 1_000, b"do=advance&by=P999999W", b"--x\r\n\r\n", b"%" * 5_000,
            b"{}", b"[]", b"0", b'""', b"eyJ" * 20_000, b"do=%FF", b"=&=&=",
        ))  # fmt: skip

    def _residency(self) -> str:
        return self._one(("us", "us", "de"))

    def _one(self, things: Sequence[Any]) -> Any:
        return self._random.choice(things)

    def _maybe(self, chance: float) -> bool:
        return self._random.random() < chance
