"""What can be set in a run; the command line, pytest's options and Python all end up here."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run goes. Tokens are no options: they come from the environment or a file."""

    target: tuple[str, ...] = field(
        default=("mock",),
        metadata={"help": "Whom to ask: mock, us, de, or a URL; may be given several times."},
    )
    document: str | None = field(
        default=None,
        metadata={
            "help": "OpenAPI document to judge by, a file or a URL; the bundled one if left out."
        },
    )
    content_id: str | None = field(
        default=None, metadata={"help": "Id of a content with visits; looked for if left out."}
    )
    space_key: str | None = field(
        default=None, metadata={"help": "Key of a space with visits; looked for if left out."}
    )
    select: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "Only these requirements: ids, families or tags, with commas or several times."
        },
    )
    examples: int = field(
        default=25,
        metadata={"help": "How many inputs are made up for an operation, at most.", "least": 1},
    )
    seed: int = field(
        default=0,
        metadata={"help": "Number that made-up inputs come from; the same makes the same."},
    )
    rate: float | None = field(
        default=None,
        metadata={
            "help": "Requests a minute, such as 60/m; 60 on live services, unbounded on this machine."
        },
    )
    budget: int | None = field(
        default=None,
        metadata={
            "help": "Most requests to one target; 500 on live services, 20000 on this machine.",
            "least": 1,
        },
    )
    deadline: float | None = field(
        default=None, metadata={"help": "Longest that the run may take, such as 10m or 90s."}
    )
    timeout: float = field(
        default=10.0, metadata={"help": "Longest wait for one answer, such as 10s."}
    )
    retries: int = field(
        default=1, metadata={"help": "How often a request without answer, or a 429, is sent again."}
    )
    ca_bundle: Path | None = field(
        default=None, metadata={"help": "Certificates to trust instead of the usual ones."}
    )
    proxy: str | None = field(
        default=None, metadata={"help": "Proxy that all requests go through, a URL."}
    )
    token_file: Path | None = field(
        default=None, metadata={"help": "File that holds the token, and nothing else."}
    )
    known: Path | None = field(default=None, metadata={"help": "TOML file with known deviations."})
    mock_transport: str = field(
        default="asgi",
        metadata={
            "help": "How the mock is reached: in process, or over a port.",
            "choices": ("asgi", "http"),
        },
    )
    max_response_time: float | None = field(
        default=None,
        metadata={
            "help": "Longest that an answer may take, such as 2s; only reported if left out."
        },
    )
    allow_token_rotation: bool = field(
        default=False,
        metadata={
            "help": "Let the token be replaced and deleted; on live services it ends all integrations."
        },
    )
    as_live: bool = field(
        default=False,
        metadata={"help": "Go as gently as with the live services, whatever the target is."},
    )
