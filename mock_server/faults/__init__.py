"""Inject faults, alone or grouped in named scenarios."""
