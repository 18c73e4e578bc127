"""What clients would better do otherwise: rules over the exchanges of a journal."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from mock_server.api.context import Reported
from mock_server.binding.fields import Field, Part
from mock_server.clock import DAY, SECOND, day_of, start_of
from mock_server.journal.exchange import Exchange

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
    """Return the moment that `Retry-After` names (RFC 9110, section 10.2.3)."""
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


_TURNING = frozenset({Part.OFFSET, Part.PAGE, Part.CURSOR})
_RANGE = frozenset({Part.START, Part.END})

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Read:
    """A page of a report that a client has read."""

    exchange: Exchange
    reported: Reported

    @property
    def first(self) -> int:
        return self.reported.query.offset

    @property
    def end(self) -> int:
        """The row after the last of the page."""
        return self.first + int(self.reported.facts[Field.SIZE])

    @property
    def has_more(self) -> bool:
        return bool(self.reported.facts[Field.HAS_MORE])

    @property
    def has_rows(self) -> bool:
        """Whether it has more than one, which is what those ask who only count."""
        return self.end - self.first > 1

    @property
    def settled(self) -> int:
        """The end of what can change no more: of the range, up to the day it was asked on."""
        today = start_of(day_of(self.exchange.time))
        return min(self.reported.query.end, today)

    def key(self, *without: Part) -> Key:
        """Return what the report is of: its address, and its arguments but for those parts."""
        parts = {one.parameter: one.part for one in self.reported.bound.parameters}
        arguments = sorted(
            (one.name, repr(value))
            for one, value in self.exchange.trace.arguments.items()
            if parts.get(one) not in without
        )
        return (("path", self.exchange.path), *arguments)

    def is_given(self, part: Part) -> bool:
        bound = self.reported.bound.parameter(part)
        return bound is not None and bound.parameter in self.exchange.trace.arguments

    def __str__(self) -> str:
        return self.reported.bound.operation.id


def _reads(client: Sequence[Exchange]) -> list[_Read]:
    return [
        _Read(one, one.trace.reported)
        for one in client
        if one.trace.reported is not None and one.status == 200
    ]


def _grouped(reads: Sequence[_Read], *without: Part) -> list[list[_Read]]:
    found: dict[Key, list[_Read]] = {}
    for one in reads:
        found.setdefault(one.key(*without), []).append(one)
    return list(found.values())


def _unfinished(exchanges: Sequence[Exchange], *, newest_first: bool) -> Iterator[Breach]:
    for client in by_client(exchanges):
        failed = [one for one in client if _has_failed(one)]
        for pages in _grouped(_reads(client), *_TURNING, Part.LIMIT):
            last = max(pages, key=lambda one: one.end)
            gave_up = any(
                one.path == last.exchange.path and one.id > last.exchange.id for one in failed
            )
            is_descending = last.reported.query.descending
            if last.has_more and not gave_up and is_descending is newest_first:
                total = last.reported.facts[Field.TOTAL]
                read = f"{last}: {last.end:,} of {total:,} rows were read"
                yield read, tuple(one.exchange for one in pages)


def _has_failed(exchange: Exchange) -> bool:
    status = exchange.status or 500
    return status >= 500 or status == 429 or is_refused(exchange)


def _stopped_early(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    yield from _unfinished(exchanges, newest_first=False)


def _changed_while_paging(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    for client in by_client(exchanges):
        reads = _reads(client)
        for index, page in enumerate(reads):
            # Where pages are numbered, their size decides which rows they have.
            free = _TURNING if page.is_given(Part.PAGE) else _TURNING | {Part.LIMIT}
            before = [one for one in reads[:index] if one.exchange.path == page.exchange.path]
            is_led_to = any(one.key(*free) == page.key(*free) for one in before)
            left = next((one for one in reversed(before) if one.has_more), None)
            if page.first and left is not None and not is_led_to:
                changed = sorted({name for name, _ in set(left.key(*free)) ^ set(page.key(*free))})
                said = f"{page}: {', '.join(changed)} changed between two pages"
                yield said, (left.exchange, page.exchange)


def _fetched_again(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    for client in by_client(exchanges):
        firsts = [one for one in _reads(client) if not one.first and one.has_rows]
        for reads in _grouped(firsts, *_TURNING, *_RANGE, Part.LIMIT):
            again: dict[int, Exchange] = {}
            days = 0
            for index, later in enumerate(reads):
                shared = [(_shared_days(one, later), one) for one in reads[:index]]
                most, earlier = max(shared, key=lambda one: one[0], default=(0, later))
                if most > 0:
                    days = max(days, most)
                    again |= {one.exchange.id: one.exchange for one in (earlier, later)}
            if again:
                said = f"{reads[0]}: up to {days} days that were over were fetched again"
                yield said, tuple(again.values())


def _shared_days(earlier: _Read, later: _Read) -> int:
    """Count the days that both cover, of those that were over when the earlier was asked."""
    one, other = earlier.reported.query, later.reported.query
    return (min(earlier.settled, other.end) - max(one.start, other.start)) // DAY


def _wide_ranges(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    for one in _reads(exchanges):
        question, today = one.reported.query, start_of(day_of(one.exchange.time))
        before = (one.reported.since - question.start) // DAY
        after = (question.end - today - DAY) // DAY
        if before > 0 and one.is_given(Part.START) and not one.first:
            said = f"{one}: the range begins {before:,} days before there can be rows"
            yield said, (one.exchange,)
        if after > 0 and not one.first:
            yield f"{one}: the range ends {after:,} days ahead", (one.exchange,)
    yield from _unfinished(exchanges, newest_first=True)


READING_RULES = (
    Rule(
        "stopped-early",
        "A report was left though there were more pages.",
        "Go on until the answer says that there are no more rows.",
        _stopped_early,
    ),
    Rule(
        "changed-while-paging",
        "Parameters changed between the pages of one report, so rows are missed or come twice.",
        "Change nothing but the page until a report is read to its end.",
        _changed_while_paging,
    ),
    Rule(
        "fetched-again",
        "Days that were over, and change no more, were fetched more than once.",
        "Keep what you have, and begin with the last day that was not over then.",
        _fetched_again,
    ),
    Rule(
        "wide-range",
        "A range is wider than what can be in it, or than what was read of it.",
        "Ask for the days that you need.",
        _wide_ranges,
    ),
)


RULES: tuple[Rule, ...] = (*READING_RULES, *SINGLE_RULES)

_MOST_SHOWN = 8
"""Exchanges named in a line."""


@dataclass(frozen=True)
class Finding:
    """One rule that was broken."""

    rule: Rule
    detail: str
    exchanges: tuple[Exchange, ...]
    """What shows it, oldest first."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as values that JSON has."""
        return {
            "rule": self.rule.id,
            "sentence": self.rule.sentence,
            "detail": self.detail,
            "remedy": self.rule.remedy,
            "exchanges": [
                {"id": one.id, "request": str(one).partition(" ")[2]} for one in self.exchanges
            ],
        }


def lint(exchanges: Sequence[Exchange]) -> list[Finding]:
    """Find what a client had better do otherwise.

    Args:
        exchanges: Oldest first, as a journal gives them.
    """
    return [Finding(rule, *breach) for rule in RULES for breach in rule.breaches(exchanges)]


def findings_as_text(findings: Sequence[Mapping[str, Any]]) -> str:
    """Write findings, as `Finding.as_dict` gives them, for people to read."""
    lines: list[str] = []
    for rule in dict.fromkeys(one["rule"] for one in findings):
        broken = [one for one in findings if one["rule"] == rule]
        lines.append(f"{rule}  {broken[0]['sentence']}")
        for one in broken:
            shown = ", ".join(f"#{each['id']}" for each in one["exchanges"][:_MOST_SHOWN])
            more = len(one["exchanges"]) - _MOST_SHOWN
            lines.append(f"  {one['detail']}: {shown}{f' and {more} more' if more > 0 else ''}")
            lines.append(f"    such as {one['exchanges'][-1]['request']}")
        lines += [f"  -> {broken[0]['remedy']}", ""]
    lines.append(f"Findings: {len(findings)}" if findings else "Nothing to complain about.")
    return "\n".join(lines)
