"""The bearer check (RFC 6750), plugged into Connexion's `security_map`.

Connexion decides which operations are secured, from the document; this module decides what opens
them. A verifier must raise: one that returns None lets everybody in.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from connexion.lifecycle import ConnexionRequest

from mock_server.errors import UnauthorizedError
from mock_server.tokens import TokenState, TokenStore

_REALM = 'Bearer realm="Viewtracker"'
_HOW = "Send `Authorization: Bearer <token>` with the token generated under Interfaces."

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
                check_token(request.headers.getlist("authorization"), tokens, other)
                return {"sub": "viewtracker"}

            return verify

    return BearerHandler


def check_token(lines: list[str], tokens: TokenStore, other: Callable[[str], bool]) -> None:
    """Let a request with these `Authorization` lines pass.

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
    state = tokens.verify(token)
    if state is TokenState.ACTIVE:
        return
    if state is TokenState.REVOKED:
        raise _invalid(
            "the token was revoked when it was deleted or a new one generated",
            "Use the latest token.",
        )
    if other(token):
        raise _invalid(
            "the token belongs to the other data residency",
            "Call the host of that residency, or use this one's token.",
        )
    raise _invalid("the token is unknown", _HOW)


def _absent(reason: str) -> UnauthorizedError:
    """Refuse a request without a token: RFC 6750, section 3.1 wants no error code then."""
    return UnauthorizedError(
        f"{reason[0].upper()}{reason[1:]}. {_HOW}", headers={"WWW-Authenticate": _REALM}
    )


def _invalid(reason: str, remedy: str) -> UnauthorizedError:
    return UnauthorizedError(
        f"{reason[0].upper()}{reason[1:]}. {remedy}",
        headers={
            "WWW-Authenticate": f'{_REALM}, error="invalid_token", error_description="{reason}"'
        },
    )
