"""The provider in a Faker of one's own."""

import re

import pytest
from faker import Faker

from mock_server.world.words import ConfluenceProvider, vocabulary


def make_faker(locale: str, seed: int = 0) -> Faker:
    faker = Faker(locale)
    faker.add_provider(ConfluenceProvider)
    faker.seed_instance(seed)
    return faker


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en_US", "en"), ("de_DE", "de"), ("de_AT", "de"), ("fr_FR", "fr"), ("ja_JP", "en")],
)
def test_the_locale_decides_the_language(locale: str, language: str) -> None:
    faker, spaces = make_faker(locale), vocabulary(language).spaces

    assert {name for _, name in spaces} == {faker.space_name() for _ in range(99)}
    assert {key for key, _ in spaces} == {faker.space_key() for _ in range(99)}


def test_seeded_fakers_agree() -> None:
    first, second = make_faker("de_DE", 7), make_faker("de_DE", 7)

    assert [first.page_title() for _ in range(9)] == [second.page_title() for _ in range(9)]


def test_every_kind_of_name_has_its_form() -> None:
    faker = make_faker("en_US")

    assert re.fullmatch(r"(557058:|712020:)[0-9a-f-]{36}|[0-9a-f]{24}", faker.account_id())
    assert re.fullmatch(r"~[0-9a-f]{24}", faker.personal_space_key())
    assert re.fullmatch(r"\S+\.(pdf|xlsx|pptx|png|docx)", faker.attachment_name())
    assert len(faker.blog_post_title()) > 5


def test_terms_come_from_the_titles_most_of_the_time() -> None:
    faker = make_faker("en_US")
    terms = [faker.search_term(["Billing handbook"]) for _ in range(100)]

    assert sum(set(term.split()) <= {"billing", "handbook"} for term in terms) > 75


def test_terms_without_titles_are_what_nobody_wrote() -> None:
    assert make_faker("en_US").search_term() in vocabulary("en").unwritten


def test_a_faker_without_people_speaks_english() -> None:
    faker = Faker("de_DE", providers=["faker.providers.misc"])
    faker.add_provider(ConfluenceProvider)

    assert {key for key, _ in vocabulary("en").spaces} == {faker.space_key() for _ in range(99)}
