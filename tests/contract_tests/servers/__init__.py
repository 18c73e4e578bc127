"""A conforming server, and variants of it with one defect each."""

from tests.contract_tests.servers import bodies, derived, manners, meanings, old, tokens
from tests.contract_tests.servers.catalogue import DEFECTIVE_SERVERS, DefectiveServer
from tests.contract_tests.servers.conforming import ConformingServer

__all__ = [
    "DEFECTIVE_SERVERS",
    "ConformingServer",
    "DefectiveServer",
    "bodies",
    "derived",
    "manners",
    "meanings",
    "old",
    "tokens",
]
