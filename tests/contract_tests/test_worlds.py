"""The mock meets every requirement with every world, date and seed, and in other documents."""

from pathlib import Path
from typing import Any

import pytest

from contract_tests import Options, run
from contract_tests.model import Verdict
from contract_tests.wire import targets
from mock_server import Settings

BLIND = Path(__file__).parents[1] / "documents" / "blind"


def broken(result: Any) -> list[tuple[str, str, list[str]]]:
    return [
        (outcome.requirement.id, outcome.target, [finding.text for finding in outcome.findings])
        for verdict in (Verdict.BROKE, Verdict.WARNED)
        for outcome in result.of(verdict)
    ]


@pytest.mark.parametrize(("now", "seed"), [
    ("2025-03-31T00:30:00Z", 3), ("2026-02-28T23:59:59Z", 0), ("2028-02-29T12:00:00Z", 77),
])  # fmt: skip
@pytest.mark.parametrize("world", ["demo", "tiny", "empty", "edge-cases", "privacy"])
def test_no_world_breaks_a_requirement(
    world: str, now: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        targets, "Settings", lambda **more: Settings(**{**more, "world": world, "now": now, "seed": seed})
    )  # fmt: skip

    result = run(Options(examples=2, seed=seed))

    assert [] == broken(result)
    assert result.requests > 500


@pytest.mark.parametrize("name", [
    "aip-tokens.yaml", "django-rest.yaml", "dotnet-pascal.json", "drf.yaml", "hubspotlike.yaml",
    "hydra.yaml", "java-millis.yaml", "jsonapi-rails.yaml", "laravel.yaml", "odata-graph.yaml",
    "shopifylike.yaml", "stripelike.yaml",
])  # fmt: skip
def test_no_document_in_the_style_of_a_maker_breaks_a_requirement(name: str) -> None:
    result = run(Options(document=str(BLIND / name), examples=2))

    assert [] == broken(result)
    assert len(result.of(Verdict.HELD)) > 60
