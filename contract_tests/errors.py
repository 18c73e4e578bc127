"""The errors of the contract tests.

::

    ContractKitError                the run is impossible: exit code 2
    +-- OptionError                 an option, the token or a file of an option is invalid
    NotCheckedError                  the requirement cannot be checked: not run
    +-- RefusedError                the wire refuses to send this request: wrong host or method
    +-- NoResponseError             a request got no response
    SpentError                      the wire sends no more: budget, deadline, lockout, no host
    ContractBrokenError             fails the test of a requirement that has findings

If a server violates a requirement, this is not an error but a Finding.
"""

from typing import TYPE_CHECKING

import pytest

from mock_server import MockServerError

if TYPE_CHECKING:
    _Skipped = Exception
else:
    # pytest reports it as a skip, and Hypothesis neither shrinks nor repeats the example.
    _Skipped = pytest.skip.Exception


class ContractKitError(MockServerError):
    """The run is impossible; the message is one sentence for the user."""


class OptionError(ContractKitError):
    """An option has an invalid value, or the token is missing."""


class NotCheckedError(_Skipped):
    """A requirement cannot be checked; the message gives the reason."""


class RefusedError(NotCheckedError):
    """The wire refused to send a request."""


class NoResponseError(NotCheckedError):
    """A request got no response."""


class SpentError(_Skipped):
    """The wire is closed for the rest of the run; who handles one request does not catch this."""


class ContractBrokenError(AssertionError):
    """A requirement broke; the message contains the findings."""
