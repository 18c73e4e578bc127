"""Redacts tokens and account ids in all output of a run.

Secrets are replaced by value, wherever they occur and however they are escaped, because a response
may echo a token in any place.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from string import ascii_lowercase, ascii_uppercase, digits
from urllib.parse import quote, quote_plus

TOKEN = "$VIEWTRACKER_TOKEN"
"""Replaces the valid token, so that curl commands work if the variable is set."""

_NEXT = str.maketrans(
    ascii_lowercase + ascii_uppercase + digits,
    "bcdefghijklmnopqrstuvwxyza" + "BCDEFGHIJKLMNOPQRSTUVWXYZA" + "1234567890",
)


def other_token(token: str) -> str:
    """Return a token of the same form: the next letter or digit for each one."""
    return token.translate(_NEXT)


ALTERATIONS: Mapping[str, Callable[[str], str]] = {
    "${VIEWTRACKER_TOKEN%?}": lambda token: token[:-1],
    '$(printf %s "$VIEWTRACKER_TOKEN" | rev)': lambda token: token[::-1],
    '$(printf %s "$VIEWTRACKER_TOKEN" | rev)x': lambda token: f"{token[::-1]}x",
    '$(printf %s "$VIEWTRACKER_TOKEN" | tr a-zA-Z A-Za-z)': str.swapcase,
    '$(printf %s "$VIEWTRACKER_TOKEN" | tr a-zA-Z0-9 b-zaB-ZA1-90)': other_token,
    "${VIEWTRACKER_TOKEN%?}A": lambda token: f"{token[:-1]}A",
    "${VIEWTRACKER_TOKEN%?}w": lambda token: f"{token[:-1]}w",
    '$(printf token:%s "$VIEWTRACKER_TOKEN" | base64 -w0)': lambda token: b64encode(
        f"token:{token}".encode()
    ).decode(),
}
"""Shell expressions for tokens derived from the valid one, so that curl commands work."""

FILTERED = "[filtered]"
"""Replaces every other secret."""

ACCOUNT = "[account]"
"""Replaces an account id."""

_SWAPPED = next(name for name, alter in ALTERATIONS.items() if alter("aB") == "Ab")

_SHORTEST = 6
"""Minimum length of a secret; shorter ones would match ordinary words."""

ACCOUNT_ID = re.compile(
    r"\b\d{4,8}(?::|%3[Aa])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b[0-9a-f]{24}\b"
    r"|~\d{4,8}[0-9a-f]{32}\b"
)
"""The known forms of an Atlassian account id, and the key of a personal space derived from one."""


class Redactor:
    """Replaces the secrets that it has learned."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._learned: list[str] = []
        self._words: dict[str, str] = {}
        self._pattern = re.compile(r"(?!)")
        self.accounts: Callable[[str], str] = lambda text: ACCOUNT_ID.sub(ACCOUNT, text)
        """Replaces account ids in a text; can be set, for example to use pseudonyms."""
        for secret in secrets:
            self.learn(secret)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The learned secrets in their original letter case, which matters for base64."""
        return tuple(self._learned)

    def learn(self, secret: str, *, instead: str = FILTERED) -> None:
        """Replace a secret from now on, unless it is very short."""
        if len(secret) < _SHORTEST or secret.lower() in self._words:
            return
        self._learned.append(secret)
        for form in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
            self._words.setdefault(form.lower(), instead)
        longest_first = sorted(self._words, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    def learn_sent(self, sent: str, good: str) -> None:
        """Learn a sent token; one derived from the valid token is replaced by a shell expression."""
        if not good:
            self.learn(sent)
        elif good not in sent:
            made = (name for name, alter in ALTERATIONS.items() if alter(good) == sent)
            self.learn(sent, instead=next(made, FILTERED))

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        lowered = text.lower()
        if any(word in lowered for word in self._words):  # much faster than the regex
            text = self._pattern.sub(lambda found: self._instead(found[0]), text)
        return self.accounts(text)

    def _instead(self, secret: str) -> str:
        """Return the replacement of a secret; with swapped case, the token is not the valid one."""
        word = self._words[secret.lower()]
        return _SWAPPED if word == TOKEN and secret.swapcase() in self._learned else word

    def body(self, body: bytes) -> bytes:
        """Return a body without secrets; it need not be valid UTF-8."""
        return self.text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return headers without secrets, and without unknown credentials."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name.lower() not in {"authorization", "proxy-authorization", "cookie", "set-cookie"}:
            return self.text(value)
        text = self.text(value)
        if name.lower() == "set-cookie":
            return FILTERED
        scheme, space, rest = text.partition(" ")
        if not rest or rest.strip() in {TOKEN, *ALTERATIONS} or not space:
            return text if TOKEN in text or text.strip().isalpha() or not text or rest else FILTERED
        return f"{scheme} {rest if TOKEN in rest and rest.isascii() else FILTERED}"
