"""Responses from a recording."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Residency, Settings
from mock_server.api.replay import read_recording
from mock_server.errors import SettingsError
from tests.mocks import BEARER, MakeMock, bearer

GOOD = "Bearer $VIEWTRACKER_TOKEN"


def entry(path: str, text: str, *, sent: str | None = GOOD, **more: Any) -> dict[str, Any]:
    """Make the entry of one exchange."""
    headers = {"Content-Type": "application/json", **more.pop("headers", {})}
    content = {"size": len(text), "mimeType": "application/json", "text": text}
    return {
        "request": {
            "method": more.pop("method", "GET"),
            "url": f"{more.pop('host', 'https://viewtracker.example')}{path}",
            "headers": [] if sent is None else [{"name": "authorization", "value": sent}],
        },
        "response": {
            "status": more.pop("status", 200),
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "content": content | more.pop("content", {}),
        },
        **more,
    }


@pytest.fixture
def har(tmp_path: Path) -> Callable[..., Path]:
    def write(*entries: dict[str, Any]) -> Path:
        path = tmp_path / "made.har"
        path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), "utf-8")
        return path

    return write


@pytest.fixture
def replay(har: Callable[..., Path], make_mock: MakeMock) -> Any:
    """Replay entries; returns a function that sends requests to a running mock."""

    def start(*entries: dict[str, Any], **settings: Any) -> Callable[..., httpx.Response]:
        mock = make_mock(replay=har(*entries), **settings)

        def ask(path: str, headers: Any = BEARER, **more: Any) -> httpx.Response:
            url = mock.url_of(Residency(more.pop("residency", "us"))) + path
            return httpx.request(more.pop("method", "GET"), url, headers=headers, **more)

        return ask

    return start


def test_a_response_comes_as_it_was_recorded(replay: Any) -> None:
    date = "Sat, 31 Jan 2026 12:00:00 GMT"
    headers = {"Date": date, "X-Two": "a\nb", "Content-Length": "999"}
    ask = replay(entry("/r?b=2&a=%20", '{"ä": 1}', status=203, headers=headers))
    response = ask("/r?a=+&b=2")
    assert (203, '{"ä": 1}') == (response.status_code, response.text)
    assert date == response.headers["Date"]
    assert ["a", "b"] == response.headers.get_list("X-Two")
    assert {"content-type", "date", "x-two", "content-length"} == set(response.headers)


def test_the_same_request_gets_its_responses_in_turn(replay: Any) -> None:
    ask = replay(entry("/r", "1"), entry("/other", "0"), entry("/r", "2"), entry("/r", "3"))
    assert ["1", "2", "3", "3"] == [ask("/r").text for _ in range(4)]


@pytest.mark.parametrize(("sent", "expected"), [
    ([("Authorization", "Bearer demo-token-us")], "good"),
    ([("Authorization", "bEARER  demo-token-us")], "good"),
    ([("Authorization", "Bearer demo-token-de")], "bad"),
    ([("Authorization", "Bearer $VIEWTRACKER_TOKEN")], "bad"),
    ([("Authorization", "Basic demo-token-us")], "bad"),
    ([("Authorization", "Bearer demo-token-us")] * 2, "bad"), ([], "none"),
])  # fmt: skip
def test_the_caller_makes_a_difference(replay: Any, sent: Any, expected: str) -> None:
    ask = replay(
        entry("/r", "good"),
        entry("/r", "bad", sent="Bearer [filtered]"),
        entry("/r", "none", sent=None),
    )
    assert expected == ask("/r", sent).text


def test_a_token_from_a_file_opens_instead_of_the_demo_token(replay: Any, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("my-own-token\n")
    recorded = entry("/r?key=$VIEWTRACKER_TOKEN", '"$VIEWTRACKER_TOKEN"')
    ask = replay(recorded, token_file=tmp_path / "token")
    assert '"my-own-token"' == ask("/r?key=my-own-token", bearer("my-own-token")).text
    assert 501 == ask("/r?key=demo-token-us").status_code


def test_each_residency_has_its_own_recording(replay: Any) -> None:
    ask = replay(
        entry("/r", "us"),
        entry("/r", "de", host="https://de.viewtracker.example"),
        entry("/s", "de", comment="de"),
    )
    there = bearer("demo-token-de")
    assert ("us", 501) == (ask("/r").text, ask("/s").status_code)
    assert ["de", "de"] == [ask(path, there, residency="de").text for path in ("/r", "/s")]


def test_what_was_not_recorded_is_a_problem_that_names_the_nearest(replay: Any) -> None:
    ask = replay(entry("/spaces/ENG/visits?limit=10", "{}"), entry("/searches", "{}"))
    near = ask("/spaces/ENG/visits?limit=11")
    token = ask("/searches", {})
    assert (501, "application/problem+json") == (near.status_code, near.headers["content-type"])
    assert "Did you mean 'GET /spaces/ENG/visits?limit=10 with the valid token'?" in near.text
    assert "'GET /searches with no token' was not recorded." in token.json()["detail"]
    assert "searches with the valid token" in token.json()["detail"]
    assert "demo-token" not in near.text + token.text


def test_a_slash_within_a_value_is_not_one_between_values(replay: Any) -> None:
    ask = replay(entry("/a%2Fb/%7Ec", "inside"), entry("/a/b/~c", "between"))
    assert ("inside", "between") == (ask("/a%2fb/~c").text, ask("/a/b/%7ec").text)


def test_clients_may_mend_broken_escapes(replay: Any) -> None:
    ask = replay(entry("/r?%FF=%ZZ&=&&%", "odd"))
    for query in ("%FF=%ZZ&=&&%", "%25FF=%25ZZ&=&&%25"):
        assert "odd" == ask(f"/r?{query}").text


def test_bodies_are_sent_as_their_headers_say(replay: Any) -> None:
    packed = {"content": {"encoding": "base64", "text": base64.b64encode(b"\xff\x00").decode()}}
    ask = replay(
        entry("/gzip", "{}", headers={"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}),
        entry("/bytes", "", **packed),
        entry("/head", "", method="HEAD", headers={"Content-Length": "17"}),
        entry("/empty", "", status=204),
    )

    assert ("gzip", "{}") == (ask("/gzip").headers["content-encoding"], ask("/gzip").text)
    assert b"\xff\x00" == ask("/bytes").content
    assert "17" == ask("/head", method="HEAD").headers["content-length"]
    assert (204, b"") == (ask("/empty").status_code, ask("/empty").content)


def test_an_exchange_without_a_response_is_left_out(har: Callable[..., Path]) -> None:
    found = read_recording(har(entry("/lost", "", status=0), entry("/r", "{}")))
    assert ["/r"] == [request.path for request in found[Residency.US]]


@pytest.mark.parametrize(("text", "said"), [
    ("[", "not a HAR file"), ('{"log": {}}', "not a HAR file"),
    ('{"log": {"entries": 5}}', "not a HAR file"),
    ('{"log": {"entries": []}}', "holds no response"),
    ('{"log": {"entries": [{}]}}', r"log.entries\[0\] is not a HAR entry"),
    ('{"log": {"entries": ["a"]}}', r"log.entries\[0\] is not a HAR entry"),
])  # fmt: skip
def test_other_files_are_no_recordings(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.har"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said):
        read_recording(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_recording(tmp_path / "none.har")


@pytest.mark.parametrize(("has_replay", "token", "said"), [
    (True, None, "cannot be read: No such file"),
    (True, "", "file with the valid token of a --replay"),
    (False, "my-token", "file with the valid token of a --replay"),
])  # fmt: skip
def test_a_token_without_a_replay_is_refused(
    har: Callable[..., Path], tmp_path: Path, has_replay: bool, token: str | None, said: str
) -> None:
    path = tmp_path / "token"
    if token is not None:
        path.write_text(token)
    replayed = har(entry("/r", "{}")) if has_replay else None
    with pytest.raises(SettingsError, match=said):
        MockServer(Settings(port=0, de_port=0, replay=replayed, token_file=path))
