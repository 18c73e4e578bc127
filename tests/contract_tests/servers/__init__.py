"""A server that keeps every promise, and sisters of it that break one each."""

from tests.contract_tests.servers import bodies, derived, manners, meanings, old, tokens
from tests.contract_tests.servers.catalogue import SISTERS, Sister
from tests.contract_tests.servers.faithful import Faithful

__all__ = [
    "SISTERS",
    "Faithful",
    "Sister",
    "bodies",
    "derived",
    "manners",
    "meanings",
    "old",
    "tokens",
]
