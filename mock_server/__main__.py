"""`python -m mock_server` is `viewtracker-mock`."""

from mock_server.cli import main

main()
