"""Match names in a document to fields and parts, with the words in `lexicon.toml`."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice, pairwise, product, takewhile
from typing import Any, TypeVar

from mock_server.binding.fields import KEYS, Field, Grouping, Interval, Kind, Part

_Word = TypeVar("_Word", Field, Part)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _bare(text: str) -> str:
    """Remove accents."""
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _spelled(table: Any, between: str) -> Any:
    """Spell names both without umlauts and with `ae`, `oe` or `ue` for them."""
    if isinstance(table, Mapping):
        return {key: _spelled(names, between) for key, names in table.items()}
    spelled = [
        _bare(name.translate(form)) for name in table.split(between) for form in ({}, _UMLAUTS)
    ]
    return between.join(dict.fromkeys(spelled))


_OF_WORDS = frozenset({"words", "concept", "hint", "lists"})
"""Tables of single words, which spaces separate."""
_FILE = tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8"))
NUMBERS: Mapping[str, int] = _FILE.pop("number")
"""Numbers as words."""
HOURS: Mapping[str, int] = _FILE.pop("hours")
"""The number of hours of intervals."""
PRESETS = {
    german: english for english, words in _FILE.pop("preset").items() for german in words.split()
}
"""English words by German ones in the names of ranges."""
PARTS: Mapping[str, str] = _FILE.pop("part")
PATTERNS: Mapping[str, Sequence[str]] = _FILE.pop("pattern")
"""Regular expressions for descriptions, which name their parts as `<name>`."""
_TABLES = {
    name: _spelled(table, " " if name in _OF_WORDS else "; ") for name, table in _FILE.items()
}


def _names(table: str) -> dict[Field, str]:
    return {Field(field): names for field, names in _TABLES[table].items()}


ROW_NAMES = _names("row")
ENVELOPE_NAMES = _names("envelope")
ERROR_NAMES = _names("error")
PART_NAMES = {Part(part): names for part, names in _TABLES["parameter"].items()}
HINTS = {field: frozenset(words.split()) for field, words in _names("hint").items()}
WORDS: dict[str, frozenset[str]] = {
    name: frozenset(words.split()) for name, words in _TABLES["words"].items()
}
LISTS = {Grouping(grouping): frozenset(words.split())
         for grouping, words in _TABLES["lists"].items()}  # fmt: skip
"""Words in the names of lists, by the totals that they are of."""
CONCEPTS = {concept: frozenset(words.split()) for concept, words in _TABLES["concept"].items()}
STARTS: str = _TABLES["totals"][Grouping.DAYS.value]["day"]
"""Names of the start of an interval."""
_CHOICES: Mapping[str, Mapping[str, str]] = _TABLES["choice"]
CONTENT_TYPES = frozenset(_CHOICES[Field.CONTENT_TYPE.value])


@cache
def names_in_totals(grouping: Grouping) -> Mapping[Field, str]:
    """Return the names in a row of totals, where they refer to what it is a total of."""
    if grouping not in KEYS:
        return ROW_NAMES
    own = {Field(field): names for field, names in _TABLES["totals"].get(grouping, {}).items()}
    key = KEYS[grouping]
    own[key] = "; ".join(filter(None, (_TABLES["totals"]["key"], own.get(key))))
    usual = {field: ROW_NAMES.get(field) for field in own}
    return ROW_NAMES | {
        field: "; ".join(filter(None, (own[field], names))) for field, names in usual.items()
    }


_CONTEXT = ("visit", "search", "row", "content")
"""Concepts that may precede others, since they describe the row itself."""
_MOST_READINGS = 64
"""Maximum number of readings of a name; real names have only a few."""
_NAMESPACE = re.compile(r"^\w+:(?=\w)")
"""Prefixes in JSON-LD, such as `hydra:`."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_DESCENDING = re.compile("desc|newest|latest|reverse|absteigend|neueste|^-", re.IGNORECASE)
_DIRECTIONS = frozenset({"asc", "ascending", "desc", "descending", "aufsteigend", "absteigend"})
_AGES = frozenset(
    {"newest", "latest", "oldest", "first", "last", "neueste", "alteste", "aelteste", "zuerst"}
)
"""Words that are a direction if they are alone; `lastViewed` is a column."""


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words at capitals, digits and punctuation.

    Accents and namespace prefixes are removed.
    """
    return tuple(word.lower() for word in _WORD.findall(_bare(_NAMESPACE.sub("", name))))


def normalised(names: Iterable[str]) -> str:
    """Join the words of a path, without a leading `x` and repeated words."""
    words = _without_repeats(names)
    return "".join(words[1:] if words[:1] == ["x"] and len(words) > 1 else words)


def readings(names: Sequence[str]) -> Iterator[str]:
    """Yield the readings of a path: the full path, then without surrounding words."""
    yield normalised(names)
    words = _without_repeats(names)
    begin, end = 0, len(words)
    while end - begin > 1 and words[end - 1] in WORDS["trailing"]:
        end -= 1
        yield "".join(words[begin:end])
    while end - begin > 1 and words[begin] in WORDS["leading"]:
        begin += 1
        yield "".join(words[begin:])
        yield "".join(words[begin:end])


def _without_repeats(names: Iterable[str]) -> list[str]:
    words: list[str] = []
    for word in (word for name in names for word in words_of(name)):
        if not words or words[-1] not in {word, f"{word}s"}:
            words.append(word)
    return words


@cache
def ranks_of(names: str) -> dict[str, int]:
    """Return the position of each normalized name in a `; `-separated list."""
    unique = dict.fromkeys(normalised([name]) for name in names.split("; "))
    return {name: rank for rank, name in enumerate(unique)}


def owner_of(name: str) -> str | None:
    """Return what an object's name, such as `viewedBy`, is about: a viewer, a content or a space."""
    plain = normalised([name])
    return next((one for one, names in _TABLES["owner"].items() if plain in ranks_of(names)), None)


