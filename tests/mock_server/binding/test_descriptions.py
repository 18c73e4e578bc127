"""What is read in the descriptions of a document, and in names."""

import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mock_server.binding.descriptions import (
    coerced_size,
    counts_known,
    decimals,
    default_end,
    default_hours,
    default_size,
    edge_of,
    fills_gaps,
    is_absent_for_anonymous,
    last_hours,
    left_out_by,
    number_of_top,
    recent_in,
    refuses_reversed,
    says,
    starts_with,
    word_for_anonymous,
    word_for_protected,
)
from mock_server.binding.fields import Part

READ: dict[str, Callable[[str], Any]] = {
    "absent for anonymous": is_absent_for_anonymous,
    "counts known": counts_known,
    "decimals": partial(decimals, usual=4),
    "default end": default_end,
    "default hours": default_hours,
    "default size": default_size,
    "edge of a start": partial(edge_of, part=Part.START),
    "edge of an end": partial(edge_of, part=Part.END),
    "fills gaps": fills_gaps,
    "first interval": starts_with,
    "hours": last_hours,
    "largest size": coerced_size,
    "left out": lambda text: sorted(left_out_by(text, is_of_viewers=True)),
    "number of top": number_of_top,
    "recent": lambda name: (found := recent_in(name)) and [found[0], found[1].strip()],
    "refuses reversed": lambda text: refuses_reversed([text], "from", "to"),
    "word for anonymous": word_for_anonymous,
    "word for protected": word_for_protected,
}
MEANINGS = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))
CASES = [
    pytest.param(meaning["of"], sentence, meaning.get("is"), id=f"{meaning['of']}: {sentence}")
    for meaning in MEANINGS["meaning"]
    for sentence in meaning["sentences"]
]


@pytest.mark.parametrize(("meaning", "sentence", "expected"), CASES)
def test_a_sentence_of_a_description_has_its_meaning(
    meaning: str, sentence: str, expected: Any
) -> None:
    assert READ.get(meaning, partial(says, meaning))(sentence) == expected
