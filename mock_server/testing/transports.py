"""Transports of HTTPX and Requests that call the mock in-process, without sockets.

    client = httpx.Client(transport=mock_server.transport(), base_url="https://de.viewtracker.aws.bitvoodoo.cloud")

The host of a URL selects the residency, as with the real service.
"""

import asyncio
import io
from collections.abc import AsyncIterable, Iterable
from functools import cached_property
from threading import Thread
from typing import Any, cast

import httpx
import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from mock_server.inputs.arguments import checked
from mock_server.testing.mock import MockServer


@checked
def transport(mock: MockServer | None = None) -> "MockTransport":
    """Return a transport for `httpx.Client` or `httpx.AsyncClient`.

    It calls a mock, which need not listen, or a new one with default settings.
    """
    return MockTransport(mock or MockServer())


@checked
def adapter(mock: MockServer | None = None) -> "MockAdapter":
    """Return an adapter for `requests.Session`, to be mounted at `https://` or a base URL.

    It calls a mock, which need not listen, or a new one with default settings.
    """
    return MockAdapter(transport(mock))


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Send HTTPX requests to a mock, from threads and event loops."""

    def __init__(self, mock: MockServer) -> None:
        self.mock = mock
        self._inner = httpx.ASGITransport(mock.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; `httpx.TransportError` if a fault breaks the connection."""
        await request.aread()
        try:
            response = await self._inner.handle_async_request(request)
        except AssertionError as error:  # raised by the inner transport for truncated responses
            raise httpx.RemoteProtocolError(
                "The response was cut short.", request=request
            ) from error
        except Exception as error:
            raise httpx.ReadError(f"The connection broke: {error}", request=request) from error
        body = b"".join([chunk async for chunk in cast("AsyncIterable[bytes]", response.stream)])
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(body)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request from a thread, whether or not it runs an event loop."""
        request.read()
        coroutine = self.handle_async_request(request)
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        # A daemon thread, so that an unclosed client does not prevent the program from exiting.
        self._thread = Thread(target=loop.run_forever, name="viewtracker-transport", daemon=True)
        self._thread.start()
        return loop

    def close(self) -> None:
        """Stop the background thread, if there is one; the mock keeps running."""
        if "_loop" in self.__dict__:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            del self._loop

    async def aclose(self) -> None:
        """Close the transport; see `close`."""
        self.close()


class MockAdapter(BaseAdapter):
    """Send requests of Requests to a mock."""

    def __init__(self, inner: MockTransport) -> None:
        super().__init__()
        self.mock = inner.mock
        self._inner = inner
        self._builder = HTTPAdapter()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send a request; timeouts, certificates and proxies are ignored.

        Raises:
            requests.ConnectionError: If a fault breaks the connection.
        """
        sent = httpx.Request(
            str(request.method), str(request.url), headers=request.headers, content=request.body
        )
        try:
            response = self._inner.handle_request(sent)
        except httpx.TransportError as error:
            raise requests.ConnectionError(error, request=request) from error
        body = b"".join(cast("Iterable[bytes]", response.stream))  # possibly compressed
        headers = urllib3.HTTPHeaderDict(response.headers.multi_items())
        raw = urllib3.HTTPResponse(
            io.BytesIO(body), headers, response.status_code, preload_content=False
        )
        return self._builder.build_response(request, raw)

    def close(self) -> None:
        """Stop the background thread; the mock keeps running."""
        self._inner.close()
