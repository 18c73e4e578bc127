"""Which operation of a document a request asks."""

import re
from urllib.parse import unquote, urlsplit

from mock_server import Document, Operation


class Routes:
    """Finds operations by method and URL.

    Args:
        document: Its paths, with and without parameters; those without win.
        base_url: What stands before the document's paths.
    """

    def __init__(self, document: Document, base_url: str) -> None:
        self._before = urlsplit(base_url).path.rstrip("/")
        self._routes = [
            (operation.method, _pattern_of(operation.path), operation)
            for operation in sorted(document.operations, key=lambda one: one.path.count("{"))
        ]

    def find(self, method: str, url: str) -> tuple[Operation | None, dict[str, str]]:
        """Give the operation, None if there is none, and its path's values, decoded."""
        path = urlsplit(url).path.removeprefix(self._before)
        for known, pattern, operation in self._routes:
            found = pattern.fullmatch(path) if known == method else None
            if found:
                names = re.findall(r"\{([^}]*)\}", operation.path)
                return operation, dict(zip(names, map(unquote, found.groups()), strict=True))
        return None, {}


def _pattern_of(path: str) -> re.Pattern[str]:
    return re.compile("([^/]+)".join(map(re.escape, re.split(r"\{[^}]*\}", path))))
