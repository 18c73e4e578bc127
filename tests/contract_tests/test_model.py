"""The words of a run, where they say something of their own."""

from contract_tests.model import Finding


def test_a_finding_is_told_with_what_it_is_about() -> None:
    finding = Finding("Expected text.", operation="getSearches", pointer="/results/0/userId")

    assert "getSearches /results/0/userId: Expected text." == finding.text


def test_a_finding_about_the_whole_server_is_told_alone() -> None:
    assert "No TLS." == Finding("No TLS.").text
