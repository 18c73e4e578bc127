"""Requests that work with this mock: their arguments, targets, credentials and curl commands."""

import base64
import shlex
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from mock_server.api.convert import converter
from mock_server.api.generate import invent
from mock_server.binding.fields import Field, Part, Unit
from mock_server.binding.model import OperationBinding, ParameterBinding
from mock_server.clock import DAY, to_rfc3339
from mock_server.data.site import Site
from mock_server.data.zones import local_time
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.lower import PREFIX, security_of, served_schemes
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
    parts = {} if bound is None else {one.parameter: one for one in bound.parameters if one.part}
    found: dict[str, Any] = {}
    for parameter in operation.parameters:
        one = parts.get(parameter)
        is_usual = parameter.required and one is not None and not one.values
        if one and one.part and (one.part in given or (is_usual and one.part in values)):
            found[parameter.name] = _written(document, one, values[one.part])
        elif parameter.required:
            value = invent(document, parameter.schema, parameter.name)
            if value == []:
                items = shape_of(document, parameter.schema).schema.get("items") or {}
                value = [invent(document, items, parameter.name)]
            found[parameter.name] = value
    return found


def _written(document: Document, bound: ParameterBinding, value: Any) -> Any:
    shape = shape_of(document, bound.parameter.schema)
    if bound.part in {Part.START, Part.END}:
        if bound.unit is Unit.DATE_TIME:
            return to_rfc3339(value)
        if bound.unit in {Unit.SECONDS, Unit.MILLISECONDS}:
            moment = value // bound.step
            return moment if {"integer", "number"} & shape.types else str(moment)
        # the last day is included in the range
        last = value - (bound.part is Part.END)
        return f"{local_time(last):{bound.form or '%Y-%m-%d'}}"
    numeric = Field.CONTENT_ID if bound.part is Part.CONTENT_ID else Field.LIMIT
    field = numeric if isinstance(value, int) else Field.SPACE_KEY  # as values in responses
    return converter(field, shape, bound.parameter.name)(value)


def example_path(
    document: Document, bound: OperationBinding, site: Site, given: Given = MappingProxyType({})
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

    A token that is None is a placeholder. The options are additional ones of curl.
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
    """Return the target and the headers of a request with arguments by parameter name.

    Without a site, no credentials are sent; a token that is None is a placeholder.
    """
    path, sent = operation.path, list[tuple[str, str, str]]()
    for parameter in operation.parameters:
        value = arguments.get(parameter.name)
        if value is None:
            continue
        several = [*map(written, value)] if isinstance(value, list | tuple) else [written(value)]
        text = parameter.delimiter.join(several)
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", parameter.prefix + quote(text, safe="~"))
        is_repeated = parameter.location == "query" and parameter.is_repeated
        sent += [(parameter.location, parameter.name, each)
                 for each in (several if is_repeated else [text])]  # fmt: skip
    if site is not None:
        sent.append(_credentials_of(document, operation, site, token or "<your token>"))
    headers = {name: text for location, name, text in sent if location == "header"}
    crumbs = [f"{name}={text}" for location, name, text in sent if location == "cookie"]
    if crumbs:
        headers["Cookie"] = "; ".join(crumbs)
    pairs = [(name, text) for location, name, text in sent if location == "query"]
    query = f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""
    return document.base_path + path + query, headers


def written(value: object) -> str:
    """Write a value for a query string: ISO 8601 dates, comma-separated lists, `true`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return ",".join(map(written, value)) if isinstance(value, list | tuple) else str(value)


def _credentials_of(
    document: Document, operation: Operation, site: Site, token: str
) -> tuple[str, str, str]:
    """Return the location ("" for none), name and value of an operation's credentials."""
    schemes = served_schemes(document)
    wanted = security_of(document, operation, schemes)
    if not wanted or {} in wanted:
        return "", "", ""
    scheme = schemes[min(([*names] for names in wanted), key=len)[0]]
    if scheme["type"] == "apiKey":
        return scheme["in"], scheme["name"], token
    if scheme["scheme"] == "basic":
        emails = [user.email for user in site.world.callers if user.api_token == DEMO_API_TOKEN]
        email = next(iter(emails), "<your email>")
        sent = base64.b64encode(f"{email}:{DEMO_API_TOKEN}".encode()).decode()
        return "header", "Authorization", f"Basic {sent}"
    return "header", "Authorization", f"{scheme.get(PREFIX, 'Bearer')} {token}"
