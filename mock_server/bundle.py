"""Where the files that come with the package lie.

In a checkout they stand beside the package, in a wheel inside it; nothing else asks where.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled(*parts: str) -> Path:
    """Give the path of a bundled file or folder, such as `bundled("openapi", "admin.yaml")`."""
    inside = _PACKAGE.joinpath(*parts)
    return inside if inside.exists() else _PACKAGE.parent.joinpath(*parts)
