"""The wheel contains all files of the packages, and works when installed."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.commands import PATIENCE, Serving, run_process


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    """A wheel of the checkout, built by the installed backend."""
    made = tmp_path_factory.mktemp("wheel")
    words = ("-m", "build", "--wheel", "--no-isolation", "--outdir", made, checkout)
    done = run_process(sys.executable, *words)
    assert 0 == done.code, done.out + done.err
    (built,) = made.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment with the wheel and its dependencies.

    The dependencies are those of the running environment, added by a `.pth` file. Its own `.pth`
    files are not read then, so the checkout that is linked there is not imported.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    base = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", base))
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return folder / "bin"


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_every_bundled_file(wheel: Path, checkout: Path) -> None:
    expected = {
        f"mock_server/{path.relative_to(checkout).as_posix()}"
        for folder in ("openapi", "fixtures")
        for path in (checkout / folder).rglob("*")
        if path.is_file()
    }
    assert {"mock_server/openapi/viewtracker-v2.yaml", "mock_server/fixtures/worlds/demo.toml",
            "mock_server/fixtures/vocabulary/en.toml"} <= expected  # fmt: skip
    expected |= {
        "mock_server/pages/assets/pages.css", "mock_server/pages/templates/layout.html.jinja",
        "mock_server/py.typed", "contract_tests/py.typed", "contract_tests/suite/test_schema.py",
        "contract_tests/reports/report.schema.json",
        "contract_tests/reports/templates/report.html.jinja",
    }  # fmt: skip

    assert set() == expected - names_in(wheel)


def test_the_wheel_has_only_the_two_packages(wheel: Path) -> None:
    names = names_in(wheel)
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"contract_tests", "mock_server"}
    assert [name for name in names if re.search(r"__pycache__|(^|/)tests/|/\.", name)] == []


def test_packages_are_imported_from_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    program = "import contract_tests, mock_server; print(mock_server.__file__)"
    done = subprocess.run(
        [installed / "python", "-c", program],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_the_installed_mock_responds(installed: Path, tmp_path: Path) -> None:
    program = (installed / "viewtracker-mock",)
    with Serving(log=tmp_path / "log", program=program, env=environment()) as serving:
        response = httpx.get(
            f"{serving.url}/api/v2/report/searches",
            headers={"Authorization": "Bearer demo-token-us"},
            timeout=PATIENCE,
        )
    assert response.status_code == 200, response.text
    assert "results" in response.json()


@pytest.mark.parametrize("command", ["viewtracker-mock", "viewtracker-contract"])
def test_installed_commands_have_a_version(installed: Path, wheel: Path, command: str) -> None:
    done = subprocess.run(
        [installed / command, "--version"],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split()[-1] == wheel.name.split("-")[1]


def environment() -> dict[str, str]:
    """Return the environment without variables that would add the checkout to the path."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
