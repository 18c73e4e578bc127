"""Putting scenarios and faults on and off."""

from typing import Any

from starlette.responses import Response

from mock_server.admin.asked import asked_control, done, told
from mock_server.errors import ConflictError, NotFoundError, ScenarioError, did_you_mean
from mock_server.faults import Faults, read_fault
from mock_server.retirement import old_api


async def list_scenarios() -> Response:
    """List all there are."""
    faults = asked_control().faults
    return told([_shown(faults, name) for name in faults.scenarios])


async def change_scenario(name: str, body: dict[str, Any]) -> Response:
    """Put one on or off."""
    faults = asked_control().faults
    try:
        faults.check(name)
    except ScenarioError as error:
        raise NotFoundError(str(error)) from None
    (faults.start if body["state"] == "on" else faults.stop)(name)
    return told(_shown(faults, name))


async def list_faults() -> Response:
    """List what is on."""
    faults = asked_control().faults
    return told([entry for name in faults.on for entry in _standing(faults, name)])


async def add_fault(body: dict[str, Any]) -> Response:
    """Put one on."""
    control = asked_control()
    try:
        fault = read_fault(body, "The fault")
    except ScenarioError as error:  # what the document of this API cannot forbid
        raise ConflictError(str(error)) from None
    known = [one.id for document in (control.document, old_api()[0]) for one in document.operations]
    if fault.operation not in {None, *known}:
        wanted = str(fault.operation)[:60]
        raise ConflictError(
            f"There is no operation {wanted!r}.{did_you_mean(wanted, known)}"
            f" There are {', '.join(known[:20])}."
        )
    name = control.faults.add(fault)
    return told(_standing(control.faults, name)[0], 201)


async def clear() -> Response:
    """Put all off."""
    asked_control().faults.clear()
    return done()


async def remove_fault(name: str) -> Response:
    """Put one off."""
    if not asked_control().faults.stop(name):
        raise NotFoundError(f"Nothing is on under the name {name[:60]!r}.")
    return done()


def _shown(faults: Faults, name: str) -> dict[str, Any]:
    state = "on" if name in faults.on else "off"
    return {"name": name, "description": faults.scenarios[name].description, "state": state}


def _standing(faults: Faults, name: str) -> list[dict[str, Any]]:
    return [{"name": one.name, "seen": one.seen, "struck": one.struck} for one in faults.on[name]]
