"""The operations of the control API; method names are the operation ids in openapi/admin.yaml."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_server import __version__
from mock_server.clock import SECOND, Clock, from_rfc3339, to_rfc3339
from mock_server.control.mock import Control
from mock_server.control.problem_types import problem_types_page
from mock_server.data.site import Site
from mock_server.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    ScenarioError,
    UsageError,
)
from mock_server.faults.faults import read_fault
from mock_server.journal.lint import lint
from mock_server.world.domain import ANONYMOUS, Content, Residency, Search, Visit

_FIRST, _END = 0, from_rfc3339("2200-01-01")
_DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?(?:T(?=[0-9])(?:([0-9]{1,6})H)?"
    r"(?:([0-9]{1,6})M)?(?:([0-9]{1,6}(?:\.[0-9]{1,3})?)S)?)?"
)
_SECONDS = (7 * 86_400, 86_400, 3_600, 60, 1)

Values = dict[str, Any]


@dataclass(frozen=True)
class Handlers:
    """The operations for one request; a result is the value of the response's JSON."""

    request: Request
    control: Control
    residency: Residency
    """The residency of the requested host or port."""

    def _site(self, residency: str | None = None) -> Site:
        return self.control.sites[Residency(residency or self.residency)]

    def check_health(self) -> Values:
        """Return the health status, after reading the tokens of every site."""
        for site in self.control.sites.values():
            site.tokens.state()
        return {"status": "ok"}

    def read_version(self) -> Values:
        """Return the version of the mock and the title of its document."""
        return {"version": __version__, "document": self.control.document.title}

    def read_settings(self) -> Values:
        """Return the settings by their names in a configuration file, without secrets."""
        values = asdict(self.control.settings).items()
        return {
            name.replace("_", "-"): value
            for name, value in values
            if not name.startswith("admin_token")
        }

    def show_problem_types(self) -> Response:
        """Return the page that describes all types of problems."""
        return problem_types_page(self.request, self.control, self._site())

    def reset(self) -> None:
        """Reset the mock to its initial state."""
        self.control.reset()

    def read_clock(self) -> Values:
        """Return the clock's state."""
        clock = self.control.clock
        return {"now": to_rfc3339(clock.now()), "frozen": clock.is_frozen}

    def change_clock(self, body: Values) -> Values:
        """Set and advance the clock, then freeze or resume it."""
        move_clock(self.control.clock, body)
        return self.read_clock()

    def reset_clock(self) -> Values:
        """Reset the clock."""
        self.control.clock.reset()
        return self.read_clock()

    def list_scenarios(self) -> list[Values]:
        """List all scenarios."""
        return [self._scenario(name) for name in self.control.faults.scenarios]

    def change_scenario(self, name: str, body: Values) -> Values:
        """Start or stop a scenario."""
        faults = self.control.faults
        try:
            faults.check(name)
        except ScenarioError as error:
            raise NotFoundError(str(error)) from None
        (faults.start if body["state"] == "on" else faults.stop)(name)
        return self._scenario(name)

    def _scenario(self, name: str) -> Values:
        faults = self.control.faults
        state = "on" if name in faults.on else "off"
        return {"name": name, "description": faults.scenarios[name].description, "state": state}

    def list_faults(self) -> list[Values]:
        """List the active faults."""
        return [
            {"name": name, "matched": active.matched, "triggered": active.triggered}
            for name, faults in self.control.faults.on.items()
            for active in faults
        ]

    def add_fault(self, body: Values) -> Values:
        """Add a fault."""
        try:
            fault = read_fault(body, "The fault")
            if fault.operation is not None:
                self.control.operation(fault.operation)
        except (ScenarioError, UsageError) as error:  # errors that the schema cannot express
            raise ConflictError(str(error)) from None
        return {"name": self.control.faults.add(fault), "matched": 0, "triggered": 0}

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.control.faults.clear()

    def remove_fault(self, name: str) -> None:
        """Remove a fault."""
        if not self.control.faults.stop(name):
            raise NotFoundError(f"No active fault or scenario has the name {name[:60]!r}.")

    def list_requests(self, start: int = 0, limit: int = 100, **filters: Any) -> Values:
        """Return a page of the matching requests, newest last."""
        found = self.control.journal.entries(**_pattern(filters))
        page = [exchange.as_dict(in_full=False) for exchange in found[start : start + limit]]
        return {"requests": page, "start": start, "limit": limit, "total": len(found)}

    def count_requests(self, **filters: Any) -> Values:
        """Return the number of matching requests."""
        return {"count": self.control.journal.count(**_pattern(filters))}

    def read_request(self, number: int) -> Values:
        """Return one recorded request, with headers and body."""
        found = self.control.journal.get(number)
        if found is None:
            raise NotFoundError(f"The journal has no request {number}; it may have been forgotten.")
        return found.as_dict()

    def find_requests(self, body: Values) -> Values:
        """Return the matching requests, or the closest ones if none matches."""
        journal, pattern = self.control.journal, _pattern(body)
        found = [exchange.as_dict(in_full=False) for exchange in journal.find(**pattern)]
        misses = [
            {"exchange": miss.exchange.as_dict(in_full=False), "differences": miss.differences}
            for miss in ([] if found else journal.near_misses(**pattern))
        ]
        return {"requests": found, "nearMisses": misses}

    def clear_journal(self) -> None:
        """Clear the journal."""
        self.control.journal.clear()

    def lint_client(self, residency: str | None = None) -> Values:
        """Return the findings of all lint rules about clients."""
        exchanges = self.control.journal.entries(residency=residency)
        return {"requests": len(exchanges), "findings": lint(exchanges)}

    def read_token(self, residency: str) -> Values:
        """Return the active token's metadata."""
        record = self._site(residency).tokens.state()
        if record is None:
            return {"active": False, "made": None, "lastUsed": None}
        return {"active": True, "made": _shown(record.made), "lastUsed": _shown(record.last_used)}

    def generate_token(self, residency: str) -> Values:
        """Generate a token."""
        return {"token": self._site(residency).tokens.generate()}

    def delete_token(self, residency: str) -> None:
        """Revoke the token."""
        self._site(residency).tokens.delete()

    def add_visits(self, body: Values | list[Values], residency: str | None = None) -> Values:
        """Add one visit or a list of visits."""
        site = self._site(residency)
        visits = [
            Visit(time, entry["content"], entry.get("account", ANONYMOUS))
            for time, entry in _timed(body, site.clock.now())
        ]
        site.contents.add_visits(visits)
        return {"added": len(visits)}

    def add_searches(self, body: Values | list[Values], residency: str | None = None) -> Values:
        """Add one search or a list of searches."""
        site = self._site(residency)
        searches = [
            Search(time, entry["term"], entry.get("account", ANONYMOUS), entry["results"])
            for time, entry in _timed(body, site.clock.now())
        ]
        site.contents.add_searches(searches)
        return {"added": len(searches)}

    def read_content(self, content: int, residency: str | None = None) -> Values:
        """Return a content."""
        return _values_of(self._site(residency).contents.content(content))

    def trash_content(self, content: int, residency: str | None = None) -> Values:
        """Trash a content."""
        return _values_of(self._site(residency).contents.trash(content))

    def restore_content(self, content: int, residency: str | None = None) -> Values:
        """Restore a content from the trash."""
        return _values_of(self._site(residency).contents.restore(content))

    def delete_content(self, content: int, residency: str | None = None) -> None:
        """Delete a content permanently."""
        self._site(residency).contents.delete(content)


