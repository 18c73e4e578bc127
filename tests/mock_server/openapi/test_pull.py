"""Finding the document of a service at the places of common frameworks."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mock_server.clock import Clock, read_moment
from mock_server.errors import DocumentError
from mock_server.openapi.pull import pull

DOCUMENT = json.dumps(
    {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/x": {}}}
).encode()
CLOCK = Clock(read_moment("2026-01-31T12:00:00Z"), frozen=True)

Pages = dict[str, bytes | str]


class Service:
    """A server with some pages; a `str` is the target of a redirect."""

    def __init__(self, pages: Pages, token: str | None = None) -> None:
        self.requests: list[tuple[str, str | None]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                sent = self.headers["Authorization"]
                service.requests.append((self.path, sent))
                page = pages.get(self.path)
                if token is not None and sent != f"Bearer {token}":
                    self.send_response(401)
                elif isinstance(page, str):
                    self.send_response(302)
                    self.send_header("Location", page)
                else:
                    self.send_response(404 if page is None else 200)
                self.end_headers()
                if isinstance(page, bytes):
                    self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def make_service() -> Iterator[Callable[..., Service]]:
    started: list[Service] = []

    def make(pages: Pages, token: str | None = None) -> Service:
        started.append(Service(pages, token))
        return started[-1]

    yield make
    for service in started:
        service.stop()


@pytest.mark.parametrize("pages", [
    {"/v3/api-docs": DOCUMENT},
    {"/openapi.yaml": b"openapi: 3.0.3\npaths: {/x: {}}\n"},
    {"/api/openapi.json": DOCUMENT},
    {"/v3/api-docs/swagger-config": b'{"url": "/hidden/a"}', "/hidden/a": DOCUMENT},
    {"/v3/api-docs/swagger-config": b'{"urls": [{"url": "/hidden/b", "name": "v2"}]}',
     "/hidden/b": DOCUMENT},
    {"/swagger-resources": b'[{"location": "/v2/secret-docs"}]', "/v2/secret-docs": DOCUMENT},
    {"/swagger-ui/swagger-initializer.js": b'ui({ url: "../docs/spec.json" })',
     "/docs/spec.json": DOCUMENT},
    {"/ui/": b'<script src="swagger-ui-bundle.js"></script><script src="start.js">',
     "/ui/start.js": b'SwaggerUIBundle({"configUrl": "config.json"})',
     "/ui/config.json": b'{"url": "../spec"}', "/spec": DOCUMENT},
    {"/swagger-ui.html": "/deep/index.html",
     "/deep/index.html": b"<html><script>const url = '/deep/spec'</script>",
     "/deep/spec": DOCUMENT},
], ids=[
    "springdoc", "YAML", "under api", "springdoc's config", "several documents", "springfox",
    "Swagger UI's script", "a page with a script with a configuration", "behind a redirect",
])  # fmt: skip
def test_documents_are_found_at_usual_places(
    pages: Pages, make_service: Callable[..., Service]
) -> None:
    service = make_service(pages)
    found_at = service.url + list(pages)[-1]
    assert found_at == pull(service.url, token=None, clock=CLOCK).source


def test_the_given_url_may_be_the_document(make_service: Callable[..., Service]) -> None:
    service = make_service({"/odd/place": DOCUMENT})
    assert pull(f"{service.url}/odd/place", token=None, clock=CLOCK).content == DOCUMENT
    assert len(service.requests) == 1


def test_the_token_is_sent_only_to_the_given_host(make_service: Callable[..., Service]) -> None:
    elsewhere = make_service({"/spec": DOCUMENT})
    config = json.dumps({"url": f"{elsewhere.url}/spec"}).encode()
    service = make_service({"/v3/api-docs/swagger-config": config}, token="secret")
    pull(service.url, token="secret", clock=CLOCK)
    assert {"Bearer secret"} == {sent for _, sent in service.requests}
    assert elsewhere.requests == [("/spec", None)]


def test_redirects_to_files_are_not_followed(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    (tmp_path / "spec.json").write_bytes(DOCUMENT)
    service = make_service({"/openapi.json": f"file://{tmp_path}/spec.json"})
    with pytest.raises(DocumentError, match="No OpenAPI document was found"):
        pull(service.url, token=None, clock=CLOCK)


def test_a_service_without_a_document_is_an_error(make_service: Callable[..., Service]) -> None:
    service = make_service({"/": b"<html>hello</html>", "/openapi.json": b'{"not": "one"}'})
    with pytest.raises(DocumentError, match=r"\d+ places were tried"):
        pull(service.url, token=None, clock=CLOCK)


def test_links_between_pages_are_followed_only_once(make_service: Callable[..., Service]) -> None:
    service = make_service({"/ui/": b'url: "/a"', "/a": b'url: "/b"', "/b": b'url: "/a"'})
    with pytest.raises(DocumentError):
        pull(service.url, token=None, clock=CLOCK)
    assert len(service.requests) == len({path for path, _ in service.requests})


def test_a_document_is_saved_with_its_source(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service({"/openapi.json": DOCUMENT})
    origin = pull(service.url, token=None, clock=CLOCK).save(tmp_path / "vendor.json")
    assert (tmp_path / "vendor.json").read_bytes() == DOCUMENT
    assert {
        "source": f"{service.url}/openapi.json",
        "date": "2026-01-31T12:00:00.000Z",
        "sha256": hashlib.sha256(DOCUMENT).hexdigest(),
    } == json.loads(origin.read_text())
