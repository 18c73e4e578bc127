"""The Python API for tests: verbs, assertions and transports."""
