"""Updates the table in docs/broken-servers.md: `python -m tests.contract_tests.servers`."""

from pathlib import Path

from tests.contract_tests.servers import SISTERS

PAGE = Path(__file__).parents[3] / "docs" / "broken-servers.md"
HEAD = "| defect | requirements |\n|---|---|\n"


def page() -> str:
    """Return the current page with the table of the catalogue."""
    text, head, _ = PAGE.read_text("utf-8").partition(HEAD)
    rows = (f"| {sister.sentence} | {', '.join(sister.fails)} |\n" for sister in SISTERS.values())
    return text + head + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
