"""Browser pages at `/` and under `/__pages/`; they work without JavaScript and external hosts."""

PREFIX = "/__pages"
"""The prefix of all pages except the start page."""