def meant_by(names: Sequence[str], offered: Iterable[_Word]) -> Iterator[tuple[_Word, str]]:
    """Return the fields or parts that names may mean, most likely first, and the concepts.

    Args:
        names: Property names from the root, or the name of a parameter.
        offered: The candidate fields or parts.
    """
    among = list(offered)
    for group in _readings(tuple(names)):
        for word in among:
            for concepts in sorted(" ".join(sorted(several)) for several in group & _sets(word)):
                yield word, concepts


@cache
def _readings(names: tuple[str, ...]) -> tuple[frozenset[frozenset[str]], ...]:
    """Return the sets of concepts that a path may represent, most specific first.

    The full path precedes its last name, and complete sets precede those without context.
    """
    found: list[frozenset[frozenset[str]]] = []
    for path in (names, names[-1:]):
        meant = [_concepts_of(word) for name in path for word in _telling_words(name)]
        whole = frozenset(map(frozenset, islice(product(*meant), _MOST_READINGS)))
        short = {
            concepts - {context} for concepts in whole for context in _CONTEXT if len(concepts) > 1
        }
        found += [whole, frozenset(short)]
    return tuple(dict.fromkeys(found))


def _telling_words(name: str) -> list[str]:
    words = [word for word in words_of(name) if word not in WORDS["silent"]]
    is_known = all(map(_concepts_of, words))
    return [] if normalised([name]) in WORDS["transparent"] and not is_known else words


@cache
def _concepts_of(word: str) -> tuple[str, ...]:
    return tuple(concept for concept, words in CONCEPTS.items() if word in words)


@cache
def _sets(word: Field | Part) -> frozenset[frozenset[str]]:
    meanings: str = _TABLES["meaning"].get(word.value, "")
    return frozenset(frozenset(concepts.split()) for concepts in meanings.split("; ") if concepts)


def is_descending(text: str) -> bool:
    """Return whether the value of an order parameter means newest or largest first."""
    return _DESCENDING.search(text) is not None


def has_direction(text: str) -> bool:
    """Return whether a text says an order, such as `-views`, `views desc` or `oldest`."""
    words = {*words_of(text)}
    is_age = bool(words) and words <= _AGES
    return text.startswith("-") or is_age or not words.isdisjoint(_DIRECTIONS)


def column_of(text: str) -> str:
    """Return the column in the value of an order parameter, such as `views:desc`."""
    words = [word for word in words_of(text) if word not in _DIRECTIONS]
    return "" if _AGES.issuperset(words) else " ".join(words)


