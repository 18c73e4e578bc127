"""What responses are compared with, and what is found."""
