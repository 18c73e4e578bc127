"""OpenAPI documents: reading them, and asking them for operations, parameters and schemas."""
