"""Bind the operations, parameters and properties of a document to the data."""
