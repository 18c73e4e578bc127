import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.reports.secrets import SecretFilter
from contract_tests.wire.redaction import FILTERED

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
