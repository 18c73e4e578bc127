"""World files: invalid ones are refused in one sentence, and every key is explained."""

import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from mock_server.errors import WorldError
from mock_server.openapi.load import bundled
from mock_server.world.domain import Residency
from mock_server.world.file import WorldFile, read_world
from mock_server.world.model import FileModel

WORLDS = ("demo", "edge-cases", "empty", "privacy", "tiny")

HEAD = 'name = "mine"\ninstalled = 2026-01-01\n'
SPACE = '[[spaces]]\nkey = "DOCS"\nname = "Docs"\n'
PAGE = '[[contents]]\nid = 1001\ntitle = "Home"\nspace = "DOCS"\ncreated = 2026-01-02T00:00:00Z\n'
ACCOUNT = '[[accounts]]\nid = "5f0c1d2e3a4b5c6d7e8f9a0b"\nname = "Ada"\n'
BURST = "[[bursts]]\ncontent = 1001\nstart = 2026-01-03T00:00:00Z\n"
SITE = HEAD + SPACE + PAGE + ACCOUNT

WRONG = [
    ("name = ", "is not TOML: Invalid value"), ("x = " + "[" * 5000, "is nested too deeply"),
    ("x = " + "9" * 5000, "is not TOML: Exceeds the limit"),
    ('name = "x"', "installed is missing; it must be a day from 1970 on"),
    ("installed = 2026-01-01", "name is missing; it must be letters"),
    ('instaled = 1\nname = "x"', "'instaled' is not a key; .* Did you mean 'installed'?"),
    ('name = "x"\ninstalled = 2026-01-01T00:00:00Z',
     "installed is 2026-01-01 00:00:00.00:00; it must be a day"),
    (HEAD + "spaces = 1", r"spaces is 1; it must be a list of tables, .*\[\["),
    (HEAD + "spaces = [1]", r"spaces, item 1, is 1; it must be a table"),
    (HEAD + "[sites.uk]", r"\[sites\]: 'uk' is not a key; known are us, de"),
    (HEAD + "[sites.us]\ntimezone = 'Berlin'", "timezone is 'Berlin'; it must be a zone"),
    (HEAD + "[sites.us]\ntimezone = 'localtime'", "timezone is 'localtime'; it must be a"),
    (HEAD + "[sites.us]\ntimezone = '../../etc'", "timezone is '../../etc'; it must be"),
    (HEAD + "[sites.us]\nshifts = []",
     "shifts is a list; it must be one or more hours from -12 to 12"),
    (HEAD + "[sites.us]\nshifts = [1, 13]", "shifts, item 2, is 13; it must be one or more hours"),
    (HEAD + "[sites.us]\nlocale = 'de'", "locale is 'de'; it must be like en_US"),
    (HEAD + "[sites.us]\nlocale = 'de_DX'\n[generated]\naccounts = 1",
     r"\[sites.us\]: locale is 'de_DX'; .*Faker has. Did you mean 'de_"),
    (HEAD + "[traffic]\nvisits = nan", "visits is nan; it must be a number from 0 to 1,000,0"),
    (HEAD + "[traffic]\nvisits = 1\nanonymous = 0.6\nprotected = 0.6",
     "protected is 0.6; together with anonymous it must be at most 1"),
    (HEAD + "[traffic]\nvisits = 1\nmistyped = 0.6\nunwritten = 0.6",
     "unwritten is 0.6; together with mistyped it must be at most 1"),
    (HEAD + "[traffic]\nvisits = 1\nanonymous = 0.5\nprotected = 0.5",
     "protected is 0.5; but no account of us is protected"),
    (HEAD + "[traffic]\nvisits = 1\nanonymous = 0.5",
     "anonymous is 0.5; but us has no account for the other rows"),
    (HEAD + "[[generated.spaces]]\nkind = 'personal'\npages = 1",
     "spaces is a list; a personal space belongs to an account, so set"),
    (HEAD + "[[generated.spaces]]\nkind = 'persnal'\npages = 1",
     "kind is 'persnal'; it must be one of team, personal. Did you mean 'personal'"),
    (HEAD + "[[generated.spaces]]\nkind = 1\npages = 1", "kind is 1; it must be one of"),
    (HEAD + "[[generated.spaces]]", "pages is missing; it must be a whole number from 1"),
    (HEAD + SPACE * 2, r"\[\[spaces\]\] number 2: key is 'DOCS'; another space has or had"),
    (HEAD + SPACE + "formerly = 'DOCS'", "formerly is 'DOCS'; another space has or had"),
    (HEAD + "[[spaces]]\nkey = 'A B'\nname = 'x'", "key is 'A B'; it must be 1 to 255"),
    (HEAD + "[[spaces]]\nkey = 'A'\nname = ''", "name is ''; it must be one line of 1"),
    (HEAD + SPACE + PAGE * 2, "number 2: id is 1001; another content has this id"),
    (SITE.replace('space = "DOCS"', 'space = "DOC"'), "space is 'DOC'; .*mean 'DOCS'?"),
    (SITE.replace("id = 1001", "id = 0"), "id is 0; it must be a whole number from 1 to 9223"),
    (SITE.replace("id = 1001", "id = 1001\ntype = 'attachment'"), "parent is missing; an att"),
    (SITE.replace("id = 1001", "id = 1001\nparent = 1"), "parent is 1; it must be the id of"),
    (SITE + SPACE.replace("DOCS", "B")
     + PAGE.replace("1001", "2\nparent = 1001").replace("DOCS", "B"),
     "number 2: parent is 1001; it must be the id of a content of the same space, above"),
    (SITE.replace("00Z\n", "00Z\ntrashed = 2026-01-03T00:00:00Z\n")
     + "[[visits]]\ntime = 2026-01-03T00:00:00Z\ncontent = 1001",
     "time is 2026-01-03 .*; the content is not there, or no longer there"),
    (SITE + PAGE.replace("1001", "1002\nparent = 1001").replace("-02T", "-01T"),
     "created is .*; it must not be earlier than that of the parent"),
    (SITE.replace("00Z\n", "00Z\ntrashed = 2026-01-01T00:00:00Z\n"),
     "trashed is .*; it must not be earlier than created"),
    (SITE.replace("00Z\n", "00Z\ndeleted = 2026-01-01T00:00:00Z\n"),
     "deleted is .*; it must not be earlier than created and trashed"),
    (SITE.replace("00:00:00Z", "00:00:00"), "created is .*; it must be a time .* an offset"),
    (SITE + ACCOUNT, r"\[\[accounts\]\] number 2: id is '5f0c.*another viewer has this id"),
    (SITE.replace("5f0c1d2e3a4b5c6d7e8f9a0b", "Anonymous"), "another viewer has this id"),
    (SITE + "protected = 1", "protected is 1; it must be true or false"),
    (SITE + "[[visits]]\ntime = 2026-01-03T00:00:00Z\ncontent = 1002",
     "content is 1002; no content of this residency has that id. Did you mean '1001'"),
    (SITE + "[[visits]]\ntime = 2026-01-01T12:00:00Z\ncontent = 1001",
     "time is .*; the content is not there, or no longer there, at that time"),
    (SITE + "[[visits]]\ntime = 2026-01-03T00:00:00Z\ncontent = 1001\naccount = 'anonymus'",
     "account is 'anonymus'; it must be Anonymous .* Did you mean 'Anonymous'?"),
    (SITE + "[[searches]]\ntime = 2025-12-31T23:59:59.999Z\nterm = 'x'\nresults = 1",
     "time is .*; there are no rows before installed, 2026-01-01"),
    (SITE + "[[searches]]\nresidency = 'uk'\ntime = 2026-01-03T00:00:00Z\nterm = 'x'",
     "residency is 'uk'; it must be one of us, de"),
    (SITE + BURST + "count = 2\nevery_ms = 253402300799999",
     "every_ms is .*; the last visit of the burst is beyond the year 9999"),
    (SITE + BURST + "count = 1\nevery_ms = 1\naccounts = ['Anonymous', 'Eve']",
     "accounts, item 2, is .Eve.; it must be Anonymous or the id of an account"),
]  # fmt: skip

