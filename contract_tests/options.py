"""What can be set in a run; the command line, pytest's options and Python all end up here."""

# ruff: noqa: FBT003, RUF009 -- each call declares one option

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _option(default: Any, about: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": about, **more})


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
    residency: str = _option(
        "",
        "Residency of a target that is a URL; by its host's name if left out.",
        choices=("us", "de"),
    )
    strict: bool = _option(
        False, "Fail also for what is only assumed, and where no rows of an operation are judged."
    )
    as_live: bool = _option(
        False, "Go as gently as with the live services, whatever the target is."
    )


_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h)?")
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:/\s*(s|m|h))?")


def options_from(told: Mapping[str, Any]) -> Options:
    """Make options of what was written; what is None or empty keeps its default.

    Raises:
        OptionError: If a value cannot be used; says which, and how to write it.
    """
    fields = {field.name: field for field in dataclasses.fields(Options)}
    given = {
        name: _read(fields[name], value)
        for name, value in told.items()
        if value is not None and value not in ((), [])
    }
    return Options(**given)


def _read(field: Any, value: Any) -> Any:
    if isinstance(field.default, bool) or not isinstance(value, str):
        return tuple(value) if isinstance(value, list) else value
    if field.name == "rate":
        return _rate(value)
    if field.name in {"deadline", "timeout", "max_response_time"}:
        return _duration(field.name, value)
    if field.name in {"ca_bundle", "token_file", "known"}:
        return Path(value)
    if field.name in {"seed", "examples", "budget", "retries"}:
        return _number(field, value)
    choices = field.metadata.get("choices")
    if choices and value not in choices:
        raise _wrong(field.name, value, f"one of {', '.join(choices)}")
    return value


def _duration(name: str, value: str) -> float:
    found = _DURATION.fullmatch(value.strip())
    seconds = float(found[1]) * _SECONDS[found[2] or "s"] if found else 0.0
    if seconds <= 0:
        raise _wrong(name, value, "a duration such as 90s or 10m")
    return seconds


def _rate(value: str) -> float:
    found = _RATE.fullmatch(value.strip())
    rate = float(found[1]) * 60 / _SECONDS[found[2] or "m"] if found else 0.0
    if rate <= 0:
        raise _wrong("rate", value, "a number of requests and a unit of time such as 60/m")
    return rate


def _number(field: Any, value: str) -> int:
    least = field.metadata.get("least", 0)
    if not re.fullmatch(r"[0-9]{1,18}", value.strip()) or int(value) < least:
        raise _wrong(field.name, value, f"a whole number from {least}")
    return int(value)


def _wrong(name: str, value: str, wanted: str) -> Exception:
    from contract_tests.errors import OptionError  # needs pytest, which `--help` does without

    return OptionError(f"--{name.replace('_', '-')} {value!r} cannot be used; write {wanted}.")
