"""The action for GitHub and its example workflow: their form and their scripts."""

import os
import re
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests import Options
from tests.commands import run_process

FILES = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "job-summary"}


@pytest.fixture(scope="module")
def action(checkout: Path) -> Any:
    return yaml.safe_load((checkout / "action.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def workflow(checkout: Path) -> Any:
    return yaml.safe_load((checkout / "docs" / "contract-ci.yml").read_text("utf-8"))


def expressions(value: Any) -> set[str]:
    """Return all expressions in `${{ }}` of a value."""
    return set(re.findall(r"\$\{\{ *(.*?) *\}\}", yaml.safe_dump(value, width=10_000)))


def test_the_action_has_what_github_requires(action: Any) -> None:
    assert {"name", "description", "runs"} <= set(action)
    assert "composite" == action["runs"]["using"]
    assert [] == [name for name, one in action["inputs"].items() if not one.get("description")]
    assert {str} == {type(one["default"]) for one in action["inputs"].values()}
    assert [] == [name for name, one in action["outputs"].items() if "value" not in one]


def test_each_step_has_a_valid_bash_script(action: Any) -> None:
    for step in action["runs"]["steps"]:
        assert {"name", "shell", "env", "run"} <= set(step)
        assert "bash" == step["shell"]
        read = run_process("bash", "-n", "-c", step["run"])
        assert (0, "") == (read.code, read.err)


def test_no_script_contains_expressions(action: Any) -> None:
    assert [] == [step["name"] for step in action["runs"]["steps"] if "${{" in step["run"]]


def test_used_inputs_are_the_declared_ones(action: Any) -> None:
    used = {expression for expression in expressions(action) if expression.startswith("inputs.")}
    assert {f"inputs.{name}" for name in action["inputs"]} == used


def test_inputs_are_options_of_a_run_or_of_the_action(action: Any) -> None:
    options = {field.name.replace("_", "-") for field in fields(Options)}
    own = {"report", "report-dir", "package", "python"}
    assert set() == set(action["inputs"]) - options - own


def test_there_are_no_inputs_for_tokens(action: Any) -> None:
    assert [] == [name for name in action["inputs"] if "token" in name or "secret" in name]
    assert [] == [expression for expression in expressions(action) if "secrets" in expression]


def test_the_action_uploads_nothing_and_uses_no_other_action(action: Any) -> None:
    assert [] == [step for step in action["runs"]["steps"] if "uses" in step]


def run_step(action: Any, folder: Path, contract: str, **inputs: str) -> Any:
    """Run the step of the contract tests, with a script instead of the kit's command."""
    step = action["runs"]["steps"][1]
    command = folder / "contract"
    command.write_text(f"#!/usr/bin/env bash\nprintf '%s\\n' \"$@\" > words\n{contract}\n")
    command.chmod(0o755)
    given = {name: one["default"] for name, one in action["inputs"].items()} | inputs
    variables = {
        name: given[str(value).removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, value in step["env"].items()
        if name != "CONTRACT"
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=folder,
        env={"PATH": os.environ["PATH"], "CONTRACT": str(command), **FILES, **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_inputs_become_options(action: Any, tmp_path: Path) -> None:
    hostile = "$(touch evil) `touch evil` \"; touch evil; '"
    done = run_step(
        action,
        tmp_path,
        "exit 0",
        target="us https://a.example",
        seed="7",
        **{"content-id": hostile},
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert [
        "run", "--target=us", "--target=https://a.example", f"--content-id={hostile}", "--seed=7",
        "--report=html,json,junit,markdown", "--report-dir=contract-reports",
    ] == (tmp_path / "words").read_text().splitlines()  # fmt: skip
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_action_sets_its_exit_code_and_the_summary(
    code: int, action: Any, tmp_path: Path
) -> None:
    writes = f"mkdir contract-reports; echo '# Kept' > contract-reports/summary.md; exit {code}"
    assert code == run_step(action, tmp_path, writes).returncode
    assert f"exit-code={code}\n" == (tmp_path / "output").read_text()
    assert "# Kept\n" == (tmp_path / "job-summary").read_text()


def test_a_failed_run_does_not_show_an_older_summary(action: Any, tmp_path: Path) -> None:
    (tmp_path / "contract-reports").mkdir()
    (tmp_path / "contract-reports" / "summary.md").write_text("# Kept\n")
    assert 2 == run_step(action, tmp_path, "exit 2").returncode
    assert "Kept" not in (tmp_path / "job-summary").read_text()


def test_an_empty_target_is_refused(action: Any, tmp_path: Path) -> None:
    done = run_step(action, tmp_path, "exit 0", target=" ")
    assert 2 == done.returncode
    assert "::error title=Viewtracker contract::The input target is empty" in done.stdout
    assert "exit-code=2\n" == (tmp_path / "output").read_text()
    assert not (tmp_path / "words").exists()


def test_configuration_errors_are_in_an_annotation_and_the_summary(
    action: Any, tmp_path: Path
) -> None:
    done = run_step(action, tmp_path, "echo shown; echo 'no such document: 100%' >&2; exit 2")
    assert (2, "no such document: 100%\n") == (done.returncode, done.stderr)
    assert "shown\n::error title=Viewtracker contract::no such document: 100%25\n" == done.stdout
    assert "no such document: 100%" in (tmp_path / "job-summary").read_text()


def install(action: Any, folder: Path, version_is_fine: bool, package: str) -> list[str]:
    """Run the installing step with a script instead of Python, and return its calls."""
    python = folder / "python"
    python.write_text(
        f'#!/usr/bin/env bash\necho "$@" >> {folder}/calls\n'
        f"if [[ $1 == -c ]]; then exit {0 if version_is_fine else 1}; fi\n"
        f'if [[ $2 == venv ]]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    )
    python.chmod(0o755)
    subprocess.run(
        ["bash", "-eo", "pipefail", "-c", action["runs"]["steps"][0]["run"]],
        env={
            "PATH": os.environ["PATH"], "PYTHON": str(python), "PACKAGE": package,
            "ACTION": "/the/action", "VENV": str(folder / "venv"),
        },
        capture_output=True,
        check=False,
    )  # fmt: skip
    return (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize(("package", "installed"), [
    ("", "/the/action[contract]"),
    ("viewtracker-mock[contract]==1", "viewtracker-mock[contract]==1"),
])  # fmt: skip
def test_the_action_installs_its_checkout_or_the_given_package(
    package: str, installed: str, action: Any, tmp_path: Path
) -> None:
    calls = install(action, tmp_path, version_is_fine=True, package=package)
    assert f"-m venv {tmp_path}/venv" == calls[1]
    assert calls[2].startswith("-m pip install ")
    assert calls[2].endswith(f" {installed}")


def test_the_action_installs_nothing_if_python_is_too_old(action: Any, tmp_path: Path) -> None:
    assert 1 == len(install(action, tmp_path, version_is_fine=False, package=""))


def test_on_a_push_the_workflow_tests_only_the_mock(workflow: Any) -> None:
    # YAML 1.1 reads the key `on` as true.
    assert {"push", "schedule", "workflow_dispatch"} == set(workflow[True])
    assert "github.event_name == 'push'" == workflow["jobs"]["mock"]["if"]
    assert workflow["jobs"]["live"]["if"].startswith("github.event_name != 'push' && ")
    assert not any("secrets." in expression for expression in expressions(workflow["jobs"]["mock"]))


def test_inputs_in_the_workflow_exist(action: Any, workflow: Any) -> None:
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if step["uses"].startswith("OWNER/viewtracker-mock@")]
    assert 2 == len(ours)
    assert set() == {name for step in ours for name in step.get("with", {})} - set(action["inputs"])


def test_the_workflow_has_read_permissions_and_timeouts(workflow: Any) -> None:
    assert {"contents": "read"} == workflow["permissions"]
    assert [] == [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job]
