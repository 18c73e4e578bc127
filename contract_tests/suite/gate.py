"""Sends requests with and without tokens to operations that require a bearer token."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cached_property
from itertools import count
from types import MappingProxyType
from typing import Any

from contract_tests.checking.findings import Findings
from contract_tests.errors import NotCheckedError
from contract_tests.wire.credentials import wants_bearer
from contract_tests.wire.limits import WAITING
from contract_tests.wire.paging import limits_of
from contract_tests.wire.request import Request, request_of, texts
from contract_tests.wire.response import Response
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import Binding, Document, OperationBinding, Part

REFUSED = frozenset({401, 403})
"""Status codes of rejected credentials."""

NOT_ABOUT_INPUT = WAITING | {401}
"""Status codes that do not depend on the input."""

_UNLIKELY = {Part.CONTENT_ID: "70918465203", Part.SPACE_KEY: "NOSUCHSPACE"}
"""Prefixes of ids and keys that probably no site has."""


class Gate:
    """Sends requests with given tokens."""

    def __init__(self, wire: Wire, document: Document, binding: Binding, sample: Sample) -> None:
        self.wire = wire
        self._binding = binding
        self.document = document
        self._sample = sample

    @cached_property
    def operations(self) -> tuple[OperationBinding, ...]:
        """The bound operations that require a bearer token; `NotCheckedError` if there are none."""
        found = self._binding.operations.values()
        if secured := tuple(one for one in found if wants_bearer(self.document, one.operation)):
            return secured
        raise NotCheckedError("No operation of the document requires a bearer token.")

    def values(self, bound: OperationBinding) -> dict[Part, Any]:
        """Return an id and a key of the sample, or unknown ones if there is no sample."""
        try:
            return self._sample.values(bound)
        except NotCheckedError:
            return {part: self.unknown(part) for part in (Part.CONTENT_ID, Part.SPACE_KEY)}

    def unknown(self, part: Part) -> str:
        """Return an id or a key that no response contained so far."""
        shown = "\n".join(one.text for one in self.wire.responses if one.status < 300)
        made = (f"{_UNLIKELY[part]}{number}" for number in count(1))
        return next(text for text in made if text not in shown)

    @property
    def today(self) -> date:
        """The current UTC day at the target."""
        return self._sample.today

    def most(self, bound: OperationBinding) -> int:
        """Return the maximum page size."""
        try:
            return max(limits_of(bound, self.document))
        except NotCheckedError:
            return 1

    def send(
        self,
        bound: OperationBinding,
        *authorizations: str,
        values: Mapping[Part, Any] | None = None,
        more: Mapping[Part, Any] | None = MappingProxyType({}),
        query: Iterable[tuple[str, str]] = (),
        cookie: str | None = None,
        method: str | None = None,
        is_shared: bool = True,
    ) -> Response:
        """Send a request with exactly these `Authorization` headers.

        Args:
            bound: The operation.
            authorizations: Values of the `Authorization` headers.
            values: The id and the key; by default, those of the sample.
            more: Values for other parameters, such as days or a page; None omits days too.
            query: Additional query parameters.
            cookie: Value of the `Cookie` header; the cookies that the target has set are added.
            method: The method; by default, the operation's own.
            is_shared: Whether to reuse the response to an equal earlier request.
        """
        sent = dict(self.values(bound) if values is None else values)
        if more is not None:
            sent |= {Part.START: self.today - timedelta(days=29), Part.END: self.today, **more}
        made = request_of(bound.operation, texts(bound, sent))
        headers = [*made.headers, *(("Authorization", value) for value in authorizations)]
        if cookie is not None:
            cookies = {cookie: None}
            for one in self.wire.responses:
                for line in one.headers.getlist("Set-Cookie"):
                    cookies[line.partition(";")[0]] = None
            headers.append(("Cookie", "; ".join(cookies)))
        return self.wire.send(
            method or made.method,
            made.path,
            query=[*made.query, *query] or None,
            headers=headers,
            token=None,
            is_shared=is_shared,
        )

    def open_operation(self) -> OperationBinding:
        """Return the first operation that accepts the valid token."""
        if found := next(filter(self.takes_token, self.operations), None):
            return found
        raise NotCheckedError("No operation accepts the valid token.")

    def takes_token(self, bound: OperationBinding) -> bool:
        """Return whether an operation accepts the valid token in the usual form."""
        return self.send(bound, f"Bearer {self.wire.token}").status not in REFUSED

    def expect_open(self, findings: Findings, bound: OperationBinding, response: Response) -> None:
        """Add a finding if a response rejects the valid token in an unusual form."""
        if not self.takes_token(bound):
            raise NotCheckedError(f"{bound.operation.id} does not accept the valid token.")
        if response.status in REFUSED:
            findings.add(
                f"Expected the valid token to be accepted, got {response.status}.", response
            )
        elif response.status in {bound.status, 404}:
            findings.checked(bound.operation)

    def request(self, bound: OperationBinding, values: Mapping[Part, Any] | None = None) -> Request:
        """Return a request with sampled values, overridden by the given ones."""
        return request_of(bound.operation, texts(bound, {**self.values(bound), **(values or {})}))


def expect(findings: Findings, response: Response, *wanted: int, what: str = "") -> None:
    """Add a finding if a response has another status than the wanted ones.

    Statuses that do not depend on the input, such as 401, are ignored unless they are wanted.
    """
    if response.operation is None or response.status in NOT_ABOUT_INPUT - {*wanted}:
        return
    findings.checked(response.operation)
    if response.status not in wanted:
        statuses = " or ".join(map(str, sorted(wanted)))
        findings.add(f"Expected {statuses}{what}, got {response.status}.", response)
