"""Version 1 of the API, whose end the vendor announced for 2023-12-31."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

from contract_tests.errors import NotJudgedError
from contract_tests.judging.findings import Findings
from contract_tests.judging.judge import Judge
from contract_tests.suite.gate import Gate
from contract_tests.wire.request import request_of, texts
from contract_tests.wire.response import Response
from contract_tests.wire.sampling import Sample
from mock_server import (
    DEFAULT_DOCUMENT,
    Binding,
    Document,
    OperationBinding,
    Part,
    Subject,
    bind,
    read_document,
)

END = datetime(2024, 1, 1, tzinfo=UTC)
"""The first moment without version 1, as we read "until December 31, 2023"."""

_GONE = frozenset(range(400, 500)) - {429}
"""Status codes of a removed API; API gateways differ."""


class Version1:
    """Sends requests to the paths of version 1; each request is sent once."""

    def __init__(self, gate: Gate, sample: Sample) -> None:
        self._gate = gate
        self._sample = sample
        self._target = gate.wire.target
        self.caller = self._target.version_1_caller

    @cached_property
    def document(self) -> Document:
        """Our document of version 1."""
        return read_document(DEFAULT_DOCUMENT.with_name("viewtracker-v1.yaml"))

    @cached_property
    def judge(self) -> Judge:
        """The judge for responses of version 1."""
        return Judge(self.document)

    @cached_property
    def _binding(self) -> Binding:
        return bind(self.document)

    @property
    def has_ended(self) -> bool:
        """Whether version 1 has ended, by the target's clock."""
        return self._sample.now >= END.timestamp() * 1_000

    def bound(self, subject: Subject) -> OperationBinding:
        """Return the operation for a subject."""
        return next(
            bound for bound in self._binding.operations.values() if bound.subject is subject
        )

    def send(
        self, subject: Subject, *, with_caller: bool = True, site_url: str | None = None
    ) -> Response:
        """Send a request, with credentials if they are known.

        Raises:
            NotJudgedError: If the run's document declares the path.
        """
        bound, caller = self.bound(subject), self.caller
        known = caller.site_url if caller else ""
        values = self._gate.values(bound)
        values[Part.SITE_URL] = site_url or known or "https://example.atlassian.net"
        made = request_of(bound.operation, texts(bound, values))
        headers = []
        if with_caller and caller is not None:
            sent = f"{caller.email}:{caller.api_token}".encode()
            headers.append(("Authorization", f"Basic {b64encode(sent).decode()}"))
        response = self._gate.wire.send(
            made.method,
            made.path,
            query=made.query or None,
            headers=headers,
            token=None,
            from_root=True,
            is_shared=True,
        )
        if response.operation is not None:
            raise NotJudgedError("The document itself declares the path of version 1.")
        return replace(response, operation=bound.operation)

    def send_unless_ended(self, subject: Subject, findings: Findings) -> Response:
        """Send a request; retire the requirement if version 1 has ended.

        Raises:
            NotJudgedError: If the target never had version 1.
        """
        response = self.send(subject)
        if response.status in _GONE and self.has_ended:
            findings.retire(f"Got {response.status}; version 1 ended on 2023-12-31.")
        if response.status == 404 and self._target.residency == "de":
            raise NotJudgedError("Version 1 is documented for the US host only.")
        return response
