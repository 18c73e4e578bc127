"""Searches and their terms: filters, groups and counts."""

from collections import Counter
from statistics import mean

import pytest

from tests.made_documents import (
    BOOLEAN,
    FOUND,
    INTEGER,
    MOMENT,
    TEXT,
    choice,
    fields,
    findings,
    get,
    listed,
    listing,
    query,
    responding,
    rows_of,
    searches,
)

pytestmark = pytest.mark.usefixtures("small_site")


@pytest.mark.parametrize(("name", "low", "high"), [("gt", 3, 99), ("gte", 2, 99), ("lt", 0, 1)])
def test_a_count_is_compared_as_the_name_says(name: str, low: int, high: int) -> None:
    document = searches(query(f"resultCount[{name}]"))
    counts = [row["resultCount"] for row in rows_of(document, **{f"resultCount[{name}]": 2})]
    assert counts
    assert all(low <= count <= high for count in counts)
    assert 400 == get(document, **{f"resultCount[{name}]": "many"}).status_code


def test_a_text_is_whole_where_another_parameter_is_for_its_parts() -> None:
    document = searches(query("term"), query("term__icontains"))
    word = rows_of(document)[0]["term"]
    whole = {row["term"] for row in rows_of(document, term=word)}
    parts = {row["term"] for row in rows_of(document, term__icontains=word[:3].upper())}
    assert {word} == whole < parts
    assert all(word[:3].casefold() in term.casefold() for term in parts)


def test_a_count_is_exact_where_other_parameters_are_its_bounds() -> None:
    document = searches(query("resultCount", INTEGER), query("resultCount__gte", INTEGER))
    counts = [row["resultCount"] for row in rows_of(document)]
    found = [row["resultCount"] for row in rows_of(document, resultCount=counts[0])]
    assert [count for count in counts if count == counts[0]] == found
    assert len(found) < len(counts)


def test_totals_of_terms_have_their_average_number_of_results() -> None:
    row = {"term": TEXT, "searches": INTEGER, "avgResultCount": {"type": "number"}}
    document = listing(row, path="/searches/terms")
    counts: dict[str, list[int]] = {}
    for each in rows_of(searches()):
        counts.setdefault(each["term"], []).append(each["resultCount"])
    averages = {row["term"]: row["avgResultCount"] for row in rows_of(document)}
    expected = {term: mean(found) for term, found in counts.items()}
    assert expected == pytest.approx(averages, abs=1e-4)
    assert max(map(len, counts.values())) > 1


FLAG = {**BOOLEAN, "default": False}


def test_a_flag_about_results_that_is_false_by_default_selects_only_if_it_is_true() -> None:
    document = searches(query("withoutResults", FLAG))
    assert {0} == {row["resultCount"] for row in rows_of(document, withoutResults="true")}
    assert rows_of(document) == rows_of(document, withoutResults="false")


@pytest.mark.parametrize(("name", "count"), [("onlySuccessful", 1), ("onlyFailed", 0)])
def test_the_flag_that_is_true_selects_beside_one_that_is_false(name: str, count: int) -> None:
    document = searches(query("onlySuccessful", FLAG), query("onlyFailed", FLAG))
    found = rows_of(document, **{name: "true"})
    assert {count} == {min(row["resultCount"], 1) for row in found}


def test_an_outcome_is_read_without_what_all_begin_with() -> None:
    outcome = choice("OUTCOME_SUCCESS", "OUTCOME_FAILURE", "OUTCOME_ALL")
    document = searches(query("outcome", outcome), outcome=outcome)
    rows = rows_of(document, outcome="OUTCOME_FAILURE")
    assert {(0, "OUTCOME_FAILURE")} == {(row["resultCount"], row["outcome"]) for row in rows}
    found = findings(document)
    assert "works" == found["outcome"].outcome == found["/results/*/outcome"].outcome


def test_a_flag_selects_searches_by_their_results() -> None:
    row = {"query": TEXT, "hits": INTEGER, "status": choice("SUCCESSFUL", "UNSUCCESSFUL")}
    flag = query("found", {**BOOLEAN, "nullable": True})
    rows = rows_of(listing(row, [flag], path="/searches"), found="false")
    assert rows
    assert {(0, "UNSUCCESSFUL")} == {(one["hits"], one["status"]) for one in rows}