def move_clock(clock: Clock, given: Mapping[str, Any]) -> None:
    """Apply `now`, `advance` and `frozen`, in this order.

    Raises:
        InvalidRequestError: If a value is not a valid time or duration.
        ConflictError: If the time is out of range.
    """
    start = _read_time(given["now"], "/now") if "now" in given else None
    by = given.get("advance", 0)
    if isinstance(by, str):
        found = _DURATION.fullmatch(by)
        if found is None:
            raise InvalidRequestError(
                f"at /advance: {by[:80]!r} is not a duration; write it like PT90S."
            )
        parts = zip(found.groups("0"), _SECONDS, strict=True)
        by = sum(float(count) * seconds for count, seconds in parts)
    by = round(by * SECOND)
    if not _FIRST <= (clock.now() if start is None else start) + by < _END:
        raise ConflictError("The clock shows times from 1970 to 2199 only; set it to one of these.")
    clock.change(to=start, by=by, frozen=given.get("frozen"))


def _read_time(text: str, place: str) -> int:
    """Convert a time in a request, with its JSON pointer, to epoch milliseconds."""
    try:
        return from_rfc3339(text)
    except ValueError:
        raise InvalidRequestError(f"at {place}: {text[:80]!r} is not an existing time.") from None


def _shown(time: int | None) -> str | None:
    return None if time is None else to_rfc3339(time)


def _pattern(filters: Values) -> Values:
    times = {name: filters[name] for name in ("since", "until") if name in filters}
    return filters | {name: _read_time(text, name) for name, text in times.items()}


def _timed(body: Values | list[Values], now: int) -> list[tuple[int, Values]]:
    """Return the entries of a body with their times, by default now."""
    entries = {f"/{n}": e for n, e in enumerate(body)} if isinstance(body, list) else {"": body}
    return [
        (_read_time(entry["time"], f"{place}/time") if "time" in entry else now, entry)
        for place, entry in entries.items()
    ]


def _values_of(content: Content) -> Values:
    return {
        "id": content.id,
        "type": content.type.value,
        "title": content.title,
        "space": content.space_key,
        "created": to_rfc3339(content.created),
        "trashed": _shown(content.trashed),
        "deleted": _shown(content.deleted),
    }
