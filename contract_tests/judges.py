"""The second judge of every answer: openapi-core, which shares no code with the mock's own check.

Its strict policies find what schemathesis does not look for: a property that the document does not
declare, or declares and does not find.
"""

import json
from typing import Any

import requests
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse


class Judge:
    """Compares answers with a document.

    Args:
        document: The document, as read.
        url: The base URL that answers come from.
    """

    def __init__(self, document: dict[str, Any], url: str) -> None:
        self._openapi = OpenAPI.from_dict(
            {**document, "servers": [{"url": url}]},
            config=Config(
                extra_media_type_deserializers={"application/problem+json": json.loads},
                additional_properties_default_policy="forbid",
                response_properties_default_policy="required",
            ),
        )

    def complaints(self, response: requests.Response) -> list[str]:
        """Give what the document does not allow about an answer; nothing if it is as promised."""
        errors = self._openapi.iter_response_errors(
            RequestsOpenAPIRequest(response.request), RequestsOpenAPIResponse(response)
        )
        return [f"{type(error).__name__}: {error.__cause__ or error}" for error in errors]
