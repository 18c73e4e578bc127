"""Creates an OpenAPI Overlay 1.0 that declares the differences between responses and document."""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import Any

from contract_tests.checking.drift import (
    Drift,
    Kind,
    Steps,
    Walk,
    settled,
    type_of,
    undeclared_headers,
    value_of,
)
from contract_tests.wire.response import Response
from mock_server import Document

_ABOUT = frozenset({"title", "description", "example", "examples", "default", "deprecated"})
"""Annotations, which stay in place when a schema becomes an `anyOf`."""


def overlay_of(document: Document, drifts: Iterable[Drift]) -> dict[str, Any] | None:
    """Return an overlay that makes the document allow the differences; None if none is needed.

    Arrays are removed and added again, because the specification does not define how they merge.
    """
    by_place: dict[Steps, list[Drift]] = {}
    for drift in drifts:
        if drift.kind is not Kind.OTHER:
            by_place.setdefault(drift.place, []).append(drift)
    actions = [
        action
        for place, found in by_place.items()
        for action in _Change(document, place, found).actions()
    ]
    info = {"title": f"What responses of {document.title} show", "version": "1.0.0"}
    return {"overlay": "1.0.0", "info": info, "actions": actions} if actions else None


class _Change:
    """The changes at one place of a document."""

    def __init__(self, document: Document, place: Steps, drifts: list[Drift]) -> None:
        self._document = document
        self._is_30 = document.version.startswith("3.0")
        self._place = place
        self._node = settled(document, place)[1]
        self._values: dict[Kind, dict[str, list[Any]]] = {}
        """Values, by the kind and the name of the drift."""
        for drift in drifts:
            self._values.setdefault(drift.kind, {}).setdefault(drift.name, []).append(drift.value)

    def actions(self) -> Iterator[dict[str, Any]]:
        """Yield the overlay's actions: removals, then updates."""
        removed, update = self._rules()
        if new := self._of(Kind.NEW_PROPERTY):
            update["properties"] = {name: self._schema(values) for name, values in new.items()}
        if new := self._of(Kind.NEW_HEADER):
            update["headers"] = {name: {"schema": {"type": "string"}} for name in new}
        if self._of(Kind.NO_HEADER):
            update["required"] = False
        if new := self._of(Kind.NEW_MEDIA_TYPE):
            update["content"] = self._content([*chain.from_iterable(new.values())])
        for status, responses in self._of(Kind.NEW_STATUS).items():
            update[status] = self._response(responses)
        for key in dict.fromkeys(removed):
            yield {"target": _json_path((*self._place, key)), "remove": True}
        if update:
            yield {"target": _json_path(self._place), "update": update}

    def _of(self, kind: Kind) -> dict[str, list[Any]]:
        return self._values.get(kind, {})

    def _rules(self) -> tuple[list[str], dict[str, Any]]:
        """Return the keys to remove from a schema, and those to add, so that it allows more."""
        rules = dict(self._node) if isinstance(self._node, Mapping) else {}
        for name in self._of(Kind.BROKEN_RULE):
            del rules[name]
        if missing := self._of(Kind.NO_PROPERTY):
            rules["required"] = [name for name in rules["required"] if name not in missing]
            if not rules["required"]:  # OpenAPI 3.0 does not allow an empty array
                del rules["required"]
        if new := self._of(Kind.NEW_VALUE):
            known = [rules.pop("const")] if "const" in rules else rules["enum"]
            rules["enum"] = [*known, *(values[0] for values in new.values())]
        if types := self._of(Kind.OTHER_TYPE):
            rules = self._widened(rules, types)
        return (
            [key for key in self._node if key not in rules or rules[key] != self._node[key]],
            {key: value for key, value in rules.items() if value != self._node.get(key)},
        )

    def _widened(self, rules: dict[str, Any], types: dict[str, list[Any]]) -> dict[str, Any]:
        """Allow values of other types: null with its own keyword, others with `anyOf`."""
        others = [value for name, values in types.items() if name != "null" for value in values]
        if others:
            about = {k: v for k, v in rules.items() if k in _ABOUT or k.startswith("x-")}
            old = {key: value for key, value in rules.items() if key not in about}
            if "null" in types:
                old = self._nullable(old)
            return {**about, "anyOf": [old, self._schema(others)]}
        return self._nullable(rules)

    def _nullable(self, rules: dict[str, Any]) -> dict[str, Any]:
        if self._is_30:
            return {**rules, "nullable": True}
        types = rules["type"]
        return {**rules, "type": [*([types] if isinstance(types, str) else types), "null"]}

    def _schema(self, values: list[Any]) -> dict[str, Any]:
        """Return a schema that allows values like these."""
        by_type: dict[str, list[Any]] = {}
        for value in values:
            by_type.setdefault(type_of(value), []).append(value)
        has_null = by_type.pop("null", None) is not None
        by_type = by_type or {"string": []}  # null alone does not reveal the type
        branches = [self._of_type(name, inner) for name, inner in by_type.items()]
        if has_null:
            branches[0] = self._nullable(branches[0])
        return branches[0] if len(branches) == 1 else {"anyOf": branches}

    def _of_type(self, name: str, values: list[Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"type": name}
        if name == "array":
            inner = [item for value in values for item in value]
            made["items"] = self._schema(inner) if inner else {}
        if name == "object":
            made["properties"] = {
                key: self._schema([value[key] for value in values if key in value])
                for key in dict.fromkeys(key for value in values for key in value)
            }
        return made

    def _response(self, responses: list[Response]) -> dict[str, Any]:
        made: dict[str, Any] = {"description": "Occurred in a run, but is not documented."}
        if content := self._content([one for one in responses if one.body and one.media_type]):
            made["content"] = content
        if names := [name for response in responses for name in undeclared_headers(response)]:
            made["headers"] = {name: {"schema": {"type": "string"}} for name in names}
        return made

    def _content(self, responses: list[Response]) -> dict[str, Any]:
        by_type: dict[str, list[Any]] = {}
        for response in responses:
            with suppress(ValueError):
                value = value_of(response)
                by_type.setdefault(response.media_type, []).append(value)
        return {name: {"schema": self._known_or_new(values)} for name, values in by_type.items()}

    def _known_or_new(self, values: list[Any]) -> dict[str, Any]:
        """Return the schema of another response or content type if it matches, else a new one."""
        for place in self._schemas_beside():
            walk = Walk(self._document)
            if not any(True for value in values for _ in walk.differences(value, place, ())):
                _, parent = settled(self._document, place[:-1])
                return copy.deepcopy(dict(parent["schema"]))
        return self._schema(values)

    def _schemas_beside(self) -> Iterator[Steps]:
        is_response = "content" in self._node or "description" in self._node
        places = [self._place] if is_response else [(*self._place, key) for key in self._node]
        for where, response in (settled(self._document, place) for place in places):
            content = response.get("content") if isinstance(response, Mapping) else None
            for name, media_type in (content or {}).items():
                if "schema" in media_type:
                    yield (*where, "content", name, "schema")


def _json_path(steps: Steps) -> str:
    """Write steps as a JSONPath (RFC 9535)."""
    path = "$"
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_]\w*", step, re.ASCII):
            path += f".{step}"
        else:
            escaped = step.replace("\\", "\\\\").replace("'", "\\'")
            path += f"['{escaped}']"
    return path
