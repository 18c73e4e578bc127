import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contract_tests import model
from contract_tests.model import Run, Verdict
from contract_tests.reports import SCHEMA

PUBLISHED = json.loads(SCHEMA.read_text("utf-8"))


@pytest.fixture
def read(written: Callable[[Run, str], str]) -> Callable[[Run], Any]:
    return lambda run: json.loads(written(run, "json"))


def violations(report: Any) -> list[str]:
    validator = Draft202012Validator(PUBLISHED, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(report)]


def test_the_published_schema_is_valid() -> None:
    Draft202012Validator.check_schema(PUBLISHED)


def test_the_json_report_conforms_to_its_schema(
    read: Callable[[Run], Any], run: Run, make_run: Callable[..., Run]
) -> None:
    assert [] == violations(read(run))
    assert [] == violations(read(make_run(targets={}, coverage={}, versions={})))


def test_exchanges_without_a_response_conform_to_the_schema(
    read: Callable[[Run], Any], run: Run, make_finding: Any, make_exchange: Any
) -> None:
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


def test_the_report_counts_its_verdicts(read: Callable[[Run], Any], run: Run) -> None:
    report = read(run)
    assert 1 == report["exit_code"]
    assert {"held": 1, "broke": 1, "warned": 0, "known": 1, "not run": 2} == report["counts"]


def test_the_json_report_has_all_findings(
    read: Callable[[Run], Any], run: Run, make_finding: Any
) -> None:
    many = replace(run.outcomes[0], findings=(make_finding(),) * 30)
    assert 30 == len(read(replace(run, outcomes=(many,)))["outcomes"][0]["findings"])
