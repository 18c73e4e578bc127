"""What is read in the descriptions of a document."""

import pytest

from mock_server.binding.descriptions import (
    counts_known,
    decimals,
    default_hours,
    is_absent_for_anonymous,
    last_hours,
    says,
    word_for_anonymous,
    word_for_protected,
)


@pytest.mark.parametrize(("description", "anonymous", "protected"), [
    ("Display name, `Anonymous` for anonymous and `Protected user` for protected visitors",
     "Anonymous", "Protected user"),
    ("The name, or 'guest' if the visitor is not logged in", "guest", None),
    ('"Geschütztes Konto" bei geschützten Benutzern', None, "Geschütztes Konto"),
    ("`null` for anonymous viewers and `null` for protected ones", None, None),
    ("The name of the viewer", None, None),
])  # fmt: skip
def test_a_quoted_word_stands_for_viewers_without_an_account(
    description: str, anonymous: str | None, protected: str | None
) -> None:
    assert word_for_anonymous(description) == anonymous
    assert word_for_protected(description) == protected


@pytest.mark.parametrize(("description", "expected"), [
    ("`null` for anonymous viewers", True),
    ("`Somebody` for anonymous viewers; null for protected ones", False),
])  # fmt: skip
def test_a_viewer_with_a_word_is_not_absent(description: str, expected: bool) -> None:
    assert is_absent_for_anonymous(description) is expected


@pytest.mark.parametrize("description", [
    "Alle Aufrufe eines Bereichs, die neuesten zuerst", "Die jeweils neueste zuerst",
    "The most recent searches come first", "Newest first",
])  # fmt: skip
def test_the_newest_come_first_where_a_description_says_so(description: str) -> None:
    assert says("newest first", description)


@pytest.mark.parametrize(("description", "expected"), [
    ("Number of different visitors with an account that is not protected", True),
    ("Benutzer mit Konto", True), ("Number of different accounts that viewed the space", True),
    ("Anzahl verschiedener angemeldeter Benutzer; anonyme zählen nicht mit", True),
    ("Distinct visitors, anonymous ones count as one", False),
    ("Distinct visitors", False),
])  # fmt: skip
def test_viewers_with_an_account_are_known(description: str, expected: bool) -> None:
    assert counts_known(description) is expected


@pytest.mark.parametrize(("description", "hours"), [
    ("Default is 24 hours before `until`", 24), ("If unset, 6 hours before end_time.", 6), ("Ohne Angabe: 2 Tage vor `bis`", 48),
    ("Vorgabe: 30 Tage vor `bis`", 720),
    ("A week before the end if you leave it out", 168),
    ("Standard: 30 Tage vor `bis`", 720), ("Standardwert: vor 14 Tagen", 336),
    ("If not set, views of the last 14 days are returned.", 336),
    ("Zwei Wochen vor dem Ende", None), ("24 hours before the end", None),
])  # fmt: skip
def test_a_default_start_is_so_many_hours_before_the_end(
    description: str, hours: int | None
) -> None:
    assert default_hours(description) == hours


@pytest.mark.parametrize(("description", "hours"), [
    ("Views of the last 7 days", 168), ("Aufrufe der letzten 24 Stunden", 24), ("Views", None),
])  # fmt: skip
def test_an_operation_says_which_range_it_has(description: str, hours: int | None) -> None:
    assert last_hours(description) == hours
    assert (last_hours("All views so far") or 0) > 24 * 365 * 50
    assert (last_hours("Alle Aufrufe seit der Installation") or 0) > 24 * 365 * 50


@pytest.mark.parametrize("description", [
    "If not set, views are counted from the beginning", "Ohne Angabe unbegrenzt", "If omitted, all views", "If not set, all objects are returned",
])  # fmt: skip
def test_a_default_start_may_be_the_first_row(description: str) -> None:
    assert (default_hours(description) or 0) > 24 * 365 * 50


@pytest.mark.parametrize("description", [
    "In Prozent, mit einer Nachkommastelle", "In percent, with one decimal", "1 Dezimalstelle",
])  # fmt: skip
def test_a_description_says_how_many_decimals_a_share_has(description: str) -> None:
    assert decimals(description, 4) == 1


@pytest.mark.parametrize(
    "description", ["In ganzen Sekunden", "Time, in full seconds", "vollen Sekunden"]
)
def test_a_description_says_that_times_are_in_full_seconds(description: str) -> None:
    assert says("full seconds", description)
