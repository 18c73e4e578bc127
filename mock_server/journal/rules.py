"""What can be said against one exchange, or against a client's exchanges with another."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from mock_server.clock import SECOND
from mock_server.journal.exchanges import Exchange

Breach = tuple[str, tuple[Exchange, ...]]
"""What a client did, and the exchanges that show it, oldest first."""


@dataclass(frozen=True)
class Rule:
    """One thing that clients had better not do."""

    id: str
    sentence: str
    """What is wrong with it."""
    remedy: str
    breaches: Callable[[Sequence[Exchange]], Iterator[Breach]]
    """Finds it in a journal, oldest exchange first."""


def by_client(exchanges: Iterable[Exchange]) -> list[list[Exchange]]:
    """Tell clients apart by their residency and token, which is all that a server knows of them."""
    found: dict[tuple[str, str | None], list[Exchange]] = {}
    for one in exchanges:
        found.setdefault((one.residency, one.token), []).append(one)
    return list(found.values())


def alone(said: Callable[[Exchange], Iterable[str]]) -> Callable[..., Iterator[Breach]]:
    """Make a search of what can be said of single exchanges; the same is said once for all."""

    def breaches(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
        found: dict[str, list[Exchange]] = {}
        for exchange in exchanges:
            for sentence in said(exchange):
                found.setdefault(sentence, []).append(exchange)
        yield from ((sentence, tuple(shown)) for sentence, shown in found.items())

    return breaches


def _name(exchange: Exchange) -> str:
    return exchange.operation or f"{exchange.method} {exchange.path}"


def _tokens_in_target(exchange: Exchange) -> Iterator[str]:
    if exchange.is_token_in_target and not exchange.trace.is_key_in_query:
        yield f"{_name(exchange)} was sent a token in its path or query"


def _unknown_parameters(exchange: Exchange) -> Iterator[str]:
    for name in exchange.trace.unknown:
        yield f"{_name(exchange)} was sent {name[:100]!r}"


def _deprecated_parameters(exchange: Exchange) -> Iterator[str]:
    operation, query = exchange.trace.operation, exchange.query
    for one in operation.parameters if operation is not None else ():
        is_sent = one.name in query if one.location == "query" else one.location == "header"
        if one.deprecated and is_sent and one in exchange.trace.arguments:
            yield f"{_name(exchange)} was sent {one.name!r}"


def _deprecated_operations(exchange: Exchange) -> Iterator[str]:
    operation = exchange.trace.operation
    told = [name for name in ("Deprecation", "Sunset") if exchange.response_header(name)]
    if told:
        end = exchange.response_header("Sunset")
        yield f"{_path(exchange)} was asked{f', which ends {end}' if end else ''}"
    elif operation is not None and operation.deprecated:
        yield f"{_name(exchange)} was asked"


def _path(exchange: Exchange) -> str:
    operation = exchange.trace.operation
    return exchange.path if operation is None else operation.path


def _silent_clients(exchange: Exchange) -> Iterator[str]:
    if not exchange.request_header("user-agent"):
        yield f"{_name(exchange)} was asked without one"


def _same_token_after_401(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    for client in by_client(exchanges):
        refused = next((one for one in client if is_refused(one)), None)
        later = [one for one in client if refused is not None and _is_after(one, refused)]
        if refused is not None and later:
            yield f"a token came {len(later)}x again after it was refused", (refused, *later)


def is_refused(exchange: Exchange) -> bool:
    """Say whether the token was, where it belongs, refused."""
    is_sent = exchange.token is not None and not exchange.is_token_in_target
    return exchange.status == 401 and is_sent


def _hasty_returns(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    for client in by_client(exchanges):
        early: dict[int, Exchange] = {}
        for refused in client:
            until = _wanted_back(refused)
            early |= {
                one.id: one
                for one in client
                if until is not None and one.time < until and _is_after(one, refused)
            }
            if early and until is not None:
                early[refused.id] = refused
        if early:
            came = f"{len(early)} requests and refusals lie closer than Retry-After asked"
            yield came, tuple(one for one in client if one.id in early)


def _is_after(exchange: Exchange, other: Exchange) -> bool:
    """Say whether the client had the other's answer when it asked this."""
    return exchange.began >= other.began + other.took


def _wanted_back(exchange: Exchange) -> int | None:
    """Give the moment that `Retry-After` names (RFC 9110, section 10.2.3)."""
    told = exchange.response_header("retry-after")
    if told is None or told.isdigit():
        return None if told is None else exchange.time + int(told[:9]) * SECOND
    try:
        return round(parsedate_to_datetime(told).timestamp() * SECOND)
    except ValueError:
        return None


SINGLE_RULES = (
    Rule(
        "token-in-query",
        "A token stood in the address of a request, which logs and histories keep.",
        "Send it in the Authorization header alone.",
        alone(_tokens_in_target),
    ),
    Rule(
        "unknown-parameter",
        "A query parameter is not in the document, so it has no effect.",
        "Leave it out, or look up how it is spelled.",
        alone(_unknown_parameters),
    ),
    Rule(
        "deprecated-parameter",
        "A parameter is deprecated in the document.",
        "Use what its description names instead.",
        alone(_deprecated_parameters),
    ),
    Rule(
        "deprecated-operation",
        "An operation is deprecated, or has ended.",
        "Ask its successor; the answer's Link header names it if there is one.",
        alone(_deprecated_operations),
    ),
    Rule(
        "no-user-agent",
        "A request did not say which program sent it.",
        "Send a User-Agent with name and version, so that the operator can find you.",
        alone(_silent_clients),
    ),
    Rule(
        "same-token-after-401",
        "A client went on with a token after it was refused.",
        "Stop at the first 401, and go on only with another token.",
        _same_token_after_401,
    ),
    Rule(
        "ignored-retry-after",
        "A client asked again before the moment that Retry-After named.",
        "Wait as long as Retry-After says, with every request to that host.",
        _hasty_returns,
    ),
)
