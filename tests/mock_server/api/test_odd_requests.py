"""Requests that no client library would send, over a raw socket: each has one decided response."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_server.openapi.document import Document
from mock_server.settings import Settings
from mock_server.testing.mock import MockServer
from tests.made_documents import INTEGER, MOMENT, TEXT, listed, listing, query, send
from tests.mocks import NOW, SEARCHES

Response = tuple[int, list[tuple[str, str]], bytes]
Raw = Callable[[bytes], Response]

CONTENT = "/api/v2/report/contents/{}/visits"
SPACE = "/api/v2/report/spaces/{}/visits"
TOKEN = b"Authorization: Bearer demo-token-us\r\n"
LARGEST_64 = 2**63 - 1
UVICORNS_OWN = b"Invalid HTTP request received."


@pytest.fixture(scope="module")
def raw() -> Iterator[Raw]:
    """Sends bytes to the US port as they are; the response is read until the server hangs up."""

    def send(request: bytes) -> Response:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(request)
            response = b""
            while part := connection.recv(65_536):
                response += part
        head, _, body = response.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        fields = [line.partition(":") for line in lines]
        return int(status.split(" ")[1]), [(k.lower(), v.strip()) for k, _, v in fields], body

    with MockServer(Settings(port=0, de_port=0, world="tiny", now=NOW)) as mock:
        port = urlsplit(mock.url).port
        yield send


def request(target: str, *, method: str = "GET", fields: bytes = TOKEN) -> bytes:
    line = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    return line.encode("latin-1") + fields + b"\r\n"


def field(response: Response, name: str) -> str | None:
    return dict(response[1]).get(name)


def table(cases: dict[int, list[Any]]) -> Any:
    """Parametrize a test with what is sent and the status that it gets."""
    sent = [(one, status) for status, several in cases.items() for one in several]
    ids = [f"{ascii(one)[:50]} {status}" for one, status in sent]
    return pytest.mark.parametrize(("sent", "status"), sent, ids=ids)


def assert_decided(response: Response, status: int) -> None:
    """Every response of ours is JSON, and every error a problem that repeats its status."""
    given, _, body = response

    assert status == given, body
    assert b"Traceback" not in body
    if given >= 400:
        assert field(response, "content-type") == "application/problem+json"
        problem = json.loads(body)
        assert status == problem["status"]
        assert problem["title"]
        assert problem["detail"]
    elif given == 200:
        assert field(response, "content-type") == "application/json"
        assert "results" in json.loads(body)


@table({
    200: ["1000", "1", "1&&=&"],
    400: ["1001", "0", "-1", "1_0", "+1", "%2B1", "%201", "1%20", "01", "1.0", "1e1", "0x1",
          "%D9%A1", "%EF%BC%91", "9" * 5000, LARGEST_64, LARGEST_64 + 1, "", "1%0A", "1%00",
          "%00", "%FF", "%", "nan", "inf", "Infinity", "true", "null", "1;start=0", "1&limit=1",
          "1&limit=2"],
})  # fmt: skip
def test_a_limit_is_read_as_json_spells_integers(raw: Raw, sent: object, status: int) -> None:
    assert_decided(raw(request(f"{SEARCHES}?limit={sent}")), status)


@table({200: [0, "-0", 2**31 - 1], 400: [-1, 2**31, LARGEST_64 + 1, "1_0"]})
def test_a_start_is_bounded(raw: Raw, sent: object, status: int) -> None:
    assert_decided(raw(request(f"{SEARCHES}?start={sent}&limit=1")), status)


@table({
    200: ["2026-01-01", "2028-02-29", "0000-01-01", "0001-01-01", "9999-12-31"],
    400: ["2026-02-29", "2026-02-30", "2026-13-01", "2026-1-1", "20260101", "2026-W01-1",
          "2026-01-01%0A", "%202026-01-01", "2026-01-01T00:00:00Z", "2016-12-31T23:59:60Z",
          "%D9%A2026-01-01", "", "nan", "10000-01-01", "-001-01-01", "%2B026-01-01",
          "2026-01-01&{}=2026-01-01"],
})  # fmt: skip
@pytest.mark.parametrize("name", ["startDate", "endDate"])
def test_a_day_must_exist(raw: Raw, name: str, sent: str, status: int) -> None:
    response = raw(request(f"{SEARCHES}?{name}={sent.format(name)}&limit=1"))
    assert_decided(response, status)
    assert "is not a date" not in (field(response, "x-mock-note") or "")


@table({
    400: [
        *map(CONTENT.format, ["1_0", "+1", "%201", "01", "1.0", "%D9%A1", "9" * 5000, 0, -1, "nan",
                              "inf", "abc", "%00", "%FF", ".", "..", LARGEST_64 + 1]),
        SPACE.format("x" * 256),
    ],
    404: [
        *map(CONTENT.format, ["1%0A", LARGEST_64, ""]),
        *map(SPACE.format, ["a%2Fb", "a/b", "%00", "%FF", "%F0%9F%98%80", ".", "..", "%2E%2E",
                            "{0}", "DOCS%0A", "x" * 255, ""]),
    ],
})  # fmt: skip
def test_ids_are_validated_before_they_are_looked_up(raw: Raw, sent: str, status: int) -> None:
    assert_decided(raw(request(sent)), status)


@table({
    200: ["/api/v2/report/%73earches", f"http://127.0.0.1{SEARCHES}", f"{SEARCHES}#limit=x"],
    404: [*(SEARCHES + end for end in ("/", "%2F", "%00", "%0A", "%20")), CONTENT.format(1) + "/",
          f"/{SEARCHES}", "/api/v2/report/./searches", "/api/v2/report/x/../searches",
          SEARCHES.upper(), "/%FF", "/%", "*"],
    410: ["/api/report/searches"],
})  # fmt: skip
def test_a_path_is_taken_literally(raw: Raw, sent: str, status: int) -> None:
    response = raw(request(sent))
    assert_decided(response, status)
    assert field(response, "location") is None


@table({
    200: ["a" * 32_000, "a%00b=1&limit=1", "a%1B%7F=1&limit=1", "%F0%9F%98%80=1&limit=1",
          "=1&limit=1"],
    400: ["%FF=1", "a=%C3%28", "a=%ED%A0%80", "limit"],
    414: ["a" * 32_768, "limit=" + "9" * 32_768],
})  # fmt: skip
def test_a_query_is_utf_8_and_not_endless(raw: Raw, sent: str, status: int) -> None:
    assert_decided(raw(request(f"{SEARCHES}?{sent}")), status)


def test_an_unknown_name_cannot_make_up_headers(raw: Raw) -> None:
    response = raw(request(f"{SEARCHES}?a%0D%0AX-Evil:%201=1&b%00=&c%7F&limit=1"))
    assert_decided(response, 200)
    assert field(response, "x-evil") is None
    assert field(response, "x-mock-unknown-parameters") == "a%0D%0AX-Evil%3A%201, b%00, c%7F"


def test_a_long_value_is_not_repeated_in_full(raw: Raw) -> None:
    response = raw(request(f"{SEARCHES}?limit={'9' * 5_000}"))
    assert len(response[2]) < 500
    assert "…" in json.loads(response[2])["detail"]


HTML = b"Accept: text/html\r\n"
NO_ERROR_CODE = 'Bearer realm="Viewtracker"'


@pytest.mark.parametrize(
    ("fields", "has_error"),
    [(one, False) for one in (
        b"", b"Authorization:", b"Authorization: Bearer", b"Authorization: Bearer   ",
        b"Authorization: demo-token-us", b"Authorization: Basic ZGVtbzp4",
        b"Authorization: Bearerdemo-token-us", b"Authorization: Bearer,demo-token-us",
        b"Authorization: Bearer\tdemo-token-us", b"Authorization: Token demo-token-us",
        b"X-Authorization: Bearer demo-token-us", b"Cookie: Authorization=demo-token-us",
    )]
    + [(TOKEN + TOKEN.rstrip(), True), (TOKEN + b"Authorization: Basic x", True)]
    + [(b"Authorization: Bearer " + one, True) for one in (
        b"wrong", b"demo-token-de", b"DEMO-TOKEN-US", b'"demo-token-us"', b"demo-token-us x",
        b"demo-token-us, Basic x", b"demo-token-us%00", b"\xe9\xff", b"\xed\xa0\x80", b"x" * 20_000,
    )],
    ids=lambda value: ascii(value)[:60],
)  # fmt: skip
@pytest.mark.parametrize("target", [SEARCHES, CONTENT.format(1), f"{SEARCHES}?limit=x", "/nothing"])
def test_all_but_a_single_bearer_are_401(
    raw: Raw, target: str, fields: bytes, *, has_error: bool
) -> None:
    response = raw(request(target, fields=fields and fields + b"\r\n"))
    challenge = field(response, "www-authenticate") or ""
    assert_decided(response, 401)
    assert challenge.startswith(NO_ERROR_CODE)
    assert has_error == ('error="invalid_token"' in challenge) == (challenge != NO_ERROR_CODE)
    assert b"demo-token" not in response[2]


@pytest.mark.parametrize(
    "value",
    [b"bearer demo-token-us", b"BEARER demo-token-us", b"Bearer   demo-token-us",
     b"  Bearer demo-token-us \t"],
)  # fmt: skip
def test_a_scheme_is_read_without_case_and_blanks(raw: Raw, value: bytes) -> None:
    fields = b"authorization:" + value + b"\r\n"
    assert_decided(raw(request(f"{SEARCHES}?limit=1", fields=fields)), 200)


METHODS = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "QUERY"]


@pytest.mark.parametrize("target", [SEARCHES, CONTENT.format(1), SPACE.format("x")])
@pytest.mark.parametrize("fields", [TOKEN, b""], ids=["with a token", "without"])
@pytest.mark.parametrize("method", METHODS)
def test_other_methods_are_405_and_allow(raw: Raw, method: str, fields: bytes, target: str) -> None:
    response = raw(request(target, method=method, fields=fields))
    assert_decided(response, 405)
    assert field(response, "allow") == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("method", [*METHODS, "OPTIONS"])
def test_methods_of_unknown_paths_are_404(raw: Raw, method: str) -> None:
    response = raw(request("/nothing", method=method))
    assert_decided(response, 404)
    assert field(response, "allow") is None


@pytest.mark.parametrize("fields", [TOKEN, b""], ids=["with a token", "without"])
def test_options_is_204_with_the_methods(raw: Raw, fields: bytes) -> None:
    response = raw(request(SEARCHES, method="OPTIONS", fields=fields))
    assert response[0] == 204
    assert response[2] == b""
    assert field(response, "allow") == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("target", "fields"),
    [(f"{SEARCHES}?endDate=2026-01-30&limit=3", TOKEN), (f"{SEARCHES}?limit=0", TOKEN),
     (SEARCHES, b""), ("/nothing", TOKEN)],
)  # fmt: skip
def test_head_is_get_without_its_body(raw: Raw, target: str, fields: bytes) -> None:
    def lasting(response: Response) -> list[tuple[str, str]]:
        return [one for one in response[1] if one[0] != "date"]

    got = raw(request(target, fields=fields))
    head = raw(request(target, method="HEAD", fields=fields))
    assert got[0] == head[0]
    assert lasting(got) == lasting(head)
    assert field(head, "content-length") == str(len(got[2]))
    assert head[2] == b""


@table({
    200: [b"application/json", b"*/*", b"application/*", b"application/json; charset=utf-8",
          b"application/json;odata=nometadata", b"application/json;q=.5", b"APPLICATION/JSON",
          b"text/html, */*;q=0.1", b"text/html, image/gif, *; q=.2, */*; q=.2",
          b"text/html\r\nAccept: application/json", b"", b"garbage", b",;,=", b"\xff\xfe"],
    406: [b"application/xml", b"text/*", b"text/html", b"application/json;q=0", b"*/*;q=0",
          b"application/json;q=0, */*", b"application/vnd.api+json"],
})  # fmt: skip
def test_the_accept_header_is_followed(raw: Raw, sent: bytes, status: int) -> None:
    fields = TOKEN + b"Accept: " + sent + b"\r\n"
    assert_decided(raw(request(f"{SEARCHES}?limit=1", fields=fields)), status)


@pytest.mark.parametrize(("target", "fields", "status"), [
    pytest.param("/nothing", HTML, 401, id="a token comes before a path"),
    pytest.param(SEARCHES, HTML, 401, id="and before an Accept header"),
    pytest.param(f"{SEARCHES}?limit=x", b"", 401, id="and before a parameter"),
    pytest.param(f"{SEARCHES}?{'a' * 33_000}", b"", 414, id="but after the query's length"),
    pytest.param(f"{SEARCHES}/", b"", 404, id="and after the slash at the end"),
    pytest.param(f"{SEARCHES}?limit=x", TOKEN + HTML, 406, id="Accept before limit"),
    pytest.param(f"{SPACE.format('no')}?limit=x", TOKEN, 400, id="a parameter before a space"),
])  # fmt: skip
def test_of_several_errors_one_is_shown(raw: Raw, target: str, fields: bytes, status: int) -> None:
    assert_decided(raw(request(target, fields=fields)), status)


@pytest.mark.parametrize("fields", [
    b"Content-Length: 3\r\n\r\n\xff\xff\xff",
    b"Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
    b"Content-Type: multipart/form-data\r\nContent-Length: 1\r\n\r\n{", b"Content-Type: \xff",
    b"Content-Type: ;=\r\nContent-Length: 1\r\n\r\n{", b"Cookie: \xff=\xff;;=;a",
    b"Accept-Encoding: \xff, gzip;q=x", b"Origin: \xff", b"Accept-Language: \xff",
    b"X-Forwarded-For: \xff, ::", b"X-Forwarded-Proto: \xff", b"Range: bytes=5-1",
    b"Expect: 200-ok", b"Upgrade: h2c", b"X-Http-Method-Override: DELETE",
    b"If-Modified-Since: yesterday",
], ids=ascii)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_has_no_meaning_here_does_no_harm(raw: Raw, method: str, fields: bytes) -> None:
    head, _, body = fields.partition(b"\r\n\r\n")
    sent = request(f"{SEARCHES}?limit=1", method=method, fields=TOKEN + head + b"\r\n")
    response = raw(sent + body)
    assert response[0] == 200
    assert field(response, "content-type") == "application/json"


@pytest.mark.parametrize("host", [
    b"\xff\xfe", b"", b":", b"[", b"[::1", b"[::1]:8080", b"us", b"de", b".", b"x" * 5_000,
], ids=lambda host: host[:10].decode("latin-1") or "empty")  # fmt: skip
def test_a_host_that_is_nobodys_is_decided_by_the_port(raw: Raw, host: bytes) -> None:
    line = f"GET {SEARCHES}?limit=1 HTTP/1.1\r\nConnection: close\r\nHost: ".encode()
    response = raw(line + host + b"\r\n" + TOKEN + b"\r\n")
    assert_decided(response, 200)
    assert field(response, "x-mock-residency") == "us"


def test_http_1_0_needs_no_host(raw: Raw) -> None:
    assert_decided(raw(f"GET {SEARCHES}?limit=1 HTTP/1.0\r\n".encode() + TOKEN + b"\r\n"), 200)


@pytest.mark.parametrize("sent", [
    b"GET\r\n\r\n", b"GARBAGE / HTTP/1.1\r\n\r\n", request(SEARCHES, method="get"),
    b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nHost a\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n",
    b"GET /?\xff HTTP/1.1\r\n\r\n", b"GET /\x00 HTTP/1.1\r\n\r\n", request("/" + "a" * 70_000),
    request(SEARCHES, fields=TOKEN + b"Content-Length: x\r\n"),
    request(SEARCHES, fields=TOKEN + b"Transfer-Encoding: chunked\r\n") + b"zz\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
], ids=lambda sent: ascii(sent[:30] + sent[-20:]))  # fmt: skip
def test_what_is_no_http_is_refused_below_us(raw: Raw, sent: bytes) -> None:
    status, _, body = raw(sent)
    assert status == 400
    assert body == UVICORNS_OWN


STRICT = [
    query("from", MOMENT), query("share", {"type": "number", "minimum": 0, "maximum": 1}),
    query("code", {**TEXT, "pattern": "^[A-Z]{2}$"}), query("ids", listed(INTEGER)),
    {"name": "X-Page", "in": "header", "schema": {**INTEGER, "minimum": 1}},
]  # fmt: skip
"""Parameters of types that our document has no use for."""


def searches_with(*parameters: dict[str, Any], **more: Any) -> Document:
    return listing({"searchTerm": TEXT}, [*parameters], path="/searches", more=more)


@table({
    200: ["from=2016-12-31T23:59:60Z", "from=0000-01-01T00:00:00Z",
          "from=9999-12-31T23:59:59.999Z", "from=9999-12-31T23:59:59-23:59",
          "from=0001-01-01T00:00:00%2B23:59", "from=2026-01-01T00:00:00.123456789Z", "share=0.5",
          "share=5e-1", "code=DE", "X-Page: 1", "ids=", "ids=1&ids=2"],
    400: ["from=2016-12-31T23:59:61Z", "from=2026-02-30T00:00:00Z", "from=2026-01-01T24:00:00Z",
          "from=2026-01-01", "from=2026-01-01T00:00:00Z%0A", "share=nan", "share=inf",
          "share=-Infinity", "share=1e999", "share=.5", "share=0_0.5", "code=DE%0A", "X-Page: 0",
          "X-Page: 1_0", "ids=1&ids=x", "ids=1,2"],
})  # fmt: skip
def test_other_types_are_strict(sent: str, status: int) -> None:
    query, headers = ("", dict([sent.split(": ")])) if ": " in sent else (sent, {})
    response = send(searches_with(*STRICT), f"/searches?{query}", headers)
    assert status == response.status_code, response.text
    assert "is not a date" not in response.headers.get("X-Mock-Note", "")
    if status == 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == 400


def test_a_documents_names_beyond_ascii_fit_into_headers() -> None:
    document = searches_with(query("\u958b\u59cb_start_date"), operationId="\u691c\u7d22")
    response = send(document, "/searches?\u958b\u59cb_start_date=x")
    assert response.status_code == 400
    assert response.headers["X-Mock-Operation"] == "%E6%A4%9C%E7%B4%A2"
    assert "\u958b\u59cb_start_date" in response.json()["detail"]
