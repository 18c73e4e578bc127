"""A Faker provider for Confluence: account ids, space keys, titles, file names, search terms.

Add it to a Faker of your own: `fake.add_provider(ConfluenceProvider)`. The locale of that Faker
decides the language; where there are no words for it, they are English.
"""

from collections.abc import Sequence

from faker.providers import BaseProvider

from mock_server.world import wording
from mock_server.world.chance import Draw, choose
from mock_server.world.vocabulary import FALLBACK, Vocabulary, vocabulary


class ConfluenceProvider(BaseProvider):
    """Makes up what a Confluence site is made of."""

    def account_id(self) -> str:
        """Give an Atlassian account id: `557058:` or `712020:` and a uuid, or 24 hex digits."""
        return wording.account_id(self._draw)

    def space_key(self) -> str:
        """Give the key of a team space."""
        return choose(self._words.spaces, self._draw)[0]

    def personal_space_key(self) -> str:
        """Give the key of a personal space: `~` and 24 hex digits."""
        return f"~{wording.hex_digits(24, self._draw)}"

    def space_name(self) -> str:
        """Give the name of a team space."""
        return choose(self._words.spaces, self._draw)[1]

    def page_title(self) -> str:
        """Give the title of a page."""
        return wording.page_title(self._words, self._draw)

    def blog_post_title(self) -> str:
        """Give the title of a blog post."""
        return wording.blog_post_title(self._words, self._draw)

    def attachment_name(self) -> str:
        """Give the name of an attached file."""
        return wording.attachment_name(self._words, self._draw)

    def search_term(self, titles: Sequence[str] = ()) -> str:
        """Give what somebody types who looks for one of the titles.

        A tenth is mistyped, a twentieth (or all, if there are no titles) is in no title.
        """
        title = choose(titles, self._draw) if titles else ""
        return wording.search_term(title, self._words, self._draw)

    @property
    def _draw(self) -> Draw:
        draw: Draw = self.generator.random.random
        return draw

    @property
    def _words(self) -> Vocabulary:
        # only a localised provider knows the locale, and the one for people comes in most locales
        person = self.generator.provider("faker.providers.person")
        return vocabulary(getattr(person, "__lang__", None) or FALLBACK)
