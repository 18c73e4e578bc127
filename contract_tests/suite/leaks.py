"""Finds secrets and server internals in responses."""

import re
from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from contract_tests.errors import NotCheckedError
from contract_tests.wire.redaction import Redactor
from contract_tests.wire.request import read
from contract_tests.wire.response import Response
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
        text = text.replace(value, "")
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
