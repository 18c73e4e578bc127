"""Domain values as the facts that renderers write: a mapping from `Field` to plain values.

Everything that is known about a row is given; which of it a document asks for is not known here.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.binding.fields import KINDS, Field, Kind
from mock_server.binding.lexicon import ENVELOPE_NAMES
from mock_server.clock import start_of
from mock_server.data.queries import ContentTotal, DayTotal, TermTotal, ViewerTotal
from mock_server.data.query import Question, page_number, write_cursor
from mock_server.world.domain import ANONYMOUS, Account, Content, ContentType, Search, Space, Visit

Facts = dict[Field, Any]


def visit_facts(
    visit: Visit, content: Content, spaces: Mapping[str, Space], accounts: Mapping[str, Account]
) -> Facts:
    """Tell what is known of one visit."""
    facts = content_facts(content, spaces)
    facts |= _account_facts(visit.account, accounts)
    facts[Field.TIME] = visit.time
    facts[Field.ROW_ID] = _identity("visit", visit.time, visit.content_id, visit.account)
    return facts


def search_facts(search: Search, accounts: Mapping[str, Account]) -> Facts:
    """Tell what is known of one search."""
    return {
        **_account_facts(search.account, accounts),
        Field.TIME: search.time,
        Field.TERM: search.term,
        Field.NUMBER_OF_RESULTS: search.number_of_results,
        Field.IS_SUCCESSFUL: search.number_of_results > 0,
        Field.IS_UNSUCCESSFUL: search.number_of_results == 0,
        Field.ROW_ID: _identity("search", search.time, search.term, search.account),
    }


def viewer_facts(total: ViewerTotal, accounts: Mapping[str, Account]) -> Facts:
    """Tell what is known of one viewer's visits or searches together."""
    return {
        **_account_facts(total.account, accounts),
        Field.VIEWS: total.views,
        Field.FIRST_TIME: total.first,
        Field.LAST_TIME: total.last,
        Field.IS_PROTECTED: False,  # those are no viewers
        Field.ROW_ID: _identity("viewer", total.account),
    }


def content_total_facts(
    total: ContentTotal, content: Content, spaces: Mapping[str, Space]
) -> Facts:
    """Tell what is known of all visits of one content together."""
    return {
        **content_facts(content, spaces),
        Field.VIEWS: total.views,
        Field.VIEWERS: total.viewers,
        Field.FIRST_TIME: total.first,
        Field.LAST_TIME: total.last,
        Field.ROW_ID: _identity("content", total.content_id),
    }


def term_facts(total: TermTotal) -> Facts:
    """Tell what is known of all searches for one term together."""
    return {
        Field.TERM: total.term,
        Field.VIEWS: total.views,
        Field.VIEWERS: total.viewers,
        Field.FIRST_TIME: total.first,
        Field.LAST_TIME: total.last,
        Field.ROW_ID: _identity("term", total.term),
    }


def day_facts(total: DayTotal) -> Facts:
    """Tell what is known of all rows of one day together."""
    return {
        Field.DAY: start_of(total.day),
        Field.VIEWS: total.views,
        Field.VIEWERS: total.viewers,
        Field.ROW_ID: _identity("day", total.day),
    }


def content_facts(content: Content, spaces: Mapping[str, Space]) -> Facts:
    """Tell what is known of a content."""
    return {
        Field.CONTENT_ID: content.id,
        Field.CONTENT_TYPE: content.type.value,
        Field.CONTENT_TITLE: content.title,
        Field.PARENT_ID: content.parent_id,
        Field.SPACE_KEY: content.space_key,
        Field.SPACE_NAME: spaces[content.space_key].name,
        Field.IS_TRASHED: False,  # rows of what lies in the trash are hidden
        Field.DELETION_TIME: None,
    }


def _account_facts(account: str | None, accounts: Mapping[str, Account]) -> Facts:
    known = accounts.get(account) if account is not None else None
    kind = "protected" if account is None else "anonymous" if account == ANONYMOUS else "known"
    return {
        Field.ACCOUNT: account,
        Field.ACCOUNT_NAME: known.name if known is not None else account,
        Field.ACCOUNT_KIND: kind,
        Field.IS_ANONYMOUS: kind == "anonymous",
        Field.IS_KNOWN: kind != "anonymous",
        Field.IS_PROTECTED: kind == "protected",
    }


def _identity(*parts: object) -> int:
    """Number a row by what it says, so that it is the same number in every process."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).digest()
    return int.from_bytes(digest)


def example_facts(fields: Iterable[Field]) -> Facts:
    """Tell plausible facts of a made-up row and the page around it, to try a document out."""
    by_kind: dict[Kind, Any] = {
        Kind.MOMENT: 1_767_261_600_000,
        Kind.ID: 34_896_440_042,
        Kind.TEXT: "example",
        Kind.FLAG: False,
        Kind.COUNT: 1,
    }
    facts = {field: by_kind.get(KINDS[field]) for field in (*fields, *ENVELOPE_NAMES)}
    facts[Field.CONTENT_TYPE] = ContentType.PAGE.value
    facts[Field.ACCOUNT_KIND] = "known"
    facts |= dict.fromkeys((Field.NEXT, Field.PREVIOUS, Field.NEXT_CURSOR))
    facts[Field.SELF] = "https://mock.example/"
    return facts


def paging_facts(question: Question, size: int, total: int) -> Facts:
    """Give what is known of a page with `size` rows of `total`."""
    limit = question.limit
    seen = question.offset + size
    has_more = seen < total and size > 0
    page = page_number(question)
    return {
        Field.TOTAL: total,
        Field.SIZE: size,
        Field.OFFSET: question.offset,
        Field.LIMIT: limit if limit is not None else total,
        Field.PAGE: page,
        Field.NEXT_NUMBER: page + 1 if has_more else None,
        Field.PREVIOUS_NUMBER: page - 1 if question.offset else None,
        Field.NEXT_OFFSET: seen if has_more else None,
        Field.PAGES: math.ceil(total / limit) if limit else 1,
        Field.HAS_MORE: has_more,
        Field.HAS_PREVIOUS: question.offset > 0,
        Field.IS_FIRST: question.offset == 0,
        Field.IS_LAST: not has_more,
        Field.NEXT_CURSOR: write_cursor(seen) if has_more else None,
    }
