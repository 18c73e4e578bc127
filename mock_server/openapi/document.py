"""OpenAPI documents: operations with their parameters and responses.

`Document.content` keeps the parsed content unchanged, to show it to clients and to validate
responses.
"""

import re
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from posixpath import normpath
from typing import Any, TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from mock_server.errors import DocumentError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The methods of a path item, in the order of the OpenAPI specification."""

Json: TypeAlias = Mapping[str, Any]

_VARIABLE = re.compile(r"\{([^}]*)\}")
_SECONDS = re.compile(r"\b(unix|epoch)[ -](time|seconds)|\bseconds since\b")
_MOST_HOSTS = 100
"""Combinations of the values of a server's variables."""


@dataclass(frozen=True, eq=False)
class Parameter:
    """A parameter of an operation, with resolved references."""

    name: str
    location: str
    """`path`, `query`, `header` or `cookie`."""
    required: bool
    schema: Json
    description: str
    explode: bool
    """Whether a list is sent as a repeated parameter instead of comma-separated."""
    deprecated: bool
    allows_empty: bool = False
    """Whether an empty value means that the parameter is omitted."""
    style: str = "form"
    """The serialization style, such as `pipeDelimited` or `matrix` (OpenAPI, "Style Values")."""

    @property
    def is_repeated(self) -> bool:
        """Whether each value of a list is a separate parameter."""
        return self.explode and self.style == "form"

    @property
    def delimiter(self) -> str:
        """The delimiter of list values."""
        return {"pipeDelimited": "|", "spaceDelimited": " "}.get(self.style, ",")

    @property
    def prefix(self) -> str:
        """The prefix of a path value (RFC 6570, sections 3.2.5 and 3.2.7)."""
        return {"label": ".", "matrix": f";{self.name}="}.get(self.style, "")


@dataclass(frozen=True)
class MediaType:
    """A media type of a response."""

    name: str
    schema: Json
    examples: Mapping[str, Any]
    """Named examples; a single `example` is called `default`."""

    @property
    def is_json(self) -> bool:
        """Whether it is JSON, or a range that includes it."""
        bare = self.name.partition(";")[0].strip().lower()
        return bare in {"application/json", "*/*", "application/*"} or bare.endswith("+json")


@dataclass(frozen=True)
class Response:
    """A response of an operation for a status."""

    status: str
    """A status such as `200`, a range such as `4XX`, or `default`."""
    media_types: tuple[MediaType, ...]
    headers: Mapping[str, Json]
    """Header objects by header name."""
    description: str = ""


@dataclass(frozen=True)
class Operation:
    """A method of a path."""

    id: str
    """The `operationId`, or one derived from method and path."""
    method: str
    """Upper case."""
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    responses: Mapping[str, Response]
    deprecated: bool

    def response(self, status: int) -> Response | None:
        """Return the response for a status: exact, by range, or the default."""
        return (
            self.responses.get(str(status))
            or self.responses.get(f"{status // 100}XX")
            or self.responses.get("default")
        )


