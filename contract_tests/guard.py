"""The guard that makes everything which sends by `requests` send by a wire.

`requests`, and so schemathesis with every probe of its checks, ends in `HTTPAdapter.send`, below
all hooks, sessions and redirects. While the guard is on, that is the wire's own `transmit`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from contract_tests.wire import Wire


@contextmanager
def only_through(wire: Callable[[], Wire]) -> Iterator[None]:
    """Make `requests`, whoever in this process uses it, send by a wire and by nothing else.

    Args:
        wire: Gives the wire; called when somebody sends.
    """
    before = HTTPAdapter.send

    def send(
        adapter: HTTPAdapter, request: requests.PreparedRequest, *_: Any, **__: Any
    ) -> requests.Response:
        del adapter  # its time limits, proxies and certificates are the wire's to say
        return wire().transmit(request)

    HTTPAdapter.send = send  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        HTTPAdapter.send = before  # type: ignore[method-assign]
