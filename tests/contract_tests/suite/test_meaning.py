"""Requirements about meaning with other documents, many rows, and derived requests."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from contract_tests import Options, Target, run
from contract_tests.model import Run, Verdict
from contract_tests.running import requirements
from contract_tests.wire.paging import limits_of
from contract_tests.wire.targets import open_targets
from mock_server import DEFAULT_DOCUMENT, Document, bind, read_document
from tests.contract_tests.servers import DEFECTIVE_SERVERS, ConformingServer
from tests.contract_tests.servers.conforming import ReportQuery, Row
from tests.contract_tests.servers.sites import HOUR, NOW

DOCUMENTS = Path(__file__).parents[2] / "documents"
RANGES_AND_ROWS = {f"MEANING-{number:02}" for number in (1, 4, *range(10, 17))}
"""The requirements that are checked by a report with many rows."""


class Busy(ConformingServer):
    """A server with `a_day` visits on each of four days."""

    a_day = 0

    def visits_of(self, name: str, value: Any) -> list[Row]:
        found = super().visits_of(name, value)
        step = 24 * HOUR // self.a_day
        return [{**found[0], "viewTime": NOW - n * step} for n in range(4 * self.a_day)][::-1]


def checked(target: Target, **options: Any) -> Run:
    return run(Options(select=("meaning",), **options), {"us": target})


def ids(result: Run, verdict: Verdict) -> list[str]:
    return sorted(outcome.requirement.id for outcome in result.of(verdict))


@pytest.mark.parametrize(
    ("document", "not_run"),
    [
        ("hal_pages.yaml", "12"),
        ("cursor_german.yaml", ""),
        ("variants/springdoc-viewers.yaml", "11"),
        ("blind/express.json", ""),
        ("daily_epoch.json", "11"),
        ("blind/aip-tokens.yaml", ""),
        ("more/snake-totals.yaml", "11 12"),
    ],
    ids=["links", "cursors", "page numbers", "pages from 1", "seconds", "tokens", "no pages"],
)
def test_documents_of_other_vendors_are_tested(document: str, not_run: str) -> None:
    options = Options(select=("meaning",), document=str(DOCUMENTS / document))
    with open_targets(options) as targets:
        result = run(options, {"mock us": targets["mock us"]})

    assert [] == [
        (outcome.requirement.id, outcome.findings) for outcome in result.of(Verdict.BROKE)
    ]
    derived = {f"MEANING-{number}" for number in range(17, 29)}
    assert [f"MEANING-{number}" for number in not_run.split()] == [
        one for one in ids(result, Verdict.NOT_RUN) if one not in derived
    ]


def test_days_with_more_rows_than_a_page_are_read_in_pages() -> None:
    class Many(Busy):
        a_day = 449

    result = checked(Many("us").target())
    assert [] == ids(result, Verdict.BROKE)
    assert set(ids(result, Verdict.HELD)) >= RANGES_AND_ROWS


def test_days_with_too_many_rows_are_not_read_completely() -> None:
    class TooMany(Busy):
        a_day = 5_000

    result = checked(TooMany("us").target())
    reason = "getContentVisits has too many rows to read all of them."
    assert ["MEANING-12"] == [
        outcome.requirement.id for outcome in result.of(Verdict.NOT_RUN) if reason in outcome.reason
    ]
    assert [] == ids(result, Verdict.BROKE)


def test_rows_added_during_a_run_break_nothing() -> None:
    class Growing(ConformingServer):
        calls = 0

        def rows(self, query: ReportQuery) -> list[Row]:
            found, self.calls = super().rows(query), self.calls + 1
            name = "viewTime" if "viewTime" in found[-1] else "searchTime"
            new = ({**found[-1], name: NOW - 9_999 + n} for n in range(self.calls))
            return [*found, *new]

    result = checked(Growing("us").target())

    assert [] == ids(result, Verdict.BROKE)
    assert set(ids(result, Verdict.HELD)) >= RANGES_AND_ROWS


def test_changing_rows_of_today_break_nothing() -> None:
    class New(ConformingServer):
        calls = 0

        def rows(self, query: ReportQuery) -> list[Row]:
            self.calls += 1
            found = super().rows(query)[-1:]
            times = {"viewTime", "searchTime"}
            return [{n: NOW - self.calls if n in times else v for n, v in found[0].items()}]

    result = checked(New("us").target())

    assert [] == ids(result, Verdict.BROKE)
    assert "getSearches has no rows from " in result.of(Verdict.NOT_RUN)[0].reason


def test_totals_of_adjoining_ranges_must_add_up() -> None:
    class Constant(ConformingServer):
        def handle(self, request: Request) -> Response:
            report = {"spaceKey": "OPS", "totalViews": 5, "uniqueViewers": 2}
            return self.success({"report": report if "bySpace" in request.url.path else None})

    result = checked(Constant("us").target(), document=str(DOCUMENTS / "nested_report.yaml"))
    assert ["MEANING-04"] == ids(result, Verdict.BROKE)
    assert "viewReportBySpace" == result.of(Verdict.BROKE)[0].findings[0].operation


def test_findings_on_order_have_the_place_of_the_description() -> None:
    found = (
        checked(DEFECTIVE_SERVERS["newest-first"].make("us").target())
        .of(Verdict.BROKE)[0]
        .findings[0]
    )
    assert found.message.startswith("Expected the rows oldest first, ")
    assert found.message.endswith(" more rows are affected.")
    assert "/results/1" == found.pointer
    assert (
        "/paths/~1api~1v2~1report~1contents~1{contentId}~1visits/get/responses/200/description"
        == found.place
    )


@pytest.mark.parametrize(
    ("name", "broken"),
    [("newest-first", []), ("later-pages-reversed", ["MEANING-18", "MEANING-21"])],
)
def test_any_order_is_accepted_if_none_is_declared(
    name: str, broken: list[str], tmp_path: Path
) -> None:
    text = json.dumps(read_document(DEFAULT_DOCUMENT).content, default=str)
    path = tmp_path / "document.json"
    path.write_text(text.replace("oldest first", "in some order"))
    result = checked(DEFECTIVE_SERVERS[name].make("us").target(), document=str(path))
    assert broken == ids(result, Verdict.BROKE)


def test_no_more_requests_are_sent_than_planned() -> None:
    (planned,) = {
        requirement.most(3, 25)
        for requirement in requirements()
        if requirement.shares == "ranges of days"
    } - {12}
    assert planned > checked(ConformingServer("us").target()).requests > 100


def test_the_time_of_the_target_is_known_before_the_first_report() -> None:
    target = DEFECTIVE_SERVERS["future-rows"].make("us").target()
    assert 1 == len(run(Options(select=("MEANING-13",)), {"us": target}).of(Verdict.BROKE))


@pytest.mark.parametrize(("schema", "first", "last"), [
    ({}, 1, 500), ({"minimum": 5, "maximum": 1_000}, 5, 500),
    ({"minimum": 0, "maximum": 50}, 1, 50), ({"maximum": 50, "exclusiveMaximum": True}, 1, 49),
    ({"exclusiveMaximum": 50}, 1, 49), ({"enum": [50, 10, "25"]}, 10, 50),
])  # fmt: skip
def test_page_sizes_follow_the_document(schema: dict[str, Any], first: int, last: int) -> None:
    content = json.loads(json.dumps(read_document(DEFAULT_DOCUMENT).content, default=str))
    content["components"]["parameters"]["Limit"]["schema"] = {"type": "integer", **schema}
    document = Document(content, origin="here")
    limits = limits_of(bind(document).operations["getSearches"], document)
    assert (first, last) == (limits[0], limits[-1])


def test_operations_without_checked_rows_are_noted() -> None:
    unknown = replace(ConformingServer("us").target(), content_id=None, space_key=None)
    (note,) = run(Options(examples=1), {"us": unknown}).notes
    assert note == (
        "No rows of getContentVisits, getSpaceVisits were checked at us. If they require an unknown id "
        "or key, set --content-id or --space-key."
    )
