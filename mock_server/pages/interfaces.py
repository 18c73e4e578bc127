"""The token, as the app's page "Interfaces" has it."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from mock_server.errors import InvalidRequestError
from mock_server.pages.showing import Pages, to_page


def show_interfaces(pages: Pages, request: Request) -> Response:
    """Give the page; a token that was just made is on it once."""
    word, token = pages.made or ("", "")
    if word and request.query_params.get("made") == word:
        pages.made = None
    else:
        token = ""
    tokens, demo = pages.site.tokens, pages.site.demo_token
    return pages.show(request, "interfaces", token=token, record=tokens.state(), demo=demo)


def change_token(pages: Pages, form: dict[str, str]) -> Response:
    """Make a token, or delete it.

    Raises:
        InvalidRequestError: If the form says neither.
    """
    what = form.get("do")
    if what == "generate":
        pages.made = (secrets.token_urlsafe(12), pages.site.tokens.generate())
        return to_page("interfaces", made=pages.made[0])
    if what != "delete":
        raise InvalidRequestError("do: the form says neither 'generate' nor 'delete'.")
    pages.made = None
    pages.site.tokens.delete()
    return to_page("interfaces")
