"""Lint rules: detect common mistakes of clients in the journal."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from mock_server.api.context import ReportSummary
from mock_server.binding.fields import Field, Part
from mock_server.clock import DAY, SECOND, day_of, start_of
from mock_server.journal.exchange import Exchange

Breach = tuple[str, tuple[Exchange, ...]]
"""A detail, and the exchanges that show it, oldest first."""
Check = Callable[[Sequence[Exchange]], Iterator[Breach]]


class Rule(NamedTuple):
    """A rule that clients should follow."""

    id: str
    sentence: str
    """Describes the mistake."""
    remedy: str
    check: Check
    """Yields the breaches in a journal, oldest exchange first."""


RULES: list[Rule] = []


def rule_by_client(id_: str, sentence: str, remedy: str) -> Callable[[Check], None]:
    """Decorate a check of the exchanges of one client, identified by residency and token."""

    def add(check_client: Check) -> None:
        def check(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
            clients: dict[tuple[str, str | None], list[Exchange]] = {}
            for exchange in exchanges:
                clients.setdefault((exchange.residency, exchange.token), []).append(exchange)
            for client in clients.values():
                yield from check_client(client)

        RULES.append(Rule(id_, sentence, remedy, check))

    return add


def rule_for_each(
    id_: str, sentence: str, remedy: str
) -> Callable[[Callable[[Exchange], Iterable[str]]], None]:
    """Decorate a check of single exchanges; equal details are merged into one breach."""

    def add(check_one: Callable[[Exchange], Iterable[str]]) -> None:
        def check(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
            found: dict[str, list[Exchange]] = {}
            for exchange in exchanges:
                for detail in check_one(exchange):
                    found.setdefault(detail, []).append(exchange)
            yield from ((detail, tuple(shown)) for detail, shown in found.items())

        RULES.append(Rule(id_, sentence, remedy, check))

    return add


def _is_refused(exchange: Exchange) -> bool:
    """Return whether a token in the Authorization header was refused."""
    is_sent = exchange.token is not None and not exchange.is_token_in_target
    return exchange.status == 401 and is_sent


def _is_after(exchange: Exchange, other: Exchange) -> bool:
    """Return whether the client had received the other response when it sent this request."""
    return exchange.began >= other.began + other.took


_PAGING = frozenset({Part.OFFSET, Part.PAGE, Part.CURSOR})
_RANGE = frozenset({Part.START, Part.END})

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Page:
    """A page of a report that a client has read."""

    exchange: Exchange
    summary: ReportSummary

    @property
    def first(self) -> int:
        return self.summary.query.offset

    @property
    def end(self) -> int:
        """The offset after the last row of the page."""
        return self.first + int(self.summary.values[Field.SIZE])

    @property
    def has_more(self) -> bool:
        return bool(self.summary.values[Field.HAS_MORE])

    @property
    def has_rows(self) -> bool:
        """Whether the client reads rows; a page size of 1 is used to read only the total."""
        return self.end - self.first > 1

    @property
    def settled(self) -> int:
        """The end of the part of the range that can no longer change: at most today."""
        today = start_of(day_of(self.exchange.time))
        return min(self.summary.query.end, today)

    def key(self, *without: Part) -> Key:
        """Return the path and the arguments, except those of some parts."""
        parts = {bound.parameter: bound.part for bound in self.summary.bound.parameters}
        arguments = sorted(
            (parameter.name, repr(value))
            for parameter, value in self.exchange.context.arguments.items()
            if parts.get(parameter) not in without
        )
        return (("path", self.exchange.path), *arguments)

    def is_given(self, part: Part) -> bool:
        bound = self.summary.bound.parameter(part)
        return bound is not None and bound.parameter in self.exchange.context.arguments

    def __str__(self) -> str:
        return self.summary.bound.operation.id


def _pages(client: Sequence[Exchange]) -> list[_Page]:
    return [
        _Page(exchange, exchange.context.summary)
        for exchange in client
        if exchange.context.summary is not None and exchange.status == 200
    ]


def _grouped(reads: Sequence[_Page], *without: Part) -> list[list[_Page]]:
    found: dict[Key, list[_Page]] = {}
    for read in reads:
        found.setdefault(read.key(*without), []).append(read)
    return list(found.values())


def _unfinished(client: Sequence[Exchange], *, newest_first: bool) -> Iterator[Breach]:
    failed = [exchange for exchange in client if _has_failed(exchange)]
    for pages in _grouped(_pages(client), *_PAGING, Part.LIMIT):
        last = max(pages, key=lambda pair: pair.end)
        gave_up = any(
            exchange.path == last.exchange.path and exchange.id > last.exchange.id
            for exchange in failed
        )
        if last.has_more and not gave_up and last.summary.query.descending is newest_first:
            total = last.summary.values[Field.TOTAL]
            detail = f"{last}: {last.end:,} of {total:,} rows were read"
            yield detail, tuple(read_page.exchange for read_page in pages)


def _has_failed(exchange: Exchange) -> bool:
    status = exchange.status or 500
    return status >= 500 or status == 429 or _is_refused(exchange)


@rule_by_client(
    "stopped-early",
    "A client stopped before the last page of a report.",
    "Continue until the response says that there are no more rows.",
)
def _stopped_early(client: Sequence[Exchange]) -> Iterator[Breach]:
    yield from _unfinished(client, newest_first=False)


@rule_by_client(
    "changed-while-paging",
    "Parameters changed between the pages of one report, so rows are missing or repeated.",
    "Change only the page until the report is complete.",
)
def _changed_while_paging(client: Sequence[Exchange]) -> Iterator[Breach]:
    pages = _pages(client)
    for index, page in enumerate(pages):
        # With numbered pages, the page size determines which rows a page contains.
        free = _PAGING if page.is_given(Part.PAGE) else _PAGING | {Part.LIMIT}
        before = [other for other in pages[:index] if other.exchange.path == page.exchange.path]
        is_continued = any(other.key(*free) == page.key(*free) for other in before)
        left = next((other for other in reversed(before) if other.has_more), None)
        if page.first and left is not None and not is_continued:
            changed = sorted({name for name, _ in set(left.key(*free)) ^ set(page.key(*free))})
            detail = f"{page}: {', '.join(changed)} changed between two pages"
            yield detail, (left.exchange, page.exchange)


@rule_by_client(
    "fetched-again",
    "Past days, whose rows no longer change, were fetched more than once.",
    "Keep the rows, and start with the last day that was not over.",
)
def _fetched_again(client: Sequence[Exchange]) -> Iterator[Breach]:
    firsts = [page for page in _pages(client) if not page.first and page.has_rows]
    for pages in _grouped(firsts, *_PAGING, *_RANGE, Part.LIMIT):
        again: dict[int, Exchange] = {}
        days = 0
        for index, later in enumerate(pages):
            shared = [(_shared_days(other, later), other) for other in pages[:index]]
            most, earlier = max(shared, key=lambda pair: pair[0], default=(0, later))
            if most > 0:
                days = max(days, most)
                again |= {page.exchange.id: page.exchange for page in (earlier, later)}
        if again:
            detail = f"{pages[0]}: up to {days} past days were fetched again"
            yield detail, tuple(again.values())


def _shared_days(earlier: _Page, later: _Page) -> int:
    """Return the number of shared days that had ended before the earlier request."""
    one, other = earlier.summary.query, later.summary.query
    return (min(earlier.settled, other.end) - max(one.start, other.start)) // DAY


@rule_by_client(
    "wide-range",
    "A range is wider than its rows, or than what was read of it.",
    "Request the days that you need.",
)
def _wide_ranges(client: Sequence[Exchange]) -> Iterator[Breach]:
    for page in _pages(client):
        query, today = page.summary.query, start_of(day_of(page.exchange.time))
        before = (page.summary.since - query.start) // DAY
        after = (query.end - today - DAY) // DAY
        if before > 0 and page.is_given(Part.START) and not page.first:
            detail = f"{page}: the range begins {before:,} days before the first rows"
            yield detail, (page.exchange,)
        if after > 0 and not page.first:
            yield f"{page}: the range ends {after:,} days ahead", (page.exchange,)
    yield from _unfinished(client, newest_first=True)


def _name(exchange: Exchange) -> str:
    return exchange.operation or f"{exchange.method} {exchange.path}"


@rule_for_each(
    "token-in-query",
    "A token was in the URL of a request, which logs and histories keep.",
    "Send it only in the Authorization header.",
)
def _tokens_in_target(exchange: Exchange) -> Iterator[str]:
    if exchange.is_token_in_target and not exchange.context.is_key_in_query:
        yield f"{_name(exchange)} was sent a token in its path or query"


@rule_for_each(
    "unknown-parameter",
    "A query parameter is not in the document, so it has no effect.",
    "Remove it, or check its spelling.",
)
def _unknown_parameters(exchange: Exchange) -> Iterator[str]:
    for name in exchange.context.unknown:
        yield f"{_name(exchange)} was sent {name[:100]!r}"


@rule_for_each(
    "deprecated-parameter",
    "A parameter is deprecated in the document.",
    "Use the replacement that its description names.",
)
def _deprecated_parameters(exchange: Exchange) -> Iterator[str]:
    operation, query = exchange.context.operation, exchange.query
    for parameter in operation.parameters if operation is not None else ():
        is_sent = (
            parameter.name in query
            if parameter.location == "query"
            else parameter.location == "header"
        )
        if parameter.deprecated and is_sent and parameter in exchange.context.arguments:
            yield f"{_name(exchange)} was sent {parameter.name!r}"


@rule_for_each(
    "deprecated-operation",
    "An operation is deprecated, or has ended.",
    "Use its successor; the response's Link header names it if there is one.",
)
def _deprecated_operations(exchange: Exchange) -> Iterator[str]:
    operation, end = exchange.context.operation, exchange.response_header("Sunset")
    if end or exchange.response_header("Deprecation"):
        path = exchange.path if operation is None else operation.path
        yield f"{path} was requested{f', which ends {end}' if end else ''}"
    elif operation is not None and operation.deprecated:
        yield f"{_name(exchange)} was requested"


@rule_for_each(
    "no-user-agent",
    "A request did not name the program that sent it.",
    "Send a User-Agent with name and version, so that the operator can find you.",
)
def _no_user_agent(exchange: Exchange) -> Iterator[str]:
    if not exchange.request_header("user-agent"):
        yield f"{_name(exchange)} was requested without one"


@rule_by_client(
    "same-token-after-401",
    "A client continued to use a token after it was refused.",
    "Stop at the first 401, and continue only with another token.",
)
def _same_token_after_401(client: Sequence[Exchange]) -> Iterator[Breach]:
    refused = next((exchange for exchange in client if _is_refused(exchange)), None)
    later = [
        exchange for exchange in client if refused is not None and _is_after(exchange, refused)
    ]
    if refused is not None and later:
        yield f"a token was sent again after it was refused, {len(later)} times", (refused, *later)


@rule_by_client(
    "ignored-retry-after",
    "A client sent a request before the time in Retry-After.",
    "Wait as long as Retry-After says before any request to that host.",
)
def _ignored_retry_after(client: Sequence[Exchange]) -> Iterator[Breach]:
    early: dict[int, Exchange] = {}
    for refused in client:
        until = _retry_after(refused)
        early |= {
            exchange.id: exchange
            for exchange in client
            if until is not None and exchange.time < until and _is_after(exchange, refused)
        }
        if early and until is not None:
            early[refused.id] = refused
    if early:
        detail = f"{len(early)} requests and refusals are closer together than Retry-After allows"
        yield detail, tuple(exchange for exchange in client if exchange.id in early)


def _retry_after(exchange: Exchange) -> int | None:
    """Return the time from `Retry-After` (RFC 9110, section 10.2.3)."""
    value = exchange.response_header("retry-after")
    if value is None or value.isdigit():
        return None if value is None else exchange.time + int(value[:9]) * SECOND
    try:
        return round(parsedate_to_datetime(value).timestamp() * SECOND)
    except ValueError:
        return None


_MOST_SHOWN = 8


@dataclass(frozen=True)
class Finding:
    """A breach of a rule."""

    rule: Rule
    detail: str
    exchanges: tuple[Exchange, ...]
    """The exchanges that show it, oldest first."""

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "rule": self.rule.id,
            "sentence": self.rule.sentence,
            "detail": self.detail,
            "remedy": self.rule.remedy,
            "exchanges": [
                {"id": exchange.id, "request": str(exchange).partition(" ")[2]}
                for exchange in self.exchanges
            ],
        }


def lint(exchanges: Sequence[Exchange]) -> list[Finding]:
    """Return the findings of all rules in exchanges, which must be oldest first."""
    return [Finding(rule, *breach) for rule in RULES for breach in rule.check(exchanges)]


def findings_as_text(findings: Sequence[Mapping[str, Any]]) -> str:
    """Format findings, in the form of `Finding.as_dict`, as text."""
    lines: list[str] = []
    for rule in dict.fromkeys(finding["rule"] for finding in findings):
        broken = [finding for finding in findings if finding["rule"] == rule]
        lines.append(f"{rule}  {broken[0]['sentence']}")
        for finding in broken:
            shown = ", ".join(f"#{each['id']}" for each in finding["exchanges"][:_MOST_SHOWN])
            more = len(finding["exchanges"]) - _MOST_SHOWN
            lines.append(f"  {finding['detail']}: {shown}{f' and {more} more' if more > 0 else ''}")
            lines.append(f"    such as {finding['exchanges'][-1]['request']}")
        lines += [f"  -> {broken[0]['remedy']}", ""]
    lines.append(f"Findings: {len(findings)}" if findings else "No findings.")
    return "\n".join(lines)
