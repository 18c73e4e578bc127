"""Serve the application: sockets, uvicorn, HTTP/1.1 with limits, and certificates."""