def test_a_summary_may_have_the_rates_of_searches() -> None:
    rate = {"type": "number", "maximum": 100}
    figures = fields(views=INTEGER, searchQueries=INTEGER, unsuccessfulSearchQueries=INTEGER,
                     searchSuccessRate=rate)  # fmt: skip
    body = get(responding(figures, path="/spaces/{key}/summary")).json()
    share = 1 - body["unsuccessfulSearchQueries"] / body["searchQueries"]
    assert round(100 * share, 4) == body["searchSuccessRate"]
    assert 0 < share < 1


def test_a_filter_may_be_a_range_of_a_count() -> None:
    between = query("resultCount[between]")
    row = {"query": TEXT, "resultCount": INTEGER}
    document = listing(row, [between], path="/searches")
    counts = [one["resultCount"] for one in rows_of(document, **{"resultCount[between]": "2..9"})]
    assert counts == [
        one["resultCount"] for one in rows_of(document) if 2 <= one["resultCount"] <= 9
    ]
    assert 400 == get(document, **{"resultCount[between]": "x"}).status_code
    assert "works" == findings(document)["resultCount[between]"].outcome


@pytest.mark.parametrize(("name", "value", "outcomes"), [
    ("onlyUnsuccessful", "true", {False}), ("onlyUnsuccessful", "false", {True, False}),
    ("nurErfolglose", "true", {False}), ("zeroResultsOnly", "true", {False}),
    ("hasResults", "true", {True}), ("successful", "false", {False}),
])  # fmt: skip
def test_a_filter_selects_searches_by_what_they_found(
    name: str, value: str, outcomes: set[bool]
) -> None:
    document = listing(FOUND, [query(name, BOOLEAN)], path="/searches")
    assert outcomes == {one["hits"] > 0 for one in rows_of(document, **{name: value})}
    assert "works" == findings(document)[name].outcome


@pytest.mark.parametrize(("group", "name", "length"), [
    ("user", "accountId", 99), ("term", "query", 99), ("day", "searchedAt", 10),
])  # fmt: skip
def test_searches_are_grouped_as_a_parameter_says(group: str, name: str, length: int) -> None:
    by = query("by", choice("term", "user", "day"), required=True)
    row = {"accountId": TEXT, "query": TEXT, "searchedAt": MOMENT}
    searches = rows_of(listing(row, path="/searches"))
    known = Counter(one[name][:length] for one in searches if one.get(name))
    sums = listing({"group": TEXT, "searches": INTEGER}, [by], path="/searches/sums")
    assert known == {one["group"]: one["searches"] for one in rows_of(sums, by=group)}


def test_searches_are_counted_beside_visits_and_by_what_they_found() -> None:
    counts = {"totalViews": INTEGER, "totalSearches": INTEGER, "searchesWithoutResults": INTEGER}
    summary = get(responding(fields(**counts), path="/views/summary")).json()
    term = {"term": TEXT, "count": INTEGER, "unsuccessfulSearches": INTEGER}
    terms = rows_of(listing(term, path="/search-terms"))
    searches = rows_of(listing(FOUND, path="/searches"))
    assert len(searches) == summary["totalSearches"] == sum(one["count"] for one in terms)
    unsuccessful = sum(one["hits"] == 0 for one in searches)
    assert unsuccessful == summary["searchesWithoutResults"]
    assert unsuccessful == sum(one["unsuccessfulSearches"] for one in terms) > 0


def test_searches_are_filtered_by_their_outcome() -> None:
    outcome = choice("successful", "unsuccessful")
    rows = listed(fields(term=TEXT, resultCount=INTEGER, outcome=outcome))
    document = responding(rows, [query("outcome", outcome)], path="/searches")
    every = get(document).json()
    failed = get(document, outcome="unsuccessful").json()
    assert all((row["resultCount"] > 0) is (row["outcome"] == "successful") for row in every)
    assert [row for row in every if not row["resultCount"]] == failed
    assert failed


def test_searches_are_counted_alone() -> None:
    count = get(responding(INTEGER, path="/searches/count")).json()
    assert len(rows_of(listing(FOUND, path="/searches"))) == count
