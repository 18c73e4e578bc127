"""The kit finds random defects of reports."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from contract_tests import Options, run
from contract_tests.model import Verdict
from tests.contract_tests.servers import ConformingServer
from tests.contract_tests.servers.conforming import ReportQuery

Report = dict[str, Any]
Operator = Callable[[Report], Report]


def change_rows(change: Callable[[list[Any]], list[Any]]) -> Operator:
    return lambda report: {**report, "results": change(report["results"])}


def change_row(**instead: Any) -> Operator:
    return change_rows(lambda rows: [{**row, **instead} for row in rows])


OPERATORS: dict[str, Operator] = {
    "the first row is missing": change_rows(lambda rows: rows[1:]),
    "the last row comes twice": change_rows(lambda rows: rows + rows[-1:]),
    "rows are reversed": change_rows(lambda rows: rows[::-1]),
    "rows have a new property": change_row(country="CH"),
    "users are a number": change_row(userId=7),
    "the total is too large": lambda report: {**report, "totalSize": report["totalSize"] + 3},
    "the limit is another": lambda report: {**report, "limit": report["limit"] + 1},
    "the size is missing": lambda report: {n: v for n, v in report.items() if n != "size"},
}
KINDS = ("contents", "spaces", "searches")


@seed(20260131)
@settings(
    max_examples=4,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    names=st.sets(st.sampled_from(sorted(OPERATORS)), min_size=1, max_size=2),
    kinds=st.sets(st.sampled_from(KINDS), min_size=1),
    beyond=st.sampled_from([0, 1, 5]),
)
def test_random_defects_are_found(names: set[str], kinds: set[str], beyond: int) -> None:
    class Drawn(ConformingServer):
        def report(self, request: Request, query: ReportQuery) -> Response:
            response = super().report(request, query)
            report = json.loads(response.body)
            if query.kind not in kinds or len(report["results"]) <= beyond:
                return response
            for name in sorted(names):
                report = OPERATORS[name](report)
            return self.success(report)

    result = run(Options(select=("meaning", "SCHEMA-04"), examples=1), {"us": Drawn("us").target()})
    broken = {finding for outcome in result.of(Verdict.BROKE) for finding in outcome.findings}
    assert broken, (names, kinds, beyond)
