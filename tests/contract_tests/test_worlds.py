"""The mock meets every requirement with every world, date and seed, and in other documents."""

from pathlib import Path
from typing import Any

import pytest

from contract_tests import Options, run
from contract_tests.model import Verdict
from contract_tests.wire import targets
from mock_server import Settings
from tests.made_documents import (
    DAY,
    INTEGER,
    MOMENT,
    TEXT,
    choice,
    fields,
    listed,
    query,
    responding,
    write,
)

BLIND = Path(__file__).parents[1] / "documents" / "blind"


def broken(result: Any) -> list[tuple[str, str, list[str]]]:
    return [
        (outcome.requirement.id, outcome.target, [finding.text for finding in outcome.findings])
        for verdict in (Verdict.BROKE, Verdict.WARNED)
        for outcome in result.of(verdict)
    ]


def change_settings(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    """Run the mock that the kit starts with other settings."""
    monkeypatch.setattr(targets, "Settings", lambda **usual: Settings(**{**usual, **changed}))


@pytest.mark.parametrize(("now", "seed"), [
    ("2025-03-31T00:30:00Z", 3), ("2026-02-28T23:59:59Z", 0), ("2028-02-29T12:00:00Z", 77),
])  # fmt: skip
@pytest.mark.parametrize("world", ["demo", "tiny", "empty", "edge-cases", "privacy"])
def test_no_world_breaks_a_requirement(
    world: str, now: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_settings(monkeypatch, world=world, now=now, seed=seed)

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


TIMED = {"viewedAt": MOMENT, "pageId": TEXT}


@pytest.mark.parametrize(("path", "row", "parameters"), [
    ("/spaces/{key}/top-contents", {"pageId": TEXT, "title": TEXT, "views": INTEGER},
     [query("limit", {**INTEGER, "maximum": 50, "default": 10}),
      query("period", choice("7d", "90d", default="90d", description="Period that ends now"))]),
    ("/spaces/{key}/views", TIMED, [query("from", DAY), query("to", DAY), query("start", INTEGER),
     query("limit", {**INTEGER, "description": "5 by default, 9 at most"})]),
    ("/spaces/{key}/views", TIMED, [
     query("from", {}, description="First day, such as 2026-01-01"), query("to", {}),
     query("skip", {}, description="How many rows to skip"), query("count", {})]),
    ("/spaces/{key}/views", TIMED, [query("from", DAY), query("to", DAY), query("page", INTEGER),
     query("limit", {**INTEGER, "default": 9})]),
    ("/spaces/{key}/views", {**TIMED, "viewedAt": {**MOMENT, "description": "In UTC, without time zone"}},
     [query("from", MOMENT, example="2026-01-01T00:00:00"), query("to", MOMENT, description="No offset")]),
], ids=["range that moves", "described maximum", "no types", "no report without a page", "local times"])  # fmt: skip
def test_what_only_descriptions_say_breaks_no_requirement(
    path: str, row: dict[str, Any], parameters: list[dict[str, Any]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    change_settings(monkeypatch, world="tiny", remember=0)  # cached responses do not move
    around = {
        "from": MOMENT,
        "to": MOMENT,
        "total": INTEGER,
        "limit": INTEGER,
        "start": INTEGER,
        "pages": {**INTEGER, "minimum": 1},
    }
    bearer = {"bearer": {"type": "http", "scheme": "bearer"}}
    body = fields(results=listed(fields(**row)), **around)
    document = responding(body, parameters, path=path, securitySchemes=bearer)

    result = run(Options(document=str(write(document, tmp_path)), examples=2))

    assert [] == broken(result)
    assert len(result.of(Verdict.HELD)) > 60
