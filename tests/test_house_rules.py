"""House rules of CONTRIBUTING.md that no linter checks."""

import ast
import importlib
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

import contract_tests.errors
import mock_server
from contract_tests.cli.commands import commands as contract_commands
from mock_server.cli.commands import commands as mock_commands
from tests.commands import run_process

PACKAGES = ("mock_server", "contract_tests")
HEAVY = ("connexion", "faker", "sqlite3", "starlette", "uvicorn")
COMMANDS: dict[str, click.Command] = {
    "viewtracker-mock": mock_commands,
    "viewtracker-contract": contract_commands,
}

# Spelled so that these lines do not match themselves.
OUTSIDE = {
    "a package registry": re.compile(
        r"regis[t]ry\.[a-z]+js|p[y]pi\.|pythonhoste[d]|--(extra-)?index-ur[l]|--find-link[s]"
    ),
    "a path of one machine": re.compile(r"(?<![\w.~/-])/(wor[k]|hom[e]|roo[t]|tm[p]|User[s])/\w"),
}


def modules() -> list[Path]:
    root = Path(__file__).parents[1]
    return sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(Path(__file__).parents[1]))


def test_importing_the_mock_loads_no_heavy_packages() -> None:
    program = f"import sys, mock_server; print(*({set(HEAVY)} & set(sys.modules)))"
    done = run_process(sys.executable, "-c", program)
    assert (done.code, done.out.split()) == (0, [])


def test_public_names_exist_and_are_sorted() -> None:
    def rank(name: str) -> tuple[bool, bool, str]:
        return not name.isupper(), not name[0].isupper(), name

    assert sorted(mock_server.__all__, key=rank) == mock_server.__all__
    assert [name for name in mock_server.__all__ if not hasattr(mock_server, name)] == []


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = mock_server.Nothing


def drawn_tree(docstring: str) -> dict[str, str]:
    """Parse the tree of classes in a docstring: each with its base, or '' for a root."""
    tree: dict[str, str] = {}
    above: list[str] = []
    for branch, name in re.findall(
        r"^ *((?:[|+ -]*-- )?)([A-Z]\w*Error)\b", docstring, re.MULTILINE
    ):
        depth = len(branch) // 4
        above[depth:] = [name]
        tree[name] = above[depth - 1] if depth else ""
    return tree


def defined_tree(module: str) -> dict[str, str]:
    """Return the same tree of the error classes that a module defines."""
    classes = {
        name: one
        for name, one in vars(importlib.import_module(module)).items()
        if isinstance(one, type) and issubclass(one, BaseException) and one.__module__ == module
    }
    return {
        name: one.__bases__[0].__name__ if one.__bases__[0] in classes.values() else ""
        for name, one in classes.items()
    }


def test_the_docstring_shows_the_tree_of_error_classes() -> None:
    module = contract_tests.errors
    assert drawn_tree(module.__doc__ or "") == defined_tree(module.__name__)


def test_error_trees_in_docstrings_are_parsed() -> None:
    drawing = """
        RootError         text about OtherError
        +-- BranchError   text
        |   +-- LeafError
        +-- LastError
        SecondError
    """

    assert drawn_tree(drawing) == {
        "RootError": "", "BranchError": "RootError", "LeafError": "BranchError",
        "LastError": "RootError", "SecondError": "",
    }  # fmt: skip


