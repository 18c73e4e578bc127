"""Whether bodies are what RFC 8259 (JSON) and RFC 9112 (their length) make of them."""

import re
from collections.abc import Iterator
from typing import Any

from contract_tests.judging.judge import unreadable
from contract_tests.wire.response import Response, parsed

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def faults_of(response: Response) -> Iterator[str]:
    """Say what is wrong with a body, whatever it should tell."""
    yield from _of_length(response)
    yield from _of_coding(response)
    if "json" not in response.media_type or response.method == "HEAD":
        return
    charset = re.search(
        r";\s*charset=\"?([^\";\s]+)", response.headers["content-type"], re.IGNORECASE
    )
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        yield f"JSON is always UTF-8 (RFC 8259, 8.1); the content type says {charset[1]}."
    if response.body.startswith(_BYTE_ORDER_MARK):
        yield "The body begins with a byte order mark (RFC 8259, 8.1)."
    if fault := unreadable(response):
        yield f"The body is not valid JSON: {fault}."
    elif twice := _named_twice(response):
        yield f"Objects name {', '.join(sorted(twice))} twice (RFC 8259, 4)."


def _of_coding(response: Response) -> Iterator[str]:
    coding, asked = (
        there.get(name, "").lower()
        for there, name in (
            (response.headers, "Content-Encoding"),
            (response.raw.request.headers, "Accept-Encoding"),
        )
    )
    if coding not in {"", "identity"} and not re.search(rf"{re.escape(coding)}|\*", asked):
        yield f"Content-Encoding is {coding}, which nobody asked for (RFC 9110, 12.5.3)."


def _of_length(response: Response) -> Iterator[str]:
    lengths = response.headers.getlist("Content-Length")
    is_plain = response.method != "HEAD" and "Content-Encoding" not in response.headers
    if lengths and is_plain and set(lengths) != {str(len(response.body))}:
        yield f"Content-Length is {', '.join(lengths)}, and the body has {len(response.body)} bytes."


def _named_twice(response: Response) -> set[str]:
    twice: set[str] = set()
    if len(re.findall(rb'"\s*:', response.body)) == response.paths.total():
        return twice  # none of the names that there may be was lost by reading

    def look(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice.update(name for name in names if names.count(name) > 1)

    parsed(response.body.decode("utf-8-sig"), object_pairs_hook=look)
    return twice
