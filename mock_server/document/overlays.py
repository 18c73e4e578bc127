"""Changing a document by OpenAPI Overlay 1.x files, without editing it."""

import copy
from pathlib import Path
from typing import Any

from mock_server.errors import DocumentError


def apply_overlay(content: Any, overlay: Any, path: Path) -> Any:
    """Copy a document's content and change it by the actions of an overlay.

    Raises:
        DocumentError: If the overlay is none, or an action cannot be carried out.
    """
    if not isinstance(overlay, dict) or not str(overlay.get("overlay", "")).startswith("1."):
        raise DocumentError(f"{path} is no overlay; it should begin with `overlay: 1.0.0`.")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not all(
        isinstance(one, dict) and isinstance(one.get("target"), str) for one in actions
    ):
        raise DocumentError(f"{path}: each of its `actions` needs a `target`.")
    changed = {"document": copy.deepcopy(content)}
    for action in actions:
        try:
            _act(changed, action)
        except Exception as error:
            raise DocumentError(
                f"{path}: the action with target {action['target']!r} cannot be applied: {error}."
            ) from error
    return changed["document"]


def _act(changed: dict[str, Any], action: dict[str, Any]) -> None:
    import jsonpath

    updates = [action["update"]] if "update" in action else []
    if "copy" in action:
        updates = jsonpath.findall(action["copy"], changed["document"])[:1]
    places = [match.parts for match in jsonpath.finditer(action["target"], changed["document"])]
    # From the end, so that what is removed from a list moves nothing that is still to come.
    for place in reversed(places):
        holder: Any = changed
        *above, last = "document", *place
        for key in above:
            holder = holder[key]
        if action.get("remove") is True:
            del holder[last]
        elif updates:
            holder[last] = _merged(holder[last], copy.deepcopy(updates[0]))


def _merged(old: Any, update: Any) -> Any:
    """Join objects property by property and lists end to end; anything else is replaced."""
    if isinstance(old, dict) and isinstance(update, dict):
        return old | {
            key: _merged(old[key], value) if key in old else value for key, value in update.items()
        }
    if isinstance(old, list):
        return [*old, *update] if isinstance(update, list) else [*old, update]
    return update
