"""Secrets in reports: all are found, and every text is prepared."""

import html
import json
from dataclasses import fields, is_dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.model import Exchange, Finding, Outcome, Run, Verdict
from contract_tests.reports.secrets import MOST_CHARACTERS, SecretFilter, prepared
from contract_tests.wire.redaction import FILTERED
from tests.contract_tests.made_reports import make_exchange, make_finding, make_run

SECRET = 'vt~Qm9+T0/en"4&f8<a1c=='
PLAIN = 'a%20b \\"c\\" &amp; \u0130 dotless'
SPELLINGS = {
    "as it is": SECRET,
    "in another case": SECRET.upper(),
    "escaped for URLs": quote(SECRET, safe=""),
    "escaped for URLs twice": quote(quote(SECRET, safe=""), safe=""),
    "all of it escaped for URLs": "".join(f"%{ord(one):02x}" for one in SECRET),
    "some of it escaped for URLs": SECRET.replace("Q", "%51"),
    "escaped for JSON": json.dumps(SECRET)[1:-1],
    "escaped for JSON twice": json.dumps(json.dumps(SECRET))[3:-3],
    "as JSON code points": "".join(f"\\u{ord(one):04X}" for one in SECRET),
    "with JSON's slashes": SECRET.replace("/", "\\/"),
    "as Python writes bytes": "".join(f"\\x{ord(one):02x}" for one in SECRET),
    "escaped for HTML": html.escape(SECRET),
    "as HTML numbers": "".join(f"&#{ord(one)};" for one in SECRET),
    "as HTML hexadecimal numbers": "".join(f"&#X{ord(one):X};" for one in SECRET),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_secrets_are_redacted_in_every_encoding(spelling: str) -> None:
    assert f"before {FILTERED} after" == SecretFilter([SECRET]).redact(f"before {spelling} after")


@pytest.mark.parametrize("at", [0, 7, 20, 31])
def test_altered_and_truncated_tokens_are_mostly_redacted(at: int) -> None:
    token = "Zk3TqLw8RbN5xYv0PsGh2JdM7cAeUf94"
    for sent in (token[:at] + "!" + token[at + 1 :], token[:at], token[at + 1 :]):
        assert (
            len(SecretFilter([token]).redact(f"({sent})").replace(FILTERED, "")) <= len("(!)") + 11
        )


@pytest.mark.parametrize(("secrets", "text", "redacted"), [
    (["abc123", "xyz789"], "abc123xyz789.", f"{FILTERED}{FILTERED}."),
    (["token", "my-token-us"], "-my-token-us-", f"-{FILTERED}-"),
    (["token"], "\u0130\u0130(Token)", f"\u0130\u0130({FILTERED})"),
    (["secret", "", "  "], PLAIN, PLAIN),
    (["tok"], '{\\"a\\": \\"tok\\"}', f'{{\\"a\\": \\"{FILTERED}\\"}}'),
    (["tok-en\n"], "(tok-en)", f"({FILTERED})"),
], ids=["adjacent", "nested", "a letter whose lower case is longer", "none", "before an escape",
        "white space around"])  # fmt: skip
def test_only_secrets_are_redacted(secrets: list[str], text: str, redacted: str) -> None:
    assert redacted == SecretFilter(secrets).redact(text)


@given(before=st.text(), after=st.text())
def test_a_secret_is_redacted_in_any_text(before: str, after: str) -> None:
    assert SECRET not in SecretFilter([SECRET]).redact(before + SECRET + after)
    assert FILTERED in SecretFilter([SECRET]).redact(before + SECRET + after)


def append_to_texts(value: Any, word: str) -> Any:
    """Append a word to every text of a value."""
    if isinstance(value, Verdict):
        return value
    if isinstance(value, str):
        return value + word
    if isinstance(value, bytes):
        return value + word.encode()
    if isinstance(value, dict):
        return {key + word: append_to_texts(one, word) for key, one in value.items()}
    if isinstance(value, tuple | frozenset):
        return type(value)(append_to_texts(one, word) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{
                field.name: append_to_texts(getattr(value, field.name), word)
                for field in fields(value)
            },
        )
    return value


def shown_exchange(broken: Outcome, exchange: Exchange) -> Exchange:
    finding = replace(broken.findings[0], exchange=exchange)
    shown = prepared(make_run(replace(broken, findings=(finding,))), [])
    found = shown.outcomes[0].findings[0].exchange
    assert found is not None
    return found


def test_tokens_are_redacted_in_every_text_of_a_run(run: Run, token: str) -> None:
    shown = prepared(append_to_texts(run, token), [token])
    assert token in repr(append_to_texts(run, token))
    assert append_to_texts(run, FILTERED) == replace(shown, notes=())


def test_notes_name_the_place_of_a_token(run: Run, token: str) -> None:
    finding = make_finding(message=f"I know {token}.")
    leaky = replace(run, outcomes=(replace(run.outcomes[0], findings=(finding,)),))
    (note,) = prepared(leaky, [token]).notes
    assert "/outcomes/0/findings/0/message." in note
    assert token not in note


def test_a_run_without_tokens_is_unchanged(run: Run, token: str) -> None:
    assert run == prepared(run, [token])


def test_long_bodies_are_truncated_with_a_note(broken: Outcome) -> None:
    body = b"x" * (100 * MOST_CHARACTERS)
    shown = shown_exchange(broken, make_exchange(body=body)).body.decode()
    assert f"\n[{99 * MOST_CHARACTERS} more characters not shown]" == shown[MOST_CHARACTERS:]


@pytest.mark.parametrize("before", [MOST_CHARACTERS - 3, MOST_CHARACTERS * 10 - 3])
def test_truncated_texts_have_no_partial_tokens(before: int, broken: Outcome, token: str) -> None:
    leaky = replace(broken, reason="." * before + token)
    assert token[:3] not in prepared(make_run(leaky), [token]).outcomes[0].reason


def test_binary_bodies_are_escaped(broken: Outcome) -> None:
    shown = shown_exchange(broken, make_exchange(body=b"\xff\x00 \xc3\xa9"))
    assert "\\xff\\x00 é".encode() == shown.body


@pytest.mark.parametrize("hidden", ["\x1b", "\u202e", "\ud800", "\ufeff", "\u200b", "\x85"])
def test_invisible_characters_are_escaped(hidden: str, broken: Outcome) -> None:
    finding: Finding = make_finding(message=f"a{hidden}\tb\n")
    shown = prepared(make_run(replace(broken, findings=(finding,))), [])
    assert f"a{hidden.encode('unicode-escape').decode()}\tb\n" == (
        shown.outcomes[0].findings[0].message
    )
