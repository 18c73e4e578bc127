"""Read and validate what users provide: files, URLs, hosts, and arguments of the Python API."""
