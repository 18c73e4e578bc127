"""What can be made to go wrong on purpose: faults, and scenarios of them by name."""

from mock_server.faults.faults import Faults
from mock_server.faults.gate import FaultGate
from mock_server.faults.layer import FaultMiddleware
from mock_server.faults.model import Fault, Scenario
from mock_server.faults.reading import read_fault, read_scenarios

__all__ = [
    "Fault",
    "FaultGate",
    "FaultMiddleware",
    "Faults",
    "Scenario",
    "read_fault",
    "read_scenarios",
]
