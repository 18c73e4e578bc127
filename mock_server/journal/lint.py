"""Telling a client's habits from a journal: what it did that would hurt at the real service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_server.journal.exchanges import Exchange
from mock_server.journal.reading_rules import READING_RULES
from mock_server.journal.rules import SINGLE_RULES, Rule

RULES: tuple[Rule, ...] = (*READING_RULES, *SINGLE_RULES)

_MOST_SHOWN = 8
"""Exchanges named in a line."""


@dataclass(frozen=True)
class Finding:
    """One rule that was broken."""

    rule: Rule
    detail: str
    exchanges: tuple[Exchange, ...]
    """What shows it, oldest first."""

    def as_dict(self) -> dict[str, Any]:
        """Give it as values that JSON has."""
        return {
            "rule": self.rule.id,
            "sentence": self.rule.sentence,
            "detail": self.detail,
            "remedy": self.rule.remedy,
            "exchanges": [
                {"id": one.id, "request": str(one).partition(" ")[2]} for one in self.exchanges
            ],
        }


def lint(exchanges: Sequence[Exchange]) -> list[Finding]:
    """Find what a client had better do otherwise.

    Args:
        exchanges: Oldest first, as a journal gives them.
    """
    return [Finding(rule, *breach) for rule in RULES for breach in rule.breaches(exchanges)]


def findings_as_text(findings: Sequence[Mapping[str, Any]]) -> str:
    """Write findings, as `Finding.as_dict` gives them, for people to read."""
    lines: list[str] = []
    for rule in dict.fromkeys(one["rule"] for one in findings):
        broken = [one for one in findings if one["rule"] == rule]
        lines.append(f"{rule}  {broken[0]['sentence']}")
        for one in broken:
            shown = ", ".join(f"#{each['id']}" for each in one["exchanges"][:_MOST_SHOWN])
            more = len(one["exchanges"]) - _MOST_SHOWN
            lines.append(f"  {one['detail']}: {shown}{f' and {more} more' if more > 0 else ''}")
            lines.append(f"    such as {one['exchanges'][-1]['request']}")
        lines += [f"  -> {broken[0]['remedy']}", ""]
    lines.append(f"Findings: {len(findings)}" if findings else "Nothing to complain about.")
    return "\n".join(lines)
