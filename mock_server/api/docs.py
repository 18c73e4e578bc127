"""Swagger UI, and the documents as files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import distribution
from itertools import chain
from typing import Any

import orjson
import yaml
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.openapi.document import Document

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

    Documents and examples are by path prefix; the first document is selected. The examples are
    parameter values that exist on this site, by name. They replace those of the document, so that
    "Execute" returns data.
    """

    async def page(_: Request) -> Response:
        html = _PAGE.format(residency=residency.upper())
        policy = {"Content-Security-Policy": _CONTENT_POLICY}
        return HTMLResponse(html, headers={**policy, **NO_SNIFFING})

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
    handlers = {UI: page, f"{UI}index.html": page, f"{UI}start.js": script}
    handlers |= dict.fromkeys(_ALIASES, to_page)
    return [
        *chain.from_iterable(file_routes(prefix, *document) for prefix, document in shown.items()),
        *(Route(path, handler) for path, handler in handlers.items()),
        Mount(_ASSETS, ExceptionMiddleware(StaticFiles(directory=assets))),
    ]


def file_routes(
    prefix: str, document: Callable[[], Document], examples: Examples = dict
) -> Iterator[Route]:
    """Return the routes that serve one document as a file, under a path prefix."""

    def content(request: Request) -> dict[str, Any]:
        served = document()  # with this mock, by its requested URL, as the only server
        url = f"{str(request.base_url).rstrip('/')}{served.base_path}"
        here = {"url": url, "description": "This mock; its data is invented"}
        return {**served.content, "servers": [here]}

    async def as_json(request: Request) -> Response:
        return _file(orjson.dumps(content(request)), JSON)

    def as_yaml(request: Request) -> Response:
        text = yaml.safe_dump(content(request), sort_keys=False, allow_unicode=True)
        return _file(text.encode(), "application/yaml")

    async def for_page(request: Request) -> Response:
        return _file(orjson.dumps(_with_examples(content(request), examples())), JSON)

    yield Route(f"{prefix}/openapi.json", as_json)
    yield Route(f"{prefix}/openapi.yaml", as_yaml)
    yield Route(f"{UI.rstrip('/')}{prefix}/openapi.json", for_page)


def _file(content: bytes, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers=NO_SNIFFING)


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
