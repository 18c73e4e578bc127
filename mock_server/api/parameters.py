"""Read request parameters strictly; those that do not match the document are a 400.

Connexion converts with `int()` and joins repeated values, so that `1_0`, `+1` or non-ASCII digits
pass as integers. Here, only the JSON notation of a number is accepted, and the compiled schema of
the original document validates the result.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from mock_server.errors import (
    ContentTooLargeError,
    InvalidRequestError,
    NotAcceptableError,
    cut,
    did_you_mean,
)
from mock_server.openapi.document import Document, Operation, Parameter
from mock_server.openapi.schemas import shape_of
from mock_server.openapi.validators import validator_of

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})\Z", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?\Z", re.ASCII)
_QUALITY = re.compile(r";\s*q\s*=\s*(\d+\.?\d*|\.\d+)", re.ASCII)
_DATES = frozenset({"date", "date-time"})
"""Formats for which jsonschema-rs accepts a signed year."""
_LONGEST_SHOWN = 80
_NOT_PARAMETERS = frozenset({"accept", "authorization", "content-type"})
"""Header parameters with these names are ignored (OpenAPI, Parameter Object, `name`)."""

Arguments = dict[Parameter, Any]
"""The values of the parameters that were sent or have a default."""


class _Reader:
    """Read one parameter."""

    def __init__(self, document: Document, parameter: Parameter) -> None:
        self.parameter = parameter
        self.name = parameter.name
        if parameter.location == "header":
            self.name = self.name.casefold()
        self._shape = shape_of(document, parameter.schema)
        self._validator = validator_of(document, parameter.schema)
        items = self._shape.schema.get("items") or {}
        self._types = (shape_of(document, items) if self._shape.is_array else self._shape).types
        default = self._shape.schema.get("default")
        self.default = default if self._validator.is_valid(default) else None

    def read(self, texts: Sequence[str]) -> Any:
        """Convert and validate the values of the parameter, of which there is at least one."""
        value = self._converted(texts)
        if self._shape.types == {"object"}:  # generators declare classes that are sent as text so
            return value
        error = next(self._validator.iter_errors(value), None)
        if error is not None:
            raise self.refused(f": {cut(error.message)}.")
        if self._shape.schema.get("format") in _DATES and str(value).startswith(("+", "-")):
            raise self.refused(": a year has no sign.")
        return value

    def _converted(self, texts: Sequence[str]) -> Any:
        parameter = self.parameter
        if parameter.location == "path" and parameter.prefix:
            if not texts[0].startswith(parameter.prefix):
                raise self.refused(f" must begin with {parameter.prefix!r}.")
            texts = [texts[0].removeprefix(parameter.prefix)]
        if self._shape.is_array:
            if not parameter.is_repeated:
                texts = [part for text in texts for part in text.split(parameter.delimiter)]
            return [self._one(text) for text in texts if text or len(texts) > 1]
        if len(texts) > 1:
            raise self.refused(f" is given {len(texts)} times; give it once.")
        return self._one(texts[0])

    def _one(self, text: str) -> Any:
        if "integer" in self._types and _INTEGER.match(text):
            return int(text)
        if "number" in self._types and _NUMBER.match(text):
            return int(text) if _INTEGER.match(text) else float(text)
        if "boolean" in self._types and text in {"true", "false"}:
            return text == "true"
        return text

    def refused(self, reason: str) -> InvalidRequestError:
        """Return the error for an invalid or missing value."""
        name, location = self.parameter.name, self.parameter.location
        detail = f"{location} parameter {name!r}{reason}"
        return InvalidRequestError(detail, parameter=name, location=location)


class ParameterReader:
    """Read the parameters of one operation."""

    def __init__(self, document: Document, operation: Operation, *, strict: bool) -> None:
        self._strict = strict
        self._readers = tuple(
            _Reader(document, parameter)
            for parameter in operation.parameters
            if parameter.location != "header" or parameter.name.lower() not in _NOT_PARAMETERS
        )
        self._query = {p.name for p in operation.parameters if p.location == "query"}
        self._is_ordered = sum("[" in name for name in self._query) > 1
        """Whether the order of parameters in a request matters, as of `order[views]`."""

    def read(
        self,
        *,
        path: Mapping[str, str],
        query_string: bytes,
        headers: Sequence[tuple[bytes, bytes]],
    ) -> tuple[Arguments, tuple[str, ...]]:
        """Return the arguments, and the names of undeclared query parameters.

        Raises:
            InvalidRequestError: If a value does not match its schema, a required one is missing,
                the query string is not UTF-8, or a parameter is unknown and the reader is strict.
        """
        query = _pairs(query_string)
        lines = [(k.decode("latin-1").casefold(), v.decode("latin-1")) for k, v in headers]
        crumbs = [crumb.strip().partition("=") for name, line in lines if name == "cookie"
                  for crumb in line.split(";")]  # fmt: skip
        given: dict[str, Collection[tuple[str, str]]] = {
            "path": path.items(),
            "query": query,
            "header": lines,
            "cookie": [(name, value) for name, _, value in crumbs],
        }
        arguments: Arguments = {}
        for reader in self._readers:
            parameter = reader.parameter
            sent = given.get(parameter.location, ())
            texts = [text for name, text in sent if name == reader.name]
            if texts and not (parameter.allows_empty and texts == [""]):
                arguments[parameter] = reader.read(texts)
            elif parameter.required:
                raise reader.refused(" is required.")
            elif reader.default is not None:
                arguments[parameter] = reader.default
        if self._is_ordered:
            places = {name: place for place, (name, _) in reversed([*enumerate(query)])}
            last = len(places)
            arguments = dict(
                sorted(arguments.items(), key=lambda one: places.get(one[0].name, last))
            )
        unknown = tuple(dict.fromkeys(name for name, _ in query if name not in self._query))
        if unknown and self._strict:
            hint = did_you_mean(unknown[0][:_LONGEST_SHOWN], self._query)
            detail = f"query parameter {cut(repr(unknown[0]))} is unknown.{hint}"
            raise InvalidRequestError(detail, parameter=cut(unknown[0]))
        return arguments, unknown


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        text = query_string.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict")
    except UnicodeDecodeError:
        raise InvalidRequestError(
            "the query string is not percent-encoded UTF-8; encode it as in RFC 3986."
        ) from None


def negotiate(headers: Sequence[tuple[bytes, bytes]], offered: Sequence[str]) -> str:
    """Return the media type offered by an operation that the client prefers.

    Invalid media ranges are ignored and quality values are parsed leniently (RFC 9110, section
    12.5.1), because old clients send `text/html, *; q=.2, */*; q=.2`.

    Raises:
        NotAcceptableError: If the client accepts none of them.
    """
    line = ",".join([value.decode("latin-1") for name, value in headers if name == b"accept"])
    if "/" not in line or "*" in "".join(offered):  # no usable Accept header
        return offered[0]
    qualities = {name: quality_of(name.partition(";")[0].lower(), line) for name in offered}
    best = max(offered, key=lambda name: qualities[name])
    if not qualities[best]:
        raise NotAcceptableError(
            f"This operation returns {', '.join(offered)}, which the Accept header {line[:100]!r} "
            "refuses."
        )
    return best


def quality_of(offered: str, line: str) -> float:
    """Return the quality of a media type or a coding by its most specific range; 0 if none matches."""
    ranks = {offered: 2, f"{offered.partition('/')[0]}/*": 1, "*/*": 0, "*": 0}
    best = (-1, 0.0)
    for part in line.lower().split(","):
        rank = ranks.get(part.partition(";")[0].strip(), -1)
        if rank > best[0]:
            sent = _QUALITY.search(part)
            best = rank, float(sent[1]) if sent else 1.0
    return best[1]


async def read_body(request: Request, most: int, refusal: str) -> bytes:
    """Return the body of a request.

    Raises:
        ContentTooLargeError: If the body has more than `most` bytes, or is announced to have;
            its detail is `refusal`.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and float(announced) > most:  # `int` refuses thousands of digits
        raise ContentTooLargeError(refusal)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise ContentTooLargeError(refusal)
    return bytes(body)
