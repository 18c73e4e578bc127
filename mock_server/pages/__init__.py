"""Pages for browsers, at `/` and below `/__pages/`: they need no JavaScript, and ask nobody else.

Templates and charts are loaded when the first page is asked for.
"""

from mock_server.pages.mounting import PREFIX, PagesMiddleware

__all__ = ["PREFIX", "PagesMiddleware"]
