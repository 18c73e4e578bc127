"""Documents for people and tools: Swagger UI, the documents themselves, and examples that work here."""

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import distribution
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import orjson
import yaml
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mock_server.binding.fields import OperationBinding, ParameterBinding, Part, Unit
from mock_server.clock import SECOND, day_of, to_rfc3339
from mock_server.data.site import Site
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import types_of

Given = Mapping[Part, Any]
"""Values in place of examples, and for parameters that could be left out; a range's are epoch
milliseconds, the end excluded."""


def example_arguments(
    bound: OperationBinding, site: Site, given: Given = MappingProxyType({})
) -> dict[str, Any]:
    """Return the site's URL, or a content id or space key of it, for each required parameter."""
    content = site.example_content()
    values: dict[Part, Any] = {
        Part.CONTENT_ID: content.id,
        Part.SPACE_KEY: content.space_key,
        Part.SITE_URL: site.world.site_url,
        **given,
    }
    return {
        one.parameter.name: _written(one, values[one.part])
        for one in bound.parameters
        if one.part is not None and one.part in (values if one.parameter.required else given)
    }


def _written(bound: ParameterBinding, value: Any) -> Any:
    if bound.part in {Part.START, Part.END}:
        if bound.unit is Unit.DATE_TIME:
            return to_rfc3339(value)
        if bound.unit in {Unit.SECONDS, Unit.MILLISECONDS}:
            return value if bound.unit is Unit.MILLISECONDS else value // SECOND
        # the last day belongs to the range
        return str(day_of(value - (bound.part is Part.END)))
    return value if "integer" in types_of(bound.parameter.schema) else str(value)


def example_path(bound: OperationBinding, site: Site, given: Given = MappingProxyType({})) -> str:
    """Return an operation's path and query with these values in them."""
    path, query = bound.operation.path, ""
    for name, value in example_arguments(bound, site, given).items():
        written = quote(str(value), safe="~")
        if f"{{{name}}}" not in path:
            query += f"{'&' if query else '?'}{quote(name)}={written}"
        path = path.replace(f"{{{name}}}", written)
    return path + query


JSON = "application/json"

Examples = Callable[[], Mapping[str, Any]]

NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}

UI = "/ui/"
"""Where Swagger UI is."""

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
"""With a list to choose from only where there are several documents."""


def document_routes(
    shown: Mapping[str, tuple[Document, Examples]], residency: str
) -> list[Route | Mount]:
    """Return the routes that show documents, for one residency's site.

    Args:
        shown: What to show, by what its path begins with; the first is shown at once. Examples
            are values that this site has for parameters, by name; the page offers them
            instead of the document's own, so that "Execute" finds something.
        residency: Whose page it is.
    """
    urls = [
        {"url": f"{prefix}/openapi.json".lstrip("/"), "name": document.title}
        for prefix, (document, _) in shown.items()
    ]

    async def page(_: Request) -> Response:
        html = _PAGE.format(residency=residency.upper())
        return HTMLResponse(
            html, headers={"Content-Security-Policy": _CONTENT_POLICY, **NO_SNIFFING}
        )

    async def script(_: Request) -> Response:
        return _file((_SCRIPT % orjson.dumps(urls).decode()).encode(), "text/javascript")

    async def to_page(_: Request) -> Response:
        return RedirectResponse(UI)

    # Found without importing the package, which would load Flask.
    assets = str(distribution("flask-swagger-ui").locate_file("flask_swagger_ui/dist"))
    return [
        *(one for prefix, told in shown.items() for one in file_routes(prefix, *told)),
        Route(UI, page),
        Route(f"{UI}index.html", page),
        Route(f"{UI}start.js", script),
        *(Route(alias, to_page) for alias in _ALIASES),
        Mount(f"{UI}assets", ExceptionMiddleware(StaticFiles(directory=assets))),
    ]


def file_routes(prefix: str, document: Document, examples: Examples = dict) -> Iterator[Route]:
    """Return the routes of one document as a file, below what its path begins with."""

    async def as_json(request: Request) -> Response:
        return _file(orjson.dumps(_with_this_server(document, request)), JSON)

    async def as_yaml(request: Request) -> Response:
        content = _with_this_server(document, request)
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        return _file(text.encode(), "application/yaml")

    async def for_page(request: Request) -> Response:
        content = _with_examples(_with_this_server(document, request), examples())
        return _file(orjson.dumps(content), JSON)

    yield Route(f"{prefix}/openapi.json", as_json)
    yield Route(f"{prefix}/openapi.yaml", as_yaml)
    yield Route(f"{UI.rstrip('/')}{prefix}/openapi.json", for_page)


def _file(content: bytes, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers=NO_SNIFFING)


def _with_this_server(document: Document, request: Request) -> dict[str, Any]:
    """Name this mock as the only server, by the URL that it was asked by."""
    url = f"{str(request.base_url).rstrip('/')}{document.base_path}"
    here = {"url": url, "description": "This mock; its data is invented"}
    return {**document.content, "servers": [here]}


def _with_examples(node: Any, examples: Mapping[str, Any]) -> Any:
    """Copy a document, with these examples for the parameters of these names."""
    if isinstance(node, list):
        return [_with_examples(one, examples) for one in node]
    if not isinstance(node, dict):
        return node
    copied = {key: _with_examples(value, examples) for key, value in node.items()}
    if "in" in node and node.get("name") in examples:
        copied.pop("examples", None)
        copied["example"] = examples[node["name"]]
    return copied
