"""Sends requests to targets, and reads the responses."""
