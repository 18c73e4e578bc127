"""Reading the bodies of requests to the control API.

Connexion's own reader raises what nobody catches for a body that is no UTF-8, and takes NaN and
halves of characters for JSON.
"""

from collections.abc import AsyncGenerator
from typing import Any

import orjson
from connexion.validators.json import JSONRequestBodyValidator
from starlette.types import Scope

from mock_server.errors import InvalidRequestError


class BodyReader(JSONRequestBodyValidator):
    """Reads one body, for Connexion to judge."""

    async def _parse(self, stream: AsyncGenerator[bytes, None], scope: Scope) -> Any:
        del scope
        body = b"".join([part async for part in stream])
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise InvalidRequestError(f"The body is no JSON: {error}.") from None
