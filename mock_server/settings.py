"""What can be set: every option of `viewtracker-mock serve`, with its default."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a mock behaves; the command line, the environment and a TOML file all end up here."""

    host: str = "127.0.0.1"
    """The address to listen on; anything but loopback opens the mock to the network."""
    port: int = 8080
    """The port of the US residency; 0 picks a free one."""
    de_port: int = 8081
    """The port of the German residency; 0 picks a free one."""
    seed: int = 0
    """Another seed makes another site with the same shape."""
    world: str = "demo"
    """The name of a bundled world, or the path of a world file."""
    now: str | None = None
    """The moment the clock starts from, RFC 3339; the machine's own time if None."""
    document: str | Path | None = None
    """The OpenAPI document to serve, a path or a URL; our reconstruction if None."""
    overlay: tuple[Path, ...] = ()
    """OpenAPI Overlay files that change the document, in order."""
    binding: Path | None = None
    """A file that says how the document's operations meet the data; inferred if None."""
    replay: Path | None = None
    """A HAR file to answer from, instead of a world."""
    token_file: Path | None = None
    """A file with the token that is good in a replay; the demo tokens are if None."""
    database: str | None = None
    """A file, or a database URL, to keep rows and tokens in; memory if None."""
    unknown_parameters: Literal["accept", "reject"] = "accept"
    """Whether a query parameter that the document lacks is told in a header or refused."""
    response_check: bool = True
    """Whether every answer is judged against the document before it leaves."""
    demo_token: bool = True
    """Whether `demo-token-us` and `demo-token-de` open their residencies."""
    tell: bool = True
    """Whether answers say in `X-Mock-*` headers why they are as they are."""
    log_format: Literal["text", "json"] = "text"
    """How log lines are written to standard error."""
