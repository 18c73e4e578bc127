"""Requests that work with this mock: their arguments, targets, credentials and curl commands."""

import base64
import shlex
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from mock_server.api.generate import invent
from mock_server.binding.fields import Part, Unit
from mock_server.binding.model import OperationBinding, ParameterBinding
from mock_server.clock import DAY, SECOND, day_of, to_rfc3339
from mock_server.data.fields import number_of, uuid_of
from mock_server.data.site import Site
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.lower import PREFIX, served_schemes
from mock_server.openapi.schemas import shape_of
from mock_server.world.domain import ANONYMOUS
from mock_server.world.model import DEMO_API_TOKEN

Given = Mapping[Part, Any]
"""Example values that replace the document's, also for optional parameters; range bounds are
epoch milliseconds, the end exclusive."""


def example_arguments(
    document: Document,
    operation: Operation,
    bound: OperationBinding | None,
    site: Site,
    given: Given = MappingProxyType({}),
) -> dict[str, Any]:
    """Return a working value for each required parameter and for each parameter in `given`."""
    content, now = site.example_content(), site.clock.now()
    values: dict[Part, Any] = {
        Part.CONTENT_ID: content.id,
        Part.SPACE_KEY: content.space_key,
        Part.ACCOUNT: next((account.id for account in site.world.accounts), ANONYMOUS),
        Part.SITE_URL: site.world.site_url,
        Part.START: now - 7 * DAY,
        Part.END: now,
        Part.OFFSET: 0,
        Part.LIMIT: 10,
        Part.TIME_ZONE: "Europe/Berlin",
        Part.GROUPING: "user",
        **given,
    }
    parts = {} if bound is None else {binding.parameter: binding for binding in bound.parameters}
    found: dict[str, Any] = {}
    for parameter in operation.parameters:
        one = parts.get(parameter)
        part = None if one is None else one.part
        if (
            one is not None
            and part is not None
            and (part in given or (parameter.required and part in values and not one.values))
        ):
            found[parameter.name] = _written(document, one, values[part])
        elif parameter.required:
            value = invent(document, parameter.schema, parameter.name)
            items = shape_of(document, parameter.schema).schema.get("items") or {}
            found[parameter.name] = value or ([invent(document, items, parameter.name)] if value == []
                                              else value)  # fmt: skip
    return found


def _written(document: Document, bound: ParameterBinding, value: Any) -> Any:
    shape = shape_of(document, bound.parameter.schema)
    is_number = bool({"integer", "number"} & shape.types)
    if bound.part in {Part.START, Part.END}:
        if bound.unit is Unit.DATE_TIME:
            return to_rfc3339(value)
        if bound.unit in {Unit.SECONDS, Unit.MILLISECONDS}:
            moment = value if bound.unit is Unit.MILLISECONDS else value // SECOND
            return moment if is_number else str(moment)
        # the last day is included in the range
        return str(day_of(value - (bound.part is Part.END)))
    if shape.schema.get("format") == "uuid":
        return str(UUID(int=value)) if isinstance(value, int) else uuid_of(value)
    if is_number and isinstance(value, str):
        return number_of(value)
    if is_number:
        low, high = shape.schema.get("minimum", value), shape.schema.get("maximum", value)
        return max(low, min(value, high))
    return str(value)


def example_path(
    document: Document,
    bound: OperationBinding,
    site: Site,
    given: Given = MappingProxyType({}),
) -> str:
    """Return an operation's path and query string with these values."""
    values = example_arguments(document, bound.operation, bound, site, given)
    target, _ = request_of(document, bound.operation, values, site=None)
    return target.removeprefix(document.base_path)


def curl_line(
    document: Document,
    bound: OperationBinding,
    *,
    site: Site,
    url: str,
    token: str | None,
    given: Given = MappingProxyType({}),
    options: str = "",
) -> str:
    """Return a curl command with the authentication and parameters that the document declares.

    Args:
        document: Declares how credentials are sent.
        bound: The operation to request.
        site: The site to request.
        url: The base URL.
        token: The token to send; a placeholder if None.
        given: Values that replace examples.
        options: Additional options of curl.
    """
    arguments = example_arguments(document, bound.operation, bound, site, given)
    target, headers = request_of(document, bound.operation, arguments, site=site, token=token)
    sent = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    return " ".join(filter(None, ("curl", options, *sent, shlex.quote(url + target))))


def request_of(
    document: Document,
    operation: Operation,
    arguments: Mapping[str, Any],
    *,
    site: Site | None,
    token: str | None = None,
) -> tuple[str, dict[str, str]]:
    """Return the target and the headers of a request with these arguments.

    Args:
        document: Declares how credentials are sent.
        operation: The operation to request.
        arguments: The arguments by parameter name.
        site: The site whose credentials are sent; None for a request without credentials.
        token: The token to send; a placeholder if None.
    """
    path, sent = operation.path, _Sent()
    for parameter in operation.parameters:
        value = arguments.get(parameter.name)
        if value is None:
            continue
        several = [*map(written, value)] if isinstance(value, list | tuple) else [written(value)]
        if parameter.location == "query" and parameter.is_repeated:
            sent.query += [(parameter.name, each) for each in several]
            continue
        text = parameter.delimiter.join(several)
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", parameter.prefix + quote(text, safe="~"))
        else:
            sent.add(parameter.location, parameter.name, text)
    if site is not None:
        sent.add(*credentials_of(document, operation, site, token))
    query = f"?{urlencode(sent.query, quote_via=quote)}" if sent.query else ""
    return document.base_path + path + query, sent.headers


class _Sent:
    """The parts of a request besides its path."""

    def __init__(self) -> None:
        self.query: list[tuple[str, str]] = []
        self.headers: dict[str, str] = {}

    def add(self, location: str, name: str, text: str) -> None:
        """Add a value; ignore unsupported locations."""
        if location == "query":
            self.query.append((name, text))
        elif location == "header":
            self.headers[name] = text
        elif location == "cookie":
            crumbs = (self.headers.get("Cookie"), f"{name}={text}")
            self.headers["Cookie"] = "; ".join(filter(None, crumbs))


def written(value: object) -> str:
    """Write a value for a query string: ISO 8601 dates, comma-separated lists, `true`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return ",".join(map(written, value)) if isinstance(value, list | tuple) else str(value)


def credentials_of(
    document: Document, operation: Operation, site: Site, token: str | None
) -> tuple[str, str, str]:
    """Return the location ("" for none), name and value of an operation's credentials."""
    token = token or "<your token>"
    item = document.resolve(document.content["paths"][operation.path])
    declared = item[operation.method.lower()].get("security", document.content.get("security"))
    schemes = served_schemes(document)
    wanted = [[name for name in requirement if name in schemes] for requirement in declared or []]
    if not wanted or [] in wanted:
        return "", "", ""
    scheme = schemes[min(wanted, key=len)[0]]
    if scheme["type"] == "apiKey":
        return scheme["in"], scheme["name"], token
    if scheme["scheme"] == "basic":
        email = next(
            (caller.email for caller in site.world.callers if caller.api_token == DEMO_API_TOKEN),
            "<your email>",
        )
        sent = base64.b64encode(f"{email}:{DEMO_API_TOKEN}".encode()).decode()
        return "header", "Authorization", f"Basic {sent}"
    return "header", "Authorization", f"{scheme.get(PREFIX, 'Bearer')} {token}"
