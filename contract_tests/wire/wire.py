"""Sends all requests to a target, including those of libraries that use `requests`."""

import re
import time
from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict

from contract_tests.errors import NoResponseError, RefusedError
from contract_tests.options import Options
from contract_tests.wire.credentials import token_header
from contract_tests.wire.limits import WAITING, Limits
from contract_tests.wire.redaction import TOKEN, Redactor
from contract_tests.wire.response import Response
from contract_tests.wire.targets import Target
from contract_tests.wire.transports import AsgiTransport, SocketTransport, pairs_of
from mock_server import Clock, Document, Operation, __version__

if TYPE_CHECKING:
    from schemathesis import Case

_UNREADABLE = (requests.exceptions.ContentDecodingError, requests.exceptions.ChunkedEncodingError)
"""Errors of a response, rather than of the connection."""

GOOD = "\0good"
"""Placeholder for the valid token."""


class Wire:
    """Sends requests to one target within the limits, and keeps the responses."""

    def __init__(
        self, target: Target, document: Document, options: Options, redactor: Redactor
    ) -> None:
        self.target = target
        self.limits = Limits(options, is_live=target.is_live)
        self.responses: list[Response] = []
        """All responses, in order."""
        self.broken: list[tuple[Operation | None, str, str]] = []
        """Attempts without a complete response: the operation, the request and the reason."""
        self.has_responded = False
        """Whether any response arrived, even an unreadable one."""
        path = urlsplit(target.url).path
        self.base_url = target.url if path else target.url + document.base_path
        """The prefix of the document's paths; a path in the target's URL replaces its own."""
        self._redactor = redactor
        self._routes = [
            (one, re.compile(re.sub(r"\\\{.*?\\\}", "([^/]+)", re.escape(one.path))))
            # Paths without parameters take precedence.
            for one in sorted(document.operations, key=lambda found: found.path.count("{"))
        ]
        self._transport = (
            AsgiTransport(target.app) if target.app else SocketTransport(target.url, options)
        )
        self._known: dict[Hashable, Response] = {}
        """The responses to shared requests."""
        self._by_body: dict[bytes, Response] = {}
        self._adapter = _WireAdapter(self)
        self._session = self.session()
        self._retries = options.retries
        self._token_header, self._before_token = token_header(document)
        self.token = target.token

    @property
    def token(self) -> str:
        """The current valid token; set it after the token was replaced."""
        return self._token

    @token.setter
    def token(self, token: str) -> None:
        self._token = token
        self._redactor.learn(token, instead=TOKEN)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        headers: Iterable[tuple[str, str]] = (),
        token: str | None = GOOD,
        from_root: bool = False,
        is_shared: bool = False,
    ) -> Response:
        """Send a request exactly as given; `NotCheckedError` if it may not be sent or has no response.

        Args:
            method: The method.
            path: The encoded path with a leading slash, relative to the document's server path.
            query: Names and values, not encoded.
            headers: Headers; names may be repeated.
            token: The token, sent where the document requires it; None sends none.
            from_root: Whether the path is relative to the host, not to the document's server path.
            is_shared: Whether to reuse the response to an equal earlier request.
        """
        begin = "{0.scheme}://{0.netloc}".format(urlsplit(self.target.url))
        url = (begin if from_root else self.base_url) + path
        if query is not None:
            pairs = query.items() if isinstance(query, Mapping) else query
            url += "?" + urlencode(list(pairs), doseq=True, quote_via=quote)
        named = HTTPHeaderDict({"User-Agent": f"viewtracker-contract/{__version__}"})
        if token is not None:
            name, value = self._token_header, self._before_token
            value += self.token if token is GOOD else token
            key = f"{quote(name[1:])}={quote(value, safe='')}"
            if not name.startswith("?"):
                named.add(name, value)
            elif key not in url:  # a repeated request already has it
                url += f"{'&' if '?' in url else '?'}{key}"
        for name, value in headers:
            named.add(name, value)
        request = requests.PreparedRequest()
        request.method, request.url, request.body = method, url, None
        # The headers of `requests` cannot repeat a name, but urllib3, which sends them, accepts these.
        request.headers = named  # type: ignore[assignment]
        return self.transmit(request, is_shared=is_shared)

    def session(self) -> requests.Session:
        """Return a session of `requests` that sends through this wire and keeps no cookies."""
        session = requests.Session()
        session.trust_env = False  # a .netrc file would replace the token
        session.headers.clear()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._adapter)
        return session

    def call(self, case: "Case[Any]") -> tuple[Any, Response]:
        """Send a case of schemathesis with the valid token; return its own response, and ours."""
        name, value = self._token_header, self._before_token + self.token
        is_query = name.startswith("?")
        response = case.call(
            base_url=self.base_url,
            headers={} if is_query else {name: value},
            params={name[1:]: value} if is_query else {},
            session=self._session,
        )
        return response, self._adapter.last

    def transmit(self, request: requests.PreparedRequest, *, is_shared: bool = False) -> Response:
        """Send a prepared request, within the limits."""
        name, url = self.target.name, str(request.url)
        if (origin := _origin_of(url)) != _origin_of(self.target.url):
            raise RefusedError(f"A request to {origin} was not sent: it is not the host of {name}.")
        if not self.limits.allows(str(request.method)):
            raise RefusedError(
                f"{request.method} is not sent to {name}, because it is a live service."
            )
        request.headers.pop("X-Schemathesis-TestCaseId", None)  # differs from run to run
        key = _key_of(request)
        if is_shared and key in self._known:
            return self._known[key]
        self._learn(request)
        response = self._attempts(request)
        return self._known.setdefault(key, response) if is_shared else response

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _attempts(self, request: requests.PreparedRequest) -> Response:
        """Send a request until it gets a response that does not ask for a retry."""
        is_good, is_busy, response, failure = self._is_good(request), True, None, ""
        for _ in range(self._retries + 1):
            self.limits.before_sending(is_good=is_good)
            response, failure = self._attempt(request)
            is_busy = self.limits.after(
                response.status if response else None,
                response.headers.get("Retry-After") if response else None,
                is_good=is_good,
                failure=failure,
            )
            if not is_busy:
                break
        if response is None:
            shown = self._redactor.text(str(request.url))
            raise NoResponseError(f"{request.method} {shown}: {failure}.")
        if is_busy or (self.limits.closed and response.status in WAITING):
            raise NoResponseError(
                f"{self.target.name} still requests to retry later ({response.status})."
            )
        return response

    def _attempt(self, request: requests.PreparedRequest) -> tuple[Response | None, str]:
        """Send a request once; return the response, or why there is none."""
        at = datetime.fromtimestamp(Clock().now() / 1_000, UTC)
        started = time.perf_counter()
        operation, values = self._find(request)
        try:
            raw = self._transport.send(request)
        except (requests.RequestException, UnicodeError) as error:
            self.has_responded |= isinstance(error, _UNREADABLE)
            failure = self._redactor.text(_reason(error))
            shown = f"{request.method} {self._redactor.text(str(request.url))}"
            self.broken.append((operation, shown, failure))
            return None, failure
        self.has_responded = True
        response = Response(
            raw,
            operation,
            values,
            self._redactor,
            at=f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1_000:03d}Z",
            milliseconds=round((time.perf_counter() - started) * 1_000, 3),
            token=self.token,
            twin=self._by_body.get(raw.content),
        )
        self._by_body.setdefault(raw.content, response)
        self.responses.append(response)
        return response, ""

    def _find(self, request: requests.PreparedRequest) -> tuple[Operation | None, dict[str, str]]:
        """Return the operation of a request, or None, and the decoded path parameters."""
        prefix = urlsplit(self.base_url).path.rstrip("/")
        path = urlsplit(str(request.url)).path.removeprefix(prefix)
        for operation, pattern in self._routes:
            if operation.method == request.method and (found := pattern.fullmatch(path)):
                names = re.findall(r"\{([^}]*)\}", operation.path)
                return operation, dict(zip(names, map(unquote, found.groups()), strict=True))
        return None, {}

    def _is_good(self, request: requests.PreparedRequest) -> bool:
        name, value = self._token_header, self._before_token + self.token
        if name.startswith("?"):
            return (name[1:], value) in parse_qsl(urlsplit(str(request.url)).query)
        return request.headers.get(name) == value

    def _learn(self, request: requests.PreparedRequest) -> None:
        """Learn sent tokens, because altered ones reveal most of the valid one."""
        for name, value in pairs_of(request.headers):
            if name.lower() == "authorization" and value.strip().lower() != "bearer":
                sent = value.strip().partition(" ")[2].strip() or value.strip()
                self._redactor.learn_sent(sent, self.token)


class _WireAdapter(BaseAdapter):
    """Sends the requests of a `requests` session through a wire."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self.last: Response

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.last = self._wire.transmit(request, is_shared=True)
        return self.last.raw

    def close(self) -> None:
        """Do nothing, because the wire closes its connections."""


def _key_of(request: requests.PreparedRequest) -> Hashable:
    headers = ((name.lower(), value) for name, value in pairs_of(request.headers))
    pairs = sorted(pair for pair in headers if pair[0] != "user-agent")
    return request.method, request.url, request.body, tuple(pairs)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _reason(error: Exception) -> str:
    """Return the reason for a missing response; libraries nest it deeply."""
    if isinstance(error, requests.Timeout):
        return "the request timed out"
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    if "CERTIFICATE_VERIFY" in str(cause):
        return f"the certificate is not trusted ({cause})"
    return f"there was no response ({cause})"
