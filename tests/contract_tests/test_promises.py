"""The sources of requirements, and the start and end of a run."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract_tests import Options, run
from contract_tests.errors import OptionError
from contract_tests.model import Source, Verdict
from contract_tests.running import requirements
from contract_tests.wire.targets import open_targets
from tests.commands import run_process
from tests.contract_tests.conftest import TOKEN
from tests.contract_tests.servers import DEFECTIVE_SERVERS, ConformingServer

MAIN = "from contract_tests.cli import main; main()"


def test_requirements_have_sentences_and_only_assumed_ones_are_warnings() -> None:
    for requirement in requirements():
        assert requirement.sentence.endswith(".")
        assert (
            requirement.is_error is (requirement.source is not Source.ASSUMED)
            or requirement.id == "MANNERS-09"
        )


@pytest.mark.parametrize(
    ("is_strict", "verdict", "code"), [(False, "warned", 0), (True, "broke", 1)]
)
def test_assumed_requirements_fail_only_strict_runs(
    is_strict: bool, verdict: str, code: int
) -> None:
    server = DEFECTIVE_SERVERS["options-say-nothing"].make("us")
    result = run(Options(select=("MANNERS-18",), strict=is_strict), {"us": server.target()})
    assert [verdict] == [outcome.verdict for outcome in result.outcomes]
    assert code == result.exit_code


@pytest.mark.parametrize("known", [{}, {"content_id": "", "space_key": ""}], ids=["ids", "no ids"])
def test_a_run_ends_after_one_request_if_the_token_is_refused(known: dict[str, str]) -> None:
    server, requests = ConformingServer("us"), []
    target = replace(server.target(), **known)
    server.generate()
    respond = server.respond
    server.respond = lambda request: requests.append(request.url.path) or respond(request)
    with pytest.raises(OptionError, match="rejected the token"):
        run(Options(), {"us": target})
    assert 1 == len(requests)


def test_errors_repeat_the_requirement_as_typed(command: Any) -> None:
    code, _, err = command("run", "--select", "AUTH-99")
    assert 2 == code
    assert "--select 'AUTH-99'" in err


def test_sentences_are_available_without_docstrings() -> None:
    output = run_process(sys.executable, "-OO", "-c", MAIN, "list").out
    assert "AUTH-01  Every operation accepts the valid token." in output


@pytest.mark.parametrize(("url", "option", "residency"), [
    ("https://de.viewtracker.aws.bitvoodoo.cloud", "", "de"),
    ("https://de-proxy.example", "", "de"), ("https://proxy.example", "", ""),
    ("http://127.0.0.1:8081", "de", "de"),
])  # fmt: skip
def test_the_residency_of_a_url_comes_from_its_host_or_the_option(
    monkeypatch: pytest.MonkeyPatch, url: str, option: str, residency: str
) -> None:
    for name in ("US", "DE"):
        monkeypatch.setenv(f"VIEWTRACKER_TOKEN_{name}", TOKEN + name)
    monkeypatch.setenv("VIEWTRACKER_TOKEN", TOKEN)
    with open_targets(Options(target=(url,), residency=option)) as targets:
        target = targets[url]
    assert residency == target.residency
    assert target.other_token == (TOKEN + "US" if residency else None)


def test_responses_of_a_busy_service_are_retried_and_not_reported(
    checked: Any, server: Any
) -> None:
    server.responses += [(503, {"Retry-After": "0"})] * 2
    result = checked(
        'wire.send("GET", PATH); findings.add("never")',
        'wire.send("GET", PATH); findings.checked("getSearches")', is_live=False, retries=1,
    )  # fmt: skip
    assert [Verdict.NOT_RUN, Verdict.HELD] == [outcome.verdict for outcome in result.outcomes]
    assert "still requests to retry later (503)" in result.outcomes[0].reason


def test_a_dropped_connection_is_recorded_despite_a_retry(checked: Any, server: Any) -> None:
    server.responses += [(0, {})]
    result = checked(
        'wire.send("GET", PATH); findings.add(str(wire.broken[0][2]))', is_live=False, retries=1,
    )  # fmt: skip
    assert "there was no response" in result.outcomes[0].findings[0].message


def test_reports_are_written_after_sigterm(tmp_path: Path) -> None:
    words = ["-c", MAIN, "run", "--report", "json", "--report-dir", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("["):
                os.kill(process.pid, signal.SIGTERM)
                break
        process.stderr.read()

    assert 2 == process.returncode
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert "interrupted" in report["cut_short"]
    assert len(report["outcomes"]) >= 3
