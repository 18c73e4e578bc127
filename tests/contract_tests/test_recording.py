"""The contents of a recording, without tokens and names."""

import base64
import json
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.responses import Response

from contract_tests import Options, Target
from contract_tests.context import RunContext
from contract_tests.errors import ContractKitError
from contract_tests.reports.recording import Pseudonyms, write_recording
from contract_tests.running import run_all
from mock_server import MockServer, Residency, Settings
from mock_server.data.site import demo_token_of
from tests.contract_tests.conftest import TOKEN
from tests.contract_tests.servers import ConformingServer

NOW = "2026-01-31T12:00:00Z"
ACCOUNT = "712020:b95e741e-d2ed-4e4c-b1e6-257abef5d560"


def targets(mock: MockServer) -> dict[str, Target]:
    """Return the residencies of a mock as targets that are known only by URL and token."""
    return {
        one.value: Target(
            name=one.value, url=mock.url_of(one), token=demo_token_of(one), residency=one.value
        )
        for one in Residency
    }


def verdicts(run: Any) -> list[tuple[Any, ...]]:
    return [
        (
            outcome.requirement.id, outcome.target, outcome.verdict,
            [found.text for found in outcome.findings],
        )
        for outcome in run.outcomes
    ]  # fmt: skip


@pytest.fixture
def record(tmp_path: Path, make_suite: Callable[..., Path]) -> Iterator[Any]:
    """Record the requests of one requirement; return the entries of the HAR file and the notes."""
    path = tmp_path / "made.har"

    def make(target: Target, body: str) -> tuple[list[Any], list[str]]:
        with RunContext(Options(retries=0), {target.name: target}) as context:
            run_all(context, [make_suite(body)])
            notes = write_recording(context, path)
        return json.loads(path.read_text("utf-8"))["log"]["entries"], notes

    yield make
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(tmp_path.glob("made*.har*"))


def test_a_replayed_run_has_the_same_verdicts(tmp_path: Path) -> None:
    select = ("schema", "AUTH-02", "AUTH-17", "MEANING-18")
    options, path = Options(examples=2, select=select), tmp_path / "run.har"
    with MockServer(Settings(port=0, de_port=0, world="tiny", now=NOW)) as mock:
        people = {account for site in mock.sites.values() for account in site.world.accounts}
        with RunContext(options, targets(mock)) as context:
            recorded = run_all(context)
            notes = write_recording(context, path)
    with (
        MockServer(Settings(port=0, de_port=0, replay=path)) as mock,
        RunContext(options, targets(mock)) as context,
    ):
        replayed = run_all(context)
        unknown = [
            response
            for w in context.wires.values()
            for response in w.responses
            if response.status == 501
        ]

    assert verdicts(recorded) == verdicts(replayed)
    assert (recorded.requests, []) == (replayed.requests, unknown)
    assert [f"Wrote {recorded.requests} exchanges to {path}."] == notes
    text = path.read_text("utf-8")
    assert "demo-token" not in text
    assert [] == [one.id for one in people if one.id in text or quote(one.id, safe="") in text]


