"""Values that a site has for the parameters of an operation, for people to try it with."""

from typing import Any

from mock_server.binding import OperationBinding, Part
from mock_server.document import types_of
from mock_server.site import Site


def example_arguments(bound: OperationBinding, site: Site) -> dict[str, Any]:
    """Give the site's URL, or a content id or space key of it, for each required parameter."""
    content = site.example_content()
    values: dict[Part, Any] = {
        Part.CONTENT_ID: content.id,
        Part.SPACE_KEY: content.space_key,
        Part.SITE_URL: site.world.site_url,
    }
    return {
        one.parameter.name: (
            values[one.part]
            if "integer" in types_of(one.parameter.schema)
            else str(values[one.part])
        )
        for one in bound.parameters
        if one.parameter.required and one.part in values
    }
