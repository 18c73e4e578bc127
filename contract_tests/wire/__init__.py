"""What is sent to a target, how, and how its responses are read."""
