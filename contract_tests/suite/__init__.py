"""The requirements, as pytest tests."""
