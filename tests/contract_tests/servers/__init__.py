"""A conforming server, and variants of it with one defect each."""

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
