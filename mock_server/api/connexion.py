"""What Connexion is given: a resolver, and a validator of parameters."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, cast

from connexion import context
from connexion.resolver import Resolution, Resolver
from connexion.uri_parsing import OpenAPIURIParser
from starlette.responses import Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from mock_server.api.context import Reported, trace_of
from mock_server.api.parameters import ParameterReader
from mock_server.api.query import ask, page_links
from mock_server.api.responses import Answers
from mock_server.binding.fields import Binding, OperationBinding
from mock_server.clock import start_of
from mock_server.data.site import SUMMED, Site
from mock_server.errors import ApiError, NotAcceptableError
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.lower import path_values
from mock_server.openapi.schemas import SchemaCompiler

logger = logging.getLogger(__name__)

Handler = Callable[[], Awaitable[Response]]

_CHARSET = re.compile(r";\s*charset=[^;,]*", re.IGNORECASE)
"""JSON is always UTF-8, so clients that ask for it by a parameter get what they mean."""


class NotImplementedHereError(ApiError):
    """501: an operation that nothing is known to answer."""

    status = 501
    title = "Not Implemented"


class RequestReader:
    """Reads and judges requests in the place of Connexion's parameter validator.

    Connexion makes one validator a request from what `validator_map` gives; this one object serves
    them all, since what differs lies in the scope.
    """

    def __init__(
        self, document: Document, compiler: SchemaCompiler, binding: Binding, *, strict: bool
    ) -> None:
        self._operations = {operation.id: operation for operation in document.operations}
        self._readers = {
            operation.id: ParameterReader(document, operation, compiler, strict=strict)
            for operation in document.operations
        }
        self._binding = binding

    def __call__(self, *_parameters: object, **_options: object) -> "RequestReader":
        """Give Connexion the validator of one request."""
        return self

    def validate(self, scope: MutableMapping[str, Any]) -> None:
        """Read a request's parameters into its trace.

        Raises:
            InvalidRequestError: If they break the document.
            NotAcceptableError: If the client takes nothing that the operation offers.
        """
        trace = trace_of(scope)
        operation = self._operations[scope["extensions"]["connexion_routing"]["operation_id"]]
        trace.operation = operation
        bound = self._binding.operations.get(operation.id)
        if bound is not None:
            _negotiate(scope, bound)
        trace.arguments, trace.unknown = self._readers[operation.id].read(
            path=path_values(operation.path, scope["path_params"]),
            query_string=scope["query_string"],
            headers=scope["headers"],
        )


def _negotiate(scope: Mapping[str, Any], bound: OperationBinding) -> None:
    offered = bound.media_type.name.partition(";")[0]
    line = ",".join(
        value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"
    )
    if "/" not in line or "*" in offered:  # nothing, or nothing readable, is asked for
        return
    if not parse_accept_header(_CHARSET.sub("", line), MIMEAccept).quality(offered):
        raise NotAcceptableError(
            f"This operation answers {offered}, which the Accept header {line[:100]!r} refuses."
        )


class NoURIParser(OpenAPIURIParser):
    """Hands Connexion no parameters: `RequestReader` has read them, and handlers take none."""

    def resolve_query(self, query_data: object) -> dict[str, Any]:
        """Leave the query alone."""
        del query_data
        return {}

    def resolve_path(self, path_data: object) -> dict[str, Any]:
        """Leave the path alone."""
        del path_data
        return {}


class HandlerResolver(Resolver):
    """Gives Connexion the handler of each operation."""

    def __init__(self, document: Document, binding: Binding, site: Site, answers: Answers) -> None:
        super().__init__()
        self._handlers: dict[str, Handler] = {
            operation.id: _handler(operation, binding, site, answers)
            for operation in document.operations
        }

    def resolve(self, operation: Any) -> Resolution:
        """Find the handler by operation id; every operation of the document has one."""
        return Resolution(self._handlers[operation.operation_id], operation.operation_id)


def _handler(operation: Operation, binding: Binding, site: Site, answers: Answers) -> Handler:
    bound = binding.operations.get(operation.id)
    if bound is None:
        return _unserved(operation, binding.unbound.get(operation.id, "nothing is known about it"))

    with_sums = not bound.facts.isdisjoint(SUMMED)

    without_effect = [one for one in bound.parameters if one.part is None]
    since = start_of(site.world.installed)
    told: set[str] = set()

    def tell_once(*names: str) -> None:
        for name in set(names) - told:
            told.add(name)
            logger.warning("parameter %s of %s has no effect; bind it", name, operation.id)

    async def answer() -> Response:
        trace = trace_of(context.scope)
        trace.ignored = tuple(
            one.parameter.name for one in without_effect if one.parameter in trace.arguments
        )
        tell_once(*trace.ignored)
        if trace.example in bound.media_type.examples:
            trace.applies(f"example={trace.example}")
            return answers.example(bound, str(trace.example))
        if trace.example is not None:
            known = ", ".join(bound.media_type.examples) or "none"
            trace.notes.append(f"there is no example {trace.example[:60]!r}; there are {known}")
        question = ask(bound, trace.arguments, site.clock).changed(
            rows=trace.rows, newest=site.clock.now() - trace.lag if trace.lag else None
        )
        report = site.report(question, with_sums=with_sums).repeated(trace.rows)
        trace.reported = Reported(bound, question, report.facts, since)
        if trace.caller is not None:
            trace.caller.check(question.subject, report.facts)
        trace.notes += [*question.notes, *report.notes]
        trace.source = f"world {site.world.name}"
        facts = report.facts | page_links(
            bound, question, report.facts, cast("Mapping[str, Any]", context.scope)
        )
        return answers.report(bound, facts, report.rows, judged=trace.rows is None)

    return answer


def _unserved(operation: Operation, reason: str) -> Handler:
    async def refuse() -> Response:
        raise NotImplementedHereError(f"The mock does not serve {operation.id}: {reason}.")

    return refuse
