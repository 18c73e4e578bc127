"""What the suite asks its questions of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mock_server import MockServer, Residency, Settings

NOW = "2026-01-31T12:00:00Z"
"""When the mock's clock starts, so that a run can be repeated."""


@dataclass(frozen=True)
class Target:
    """One residency of a server."""

    name: str
    url: str
    """The base URL, without a slash at its end."""
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a call that is let in."""
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def mock_targets() -> Iterator[dict[str, Target]]:
    """Start the mock and give its residencies by name; it stops with the context."""
    with MockServer(Settings(port=0, de_port=0, now=NOW)) as mock:
        yield {
            residency.value: Target(
                f"mock {residency.value}", mock.url_of(residency), f"demo-token-{residency.value}"
            )
            for residency in Residency
        }
