"""What can be made to go wrong on purpose: faults, and scenarios of them by name."""
