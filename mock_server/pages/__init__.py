"""Pages for browsers, at `/` and below `/__pages/`: they need no JavaScript, and ask nobody else."""

PREFIX = "/__pages"
"""What the paths of all pages begin with, but for that of the first."""
