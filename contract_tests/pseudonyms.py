"""Other names for people: the same person always has the same one, of the same shape."""

import json
import random
import re
import string
from urllib.parse import quote, unquote

from contract_tests.redaction import ACCOUNT_ID

_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|[^"/?&=,\s{}\[\]]+')
"""Texts of JSON, and what stands between the delimiters of a URL or of other JSON."""

_SIGNS = re.compile(r"%[0-9A-Fa-f]{2}|[0-9A-Za-z]|.", re.DOTALL)

_NOBODY = frozenset({"", "anonymous"})
"""What stands in an account's place for people that have none."""

_SHORTEST_NUMBER = 6
"""Digits; shorter numbers may be counts, and are let be."""


class Pseudonyms:
    """Makes pseudonyms, which tell nothing but the order in which people were first met.

    Digits stay digits and letters stay letters, so that what a document allows stays allowed; an
    account id and the key of the personal space that is made of it stay recognisable as one.
    """

    def __init__(self) -> None:
        self._made: dict[str, str] = {}
        self._taken: set[str] = set()
        self._known: set[str] = set()

    def learn(self, value: object) -> None:
        """Learn an account id, or a person's name, whatever it looks like."""
        text = str(value)
        is_short = text.isdecimal() and len(text) < _SHORTEST_NUMBER
        if value is not None and not is_short and text.casefold() not in _NOBODY:
            self._known.add(text)

    def text(self, text: str) -> str:
        """Give a URL, a header or a body with pseudonyms in it."""
        if self._known:
            text = _PIECES.sub(self._of_piece, text)
        return ACCOUNT_ID.sub(lambda found: self._written(found[0]), text)

    def _of_piece(self, found: re.Match[str]) -> str:
        piece = found[0]
        if piece.startswith('"'):
            plain = _unescaped(piece[1:-1])
            is_known = plain in self._known and not ACCOUNT_ID.fullmatch(plain)
            return json.dumps(self._written(plain), ensure_ascii=False) if is_known else piece
        plain = unquote(piece.replace("+", " "))
        if plain not in self._known or ACCOUNT_ID.fullmatch(plain):
            return piece
        return quote(self._written(plain), safe=":~@")

    def _written(self, text: str) -> str:
        """Give a text with the letters and digits of its pseudonym, and its own punctuation."""
        signs = _SIGNS.findall(text)
        letters = iter(self._pseudonym("".join(one for one in signs if one.isalnum())))
        return "".join(next(letters) if one.isalnum() else one for one in signs)

    def _pseudonym(self, letters: str) -> str:
        if letters not in self._made:
            chance = random.Random(len(self._made))
            is_hex = all(one in string.hexdigits for one in letters)
            made = letters
            for _ in range(100):  # a name of one letter may leave no other
                if made != letters and made not in self._taken:
                    break
                made = "".join(_like(one, chance, is_hex=is_hex) for one in letters)
            self._made[letters] = made
            self._taken.add(made)
        return self._made[letters]


def _like(sign: str, chance: random.Random, *, is_hex: bool) -> str:
    """Give another sign of the same kind; a number does not begin to start with 0."""
    if sign == "0":
        return sign
    if sign.isdigit():
        return chance.choice("123456789")
    hexadecimal = "ABCDEF" if sign.isupper() else "abcdef"
    whole = string.ascii_uppercase if sign.isupper() else string.ascii_lowercase
    return chance.choice(hexadecimal if is_hex else whole)


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
