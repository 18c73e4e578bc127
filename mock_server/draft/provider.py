"""A Faker provider for Confluence: account ids, space keys, titles and search terms.

Add it to a Faker of your own with `fake.add_provider(ConfluenceProvider)`; the words follow the
locale of that Faker, and are English where there are none for it.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from faker.providers import BaseProvider

from mock_server.bundle import bundled
from mock_server.draft.chance import pick

_HEX = "0123456789abcdef"


@cache
def vocabulary(language: str) -> dict[str, Any]:
    """Read the words of a language, such as `de`; English where there are none."""
    path = bundled("fixtures", "draft", "vocabulary", f"{language}.toml")
    if not path.exists():
        path = bundled("fixtures", "draft", "vocabulary", "en.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


class ConfluenceProvider(BaseProvider):
    """Makes up what a Confluence site is made of."""

    @property
    def _chance(self) -> Random:
        source: Random = self.generator.random
        return source

    @property
    def _words(self) -> dict[str, Any]:
        person = self.generator.provider("person")  # the provider that every locale has
        return vocabulary(str(getattr(person, "__lang__", None) or "en")[:2].lower())

    def account_id(self) -> str:
        """Give an Atlassian account id in one of its three forms."""
        form = int(self._chance.random() * 3)
        if form == 0:
            return self._hex(24)
        return f"{'557058' if form == 1 else '712020'}:{self._uuid()}"

    def space_key(self) -> str:
        """Give the key of a team space."""
        return str(pick(self._chance, self._words["spaces"])["key"])

    def space_name(self) -> str:
        """Give the name of a team space."""
        return str(pick(self._chance, self._words["spaces"])["name"])

    def personal_space_key(self) -> str:
        """Give the key of a personal space: `~` and 24 hexadecimal digits."""
        return f"~{self._hex(24)}"

    def page_title(self) -> str:
        """Give the title of a page."""
        titles = self._words["titles"]
        return f"{pick(self._chance, titles['topics'])} {pick(self._chance, titles['kinds'])}"

    def blog_post_title(self) -> str:
        """Give the title of a blog post."""
        titles = self._words["titles"]
        topic = pick(self._chance, titles["topics"])
        return str(pick(self._chance, titles["posts"])).format(topic=topic)

    def attachment_name(self) -> str:
        """Give the file name of an attachment."""
        stem = self.page_title().lower().replace(" ", "-")
        return f"{stem}.{pick(self._chance, self._words['titles']['endings'])}"

    def search_term(self, titles: Sequence[str] = ()) -> str:
        """Give what somebody may search for: words of a title, or of none."""
        if not titles or self._chance.random() < 0.1:  # noqa: PLR2004 -- one in ten
            return str(pick(self._chance, self._words["searches"]["unknown"]))
        words = [word for word in pick(self._chance, titles).split() if len(word) > 3]  # noqa: PLR2004
        return pick(self._chance, words).lower() if words else str(pick(self._chance, titles))

    def _hex(self, digits: int) -> str:
        return "".join(_HEX[int(self._chance.random() * 16)] for _ in range(digits))

    def _uuid(self) -> str:
        parts = [self._hex(8), self._hex(4), f"4{self._hex(3)}", f"a{self._hex(3)}", self._hex(12)]
        return "-".join(parts)
