"""The page that the `type` of a problem links to: all types, with commands that trigger them."""

from collections.abc import Iterator
from html import escape
from shlex import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from mock_server.api.examples import example_path
from mock_server.control.mock import Control
from mock_server.data.site import Site
from mock_server.errors import ApiError, phrase_of

_JSON = "-H 'Content-Type: application/json'"
_LINES = {
    "invalid-request": f"""curl {_JSON} -d '{{{{"frozen": 1}}}}' {{url}}/__admin/clock""",
    "unauthorized": "curl {api}",
    "forbidden": "curl -H 'Origin: https://other.example' {url}/__admin/health",
    "not-found": "curl {url}/__admin/nothing",
    "method-not-allowed": "curl -X PUT {url}/__admin/health",
    "not-acceptable": "curl -H {token} -H 'Accept: text/html' {api}",
    "conflict": f"""curl {_JSON} -d '{{{{"now": "1066-10-14"}}}}' {{url}}/__admin/clock""",
    "fault": "curl -H {token} -H 'Prefer: code=503' {api}",
    "gone": "curl -H 'Host: us.localhost' {url}/api/report/searches",
    "content-too-large": f"""head -c 2000001 /dev/zero | curl {_JSON} --data-binary @- {{url}}/__admin/visits""",
    "uri-too-long": "curl {url}/__admin/health?$(printf '%33000s' | tr ' ' x)",
    "unsupported-media-type": "curl -d now=2026-01-31 {url}/__admin/clock",
}
"""Commands by slug; the other types cannot be triggered by a request."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Problem types · Viewtracker mock</title>
<link rel="stylesheet" href="/__pages/assets/pages.css">
<link rel="icon" href="/__pages/assets/icon.svg">
</head>
<body>
<header><div class="bar"><p class="brand"><a href="/">Viewtracker mock</a></p></div></header>
<main>
<h1>Problem types</h1>
<p class="lead">The <code>type</code> of an error response refers to one of these.
If the document declares its own error format, that is used.</p>
{problems}
</main>
</body>
</html>
"""


def problem_types_page(request: Request, control: Control, site: Site) -> HTMLResponse:
    """Return the page; its commands use the requested host name."""
    url = f"{request.scope['scheme']}://{request.headers['host']}"
    bound = next(iter(control.binding.operations.values()), None)
    document = control.document
    path = document.base_path + example_path(document, bound, site) if bound is not None else "/"
    values = {
        "url": url,
        "api": quote(url + path),
        "token": quote(f"Authorization: Bearer {site.demo_token or '<your token>'}"),
    }
    problems = "\n".join(_section(kind, values) for kind in kinds(ApiError))
    policy = "default-src 'none'; style-src 'self'; img-src 'self'"
    return HTMLResponse(
        _PAGE.format(problems=problems), headers={"Content-Security-Policy": policy}
    )


def kinds(kind: type[ApiError]) -> Iterator[type[ApiError]]:
    """Yield an error class and its loaded subclasses, by status."""
    yield kind
    for subclass in sorted(kind.__subclasses__(), key=lambda subclass: subclass.status):
        yield from kinds(subclass)


def _section(kind: type[ApiError], values: dict[str, str]) -> str:
    shown = "<p>No single request triggers it.</p>"
    if kind.slug() in _LINES:
        shown = f"<pre>{escape(_LINES[kind.slug()].format(**values))}</pre>"
    meaning = escape((kind.__doc__ or "").partition("\n")[0])  # `python -OO` has no docstrings
    heading = f'<h2 id="{kind.slug()}">{kind.status} {phrase_of(kind.status)}</h2>'
    return f"<section>\n{heading}\n<p>{meaning}</p>\n{shown}\n</section>"
