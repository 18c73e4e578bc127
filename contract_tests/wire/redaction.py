"""Keeps tokens and account ids out of everything that a run tells.

Secrets are replaced by value, wherever they stand and however they are escaped: a response may
echo a token in a place that no list of header names would think of.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, quote_plus

TOKEN = "$VIEWTRACKER_TOKEN"
"""What stands for the good token, so that a curl line works where the variable is set."""

ALTERATIONS: Mapping[str, Callable[[str], str]] = {
    "${VIEWTRACKER_TOKEN%?}": lambda token: token[:-1],
    '$(printf %s "$VIEWTRACKER_TOKEN" | rev)': lambda token: token[::-1],
    '$(printf %s "$VIEWTRACKER_TOKEN" | rev)x': lambda token: f"{token[::-1]}x",
    '$(printf %s "$VIEWTRACKER_TOKEN" | tr a-zA-Z A-Za-z)': str.swapcase,
    "${VIEWTRACKER_TOKEN%?}A": lambda token: f"{token[:-1]}A",
    "${VIEWTRACKER_TOKEN%?}w": lambda token: f"{token[:-1]}w",
    '$(printf token:%s "$VIEWTRACKER_TOKEN" | base64 -w0)': lambda token: b64encode(
        f"token:{token}".encode()
    ).decode(),
}
"""What a shell makes of the good token where another is sent, so that a curl line can be repeated."""

FILTERED = "[filtered]"
"""What stands for any other secret."""

ACCOUNT = "[account]"
"""What stands for an account id."""

_SWAPPED = next(name for name, alter in ALTERATIONS.items() if alter("aB") == "Ab")

_SHORTEST = 6
"""Shorter secrets would blot out words that are none."""

ACCOUNT_ID = re.compile(
    r"\b\d{4,8}(?::|%3[Aa])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b[0-9a-f]{24}\b"
    r"|~\d{4,8}[0-9a-f]{32}\b"
)
"""An Atlassian accountId in the forms seen, and a personal space's key made of one."""


class Redactor:
    """Replaces what nobody should read; it learns secrets as they are met."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._learned: list[str] = []
        self._words: dict[str, str] = {}
        self._pattern = re.compile(r"(?!)")
        self.accounts: Callable[[str], str] = lambda text: ACCOUNT_ID.sub(ACCOUNT, text)
        """Writes a text's account ids anew; set it where one must be told from another."""
        for secret in secrets:
            self.learn(secret)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What was learned, in its own letter case, which tells in base64."""
        return tuple(self._learned)

    def learn(self, secret: str, *, instead: str = FILTERED) -> None:
        """Replace a secret from now on; what is very short is let be."""
        if len(secret) < _SHORTEST or secret.lower() in self._words:
            return
        self._learned.append(secret)
        for form in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
            self._words.setdefault(form.lower(), instead)
        longest_first = sorted(self._words, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    def learn_sent(self, sent: str, good: str) -> None:
        """Learn what was sent as a token; what is made of the good one is written as that."""
        made = (name for name, alter in ALTERATIONS.items() if good and alter(good) == sent)
        if good not in sent or not good:
            self.learn(sent, instead=next(made, FILTERED))

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        lowered = text.lower()
        if any(word in lowered for word in self._words):  # much faster than the pattern
            text = self._pattern.sub(lambda found: self._instead(found[0]), text)
        return self.accounts(text)

    def _instead(self, met: str) -> str:
        """Return what stands for a secret; in other letter case the good token is no good one."""
        word = self._words[met.lower()]
        return _SWAPPED if word == TOKEN and met.swapcase() in self._learned else word

    def body(self, body: bytes) -> bytes:
        """Return a body without secrets, whatever its bytes mean."""
        return self.text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return headers without secrets; credentials are left out even where they are unknown."""
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
