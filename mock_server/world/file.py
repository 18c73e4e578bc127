"""World files: the contents of a site in TOML, parsed and validated."""

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from mock_server.clock import LATEST, start_of
from mock_server.errors import WorldError, did_you_mean, shown
from mock_server.inputs.files import read_toml
from mock_server.inputs.models import explain, refusal
from mock_server.openapi.load import bundled
from mock_server.world import model as tables
from mock_server.world.domain import (
    ANONYMOUS,
    Account,
    Content,
    ContentType,
    Residency,
    Search,
    Space,
    Visit,
)
from mock_server.world.words import vocabulary_digest

FORMAT = 1
"""Increment whenever the same file and seed produce different rows."""


@dataclass(frozen=True, slots=True)
class Item:
    """A content and its popularity."""

    content: Content
    popularity: float
    """Weight on every day."""
    novelty: float
    """Weight on the first day; decays within two weeks to a small remainder."""


@dataclass(frozen=True, slots=True)
class Written:
    """The written rows of one residency; visits and searches include protected accounts."""

    installed: date
    spaces: dict[str, Space] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WorldFile:
    """A validated world file."""

    model: tables.FileModel
    written: Mapping[Residency, Written]
    digest: str
    """A digest of everything that affects rows, including the generator's version."""


def read_world(name_or_path: str) -> WorldFile:
    """Read a bundled world by name, or a world file by path.

    Raises:
        WorldError: If there is no such world, or its file is invalid.
    """
    path = _find(name_or_path)
    content = read_toml(path, WorldError)
    try:
        model = tables.FileModel.model_validate(content)
        written = _read_rows(model)
        _check_numbers(model)
        _check_people(model, written)
    except ValidationError as error:
        raise WorldError(explain(error, tables.FileModel, str(path), content)) from error
    except _ContradictionError as error:
        raise WorldError(refusal(str(path), content, error.location, error.remedy)) from error
    return WorldFile(model, written, _digest(content))


def _find(name_or_path: str) -> Path:
    worlds = {path.stem: path for path in bundled("fixtures", "worlds").glob("*.toml")}
    if name_or_path in worlds:
        return worlds[name_or_path]
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return Path(name_or_path)
    known = ", ".join(sorted(worlds))
    raise WorldError(
        f"there is no world {shown(name_or_path)}; bundled are {known}, "
        f"and a file of your own ends in .toml.{did_you_mean(name_or_path, worlds)}"
    )


def _digest(content: dict[str, Any]) -> str:
    rows = {key: value for key, value in content.items() if key != "callers"}
    written = json.dumps(rows, sort_keys=True, default=str)
    versions = f"{FORMAT}\0{vocabulary_digest()}\0{written}"
    return hashlib.blake2b(versions.encode(), digest_size=16).hexdigest()


class _ContradictionError(Exception):
    """A value conflicts with others in the file."""

    def __init__(self, remedy: str, location: tuple[str | int, ...]) -> None:
        super().__init__(remedy)
        self.remedy, self.location = remedy, location


def _refuse(remedy: str, *location: str | int) -> NoReturn:
    raise _ContradictionError(remedy, location)


def _read_rows(model: tables.FileModel) -> dict[Residency, Written]:
    written = {residency: Written(model.installed) for residency in Residency}
    for kind, add in _ADD.items():
        for place, row in enumerate(getattr(model, kind)):
            for residency in (row.residency,) if row.residency else Residency:
                try:
                    add(written[residency], row)
                except _ContradictionError as error:
                    error.location = (kind, place, *error.location)
                    raise
    return written


def _add_space(written: Written, row: tables.SpaceRow) -> None:
    taken = {space.formerly for space in written.spaces.values()} | set(written.spaces)
    for name, key in (("key", row.key), ("formerly", row.formerly)):
        if key is not None and key in taken:
            _refuse("another space has or had this key.", name)
        taken.add(key)
    written.spaces[row.key] = Space(row.key, row.name, row.key.startswith("~"), row.formerly)


def _add_content(written: Written, row: tables.ContentRow) -> None:
    if row.id in written.items:
        _refuse("another content has this id.", "id")
    if row.space not in written.spaces:
        hint = did_you_mean(row.space, written.spaces)
        _refuse(f"no space of this residency has that key.{hint}", "space")
    _check_parent(written, row)
    starts = {"trashed": row.created, "deleted": row.trashed or row.created}
    for name, start in starts.items():
        end = getattr(row, name)
        if end is not None and end < start:
            _refuse("it must not be earlier than created and trashed.", name)
    content = Content(
        row.id, row.type, row.title, row.space, row.created, row.parent, row.trashed, row.deleted
    )
    written.items[row.id] = Item(content, row.popularity, row.novelty)


