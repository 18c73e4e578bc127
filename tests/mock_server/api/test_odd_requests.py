"""Requests that no client library would send, over a raw socket: each has one decided response."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from mock_server.settings import Settings
from mock_server.testing.mock import MockServer

Response = tuple[int, list[tuple[str, str]], bytes]
Raw = Callable[[bytes], Response]

NOW = "2026-01-31T12:00:00Z"
SEARCHES = "/api/v2/report/searches"
CONTENT = "/api/v2/report/contents/{}/visits"
SPACE = "/api/v2/report/spaces/{}/visits"
LARGEST_64 = 2**63 - 1
TOKEN = b"Authorization: Bearer demo-token-us\r\n"
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


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param("1000", 200, id="the largest limit is allowed"),
        pytest.param("1", 200, id="the smallest limit is allowed"),
        pytest.param("1001", 400, id="one more than the largest is not"),
        pytest.param("0", 400, id="one less than the smallest is not"),
        pytest.param("-1", 400, id="a negative number is not"),
        pytest.param("1_0", 400, id="an underscore between digits is no integer"),
        pytest.param("+1", 400, id="a plus is a space, and a space no integer"),
        pytest.param("%2B1", 400, id="an encoded plus is no integer"),
        pytest.param("%201", 400, id="a leading space is no integer"),
        pytest.param("1%20", 400, id="a trailing space is no integer"),
        pytest.param("01", 400, id="a leading zero is no integer"),
        pytest.param("1.0", 400, id="a decimal point is no integer"),
        pytest.param("1e1", 400, id="an exponent is no integer"),
        pytest.param("0x1", 400, id="hexadecimal is no integer"),
        pytest.param("%D9%A1", 400, id="an arabic digit is no integer"),
        pytest.param("%EF%BC%91", 400, id="a full-width digit is no integer"),
        pytest.param("9" * 5000, 400, id="five thousand digits are no integer"),
        pytest.param(str(LARGEST_64), 400, id="the largest 64-bit number is too large"),
        pytest.param(str(LARGEST_64 + 1), 400, id="more than 64 bits are too large"),
        pytest.param("", 400, id="nothing is no integer"),
        pytest.param("1%0A", 400, id="a number with a line break is no integer"),
        pytest.param("1%00", 400, id="a number with a NUL is no integer"),
        pytest.param("%00", 400, id="a NUL is no integer"),
        pytest.param("%FF", 400, id="a byte that is no UTF-8 is refused"),
        pytest.param("%", 400, id="a lone percent sign is no integer"),
        pytest.param("nan", 400, id="nan is no integer"),
        pytest.param("inf", 400, id="inf is no integer"),
        pytest.param("Infinity", 400, id="Infinity is no integer"),
        pytest.param("true", 400, id="true is no integer"),
        pytest.param("null", 400, id="null is no integer"),
        pytest.param("1;start=0", 400, id="a semicolon does not part parameters"),
        pytest.param("1&limit=1", 400, id="given twice is once too often"),
        pytest.param("1&limit=2", 400, id="given twice with two values is too"),
        pytest.param("1&&=&", 200, id="empty pairs say nothing"),
    ],
)
def test_a_limit_is_read_as_json_spells_integers(raw: Raw, value: str, status: int) -> None:
    assert_decided(raw(request(f"{SEARCHES}?limit={value}")), status)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param("0", 200, id="the first row is row zero"),
        pytest.param("-0", 200, id="minus zero is zero in JSON too"),
        pytest.param(str(2**31 - 1), 200, id="beyond the last row is an empty page"),
        pytest.param("-1", 400, id="before the first row is nothing"),
        pytest.param(str(2**31), 400, id="more than 32 bits are too large"),
        pytest.param(str(LARGEST_64 + 1), 400, id="more than 64 bits are too large"),
        pytest.param("1_0", 400, id="an underscore between digits is no integer"),
    ],
)
def test_a_start_is_bounded(raw: Raw, value: str, status: int) -> None:
    assert_decided(raw(request(f"{SEARCHES}?start={value}&limit=1")), status)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param("2026-01-01", 200, id="a day is a day"),
        pytest.param("2028-02-29", 200, id="a leap day is a day"),
        pytest.param("2026-02-29", 400, id="no leap day in an ordinary year"),
        pytest.param("2026-02-30", 400, id="February has no thirtieth"),
        pytest.param("2026-13-01", 400, id="there is no thirteenth month"),
        pytest.param("2026-1-1", 400, id="months and days have two digits"),
        pytest.param("20260101", 400, id="a day without dashes is none"),
        pytest.param("2026-W01-1", 400, id="a week date is none"),
        pytest.param("2026-01-01%0A", 400, id="a day with a line break is none"),
        pytest.param("%202026-01-01", 400, id="a day with a leading space is none"),
        pytest.param("2026-01-01T00:00:00Z", 400, id="a date-time is no day"),
        pytest.param("2016-12-31T23:59:60Z", 400, id="a leap second is no day"),
        pytest.param("%D9%A2026-01-01", 400, id="arabic digits make no day"),
        pytest.param("", 400, id="nothing is no day"),
        pytest.param("nan", 400, id="nan is no day"),
        pytest.param("0000-01-01", 200, id="the year 0000 is one in RFC 3339"),
        pytest.param("0001-01-01", 200, id="the year 0001 is the first that Python has"),
        pytest.param("9999-12-31", 200, id="the year 9999 is the last"),
        pytest.param("10000-01-01", 400, id="a year has four digits"),
        pytest.param("-001-01-01", 400, id="a year has no minus"),
        pytest.param("%2B026-01-01", 400, id="a year has no plus"),
        pytest.param("2026-01-01&{}=2026-01-01", 400, id="given twice is once too often"),
    ],
)
@pytest.mark.parametrize("name", ["startDate", "endDate"])
def test_a_day_must_exist(raw: Raw, name: str, value: str, status: int) -> None:
    response = raw(request(f"{SEARCHES}?{name}={value.format(name)}&limit=1"))
    assert_decided(response, status)
    assert "is not a date" not in (field(response, "x-mock-note") or "")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        pytest.param(CONTENT.format("1_0"), 400, id="content 1_0 is no integer"),
        pytest.param(CONTENT.format("+1"), 400, id="content +1 is no integer"),
        pytest.param(CONTENT.format("%201"), 400, id="content with a space is no integer"),
        pytest.param(CONTENT.format("01"), 400, id="content 01 is no integer"),
        pytest.param(CONTENT.format("1.0"), 400, id="content 1.0 is no integer"),
        pytest.param(CONTENT.format("%D9%A1"), 400, id="content in arabic digits is no integer"),
        pytest.param(CONTENT.format("9" * 5000), 400, id="content of 5000 digits is too large"),
        pytest.param(CONTENT.format("0"), 400, id="content 0 is too small"),
        pytest.param(CONTENT.format("-1"), 400, id="content -1 is too small"),
        pytest.param(CONTENT.format("nan"), 400, id="content nan is no integer"),
        pytest.param(CONTENT.format("inf"), 400, id="content inf is no integer"),
        pytest.param(CONTENT.format("abc"), 400, id="content abc is no integer"),
        pytest.param(CONTENT.format("%00"), 400, id="content NUL is no integer"),
        pytest.param(CONTENT.format("%FF"), 400, id="content that is no UTF-8 is no integer"),
        pytest.param(CONTENT.format("."), 400, id="content . is not the folder itself"),
        pytest.param(CONTENT.format(".."), 400, id="content .. is not the folder above"),
        pytest.param(CONTENT.format("1%0A"), 404, id="content with a line break is no path"),
        pytest.param(CONTENT.format(LARGEST_64), 404, id="content of 64 bits is unknown"),
        pytest.param(CONTENT.format(LARGEST_64 + 1), 400, id="content of more is too large"),
        pytest.param(CONTENT.format(""), 404, id="content without an id is no path"),
        pytest.param(SPACE.format("a%2Fb"), 404, id="space with an encoded slash is no path"),
        pytest.param(SPACE.format("a/b"), 404, id="space with a slash is no path"),
        pytest.param(SPACE.format("%00"), 404, id="space NUL is unknown"),
        pytest.param(SPACE.format("%FF"), 404, id="space that is no UTF-8 is unknown"),
        pytest.param(SPACE.format("%F0%9F%98%80"), 404, id="space of an emoji is unknown"),
        pytest.param(SPACE.format("."), 404, id="space . is unknown"),
        pytest.param(SPACE.format(".."), 404, id="space .. is unknown"),
        pytest.param(SPACE.format("%2E%2E"), 404, id="space of encoded dots is unknown"),
        pytest.param(SPACE.format("{0}"), 404, id="space of the template is unknown"),
        pytest.param(SPACE.format("DOCS%0A"), 404, id="space with a line break is no path"),
        pytest.param(SPACE.format("x" * 255), 404, id="space of 255 characters is unknown"),
        pytest.param(SPACE.format("x" * 256), 400, id="space of 256 characters is too long"),
        pytest.param(SPACE.format(""), 404, id="space without a key is no path"),
    ],
)
def test_ids_are_validated_before_they_are_looked_up(raw: Raw, target: str, status: int) -> None:
    assert_decided(raw(request(target)), status)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        pytest.param("/api/v2/report/%73earches", 200, id="an encoded letter is the letter"),
        pytest.param(f"http://127.0.0.1{SEARCHES}", 200, id="the absolute form is the path"),
        pytest.param(f"{SEARCHES}#limit=x", 200, id="a fragment is left out"),
        pytest.param(f"{SEARCHES}/", 404, id="a slash at the end is another path"),
        pytest.param(f"{SEARCHES}%2F", 404, id="an encoded slash at the end is too"),
        pytest.param(CONTENT.format(1) + "/", 404, id="so is one after a content's visits"),
        pytest.param(f"/{SEARCHES}", 404, id="a doubled slash is another path"),
        pytest.param("/api/v2/report/./searches", 404, id="a dot is a segment"),
        pytest.param("/api/v2/report/x/../searches", 404, id="two dots are a segment"),
        pytest.param(f"{SEARCHES}%00", 404, id="a NUL at the end is another path"),
        pytest.param(f"{SEARCHES}%0A", 404, id="a line break at the end is another path"),
        pytest.param(f"{SEARCHES}%20", 404, id="a space at the end is another path"),
        pytest.param(SEARCHES.upper(), 404, id="case matters"),
        pytest.param("/api/report/searches", 410, id="version 1 has ended"),
        pytest.param("/%FF", 404, id="no UTF-8 leads nowhere"),
        pytest.param("/%", 404, id="a lone percent sign leads nowhere"),
        pytest.param("*", 404, id="the asterisk form is for OPTIONS"),
    ],
)
def test_a_path_is_taken_literally(raw: Raw, target: str, status: int) -> None:
    response = raw(request(target))
    assert_decided(response, status)
    assert field(response, "location") is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("a" * 32_000, 200, id="32,000 bytes of query are read"),
        pytest.param("a" * 32_768, 414, id="one more is too long"),
        pytest.param("limit=" + "9" * 32_768, 414, id="too long comes before wrong"),
        pytest.param("%FF=1", 400, id="a name that is no UTF-8 is refused"),
        pytest.param("a=%C3%28", 400, id="a value that is no UTF-8 is refused even if unknown"),
        pytest.param("a=%ED%A0%80", 400, id="half a surrogate pair is no UTF-8"),
        pytest.param("a%00b=1&limit=1", 200, id="an unknown name may hold a NUL"),
        pytest.param("a%1B%7F=1&limit=1", 200, id="an unknown name may hold control characters"),
        pytest.param("%F0%9F%98%80=1&limit=1", 200, id="an unknown name may hold an emoji"),
        pytest.param("=1&limit=1", 200, id="a value without a name says nothing"),
        pytest.param("limit", 400, id="a name without a value is empty"),
    ],
)
def test_a_query_is_utf_8_and_not_endless(raw: Raw, query: str, status: int) -> None:
    assert_decided(raw(request(f"{SEARCHES}?{query}")), status)


def test_an_unknown_name_cannot_make_up_headers(raw: Raw) -> None:
    response = raw(request(f"{SEARCHES}?a%0D%0AX-Evil:%201=1&b%00=&c%7F&limit=1"))
    assert_decided(response, 200)
    assert field(response, "x-evil") is None
    assert field(response, "x-mock-unknown-parameters") == "a%0D%0AX-Evil%3A%201, b%00, c%7F"


def test_a_long_value_is_not_repeated_in_full(raw: Raw) -> None:
    response = raw(request(f"{SEARCHES}?limit={'9' * 5_000}"))
    assert len(response[2]) < 500
    assert "…" in json.loads(response[2])["detail"]


NO_ERROR_CODE = 'Bearer realm="Viewtracker"'


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"Authorization:\r\n", False, id="an empty line"),
        pytest.param(b"Authorization: Bearer\r\n", False, id="a scheme without token"),
        pytest.param(b"Authorization: Bearer   \r\n", False, id="a scheme with blanks only"),
        pytest.param(b"Authorization: demo-token-us\r\n", False, id="a token without scheme"),
        pytest.param(b"Authorization: Basic ZGVtbzp4\r\n", False, id="another scheme"),
        pytest.param(b"Authorization: Bearerdemo-token-us\r\n", False, id="no blank between"),
        pytest.param(b"Authorization: Bearer,demo-token-us\r\n", False, id="a comma between"),
        pytest.param(b"Authorization: Bearer\tdemo-token-us\r\n", False, id="a tab between"),
        pytest.param(b"Authorization: Token demo-token-us\r\n", False, id="a scheme of its own"),
        pytest.param(b"X-Authorization: Bearer demo-token-us\r\n", False, id="another header"),
        pytest.param(b"Cookie: Authorization=demo-token-us\r\n", False, id="a cookie"),
        pytest.param(TOKEN + TOKEN, True, id="two lines with the same token"),
        pytest.param(TOKEN + b"Authorization: Basic x\r\n", True, id="two lines with two schemes"),
        pytest.param(b"Authorization: Bearer wrong\r\n", True, id="an unknown token"),
        pytest.param(b"Authorization: Bearer demo-token-de\r\n", True, id="the other residency's"),
        pytest.param(b"Authorization: Bearer DEMO-TOKEN-US\r\n", True, id="a token in capitals"),
        pytest.param(b'Authorization: Bearer "demo-token-us"\r\n', True, id="a token in quotes"),
        pytest.param(b"Authorization: Bearer demo-token-us x\r\n", True, id="a word too many"),
        pytest.param(b"Authorization: Bearer demo-token-us, Basic x\r\n", True, id="a list"),
        pytest.param(b"Authorization: Bearer demo-token-us%00\r\n", True, id="an encoded NUL"),
        pytest.param(b"Authorization: Bearer \xe9\xff\r\n", True, id="bytes beyond ASCII"),
        pytest.param(b"Authorization: Bearer \xed\xa0\x80\r\n", True, id="half a surrogate"),
        pytest.param(b"Authorization: Bearer " + b"x" * 20_000 + b"\r\n", True, id="20 kB"),
    ],
)
@pytest.mark.parametrize("target", [SEARCHES, CONTENT.format(1), f"{SEARCHES}?limit=x", "/nothing"])
def test_all_but_a_single_bearer_are_401(
    raw: Raw, target: str, fields: bytes, *, told: bool
) -> None:
    response = raw(request(target, fields=fields))
    challenge = field(response, "www-authenticate") or ""
    assert_decided(response, 401)
    assert challenge.startswith(NO_ERROR_CODE)
    assert told == ('error="invalid_token"' in challenge)
    assert told == (challenge != NO_ERROR_CODE)
    assert b"demo-token" not in response[2]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"bearer demo-token-us", id="lower case"),
        pytest.param(b"BEARER demo-token-us", id="capitals"),
        pytest.param(b"Bearer   demo-token-us", id="several blanks"),
        pytest.param(b"  Bearer demo-token-us \t", id="blanks around"),
    ],
)
def test_a_scheme_is_read_without_case_and_blanks(raw: Raw, value: bytes) -> None:
    response = raw(request(f"{SEARCHES}?limit=1", fields=b"authorization:" + value + b"\r\n"))
    assert_decided(response, 200)


METHODS = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "QUERY"]


@pytest.mark.parametrize("target", [SEARCHES, CONTENT.format(1), SPACE.format("x")])
@pytest.mark.parametrize("fields", [TOKEN, b""], ids=["with a token", "without"])
@pytest.mark.parametrize("method", METHODS)
def test_other_methods_are_405_with_allow(
    raw: Raw, method: str, fields: bytes, target: str
) -> None:
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
    [
        pytest.param(f"{SEARCHES}?endDate=2026-01-30&limit=3", TOKEN, id="success"),
        pytest.param(f"{SEARCHES}?limit=0", TOKEN, id="a bad request"),
        pytest.param(SEARCHES, b"", id="no token"),
        pytest.param("/nothing", TOKEN, id="no such path"),
    ],
)
def test_head_is_get_without_its_body(raw: Raw, target: str, fields: bytes) -> None:
    def lasting(response: Response) -> list[tuple[str, str]]:
        return [one for one in response[1] if one[0] != "date"]

    got = raw(request(target, fields=fields))
    head = raw(request(target, method="HEAD", fields=fields))

    assert got[0] == head[0]
    assert lasting(got) == lasting(head)
    assert field(head, "content-length") == str(len(got[2]))
    assert head[2] == b""


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        pytest.param(b"application/json", 200, id="JSON"),
        pytest.param(b"*/*", 200, id="anything"),
        pytest.param(b"application/*", 200, id="any application type"),
        pytest.param(b"application/json; charset=utf-8", 200, id="JSON in UTF-8"),
        pytest.param(b"APPLICATION/JSON", 200, id="JSON in capitals"),
        pytest.param(b"text/html, */*;q=0.1", 200, id="at worst anything"),
        pytest.param(b"text/html\r\nAccept: application/json", 200, id="JSON in a second line"),
        pytest.param(b"", 200, id="nothing"),
        pytest.param(b"garbage", 200, id="garbage"),
        pytest.param(b",;,=", 200, id="more garbage"),
        pytest.param(b"\xff\xfe", 200, id="garbage beyond ASCII"),
        pytest.param(b"application/xml", 406, id="XML only"),
        pytest.param(b"text/*", 406, id="text only"),
        pytest.param(b"application/json;q=0", 406, id="no JSON"),
        pytest.param(b"*/*;q=0", 406, id="nothing at all"),
        pytest.param(b"application/json;q=0, */*", 406, id="all but JSON"),
        pytest.param(b"application/vnd.api+json", 406, id="another kind of JSON"),
    ],
)
def test_what_a_client_accepts_is_minded(raw: Raw, accept: bytes, status: int) -> None:
    fields = TOKEN + b"Accept: " + accept + b"\r\n"
    assert_decided(raw(request(f"{SEARCHES}?limit=1", fields=fields)), status)


@pytest.mark.parametrize(
    ("target", "fields", "status"),
    [
        pytest.param("/nothing", b"Accept: text/html\r\n", 401, id="a token comes before a path"),
        pytest.param(SEARCHES, b"Accept: text/html\r\n", 401, id="and before an Accept header"),
        pytest.param(f"{SEARCHES}?limit=x", b"", 401, id="and before a parameter"),
        pytest.param(f"{SEARCHES}?{'a' * 33_000}", b"", 414, id="but after the query's length"),
        pytest.param(f"{SEARCHES}/", b"", 404, id="and after the slash at the end"),
        pytest.param(
            f"{SEARCHES}?limit=x", TOKEN + b"Accept: text/html\r\n", 406, id="Accept before limit"
        ),
        pytest.param(
            SPACE.format("nope") + "?limit=x", TOKEN, 400, id="a parameter before a space"
        ),
    ],
)
def test_of_several_errors_one_is_reported(
    raw: Raw, target: str, fields: bytes, status: int
) -> None:
    assert_decided(raw(request(target, fields=fields)), status)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(b"Content-Length: 3\r\n\r\n\xff\xff\xff", id="a body that is no text"),
        pytest.param(
            b"Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{", id="half a JSON body"
        ),
        pytest.param(
            b"Content-Type: multipart/form-data\r\nContent-Length: 1\r\n\r\n{",
            id="a form without boundary",
        ),
        pytest.param(b"Content-Type: \xff\r\n", id="an unreadable Content-Type"),
        pytest.param(b"Content-Type: ;=\r\nContent-Length: 1\r\n\r\n{", id="no Content-Type"),
        pytest.param(b"Cookie: \xff=\xff;;=;a\r\n", id="a cookie beyond ASCII"),
        pytest.param(b"Accept-Encoding: \xff, gzip;q=x\r\n", id="an unreadable Accept-Encoding"),
        pytest.param(b"Origin: \xff\r\n", id="an unreadable Origin"),
        pytest.param(b"Accept-Language: \xff\r\n", id="an unreadable Accept-Language"),
        pytest.param(b"X-Forwarded-For: \xff, ::\r\n", id="an unreadable forwarder"),
        pytest.param(b"X-Forwarded-Proto: \xff\r\n", id="an unreadable protocol"),
        pytest.param(b"Range: bytes=5-1\r\n", id="a range turned around"),
        pytest.param(b"Expect: 200-ok\r\n", id="an expectation that nobody knows"),
        pytest.param(b"Upgrade: h2c\r\n", id="an upgrade that is not offered"),
        pytest.param(b"X-Http-Method-Override: DELETE\r\n", id="another method in a header"),
        pytest.param(b"If-Modified-Since: yesterday\r\n", id="a condition on yesterday"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_has_no_meaning_here_does_no_harm(raw: Raw, method: str, fields: bytes) -> None:
    head, _, body = fields.partition(b"\r\n\r\n")
    sent = request(f"{SEARCHES}?limit=1", method=method, fields=TOKEN + head.rstrip() + b"\r\n")
    response = raw(sent + body)
    assert response[0] == 200
    assert field(response, "content-type") == "application/json"


@pytest.mark.parametrize(
    "host",
    [b"\xff\xfe", b"", b":", b"[", b"[::1", b"[::1]:8080", b"us", b"de", b".", b"x" * 5_000],
    ids=lambda host: host[:10].decode("latin-1") or "empty",
)
def test_a_host_that_is_nobodys_is_responseed_by_port(raw: Raw, host: bytes) -> None:
    line = f"GET {SEARCHES}?limit=1 HTTP/1.1\r\nConnection: close\r\nHost: ".encode()
    response = raw(line + host + b"\r\n" + TOKEN + b"\r\n")
    assert_decided(response, 200)
    assert field(response, "x-mock-residency") == "us"


def test_http_1_0_needs_no_host(raw: Raw) -> None:
    assert_decided(raw(f"GET {SEARCHES}?limit=1 HTTP/1.0\r\n".encode() + TOKEN + b"\r\n"), 200)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"GET\r\n\r\n", id="a line of one word"),
        pytest.param(b"GARBAGE / HTTP/1.1\r\n\r\n", id="a method that nobody knows"),
        pytest.param(request(SEARCHES, method="get"), id="a method in lower case"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", id="a version to come"),
        pytest.param(b"GET / HTTP/1.1\r\nHost a\r\n\r\n", id="a header without colon"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", id="a NUL in a header"),
        pytest.param(b"GET /\xff HTTP/1.1\r\n\r\n", id="a path beyond ASCII"),
        pytest.param(b"GET /?\xff HTTP/1.1\r\n\r\n", id="a query beyond ASCII"),
        pytest.param(b"GET /\x00 HTTP/1.1\r\n\r\n", id="a NUL in a path"),
        pytest.param(request("/" + "a" * 70_000), id="a path of 70 kB"),
        pytest.param(
            request(SEARCHES, fields=TOKEN + b"Content-Length: x\r\n"), id="a length in letters"
        ),
        pytest.param(
            request(SEARCHES, fields=TOKEN + b"Transfer-Encoding: chunked\r\n") + b"zz\r\n",
            id="a chunk without length",
        ),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="TLS"),
    ],
)
def test_what_is_no_http_is_refused_below_us(raw: Raw, sent: bytes) -> None:
    status, _, body = raw(sent)
    assert status == 400
    assert body == UVICORNS_OWN


MOMENTS = """
openapi: 3.0.3
info: {title: Moments, version: "1"}
paths:
  /searches:
    get:
      operationId: searches
      parameters:
        - {name: from, in: query, schema: {type: string, format: date-time}}
        - {name: share, in: query, schema: {type: number, minimum: 0, maximum: 1}}
        - {name: code, in: query, schema: {type: string, pattern: "^[A-Z]{2}$"}}
        - {name: X-Page, in: header, schema: {type: integer, minimum: 1}}
        - {name: ids, in: query, schema: {type: array, items: {type: integer}}}
      responses:
        "200":
          description: OK
          content:
            application/json:
              schema:
                type: object
                properties:
                  results:
                    type: array
                    items:
                      type: object
                      properties: {searchTerm: {type: string}}
