"""Browser pages at `/` and under `/__pages/`; they work without JavaScript and external hosts."""

PREFIX = "/__pages"
"""The prefix of all pages except the start page."""
NAMES = ("Report", "Interfaces", "World", "Traffic")
"""The pages below the prefix; a path has the name in lower case."""
