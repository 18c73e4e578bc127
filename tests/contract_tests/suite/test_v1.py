"""Version 1 while it lived, and who may ask it."""

from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import Response

from contract_tests import Options, Target, run
from contract_tests.model import Run, Verdict
from contract_tests.wire import targets
from tests.contract_tests.servers import Faithful
from tests.contract_tests.servers.faithful import RefusalError
from tests.contract_tests.servers.old import Old

SELECT = Options(select=("v1",))


def asked(target: Target) -> Run:
    return run(SELECT, {"us": target})


def test_a_server_that_keeps_the_promises_of_version_1_breaks_none() -> None:
    result = asked(Old("us").target())

    assert 5 == len(result.of(Verdict.HELD))


def test_the_mock_keeps_the_promises_of_version_1_in_2023(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "NOW", "2023-10-01T12:00:00Z")

    result = run(SELECT)

    assert {"mock us"} == {outcome.target for outcome in result.of(Verdict.HELD)}
    assert {"Version 1 is documented for the US host only."} == {
        outcome.reason for outcome in result.of(Verdict.NOT_RUN)
    }
    assert [5, 5] == [len(result.of(one)) for one in (Verdict.HELD, Verdict.NOT_RUN)]


def test_without_credentials_the_way_in_and_the_end_are_judged() -> None:
    result = asked(replace(Old("us").target(), version_1_caller=None))

    assert ["V1-04", "V1-05"] == [outcome.requirement.id for outcome in result.of(Verdict.HELD)]
    assert {"No credentials are known; set VIEWTRACKER_V1_EMAIL and VIEWTRACKER_V1_API_TOKEN."} == {
        outcome.reason for outcome in result.of(Verdict.NOT_RUN)
    }


def test_without_a_site_a_space_cannot_be_asked_about() -> None:
    target = Old("us").target()
    assert target.version_1_caller is not None

    result = asked(replace(target, version_1_caller=replace(target.version_1_caller, site_url="")))

    assert [("V1-02", "No Confluence instance is known; set VIEWTRACKER_V1_BASE_URL.")] == [
        (outcome.requirement.id, outcome.reason) for outcome in result.of(Verdict.NOT_RUN)
    ]
    assert [] == list(result.of(Verdict.BROKE))


def test_what_answers_400_to_all_that_it_does_not_know_has_no_version_1() -> None:
    class Strict(Faithful):
        def refuse(self, ask: Request, refusal: RefusalError) -> Response:
            refusal.status = 400 if ask.url.path.startswith("/api/report/") else refusal.status
            return super().refuse(ask, refusal)

    assert 5 == len(asked(Strict("us").target()).of(Verdict.RETIRED))


def test_no_secret_of_the_old_caller_is_told() -> None:
    class Telling(Old):
        def knows(self, ask: object) -> bool:
            return False

    result = asked(Telling("us").target())

    found = result.of(Verdict.BROKE)[0].findings[0]
    assert "[filtered]" in found.curl
    assert "an-api-token-of-ada" not in repr(result)
    assert "ada@site.example" not in repr(result)


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWTRACKER_TOKEN", "some-token")
    for name, value in {"EMAIL": "a@b.example", "API_TOKEN": "t", "BASE_URL": "https://b"}.items():
        monkeypatch.setenv(f"VIEWTRACKER_V1_{name}", value)

    with targets.open_targets(Options(target=("us",))) as opened:
        assert (
            targets.Version1Caller("a@b.example", "t", "https://b") == opened["us"].version_1_caller
        )
