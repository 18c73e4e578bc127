"""Validation of responses, and the findings."""
