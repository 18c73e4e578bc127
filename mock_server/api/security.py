"""The check of who calls, plugged into Connexion's `security_map`.

By a bearer token (RFC 6750), a key, or Basic credentials (RFC 7617). Connexion
decides which operations are secured, from the document; this module decides what opens them. A
verifier must raise: one that returns None lets everybody in.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from connexion.lifecycle import ConnexionRequest

from mock_server.api.context import Trace, trace_of
from mock_server.data.tokens import TokenState, TokenStore
from mock_server.errors import UnauthorizedError
from mock_server.world.users import Caller, digest_of

_REALM = 'Bearer realm="Viewtracker"'
_HOW = "Send `Authorization: Bearer <token>` with the token generated under Interfaces."
_KEY_REALM = 'ApiKey realm="Viewtracker"'
_BASIC_REALM = 'Basic realm="Viewtracker", charset="UTF-8"'
_BASIC_HOW = "Send `Authorization: Basic <base64 of email:api_token>`."

Verify = Callable[[ConnexionRequest], Awaitable[dict[str, Any]]]


def bearer_handler(tokens: TokenStore, other: Callable[[str], bool]) -> type:
    """Give the class that Connexion asks for a verifier of `http` `bearer` schemes.

    Args:
        tokens: What opens this residency.
        other: Tells whether a token opens another residency, for a more helpful refusal.
    """

    class BearerHandler:
        def get_fn(self, security_scheme: object, required_scopes: object) -> Verify:
            """Give the verifier; what the scheme says beyond `bearer` does not matter."""
            del security_scheme, required_scopes

            async def verify(request: ConnexionRequest) -> dict[str, Any]:
                trace = trace_of(request.scope)
                check_token(request.headers.getlist("authorization"), tokens, other, trace)
                return {"sub": "viewtracker"}

            return verify

    return BearerHandler


def api_key_handler(tokens: TokenStore, other: Callable[[str], bool]) -> type:
    """Give the class that Connexion asks for a verifier of `apiKey` schemes.

    The token is then looked for where the document's scheme says: a header, the query or a cookie.
    """

    class ApiKeyHandler:
        def get_fn(self, security_scheme: dict[str, str], required_scopes: object) -> Verify:
            """Give the verifier of one scheme."""
            del required_scopes
            name, place = security_scheme["name"], security_scheme["in"]
            how = f"Send the token generated under Interfaces as {name}, in the {place}."

            async def verify(request: ConnexionRequest) -> dict[str, Any]:
                trace = trace_of(request.scope)
                trace.is_key_in_query = place == "query"
                keys = _keys(request, name, place)
                if len(keys) != 1 or not keys[0]:
                    reason = f"the {place} parameter {name} does not hold one token"
                    raise _refused(reason, how, _KEY_REALM)
                _check_state(keys[0], tokens, other, trace, how)
                return {"sub": "viewtracker"}

            return verify

    return ApiKeyHandler


def basic_handler(callers: Iterable[Caller]) -> type:
    """Give the class that Connexion asks for a verifier of `http` `basic` schemes.

    Who calls is noted in the request's trace, since rights depend on it.
    """
    by_digest = {caller.digest: caller for caller in callers}

    class BasicHandler:
        def get_fn(self, security_scheme: object, required_scopes: object) -> Verify:
            """Give the verifier; what the scheme says beyond `basic` does not matter."""
            del security_scheme, required_scopes

            async def verify(request: ConnexionRequest) -> dict[str, Any]:
                sent = _credentials(request.headers.getlist("authorization"))
                caller = by_digest.get(digest_of(*sent))
                if caller is None:
                    raise _unknown("the email and the API token do not belong together")
                trace_of(request.scope).caller = caller
                return {"sub": caller.email}

            return verify

    return BasicHandler


def _credentials(lines: list[str]) -> tuple[str, str]:
    """Read email and API token, which alone may hold a colon (RFC 7617, section 2)."""
    if len(lines) != 1:
        raise _unknown(f"there {'are several' if lines else 'is no'} Authorization header")
    scheme, _, encoded = lines[0].strip(" \t").partition(" ")
    if scheme.casefold() != "basic":
        raise _unknown("the Authorization scheme is not Basic")
    try:
        sent = base64.b64decode(encoded.strip(" \t"), validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise _unknown("what follows Basic is not the base64 of a text in UTF-8") from None
    email, colon, api_token = sent.partition(":")
    if not colon:
        raise _unknown("there is no colon between email and API token")
    return email, api_token


def _unknown(reason: str) -> UnauthorizedError:
    return _refused(reason, _BASIC_HOW, _BASIC_REALM)


def _keys(request: ConnexionRequest, name: str, place: str) -> list[str]:
    if place == "header":
        return list(request.headers.getlist(name))
    if place == "cookie":
        return [request.cookies[name]] if name in request.cookies else []
    return parse_qs(request.scope["query_string"].decode("latin-1")).get(name, [])


def check_token(
    lines: list[str], tokens: TokenStore, other: Callable[[str], bool], trace: Trace
) -> None:
    """Let a request with these `Authorization` lines pass; the trace gets what the token opens.

    Raises:
        UnauthorizedError: If they do not carry one bearer token that opens this residency. The
            sentence never repeats what was sent.
    """
    if not lines:
        raise _absent("there is no Authorization header")
    if len(lines) > 1:
        raise _invalid("there are several Authorization headers", "Send one.")
    scheme, _, token = lines[0].strip(" \t").partition(" ")
    token = token.strip(" \t")
    if scheme.casefold() != "bearer":
        raise _absent("the Authorization scheme is not Bearer")
    if not token:
        raise _absent("the token is empty")
    _check_state(token, tokens, other, trace, _HOW)


def _check_state(
    token: str, tokens: TokenStore, other: Callable[[str], bool], trace: Trace, how: str
) -> None:
    state = tokens.verify(token)
    trace.token = state.value
    if state is TokenState.ACTIVE:
        return
    if state is TokenState.REVOKED:
        raise _invalid(
            "the token was revoked when it was deleted or a new one generated",
            "Use the latest token.",
        )
    if other(token):
        trace.token = "of the other residency"
        raise _invalid(
            "the token belongs to the other data residency",
            "Call the host of that residency, or use this one's token.",
        )
    raise _invalid("the token is unknown", how)


def _absent(reason: str) -> UnauthorizedError:
    """Refuse a request without a token: RFC 6750, section 3.1 wants no error code then."""
    return _refused(reason, _HOW, _REALM)


def _invalid(reason: str, remedy: str) -> UnauthorizedError:
    told = f'{_REALM}, error="invalid_token", error_description="{reason}"'
    return _refused(reason, remedy, told)


def _refused(reason: str, remedy: str, challenge: str) -> UnauthorizedError:
    return UnauthorizedError(
        f"{reason[0].upper()}{reason[1:]}. {remedy}", headers={"WWW-Authenticate": challenge}
    )
