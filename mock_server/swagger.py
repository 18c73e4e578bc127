"""The document for people and tools: Swagger UI at `/ui/`, and the document itself, offline.

The assets of a current Swagger UI come from a maintained package. The document is shown with this
mock as its only server, so that "Try it out" never sends a token to the vendor.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
import yaml
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mock_server.document import Document

JSON = "application/json"

Examples = Callable[[], Mapping[str, Any]]

UI = "/ui/"
"""Where Swagger UI is."""

_ALIASES = ("/", "/ui", "/swagger-ui", "/swagger-ui.html", "/swagger-ui/index.html")
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
<link rel="stylesheet" href="assets/css/swagger-ui.css">
<link rel="icon" href="assets/images/swagger.svg">
</head>
<body>
<div id="swagger-ui"></div>
<script src="assets/js/swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
"""

_SCRIPT = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
"""


def document_routes(document: Document, residency: str, examples: Examples) -> list[Route | Mount]:
    """Give the routes that show a document, for one residency's site.

    Args:
        document: What to show.
        residency: Whose page it is.
        examples: Gives values that this site has for path parameters, by name; the page offers
            them instead of the document's own, so that "Execute" finds something.
    """

    @cache
    def shown() -> dict[str, Any]:
        return _with_this_server(document)

    async def as_json(_: Request) -> Response:
        return Response(orjson.dumps(shown()), media_type=JSON)

    async def as_yaml(_: Request) -> Response:
        text = yaml.safe_dump(shown(), sort_keys=False, allow_unicode=True)
        return Response(text, media_type="application/yaml")

    async def for_page(_: Request) -> Response:
        return Response(orjson.dumps(_with_examples(shown(), examples())), media_type=JSON)

    async def page(_: Request) -> Response:
        html = _PAGE.format(residency=residency.upper())
        return HTMLResponse(html, headers={"Content-Security-Policy": _CONTENT_POLICY})

    async def script(_: Request) -> Response:
        return Response(_SCRIPT, media_type="text/javascript")

    async def to_page(_: Request) -> Response:
        return RedirectResponse(UI)

    assets = str(files("star_openapi_swagger") / "templates" / "swagger")
    return [
        Route("/openapi.json", as_json),
        Route("/openapi.yaml", as_yaml),
        Route(UI, page),
        Route(f"{UI}index.html", page),
        Route(f"{UI}start.js", script),
        Route(f"{UI}openapi.json", for_page),
        *(Route(alias, to_page) for alias in _ALIASES),
        Mount(f"{UI}assets", StaticFiles(directory=assets)),
    ]


def _with_this_server(document: Document) -> dict[str, Any]:
    here = {"url": document.base_path or "/", "description": "This mock; its data is invented"}
    return {**document.content, "servers": [here]}


def _with_examples(node: Any, examples: Mapping[str, Any]) -> Any:
    """Copy a document, with these examples for the path parameters of these names."""
    if isinstance(node, list):
        return [_with_examples(one, examples) for one in node]
    if not isinstance(node, dict):
        return node
    copied = {key: _with_examples(value, examples) for key, value in node.items()}
    if node.get("in") == "path" and node.get("name") in examples:
        copied.pop("examples", None)
        copied["example"] = examples[node["name"]]
    return copied
