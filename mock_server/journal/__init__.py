"""What clients asked and got, and what of it they would better do otherwise."""

from mock_server.journal.exchanges import Exchange
from mock_server.journal.journal import Journal
from mock_server.journal.lint import Finding, lint
from mock_server.journal.patterns import TOKEN_STATES, NearMiss, Pattern
from mock_server.journal.recording import JournalMiddleware

__all__ = [
    "TOKEN_STATES",
    "Exchange",
    "Finding",
    "Journal",
    "JournalMiddleware",
    "NearMiss",
    "Pattern",
    "lint",
]
