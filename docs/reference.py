"""Writes the pages of docs/reference from code and documents: `python docs/reference.py`."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

import click

from contract_tests.cli.commands import commands as contract_commands
from contract_tests.running import requirements
from mock_server import DEFAULT_DOCUMENT, read_document
from mock_server.api.v1 import old_api
from mock_server.binding.fields import Field, Grouping, Part, Subject, Unit
from mock_server.cli.commands import commands as mock_commands
from mock_server.control.app import PREFIX, control_document
from mock_server.control.problem_types import kinds
from mock_server.errors import ApiError
from mock_server.openapi.provenance import provenance_of

PAGES = Path(__file__).parent / "reference"


def commands() -> str:
    """Return the page of every command and option."""
    roots = {"viewtracker-mock": mock_commands, "viewtracker-contract": contract_commands}
    told = (_command(name, command) for name, command in roots.items())
    return _page("Commands", "Exit codes: 0, success; 1, negative result; 2, error.", *told)


def _command(name: str, command: click.Command, level: int = 2) -> str:
    context = click.Context(command, info_name=name)
    text = f"{'#' * level} `{name}`\n\n{cleandoc(command.help or '')}\n"
    if isinstance(command, click.Group):
        inner = (
            _command(f"{name} {one}", command.commands[one], level + 1) for one in command.commands
        )
        return "\n".join((text, *inner))
    usage = command.collect_usage_pieces(context)
    options = [record for one in command.params if (record := one.get_help_record(context))]
    rows = ((f"`{words}`", what) for words, what in options)
    return f"{text}\n    {name} {' '.join(usage)}\n\n" + _table(("option", "description"), rows)


def control_api() -> str:
    """Return the page of the control API's operations."""
    document = control_document()
    rows = (
        (f"`{one.method} {PREFIX}{one.path}`", f"`{one.id}`", one.summary)
        for one in document.operations
    )
    return _page(
        "Control API",
        "The full document is [openapi/admin.yaml](../../openapi/admin.yaml); Swagger UI at `/ui/` of a mock "
        "shows it. For examples, see [Control the mock while it runs](../control.md).",
        _table(("request", "operation", "description"), rows),
    )


def problems() -> str:
    """Return the page of the problem types of the mock."""
    import_module("mock_server.app")  # which has them all
    rows = (
        (f"`{kind.slug()}`", str(kind.status), _first(kind.__doc__)) for kind in kinds(ApiError)
    )
    return _page(
        "Problems",
        f"The `type` of an error body ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) ends with "
        f"one of these words. `{PREFIX}/problems` of a running mock shows a command that causes each. "
        "A document with its own error schema keeps that schema.",
        _table(("type", "status", "meaning"), rows),
    )


_WORDS: dict[type[StrEnum], str] = {
    Subject: "`subject`: the rows of an operation",
    Grouping: "`grouping`: single rows or totals",
    Field: "`properties` and `headers`: their fields",
    Part: "`parameters`: their roles",
    Unit: "Formats of times, after the role of a range parameter",
}


def words() -> str:
    """Return the page of the words of a binding file."""
    told = (
        f"## {title}\n\n" + "".join(f"- `{one.value}`\n" for one in kind)
        for kind, title in _WORDS.items()
    )
    return _page(
        "Words of a binding",
        "`document check` prints these words and `document bind` writes them; `nothing` selects generated "
        "values. See [Serve the vendor's document](../vendor-document.md).",
        *told,
    )


def asked() -> str:
    """Return the page of the contract kit's requirements."""
    rows = ((made.id, made.sentence, made.source, made.sends) for made in requirements())
    return _page(
        "Requirements",
        "The requirements that `viewtracker-contract run` tests and `viewtracker-contract list` lists. "
        "[Servers with known defects](../broken-servers.md) shows the defects that each one detects. A breach of an "
        "assumed requirement is a warning, unless you use `--strict`.",
        _table(("id", "requirement", "source", "requests"), rows),
    )


def provenance() -> str:
    """Return the page of who says what in our documents."""
    documents = {"Version 2": read_document(DEFAULT_DOCUMENT), "Version 1": old_api()[0]}
    tables = (
        f"## {title}\n\n" + _table(
            ("element", "source", "where"),
            (
                (f"{row.kind} `{row.name}`", str(row.status), row.source)
                for row in provenance_of(document.content)
                if row.kind in _SHOWN
            ),
        )
        for title, document in documents.items()
    )  # fmt: skip
    return _page(
        "Provenance",
        "The sources of the elements of our reconstructed documents that clients use: a public page of the "
        "vendor (`documented`), public scripts for its sister product (`sister`), or our assumption "
        "(`assumed`). `viewtracker-mock document provenance` lists all elements.",
        *tables,
    )


_SHOWN = frozenset({"server", "path", "operation", "parameter", "scheme", "property", "response"})


def python() -> str:
    """Return the page of the Python API, which the site's builder fills from the docstrings."""
    classes = (
        f"```{{eval-rst}}\n.. autoclass:: {name}\n   :members:\n   :inherited-members: Exception\n```\n"
        for name in ("mock_server.MockServer", "mock_server.Settings", "mock_server.Clock",
                     "mock_server.MockServerError")
    )  # fmt: skip
    functions = (
        f"```{{eval-rst}}\n.. autofunction:: mock_server.{name}\n```\n"
        for name in ("transport", "adapter")
    )
    return _page(
        "Python",
        "The fixture `viewtracker` is a `MockServer`; `viewtracker_us` and `viewtracker_de` are one residency "
        "of it. See [Test your client with pytest](../testing.md).",
        *classes,
        *functions,
    )


def _first(text: object) -> str:
    return " ".join(str(text or "").split("\n\n")[0].split())


def _page(title: str, lead: str, *parts: str) -> str:
    return f"# {title}\n\n{lead}\n\n" + "\n".join(parts)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return "".join(_lines(list(head), rows))


def _lines(head: list[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n"
    for row in rows:
        yield f"| {' | '.join(one.replace('|', chr(92) + '|').replace('<', '&lt;') for one in row)} |\n"


PAGES_MADE: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "python.md": python,
    "control-api.md": control_api,
    "problems.md": problems,
    "words.md": words,
    "requirements.md": asked,
    "provenance.md": provenance,
}

if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for name, make in PAGES_MADE.items():
        (PAGES / name).write_text(make(), "utf-8")
