"""Authenticate requests; used by Connexion through its `security_map`.

Supports bearer tokens (RFC 6750), API keys and Basic authentication (RFC 7617). Connexion selects
the security schemes of an operation; this module verifies the credentials. A verifier must raise
to refuse a request: Connexion treats None as success.
"""

import base64
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from connexion.lifecycle import ConnexionRequest

from mock_server.api.context import context_of, site_of
from mock_server.data.site import Site
from mock_server.data.tokens import TokenState
from mock_server.errors import UnauthorizedError
from mock_server.openapi.lower import PREFIX
from mock_server.world.model import DEMO_API_TOKEN, User, digest_of

_REALM = 'Bearer realm="Viewtracker"'
_BASIC = {
    "remedy": "Send `Authorization: Basic <base64 of email:api_token>`.",
    "challenge": 'Basic realm="Viewtracker", charset="UTF-8"',
}

Scheme = Mapping[str, str]
Verify = Callable[[ConnexionRequest, Scheme], None]
"""Raises an UnauthorizedError, which never contains the credentials."""


class _Handler:
    """Verify the credentials of one type of security schemes."""

    def __init__(self, verify: Verify) -> None:
        self._verify = verify

    def get_fn(
        self, security_scheme: Scheme, required_scopes: object
    ) -> Callable[[ConnexionRequest], Awaitable[dict[str, Any]]]:
        """Return the verifier of one scheme; scopes are ignored."""
        del required_scopes

        async def verify(request: ConnexionRequest) -> dict[str, Any]:
            self._verify(request, security_scheme)
            return {"sub": "viewtracker"}

        return verify


def security_map(sites: Collection[Site], *, demo_users: bool) -> dict[str, Callable[[], _Handler]]:
    """Return what creates the verifiers, by type of security scheme.

    `demo_users` tells whether users with the well-known API token are accepted.
    """
    users = {
        site.residency: {
            digest_of(user.email, user.api_token): user
            for user in site.world.callers
            if demo_users or user.api_token != DEMO_API_TOKEN
        }
        for site in sites
    }
    verifiers: dict[str, Verify] = {
        "bearer": partial(_verify_bearer, sites),
        "apiKey": partial(_verify_key, sites),
        "basic": partial(_verify_basic, users),
    }
    return {kind: partial(_Handler, verify) for kind, verify in verifiers.items()}


def _verify_bearer(sites: Collection[Site], request: ConnexionRequest, scheme: Scheme) -> None:
    prefix = scheme.get(PREFIX, "Bearer")
    lines = request.headers.getlist("authorization")
    if len(lines) > 1:
        raise _invalid("there are several Authorization headers", "Send one.")
    sent, _, token = "".join(lines).strip(" \t").partition(" ")
    token, reason = token.strip(" \t"), None
    if not lines:
        reason = "there is no Authorization header"
    elif sent.casefold() != prefix.casefold():
        reason = f"the Authorization scheme is not {prefix}"
    elif not token:
        reason = "the token is empty"
    remedy = f"Send `Authorization: {prefix} <token>` with the token generated under Interfaces."
    if reason is not None:
        raise _refused(reason, remedy, _REALM)
    _verify_token(token, request.scope, sites, remedy)


def _verify_key(sites: Collection[Site], request: ConnexionRequest, scheme: Scheme) -> None:
    name, place = scheme["name"], scheme["in"]
    context_of(request.scope).is_key_in_query = place == "query"
    query = parse_qs(request.scope["query_string"].decode("latin-1"))
    cookies = {key: [value] for key, value in request.cookies.items()}
    keys: list[str] = {"cookie": cookies, "query": query}.get(place, {}).get(name, [])
    if place == "header":
        keys = request.headers.getlist(name)
    remedy = f"Send the token generated under Interfaces as {name}, in the {place}."
    if len(keys) != 1 or not keys[0]:
        reason = f"the {place} parameter {name} does not hold one token"
        raise _refused(reason, remedy, 'ApiKey realm="Viewtracker"')
    _verify_token(keys[0], request.scope, sites, remedy)


def _verify_basic(
    users: Mapping[Any, Mapping[Any, User]], request: ConnexionRequest, _: Scheme
) -> None:
    """Verify email and API token; only the token may contain a colon (RFC 7617, section 2)."""
    lines = request.headers.getlist("authorization")
    if len(lines) != 1:
        raise _refused(
            f"there {'are several' if lines else 'is no'} Authorization header", **_BASIC
        )
    scheme, _, encoded = lines[0].strip(" \t").partition(" ")
    if scheme.casefold() != "basic":
        raise _refused("the Authorization scheme is not Basic", **_BASIC)
    try:
        sent = base64.b64decode(encoded.strip(" \t"), validate=True).decode()
    except ValueError:
        reason = "what follows Basic is not the base64 of a text in UTF-8"
        raise _refused(reason, **_BASIC) from None
    email, colon, api_token = sent.partition(":")
    if not colon:
        raise _refused("there is no colon between email and API token", **_BASIC)
    user = users[site_of(request.scope).residency].get(digest_of(email, api_token))
    if user is None:
        raise _refused("the email and the API token do not belong together", **_BASIC)
    context_of(request.scope).caller = user  # the report depends on the user's permissions


def _verify_token(token: str, scope: Any, sites: Collection[Site], remedy: str) -> None:
    """Verify a token, and store its state in the context."""
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
    raise _invalid("the token is unknown", remedy)


def _invalid(reason: str, remedy: str) -> UnauthorizedError:
    """Return the error for a token that was sent, with an error code (RFC 6750, section 3.1)."""
    challenge = f'{_REALM}, error="invalid_token", error_description="{reason}"'
    return _refused(reason, remedy, challenge)


def _refused(reason: str, remedy: str, challenge: str) -> UnauthorizedError:
    return UnauthorizedError(
        f"{reason[0].upper()}{reason[1:]}. {remedy}", headers={"WWW-Authenticate": challenge}
    )
