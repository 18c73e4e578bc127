"""Which operations a path has, for answers that Connexion gives before it knows the operation."""

import re

from mock_server.document import Document, Operation


class Routes:
    """The paths of a document, as patterns.

    Args:
        document: Whose paths.
        base_path: What stands before each of them, without a slash at its end.
    """

    def __init__(self, document: Document, *, base_path: str = "") -> None:
        patterns: dict[str, tuple[re.Pattern[str], list[Operation]]] = {}
        for operation in document.operations:
            pattern = _pattern(base_path + operation.path)
            patterns.setdefault(operation.path, (pattern, []))[1].append(operation)
        self._patterns = tuple(patterns.values())

    def at(self, path: str) -> tuple[Operation, ...]:
        """Give the operations of a decoded path; none if nothing is there.

        A path that is named comes before one that only fits, as OpenAPI has it.
        """
        found = [operations for pattern, operations in self._patterns if pattern.match(path)]
        named = [operations for operations in found if "{" not in operations[0].path]
        return tuple(operation for operations in named or found for operation in operations)

    def operation(self, path: str) -> Operation | None:
        """Give the first operation of a path."""
        return next(iter(self.at(path)), None)

    def allow(self, path: str) -> str:
        """Write the `Allow` header of a path, in alphabetical order (RFC 9110, section 10.2.1)."""
        methods = {operation.method for operation in self.at(path)} | {"OPTIONS"}
        return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", template)
    return re.compile(
        "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts) + r"\Z"
    )
