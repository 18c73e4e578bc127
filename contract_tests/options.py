"""What can be set in a run; the command line, pytest's options and Python all end up here."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def _option(default: Any, said: str, **more: Any) -> Any:
    return dataclasses.field(default=default, metadata={"help": said, **more})


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run goes. Tokens are no options: they come from the environment or a file."""

    target: tuple[str, ...] = _option(
        ("mock",), "Whom to ask: mock, us, de, or a URL; may be given several times."
    )
    document: str | None = _option(
        None, "OpenAPI document to judge by, a file or a URL; the bundled one if left out."
    )
    content_id: str | None = _option(None, "Id of a content with visits; looked for if left out.")
    space_key: str | None = _option(None, "Key of a space with visits; looked for if left out.")
    select: tuple[str, ...] = _option(
        (), "Only these requirements: ids, families or tags, with commas or several times."
    )
    examples: int = _option(25, "How many inputs are made up for an operation, at most.", least=1)
    seed: int = _option(0, "Number that made-up inputs come from; the same makes the same.")
    rate: float | None = _option(
        None, "Requests a minute, such as 60/m; 60 on live services, unbounded on this machine."
    )
    budget: int | None = _option(
        None, "Most requests to one target; 500 on live services, 20000 on this machine.", least=1
    )
    deadline: float | None = _option(None, "Longest that the run may take, such as 10m or 90s.")
    timeout: float = _option(10.0, "Longest wait for one answer, such as 10s.")
    retries: int = _option(1, "How often a request without answer, or a 429, is sent again.")
    ca_bundle: Path | None = _option(None, "Certificates to trust instead of the usual ones.")
    proxy: str | None = _option(None, "Proxy that all requests go through, a URL.")
    token_file: Path | None = _option(None, "File that holds the token, and nothing else.")
    known: Path | None = _option(None, "TOML file with known deviations.")
    mock_transport: str = _option(
        "asgi", "How the mock is reached: in process, or over a port.", choices=("asgi", "http")
    )
    max_response_time: float | None = _option(
        None, "Longest that an answer may take, such as 2s; only reported if left out."
    )
    allow_token_rotation: bool = _option(
        False, "Let the token be replaced and deleted; on live services it ends all integrations."
    )
    as_live: bool = _option(
        False, "Go as gently as with the live services, whatever the target is."
    )
