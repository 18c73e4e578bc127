"""The operations that a bearer token opens, asked with and without one."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cached_property
from itertools import count
from typing import Any

from contract_tests.errors import NotJudgedError
from contract_tests.judging.findings import Findings
from contract_tests.wire.credentials import wants_bearer
from contract_tests.wire.limits import WAITING
from contract_tests.wire.paging import limits_of
from contract_tests.wire.request import Request, request_of, texts
from contract_tests.wire.response import Response
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import Binding, Document, OperationBinding, Part

REFUSED = frozenset({401, 403})
"""What tells a caller that the credentials are the reason."""

NOT_ABOUT_INPUT = WAITING | {401}
"""Who is turned away like this learns nothing of what was asked."""

_UNLIKELY = {Part.CONTENT_ID: "70918465203", Part.SPACE_KEY: "NOSUCHSPACE"}
"""What ids and keys begin with that no site is likely to have."""

_NOTHING_MORE: Mapping[Part, Any] = {}


class Gate:
    """Asks what a token opens, and remembers who was turned away, and how."""

    def __init__(self, wire: Wire, document: Document, binding: Binding, sample: Sample) -> None:
        self.wire = wire
        self._binding = binding
        self.document = document
        self._sample = sample
        self.refusals: dict[Response, OperationBinding] = {}
        """What came back for lack of a good token, with what was asked."""

    @cached_property
    def operations(self) -> tuple[OperationBinding, ...]:
        """The operations that ask for a bearer token, and that we know to ask.

        Raises:
            NotJudgedError: If there is none.
        """
        bound = self._binding.operations.values()
        if secured := tuple(
            operation for operation in bound if wants_bearer(self.document, operation.operation)
        ):
            return secured
        raise NotJudgedError("The document opens no operation by a bearer token.")

    def values(self, bound: OperationBinding) -> dict[Part, Any]:
        """Return what to ask about; what no site has, if nothing else is known."""
        try:
            return self._sample.values(bound)
        except NotJudgedError:
            return {part: self.unknown(part) for part in (Part.CONTENT_ID, Part.SPACE_KEY)}

    def unknown(self, part: Part) -> str:
        """Return an id or a key that no response has shown so far."""
        shown = "\n".join(
            response.text for response in self.wire.responses if response.status < 300
        )
        made = (f"{_UNLIKELY[part]}{number}" for number in count(1))
        return next(text for text in made if text not in shown)

    @property
    def today(self) -> date:
        """The UTC day that it is at the target."""
        return self._sample.today

    def most(self, bound: OperationBinding) -> int:
        """Return the most rows that a page may have."""
        try:
            return max(limits_of(bound, self.document))
        except NotJudgedError:
            return 1

    def send(
        self,
        bound: OperationBinding,
        *authorizations: str,
        values: Mapping[Part, Any] | None = None,
        more: Mapping[Part, Any] | None = _NOTHING_MORE,
        query: Iterable[tuple[str, str]] = (),
        cookie: str | None = None,
        method: str | None = None,
        is_shared: bool = True,
    ) -> Response:
        """Ask with exactly these `Authorization` headers.

        Args:
            bound: What to ask.
            authorizations: Values of the header.
            values: What to ask about; what the sample knows if None.
            more: Days, a page or the like; not even days if None.
            query: Sent beside what the document declares.
            cookie: Value of the header.
            method: Instead of the operation's own.
            is_shared: Take the response to an equal request that was sent before.
        """
        values_sent = self.values(bound) if values is None else values
        days = {Part.START: self.today - timedelta(days=29), Part.END: self.today}
        values_sent = {**values_sent, **({} if more is None else {**days, **more})}
        made = request_of(bound.operation, texts(bound, values_sent))
        headers = [
            *made.headers,
            *(("Authorization", authorization) for authorization in authorizations),
        ]
        if cookie is not None:
            headers.append(("Cookie", cookie))
        pairs = [*made.query, *query] or None
        response = self.wire.send(
            method or made.method,
            made.path,
            query=pairs,
            headers=headers,
            token=None,
            is_shared=is_shared,
        )
        if response.status in REFUSED:
            self.refusals[response] = bound
        return response

    def open_operation(self) -> OperationBinding:
        """Return the first operation that the good token opens, as things are.

        Raises:
            NotJudgedError: If it opens none.
        """
        for bound in self.operations:
            if self.takes_token(bound):
                return bound
        raise NotJudgedError("The good token opens nothing.")

    def takes_token(self, bound: OperationBinding) -> bool:
        """Return whether the good token, written in the usual way, opens an operation."""
        return self.send(bound, f"Bearer {self.wire.token}").status not in REFUSED

    def expect_open(self, findings: Findings, bound: OperationBinding, response: Response) -> None:
        """Find fault with a response that turns away the good token, written in some other way.

        Raises:
            NotJudgedError: If the good token is turned away however it is written.
        """
        if not self.takes_token(bound):
            raise NotJudgedError(f"{bound.operation.id} does not take the good token at all.")
        if response.status in REFUSED:
            findings.add(
                f"Expected the good token to be taken, got {response.status}.", response=response
            )
        elif response.status in {bound.status, 404}:
            findings.judged(bound.operation)

    def request(self, bound: OperationBinding, values: Mapping[Part, Any] | None = None) -> Request:
        """Return what is asked about what is known, but for some values."""
        return request_of(bound.operation, texts(bound, {**self.values(bound), **(values or {})}))


def expect(findings: Findings, response: Response, *wanted: int, what: str = "") -> None:
    """Find fault with a response of another status, unless it says nothing of what was asked.

    Args:
        findings: Learn of it.
        response: To judge.
        wanted: Statuses; a 401 among them asks for a good token, and tells nothing otherwise.
        what: What was sent, where the requirement's sentence does not say it.
    """
    if response.operation is None or response.status in NOT_ABOUT_INPUT - {*wanted}:
        return
    findings.judged(response.operation)
    if response.status not in wanted:
        statuses = " or ".join(map(str, sorted(wanted)))
        findings.add(f"Expected {statuses}{what}, got {response.status}.", response=response)
