"""Requirements about tokens: their requests, and when they cannot be checked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.requests import Request

from contract_tests import Options, Target, run
from contract_tests.model import Run, Verdict
from tests.contract_tests.servers import ConformingServer
from tests.contract_tests.servers.conforming import RefusalError

DOCUMENTS = Path(__file__).parents[2] / "documents"


class RecordingServer(ConformingServer):
    """A server that counts as a live service and records `Authorization` headers."""

    is_careful = True

    def __init__(self) -> None:
        super().__init__("us")
        self.seen: list[list[str]] = []

    def check_token(self, request: Request) -> None:
        self.seen.append(request.headers.getlist("authorization"))
        super().check_token(request)


def checked(target: Target, **options: Any) -> Run:
    return run(Options(select=("auth",), rate=1_000_000.0, **options), {"us": target})


def reasons(result: Run) -> dict[str, str]:
    return {outcome.requirement.id: outcome.reason for outcome in result.of(Verdict.NOT_RUN)}


def test_the_token_of_a_live_service_is_not_replaced() -> None:
    server = RecordingServer()
    result = checked(server.target())
    assert {"AUTH-20": "The token of a live service is not replaced."} == reasons(result)
    assert [server.site.token] == server.tokens


def test_at_most_17_invalid_tokens_are_sent() -> None:
    server = RecordingServer()
    checked(server.target())
    good = [f"Bearer {server.site.token}"]
    assert 17 >= sum(one not in ([], good) for one in server.seen)


def test_requirements_use_different_operations_of_a_live_service() -> None:
    class Noting(RecordingServer):
        paths: tuple[str, ...] = ()

        def check_token(self, request: Request) -> None:
            self.paths = (*self.paths, request.url.path)
            super().check_token(request)

    kinds = []
    for number in ("06", "07", "08", "09"):
        server = Noting()
        run(Options(select=(f"AUTH-{number}",), rate=1_000_000.0), {"us": server.target()})
        kinds.append(server.paths[-1].rpartition("report/")[2].partition("/")[0])
    assert ["contents", "spaces", "searches", "contents"] == kinds


def test_requirements_are_not_run_without_another_token_or_the_app() -> None:
    result = checked(replace(ConformingServer("us").target(), other_token=None, tokens=None))
    assert {
        "AUTH-15": "The token of the other residency is unknown; set both VIEWTRACKER_TOKEN_US "
        "and VIEWTRACKER_TOKEN_DE.",
        "AUTH-20": "Tokens are generated in the app, which this run cannot access.",
    } == reasons(result)


def test_the_current_token_of_the_other_residency_is_sent() -> None:
    class Noting(RecordingServer):
        is_careful = False

    us, de = ConformingServer("us"), Noting()
    de.residency, de.site, de.other = "de", us.other, us.site
    de.tokens = [de.site.token]
    run(Options(select=("auth",)), {"us": us.target(), "de": de.target()})
    assert us.tokens[-1] != us.site.token
    assert [f"Bearer {us.tokens[-1]}"] in de.seen


def test_numbers_that_change_with_every_refusal_are_ignored() -> None:
    class Numbering(ConformingServer):
        number = 99

        def unauthorized(self, detail: str, error: str) -> RefusalError:
            self.number += 1
            return super().unauthorized(f"{detail} This is refusal {self.number}.", error)

    assert [] == list(checked(Numbering("us").target()).of(Verdict.BROKE))


def test_malformed_credentials_may_get_400_by_rfc_6750() -> None:
    class Strict(ConformingServer):
        """A server that returns 400 for malformed credentials, and 401 for other tokens."""

        def check_token(self, request: Request) -> None:
            sent = request.headers.getlist("authorization")
            is_odd = "" in self.tokens_of(request) and sent[0].lower().startswith("bearer")
            if is_odd or len(sent) > 1 or "access_token" in request.query_params:
                raise RefusalError(400, "These are not the credentials of RFC 6750.")
            super().check_token(request)

    assert [] == list(checked(Strict("us").target()).of(Verdict.BROKE))


def test_a_404_does_not_prove_that_the_token_is_accepted() -> None:
    class Elsewhere(ConformingServer):
        def read(self, kind: str, key: str, request: Request) -> Any:
            raise RefusalError(404, "There is nothing here.")

    assert "AUTH-01" in reasons(checked(Elsewhere("us").target()))


def test_invalid_tokens_may_not_get_400() -> None:
    class Lax(ConformingServer):
        def unauthorized(self, detail: str, error: str) -> RefusalError:
            return RefusalError(400, detail)

    broken = {outcome.requirement.id for outcome in checked(Lax("us").target()).of(Verdict.BROKE)}
    assert {"AUTH-06", "AUTH-07", "AUTH-08", "AUTH-09"} <= broken
    assert broken.isdisjoint({"AUTH-05", "AUTH-12"})


def test_documents_without_bearer_tokens_are_not_tested() -> None:
    result = run(Options(select=("auth",), document=str(DOCUMENTS / "blind" / "aip-tokens.yaml")))
    assert {"No operation of the document requires a bearer token."} == set(
        reasons(result).values()
    )
    assert len(result.outcomes) == len(result.of(Verdict.NOT_RUN))
