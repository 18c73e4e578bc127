"""Read request parameters strictly; those that do not match the document are a 400.

Connexion converts with `int()` and joins repeated values, so that `1_0`, `+1` or non-ASCII digits
pass as integers. Here, only the JSON notation of a number is accepted, and the compiled schema of
the original document validates the result.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
from starlette.requests import Request

from mock_server.errors import (
    ContentTooLargeError,
    InvalidRequestError,
    NotAcceptableError,
    cut,
    did_you_mean,
)
from mock_server.openapi.document import Document, Operation, Parameter
from mock_server.openapi.schemas import Shape, shape_of
from mock_server.openapi.validators import validator_of

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})\Z", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?\Z", re.ASCII)
_DATES = frozenset({"date", "date-time"})
"""Formats for which jsonschema-rs accepts a signed year."""


_LONGEST_SHOWN = 80

_NOT_PARAMETERS = frozenset({"accept", "authorization", "content-type"})
"""Header parameters with these names are ignored (OpenAPI, Parameter Object, `name`)."""

Arguments = dict[Parameter, Any]
"""The values of the parameters that were sent or have a default."""

Named = Sequence[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class _Reader:
    parameter: Parameter
    shape: Shape
    validator: jsonschema_rs.Draft202012Validator
    convert: Callable[[str], Any]

    def read(self, texts: Sequence[str]) -> Any:
        """Convert and validate the values of the parameter, of which there is at least one."""
        if self.parameter.location == "path":
            texts = [self._bare(text) for text in texts]
        value = self._many(texts) if self.shape.is_array else self._one(texts)
        if self.shape.types == {"object"}:  # generators declare classes that are sent as text so
            return value
        error = next(self.validator.iter_errors(value), None)
        if error is not None:
            raise self.refused(f": {cut(error.message)}.")
        if self.shape.schema.get("format") in _DATES and str(value).startswith(("+", "-")):
            raise self.refused(": a year has no sign.")
        return value

    def _bare(self, text: str) -> str:
        """Return the value of a path parameter without the prefix of its style."""
        prefix = self.parameter.prefix
        if not text.startswith(prefix):
            raise self.refused(f" must begin with {prefix!r}.")
        return text.removeprefix(prefix)

    def _one(self, texts: Sequence[str]) -> Any:
        if len(texts) > 1:
            raise self.refused(f" is given {len(texts)} times; give it once.")
        return self.convert(texts[0])

    def _many(self, texts: Sequence[str]) -> list[Any]:
        if self.parameter.is_repeated:
            parts = list(texts)
        else:
            parts = [part for text in texts for part in text.split(self.parameter.delimiter)]
        return [self.convert(part) for part in parts if part or len(parts) > 1]

    def refused(self, reason: str) -> InvalidRequestError:
        """Return the error for an invalid or missing value."""
        name = self.parameter.name
        return InvalidRequestError(
            f"{self.parameter.location} parameter {name!r}{reason}",
            parameter=name,
            location=self.parameter.location,
        )


class ParameterReader:
    """Read the parameters of one operation."""

    def __init__(self, document: Document, operation: Operation, *, strict: bool) -> None:
        self._strict = strict
        self._readers = tuple(
            _reader(document, parameter)
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
        given = {
            "path": list(path.items()),
            "query": query,
            "header": [(k.decode("latin-1"), v.decode("latin-1")) for k, v in headers],
            "cookie": _cookies(headers),
        }
        arguments: Arguments = {}
        for reader in self._readers:
            texts = _texts(given.get(reader.parameter.location, ()), reader.parameter)
            if texts and not (reader.parameter.allows_empty and texts == [""]):
                arguments[reader.parameter] = reader.read(texts)
            elif reader.parameter.required:
                raise reader.refused(" is required.")
            elif (default := reader.shape.schema.get("default")) is not None and (
                reader.validator.is_valid(default)
            ):
                arguments[reader.parameter] = default
        if self._is_ordered:
            places = {name: place for place, (name, _) in reversed([*enumerate(query)])}
            last = len(places)
            arguments = dict(
                sorted(arguments.items(), key=lambda one: places.get(one[0].name, last))
            )
        return arguments, self._unknown(query)

    def _unknown(self, query: Named) -> tuple[str, ...]:
        unknown = tuple(dict.fromkeys(name for name, _ in query if name not in self._query))
        if unknown and self._strict:
            raise InvalidRequestError(
                f"query parameter {cut(repr(unknown[0]))} is unknown."
                f"{did_you_mean(unknown[0][:_LONGEST_SHOWN], self._query)}",
                parameter=cut(unknown[0]),
            )
        return unknown


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
    """Return the quality of a media type or a coding in an Accept header; 0 if nothing matches.

    The most specific matching range decides.
    """
    ranges = [[word.strip().lower() for word in part.split(";")] for part in line.split(",")]
    ranks = {offered: 2, f"{offered.partition('/')[0]}/*": 1, "*/*": 0, "*": 0}
    best = (-1, 0.0)
    for name, *parameters in ranges:
        rank = ranks.get(name, -1)
        if rank > best[0]:
            best = rank, _quality(parameters)
    return best[1]


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0


def _reader(document: Document, parameter: Parameter) -> _Reader:
    shape = shape_of(document, parameter.schema)
    of = shape_of(document, shape.schema.get("items") or {}) if shape.is_array else shape
    return _Reader(parameter, shape, validator_of(document, parameter.schema), _converter(of.types))


def _converter(types: frozenset[str]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        if "integer" in types and _INTEGER.match(text):
            return int(text)
        if "number" in types and _NUMBER.match(text):
            return int(text) if _INTEGER.match(text) else float(text)
        if "boolean" in types and text in {"true", "false"}:
            return text == "true"
        return text

    return convert


def _texts(given: Named, parameter: Parameter) -> list[str]:
    if parameter.location == "header":
        wanted = parameter.name.casefold()
        return [value for name, value in given if name.casefold() == wanted]
    return [value for name, value in given if name == parameter.name]


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        text = query_string.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict")
    except UnicodeDecodeError:
        raise InvalidRequestError(
            "the query string is not percent-encoded UTF-8; encode it as in RFC 3986."
        ) from None


def _cookies(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    lines = [value.decode("latin-1") for name, value in headers if name == b"cookie"]
    crumbs = [crumb.strip().partition("=") for line in lines for crumb in line.split(";")]
    return [(name, value) for name, _, value in crumbs if name]


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
