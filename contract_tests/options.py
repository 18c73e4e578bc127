"""The options of a run, from the command line, from pytest or from Python."""

# ruff: noqa: FBT003, RUF009 -- each call declares one option

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h)?")
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:/\s*(s|m|h))?")


def _option(default: Any, about: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": about, **more})


def _duration(option: Any, value: str) -> float:
    found = _DURATION.fullmatch(value.strip())
    seconds = float(found[1]) * _SECONDS[found[2] or "s"] if found else 0.0
    return seconds if seconds > 0 else _refuse(option, value, "a duration such as 90s or 10m")


def _rate(option: Any, value: str) -> float:
    found = _RATE.fullmatch(value.strip())
    rate = float(found[1]) * 60 / _SECONDS[found[2] or "m"] if found else 0.0
    wanted = "a number of requests and a unit of time such as 60/m"
    return rate if rate > 0 else _refuse(option, value, wanted)


def _number(option: Any, value: str) -> int:
    least = option.metadata.get("least", 0)
    if not re.fullmatch(r"[0-9]{1,18}", value.strip()) or int(value) < least:
        _refuse(option, value, f"a whole number from {least}")
    return int(value)


def _choice(option: Any, value: str) -> str:
    choices = option.metadata["choices"]
    return value if value in choices else _refuse(option, value, f"one of {', '.join(choices)}")


def _proxy(option: Any, value: str) -> str:
    if re.fullmatch(r"(?:https?|socks[45]h?)://[^\s/]+/?", value):
        return value
    # The value may contain a password.
    return _refuse(option, "", "a URL such as http://127.0.0.1:3128")


def _path(_: Any, value: str) -> Path:
    return Path(value)


def _refuse(option: Any, value: str, wanted: str) -> NoReturn:
    from contract_tests.errors import OptionError  # imports pytest, which `--help` does not need

    shown = f" {value!r}" if value else ""
    raise OptionError(f"{flag_of(option)}{shown} is invalid; expected {wanted}.")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a run; tokens come from the environment or a file."""

    target: tuple[str, ...] = _option(
        ("mock",), "Target to test: mock, us, de, or a URL; repeatable."
    )
    document: str | None = _option(
        None,
        "OpenAPI document to validate against, a file or a URL; default: the bundled document.",
    )
    content_id: str | None = _option(None, "Id of a content with visits; default: search for one.")
    space_key: str | None = _option(None, "Key of a space with visits; default: search for one.")
    select: tuple[str, ...] = _option(
        (), "Requirements to test: ids, families or tags, comma-separated; repeatable."
    )
    examples: int = _option(
        25, "Maximum number of generated inputs per operation.", least=1, read=_number
    )
    seed: int = _option(
        0, "Seed of the generated inputs; the same seed generates the same inputs.", read=_number
    )
    rate: float | None = _option(
        None,
        "Maximum request rate, such as 60/m; default: 60/m for live services, no limit on this machine.",
        read=_rate,
    )
    budget: int | None = _option(
        None,
        "Maximum number of requests per target; default: 500 for live services, 20000 on this machine.",
        least=1,
        read=_number,
    )
    deadline: float | None = _option(
        None, "Maximum duration of the run, such as 10m or 90s.", read=_duration
    )
    timeout: float = _option(10.0, "Timeout of one request, such as 10s.", read=_duration)
    retries: int = _option(
        1, "Number of retries for a request that gets no response or a 429.", read=_number
    )
    ca_bundle: Path | None = _option(
        None, "Certificates to trust instead of the default ones.", read=_path
    )
    proxy: str | None = _option(None, "URL of a proxy for all requests.", read=_proxy)
    token_file: Path | None = _option(None, "File that contains only the token.", read=_path)
    known: Path | None = _option(None, "TOML file with known deviations.", read=_path)
    max_response_time: float | None = _option(
        None, "Maximum response time, such as 2s; default: report times only.", read=_duration
    )
    residency: str = _option(
        "",
        "Residency of a target URL, us or de; default: from its host name.",
        choices=("us", "de"),
        read=_choice,
    )
    strict: bool = _option(
        False, "Also fail for assumed requirements, and for operations whose rows are not checked."
    )
    as_live: bool = _option(False, "Apply the limits of live services to every target.")

    def __post_init__(self) -> None:
        """Refuse a password in a target, without repeating it."""
        if any("@" in target.partition("//")[2].partition("/")[0] for target in self.target):
            from contract_tests.errors import OptionError

            raise OptionError("--target may not contain a user name or a password.")


def flag_of(option: Any, begin: str = "--") -> str:
    """Return the command-line option for a field of `Options`."""
    return f"{begin}{option.name.replace('_', '-')}"


def options_from(written: Mapping[str, Any]) -> Options:
    """Return options from raw values; None and empty values keep the default.

    `OptionError`: a value is invalid.
    """
    given: dict[str, Any] = {}
    for option in dataclasses.fields(Options):
        value, read = written.get(option.name), option.metadata.get("read")
        if value is not None and value not in ((), []):
            value = read(option, value) if read and isinstance(value, str) else value
            given[option.name] = tuple(value) if isinstance(value, list) else value
    return Options(**given)
