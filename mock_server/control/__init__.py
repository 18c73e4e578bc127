"""Control a running mock from Python, or through the control API under `/__admin`."""
