"""Updates the table in docs/broken-servers.md, and `findings.txt` with the first findings.

Run it with `python -m tests.contract_tests.servers`, and read how the findings have changed.
"""

from pathlib import Path

from tests.contract_tests.servers import DEFECTIVE_SERVERS

PAGE = Path(__file__).parents[3] / "docs" / "broken-servers.md"
FINDINGS = Path(__file__).parent / "findings.txt"
HEAD = "| defect | requirements |\n|---|---|\n"


def page() -> str:
    """Return the current page with the table of the catalogue."""
    text, head, _ = PAGE.read_text("utf-8").partition(HEAD)
    rows = (
        f"| {server.sentence} | {', '.join(server.fails)} |\n"
        for server in DEFECTIVE_SERVERS.values()
    )
    return text + head + "".join(rows)


def findings() -> str:
    """Return what the kit finds in each server."""
    from tests.contract_tests.test_broken_servers import checked_alone, first_findings

    lines = (
        line
        for one in DEFECTIVE_SERVERS.values()
        for line in first_findings(one, checked_alone(one))
    )
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    FINDINGS.write_text(findings(), "utf-8")
