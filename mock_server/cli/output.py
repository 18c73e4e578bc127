"""What commands print."""

import json
import sys
from typing import Any


def json_text(value: Any, indent: int | None = 2) -> str:
    """Write a value as JSON, with escapes where standard output is not in Unicode."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(value, indent=indent, ensure_ascii=not is_unicode)
