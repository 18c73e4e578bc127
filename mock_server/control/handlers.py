"""The operations of the control API; function names are the operation ids in openapi/admin.yaml."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mock_server import __version__
from mock_server.api.v1 import old_api
from mock_server.clock import SECOND, Clock, from_rfc3339, to_rfc3339
from mock_server.control.mock import Control
from mock_server.data.site import Site
from mock_server.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    ScenarioError,
    did_you_mean,
)
from mock_server.faults.faults import Faults
from mock_server.faults.files import read_fault
from mock_server.journal.lint import lint
from mock_server.world.domain import ANONYMOUS, Content, Residency, Search, Visit


def current_control(request: Request) -> Control:
    """Return the control of the requested mock."""
    return cast("Control", request.scope["state"]["control"])


def current_site(request: Request, residency: str | None) -> Site:
    """Return the site of a residency, by default that of the requested host or port."""
    named = residency or request.scope["state"]["residency"]
    return current_control(request).sites[Residency(named)]


def json_response(body: Any, status: int = 200) -> Response:
    """Return a JSON response that must not be cached, because it may contain a token."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(orjson.dumps(body), status, headers)


def no_content() -> Response:
    """Return an empty response."""
    return Response(status_code=204)


_SECRET = frozenset({"admin_token", "admin_token_file"})


def check_health(request: Request) -> Response:
    """Return the health status, after reading the tokens of every site."""
    for site in current_control(request).sites.values():
        site.tokens.state()
    return json_response({"status": "ok"})


def read_version(request: Request) -> Response:
    """Return the version of the mock and the title of its document."""
    return json_response(
        {"version": __version__, "document": current_control(request).document.title}
    )


def read_settings(request: Request) -> Response:
    """Return the settings by their names in a configuration file."""
    settings = dataclasses.asdict(current_control(request).settings)
    shown = {
        name.replace("_", "-"): _plain(value)
        for name, value in settings.items()
        if name not in _SECRET
    }
    return json_response(shown)


def reset(request: Request) -> Response:
    """Reset the mock to its initial state."""
    current_control(request).reset()
    return no_content()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


_FIRST, _END = 0, from_rfc3339("2200-01-01")
_DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?(?:T(?=[0-9])(?:([0-9]{1,6})H)?"
    r"(?:([0-9]{1,6})M)?(?:([0-9]{1,6}(?:\.[0-9]{1,3})?)S)?)?"
)
_SECONDS = (7 * 86_400, 86_400, 3_600, 60, 1)


def read_clock(request: Request) -> Response:
    """Return the clock's state."""
    return _shown(current_control(request).clock)


def change_clock(request: Request, body: dict[str, Any]) -> Response:
    """Set and advance the clock, then freeze or resume it."""
    clock = current_control(request).clock
    move_clock(clock, body)
    return _shown(clock)


def reset_clock(request: Request) -> Response:
    """Reset the clock."""
    clock = current_control(request).clock
    clock.reset()
    return _shown(clock)


def move_clock(clock: Clock, given: Mapping[str, Any]) -> None:
    """Apply `now`, `advance` and `frozen`, in this order.

    Raises:
        InvalidRequestError: If a value is not a valid time or duration.
        ConflictError: If the time is out of range.
    """
    start = read_time(given["now"], "/now") if "now" in given else None
    by = _milliseconds(given.get("advance", 0))
    if not _FIRST <= (clock.now() if start is None else start) + by < _END:
        raise ConflictError("The clock shows times from 1970 to 2199 only; set it to one of these.")
    clock.change(to=start, by=by, frozen=given.get("frozen"))


def read_time(text: str, place: str) -> int:
    """Convert a time in a request to epoch milliseconds.

    Args:
        text: A time in RFC 3339.
        place: Its JSON pointer, for the error message.

    Raises:
        InvalidRequestError: If the time is invalid.
    """
    try:
        return from_rfc3339(text)
    except ValueError:
        raise InvalidRequestError(f"at {place}: {text[:80]!r} is not an existing time.") from None


