"""Checks that bodies are well-formed by RFC 8259 (JSON) and RFC 9112 (length)."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from contract_tests.checking.validator import unreadable
from contract_tests.wire.response import Response, parsed

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def faults_of(response: Response) -> Iterator[str]:
    """Yield the faults of a body, independent of the document."""
    yield from _of_length(response)
    yield from _of_coding(response)
    if "json" not in response.media_type or response.method == "HEAD":
        return
    charset = re.search(
        r";\s*charset=\"?([^\";\s]+)", response.headers["content-type"], re.IGNORECASE
    )
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        yield f"Expected JSON in UTF-8 (RFC 8259, 8.1), got the charset {charset[1]}."
    if response.body.startswith(_BYTE_ORDER_MARK):
        yield "Expected no byte order mark (RFC 8259, 8.1), got one."
    if fault := unreadable(response):
        yield f"The body is not valid JSON: {fault}."
    elif twice := _named_twice(response):
        yield f"Expected unique names (RFC 8259, 4), got duplicates: {', '.join(sorted(twice))}."


def _of_coding(response: Response) -> Iterator[str]:
    coding, accepted = (
        there.get(name, "").lower()
        for there, name in (
            (response.headers, "Content-Encoding"),
            (response.raw.request.headers, "Accept-Encoding"),
        )
    )
    if coding not in {"", "identity"} and not re.search(rf"{re.escape(coding)}|\*", accepted):
        yield f"Expected an accepted Content-Encoding (RFC 9110, 12.5.3), got {coding}."
    vary = response.headers.get("Vary", "")
    if coding not in {"", "identity"} and not re.search(r"accept-encoding|\*", vary.lower()):
        yield f"Expected Accept-Encoding in Vary (RFC 9110, 12.5.5), got {vary or 'no Vary'}."


def _of_length(response: Response) -> Iterator[str]:
    lengths = response.headers.getlist("Content-Length")
    is_plain = response.method != "HEAD" and "Content-Encoding" not in response.headers
    if lengths and is_plain and set(lengths) != {str(len(response.body))}:
        yield f"Expected Content-Length {len(response.body)}, got {', '.join(lengths)}."


def _named_twice(response: Response) -> set[str]:
    twice: set[str] = set()

    def look(pairs: list[tuple[str, Any]]) -> None:
        names = Counter(name for name, _ in pairs)
        twice.update((names - Counter(set(names))).keys())

    parsed(response.body.decode("utf-8-sig"), object_pairs_hook=look)
    return twice
