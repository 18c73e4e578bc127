"""The journal of requests and responses, and lint rules for clients."""
