"""The requests that a run sends, as a server receives them."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.errors import OptionError
from contract_tests.model import Run, Verdict
from contract_tests.wire import transports
from contract_tests.wire.redaction import other_token
from mock_server import DEFAULT_DOCUMENT, read_document
from tests.commands import run_process
from tests.contract_tests.conftest import TOKEN

Checked = Callable[..., Run]

SCHEMATHESIS = """
import schemathesis
from hypothesis import HealthCheck, given, settings
config = {"phases": {"coverage": {"unexpected-methods": ["POST", "DELETE", "TRACE"]}}}
schema = schemathesis.openapi.from_dict(
    document.content, config=schemathesis.Config.from_dict(config)
)
operation = schema["/api/v2/report/searches"]["GET"]
@settings(max_examples=5, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(operation.as_strategy())
def send(case):
    wire.call(case)
send()
findings.checked("getSearches")
"""


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "get"])
def test_a_live_service_gets_only_safe_methods(checked: Checked, server: Any, method: str) -> None:
    run = checked(f'wire.send("{method}", PATH)', 'wire.send("HEAD", PATH)')
    assert {"HEAD": 1} == server.methods
    assert Verdict.NOT_RUN == run.outcomes[0].verdict
    assert "is a live service" in run.outcomes[0].reason


def test_sessions_of_requests_send_only_safe_methods(checked: Checked, server: Any) -> None:
    checked(
        'wire.session().post(wire.base_url + PATH, data="x")',
        "wire.session().delete(wire.base_url + PATH)",
        "wire.session().request('OPTIONS', wire.base_url + PATH)",
    )
    assert {"OPTIONS": 1} == server.methods


def test_a_server_on_this_machine_may_get_any_method(checked: Checked, server: Any) -> None:
    checked('wire.send("DELETE", PATH)', is_live=False)
    assert {"DELETE": 1} == server.methods


@pytest.mark.parametrize(
    "host", ["http://127.0.0.2:{port}", "http://localhost:{port}", "https://127.0.0.1:{port}"]
)
def test_requests_to_other_hosts_are_not_sent(checked: Checked, server: Any, host: str) -> None:
    url = host.format(port=server.server_address[1])
    run = checked(f"wire.session().get('{url}/')")
    assert [] == server.requests
    assert "was not sent" in run.outcomes[0].reason


def test_a_redirect_to_another_host_is_not_followed(checked: Checked, server: Any) -> None:
    server.responses = [(302, {"Location": f"http://127.0.0.2:{server.server_address[1]}/"})]
    run = checked("wire.session().get(wire.base_url + PATH)")
    assert 1 == len(server.requests)
    assert Verdict.NOT_RUN == run.outcomes[0].verdict


def test_requests_of_schemathesis_are_counted(checked: Checked, server: Any) -> None:
    run = checked(SCHEMATHESIS, "wire.send('GET', PATH)")
    assert len(server.requests) == run.requests
    assert run.requests > 2
    assert {"GET"} == set(server.methods)


def test_requests_of_schemathesis_end_with_the_budget(checked: Checked, server: Any) -> None:
    run = checked(SCHEMATHESIS, SCHEMATHESIS, budget=3)
    assert 3 == len(server.requests)
    assert "the budget of 3 requests is spent" in run.cut_short
    assert 2 == run.exit_code


def test_equal_bodies_are_parsed_once(checked: Checked) -> None:
    run = checked(
        "first, second = (wire.send('GET', PATH) for _ in range(2))\n"
        "third = wire.send('GET', PATH, token=None)\n"
        "assert first.json() is second.json() is not third.json()\n"
        "assert first.paths is second.paths is not third.paths\n"
        "findings.checked('getSearches')",
        is_live=False,
    )
    assert [Verdict.HELD] == [outcome.verdict for outcome in run.outcomes]


def test_only_shared_requests_are_sent_once(checked: Checked, server: Any) -> None:
    run = checked(
        "for _ in range(3): wire.send('GET', PATH, is_shared=True); wire.send('GET', '/x')"
    )
    assert 4 == len(server.requests) == run.requests


@pytest.mark.parametrize(("responses", "token", "sent", "cut_short"), [
    ([(200, {}), *[(401, {})] * 50], "wire.token", 4, "lockout"),
    ([(200, {}), *[(403, {})] * 50], "wire.token", 4, "lockout"),
    ([(200, {}), *[(429, {})] * 50], "wire.token", 4, "lockout"),
    ([(401, {})] * 500, "'bad-token'", 60, ""),
    ([(503, {"Retry-After": "3600"})], "wire.token", 1, "the service asks to wait 3600 seconds"),
    ([(0, {})] * 50, "wire.token", 3, "got no response"),
], ids=["401", "403", "429", "bad tokens", "long Retry-After", "no responses"])  # fmt: skip
def test_a_run_ends_after_repeated_refusals_or_failures(
    checked: Checked, server: Any, responses: list[Any], token: str, sent: int, cut_short: str
) -> None:
    server.responses = responses
    body = f"for _ in range(40): wire.send('GET', PATH, token={token})"
    result = checked(*[body] * 5)
    assert sent == len(server.requests)
    assert cut_short in result.cut_short
    assert bool(cut_short) == bool(result.cut_short)


@pytest.mark.parametrize(("responses", "verdict", "reason"), [
    ([(429, {"Retry-After": "0"}), (200, {})], Verdict.HELD, ""),
    ([(0, {})] * 2, Verdict.NOT_RUN, "there was no response"),
], ids=["429", "no response"])  # fmt: skip
def test_a_request_is_retried(
    checked: Checked, server: Any, responses: list[Any], verdict: Verdict, reason: str
) -> None:
    server.responses = responses
    run = checked("findings.checked('x'); assert wire.send('GET', PATH).status == 200", retries=1)
    assert 2 == len(server.requests) == run.requests
    assert verdict == run.outcomes[0].verdict
    assert reason in run.outcomes[0].reason


def test_slow_responses_time_out(
    checked: Checked, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "_LONGEST", 10)
    assert checked("wire.send('GET', PATH)").outcomes[0].reason.endswith("the request timed out.")


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_ca_bundle_is_refused_before_any_request(
    checked: Checked, server: Any, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(OptionError, match=r"^--ca-bundle .*bundle.pem cannot be loaded: "):
        checked("wire.send('GET', PATH)", ca_bundle=path)
    assert [] == server.requests


def test_paths_queries_and_headers_are_sent_unchanged(checked: Checked, server: Any) -> None:
    checked(
        "response = wire.send('GET', '/a/../b%2Fc', query=[('x', '1'), ('x', 'ä&')],"
        " headers=[('Authorization', 'Bearer again')])\n"
        "assert response.operation is None\n"
        "assert ['Bearer again'] == response.raw.request.headers.getlist('authorization')[1:]"
    )
    assert [("GET", "/a/../b%2Fc?x=1&x=%C3%A4%26")] == server.requests


@pytest.mark.parametrize("is_live", [True, False])
def test_tokens_and_altered_tokens_are_redacted_in_a_run(checked: Checked, is_live: bool) -> None:
    run = checked(
        """
token = wire.token
for bad in (token, token[:-1], token.upper(), token[1:] + "x", f"  {token}\\t"):
    response = wire.send("GET", PATH, token=bad, query={"access_token": token})
    findings.add(f"sent {bad}, got {response.text}", response=response, pointer=f"/{bad}")
""",
        "print(wire.token); raise KeyError(wire.token)",
        "assert wire.token == 'x'",
        is_live=is_live,
    )
    shown = repr(run)
    assert "$VIEWTRACKER_TOKEN" in shown
    assert "a-token-for-tests" not in shown.lower()
    assert "token-for-tests" not in shown.lower()


def test_account_ids_are_redacted_in_a_run(checked: Checked) -> None:
    ids = (
        "557058:a1641b35-a550-4a7a-a3cc-84fe0959b999",
        "712020%3aa1641b35-a550-4a7a-a3cc-84fe0959b999",
        "5b10ac8d82e05b22cc7d4ef5",
        "~712020a1641b35a5504a7aa3cc84fe0959b999",
    )
    run = checked(
        *(f"findings.add('by {one}', response=wire.send('GET', '/{one}'))" for one in ids)
    )
    assert ["by [account]"] * 4 == [outcome.findings[0].message for outcome in run.outcomes]
    assert [] == [one for one in ids if one in repr(run)]


def test_curl_commands_take_the_token_from_a_variable(checked: Checked) -> None:
    run = checked("findings.add('x', response=wire.send('GET', PATH, query={'q': \"it's $HOME\"}))")
    curl = run.outcomes[0].findings[0].curl
    assert """-H 'Authorization: Bearer '"$VIEWTRACKER_TOKEN\"""" in curl
    assert curl.endswith("?q=it%27s%20%24HOME'")


def test_an_api_key_in_the_query_is_sent_once_and_redacted(
    checked: Checked, server: Any, tmp_path: Path
) -> None:
    content = copy.deepcopy(read_document(DEFAULT_DOCUMENT).content)
    key = {"type": "apiKey", "in": "query", "name": "a key"}
    content["components"]["securitySchemes"] = {"Viewtracker-Bearer-Auth": key}
    path = tmp_path / "document.json"
    path.write_text(json.dumps(content, default=str))
    body = "from contract_tests.wire.request import send_again\n"
    body += "findings.add('x', response=send_again(wire, wire.send('GET', PATH, query={'q': 1})))"
    run = checked(body, SCHEMATHESIS, document=str(path))

    assert [f"/api/v2/report/searches?q=1&a%20key={TOKEN}"] * 2 == [
        path for _, path in server.requests[:2]
    ]
    assert '&a%20key=\'"$VIEWTRACKER_TOKEN"' in run.outcomes[0].findings[0].curl
    assert any("a+key=" in path for _, path in server.requests[2:])
    assert TOKEN not in repr(run)


@pytest.mark.parametrize(("sent", "expected_argument"), [
    ("wire.token.swapcase()", '"$(printf %s "$VIEWTRACKER_TOKEN" | tr a-zA-Z A-Za-z)"'),
    ("wire.token[:-1]", '"${VIEWTRACKER_TOKEN%?}"'),
    ("wire.token + 'XYZ'", '"$VIEWTRACKER_TOKEN"XYZ'),
    ("wire.token[::-1]", '"$(printf %s "$VIEWTRACKER_TOKEN" | rev)"'),
    ("other(wire.token)", '"$(printf %s "$VIEWTRACKER_TOKEN" | tr a-zA-Z0-9 b-zaB-ZA1-90)"'),
    ("'it\\'s\\t' + wire.token", """it\\'s\\t'"$VIEWTRACKER_TOKEN\""""),
])  # fmt: skip
def test_curl_commands_derive_altered_tokens_from_the_variable(
    checked: Checked, sent: str, expected_argument: str
) -> None:
    run = checked(
        "from contract_tests.wire.redaction import other_token as other\n"
        f"findings.add('x', response=wire.send('GET', PATH, token={sent}))"
    )
    curl = run.outcomes[0].findings[0].curl
    assert "'Authorization: Bearer " in curl
    assert expected_argument in curl
    script = f'curl() {{ printf "%s\\n" "$@"; }}; {curl}'
    output = run_process("bash", "-c", script, VIEWTRACKER_TOKEN=TOKEN).out
    expected = eval(sent, {"wire": SimpleNamespace(token=TOKEN), "other": other_token})
    assert f"Authorization: Bearer {expected}" in output.splitlines()
