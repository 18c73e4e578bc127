"""The words of a run, where they say something of their own."""

from contract_tests.model import Finding


def test_a_finding_names_its_subject() -> None:
    finding = Finding("Expected text.", operation="getSearches", pointer="/results/0/userId")
    assert "getSearches /results/0/userId: Expected text." == finding.text


def test_a_finding_about_the_whole_server_has_no_subject() -> None:
    assert "No TLS." == Finding("No TLS.").text