def _milliseconds(by: float | str) -> int:
    if not isinstance(by, str):
        return round(by * SECOND)
    found = _DURATION.fullmatch(by)
    if found is None:
        raise InvalidRequestError(
            f"at /advance: {by[:80]!r} is not a duration; write it like PT90S."
        )
    parts = zip(found.groups("0"), _SECONDS, strict=True)
    return round(sum(float(count) * seconds for count, seconds in parts) * SECOND)


def _shown(clock: Clock) -> Response:
    return json_response({"now": to_rfc3339(clock.now()), "frozen": clock.is_frozen})


def list_scenarios(request: Request) -> Response:
    """List all scenarios."""
    faults = current_control(request).faults
    return json_response([_shown_of_faults(faults, name) for name in faults.scenarios])


def change_scenario(request: Request, name: str, body: dict[str, Any]) -> Response:
    """Start or stop a scenario."""
    faults = current_control(request).faults
    try:
        faults.check(name)
    except ScenarioError as error:
        raise NotFoundError(str(error)) from None
    (faults.start if body["state"] == "on" else faults.stop)(name)
    return json_response(_shown_of_faults(faults, name))


def list_faults(request: Request) -> Response:
    """List the active faults."""
    faults = current_control(request).faults
    return json_response([entry for name in faults.on for entry in _standing(faults, name)])


def add_fault(request: Request, body: dict[str, Any]) -> Response:
    """Add a fault."""
    control = current_control(request)
    try:
        fault = read_fault(body, "The fault")
    except ScenarioError as error:  # errors that the schema cannot express
        raise ConflictError(str(error)) from None
    known = [
        operation.id
        for document in (control.document, old_api()[0])
        for operation in document.operations
    ]
    if fault.operation not in {None, *known}:
        wanted = str(fault.operation)[:60]
        raise ConflictError(
            f"There is no operation {wanted!r}.{did_you_mean(wanted, known)}"
            f" There are {', '.join(known[:20])}."
        )
    name = control.faults.add(fault)
    return json_response(_standing(control.faults, name)[0], 201)


def clear_faults(request: Request) -> Response:
    """Remove all faults."""
    current_control(request).faults.clear()
    return no_content()


def remove_fault(request: Request, name: str) -> Response:
    """Remove a fault."""
    if not current_control(request).faults.stop(name):
        raise NotFoundError(f"No active fault or scenario has the name {name[:60]!r}.")
    return no_content()


def _shown_of_faults(faults: Faults, name: str) -> dict[str, Any]:
    state = "on" if name in faults.on else "off"
    return {"name": name, "description": faults.scenarios[name].description, "state": state}


def _standing(faults: Faults, name: str) -> list[dict[str, Any]]:
    return [
        {"name": active.name, "matched": active.matched, "triggered": active.triggered}
        for active in faults.on[name]
    ]


def list_requests(request: Request, start: int = 0, limit: int = 100, **filters: Any) -> Response:
    """Return a page of the matching requests, newest last."""
    found = current_control(request).journal.entries(**_wanted(filters))
    page = [exchange.as_dict(in_full=False) for exchange in found[start : start + limit]]
    return json_response({"requests": page, "start": start, "limit": limit, "total": len(found)})


def count_requests(request: Request, **filters: Any) -> Response:
    """Return the number of matching requests."""
    return json_response({"count": current_control(request).journal.count(**_wanted(filters))})


def read_request(request: Request, number: int) -> Response:
    """Return one recorded request, with headers and body."""
    found = current_control(request).journal.get(number)
    if found is None:
        raise NotFoundError(f"The journal has no request {number}; it may have been forgotten.")
    return json_response(found.as_dict())


def find_requests(request: Request, body: dict[str, Any]) -> Response:
    """Return the matching requests, or the closest ones if none matches."""
    journal, wanted = current_control(request).journal, _wanted(body)
    found = [exchange.as_dict(in_full=False) for exchange in journal.find(**wanted)]
    near = [] if found else journal.near_misses(**wanted)
    misses = [
        {"exchange": miss.exchange.as_dict(in_full=False), "differences": miss.differences}
        for miss in near
    ]
    return json_response({"requests": found, "nearMisses": misses})


