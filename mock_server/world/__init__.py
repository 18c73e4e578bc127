"""Generate worlds: the contents, people and traffic of a residency's Confluence site."""
