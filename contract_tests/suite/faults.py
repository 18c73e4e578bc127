"""Finds faults of responses: secrets, server internals, and bodies that break RFCs."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contract_tests.checking.validator import unreadable
from contract_tests.errors import NotCheckedError
from contract_tests.wire.redaction import Redactor
from contract_tests.wire.request import read
from contract_tests.wire.response import Response, parsed
from mock_server import Field, OperationBinding

_INTERNALS = {
    "a stack trace": re.compile(
        r"Traceback \(most recent|File \"[^\"]+\", line \d|\bat [\w$.<> ]+\([^()\s]*:\d+(?::\d+)?\)"
        r"|\bin /\S+:\d+|goroutine \d+ \["
    ),
    "a path of the server": re.compile(
        r"(?<![\w/.])/(?:usr|srv|home|opt|var|app|etc|root)/[\w.-]+/|\b[A-Z]:\\\\?\w"
    ),
    "an address of an inner network": re.compile(
        r"\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b"
    ),
    "a name from inside the program": re.compile(
        r"\b(?:java|javax|org\.\w+|com\.\w+|System)(?:\.\w+)+(?:Exception|Error)\b"
        r"|\b(?:psycopg|sqlalchemy|hibernate|asyncpg)\b|\b\w+(?:Key|Value|Type|Index)Error\b"
        r"|\bSELECT\b.+\bFROM\b|\bSQLSTATE\b|\bORA-\d{4}"
    ),
    "the version of a program": re.compile(r"(?<![\w/])[A-Za-z][\w-]+/\d+\.\d+\.\d"),
}

_ABOUT_SERVER = frozenset({"server", "via", "x-powered-by"})
"""Headers that are meant to name software."""


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def leaks_of(response: Response, redactor: Redactor) -> list[str]:
    """Return descriptions of the leaks in a response, without their content.

    Parameters of the request are ignored, because a response may repeat them.
    """
    headers = (
        value for name, value in response.headers.items() if name.lower() not in _ABOUT_SERVER
    )
    text = "\n".join([response.text, *headers])
    query = parse_qsl(urlsplit(str(response.raw.request.url)).query)
    for value in (*response.path_values.values(), *(value for _, value in query)):
        for form in (
            value,
            _escaped(value),
            _escaped(_escaped(value)),
            _escaped(repr(value)[1:-1]),
        ):
            text = text.replace(form, "")
    found = [words for words, pattern in _INTERNALS.items() if pattern.search(text)]
    if redactor.text(text) != text:
        found.append("a token or an account id")
    return found


def has_rows(bound: OperationBinding, response: Response) -> bool:
    """Return whether an error response contains rows or totals, like a report."""
    with suppress(NotCheckedError):
        found = read(replace(bound, status=response.status), response)
        sums = (found.values.get(field) for field in (Field.TOTAL, Field.VIEWS, Field.VIEWERS))
        return bool(found.rows) or any(sums)
    return False


def faults_of(response: Response) -> Iterator[str]:
    """Yield the faults of a body by RFC 8259 (JSON), RFC 9110 (coding) and RFC 9112 (length)."""
    headers, is_head = response.headers, response.method == "HEAD"
    lengths, size = headers.getlist("Content-Length"), str(len(response.body))
    if lengths and not is_head and "Content-Encoding" not in headers and {*lengths} != {size}:
        yield f"Expected Content-Length {size}, got {', '.join(lengths)}."
    coding = headers.get("Content-Encoding", "").lower()
    if coding not in {"", "identity"}:
        accepted = response.raw.request.headers.get("Accept-Encoding", "").lower()
        if not re.search(rf"{re.escape(coding)}|\*", accepted):
            yield f"Expected an accepted Content-Encoding (RFC 9110, 12.5.3), got {coding}."
        vary = headers.get("Vary", "")
        if not re.search(r"accept-encoding|\*", vary.lower()):
            yield f"Expected Accept-Encoding in Vary (RFC 9110, 12.5.5), got {vary or 'no Vary'}."
    if "json" in response.media_type and not is_head:
        yield from _of_json(response)


def _of_json(response: Response) -> Iterator[str]:
    kind = response.headers["Content-Type"]
    charset = re.search(r";\s*charset=\"?([^\";\s]+)", kind, re.IGNORECASE)
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        yield f"Expected JSON in UTF-8 (RFC 8259, 8.1), got the charset {charset[1]}."
    if response.body.startswith(b"\xef\xbb\xbf"):
        yield "Expected no byte order mark (RFC 8259, 8.1), got one."
    if fault := unreadable(response):
        yield f"The body is not valid JSON: {fault}."
        return
    twice: set[str] = set()

    def look(pairs: list[tuple[str, Any]]) -> None:
        twice.update(
            name for name, times in Counter(name for name, _ in pairs).items() if times > 1
        )

    parsed(response.body.decode("utf-8-sig"), object_pairs_hook=look)
    if twice:
        yield f"Expected unique names (RFC 8259, 4), got duplicates: {', '.join(sorted(twice))}."
