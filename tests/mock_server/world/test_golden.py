"""Digests of rows that pin determinism, over time, processes and hash seeds.

A failure here means that a seed gives other rows than before, and that databases of users are no
longer valid. If this is intended, raise `FORMAT` in `mock_server.world.file` and renew the digests:

    python tests/mock_server/world/test_golden.py renew
"""

import json
import os
import subprocess
import sys
from datetime import date
from hashlib import sha256
from typing import Any

from mock_server.openapi.load import bundled
from mock_server.world.domain import Residency
from mock_server.world.file import read_world
from mock_server.world.world import World

DAYS = {
    "demo": ["2023-07-03", "2024-02-29", "2025-03-09", "2025-10-26", "2026-01-15", "2031-05-05"],
    "edge-cases": ["2024-02-29", "2025-10-26", "2026-02-02", "2026-02-10", "2026-02-11"],
    "privacy": ["2025-09-30", "2025-10-01", "2026-01-15"],
}
SEEDS = (0, 20_240_229)

Digests = dict[str, str]


def digests_of(name: str, *, order: int = 1) -> Digests:
    """Digest the visits and searches of each day, and the contents, of both sites."""
    found = {}
    for seed in SEEDS[::order]:
        for residency in list(Residency)[::order]:
            world = World(read_world(name), seed=seed, residency=residency)
            for text in DAYS[name][::order]:
                day = date.fromisoformat(text)
                rows = [*world.visits_on(day), *world.searches_on(day)]
                found[f"{residency} seed {seed} {text}"] = _digest(rows)
            contents = list(world.contents(1_800_000_000_000).values())
            found[f"{residency} seed {seed} contents"] = _digest(contents)
    return dict(sorted(found.items()))


def _digest(rows: list[Any]) -> str:
    return sha256("".join(f"{row!r}\n" for row in rows).encode()).hexdigest()


def _path(name: str) -> Any:
    return bundled("fixtures", "golden", f"{name}.json")


def golden() -> dict[str, Digests]:
    return {name: json.loads(_path(name).read_text(encoding="utf-8")) for name in DAYS}


def test_rows_match_the_golden_digests() -> None:
    assert golden() == {name: digests_of(name) for name in DAYS}


def test_rows_do_not_depend_on_the_order_of_access_the_hash_seed_or_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", __file__, "print"],
        env={**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )

    assert golden() == json.loads(done.stdout)


def main(command: str) -> None:
    """Print all digests, computed in another order, or write them to the golden files."""
    digests = {name: digests_of(name, order=-1 if command == "print" else 1) for name in DAYS}
    if command == "print":
        sys.stdout.write(json.dumps(digests))
        return
    for name, found in digests.items():
        _path(name).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
