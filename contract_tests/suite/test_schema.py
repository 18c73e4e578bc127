"""Every answer, to good and bad requests alike, agrees with the document."""

from typing import Any

import requests
import schemathesis
from hypothesis import settings

from contract_tests.judges import Judge
from contract_tests.targets import Target
from mock_server import DEFAULT_DOCUMENT, read_document

DOCUMENT = read_document(DEFAULT_DOCUMENT).content
SCHEMA = schemathesis.openapi.from_dict(
    DOCUMENT,
    config=schemathesis.Config.from_dict(
        {
            "seed": 20_260_131,
            "cache": {"enabled": False},
            "generation": {
                "database": "none",
                "max-examples": 40,
                "with-security-parameters": False,
            },
            "phases": {"coverage": {"unexpected-methods": []}},
        }
    ),
)


@SCHEMA.parametrize()
@settings(deadline=None, database=None)
def test_schemathesis_finds_nothing(case: Any, target: Target) -> None:
    """Status, media type, headers and body agree with the document, and bad input is refused."""
    case.call_and_validate(base_url=target.url, headers=target.headers)


@SCHEMA.parametrize()
@settings(deadline=None, database=None)
def test_openapi_core_finds_nothing(case: Any, target: Target) -> None:
    """A second judge agrees, and no answer has a property that the document lacks."""
    arguments = case.as_transport_kwargs(base_url=target.url, headers=target.headers)
    response = requests.request(**arguments, timeout=10)

    assert Judge(DOCUMENT, target.url).complaints(response) == []
