"""The command line: `viewtracker-contract run`, `list`, `plan` and `drift`.

Exit codes: 0 every requirement held, 1 a requirement broke, 2 nothing could be checked, with an
error message that says why.
"""

import gc
import sys

from mock_server import run_commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    import click


def main() -> None:
    """Run the command line; user errors print one sentence and exit with code 2."""
    # A run keeps many objects alive and creates little garbage, so the default thresholds waste a
    # tenth of the time.
    gc.set_threshold(50_000, 20, 100)
    try:
        run_commands(_commands, "viewtracker-contract")
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"viewtracker-contract: {error.name} is missing; install the extra that it comes with: "
            f"pip install 'viewtracker-mock[contract]'\n"
        )
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(2)


def _commands() -> "click.Command":
    from contract_tests.cli.commands import commands

    return commands
