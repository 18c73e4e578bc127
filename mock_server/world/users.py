"""Users of version 1, who authenticate with email address and API token, and their permissions."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mock_server.binding.fields import Field, Subject
from mock_server.errors import ForbiddenError

DEMO_API_TOKEN = "demo-api-token"
"""The well-known API token; the default of all users in a world file."""


class SpaceAccess(StrEnum):
    """The spaces that a user may see, with all their contents."""

    ALL = "all"
    TEAM = "team"
    """All except personal spaces."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class User:
    """An Atlassian account that may call version 1; its API token is not stored."""

    email: str
    digest: str = field(repr=False)
    """The result of `digest_of` for its email address and API token."""
    spaces: SpaceAccess = SpaceAccess.ALL
    hidden: frozenset[int] = frozenset()
    """Contents that the user may not see, in any space."""
    has_global_access: bool = False

    @property
    def is_demo(self) -> bool:
        """Whether the user has the well-known API token."""
        return self.digest == digest_of(self.email, DEMO_API_TOKEN)

    def check(self, subject: Subject, values: Mapping[Field, Any]) -> None:
        """Check whether the user may see a report.

        Raises:
            ForbiddenError: If the user lacks the permission that the vendor documents.
        """
        space = values.get(Field.SPACE_KEY)
        if subject is Subject.SEARCHES or space is None:
            if not self.has_global_access:
                raise ForbiddenError(
                    f"{self.email} lacks Global Access, which reports on the whole site need."
                )
        elif values.get(Field.CONTENT_ID) in self.hidden:
            raise ForbiddenError(
                f"{self.email} may not see the content {values[Field.CONTENT_ID]}."
            )
        elif not self._sees(str(space)):
            raise ForbiddenError(f"{self.email} may not see the space {space!r}.")

    def _sees(self, space_key: str) -> bool:
        return self.spaces is SpaceAccess.ALL or (
            self.spaces is SpaceAccess.TEAM and not space_key.startswith("~")
        )


def digest_of(email: str, api_token: str) -> str:
    """Hash credentials, after normalizing Unicode and the case of the address."""
    sent = unicodedata.normalize("NFC", f"{email.casefold()}:{api_token}")
    return hashlib.sha256(sent.encode()).hexdigest()
