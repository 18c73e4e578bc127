"""A fault: which requests it meets, how often, and what it does to their answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random

from mock_server.domain import Residency


@dataclass(frozen=True, slots=True)
class Met:
    """A request as faults see it."""

    operation: str
    path: str
    residency: Residency
    token: str
    """What follows the scheme in `Authorization`; empty if there is no such header."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests a token may send."""

    requests: int
    window: float
    """Seconds."""
    bucket: bool = False
    """Whether requests come back one by one, as in a token bucket, or all when a window ends."""


@dataclass(frozen=True, slots=True)
class Drip:
    """A body that comes in pieces."""

    bytes: int
    every: float
    """Milliseconds between two pieces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What goes wrong for which requests; what is left out does not matter or does nothing.

    `Fault` in `openapi/admin.yaml` describes every key, with its bounds.
    """

    operation: str | None = None
    path: str | None = None
    residency: Residency | None = None
    token: str | None = field(default=None, repr=False)
    after: int = 0
    every: int = 1
    times: int | None = None
    probability: float = 1
    seed: int = 0

    delay: "float | Mapping[str, object]" = 0
    status: int | None = None
    detail: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    refuse: str | None = None
    limit: Limit | None = None
    rows: int | None = None
    lag: float = 0
    skew: float = 0
    drift: tuple[str, ...] = ()
    truncate: float | None = None
    body: str | None = None
    content_type: str | None = None
    drip: Drip | None = None
    reset: bool = False

    def meets(self, met: Met) -> bool:
        """Say whether a request is of those that this is about."""
        return (
            self.operation in {None, met.operation}
            and self.residency in {None, met.residency}
            and self.token in {None, met.token}
            and (self.path is None or fnmatchcase(met.path, self.path))
        )

    def milliseconds(self, chance: Random) -> float:
        """Give how long an answer is held back, by chance where the fault says so."""
        if not isinstance(self.delay, Mapping):
            return self.delay
        if "uniform" in self.delay:
            return chance.uniform(*self.delay["uniform"])  # type: ignore[misc]
        median, sigma = self.delay["lognormal"]  # type: ignore[misc]
        return median * chance.lognormvariate(0, sigma)  # type: ignore[has-type,no-any-return]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Faults with a name."""

    name: str
    description: str
    faults: tuple[Fault, ...]
