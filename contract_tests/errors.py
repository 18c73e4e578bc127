"""Every error that the kit raises on purpose.

::

    ContractKitError                the kit cannot do what it was asked to: exit code 2
    +-- OptionError                 an option, the token or a file that an option names is wrong
    NotJudgedError                  ends a requirement as not run, because of what it says
    +-- RefusedError                the wire does not send this: another host, or a method
    +-- NoResponseError             one request got no response
    +-- RetiredError                what is asked about is announced to be gone, and is
    SpentError                      the wire sends no more: budget, deadline, lockout, no host
    ContractBrokenError             makes the test of a requirement with findings fail

A server that does not keep a requirement is no error of the kit: it is a Finding.
"""

from typing import TYPE_CHECKING

import pytest

from mock_server import MockServerError


class ContractKitError(MockServerError):
    """The kit cannot do what it was asked to; the message is one sentence for a person."""


class OptionError(ContractKitError):
    """An option has a value that cannot be used, or the token is missing."""


if TYPE_CHECKING:
    _Skipped = Exception
else:
    _Skipped = pytest.skip.Exception


class NotJudgedError(_Skipped):
    """A requirement cannot be judged here; the message says why.

    It is what `pytest.skip` raises, so that pytest reports it, and Hypothesis neither shrinks nor
    repeats it.
    """


class RefusedError(NotJudgedError):
    """A request that the wire does not let through; nothing was sent."""


class SpentError(_Skipped):
    """The wire is closed for the rest of the run; nothing was sent. No `NotJudgedError` catches it."""


class NoResponseError(NotJudgedError):
    """A request was sent, and no response came."""


class RetiredError(NotJudgedError):
    """What a requirement asks about is announced to be gone, and is."""


class ContractBrokenError(AssertionError):
    """A requirement broke; the message tells the findings."""
