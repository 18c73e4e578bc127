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
from contract_tests.wire.transports import AsgiTransport, SocketTransport, Transport, pairs_of
from mock_server import Clock, Document, Operation, __version__

if TYPE_CHECKING:
    from schemathesis import Case

Query = Mapping[str, Any] | Iterable[tuple[str, Any]]

_UNREADABLE = (requests.exceptions.ContentDecodingError, requests.exceptions.ChunkedEncodingError)
"""Errors of a response, rather than of the connection."""

GOOD = "\0good"
"""Placeholder for the valid token."""


class Wire:
    """Sends requests to one target, and keeps the responses.

    Args:
        target: The target.
        document: The document with the operations.
        options: Timeouts and limits.
        redactor: Learns the secrets that are sent.
    """

    def __init__(
        self, target: Target, document: Document, options: Options, redactor: Redactor
    ) -> None:
        self.target = target
        self.limits = Limits(options, is_live=target.is_live)
        self.responses: list[Response] = []
        """All responses, in order."""
        self._failure = ""
        self.broken: list[tuple[Operation | None, str, str]] = []
        """Attempts without a complete response: the operation, the request and the reason."""
        self.has_responded = False
        """Whether any response arrived, even an unreadable one."""
        has_path = bool(urlsplit(target.url).path)
        self.base_url = target.url + ("" if has_path else document.base_path)
        """The prefix of the document's paths; a path in the target's URL replaces its own."""
        self._origin = _origin_of(target.url)
        self._redactor = redactor
        self._routes = Routes(document, self.base_url)
        self._transport: Transport = (
            AsgiTransport(target.app) if target.app else SocketTransport(target.url, options)
        )
        self._known: dict[Hashable, Response] = {}
        """The responses to shared requests."""
        self._by_body: dict[bytes, Response] = {}
        self._adapter = _WireAdapter(self)
        self._session = self.session()
        self._retries = options.retries
        self._clock = Clock()
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

    @property
    def sent(self) -> int:
        """The number of requests sent."""
        return self.limits.sent

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        headers: Iterable[tuple[str, str]] = (),
        token: str | None = GOOD,
        from_root: bool = False,
        is_shared: bool = False,
    ) -> Response:
        """Send a request exactly as given, without normalisation.

        Args:
            method: The method.
            path: The encoded path with a leading slash, relative to the document's server path.
            query: Names and values, not encoded.
            headers: Headers; names may be repeated.
            token: The token, sent where the document requires it; None sends none.
            from_root: Whether the path is relative to the host, not to the document's server path.
            is_shared: Whether to reuse the response to an equal earlier request.

        Raises:
            NotCheckedError: If the request may not be sent, or got no response.
        """
        begin = "{0.scheme}://{0.netloc}".format(urlsplit(self.target.url))
        url = (begin if from_root else self.base_url) + path
        if query is not None:
            pairs = query.items() if isinstance(query, Mapping) else query
            url += "?" + urlencode(list(pairs), doseq=True, quote_via=quote)
        request = requests.PreparedRequest()
        named = HTTPHeaderDict({"User-Agent": f"viewtracker-contract/{__version__}"})
        if token is not None:
            name, value = self._credentials(self.token if token is GOOD else token)
            key = f"{quote(name[1:])}={quote(value, safe='')}"
            if not name.startswith("?"):
                named.add(name, value)
            elif key not in url:  # a repeated request already has it
                url += f"{'&' if '?' in url else '?'}{key}"
        request.method, request.url, request.body = method, url, None
        for name, value in headers:
            named.add(name, value)
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
        name, value = self._credentials(self.token)
        is_query = name.startswith("?")
        response = case.call(
            base_url=self.base_url,
            headers={} if is_query else {name: value},
            params={name[1:]: value} if is_query else {},
            session=self._session,
        )
        return response, self._adapter.last

    def transmit(self, request: requests.PreparedRequest, *, is_shared: bool = False) -> Response:
        """Send a prepared request, within the limits.

        Raises:
            RefusedError: If the host or the method is not allowed.
            SpentError: If the limits are reached.
            NoResponseError: If there was no response.
        """
        self._refuse(request)
        request.headers.pop("X-Schemathesis-TestCaseId", None)  # differs from run to run
        key = _key_of(request)
        if is_shared and key in self._known:
            return self._known[key]
        self._learn(request)
        is_good = self._is_good(request)
        attempt = 0
        while True:
            self.limits.before_sending(is_good=is_good)
            response = self._attempt(request)
            again = self.limits.after(
                response.status if response else None,
                response.headers.get("Retry-After") if response else None,
                is_good=is_good,
                failure=self._failure,
            )
            if response is not None:
                self.responses.append(response)
            if response is not None and not (again and attempt < self._retries):
                if again or (self.limits.closed and response.status in WAITING):
                    raise NoResponseError(
                        f"{self.target.name} still requests to retry later ({response.status})."
                    )
                return self._known.setdefault(key, response) if is_shared else response
            if response is None and attempt >= self._retries:
                raise NoResponseError(f"{request.method} {self._shown(request)}: {self._failure}.")
            attempt += 1

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _refuse(self, request: requests.PreparedRequest) -> None:
        if _origin_of(str(request.url)) != self._origin:
            raise RefusedError(
                f"A request to {_origin_of(str(request.url))} was not sent: it is not the host of "
                f"{self.target.name}."
            )
        if not self.limits.allows(str(request.method)):
            raise RefusedError(
                f"{request.method} is not sent to {self.target.name}, because it is a live service."
            )

    def _attempt(self, request: requests.PreparedRequest) -> Response | None:
        at = datetime.fromtimestamp(self._clock.now() / 1_000, UTC)
        started = time.perf_counter()
        try:
            response = self._transport.send(request)
        except (requests.RequestException, UnicodeError) as error:
            self.has_responded |= isinstance(error, _UNREADABLE)
            self._failure = self._redactor.text(_reason(error))
            operation, _ = self._routes.find(str(request.method), str(request.url))
            self.broken.append(
                (operation, f"{request.method} {self._shown(request)}", self._failure)
            )
            return None
        self.has_responded = True
        took = (time.perf_counter() - started) * 1_000
        operation, values = self._routes.find(str(request.method), str(request.url))
        made = Response(
            response,
            operation,
            values,
            self._redactor,
            at=f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1_000:03d}Z",
            milliseconds=round(took, 3),
            token=self.token,
            twin=self._by_body.get(response.content),
        )
        self._by_body.setdefault(response.content, made)
        return made

    def _is_good(self, request: requests.PreparedRequest) -> bool:
        name, value = self._credentials(self.token)
        if name.startswith("?"):
            return (name[1:], value) in parse_qsl(urlsplit(str(request.url)).query)
        return request.headers.get(name) == value

    def _credentials(self, token: str) -> tuple[str, str]:
        return self._token_header, f"{self._before_token}{token}"

    def _learn(self, request: requests.PreparedRequest) -> None:
        """Learn sent tokens, because altered ones reveal most of the valid one."""
        for name, value in pairs_of(request.headers):
            if name.lower() == "authorization" and value.strip().lower() != "bearer":
                sent = value.strip().partition(" ")[2].strip() or value.strip()
                self._redactor.learn_sent(sent, self.token)

    def _shown(self, request: requests.PreparedRequest) -> str:
        return self._redactor.text(str(request.url))


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


class Routes:
    """Finds operations by method and URL; paths without parameters take precedence.

    Args:
        document: The document with the operations.
        base_url: The prefix of the document's paths.
    """

    def __init__(self, document: Document, base_url: str) -> None:
        self._before = urlsplit(base_url).path.rstrip("/")
        self._routes = [
            (operation.method, _pattern_of(operation.path), operation)
            for operation in sorted(document.operations, key=lambda found: found.path.count("{"))
        ]

    def find(self, method: str, url: str) -> tuple[Operation | None, dict[str, str]]:
        """Return the operation, or None, and the decoded path parameters."""
        path = urlsplit(url).path.removeprefix(self._before)
        for known, pattern, operation in self._routes:
            found = pattern.fullmatch(path) if known == method else None
            if found:
                names = re.findall(r"\{([^}]*)\}", operation.path)
                return operation, dict(zip(names, map(unquote, found.groups()), strict=True))
        return None, {}


def _pattern_of(path: str) -> re.Pattern[str]:
    return re.compile("([^/]+)".join(map(re.escape, re.split(r"\{[^}]*\}", path))))
