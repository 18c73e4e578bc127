"""Titles, ids and search terms."""

import re
from datetime import date

import pytest

from mock_server.world import words as wording
from mock_server.world.chance import Draw, draw_for
from mock_server.world.words import languages, vocabulary

LANGUAGES = languages()


@pytest.mark.parametrize(("locale", "may"), [("de_AT", "Mai"), ("fr_FR", "mai"), ("ja_JP", "May")])
def test_a_locale_uses_the_words_of_its_language_or_english(locale: str, may: str) -> None:
    assert vocabulary(locale).months[4] == may


@pytest.mark.parametrize("language", LANGUAGES)
def test_terms_without_results_are_in_no_title(language: str) -> None:
    words = vocabulary(language)
    templates = (
        *words.subjects, *words.page_titles, *words.blog_post_titles, *words.personal_titles,
        *words.attachment_names, *words.months, words.home_title, words.personal_home_title,
        *(name for _, name in words.spaces),
    )  # fmt: skip
    written = set(wording.words_of(" ".join(templates)))
    assert [term for term in words.unwritten if set(wording.words_of(term)) <= written] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_can_be_filled(language: str) -> None:
    words, draw = vocabulary(language), draw_for(language)
    templates = (*words.page_titles, *words.blog_post_titles, *words.personal_titles,
                 *words.attachment_names)  # fmt: skip
    filled = [wording.fill(template, words, draw) for template in templates]
    assert [title for title in filled if "{" in title or not 3 < len(title) < 120] == []


def test_account_ids_have_three_forms() -> None:
    draw = draw_for("ids")
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    forms = (f"557058:{uuid}", f"712020:{uuid}", "[0-9a-f]{24}")
    ids = [wording.account_id(draw) for _ in range(60)]
    matched = [[bool(re.fullmatch(form, one)) for form in forms] for one in ids]
    assert all(one.count(True) == 1 for one in matched)
    assert all(any(one[form] for one in matched) for form in range(3))


def test_titles_of_blog_posts_name_their_month_of_publication() -> None:
    draw, words = draw_for("posts"), vocabulary("en")
    titles = [
        wording.fill(template, words, draw, date(2027, 4, 1)) for template in words.blog_post_titles
    ]
    dated = [title for title in titles if re.search(r"\d{4}", title)]
    assert dated
    assert all("2027" in title for title in dated)
    assert any("April 2027" in title for title in dated)


def search_for(title: str, draw: Draw, *, mistyped: int = 0) -> str:
    return wording.search_term(title, vocabulary("en"), draw, mistyped=mistyped, unwritten=0)


def test_searches_use_words_of_the_title() -> None:
    draw = draw_for("terms")
    assert {"billing"} == {search_for("How we do Billing", draw) for _ in range(50)}


def test_mistyped_words_have_two_letters_swapped() -> None:
    draw = draw_for("typos")
    terms = {search_for("billing", draw, mistyped=1) for _ in range(60)}
    assert "billing" not in terms
    assert all(sorted(term) == sorted("billing") for term in terms)


@pytest.mark.parametrize("word", ["a", "aaaa", "字", "ab"])
def test_the_shortest_words_can_be_mistyped(word: str) -> None:
    assert search_for(word, draw_for(word), mistyped=1) not in {"", word}


def test_a_title_without_words_gives_an_unrelated_search_term() -> None:
    assert search_for("🚀", draw_for("emoji")) in vocabulary("en").unwritten
