"""The text of a finding."""

import pytest

from contract_tests.model import Finding


@pytest.mark.parametrize(("finding", "text"), [
    (Finding("Expected text.", operation="getSearches", pointer="/results/0/userId"),
     "getSearches /results/0/userId: Expected text."),
    (Finding("No TLS."), "No TLS."),
], ids=["a property", "the whole server"])  # fmt: skip
def test_a_finding_names_its_subject(finding: Finding, text: str) -> None:
    assert text == finding.text
