"""The requirements, as ordinary pytest."""
