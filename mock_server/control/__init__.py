"""Changing a running mock: by Python, and by the control API under `/__admin`."""
