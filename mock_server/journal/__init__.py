"""The exchanges of clients with the mock, and what clients would better do otherwise."""
