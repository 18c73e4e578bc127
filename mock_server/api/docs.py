"""Swagger UI, the documents as files, and example requests that work with this mock."""

import base64
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from importlib.metadata import distribution
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson
import yaml
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.api.generate import invent
from mock_server.binding.fields import OperationBinding, ParameterBinding, Part, Unit
from mock_server.clock import DAY, SECOND, day_of, to_rfc3339
from mock_server.data.fields import number_of, uuid_of
from mock_server.data.site import Site
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.lower import served_schemes
from mock_server.openapi.schemas import shape_of
from mock_server.world.domain import ANONYMOUS
from mock_server.world.users import DEMO_API_TOKEN

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
            (caller.email for caller in site.world.callers if caller.is_demo), "<your email>"
        )
        sent = base64.b64encode(f"{email}:{DEMO_API_TOKEN}".encode()).decode()
        return "header", "Authorization", f"Basic {sent}"
    return "header", "Authorization", f"Bearer {token}"


JSON = "application/json"

Examples = Callable[[], Mapping[str, Any]]

NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}

UI = "/ui/"
"""The path of Swagger UI."""
_ASSETS = f"{UI}assets"

_ALIASES = ("/ui", "/swagger-ui", "/swagger-ui.html", "/swagger-ui/index.html")
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Viewtracker mock ({residency}): Swagger UI</title>
<link rel="stylesheet" href="assets/swagger-ui.css">
<link rel="icon" href="assets/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="assets/swagger-ui-bundle.js"></script>
<script src="assets/swagger-ui-standalone-preset.js"></script>
<script src="start.js"></script>
</body>
</html>
"""

_SCRIPT = """const urls = %s;
SwaggerUIBundle({
  ...(urls.length > 1
    ? { urls, layout: "StandaloneLayout",
        presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset] }
    : { url: urls[0].url }),
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
"""
"""Offers a list of documents only if there are several."""


class DocumentMiddleware:
    """Route requests for documents and Swagger UI; pass all other requests on.

    The prefix is checked first, so that API requests are not matched against each route.

    Args:
        app: The next application.
        routes: The result of `document_routes`.
    """

    def __init__(self, app: ASGIApp, *, routes: Sequence[Route | Mount]) -> None:
        self._app = app
        self._router = Router(routes, redirect_slashes=False)
        self._paths = frozenset(route.path for route in routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        path = scope.get("path", "")
        is_shown = path in self._paths or path.startswith(_ASSETS)
        await (self._router if is_shown else self._app)(scope, receive, send)


def document_routes(
    shown: Mapping[str, tuple[Callable[[], Document], Examples]], residency: str
) -> list[Route | Mount]:
    """Return the routes of Swagger UI and the documents for one residency.

    Args:
        shown: Documents and examples by path prefix; the first document is selected. The examples
            are parameter values that exist on this site, by name. They replace the document's
            examples, so that "Execute" returns data.
        residency: The residency of the page.
    """

    async def page(_: Request) -> Response:
        html = _PAGE.format(residency=residency.upper())
        return HTMLResponse(
            html, headers={"Content-Security-Policy": _CONTENT_POLICY, **NO_SNIFFING}
        )

    async def script(_: Request) -> Response:
        urls = [
            {"url": f"{prefix}/openapi.json".lstrip("/"), "name": document().title}
            for prefix, (document, _) in shown.items()
        ]
        return _file((_SCRIPT % orjson.dumps(urls).decode()).encode(), "text/javascript")

    async def to_page(_: Request) -> Response:
        return RedirectResponse(UI)

    # Locate the package without importing it, because the import would load Flask.
    assets = str(distribution("flask-swagger-ui").locate_file("flask_swagger_ui/dist"))
    return [
        *(
            route
            for prefix, shown_document in shown.items()
            for route in file_routes(prefix, *shown_document)
        ),
        Route(UI, page),
        Route(f"{UI}index.html", page),
        Route(f"{UI}start.js", script),
        *(Route(alias, to_page) for alias in _ALIASES),
        Mount(_ASSETS, ExceptionMiddleware(StaticFiles(directory=assets))),
    ]


def file_routes(
    prefix: str, document: Callable[[], Document], examples: Examples = dict
) -> Iterator[Route]:
    """Return the routes that serve one document as a file, under a path prefix."""

    async def as_json(request: Request) -> Response:
        return _file(orjson.dumps(_with_this_server(document(), request)), JSON)

    def as_yaml(request: Request) -> Response:
        content = _with_this_server(document(), request)
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        return _file(text.encode(), "application/yaml")

    async def for_page(request: Request) -> Response:
        content = _with_examples(_with_this_server(document(), request), examples())
        return _file(orjson.dumps(content), JSON)

    yield Route(f"{prefix}/openapi.json", as_json)
    yield Route(f"{prefix}/openapi.yaml", as_yaml)
    yield Route(f"{UI.rstrip('/')}{prefix}/openapi.json", for_page)


def _file(content: bytes, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers=NO_SNIFFING)


def _with_this_server(document: Document, request: Request) -> dict[str, Any]:
    """Return the document with this mock, by its requested URL, as the only server."""
    url = f"{str(request.base_url).rstrip('/')}{document.base_path}"
    here = {"url": url, "description": "This mock; its data is invented"}
    return {**document.content, "servers": [here]}


def _with_examples(node: Any, examples: Mapping[str, Any]) -> Any:
    """Copy a document, replacing the examples of parameters with these names."""
    if isinstance(node, list):
        return [_with_examples(item, examples) for item in node]
    if not isinstance(node, dict):
        return node
    copied = {key: _with_examples(value, examples) for key, value in node.items()}
    if "in" in node and node.get("name") in examples:
        copied.pop("examples", None)
        copied["example"] = examples[node["name"]]
    return copied
