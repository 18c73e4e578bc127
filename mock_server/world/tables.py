"""Tables of a TOML file, read key by key: what is wrong is refused in one sentence.

Knows types, bounds and wording; which keys there are, and what they mean, is not known here.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn, TypeVar

from mock_server.clock import LATEST
from mock_server.errors import WorldError, did_you_mean

LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,255}")
"""What names, titles and search terms are made of."""

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 60
_WORD_BITS = 64

_Value = TypeVar("_Value")


class Table:
    """One table of a world file.

    Args:
        file: What to call the file in errors.
        where: What to call this table in errors.
        content: What `tomllib` read; anything but a table is refused.
        keys: The keys it may have.
    """

    def __init__(self, file: str, where: str, content: Any, keys: Collection[str]) -> None:
        self._file = file
        self._where = where
        if not isinstance(content, dict):
            raise WorldError(f"{file}: {where} is {show(content)}; it must be a table.")
        self._content: dict[str, Any] = content
        for key in content:
            if key not in keys:
                known = ", ".join(keys)
                hint = did_you_mean(key, keys)
                raise WorldError(
                    f"{file}: {where}: {show(key)} is no key; known are {known}.{hint}"
                )

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def refuse(self, key: str, remedy: str) -> NoReturn:
        """Refuse the value of a key.

        Raises:
            WorldError: Always; names the file, the table, the key, its value and the remedy.
        """
        said = f"is {show(self._content[key])}" if key in self._content else "is missing"
        raise WorldError(f"{self._file}: {self._where}: {key} {said}; {remedy}")

    def read(
        self,
        key: str,
        check: Callable[[Any], _Value | None],
        allowed: str,
        default: _Value | None = None,
    ) -> _Value:
        """Give the value of a key, or the default if the key is absent and there is one.

        Args:
            key: What to read.
            check: Gives the value as it is meant, or None if it is not allowed.
            allowed: What is allowed, to be read after "it must be".
            default: The value of an absent key; without one, the key is required.
        """
        if key not in self._content and default is not None:
            return default
        value = check(self._content.get(key))
        return self.refuse(key, f"it must be {allowed}.") if value is None else value

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        pattern: re.Pattern[str] = LINE,
        allowed: str = "one line of 1 to 255 characters",
    ) -> str:
        """Read a text that matches a pattern as a whole."""

        def check(value: Any) -> str | None:
            return value if isinstance(value, str) and pattern.fullmatch(value) else None

        return self.read(key, check, allowed, default)

    def choice(self, key: str, options: Collection[str], default: str | None = None) -> str:
        """Read one of several words."""
        value = self._content.get(key, default)
        if isinstance(value, str) and value in options:
            return value
        hint = did_you_mean(value, options) if isinstance(value, str) else ""
        return self.refuse(key, f"it must be one of {', '.join(options)}.{hint}")

    def whole(self, key: str, default: int | None = None, *, low: int, high: int) -> int:
        """Read a whole number within bounds."""

        def check(value: Any) -> int | None:
            return value if type(value) is int and low <= value <= high else None

        return self.read(key, check, f"a whole number from {low} to {high}", default)

    def number(self, key: str, default: float | None = None, *, high: float = 1) -> float:
        """Read a number from 0 to `high`."""

        def check(value: Any) -> float | None:
            return float(value) if type(value) in {int, float} and 0 <= value <= high else None

        return self.read(key, check, f"a number from 0 to {high:,.0f}", default)

    def flag(self, key: str) -> bool:
        """Read true or false; an absent key is false."""

        def check(value: Any) -> bool | None:
            return value if isinstance(value, bool) else None

        return self.read(key, check, "true or false", default=False)

    def day(self, key: str) -> date:
        """Read a day from 1970 on."""

        def check(value: Any) -> date | None:
            return value if type(value) is date and value >= _EPOCH_DAY else None

        return self.read(key, check, "a day from 1970 on, such as 2026-01-31, without quotes")

    def moment(self, key: str) -> int:
        """Read a time with its offset to epoch milliseconds."""
        allowed = "a time from 1970 on with an offset, such as 2026-01-31T12:00:00Z, without quotes"
        return self.read(key, _to_moment, allowed)

    def list_of(
        self,
        key: str,
        check: Callable[[Any], _Value | None],
        allowed: str,
        default: Sequence[_Value],
    ) -> tuple[_Value, ...]:
        """Read a list that is not empty, each member checked like a value of `read`."""

        def check_all(value: Any) -> tuple[_Value, ...] | None:
            if not isinstance(value, list) or not value:
                return None
            members = tuple(member for one in value if (member := check(one)) is not None)
            return members if len(members) == len(value) else None

        return self.read(key, check_all, allowed, tuple(default))

    def table(self, key: str, keys: Collection[str]) -> "Table":
        """Read a table within this one; an absent one is empty."""
        where = f"[{self._path(key)}]"
        return Table(self._file, where, self._content.get(key, {}), keys)

    def tables(self, key: str, keys: Collection[str]) -> list["Table"]:
        """Read a list of tables; an absent one is empty."""
        where = f"[[{self._path(key)}]]"
        content = self._content.get(key, [])
        if not isinstance(content, list):
            self.refuse(key, f"it must be written as {where}.")
        return [
            Table(self._file, f"{where} number {place}", one, keys)
            for place, one in enumerate(content, 1)
        ]

    def _path(self, key: str) -> str:
        outer = self._where.strip("[]")
        return f"{outer}.{key}" if self._where.startswith("[") else key


def show(value: Any) -> str:
    """Write a value of a TOML file, however large, to stand in a sentence."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and value.bit_length() > _WORD_BITS:
        return "a number beyond 64 bits"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _to_moment(value: Any) -> int | None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    moment = (value - _EPOCH) // timedelta(milliseconds=1)
    return moment if 0 <= moment <= LATEST else None
