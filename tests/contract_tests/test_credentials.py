"""Where and how the token is sent, by the document."""

from typing import Any

import pytest

from contract_tests.wire.credentials import token_header, wants_bearer
from mock_server import Document

BEARER = {"type": "http", "scheme": "Bearer"}
KEY = {"type": "apiKey", "name": "X-Key", "in": "header"}


def document(*schemes: dict[str, Any], security: Any = None) -> Document:
    named = {f"s{n}": scheme for n, scheme in enumerate(schemes)}
    content = {
        "openapi": "3.0.3",
        "security": [{name: []} for name in named] if security is None else security,
        "paths": {"/a": {"get": {"responses": {}}}},
        "components": {"securitySchemes": named},
    }
    return Document(content, origin="here")


@pytest.mark.parametrize(("schemes", "header", "is_bearer"), [
    ([BEARER], ("Authorization", "Bearer "), True),
    ([{"type": "oauth2"}], ("Authorization", "Bearer "), True),
    ([{**KEY, "name": "authorization"}], ("Authorization", "Bearer "), True),
    ([], ("Authorization", "Bearer "), False),
    ([{"type": "http", "scheme": "basic"}], ("Authorization", "Bearer "), False),
    ([KEY], ("X-Key", ""), False), ([KEY, BEARER], ("Authorization", "Bearer "), False),
    ([{**KEY, "in": "cookie"}], ("Cookie", "X-Key="), False),
    ([{**KEY, "in": "query"}], ("?X-Key", ""), False),
])  # fmt: skip
def test_the_token_is_sent_by_the_declared_security_scheme(
    schemes: list[dict[str, Any]], header: tuple[str, str], *, is_bearer: bool
) -> None:
    made = document(*schemes)
    assert header == token_header(made)
    assert is_bearer == wants_bearer(made, made.operations[0])


def test_an_operation_with_optional_security_does_not_require_a_token() -> None:
    made = document(BEARER, security=[{"s0": []}, {}])
    assert not wants_bearer(made, made.operations[0])