def test_entries_conform_to_har_1_2(record: Any) -> None:
    entries, _ = record(
        ConformingServer("de").target(), 'wire.send("GET", PATH, query={"limit": "2"})'
    )

    [entry] = entries
    assert {"cache", "comment", "request", "response", "startedDateTime", "time", "timings"} == set(
        entry
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z", entry["startedDateTime"])
    assert [{"name": "limit", "value": "2"}] == entry["request"]["queryString"]
    assert {
        "bodySize", "cookies", "headers", "headersSize", "httpVersion", "method", "queryString", "url",
    } == set(entry["request"])  # fmt: skip
    assert {
        "bodySize", "content", "cookies", "headers", "headersSize", "httpVersion", "redirectURL",
        "status", "statusText",
    } == set(entry["response"])  # fmt: skip
    content = entry["response"]["content"]
    assert "application/json; charset=utf-8" == content["mimeType"]
    assert content["size"] == len(content["text"].encode())
    assert "de" == entry["comment"]


def test_only_the_valid_token_of_the_time_gets_the_placeholder(record: Any) -> None:
    body = """
before = wire.token
wire.send("GET", PATH)
wire.send("GET", PATH, token=None)
wire.send("GET", PATH, token=wire.token[:-1])
wire.token = wire.target.tokens.generate()
wire.send("GET", PATH, token=before)
wire.send("GET", PATH)
wire.send("GET", PATH, token=None, headers=[("Authorization", f"Basic {wire.token}")])
"""
    entries, _ = record(ConformingServer("us").target(), body)

    sent = [
        [one["value"] for one in entry["request"]["headers"] if one["name"] == "Authorization"]
        for entry in entries
    ]
    good, bad = ["Bearer $VIEWTRACKER_TOKEN"], ["Bearer [filtered]"]
    assert [good, [], bad, bad, good, ["Basic [filtered]"]] == sent


class LeakingServer(ConformingServer):
    """A server that returns the token in unusual places and encodings."""

    def respond(self, request: Any) -> Any:
        response = super().respond(request)
        token = request.headers.get("authorization", "").partition(" ")[2]
        hidden = "".join(f"\\\\u{ord(one):04x}" for one in token)
        response.headers["Location"] = f"/next?key={quote(quote(token, safe=''))}&plain={token}"
        response.headers["X-Trace"] = hidden
        response.headers["Set-Cookie"] = "session=secret-of-a-session; Path=/"
        response.body = bytes(response.body).replace(b"{", b'{"x": "%s", ' % hidden.encode(), 1)
        response.headers["Content-Length"] = str(len(response.body))
        return response


def test_tokens_in_responses_are_redacted_in_every_encoding(record: Any) -> None:
    target = LeakingServer("us").target()
    entries, notes = record(target, 'wire.send("GET", PATH)')
    text = json.dumps(entries)
    assert [] == [one for one in (target.token, "secret-of-a-session") if one in text]
    assert any("1 responses contained a token" in note for note in notes)


def test_invalid_responses_are_recorded_and_noted(record: Any, server: Any) -> None:
    target = server.target(is_live=False)["there"]
    entries, notes = record(target, 'wire.send("GET", PATH)\nwire.send("GET", PATH, token=None)')
    assert [200, 200] == [entry["response"]["status"] for entry in entries]
    [shown] = [note for note in notes if "violates the document" in note]
    assert shown.startswith("Recorded 2 times")
    assert "getSearches 200" in shown
    assert TOKEN not in json.dumps(entries)


class Bytes(ConformingServer):
    def success(self, body: Any) -> Any:
        return Response(b"\xff\xfe\x00", media_type="application/octet-stream")


def test_binary_bodies_are_recorded_in_base64(record: Any) -> None:
    [entry], _ = record(Bytes("us").target(), 'wire.send("GET", PATH)')
    content = entry["response"]["content"]
    assert ("base64", b"\xff\xfe\x00") == (content["encoding"], base64.b64decode(content["text"]))


def test_a_recording_that_cannot_be_written_is_an_error(
    tmp_path: Path, server: Any, make_suite: Callable[..., Path]
) -> None:
    with RunContext(Options(), server.target()) as context:
        run_all(context, [make_suite('wire.send("GET", PATH)')])
        with pytest.raises(ContractKitError, match="The recording cannot be written to"):
            write_recording(context, tmp_path / "none" / "run.har")


def test_an_account_id_has_one_pseudonym_in_every_form() -> None:
    people = Pseudonyms(b"key")
    made = people.text(f'{{"userId": "{ACCOUNT}"}}')[12:-2]
    assert re.fullmatch(r"\d{6}:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", made)
    assert made != ACCOUNT
    assert f"/users/{made}?by={quote(made)}" == people.text(f"/users/{ACCOUNT}?by={quote(ACCOUNT)}")
    key = "~" + re.sub("[:-]", "", ACCOUNT)
    assert "~" + re.sub("[:-]", "", made) == people.text(key)


def test_names_of_accounts_are_replaced_only_as_whole_values() -> None:
    people = Pseudonyms(b"key")
    people.learn("Zoë O'Brien")
    people.learn("page")
    people.learn("Anonymous")
    people.learn(123456789)
    people.learn(12)
    row = {"name": "Zoë O'Brien", "user": 123456789, "who": "Anonymous", "size": 12, "t": "a page"}
    shown = json.loads(people.text(json.dumps(row)))
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z]'[A-Z][a-z]{4}", shown["name"])
    assert shown["name"] != row["name"]
    assert (True, "Anonymous", 12, "a page") == (
        100_000_000 < shown["user"] != 123456789, shown["who"], shown["size"], shown["t"],
    )  # fmt: skip
    assert f"?name={quote(shown['name'], safe='')}&x=1" == people.text(
        "?name=Zo%C3%AB+O%27Brien&x=1"
    )


def test_different_names_have_different_pseudonyms() -> None:
    people = Pseudonyms(b"key")
    names = [f"{one}{other}nonymous" for one in "ABCDEF" for other in "abcdef"]
    for name in names:
        people.learn(name)
    assert len(names) == len({people.text(f'"{name}"') for name in names})
