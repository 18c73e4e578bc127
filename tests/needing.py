"""Optional programs: if one is missing, a test is skipped, or fails on CI."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

NODE_MODULES = Path(__file__).parents[1] / "node_modules"
INSTALL = {
    "chromium": "apt-get install chromium", "chromedriver": "apt-get install chromium-driver",
    "curl": "apt-get install curl", "jq": "apt-get install jq",
    "node": "apt-get install nodejs npm", "npm": "apt-get install nodejs npm",
}  # fmt: skip
"""How to install each program on Debian; other systems have packages of the same names."""

_ALSO_CALLED = {"chromium": ("chromium-browser", "google-chrome")}


def program(name: str) -> str:
    """Find a program, or skip the running test."""
    found = next(filter(None, map(shutil.which, (name, *_ALSO_CALLED.get(name, ())))), None)
    if found is None:
        _skip(f"{name} is not installed; run `{INSTALL[name]}`")
    return found


def node_module(path: str) -> Path:
    """Find a file in `node_modules` that Node.js can run, or skip the running test."""
    program("node")
    if not (NODE_MODULES / path).exists():
        _skip("the Node.js packages are not installed; run `make lint-documents`")
    return NODE_MODULES / path


def _skip(reason: str) -> NoReturn:
    if "CI" in os.environ:
        pytest.fail(f"{reason}.")
    pytest.skip(reason)
