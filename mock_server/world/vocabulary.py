"""The words of a language that titles, file names and searches are made of."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache

from mock_server.bundle import bundled

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What `fixtures/vocabulary/LANGUAGE.toml` says; see `en.toml` for the meaning."""

    months: tuple[str, ...]
    subjects: tuple[str, ...]
    page_titles: tuple[str, ...]
    blog_post_titles: tuple[str, ...]
    personal_titles: tuple[str, ...]
    home_title: str
    personal_home_title: str
    attachment_names: tuple[str, ...]
    unwritten: tuple[str, ...]
    spaces: tuple[tuple[str, str], ...]
    """Keys and names."""


def languages() -> list[str]:
    """List the languages there are words for."""
    return sorted(path.stem for path in bundled("fixtures", "vocabulary").glob("*.toml"))


@cache
def vocabulary(locale: str) -> Vocabulary:
    """Give the words for a locale such as `de_AT`: those of its language, or English."""
    language = locale.partition("_")[0]
    name = language if language in languages() else FALLBACK
    text = bundled("fixtures", "vocabulary", f"{name}.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    spaces = tuple((one["key"], one["name"]) for one in content.pop("spaces"))
    home_title, personal_home_title = content.pop("home_title"), content.pop("personal_home_title")
    return Vocabulary(
        **{key: tuple(words) for key, words in content.items()},
        home_title=home_title,
        personal_home_title=personal_home_title,
        spaces=spaces,
    )


@cache
def vocabulary_digest() -> str:
    """Digest all vocabularies, which the rows of made-up worlds depend on."""
    digest = hashlib.blake2b(digest_size=16)
    for name in languages():
        text = bundled("fixtures", "vocabulary", f"{name}.toml").read_text(encoding="utf-8")
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()
