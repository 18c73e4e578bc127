"""Writing domain values the way a document's schemas ask for.

The only place, beside bindings, where a document's property names matter. Values come in as
mappings from `Field` to plain values (moments in epoch milliseconds), and go out as JSON.
"""

from mock_server.rendering.renderer import Renderer, Values

__all__ = ["Renderer", "Values"]
