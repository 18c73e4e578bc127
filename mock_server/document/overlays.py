"""Changing a document by OpenAPI Overlay 1.0 files, without editing it."""

import copy
from pathlib import Path
from typing import Any

from mock_server.errors import DocumentError


def apply_overlay(content: Any, overlay: Any, path: Path) -> Any:
    """Give a copy of a document's content, changed by the actions of an overlay.

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
    from oas_patch.overlay import apply_overlay as apply

    try:
        return apply(copy.deepcopy(content), overlay)
    except Exception as error:
        raise DocumentError(f"{path} cannot be applied: {error}.") from error