"""


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    """A mock of a document with the parameter types that ours has no use for."""
    path: Path = tmp_path_factory.mktemp("documents") / "moments.yaml"
    path.write_text(MOMENTS, encoding="utf-8")
    with MockServer(Settings(port=0, de_port=0, world="tiny", document=path)) as running:
        yield running


@pytest.mark.parametrize(
    ("query", "fields", "status"),
    [
        pytest.param("from=2016-12-31T23:59:60Z", {}, 200, id="a leap second is a moment"),
        pytest.param("from=2016-12-31T23:59:61Z", {}, 400, id="a second one is not"),
        pytest.param("from=2026-02-30T00:00:00Z", {}, 400, id="February has no thirtieth"),
        pytest.param("from=0000-01-01T00:00:00Z", {}, 200, id="the year 0000 is a year"),
        pytest.param("from=9999-12-31T23:59:59.999Z", {}, 200, id="the year 9999 is the last"),
        pytest.param("from=9999-12-31T23:59:59-23:59", {}, 200, id="even further west"),
        pytest.param("from=0001-01-01T00:00:00%2B23:59", {}, 200, id="and the first further east"),
        pytest.param("from=2026-01-01T24:00:00Z", {}, 400, id="a day has no hour 24"),
        pytest.param("from=2026-01-01", {}, 400, id="a day is no moment"),
        pytest.param("from=2026-01-01T00:00:00Z%0A", {}, 400, id="no line break after a moment"),
        pytest.param("from=2026-01-01T00:00:00.123456789Z", {}, 200, id="nanoseconds are fine"),
        pytest.param("share=0.5", {}, 200, id="a half is a number"),
        pytest.param("share=5e-1", {}, 200, id="a half is one with an exponent too"),
        pytest.param("share=nan", {}, 400, id="nan is no number"),
        pytest.param("share=inf", {}, 400, id="inf is no number"),
        pytest.param("share=-Infinity", {}, 400, id="neither is -Infinity"),
        pytest.param("share=1e999", {}, 400, id="a number too large for floats is too large"),
        pytest.param("share=.5", {}, 400, id="JSON wants a digit before the point"),
        pytest.param("share=0_0.5", {}, 400, id="and no underscores"),
        pytest.param("code=DE", {}, 200, id="two letters match the pattern"),
        pytest.param("code=DE%0A", {}, 400, id="two letters and a line break do not"),
        pytest.param("", {"X-Page": "1"}, 200, id="a header is read as an integer"),
        pytest.param("", {"X-Page": "0"}, 400, id="and judged as one"),
        pytest.param("", {"X-Page": "1_0"}, 400, id="and spelt as one"),
        pytest.param("ids=", {}, 200, id="an empty list is a list"),
        pytest.param("ids=1&ids=2", {}, 200, id="a list is given by repeating"),
        pytest.param("ids=1&ids=x", {}, 400, id="each item is judged"),
        pytest.param("ids=1,2", {}, 400, id="an exploded list has no commas"),
    ],
)
def test_other_types_are_strict(
    moments: MockServer, query: str, fields: dict[str, str], status: int
) -> None:
    response = httpx.get(f"{moments.url}/searches?{query}", headers=fields, timeout=60)
    assert status == response.status_code, response.text
    assert "is not a date" not in response.headers.get("X-Mock-Note", "")
    if status == 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == 400


BEYOND_ASCII = """
openapi: 3.0.3
info: {title: Japanese, version: "1"}
paths:
  /searches:
    get:
      operationId: "\u691c\u7d22"
      parameters: [{name: "\u958b\u59cb_start_date", in: query, schema: {type: string}}]
      responses:
        "200":
          description: OK
          content:
            application/json:
              schema:
                type: object
                properties:
                  results: {type: array, items: {properties: {searchTerm: {type: string}}}}
"""


def test_a_documents_names_beyond_ascii_fit_into_headers(tmp_path: Path) -> None:
    path = tmp_path / "japanese.yaml"
    path.write_text(BEYOND_ASCII, encoding="utf-8")
    with MockServer(Settings(port=0, de_port=0, world="tiny", document=path)) as mock:
        response = httpx.get(f"{mock.url}/searches?\u958b\u59cb_start_date=x", timeout=60)
    assert response.status_code == 400
    assert response.headers["X-Mock-Operation"] == "%E6%A4%9C%E7%B4%A2"
    assert "\u958b\u59cb_start_date" in response.json()["detail"]