def _check_parent(written: Written, row: tables.ContentRow) -> None:
    if row.parent is None:
        if row.type is ContentType.ATTACHMENT:
            _refuse("an attachment hangs on the content with this id.", "parent")
        return
    parent = written.items.get(row.parent)
    if parent is None or parent.content.space_key != row.space:
        _refuse("it must be the id of a content of the same space, above.", "parent")
    if parent.content.created > row.created:
        _refuse("it must not be earlier than that of the parent.", "created")


def _add_account(written: Written, row: tables.AccountRow) -> None:
    if row.id in written.accounts or row.id == ANONYMOUS:
        _refuse("another viewer has this id.", "id")
    written.accounts[row.id] = Account(row.id, row.name, row.protected)


def _add_visit(written: Written, row: tables.VisitRow) -> None:
    _check_viewer(written, row.account, "account")
    _check_visit(written, row.content, row.time, "time")
    written.visits.append(Visit(row.time, row.content, row.account))


def _add_search(written: Written, row: tables.SearchRow) -> None:
    _check_viewer(written, row.account, "account")
    _check_time(written, row.time, "time")
    written.searches.append(Search(row.time, row.term, row.account, row.results))


def _add_burst(written: Written, row: tables.BurstRow) -> None:
    for place, account in enumerate(row.accounts):
        _check_viewer(written, account, "accounts", place)
    times = range(row.start, row.start + row.count * row.every_ms, row.every_ms)
    if times[-1] > LATEST:
        _refuse("the last visit of the burst is beyond the year 9999.", "every_ms")
    for time in (times[0], times[-1]):
        _check_visit(written, row.content, time, "start")
    viewers = itertools.cycle(row.accounts)
    written.visits.extend(Visit(time, row.content, next(viewers)) for time in times)


_ADD: Mapping[str, Callable[[Written, Any], None]] = {
    "spaces": _add_space,
    "contents": _add_content,
    "accounts": _add_account,
    "visits": _add_visit,
    "searches": _add_search,
    "bursts": _add_burst,
}
"""In this order, because each one refers to the previous ones."""


def _check_viewer(written: Written, account: str, *location: str | int) -> None:
    if account not in {ANONYMOUS, *written.accounts}:
        hint = did_you_mean(account, [ANONYMOUS, *written.accounts])
        _refuse(f"it must be {ANONYMOUS} or the id of an account.{hint}", *location)


def _check_visit(written: Written, content_id: int, time: int, key: str) -> None:
    item = written.items.get(content_id)
    if item is None:
        hint = did_you_mean(str(content_id), map(str, written.items))
        _refuse(f"no content of this residency has that id.{hint}", "content")
    _check_time(written, time, key)
    if not item.content.created <= time < item.content.end:
        _refuse("the content is not there, or no longer there, at that time.", key)


def _check_time(written: Written, time: int, key: str) -> None:
    if time < start_of(written.installed):
        _refuse(f"there are no rows before installed, {written.installed}.", key)


def _check_numbers(model: tables.FileModel) -> None:
    generated = model.generated
    if generated.protected_accounts > generated.accounts:
        _refuse("it must not be more than accounts.", "generated", "protected_accounts")
    if not generated.accounts and any(space.kind == "personal" for space in generated.spaces):
        remedy = "a personal space belongs to an account, so set accounts, too."
        _refuse(remedy, "generated", "spaces")
    for share, other in (("protected", "anonymous"), ("unwritten", "mistyped")):
        if model.traffic and getattr(model.traffic, share) + getattr(model.traffic, other) > 1:
            _refuse(f"together with {other} it must be at most 1.", "traffic", share)
    emails = [user.email.casefold() for user in model.callers]
    for place, email in enumerate(emails):
        if emails.index(email) < place:
            _refuse("another caller has this address.", "callers", place, "email")


def _check_people(model: tables.FileModel, written: Mapping[Residency, Written]) -> None:
    """Validate the locale, and that a viewer exists for every row."""
    generated, traffic = model.generated, model.traffic
    for residency, rows in written.items():
        if generated.accounts:
            _check_locale(model.sites[residency].locale, residency)
        protected = sum(account.is_protected for account in rows.accounts.values())
        protected += generated.protected_accounts
        others = len(rows.accounts) + generated.accounts - protected
        if traffic and traffic.protected and not protected:
            _refuse(f"but no account of {residency} is protected.", "traffic", "protected")
        if traffic and traffic.anonymous + traffic.protected < 1 and not others:
            remedy = f"but {residency} has no account for the other rows."
            _refuse(remedy, "traffic", "anonymous")


def _check_locale(locale: str, residency: Residency) -> None:
    from faker.config import AVAILABLE_LOCALES

    if locale not in AVAILABLE_LOCALES:
        hint = did_you_mean(locale, AVAILABLE_LOCALES)
        _refuse(f"it must be a locale that Faker has.{hint}", "sites", residency, "locale")
