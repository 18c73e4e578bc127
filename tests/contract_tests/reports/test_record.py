"""The JSON report, and the files of reports."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contract_tests import model
from contract_tests.errors import ContractKitError
from contract_tests.model import Run, Verdict
from contract_tests.reports import KINDS, SCHEMA, record, write_reports
from contract_tests.reports.secrets import prepared
from tests.contract_tests.made_reports import make_exchange, make_finding, make_run

PUBLISHED = json.loads(SCHEMA.read_text("utf-8"))


def read(run: Run) -> Any:
    return json.loads(record(prepared(run, [])))


def violations(report: Any) -> list[str]:
    validator = Draft202012Validator(PUBLISHED, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(report)]


def test_the_published_schema_is_valid() -> None:
    Draft202012Validator.check_schema(PUBLISHED)


def test_the_json_report_conforms_to_its_schema(run: Run) -> None:
    assert [] == violations(read(run))
    assert [] == violations(read(make_run(targets={}, coverage={}, versions={})))


def test_exchanges_without_a_response_conform_to_the_schema(run: Run) -> None:
    silent = make_exchange(status=None, response_headers=(), body=b"", failure="timed out")
    findings = (make_finding(exchange=silent), make_finding(exchange=None, operation=None))
    report = read(replace(run, outcomes=(replace(run.outcomes[0], findings=findings),)))
    assert [] == violations(report)
    assert report["outcomes"][0]["findings"][0]["exchange"]["status"] is None


@pytest.mark.parametrize(("name", "schema"), [
    ("Run", PUBLISHED),
    *((name.title(), PUBLISHED["$defs"][name]) for name in (
        "outcome", "requirement", "finding", "exchange", "coverage"
    )),
])  # fmt: skip
def test_the_schema_has_the_fields_of_the_model(name: str, schema: Any) -> None:
    own = {"format", "exit_code", "counts"} if name == "Run" else set()
    declared = {field.name for field in fields(getattr(model, name))}
    assert declared | own == set(schema["properties"])
    assert declared | own == set(schema["required"])
    assert schema["additionalProperties"] is False


def test_the_schema_has_all_verdicts() -> None:
    assert list(Verdict) == PUBLISHED["$defs"]["verdict"]["enum"]
    assert list(Verdict) == PUBLISHED["properties"]["counts"]["required"]


def test_the_report_counts_its_verdicts(run: Run) -> None:
    report = read(run)
    assert 1 == report["exit_code"]
    assert {"held": 1, "broke": 1, "warned": 0, "known": 1, "not run": 2} == report["counts"]


def test_the_json_report_has_all_findings(run: Run) -> None:
    many = replace(run.outcomes[0], findings=(make_finding(),) * 30)
    assert 30 == len(read(replace(run, outcomes=(many,)))["outcomes"][0]["findings"])


def test_each_kind_of_report_is_written_once_in_the_given_order(run: Run, tmp_path: Path) -> None:
    written = write_reports(run, tmp_path / "a" / "b", ["junit", "html", "junit"], [])
    assert ["junit.xml", "report.html"] == [path.name for path in written]
    assert sorted(written) == sorted((tmp_path / "a" / "b").iterdir())


def test_the_same_run_gives_the_same_reports(run: Run, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_reports(run, tmp_path, KINDS, [])]
    assert first == [path.read_bytes() for path in write_reports(run, tmp_path, KINDS, [])]


def test_an_unknown_kind_of_report_is_refused_before_writing(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ContractKitError, match=r"^'pdf' is not a kind of report; expected html, "):
        write_reports(run, tmp_path / "new", ["html", "pdf"], [])
    assert not (tmp_path / "new").exists()


def test_an_unwritable_directory_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ContractKitError, match=r"Reports cannot be written to .*file: File exists"):
        write_reports(run, tmp_path / "file", KINDS, [])


@pytest.mark.parametrize("kind", KINDS)
def test_reports_have_no_tokens(kind: str, broken: Any, token: str, tmp_path: Path) -> None:
    exchange = make_exchange(
        url=f"http://127.0.0.1/x?access_token={token}", body=f'{{"echo": "{token}"}}'.encode(),
        request_headers=(("Authorization", f"Bearer {token}"),), failure=f"{token} was refused",
        response_headers=(("Location", f"/login?{token}"), (token, "x")),
    )  # fmt: skip
    finding = make_finding(
        message=f"got {token}", pointer=f"/{token}", place=f"/{token}",
        curl=f"curl -H 'X: {token}'", exchange=exchange,
    )  # fmt: skip
    known = replace(broken, reason=token, findings=(finding,), target=f"us {token}")
    leaky = make_run(known, notes=(token,), targets={token: token}, versions={token: token})

    (path,) = write_reports(leaky, tmp_path, [kind], [token])

    text = path.read_text("utf-8")
    assert [part for part in ("Qm9", "4f8", "a1c") if part in text] == []
    assert "[filtered]" in text.replace("\\", "")
    assert "A token occurred in this run" in text
    assert [path] == list(tmp_path.iterdir())
