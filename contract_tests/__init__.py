"""The contract-test kit: the same questions for the mock and for the live services."""
