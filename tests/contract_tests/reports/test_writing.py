from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract_tests.errors import ContractKitError
from contract_tests.model import Run
from contract_tests.reports import KINDS, write_reports

Make = Callable[..., Any]


def test_each_kind_of_report_is_written_once_in_the_given_order(run: Run, tmp_path: Path) -> None:
    written = write_reports(run, tmp_path / "a" / "b", ["junit", "html", "junit"], [])
    assert ["junit.xml", "report.html"] == [path.name for path in written]
    assert sorted(written) == sorted((tmp_path / "a" / "b").iterdir())


def test_the_same_run_gives_the_same_reports(run: Run, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_reports(run, tmp_path, KINDS, [])]
    assert first == [path.read_bytes() for path in write_reports(run, tmp_path, KINDS, [])]


def test_an_unknown_kind_of_report_is_refused_before_writing(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ContractKitError, match=r"^'pdf' is not a kind of report; expected html, "):
        write_reports(run, tmp_path / "new", ["html", "pdf"], [])
    assert not (tmp_path / "new").exists()


def test_an_unwritable_directory_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ContractKitError, match=r"Reports cannot be written to .*file: File exists"):
        write_reports(run, tmp_path / "file", KINDS, [])


@pytest.mark.parametrize("kind", KINDS)
def test_reports_have_no_tokens(
    kind: str, make_run: Make, make_finding: Make, make_exchange: Make, broken: Any, token: str,
    tmp_path: Path
) -> None:  # fmt: skip
    exchange = make_exchange(
        url=f"http://127.0.0.1/x?access_token={token}", body=f'{{"echo": "{token}"}}'.encode(),
        request_headers=(("Authorization", f"Bearer {token}"),), failure=f"{token} was refused",
        response_headers=(("Location", f"/login?{token}"), (token, "x")),
    )  # fmt: skip
    finding = make_finding(
        message=f"got {token}", pointer=f"/{token}", place=f"/{token}",
        curl=f"curl -H 'X: {token}'", exchange=exchange,
    )  # fmt: skip
    known = replace(broken, reason=token, findings=(finding,), target=f"us {token}")
    leaky = make_run(known, notes=(token,), targets={token: token}, versions={token: token})

    (path,) = write_reports(leaky, tmp_path, [kind], [token])

    text = path.read_text("utf-8")
    assert [part for part in ("Qm9", "4f8", "a1c") if part in text] == []
    assert "[filtered]" in text.replace("\\", "")
    assert "A token occurred in this run" in text
    assert [path] == list(tmp_path.iterdir())
