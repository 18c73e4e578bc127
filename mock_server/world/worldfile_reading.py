"""World files: their keys, and what each may be. See `fixtures/worlds/demo.toml` for the meaning.

Everything that a file can get wrong is a `WorldError` that names the place, the value and the
remedy. What is generated from a file is not known here.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mock_server.bundle import bundled
from mock_server.domain import Residency
from mock_server.errors import WorldError, did_you_mean
from mock_server.world.callers_reading import read_callers
from mock_server.world.ledger import Ledger
from mock_server.world.rows_reading import read_rows
from mock_server.world.tables import Table
from mock_server.world.vocabulary import vocabulary_digest
from mock_server.world.worldfile import (
    GeneratedSection,
    SiteSection,
    SpaceSection,
    TrafficSection,
    WorldFile,
)

FORMAT = 1
"""Goes up whenever the same file and seed give other rows than before."""

TOP_KEYS = (
    "name", "installed", "extended_privacy_from", "sites", "generated", "traffic",
    "spaces", "contents", "accounts", "visits", "searches", "bursts", "callers",
)  # fmt: skip
SITE_KEYS = ("url", "timezone", "locale", "shifts")
GENERATED_KEYS = ("accounts", "protected_accounts", "spaces")
SPACE_KEYS = ("kind", "pages", "attachments", "post_every")
TRAFFIC_KEYS = (
    "visits", "searches", "weekend", "anonymous", "protected", "mistyped", "unwritten",
)  # fmt: skip

_SITES = {
    Residency.US: ("https://acme-demo.atlassian.net", "America/New_York", "en_US"),
    Residency.DE: ("https://muster-demo.atlassian.net", "Europe/Berlin", "de_DE"),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}")
_MANY = 10_000
_MOST_ROWS = 1_000_000
_HALF_DAY = 12


def read_world(name_or_path: str) -> WorldFile:
    """Read a bundled world by its name, or a world file by its path.

    Raises:
        WorldError: If there is no such world, or its file is wrong.
    """
    path = _find(name_or_path)
    content = _load(path)
    table = Table(str(path), "top level", content, TOP_KEYS)
    installed = table.day("installed")
    ledgers = {residency: Ledger(installed) for residency in Residency}
    read_rows(table, ledgers)
    world = WorldFile(
        name=table.text("name", pattern=_NAME, allowed="letters, digits, dots and dashes"),
        installed=installed,
        extended_privacy_from=_day_or_none(table, "extended_privacy_from"),
        sites=_read_sites(table),
        written={residency: ledger.written() for residency, ledger in ledgers.items()},
        generated=_read_generated(table.table("generated", GENERATED_KEYS)),
        traffic=_read_traffic(table.table("traffic", TRAFFIC_KEYS)) if "traffic" in table else None,
        callers=read_callers(table),
        digest=_digest({key: value for key, value in content.items() if key != "callers"}),
    )
    if world.generated.accounts:
        _check_locales(table.table("sites", tuple(Residency)))
    if world.traffic is not None:
        _check_viewers(world, world.traffic, table.table("traffic", TRAFFIC_KEYS))
    return world


def _find(name_or_path: str) -> Path:
    worlds = {path.stem: path for path in bundled("fixtures", "worlds").glob("*.toml")}
    if name_or_path in worlds:
        return worlds[name_or_path]
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return Path(name_or_path)
    known = ", ".join(sorted(worlds))
    raise WorldError(
        f"there is no world {name_or_path!r}; bundled are {known}, "
        f"and a file of your own ends in .toml.{did_you_mean(name_or_path, worlds)}"
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorldError(f"{path}: cannot be read: {error.strerror}.") from error
    except RecursionError as error:
        raise WorldError(f"{path}: is nested too deeply.") from error
    except ValueError as error:  # bad TOML, bad UTF-8, numbers of thousands of digits
        raise WorldError(f"{path}: is not a TOML file: {error}.") from error


def _digest(content: Mapping[str, Any]) -> str:
    said = json.dumps(content, sort_keys=True, default=str)
    versions = f"{FORMAT}\0{vocabulary_digest()}\0{said}"
    return hashlib.blake2b(versions.encode(), digest_size=16).hexdigest()


def _day_or_none(table: Table, key: str) -> Any:
    return table.day(key) if key in table else None


def _read_sites(table: Table) -> dict[Residency, SiteSection]:
    sites = table.table("sites", tuple(Residency))
    return {
        residency: _read_site(sites.table(residency, SITE_KEYS), residency)
        for residency in Residency
    }


def _read_site(table: Table, residency: Residency) -> SiteSection:
    url, timezone, locale = _SITES[residency]
    return SiteSection(
        url=table.text("url", url, pattern=_URL, allowed="like https://acme-demo.atlassian.net"),
        timezone=table.read("timezone", _to_zone_name, "a zone such as Europe/Berlin", timezone),
        locale=table.text("locale", locale, pattern=_LOCALE, allowed="like en_US or de_DE"),
        shifts=table.list_of(
            "shifts", _to_shift, "a list of hours, each from -12 to 12, such as [-1, 0, 1]", (0,)
        ),
    )


def _check_locales(sites: Table) -> None:
    from faker.config import AVAILABLE_LOCALES

    for residency in Residency:
        table = sites.table(residency, SITE_KEYS)
        if "locale" in table:
            locale = table.text("locale")
            hint = did_you_mean(locale, AVAILABLE_LOCALES)
            if locale not in AVAILABLE_LOCALES:
                table.refuse("locale", f"it must be a locale that Faker has.{hint}")


def _to_zone_name(value: Any) -> str | None:
    if value == "localtime":  # the machine's own, so that rows would depend on it
        return None
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        return None
    return str(value)


def _to_shift(value: Any) -> int | None:
    return value if type(value) is int and -_HALF_DAY <= value <= _HALF_DAY else None


def _read_generated(table: Table) -> GeneratedSection:
    accounts = table.whole("accounts", 0, low=0, high=_MANY)
    spaces = table.tables("spaces", SPACE_KEYS)
    section = GeneratedSection(
        accounts=accounts,
        protected_accounts=table.whole("protected_accounts", 0, low=0, high=accounts),
        spaces=tuple(map(_read_space, spaces)),
    )
    if any(space.personal for space in section.spaces) and not accounts:
        table.refuse("accounts", "a personal space belongs to an account.")
    return section


def _read_space(table: Table) -> SpaceSection:
    pages = table.whole("pages", low=1, high=_MANY)
    return SpaceSection(
        personal=table.choice("kind", ("team", "personal"), "team") == "personal",
        pages=pages,
        attachments=table.whole("attachments", 0, low=0, high=_MANY),
        post_every=table.whole("post_every", 0, low=0, high=_MANY),
    )


def _read_traffic(table: Table) -> TrafficSection:
    section = TrafficSection(
        visits=table.number("visits", high=_MOST_ROWS),
        searches=table.number("searches", 0.0, high=_MOST_ROWS),
        weekend=table.number("weekend", 0.2),
        anonymous=table.number("anonymous", 0.0),
        protected=table.number("protected", 0.0),
        mistyped=table.number("mistyped", 0.1),
        unwritten=table.number("unwritten", 0.05),
    )
    if section.anonymous + section.protected > 1:
        table.refuse("protected", "together with anonymous it must be at most 1.")
    if section.mistyped + section.unwritten > 1:
        table.refuse("unwritten", "together with mistyped it must be at most 1.")
    return section


def _check_viewers(world: WorldFile, traffic: TrafficSection, table: Table) -> None:
    made_up = world.generated
    for residency, written in world.written.items():
        protected = sum(account.is_protected for account in written.accounts)
        protected += made_up.protected_accounts
        known = len(written.accounts) + made_up.accounts - protected
        if traffic.protected and not protected:
            table.refuse("protected", f"but no account of {residency} is protected.")
        if traffic.anonymous + traffic.protected < 1 and not known:
            table.refuse("anonymous", f"but {residency} has no account for the other rows.")
