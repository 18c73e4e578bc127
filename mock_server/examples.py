"""Values that a site has for the parameters of an operation, for people to try it with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from mock_server.binding import OperationBinding, ParameterBinding, Part, Unit
from mock_server.clock import SECOND, day_of, to_rfc3339
from mock_server.document import types_of
from mock_server.site import Site

Given = Mapping[Part, Any]
"""Values in place of examples, and for parameters that could be left out; a range's are epoch
milliseconds, the end excluded."""


def example_arguments(
    bound: OperationBinding, site: Site, given: Given = MappingProxyType({})
) -> dict[str, Any]:
    """Give the site's URL, or a content id or space key of it, for each required parameter."""
    content = site.example_content()
    values: dict[Part, Any] = {
        Part.CONTENT_ID: content.id,
        Part.SPACE_KEY: content.space_key,
        Part.SITE_URL: site.world.site_url,
        **given,
    }
    return {
        one.parameter.name: _written(one, values[one.part])
        for one in bound.parameters
        if one.part is not None and one.part in (values if one.parameter.required else given)
    }


def _written(bound: ParameterBinding, value: Any) -> Any:
    if bound.part in {Part.START, Part.END}:
        if bound.unit is Unit.DATE_TIME:
            return to_rfc3339(value)
        if bound.unit in {Unit.SECONDS, Unit.MILLISECONDS}:
            return value if bound.unit is Unit.MILLISECONDS else value // SECOND
        # the last day belongs to the range
        return str(day_of(value - (bound.part is Part.END)))
    return value if "integer" in types_of(bound.parameter.schema) else str(value)


def example_path(bound: OperationBinding, site: Site, given: Given = MappingProxyType({})) -> str:
    """Give an operation's path and query with these values in them."""
    path, query = bound.operation.path, ""
    for name, value in example_arguments(bound, site, given).items():
        written = quote(str(value), safe="~")
        if f"{{{name}}}" not in path:
            query += f"{'&' if query else '?'}{quote(name)}={written}"
        path = path.replace(f"{{{name}}}", written)
    return path + query
