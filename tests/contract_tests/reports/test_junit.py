import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from contract_tests.model import Outcome, Run, Verdict
from contract_tests.reports.ci import junit
from contract_tests.reports.secrets import prepared
from tests.contract_tests.made_reports import make_exchange, make_finding, make_outcome, make_run

# The part of the schema of Jenkins' xUnit plugin (junit-10.xsd) that a report needs: the required
# attributes of each element, its other attributes, and its elements.
OUTCOME: tuple[set[str], set[str], set[str]] = (set(), {"type", "message"}, set())
TEXT: tuple[set[str], set[str], set[str]] = (set(), set(), set())
OUTPUT = {"system-out", "system-err"}
SCHEMA = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {*["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"]},
        {"testsuite", "properties", "testcase", *OUTPUT},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", *OUTPUT}),
    **dict.fromkeys(("skipped", "error", "failure"), OUTCOME),
    **dict.fromkeys(OUTPUT, TEXT),
}  # fmt: skip
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
MIXED = {"skipped", "error", "failure", *OUTPUT}


def violations(element: Element) -> Iterator[str]:
    """Yield the violations of the schema in an element and its children."""
    if element.tag not in SCHEMA:
        yield f"<{element.tag}> is unknown"
        return
    needed, allowed, inner = SCHEMA[element.tag]
    yield from (f"<{element.tag}> lacks {name}" for name in needed - set(element.attrib))
    odd = set(element.attrib) - needed - allowed
    yield from (f"<{element.tag}> has {name}" for name in odd)
    if element.tag.startswith("testsuite") and not TIME.fullmatch(element.get("time", "")):
        yield f"<{element.tag}> has a wrong time"
    if element.tag not in MIXED and (element.text or "").strip():
        yield f"<{element.tag}> has text"
    for child in element:
        if child.tag not in inner:
            yield f"<{element.tag}> has <{child.tag}>"
        yield from violations(child)


def read(run: Run) -> Element:
    return fromstring(junit(prepared(run, [])))


@pytest.mark.parametrize(("text", "expected"), [
    ("<testsuites/>", []), ("<testsuites skipped='1'/>", ["<testsuites> has skipped"]),
    ("<testsuites><testcase name='x'/></testsuites>", ["<testsuites> has <testcase>"]),
    ("<testcase><properties/></testcase>", ["<testcase> has <properties>", "lacks name"]),
    ("<testsuites time='1 s'/>", ["wrong time"]),
])  # fmt: skip
def test_violations_of_the_junit_schema_are_found(text: str, expected: list[str]) -> None:
    found = list(violations(fromstring(text)))
    assert len(expected) == len(found)
    assert all(any(part in breach for breach in found) for part in expected)


def test_the_junit_report_conforms_to_its_schema(run: Run) -> None:
    assert [] == list(violations(read(replace(run, notes=("Note.",)))))


def test_the_junit_report_has_all_verdicts(run: Run) -> None:
    (suite,) = read(run)

    assert ("5", "1", "0", "3") == tuple(
        suite.get(name) for name in ("tests", "failures", "errors", "skipped")
    )
    assert [
        "known: Field `x` came early, until 2026-03-01.",
        "not run: 410 since 2023-12-31.",
        "not run: No content with visits was found.",
    ] == sorted(one.get("message", "") for one in suite.iter("skipped"))
    assert ["SCHEMA-04: Something holds. [document]"] == [
        case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None
    ]


def test_a_failure_has_the_exchange_its_places_and_the_command_to_repeat(run: Run) -> None:
    (failure,) = read(run).iter("failure")
    text = failure.text or ""

    assert "`userId` is null; the document wants a string." == failure.get("message")
    for part in (
        "GET http://127.0.0.1:8080/api/v2/report/content/7?from=2026-01-01",
        "200 OK",
        '{"results": [{"userId": null',
        "/results/0/userId",
        "/components/schemas/Visit/properties/userId",
        "Repeat the test: viewtracker-contract run --target mock --select SCHEMA-04 --seed 42",
    ):
        assert part in text


def test_the_output_of_a_case_is_its_curl_command(run: Run, broken: Outcome) -> None:
    assert [broken.findings[0].curl] == [one.text for one in read(run).iter("system-out")]


def test_all_findings_are_in_one_failure(broken: Outcome) -> None:
    many = tuple(make_finding(message=f"Finding {n}.") for n in range(12))
    (failure,) = read(make_run(replace(broken, findings=many))).iter("failure")
    assert "Finding 9." in (failure.text or "")
    assert "2 more findings are in the JSON report." in (failure.text or "")


def test_the_junit_report_has_a_suite_per_target() -> None:
    outcomes = [make_outcome("AUTH-01", Verdict.HELD, target=name) for name in ("us", "de")]
    root = read(make_run(*outcomes, targets={"us": "https://a.example", "de": ""}))
    assert ["us", "de"] == [suite.get("name") for suite in root]
    assert ["us.auth", "de.auth"] == [case.get("classname") for case in root.iter("testcase")]


def test_the_run_is_described_by_properties(run: Run) -> None:
    properties = {one.get("name"): one.get("value") for one in read(run).iter("property")}
    assert {
        "url": "http://127.0.0.1:8080", "document": "Viewtracker API 2.0",
        "document-sha256": "ab" * 32, "seed": "42", "version viewtracker-mock": "1.0",
        "version schemathesis": "4.32.5",
    } == properties  # fmt: skip


def test_characters_forbidden_in_xml_are_escaped(broken: Outcome) -> None:
    finding = make_finding(exchange=make_exchange(body=b"]]> \x00\x0b\xff <a & b>"), message="\x1b")
    (failure,) = read(make_run(replace(broken, findings=(finding,)))).iter("failure")
    assert "]]> \\x00\\x0b\\xff <a & b>" in (failure.text or "")
