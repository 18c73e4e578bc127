"""Lint rules: detect common mistakes of clients in the journal."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from mock_server.api.context import ReportSummary
from mock_server.binding.fields import Field, Part
from mock_server.clock import DAY, SECOND, day_of, start_of
from mock_server.journal.journal import Exchange

Client = Sequence[Exchange]
"""The exchanges of one client, identified by residency and token, oldest first."""
Breach = tuple[str, Sequence[Exchange]]
"""A detail, and the exchanges that show it."""
Check = Callable[[Client], Iterator[Breach]]


RULES: dict[str, tuple[str, str, Check]] = {}
"""The mistake in a sentence, the remedy, and the check of each rule."""


def rule(sentence: str, remedy: str) -> Callable[[Check], None]:
    """Decorate the check of a rule, whose id is the name of the function."""

    def add(check: Check) -> None:
        RULES[check.__name__.strip("_").replace("_", "-")] = sentence, remedy, check

    return add


def lint(exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """Return the findings of all rules as JSON values; equal details are merged into one finding.

    Args:
        exchanges: The recorded exchanges, oldest first.
    """
    clients: dict[tuple[str, str | None], list[Exchange]] = {}
    for exchange in exchanges:
        clients.setdefault((exchange.residency, exchange.token), []).append(exchange)
    findings = []
    for id_, (sentence, remedy, check) in RULES.items():
        found: dict[str, dict[int, Exchange]] = {}
        for client in clients.values():
            for detail, shown in check(client):
                found.setdefault(detail, {}).update({one.id: one for one in shown})
        findings += [
            {
                "rule": id_,
                "sentence": sentence,
                "detail": detail,
                "remedy": remedy,
                "exchanges": [
                    {"id": number, "request": str(shown[number]).partition(" ")[2]}
                    for number in sorted(shown)
                ],
            }
            for detail, shown in found.items()
        ]
    return findings


_PAGING = frozenset({Part.OFFSET, Part.PAGE, Part.CURSOR})
_RANGE = frozenset({Part.START, Part.END})

Key = tuple[tuple[str, str], ...]


class _Page(NamedTuple):
    """A page of a report that a client has read."""

    exchange: Exchange
    summary: ReportSummary
    name: str
    first: int
    """The offset of the first row."""
    end: int
    """The offset after the last row."""
    has_more: bool
    today: int
    """The start of the day of the request."""

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


def _pages(client: Client) -> Iterator[_Page]:
    for exchange in client:
        summary = exchange.context.summary
        if summary is not None and exchange.status == 200:
            first, values = summary.query.offset, summary.values
            end, has_more = first + int(values[Field.SIZE]), bool(values[Field.HAS_MORE])
            name, today = summary.bound.operation.id, start_of(day_of(exchange.time))
            yield _Page(exchange, summary, name, first, end, has_more, today)


def _grouped(pages: Iterable[_Page], *without: Part) -> list[list[_Page]]:
    found: dict[Key, list[_Page]] = {}
    for page in pages:
        found.setdefault(page.key(*without), []).append(page)
    return list(found.values())


def _is_refused(exchange: Exchange) -> bool:
    """Return whether a token in the Authorization header was refused."""
    is_sent = exchange.token is not None and not exchange.is_token_in_target
    return exchange.status == 401 and is_sent


def _has_failed(exchange: Exchange) -> bool:
    status = exchange.status or 500
    return status >= 500 or status == 429 or _is_refused(exchange)


def _is_after(exchange: Exchange, other: Exchange) -> bool:
    """Return whether the client had received the other response when it sent this request."""
    return exchange.began >= other.began + other.took


def _name(exchange: Exchange) -> str:
    return exchange.operation or f"{exchange.method} {exchange.path}"


def _unfinished(client: Client, *, newest_first: bool) -> Iterator[Breach]:
    failed = [exchange for exchange in client if _has_failed(exchange)]
    for pages in _grouped(_pages(client), *_PAGING, Part.LIMIT):
        last = max(pages, key=lambda page: page.end)
        gave_up = any(
            exchange.path == last.exchange.path and exchange.id > last.exchange.id
            for exchange in failed
        )
        if last.has_more and not gave_up and last.summary.query.descending is newest_first:
            total = last.summary.values[Field.TOTAL]
            detail = f"{last.name}: {last.end:,} of {total:,} rows were read"
            yield detail, [page.exchange for page in pages]


@rule(
    "A client stopped before the last page of a report.",
    "Continue until the response says that there are no more rows.",
)
def _stopped_early(client: Client) -> Iterator[Breach]:
    return _unfinished(client, newest_first=False)


@rule(
    "Parameters changed between the pages of one report, so rows are missing or repeated.",
    "Change only the page until the report is complete.",
)
def _changed_while_paging(client: Client) -> Iterator[Breach]:
    pages = list(_pages(client))
    for index, page in enumerate(pages):
        # With numbered pages, the page size determines which rows a page contains.
        free = _PAGING if page.is_given(Part.PAGE) else _PAGING | {Part.LIMIT}
        before = [other for other in pages[:index] if other.exchange.path == page.exchange.path]
        is_continued = any(other.key(*free) == page.key(*free) for other in before)
        left = next((other for other in reversed(before) if other.has_more), None)
        if page.first and left is not None and not is_continued:
            changed = sorted({name for name, _ in set(left.key(*free)) ^ set(page.key(*free))})
            detail = f"{page.name}: {', '.join(changed)} changed between two pages"
            yield detail, [left.exchange, page.exchange]


@rule(
    "Past days, whose rows no longer change, were fetched more than once.",
    "Keep the rows, and start with the last day that was not over.",
)
def _fetched_again(client: Client) -> Iterator[Breach]:
    # A page size of 1 is used to read only the total.
    firsts = [page for page in _pages(client) if not page.first and page.end > 1]
    for pages in _grouped(firsts, *_PAGING, *_RANGE, Part.LIMIT):
        again: list[Exchange] = []
        days = 0
        for index, later in enumerate(pages):
            shared = [(_shared_days(other, later), other) for other in pages[:index]]
            most, earlier = max(shared, key=lambda pair: pair[0], default=(0, later))
            if most > 0:
                days = max(days, most)
                again += [earlier.exchange, later.exchange]
        if again:
            yield f"{pages[0].name}: up to {days} past days were fetched again", again


def _shared_days(earlier: _Page, later: _Page) -> int:
    """Return the number of shared days that had ended before the earlier request."""
    one, other = earlier.summary.query, later.summary.query
    return (min(one.end, earlier.today, other.end) - max(one.start, other.start)) // DAY


@rule(
    "A range is wider than its rows, or than what was read of it.",
    "Request the days that you need.",
)
def _wide_range(client: Client) -> Iterator[Breach]:
    for page in _pages(client):
        query = page.summary.query
        before = (page.summary.since - query.start) // DAY
        after = (query.end - page.today - DAY) // DAY
        if before > 0 and page.is_given(Part.START) and not page.first:
            detail = f"{page.name}: the range begins {before:,} days before the first rows"
            yield detail, [page.exchange]
        if after > 0 and not page.first:
            yield f"{page.name}: the range ends {after:,} days ahead", [page.exchange]
    yield from _unfinished(client, newest_first=True)


@rule(
    "A token was in the URL of a request, which logs and histories keep.",
    "Send it only in the Authorization header.",
)
def _token_in_query(client: Client) -> Iterator[Breach]:
    for exchange in client:
        if exchange.is_token_in_target and not exchange.context.is_key_in_query:
            yield f"{_name(exchange)} was sent a token in its path or query", [exchange]


@rule(
    "A query parameter is not in the document, so it has no effect.",
    "Remove it, or check its spelling.",
)
def _unknown_parameter(client: Client) -> Iterator[Breach]:
    for exchange in client:
        for name in exchange.context.unknown:
            yield f"{_name(exchange)} was sent {name[:100]!r}", [exchange]


@rule(
    "A parameter is deprecated in the document.",
    "Use the replacement that its description names.",
)
def _deprecated_parameter(client: Client) -> Iterator[Breach]:
    for exchange in client:
        query = exchange.query
        for parameter in exchange.context.arguments:
            is_sent = parameter.location == "header" or (
                parameter.location == "query" and parameter.name in query
            )
            if parameter.deprecated and is_sent:
                yield f"{_name(exchange)} was sent {parameter.name!r}", [exchange]


@rule(
    "An operation is deprecated, or has ended.",
    "Use its successor; the response's Link header names it if there is one.",
)
def _deprecated_operation(client: Client) -> Iterator[Breach]:
    for exchange in client:
        operation, end = exchange.context.operation, exchange.response_header("Sunset")
        if end or exchange.response_header("Deprecation"):
            path = exchange.path if operation is None else operation.path
            yield f"{path} was requested{f', which ends {end}' if end else ''}", [exchange]
        elif operation is not None and operation.deprecated:
            yield f"{_name(exchange)} was requested", [exchange]


@rule(
    "A request did not name the program that sent it.",
    "Send a User-Agent with name and version, so that the operator can find you.",
)
def _no_user_agent(client: Client) -> Iterator[Breach]:
    for exchange in client:
        if not exchange.request_header("user-agent"):
            yield f"{_name(exchange)} was requested without one", [exchange]


@rule(
    "A client continued to use a token after it was refused.",
    "Stop at the first 401, and continue only with another token.",
)
def _same_token_after_401(client: Client) -> Iterator[Breach]:
    refused = next(filter(_is_refused, client), None)
    if refused is not None:
        later = [exchange for exchange in client if _is_after(exchange, refused)]
        if later:
            detail = f"a token was sent again after it was refused, {len(later)} times"
            yield detail, [refused, *later]


@rule(
    "A client sent a request before the time in Retry-After.",
    "Wait as long as Retry-After says before any request to that host.",
)
def _ignored_retry_after(client: Client) -> Iterator[Breach]:
    early: dict[int, Exchange] = {}
    for refused in client:
        until = _retry_after(refused)
        if until is not None:
            early |= {
                exchange.id: exchange
                for exchange in client
                if exchange.time < until and _is_after(exchange, refused)
            }
            if early:
                early[refused.id] = refused
    if early:
        detail = f"{len(early)} requests and refusals are closer together than Retry-After allows"
        yield detail, [*early.values()]


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


def findings_as_text(findings: Sequence[Mapping[str, Any]]) -> str:
    """Format the result of `lint` as text."""
    lines: list[str] = []
    for id_ in dict.fromkeys(finding["rule"] for finding in findings):
        broken = [finding for finding in findings if finding["rule"] == id_]
        lines.append(f"{id_}  {broken[0]['sentence']}")
        for finding in broken:
            shown = ", ".join(f"#{each['id']}" for each in finding["exchanges"][:_MOST_SHOWN])
            more = len(finding["exchanges"]) - _MOST_SHOWN
            lines.append(f"  {finding['detail']}: {shown}{f' and {more} more' if more > 0 else ''}")
            lines.append(f"    such as {finding['exchanges'][-1]['request']}")
        lines += [f"  -> {broken[0]['remedy']}", ""]
    lines.append(f"Findings: {len(findings)}" if findings else "No findings.")
    return "\n".join(lines)
