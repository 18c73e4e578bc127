"""How gently the requirements about tokens go, and where they cannot be checked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.requests import Request

from contract_tests import Options, Target, run
from contract_tests.model import Run, Verdict
from tests.contract_tests.servers import Faithful
from tests.contract_tests.servers.faithful import RefusalError

DOCUMENTS = Path(__file__).parents[2] / "documents"


class Careful(Faithful):
    """Notes what it gets, and wants to be treated as live."""

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


def test_a_live_token_is_not_replaced() -> None:
    server = Careful()
    result = checked(server.target())
    assert {"AUTH-20": "The token of a live service is not replaced."} == reasons(result)
    assert [server.site.token] == server.tokens


def test_few_bad_tokens_are_sent() -> None:
    server = Careful()
    checked(server.target())
    good = [f"Bearer {server.site.token}"]
    assert 17 >= sum(one not in ([], good) for one in server.seen)


def test_at_a_live_service_requirements_take_turns() -> None:
    class Noting(Careful):
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


def test_without_another_token_and_the_app_less_is_tested() -> None:
    result = checked(replace(Faithful("us").target(), other_token=None, tokens=None))
    assert {
        "AUTH-15": "The token of the other residency is unknown; set both VIEWTRACKER_TOKEN_US "
        "and VIEWTRACKER_TOKEN_DE.",
        "AUTH-20": "Tokens are generated in the app, which this run cannot access.",
    } == reasons(result)


def test_the_other_token_is_the_one_that_is_good_now() -> None:
    class Noting(Careful):
        is_careful = False

    us, de = Faithful("us"), Noting()
    de.residency, de.site, de.other = "de", us.other, us.site
    de.tokens = [de.site.token]
    run(Options(select=("auth",)), {"us": us.target(), "de": de.target()})
    assert us.tokens[-1] != us.site.token
    assert [f"Bearer {us.tokens[-1]}"] in de.seen


def test_numbers_that_differ_per_refusal_reveal_nothing() -> None:
    class Numbering(Faithful):
        number = 99

        def unauthorized(self, detail: str, error: str) -> RefusalError:
            self.number += 1
            return super().unauthorized(f"{detail} This is refusal {self.number}.", error)

    assert [] == list(checked(Numbering("us").target()).of(Verdict.BROKE))


def test_a_malformed_request_may_be_answered_with_400_as_rfc_6750_wants_it() -> None:
    class Strict(Faithful):
        """Says 400 to what is no token, 401 to what is none of its own."""

        def check_token(self, request: Request) -> None:
            said = request.headers.getlist("authorization")
            is_odd = "" in self.tokens_of(request) and said[0].lower().startswith("bearer")
            if is_odd or len(said) > 1 or "access_token" in request.query_params:
                raise RefusalError(400, "These are not the credentials of RFC 6750.")
            super().check_token(request)

    assert [] == list(checked(Strict("us").target()).of(Verdict.BROKE))


def test_a_token_that_is_taken_where_nothing_is_proves_nothing() -> None:
    class Elsewhere(Faithful):
        def read(self, kind: str, key: str, request: Request) -> Any:
            raise RefusalError(404, "There is nothing here.")

    assert "AUTH-01" in reasons(checked(Elsewhere("us").target()))


def test_a_bad_token_may_not_be_answered_with_400() -> None:
    class Lax(Faithful):
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