Read = Callable[[str], WorldFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str) -> WorldFile:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return read_world(str(path))

    return read_text


@pytest.mark.parametrize("name", WORLDS)
def test_bundled_worlds_are_found_by_their_name(name: str) -> None:
    assert name == read_world(name).model.name


def tables_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in schema["$defs"].values() if "properties" in one]


def test_the_demo_world_explains_every_key() -> None:
    text = bundled("fixtures", "worlds", "demo.toml").read_text(encoding="utf-8")
    schema = FileModel.model_json_schema()
    keys = {*schema["properties"], *chain(*(one["properties"] for one in tables_of(schema)))}
    tables = re.findall(r"(?m)^(?:# )?\[+([\w.]+)\]", text)
    explained = set(re.findall(r"(?m)^(?:# )?(\w+) = ", text))
    explained.update(*(table.split(".") for table in tables))
    assert {"residency"} == keys - explained
    assert "`residency" in text


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[one for _, one in WRONG])
def test_an_invalid_world_file_is_refused_in_one_sentence(
    read: Read, text: str, sentence: str
) -> None:
    with pytest.raises(WorldError, match=sentence) as caught:
        read(text)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "sentence"), [
    ("{folder}/latin.toml", "is not UTF-8"),
    ("{folder}/gone.toml", r"gone\.toml cannot be read: No such file"),
    ("dmo", f"bundled are {', '.join(WORLDS)}.*mean 'demo'"),
])  # fmt: skip
def test_unreadable_and_unknown_worlds_are_refused(
    name: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "latin.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(WorldError, match=sentence):
        read_world(name.format(folder=tmp_path))


def test_comments_alone_do_not_change_the_digest(read: Read) -> None:
    assert read(SITE).digest == read("# mine\n" + SITE).digest
    assert read(SITE).digest != read(SITE.replace('"Home"', '"Hone"')).digest


def test_rows_of_one_residency_are_not_in_the_other(read: Read) -> None:
    world = read(SITE.replace("id = 1001", 'residency = "de"\nid = 1001'))
    assert world.written[Residency.US].items == {}
    assert len(world.written[Residency.DE].items) == 1


def test_residencies_may_use_the_same_id_for_different_contents(read: Read) -> None:
    us, de = (PAGE.replace("id =", f'residency = "{one}"\nid =') for one in Residency)
    world = read(HEAD + SPACE + us + de.replace("Home", "Startseite"))
    titles = [world.written[one].items[1001].content.title for one in Residency]
    assert ["Home", "Startseite"] == titles