class Document:
    """An OpenAPI 3 document."""

    def __init__(self, content: dict[str, Any], *, origin: str) -> None:
        self.content = content
        self.origin = origin
        """The file or URL, for messages."""
        self.flattened: dict[int, tuple[Any, Any]] = {}
        self.compiled: dict[int, tuple[Any, Any]] = {}
        """Caches of `openapi.schemas`: schemas by identity, with their shapes and validators."""
        self.readings: dict[Hashable, Any] = {}
        """A cache of what `binding.infer` and renderers read in it."""

    @cached_property
    def descriptions(self) -> frozenset[str]:
        """The descriptions of all its elements."""
        found = (node.get("description") for node in objects_in(self.content))
        return frozenset(text for text in found if isinstance(text, str))

    @cached_property
    def counts_seconds(self) -> bool:
        """Whether it says that times are seconds since 1970, and nowhere that they are milliseconds."""
        text = str(self.content).casefold()
        return _SECONDS.search(text) is not None and "milli" not in text

    @property
    def version(self) -> str:
        """The OpenAPI version."""
        return str(self.content["openapi"])

    @property
    def title(self) -> str:
        """The title of the API."""
        return str((self.content.get("info") or {}).get("title", "untitled"))

    @property
    def description(self) -> str:
        """The description of the API; empty if there is none."""
        return str((self.content.get("info") or {}).get("description") or "")

    @property
    def base_path(self) -> str:
        """The path of the first server, without a trailing slash.

        Variables are replaced by their defaults; undeclared ones are removed.
        """
        server = (self.content.get("servers") or [{}])[0]
        url = next(_filled_in(str(server.get("url") or ""), server))
        path = normpath(f"/{self._split(_VARIABLE.sub('', url)).path}").lstrip("/")
        return f"/{path}" if path else ""

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, in the order of the document."""
        found = []
        for path, item in self.content["paths"].items():
            if path.startswith("x-"):
                continue
            if not path.startswith("/"):
                raise DocumentError(
                    f"{self.origin}: the path {path!r} does not begin with a slash."
                )
            item = self.resolve(item)  # noqa: PLW2901 -- the same item, found
            if not isinstance(item, Mapping):
                raise DocumentError(f"{self.origin}: paths.{path} is not an object.")
            found += [self._operation(path, method, item, item[method])
                      for method in METHODS if isinstance(item.get(method), Mapping)]  # fmt: skip
        return tuple(found)

    @cached_property
    def server_hosts(self) -> tuple[str, ...]:
        """The host names of the servers, with up to `_MOST_HOSTS` values of variables each."""
        hosts: dict[str, None] = {}
        for server in self.content.get("servers") or []:
            template = self._split(str(server.get("url") or "")).netloc.rpartition("@")[2]
            for host in islice(_filled_in(template, server), _MOST_HOSTS):
                name = self._split(f"//{host}").hostname
                if name and "{" not in name:
                    hosts[name] = None
        return tuple(hosts)

    def _split(self, url: str) -> SplitResult:
        try:
            return urlsplit(url)
        except ValueError as error:
            raise DocumentError(f"{self.origin}: the server {url!r} is no URL: {error}.") from None

    def resolve(self, node: Any) -> Any:
        """Resolve the `$ref` of `node`, if it has one.

        Raises:
            DocumentError: If the target is missing or external, or the reference is circular.
        """
        seen: list[str] = []
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if reference in seen:
                raise DocumentError(f"{self.origin}: {reference} only refers to itself.")
            seen.append(reference)
            node = self._at(reference)
        return node

    def _at(self, reference: str) -> Any:
        if not reference.startswith("#"):
            raise DocumentError(
                f"{self.origin}: {reference} points outside the document; bundle it into one file."
            )
        node: Any = self.content
        for part in reference.removeprefix("#").split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            try:
                node = node[int(key)] if isinstance(node, list) else node[key]
            except (KeyError, IndexError, ValueError, TypeError):
                raise DocumentError(
                    f"{self.origin}: nothing is at {reference}; {key!r} is missing."
                ) from None
        return node

    def _operation(self, path: str, method: str, item: Json, node: Json) -> Operation:
        parameters = {
            (parameter.name, parameter.location): parameter
            for declared in (*(item.get("parameters") or ()), *(node.get("parameters") or ()))
            for parameter in self._parameters(declared, path)
        }
        return Operation(
            id=node.get("operationId") or _made_up_id(method, path),
            method=method.upper(),
            path=path,
            summary=str(node.get("summary") or ""),
            description=str(node.get("description") or ""),
            parameters=tuple(parameters.values()),
            responses={
                str(status).upper().replace("DEFAULT", "default"): self._response(status, response)
                for status, response in (node.get("responses") or {}).items()
                if not str(status).startswith("x-")
            },
            deprecated=bool(node.get("deprecated", False)),
        )

    def _parameters(self, node: Any, path: str) -> list[Parameter]:
        """Return a parameter; for an object in the query string, one parameter per property.

        They are sent as `page=1` (style `form`, exploded) or `filter[page]=1` (`deepObject`).
        """
        from mock_server.openapi.schemas import (  # which flattens schemas of documents
            is_local,
            shape_of,
        )

        node = self.resolve(node)
        if not isinstance(node, Mapping) or "name" not in node or "in" not in node:
            raise DocumentError(f"{self.origin}: a parameter of {path} lacks its name or place.")
        style = str(node.get("style", "form" if node["in"] in {"query", "cookie"} else "simple"))
        schema = schema_in(node)
        resolved = self.resolve(schema)
        about = resolved.get("description") if isinstance(resolved, Mapping) else None
        if isinstance(schema, dict) and "$ref" not in schema:
            merged = {
                **{key: node[key] for key in ("example", "description") if key in node},
                **schema,
            }
            schema = merged if "example" in node or is_local(merged) else schema
        parameter = Parameter(
            name=str(node["name"]),
            location=str(node["in"]),
            required=bool(node.get("required", False)),
            schema=schema,
            description=str(node.get("description") or about or ""),
            explode=bool(node.get("explode", style == "form")),
            deprecated=bool(node.get("deprecated", False)),
            allows_empty=bool(node.get("allowEmptyValue", False)),
            style=style,
        )
        is_deep = style == "deepObject"
        if parameter.location != "query" or not (is_deep or parameter.explode):
            return [parameter]
        members = shape_of(self, parameter.schema).schema
        return [
            replace(
                parameter,
                name=f"{parameter.name}[{name}]" if is_deep else name,
                required=parameter.required and name in members.get("required", ()),
                schema=schema,
                description=". ".join(
                    filter(None, (self.resolve(schema).get("description"), parameter.description))
                ),
                explode=True,
            )
            for name, schema in (members.get("properties") or {}).items()
        ] or [parameter]

    def _response(self, status: object, node: Any) -> Response:
        node = self.resolve(node)
        return Response(
            status=str(status),
            media_types=tuple(
                MediaType(name, media_type.get("schema") or {}, self._examples(media_type))
                for name, media_type in (node.get("content") or {}).items()
            ),
            headers={
                name: self.resolve(header) for name, header in (node.get("headers") or {}).items()
            },
            description=str(node.get("description") or ""),
        )

    def _examples(self, media_type: Json) -> dict[str, Any]:
        named = {
            name: self.resolve(example).get("value")
            for name, example in (media_type.get("examples") or {}).items()
        }
        return named or ({"default": media_type["example"]} if "example" in media_type else {})


def schema_in(node: Json) -> Any:
    """Return the schema of a Parameter or Header Object, which may be that of its content."""
    content: Json = next(iter((node.get("content") or {}).values()), {})
    return node.get("schema") or content.get("schema") or {}


def _made_up_id(method: str, path: str) -> str:
    words = [word for part in path.split("/") for word in part.strip("{}").split("_") if word]
    return method + "".join(word[:1].upper() + word[1:] for word in words)


def _filled_in(template: str, server: Json) -> Iterator[str]:
    """Yield a template with each combination of the values of its variables, defaults first."""
    variables = server.get("variables") or {}
    named = [name for name in dict.fromkeys(_VARIABLE.findall(template)) if name in variables]
    offered = [
        dict.fromkeys(map(str, (one.get("default", ""), *(one.get("enum") or ()))))
        for one in map(variables.__getitem__, named)
    ]
    for values in product(*offered):
        filled = template
        for name, value in zip(named, values, strict=True):
            filled = filled.replace(f"{{{name}}}", value)
        yield filled


def objects_in(node: Any, *, without: Collection[str] = ()) -> Iterator[Json]:
    """Yield all objects in a JSON value, except those under some keys."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Mapping):
            yield node
            nodes += [inner for key, inner in node.items() if key not in without]
        elif isinstance(node, list):
            nodes += node