def test_every_module_has_a_docstring() -> None:
    undocumented = [p for p in modules() if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert [named(path) for path in undocumented] == []


def files_to_commit(root: Path) -> list[Path]:
    """List the files that git tracks or would add."""
    # A checkout may belong to another user, as in a container.
    words = ("-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard")
    listed = run_process("git", *words, folder=root)
    assert listed.code == 0, listed.err
    paths = {root / name for name in listed.out.split("\0") if name}
    return sorted(path for path in paths if path.is_file())


def machine_names_in(text: str) -> Iterator[str]:
    """Find names of package registries and of paths of one machine."""
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in OUTSIDE.items():
            if match := pattern.search(line):
                yield f"line {number} names {what}: {match[0]}"


def test_no_file_names_a_package_registry_or_a_path_of_one_machine(checkout: Path) -> None:
    if not (checkout / ".git").exists():
        pytest.skip("this is not a checkout")
    files = files_to_commit(checkout)
    found = {
        str(path.relative_to(checkout)): names
        for path in files
        if (names := list(machine_names_in(path.read_text("utf-8", errors="replace"))))
    }

    assert files
    assert found == {}


@pytest.mark.parametrize("line", [
    "https://regis" + "try.npmjs.org/left-pad", "--index-" + "url somewhere",
    "see /wor" + "k/shared", "'/tm" + "p/v/bin'",
])  # fmt: skip
def test_names_of_registries_and_machine_paths_are_found(line: str) -> None:
    assert len(list(machine_names_in(line))) == 1


@pytest.mark.parametrize("line", ["GET /wiki/home/x", "example.com/work/x", "../tmp/x", "/work"])
def test_harmless_paths_are_not_found(line: str) -> None:
    assert list(machine_names_in(line)) == []


def shell_lines(markdown: str) -> list[str]:
    """Return the commands in a page's `console` and `sh` blocks, without prompts and output."""
    lines = []
    for language, block in re.findall(
        r"^```(console|sh)\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL
    ):
        joined = block.replace("\\\n", " ").splitlines()
        if language == "console":
            joined = [line[2:] for line in joined if line.startswith("$ ")]
        lines += [line.strip() for line in joined if line.strip()]
    return [line for line in lines if not line.startswith("#")]


def commands_in(line: str) -> Iterator[list[str]]:
    """Split a shell line into commands, without variables set before them."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word[0] not in "|&;":
            words.append(word)
            continue
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words:
            yield words
        words = []


def error_of(words: list[str], targets: Iterable[str]) -> str | None:
    """Return what is wrong with a documented command, without running it."""
    name, arguments = words[0].split("/")[-1], words[1:]
    if ">" in arguments:
        arguments = arguments[: arguments.index(">")]
    if name == "make":
        named = [word for word in arguments if "=" not in word and not word.startswith("-")]
        unknown = sorted(set(named).difference(targets))
        return f"make has no {', '.join(unknown)}" if unknown else None
    if name not in COMMANDS:
        return None
    return _click_error_of(COMMANDS[name], name, arguments)


def _click_error_of(command: click.Command, name: str, words: list[str]) -> str | None:
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"{name} has no {words[0]}"
        command, name, words = command.commands[words[0]], f"{name} {words[0]}", words[1:]
    try:
        command.make_context(name, list(words))
    except click.exceptions.Exit:
        return None
    except click.ClickException as error:
        return f"{name}: {error.format_message()}"
    return None


def targets_of(makefile: str) -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_command_in_the_documentation_exists(
    page: str, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = checkout / page
    assert path.exists(), f"there is no {page}"
    monkeypatch.chdir(checkout)
    targets = targets_of((checkout / "Makefile").read_text("utf-8"))
    lines = shell_lines(path.read_text("utf-8"))
    errors = {
        line: error
        for line in lines
        for words in commands_in(line)
        if (error := error_of(words, targets))
    }
    capsys.readouterr()
    assert lines
    assert errors == {}


def test_commands_of_a_page_are_parsed() -> None:
    page = (
        "```console\n$ make setup \\\n    PYTHON=python3\nits output\n```\n"
        "```sh\n# why\nTOKEN='a b' make test | tee log && viewtracker-mock --help\n```\n"
        "```python\nmake()\n```\n"
    )
    lines = shell_lines(page)

    assert [words for line in lines for words in commands_in(line)] == [
        ["make", "setup", "PYTHON=python3"], ["make", "test"], ["tee", "log"],
        ["viewtracker-mock", "--help"],
    ]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), [
    ("make setup PYTHON=python3", None), ("make coffee", "make has no coffee"),
    (".venv/bin/viewtracker-mock serve --port 0", None),
    (".venv/bin/viewtracker-mock --version", None),
    ("viewtracker-mock brew", "viewtracker-mock has no brew"),
    ("viewtracker-mock serve --port many", "viewtracker-mock serve: Invalid value for"),
    ("viewtracker-mock serve --sugar", "viewtracker-mock serve: No such option"),
    ("viewtracker-contract run", None), ("curl http://127.0.0.1:8080/", None),
])  # fmt: skip
def test_unknown_commands_and_options_are_found(
    line: str, expected: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    found = error_of(shlex.split(line), {"setup"})
    capsys.readouterr()
    assert found == expected if expected is None else (found or "").startswith(expected)


def test_the_makefile_lists_its_targets(checkout: Path) -> None:
    makefile = (checkout / "Makefile").read_text("utf-8")
    shown = run_process("make", folder=checkout).out
    assert targets_of(makefile) == set(re.findall(r"^  make ([a-z-]+) ", shown, re.MULTILINE))
