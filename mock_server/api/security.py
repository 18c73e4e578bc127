"""Authenticate requests; used by Connexion through its `security_map`.

Supports bearer tokens (RFC 6750), API keys and Basic authentication (RFC 7617). Connexion selects
the security schemes of an operation; this module verifies the credentials. A verifier must raise
to refuse a request: Connexion treats None as success.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from urllib.parse import parse_qs

from connexion.lifecycle import ConnexionRequest

from mock_server.api.context import context_of, site_of
from mock_server.data.site import Site
from mock_server.data.tokens import TokenState
from mock_server.errors import UnauthorizedError
from mock_server.openapi.lower import PREFIX
from mock_server.world.model import DEMO_API_TOKEN, digest_of

_REALM = 'Bearer realm="Viewtracker"'
_HOW = "Send `Authorization: {} <token>` with the token generated under Interfaces."
_KEY_REALM = 'ApiKey realm="Viewtracker"'
_BASIC_REALM = 'Basic realm="Viewtracker", charset="UTF-8"'
_BASIC_HOW = "Send `Authorization: Basic <base64 of email:api_token>`."

Verify = Callable[[ConnexionRequest], Awaitable[dict[str, Any]]]


def security_map(sites: Collection[Site], *, demo_users: bool) -> dict[str, type]:
    """Return the verifiers by type of security scheme.

    Args:
        sites: All sites; a token of another site gets a specific error message.
        demo_users: Whether users with the well-known API token are accepted.
    """

    def bearer(scheme: Mapping[str, str]) -> Callable[[ConnexionRequest], str]:
        prefix = scheme.get(PREFIX, "Bearer")

        def verify(request: ConnexionRequest) -> str:
            check_token(request.headers.getlist("authorization"), request.scope, sites, prefix)
            return "viewtracker"

        return verify

    def api_key(scheme: Mapping[str, str]) -> Callable[[ConnexionRequest], str]:
        name, place = scheme["name"], scheme["in"]
        how = f"Send the token generated under Interfaces as {name}, in the {place}."

        def verify(request: ConnexionRequest) -> str:
            context = context_of(request.scope)
            context.is_key_in_query = place == "query"
            keys = _keys(request, name, place)
            if len(keys) != 1 or not keys[0]:
                reason = f"the {place} parameter {name} does not hold one token"
                raise _refused(reason, how, _KEY_REALM)
            _check_state(keys[0], request.scope, sites, how)
            return "viewtracker"

        return verify

    return {
        "bearer": _scheme(bearer),
        "apiKey": _scheme(api_key),
        "basic": _scheme(_basic(sites, demo_users=demo_users)),
    }


def _basic(
    sites: Collection[Site], *, demo_users: bool
) -> Callable[[Mapping[str, str]], Callable[[ConnexionRequest], str]]:
    users = {
        site.residency: {
            digest_of(user.email, user.api_token): user
            for user in site.world.callers
            if demo_users or user.api_token != DEMO_API_TOKEN
        }
        for site in sites
    }

    def verify(request: ConnexionRequest) -> str:
        context = context_of(request.scope)
        sent = _credentials(request.headers.getlist("authorization"))
        user = users[site_of(request.scope).residency].get(digest_of(*sent))
        if user is None:
            raise _unknown("the email and the API token do not belong together")
        context.caller = user  # the report depends on the user's permissions
        return user.email

    return lambda _: verify


def _scheme(
    verifier: Callable[[Mapping[str, str]], Callable[[ConnexionRequest], str]],
) -> type:
    """Return a class with the interface that Connexion's `security_map` requires."""

    class Handler:
        def get_fn(self, security_scheme: dict[str, str], required_scopes: object) -> Verify:
            """Return the verifier of one scheme; scopes are ignored."""
            del required_scopes
            subject_of = verifier(security_scheme)

            async def verify(request: ConnexionRequest) -> dict[str, Any]:
                return {"sub": subject_of(request)}

            return verify

    return Handler


def _credentials(lines: list[str]) -> tuple[str, str]:
    """Parse email and API token; only the token may contain a colon (RFC 7617, section 2)."""
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
    lines: list[str], scope: Any, sites: Collection[Site], prefix: str = "Bearer"
) -> None:
    """Verify the token in `Authorization` headers, and store its state in the context.

    Args:
        lines: The values of the headers.
        scope: The ASGI scope of the request.
        sites: All sites.
        prefix: The word before the token.

    Raises:
        UnauthorizedError: If there is not exactly one valid token for the site. The message never
            contains the credentials.
    """
    how = _HOW.format(prefix)
    if not lines:
        raise _refused("there is no Authorization header", how, _REALM)
    if len(lines) > 1:
        raise _invalid("there are several Authorization headers", "Send one.")
    scheme, _, token = lines[0].strip(" \t").partition(" ")
    token = token.strip(" \t")
    if scheme.casefold() != prefix.casefold():
        raise _refused(f"the Authorization scheme is not {prefix}", how, _REALM)
    if not token:
        raise _refused("the token is empty", how, _REALM)
    _check_state(token, scope, sites, how)


def _check_state(token: str, scope: Any, sites: Collection[Site], how: str) -> None:
    context, site = context_of(scope), site_of(scope)
    state = site.tokens.verify(token)
    context.token = state.value
    if state is TokenState.ACTIVE:
        return
    if state is TokenState.REVOKED:
        raise _invalid(
            "the token was revoked when it was deleted or a new one generated",
            "Use the latest token.",
        )
    if any(other.opens(token) for other in sites if other is not site):
        context.token = "of the other residency"
        raise _invalid(
            "the token belongs to the other data residency",
            "Call the host of that residency, or use this one's token.",
        )
    raise _invalid("the token is unknown", how)


def _invalid(reason: str, remedy: str) -> UnauthorizedError:
    """Return the error for a token that was sent, with an error code (RFC 6750, section 3.1)."""
    challenge = f'{_REALM}, error="invalid_token", error_description="{reason}"'
    return _refused(reason, remedy, challenge)


def _refused(reason: str, remedy: str, challenge: str) -> UnauthorizedError:
    return UnauthorizedError(
        f"{reason[0].upper()}{reason[1:]}. {remedy}", headers={"WWW-Authenticate": challenge}
    )
