"""The token, as the app's page "Interfaces" has it."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from mock_server.errors import InvalidRequestError
from mock_server.pages.showing import Pages, read_form, to_page


def show_interfaces(pages: Pages, request: Request) -> Response:
    """Give the page; a token that was just made is on it once.

    Raises:
        ForbiddenError: If it is not for everybody who can ask.
    """
    pages.check(request)
    word, token = pages.made or ("", "")
    if not word or request.query_params.get("made") != word:
        token = ""
    elif request.method == "GET":
        pages.made = None
    demo = pages.site.demo_token
    return pages.show(
        request, "interfaces", token=token, record=pages.site.tokens.state(), demo=demo
    )


async def change_token(pages: Pages, request: Request) -> Response:
    """Make a token, or delete it.

    Raises:
        ForbiddenError: If it is not for everybody who can ask.
        InvalidRequestError: If the form says neither.
    """
    pages.check(request)
    what = (await read_form(request)).get("do")
    if what not in {"generate", "delete"}:
        raise InvalidRequestError("do: the form says neither 'generate' nor 'delete'.")
    if what == "delete":
        pages.site.tokens.delete()
        return to_page("interfaces")
    pages.made = (secrets.token_urlsafe(12), pages.site.tokens.generate())
    return to_page("interfaces", made=pages.made[0])
