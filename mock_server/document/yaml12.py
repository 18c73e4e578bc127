"""YAML 1.2 for OpenAPI documents: `no` is a word, a date is text, a repeated key is an error.

PyYAML reads YAML 1.1. Its fast parser is kept; only the rules that turn plain words into values
are those of the core schema of YAML 1.2.2, section 10.3.2.
"""

import json
import re
from collections.abc import Hashable
from typing import Any

import yaml

_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"

_CORE_SCHEMA: tuple[tuple[str, str, str], ...] = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", _FLOAT + r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+.0123456789"),
    ("merge", r"<<", "<"),
)
"""Tags, what is read as them, and the characters that it can begin with; NUL for nothing."""


class Yaml12Loader(yaml.CSafeLoader):
    """Reads a document the way OpenAPI 3 asks for: values as JSON has them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 -- PyYAML's signature
        """Build a mapping whose keys are text, as in JSON, and unique."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a plain word", key.start_mark
                )
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands here twice", key.start_mark
                )
            seen.add(key.value)
        mapping = super().construct_mapping(node, deep=deep)
        return {
            key if isinstance(key, str) else json.dumps(key): value
            for key, value in mapping.items()
        }

    def construct_yaml_int_12(self, node: yaml.ScalarNode) -> int:
        """Read an integer: a leading zero does not make it octal."""
        text = self.construct_scalar(node)
        bases = {"0o": 8, "0x": 16}
        base = bases.get(text[:2], 10)
        return int(text[2:] if base != 10 else text, base)


Yaml12Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _CORE_SCHEMA:
    for _character in _first:
        Yaml12Loader.yaml_implicit_resolvers.setdefault(
            "" if _character == "\0" else _character, []
        ).append((f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z")))
Yaml12Loader.add_constructor("tag:yaml.org,2002:int", Yaml12Loader.construct_yaml_int_12)


def load_yaml(text: str) -> Any:
    """Read the one document in `text`.

    Raises:
        yaml.YAMLError: With the line, if it is not YAML or uses a tag that JSON has no value for.
    """
    return yaml.load(text, Loader=Yaml12Loader)  # noqa: S506 -- a subclass of the safe loader
