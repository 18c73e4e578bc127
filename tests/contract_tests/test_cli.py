"""The command `viewtracker-contract`, run in this process."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from contract_tests.errors import OptionError
from contract_tests.options import options_from
from tests.made_documents import fields, listed, responding, write


def test_a_run_without_options_tests_the_mock_successfully(command: Any, tmp_path: Path) -> None:
    code, out, err = command(
        "run", "--select", "schema", "--examples", "3", "--report-dir", str(tmp_path)
    )

    assert (0, True) == (code, "held" in out), out
    assert "Testing mock us in this process" in err
    assert ["junit.xml", "report.html", "report.json", "summary.md"] == sorted(
        path.name for path in tmp_path.iterdir()
    )
    assert {"mock us", "mock de"} == set(
        json.loads((tmp_path / "report.json").read_text())["targets"]
    )
    assert [] == [p.name for p in tmp_path.iterdir() if "demo-token" in p.read_text("utf-8")]


def test_the_target_is_printed_first(
    command: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIEWTRACKER_TOKEN", "a-token-from-outside")
    code, out, err = command(
        "run", "--target", server.url, "--as-live", "--rate", "100000/s", "--budget", "1",
        "--select", "schema", "--retries", "0",
    )  # fmt: skip
    first = err.splitlines()[0]
    assert f"Testing {server.url}, at most 1 requests" in first
    assert "only GET, HEAD, OPTIONS" in first
    assert 1 == len(server.requests)
    assert "cut short" in out
    assert code in {1, 2}
    assert "a-token-from-outside" not in out + err


def test_list_and_plan_send_no_requests(command: Any, server: Any) -> None:
    code, out, _ = command("list", "--select", "schema")
    assert 0 == code
    assert re.search(r"^SCHEMA-\d\d  \S", out, re.MULTILINE)
    code, out, _ = command("plan", "--target", server.url, "--target", "us", "--examples", "7")
    assert 0 == code
    assert "3 operations, 7 generated inputs" in out
    assert re.search(rf"^{server.url}: at most \d+ requests", out, re.MULTILINE)
    assert re.search(
        r"^us: at most \d+ requests, up to \d+ minutes; limits: at most 500 requests, 60 a minute",
        out,
        re.MULTILINE,
    )
    assert [] == server.requests


@pytest.mark.parametrize(("words", "message"), [
    (["run", "--target", "us"], "There is no token; set VIEWTRACKER_TOKEN_US or VIEWTRACKER_TOKEN, or use --token-file."),
    (["run", "--target", "nowhere"], "'nowhere' is invalid"),
    (["run", "--select", "nothing"], "matches no requirement"),
    (["run", "--document", "none.yaml"], "none.yaml"),
    (["run", "--known", "none.toml"], "cannot be read"),
    (["run", "--report", "pdf"], "'pdf' is invalid"),
    (["run", "--rate", "fast"], "--rate 'fast' is invalid; expected a number of requests"),
    (["run", "--proxy", "me:secret@nonsense"], "--proxy is invalid; expected a URL such as"),
    (["run", "--residency", "fr"], "expected one of us, de"),
    (["run", "--token", "x"], "No such option"),
    (["list", "--select", "nothing"], "matches no requirement"), (["brew"], "No such command"),
])  # fmt: skip
def test_invalid_options_give_exit_code_2(command: Any, words: list[str], message: str) -> None:
    code, _, err = command(*words)
    assert 2 == code
    assert message in err
    assert "Traceback" not in err
    assert "secret" not in err


def test_an_invalid_document_gives_exit_code_2_before_anything_is_sent(
    command: Any, tmp_path: Path
) -> None:
    document = responding(fields(results=listed({"type": "string", "anonymous": None})))

    code, out, err = command("run", "--document", str(write(document, tmp_path)))

    assert 2 == code
    assert (
        "document.json: /paths/~1spaces~1{key}~1visits/get/responses/200 is not valid OpenAPI."
        in err
    )
    assert "Testing" not in out + err


@pytest.mark.parametrize(("given", "expected"), [
    ({"rate": "60/m"}, {"rate": 60.0}), ({"rate": "2/s"}, {"rate": 120.0}),
    ({"rate": "30"}, {"rate": 30.0}), ({"deadline": "10m"}, {"deadline": 600.0}),
    ({"deadline": "1.5h"}, {"deadline": 5400.0}), ({"timeout": "250ms"}, {"timeout": 0.25}),
    ({"seed": "7", "examples": None, "select": []}, {"seed": 7, "examples": 25, "select": ()}),
    ({"known": "k.toml"}, {"known": Path("k.toml")}),
    ({"target": ["us", "de"]}, {"target": ("us", "de")}),
])  # fmt: skip
def test_options_are_parsed(given: Any, expected: Any) -> None:
    options = options_from(given)
    assert expected == {name: getattr(options, name) for name in expected}


@pytest.mark.parametrize(
    "given",
    [{"rate": "0/m"}, {"rate": "1/d"}, {"deadline": "0s"}, {"deadline": "-1m"}, {"seed": "-1"},
     {"seed": "٣"}, {"budget": "0"}, {"examples": "many"}, {"timeout": "nan"}],
)  # fmt: skip
def test_invalid_values_of_options_are_refused(given: Any) -> None:
    with pytest.raises(OptionError, match="is invalid; expected"):
        options_from(given)


def test_an_unwritable_recording_is_refused_before_any_request(
    command: Any, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIEWTRACKER_TOKEN", "a-token-of-the-test")
    (tmp_path / "file").write_text("")
    code, _, err = command("run", "--target", server.url, "--record", str(tmp_path / "file/x.har"))
    assert 2 == code
    assert str(tmp_path / "file") in err
    assert [] == server.requests
