"""What a test says to a mock: verbs, assertions, transports and the pytest plugin."""