def choices(field: Field, values: Iterable[Any]) -> dict[str, Any]:
    """Match each word of the domain to an enumeration value.

    Args:
        field: `Field.CONTENT_TYPE`, `Field.ACCOUNT_KIND`, a flag (its words are `true` and
            `false`), or `Field.ERROR_CODE` (its words are statuses).
        values: The enumeration; only strings are used.

    Returns:
        The enumeration values by word; words without a value are missing. Without a value for
        protected users, they are represented as known users.
    """
    offered = list(values)
    found = _matched(_CHOICES.get(field.value, {}), offered)
    if len(found) < len(offered) and all(isinstance(value, str) for value in offered):
        short = dict(zip(_without_prefix(offered), offered, strict=True))
        shortened = _matched(_CHOICES.get(field.value, {}), short)
        found = {word: short[name] for word, name in shortened.items()} | found
    is_of_people = field is Field.ACCOUNT_KIND and "known" in found
    if is_of_people and found.get("protected") in {None, found.get("anonymous")}:
        found["protected"] = found["known"]
    return found or (_matched(_CHOICES["flag"], offered) if field.kind is Kind.FLAG else {})


def _without_prefix(values: Sequence[str]) -> list[str]:
    """Remove the words that all values begin with, as in Protocol Buffers: `TYPE_PAGE`."""
    words = [words_of(value) for value in values]
    columns = zip(*words, strict=False) if len(values) > 1 else ()
    same = sum(1 for _ in takewhile(lambda column: len({*column}) == 1, columns))
    return ["_".join(each[same:]) for each in words]


def is_every(value: object) -> bool:
    """Return whether a value of a filter means that nothing is left out, such as `all`."""
    return not WORDS["every"].isdisjoint(words_of(str(value))[-1:])


def names_of(schema: Mapping[str, Any]) -> dict[Any, str]:
    """Return the names of numeric enumeration values, as code generators write them."""
    values = schema.get("enum") or ()
    named = (schema.get(key) for key in ("x-enumNames", "x-enum-varnames", "x-enum-names"))
    names = next((one for one in named if isinstance(one, list) and len(one) == len(values)), ())
    return {value: str(name) for value, name in zip(values, names, strict=False)
            if isinstance(value, str | int | float)}  # fmt: skip


def choices_of(field: Field, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Match each word of the domain to a value of a schema's enumeration, by the value's name."""
    names = names_of(schema)
    by_name = {name: value for value, name in names.items()}
    meant = choices(field, by_name or schema.get("enum") or ())
    return {word: by_name.get(value, value) for word, value in meant.items()}


def interval_in(name: str) -> Interval | None:
    """Return the interval that the name of a property has, such as `weekStart`, or None."""
    return _interval_of(word for word in words_of(name) if len(word) > 2)


def interval_of_path(path: str) -> Interval | None:
    """Return the interval that the end of a path has, such as `monthly` or `by-week`, or None."""
    words = words_of(path.rpartition("/")[2])
    named = {word for before, word in pairwise(("", *words))
            if before in WORDS["each"] or word in WORDS["intervals"]}  # fmt: skip
    return _interval_of(sorted(named))


def _interval_of(words: Iterable[str]) -> Interval | None:
    found = choices(Field.INTERVAL, words)
    return next((interval for interval in Interval if interval in found), None)


def grouping_of(value: str) -> Grouping | None:
    """Return the grouping that a value such as `BY_USER` means, or None."""
    plain = " ".join(word for word in words_of(value) if word not in WORDS["silent"])
    word = next(iter(_matched(_CHOICES[Field.GROUPING.value], [plain])), None)
    return None if word is None else Grouping(word)


_FORMATS = {"excel": "spreadsheetml", "xlsx": "spreadsheetml", "xls": "spreadsheetml"}


def media_type_named(value: object, offered: Iterable[str]) -> str | None:
    """Return the media type that a value such as `csv` names, or None."""
    name = str(value).casefold()
    return next(
        (one for one in offered if _FORMATS.get(name, name) in re.split("[/.+;]", one)), None
    )


def inclusions(values: Iterable[Any]) -> dict[str, Any]:
    """Match `with`, `without` and `only` to the values of a filter, such as `exclude`."""
    return _matched(_CHOICES["inclusion"], values)


def is_yes_or_no(values: Iterable[Any]) -> bool:
    """Return whether an enumeration means yes and no, which does not indicate the subject."""
    return len(_matched(_CHOICES["flag"], values)) == len(_CHOICES["flag"])


def _matched(meanings: Mapping[str, str], values: Iterable[Any]) -> dict[str, Any]:
    by_name = {normalised([value]): value for value in values if isinstance(value, str)}
    if not by_name:
        return {}
    matched = {word: next((name for name in ranks_of(names) if name in by_name), None)
               for word, names in meanings.items()}  # fmt: skip
    return {word: by_name[name] for word, name in matched.items() if name is not None}
