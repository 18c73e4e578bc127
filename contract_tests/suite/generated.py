"""Sends the input that schemathesis generates from the document, and runs its checks."""

import random
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import schemathesis
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup, MalformedJson
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok

from contract_tests import Options
from contract_tests.checking.validator import as_meant
from contract_tests.errors import NotCheckedError, SpentError
from contract_tests.suite.examining import examine
from contract_tests.wire.request import texts
from contract_tests.wire.response import Response
from contract_tests.wire.sampling import Sample
from contract_tests.wire.wire import Wire
from mock_server import Binding, Document, OperationBinding, ParameterBinding, Part, Unit, shape_of

Case = schemathesis.Case[Any]
Check = Callable[..., bool | None]

EDGES = 30
"""Maximum number of edge cases per operation; of more, a random sample is sent."""

EXAMPLES = 3
"""Maximum number of the document's examples per operation."""

MOST_FIXED = EDGES + EXAMPLES + 3
"""Maximum number of requests per operation, except random input; three find rows."""

_CONFIG = {
    "cache": {"enabled": False},
    "max-redirects": 0,
    "generation": {"database": "none", "with-security-parameters": False},
    "phases": {"coverage": {"unexpected-methods": []}},
    # A 5xx response does not count as a rejection.
    "checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}},
}


@dataclass(frozen=True)
class Sent:
    """A generated case that got a response."""

    case: Case
    result: Any
    """The response as an object of schemathesis."""
    response: Response

    @property
    def is_allowed(self) -> bool:
        """Whether the document allows the input."""
        return bool(self.case.meta and self.case.meta.generation.mode.is_positive)

    def objections(self, check: Check) -> tuple[str, ...]:
        """Return the failures of one of schemathesis's checks, as one line each."""
        try:
            self.case.validate_response(self.result, checks=[check])
        except FailureGroup as group:
            # `contract_tests.checking.validator.unreadable` checks whether a body can be parsed.
            found = (str(one) for one in group.exceptions if not isinstance(one, MalformedJson))
            return tuple(" ".join(text.split()) for text in found)
        return ()


def send_generated(
    wire: Wire, document: Document, binding: Binding, sample: Sample, options: Options
) -> list[Sent]:
    """Send valid and invalid input: the document's examples, edge cases, and random input.

    Most requests use the ids, keys and days of the sample, so that there are rows to check.
    """
    sent: list[Sent] = []
    for identity, cases in _cases_of(document, options.seed, options.examples).items():
        bound = binding.operations.get(identity)
        known, opaque = _known(bound, sample), _opaque(bound, document)
        for case, is_about_sample in cases:
            if is_about_sample:
                _put_in_sample(case, known)
            if case.meta and case.meta.generation.mode.is_positive:
                case.query = {name: case.query[name] for name in case.query if name not in opaque}
            try:
                sent.append(Sent(case, *wire.call(case)))
            except SpentError:
                if not sent:
                    raise
                return sent
            except NotCheckedError:
                continue
    return sent


@lru_cache(maxsize=1)
def _cases_of(
    document: Document, seed: int, examples: int
) -> Mapping[str, list[tuple[Case, bool]]]:
    """Return cases by operation, each with whether it uses values of the sample."""
    config = schemathesis.Config.from_dict({"seed": seed, **_CONFIG})
    schema = schemathesis.openapi.from_dict(as_meant(document), config=config)
    ids = {(one.method, one.path): one.id for one in document.operations}
    operations = (one.ok() for one in schema.get_all_operations() if isinstance(one, Ok))
    return {ids[one.method.upper(), one.path]: _cases(one, seed, examples) for one in operations}


def _known(bound: OperationBinding | None, sample: Sample) -> dict[str, str]:
    """Return the sample's values for an operation's parameters, by name."""
    if bound is None:
        return {}
    with suppress(NotCheckedError):
        days = dict(zip((Part.START, Part.END), sample.range(bound), strict=True))
        return texts(bound, {**sample.values(bound), **days})
    return {}


_OPAQUE = frozenset(
    {Part.CURSOR, Part.CURSOR_BEFORE, Part.TIME_ZONE, Part.DATE, Part.PRESET, Part.BETWEEN}
)
"""Roles whose values a server may refuse although their schemas allow any text."""
_NUMBERS = frozenset({Part.PAGE, Part.OFFSET, Part.LIMIT, Part.LEAST, Part.MOST, Part.EQUAL})
"""Roles of numbers, which some documents also allow as text."""
_FREE = frozenset({Unit.FREE, Unit.MONTH, Unit.WEEK})
"""Forms of times that no format describes."""


def _opaque(bound: OperationBinding | None, document: Document) -> set[str]:
    """Return the names of optional parameters that allow only texts which no schema describes."""
    return {
        each.parameter.name
        for each in (bound.parameters if bound else ())
        if not each.parameter.required and not each.values
        if _is_opaque(each, shape_of(document, each.parameter.schema).types)
    }


def _is_opaque(each: ParameterBinding, types: Collection[str]) -> bool:
    return (
        each.part in _OPAQUE
        or (each.part in {Part.START, Part.END} and each.unit in _FREE)
        or (each.part in _NUMBERS and "string" in types)
        or (each.part is not None and not types)
    )


def _cases(operation: Any, seed: int, examples: int) -> list[tuple[Case, bool]]:
    name = f"{seed} {operation.label}"
    found: list[Case] = []
    for number, strategy in enumerate(operation.get_strategies_from_examples()[:EXAMPLES]):
        found += _drawn(strategy, 1, f"{name} {number}")
    found += _edges(operation, random.Random(name))
    either = one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
    drawn = list(enumerate(_drawn(either, examples, name)))
    return [(case, True) for case in found] + [(case, n % 2 == 0) for n, case in drawn]


def _put_in_sample(case: Case, known: dict[str, str]) -> None:
    """Put known values into path and query, except for the parameter under test."""
    if (meta := case.meta) is None:
        return
    about = getattr(meta.phase.data, "parameter", None)
    texts = {name: text for name, text in known.items() if name != about}
    if not meta.is_negative_at(ParameterLocation.PATH):
        given = case.path_parameters
        case.path_parameters = {
            name: quote(texts[name], safe="") if name in texts else given[name] for name in given
        }
    if not meta.is_negative_at(ParameterLocation.QUERY):
        case.query = {name: texts.get(name, value) for name, value in case.query.items()}


def _drawn(strategy: SearchStrategy[Case], examples: int, name: str) -> list[Case]:
    found: list[Case] = []
    with suppress(Unsatisfiable):
        examine(found.append, strategy, examples=examples, name=name)
    return found[:examples]


def _edges(operation: Any, chance: random.Random) -> list[Case]:
    """Return an edge case of each kind per parameter, such as a number above its maximum."""
    kinds: dict[tuple[Any, ...], list[Case]] = {}
    for case in operation.schema.iter_coverage_cases(
        operation,
        generation_modes=list(GenerationMode),
        generation_config=operation.schema.config.generation_for(operation=operation),
    ):
        data = case.meta.phase.data
        kind = case.meta.generation.mode, data.scenario, data.parameter, data.parameter_location
        kinds.setdefault(kind, []).append(case)
    chosen = [chance.choice(cases) for cases in kinds.values()]
    return chance.sample(chosen, EDGES) if len(chosen) > EDGES else chosen