def clear_journal(request: Request) -> Response:
    """Clear the journal."""
    current_control(request).journal.clear()
    return no_content()


def lint_client(request: Request, residency: str | None = None) -> Response:
    """Return the findings of all lint rules about clients."""
    exchanges = current_control(request).journal.entries(residency=residency)
    findings = [finding.as_dict() for finding in lint(exchanges)]
    return json_response({"requests": len(exchanges), "findings": findings})


def _wanted(filters: dict[str, Any]) -> dict[str, Any]:
    times = {name: read_time(filters[name], name) for name in ("since", "until") if name in filters}
    return filters | times


def read_token(request: Request, residency: str) -> Response:
    """Return the active token's metadata."""
    record = current_site(request, residency).tokens.state()
    used = record.last_used if record is not None else None
    state = {
        "active": record is not None,
        "made": to_rfc3339(record.made) if record is not None else None,
        "lastUsed": to_rfc3339(used) if used is not None else None,
    }
    return json_response(state)


def generate_token(request: Request, residency: str) -> Response:
    """Generate a token."""
    return json_response({"token": current_site(request, residency).tokens.generate()}, 201)


def delete_token(request: Request, residency: str) -> Response:
    """Revoke the token."""
    current_site(request, residency).tokens.delete()
    return no_content()


Entry = dict[str, Any]


def add_visits(
    request: Request, body: Entry | list[Entry], residency: str | None = None
) -> Response:
    """Add one visit or a list of visits."""
    site = current_site(request, residency)
    now = site.clock.now()
    visits = [
        Visit(_time(entry, place, now), entry["content"], entry.get("account", ANONYMOUS))
        for place, entry in _entries(body)
    ]
    site.contents.add_visits(visits)
    return json_response({"added": len(visits)}, 201)


def add_searches(
    request: Request, body: Entry | list[Entry], residency: str | None = None
) -> Response:
    """Add one search or a list of searches."""
    site = current_site(request, residency)
    now = site.clock.now()
    searches = [
        Search(
            _time(entry, place, now),
            entry["term"],
            entry.get("account", ANONYMOUS),
            entry["results"],
        )
        for place, entry in _entries(body)
    ]
    site.contents.add_searches(searches)
    return json_response({"added": len(searches)}, 201)


def read_content(request: Request, content: int, residency: str | None = None) -> Response:
    """Return a content."""
    return _shown_of_world(current_site(request, residency).contents.content(content))


def trash_content(request: Request, content: int, residency: str | None = None) -> Response:
    """Trash a content."""
    return _shown_of_world(current_site(request, residency).contents.trash(content))


def restore_content(request: Request, content: int, residency: str | None = None) -> Response:
    """Restore a content from the trash."""
    return _shown_of_world(current_site(request, residency).contents.restore(content))


def delete_content(request: Request, content: int, residency: str | None = None) -> Response:
    """Delete a content permanently."""
    current_site(request, residency).contents.delete(content)
    return no_content()


def _entries(body: Entry | list[Entry]) -> list[tuple[str, Entry]]:
    """Return the entries with their JSON pointers."""
    if isinstance(body, list):
        return [(f"/{number}", entry) for number, entry in enumerate(body)]
    return [("", body)]


def _time(entry: Entry, place: str, now: int) -> int:
    return read_time(entry["time"], f"{place}/time") if "time" in entry else now


def _shown_of_world(content: Content) -> Response:
    ends = {"trashed": content.trashed, "deleted": content.deleted}
    times = {name: None if at is None else to_rfc3339(at) for name, at in ends.items()}
    return json_response(
        {
            "id": content.id,
            "type": content.type.value,
            "title": content.title,
            "space": content.space_key,
            "created": to_rfc3339(content.created),
            **times,
        }
    )
