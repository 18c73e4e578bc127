"""Read user-specified files, as bytes, text or TOML, with a size limit."""

import tomllib
from pathlib import Path
from typing import Any

LARGEST = 32 * 1024 * 1024
"""Maximum size in bytes; larger files and endless devices are refused."""


def read_bytes(path: Path, error: type[Exception], *, largest: int = LARGEST) -> bytes:
    """Read a file, or a pipe to its end; raise `error` if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as reason:
        raise error(f"{path} cannot be read: {reason.strerror}.") from reason
    except ValueError as reason:  # such as a null character in its name
        raise error(f"{str(path)!r} cannot be read: {reason}.") from reason
    if len(content) > largest:
        raise error(f"{path} is too large; up to {largest:,} bytes are read.")
    return content


def read_text(path: Path, error: type[Exception], *, largest: int = LARGEST) -> str:
    """Read a UTF-8 file, with or without a byte order mark; raise `error` as `read_bytes` does."""
    try:
        return read_bytes(path, error, largest=largest).decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise error(f"{path} is not UTF-8 at byte {reason.start}.") from reason


def read_toml(path: Path, error: type[Exception]) -> dict[str, Any]:
    """Read a TOML file; raise `error` as `read_text` does."""
    try:
        return tomllib.loads(read_text(path, error))
    except RecursionError as reason:
        raise error(f"{path} is nested too deeply.") from reason
    except ValueError as reason:  # invalid TOML, or integers with thousands of digits
        raise error(f"{path} is not TOML: {reason}.") from reason
