"""Reading the bodies of requests to the control API.

Connexion's own reader raises what nobody catches for a body that is no UTF-8, takes NaN and halves
of characters for JSON, and of a wrong entry in a list says no more than that the list is wrong.
"""

from collections.abc import AsyncGenerator
from typing import Any

import orjson
from connexion.validators.json import JSONRequestBodyValidator
from starlette.types import Scope

from mock_server.errors import InvalidRequestError


class BodyReader(JSONRequestBodyValidator):
    """Reads one body, and judges it by that form of several that it is written in."""

    async def _parse(self, stream: AsyncGenerator[bytes, None], scope: Scope) -> Any:
        del scope
        body = b"".join([part async for part in stream])
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise InvalidRequestError(f"The body is no JSON: {error}.") from None

    def _validate(self, body: Any) -> None:
        for form in self._schema.get("oneOf", ()):
            if (form.get("type") == "array") is isinstance(body, list):
                self._schema = form
        super()._validate(body)
