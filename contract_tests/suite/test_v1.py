"""Version 1 of the API, whose end the vendor announced for 2023-12-31 (ids `V1-*`)."""

import re
from datetime import UTC, datetime

from contract_tests import requirement
from contract_tests.checking.findings import Findings
from contract_tests.errors import NotCheckedError
from contract_tests.model import Source
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire

_END = datetime(2024, 1, 1, tzinfo=UTC)
"""The first moment without version 1, as we read "until December 31, 2023"."""

_PATH = "/api/report/searches"


@requirement(
    "V1-05",
    "Version 1 does not respond after its end on 2023-12-31.",
    source=Source.VENDOR,
    sends="one request of version 1, without credentials",
    tags=("old",),
    once=1,
    each=0,
)
def test_version_1_has_ended(wire: Wire, sample: Sample, findings: Findings) -> None:
    response = wire.send("GET", _PATH, token=None, from_root=True)
    if response.operation is not None:
        raise NotCheckedError("The document itself declares the path of version 1.")
    if sample.now < _END.timestamp() * 1_000:
        raise NotCheckedError("By the target's clock, version 1 has not ended.")
    findings.checked(f"GET {_PATH}")
    challenge = response.headers.get("WWW-Authenticate", "")
    asks_for_password = response.status == 401 and re.match(r"basic\b", challenge, re.IGNORECASE)
    if response.status < 400 or asks_for_password:
        findings.add(
            f"Expected an error such as 410, got {response.status}"
            f"{' and a Basic challenge' if asks_for_password else ''}.",
            response,
        )
