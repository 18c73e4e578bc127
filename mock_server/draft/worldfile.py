"""Reading a world file: what it may say, and clear refusals of everything else."""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mock_server.bundle import bundled
from mock_server.domain import ContentType, Residency
from mock_server.errors import WorldError, did_you_mean, nearest

MAKING = "1"
"""Raised when the same file comes to mean other rows."""


@dataclass(frozen=True)
class WorldFile:
    """A world file, read and checked; values are those of the TOML, defaults filled in."""

    name: str
    content: Mapping[str, Any]
    digest: str
    """Of the file and of the way rows are made from it."""

    def for_residency(self, table: str, residency: Residency) -> list[Mapping[str, Any]]:
        """Give the entries of a list that belong to a residency, or to both."""
        return [
            entry
            for entry in self.content.get(table, [])
            if entry.get("residency", residency.value) == residency.value
        ]


@dataclass(frozen=True)
class _Key:
    what: str
    check: Callable[[Any], bool]
    default: Any = None
    required: bool = False


def _text(longest: int = 255) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value) <= longest


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    )


def _share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _moment(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _choice(*values: str) -> Callable[[Any], bool]:
    return lambda value: value in values


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


_RESIDENCY = _Key("'us' or 'de'", _choice(*Residency))
_ID = _Key("a whole number from 1 to 2^63 - 1", _whole(1, 2**63 - 1), required=True)
_TIME = _Key("a time with its offset, such as 2026-01-05T09:00:00Z", _moment, required=True)
_LATER = _Key(_TIME.what, _moment)
_ACCOUNT = _Key("an account id, 'Anonymous', or '' for a protected viewer",
                lambda value: value == "" or _text()(value), required=True)  # fmt: skip

_TABLES: dict[str, dict[str, _Key]] = {
    "sites": {
        "url": _Key("a URL", _text(), required=True),
        "timezone": _Key("a time zone such as 'Europe/Berlin'", _zone, required=True),
        "locale": _Key("a locale such as 'de_DE'", _text(20), required=True),
    },
    "generated": {
        "team_spaces": _Key("a whole number from 0 to 8", _whole(0, 8), 2),
        "personal_spaces": _Key("a whole number from 0 to 1000", _whole(0, 1_000), 1),
        "pages_per_space": _Key("a whole number from 1 to 10000", _whole(1, 10_000), 14),
        "attachments_per_space": _Key("a whole number from 0 to 10000", _whole(0, 10_000), 3),
        "new_content_every_days": _Key("a whole number from 7 to 10000", _whole(7, 10_000), 84),
        "accounts": _Key("a whole number from 1 to 100000", _whole(1, 100_000), 40),
        "visits_per_workday": _Key("a whole number from 0 to 1000000", _whole(0, 1_000_000), 110),
        "searches_per_workday": _Key("a whole number from 0 to 1000000", _whole(0, 1_000_000), 25),
        "weekend_activity": _Key("a share from 0 to 1", _share, 0.2),
        "anonymous_share": _Key("a share from 0 to 1", _share, 0.12),
        "protected_share": _Key("a share from 0 to 1", _share, 0.06),
        "misspelt_share": _Key("a share from 0 to 1", _share, 0.08),
        "unknown_share": _Key("a share from 0 to 1", _share, 0.08),
    },
    "spaces": {
        "residency": _RESIDENCY,
        "key": _Key("1 to 255 characters", _text(), required=True),
        "name": _Key("1 to 255 characters", _text(), required=True),
        "personal": _Key("true or false", _flag, False),
        "formerly": _Key("1 to 255 characters", _text()),
    },
    "contents": {
        "residency": _RESIDENCY,
        "id": _ID,
        "type": _Key("'page', 'blogpost' or 'attachment'", _choice(*ContentType), required=True),
        "title": _Key("1 to 255 characters", _text(), required=True),
        "space": _Key("the key of a space", _text(), required=True),
        "parent": _Key("the id of a content", _whole(1, 2**63 - 1)),
        "created": _TIME,
        "trashed": _LATER,
        "deleted": _LATER,
    },
    "accounts": {
        "residency": _RESIDENCY,
        "id": _Key("1 to 255 characters", _text(), required=True),
        "name": _Key("1 to 255 characters", _text(), required=True),
        "protected": _Key("true or false", _flag, False),
    },
    "visits": {
        "residency": _RESIDENCY,
        "time": _TIME,
        "content": _ID,
        "account": _ACCOUNT,
    },
    "bursts": {
        "residency": _RESIDENCY,
        "start": _TIME,
        "content": _ID,
        "account": _ACCOUNT,
        "count": _Key("a whole number from 1 to 100000", _whole(1, 100_000), required=True),
        "every_ms": _Key("a whole number from 1 to 86400000", _whole(1, 86_400_000), required=True),
    },
    "searches": {
        "residency": _RESIDENCY,
        "time": _TIME,
        "term": _Key("1 to 255 characters", _text(), required=True),
        "account": _ACCOUNT,
        "results": _Key("a whole number from 0 to 2147483647", _whole(0, 2**31 - 1), required=True),
    },
}
"""The tables of a world file: what each key is, and what it may be."""

_TOP: dict[str, _Key] = {
    "description": _Key("a sentence", _text(2_000), required=True),
    "installed": _Key("a day such as 2023-07-01", _day, required=True),
    "extended_privacy_from": _Key("a day such as 2025-10-01", _day),
}
_LISTS = ("spaces", "contents", "accounts", "visits", "bursts", "searches")


def bundled_worlds() -> list[str]:
    """Give the names of the worlds that come with the package."""
    return sorted(path.stem for path in bundled("fixtures", "draft", "worlds").glob("*.toml"))


def read_world(world: str) -> WorldFile:
    """Read a bundled world by its name, or a world file by its path.

    Raises:
        WorldError: If there is none, or it says what a world file cannot: names the file, the
            place, the value and what is allowed.
    """
    path = bundled("fixtures", "draft", "worlds", f"{world}.toml")
    if world not in bundled_worlds():
        path = Path(world)
        if not path.is_file():
            near = did_you_mean(world, bundled_worlds())
            raise WorldError(
                f"There is no world {world!r}, bundled or as a file.{near} "
                f"Bundled are {', '.join(bundled_worlds())}."
            )
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise WorldError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WorldError(f"{path} is not TOML: {error}.") from error
    checked = _checked(content, str(path))
    digest = hashlib.sha256(f"{MAKING}\n{text}".encode()).hexdigest()[:16]
    return WorldFile(path.stem, checked, digest)


def _checked(content: dict[str, Any], path: str) -> dict[str, Any]:
    known = [*_TOP, "sites", "generated", *_LISTS]
    for key in content:
        if key not in known:
            raise WorldError(f"{path}: {key!r} is no key of a world.{did_you_mean(key, known)}")
    checked = _entry({key: content[key] for key in _TOP if key in content}, _TOP, path)
    checked["sites"] = {
        residency.value: _table(content.get("sites"), residency.value, path)
        for residency in Residency
    }
    if "generated" in content:
        checked["generated"] = _entry(content["generated"], _TABLES["generated"],
                                      f"{path}: generated")  # fmt: skip
    for name in _LISTS:
        entries = content.get(name, [])
        if not isinstance(entries, list):
            raise WorldError(f"{path}: {name} must be a list of tables, [[{name}]].")
        checked[name] = [
            _entry(entry, _TABLES[name], f"{path}: {name}[{index}]")
            for index, entry in enumerate(entries)
        ]
    return checked


def _table(sites: Any, residency: str, path: str) -> dict[str, Any]:
    if not isinstance(sites, dict) or residency not in sites:
        raise WorldError(f"{path}: the table [sites.{residency}] is missing.")
    unknown = next((name for name in sites if name not in set(Residency)), None)
    if unknown is not None:
        raise WorldError(f"{path}: sites.{unknown} is no residency; there are us and de.")
    return _entry(sites[residency], _TABLES["sites"], f"{path}: sites.{residency}")


def _entry(entry: Any, keys: Mapping[str, _Key], place: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise WorldError(f"{place} must be a table.")
    for name in entry:
        if name not in keys:
            near = nearest(name, keys)
            hint = f" Did you mean {near!r}?" if near else f" There are {', '.join(keys)}."
            raise WorldError(f"{place}: {name!r} is unknown.{hint}")
    checked: dict[str, Any] = {}
    for name, key in keys.items():
        if name not in entry:
            if key.required:
                raise WorldError(f"{place}: {name!r} is missing; it is {key.what}.")
            if key.default is not None:
                checked[name] = key.default
        elif key.check(entry[name]):
            checked[name] = entry[name]
        else:
            raise WorldError(f"{place}.{name} is {str(entry[name])[:80]!r}; it must be {key.what}.")
    return checked


def to_moment(value: datetime | date) -> int:
    """Give a TOML time, or a day's midnight in UTC, in epoch milliseconds."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), tzinfo=ZoneInfo("UTC"))
    return round(value.timestamp() * 1_000)
