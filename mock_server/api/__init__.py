"""One request of the API, from its arguments to its response."""
