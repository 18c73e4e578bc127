"""The page for tokens."""

import re

import httpx
import pytest

from mock_server import MockServer
from tests.mocks import SEARCHES, bearer

PAGE = "/__pages/interfaces"


def generate(client: httpx.Client) -> tuple[str, httpx.Response]:
    """Press the button, and return the address it redirects to and the page there."""
    response = client.post(PAGE, data={"do": "generate"})
    assert 303 == response.status_code
    place = response.headers["Location"]
    return place, client.get(place)


def is_valid(client: httpx.Client, token: str) -> bool:
    return client.get(SEARCHES, headers=bearer(token)).status_code == 200


def test_a_generated_token_is_shown_once_and_revokes_the_previous_one(client: httpx.Client) -> None:
    place, page = generate(client)
    (token,) = re.findall(r">(vt_us_[\w-]+)<", page.text)
    assert is_valid(client, token)
    assert not is_valid(client, "demo-token-us")
    assert token not in place
    for other in (place, "/", PAGE, f"{PAGE}?made="):
        assert token not in client.get(other).text


def test_a_generated_token_is_shown_only_at_its_own_address(client: httpx.Client) -> None:
    place = client.post(PAGE, data={"do": "generate"}).headers["Location"]
    for guess, is_shown in ((PAGE, False), (f"{PAGE}?made=", False), (place, True)):
        assert is_shown is ("vt_us_" in client.get(guess).text)


def test_a_deleted_token_is_refused(client: httpx.Client) -> None:
    before = client.get(PAGE).text
    after = client.get(client.post(PAGE, data={"do": "delete"}).headers["Location"]).text
    assert not is_valid(client, "demo-token-us")
    assert '<span class="mark on">active</span>' in before
    assert '<span class="mark off">none</span>' in after
    assert "immediately invalidates the previous token" in before


def test_each_residency_has_its_own_token(client: httpx.Client, mock: MockServer) -> None:
    german = {"Host": "de.localhost"}
    client.post(PAGE, data={"do": "delete"}, headers=german)
    assert is_valid(client, "demo-token-us")
    assert mock.sites["de"].demo_token is None
    assert '<span class="here">DE</span>' in client.get(PAGE, headers=german).text


@pytest.mark.parametrize("form", [{}, {"do": "all"}])
def test_an_invalid_form_changes_nothing(form: dict[str, str], client: httpx.Client) -> None:
    assert 400 == client.post(PAGE, data=form).status_code
    assert is_valid(client, "demo-token-us")
