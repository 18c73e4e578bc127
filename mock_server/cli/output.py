"""Output of commands."""

import json
import sys
from typing import Any


def json_text(value: Any, indent: int | None = 2) -> str:
    """Return JSON; escape non-ASCII characters unless standard output is Unicode."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(value, indent=indent, ensure_ascii=not is_unicode)
