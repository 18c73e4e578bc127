"""The order of the modules, as ARCHITECTURE.md draws it under "Layers", holds in the code.

Every function that finds a breach is first shown a small tree that has one.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

MOCK, KIT = "mock_server", "contract_tests"

Layers = list[list[str]]
Imports = Mapping[str, set[str]]
"""What each module of a package imports, by dotted name."""


def read_layers(text: str) -> Layers:
    """Read the numbered lines under `## Layers`, lowest first; words in backticks are units."""
    section = re.search(r"^## Layers$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None, 'ARCHITECTURE.md has no heading "## Layers"'
    lines = re.findall(r"^\d+\. (.*)$", section[1], re.MULTILINE)
    return [re.findall(r"`(\w+)`", re.split(r"\s[-—]+\s", line)[0]) for line in lines]


def modules_of(tree: Path, package: str) -> dict[str, Path]:
    """Find the modules of a package, by dotted name."""
    found = {}
    for path in sorted((tree / package).rglob("*.py")):
        parts = path.relative_to(tree).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(path: Path) -> Iterator[tuple[str, str | None]]:
    """Give what a module imports, wherever in it: a dotted module, and the name taken from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from ((node.module or "", alias.name) for alias in node.names)


def graph_of(tree: Path, package: str) -> dict[str, set[str]]:
    """Say which modules of the package each of its modules imports."""
    modules = modules_of(tree, package)
    graph: dict[str, set[str]] = {}
    for module, path in modules.items():
        graph[module] = set()
        for source, name in imports_of(path):
            target = f"{source}.{name}" if f"{source}.{name}" in modules else source
            if target in modules:
                graph[module].add(target)
    return graph


def unit_of(module: str) -> str:
    """Give the module or package directly under the top that holds a module; '' is the top."""
    return module.split(".")[1] if "." in module else ""


def misplaced(layers: Layers, modules: Mapping[str, Path]) -> list[str]:
    """List units in no line, in two lines, and names of what does not exist."""
    units = {unit_of(module) for module in modules} - {"", "__main__"}
    listed = [unit for line in layers for unit in line]
    return sorted(
        [f"{unit} is in no line" for unit in units.difference(listed)]
        + [f"{unit} does not exist" for unit in set(listed) - units]
        + [f"{unit} is in two lines" for unit in set(listed) if listed.count(unit) > 1]
    )


def upward(layers: Layers, graph: Imports) -> list[str]:
    """List imports from a line further down the list, and of the face by what it shows.

    The package itself may import everything, as may `__main__`; only they and the last line may
    import the package itself.
    """
    height = {unit: number for number, line in enumerate(layers) for unit in line}
    top = len(layers)
    height |= {"": top - 1, "__main__": top}
    return [
        f"{module} imports {target}"
        for module, targets in sorted(graph.items())
        for target in sorted(targets)
        if unit_of(module) and height.get(unit_of(target), 0) > height.get(unit_of(module), top)
    ]


def cycles(graph: Imports) -> list[str]:
    """List the import cycles, each once, from its first module in the alphabet."""
    found = set()
    for start in graph:
        ways = [[start]]
        seen = set()
        while ways:
            way = ways.pop(0)
            for target in sorted(graph[way[-1]]):
                if target == start and start == min(way):
                    found.add(" -> ".join([*way, start]))
                elif target not in seen:
                    seen.add(target)
                    ways.append([*way, target])
    return sorted(found)


def foreign(tree: Path, public: set[str]) -> list[str]:
    """List what the mock takes from the kit, and the kit from the mock other than public names."""
    found = [
        f"{module} imports {source}"
        for module, path in modules_of(tree, MOCK).items()
        for source, _ in imports_of(path)
        if source.split(".")[0] == KIT
    ]
    for module, path in modules_of(tree, KIT).items():
        for source, name in imports_of(path):
            if source.split(".")[0] == MOCK and not _is_public(source, name, public):
                found.append(f"{module} imports {source}" + (f".{name}" if name else ""))
        if _is_mock_imported_whole(path):
            found += [f"{module} uses {MOCK}.{name}" for name in _attributes(path) - public]
    return sorted(found)


def _is_public(source: str, name: str | None, public: set[str]) -> bool:
    return source == MOCK and (name is None or name in public)


def _is_mock_imported_whole(path: Path) -> bool:
    return (MOCK, None) in imports_of(path)


def _attributes(path: Path) -> set[str]:
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == MOCK
    }


@pytest.fixture(scope="module")
def layers() -> Layers:
    root = Path(__file__).parents[1]
    return read_layers((root / "ARCHITECTURE.md").read_text(encoding="utf-8"))


def test_every_module_has_its_line_and_every_line_its_modules(
    layers: Layers, checkout: Path
) -> None:
    assert layers
    assert misplaced(layers, modules_of(checkout, MOCK)) == []


def test_no_module_imports_from_a_line_above_it(layers: Layers, checkout: Path) -> None:
    assert upward(layers, graph_of(checkout, MOCK)) == []


@pytest.mark.parametrize("package", [MOCK, KIT])
def test_no_imports_go_in_circles(package: str, checkout: Path) -> None:
    assert cycles(graph_of(checkout, package)) == []


def test_the_two_packages_meet_in_public_names_only(checkout: Path) -> None:
    import mock_server

    assert foreign(checkout, set(mock_server.__all__)) == []


SMALL = """
## Layers

What a module may import.

1. `low`, `lower` — no `word` of this counts
2. `high` — above

## Words

1. `other` — no layer
"""


def plant(tree: Path, modules: Mapping[str, str]) -> Path:
    """Write modules, by dotted name."""
    for name, text in modules.items():
        path = tree.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        (path.parent / "__init__.py").touch()
    return tree


def test_layers_are_read_from_their_own_section() -> None:
    assert read_layers(SMALL) == [["low", "lower"], ["high"]]


def test_a_text_without_layers_is_refused() -> None:
    with pytest.raises(AssertionError, match="## Layers"):
        read_layers("# Architecture")


def test_modules_without_a_line_and_lines_without_modules_are_found(tmp_path: Path) -> None:
    tree = plant(tmp_path, {"mock_server.low": "", "mock_server.more.deep": ""})

    assert misplaced([["low", "gone"], ["low"]], modules_of(tree, MOCK)) == [
        "gone does not exist",
        "low is in two lines",
        "more is in no line",
    ]


@pytest.mark.parametrize(
    "breach",
    [
        "import mock_server.high",
        "from mock_server.high import thing",
        "from mock_server import high",
        "def late():\n    from mock_server.high import thing",
        "if TYPE_CHECKING:\n    from mock_server.high import thing",
    ],
)
def test_an_import_from_above_is_found_wherever_it_stands(tmp_path: Path, breach: str) -> None:
    tree = plant(tmp_path, {"mock_server.low.deep": breach, "mock_server.high": "thing = 1"})

    assert upward([["low"], ["high"]], graph_of(tree, MOCK)) == [
        "mock_server.low.deep imports mock_server.high"
    ]


def test_imports_from_below_and_from_beside_are_fine(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {
            "mock_server.low": "import mock_server.lower",
            "mock_server.lower": "import json",
            "mock_server.high.one": "from mock_server.high import two\nimport mock_server.low",
            "mock_server.high.two": "",
        },
    )

    assert upward([["low", "lower"], ["high"]], graph_of(tree, MOCK)) == []
    assert cycles(graph_of(tree, MOCK)) == []


def test_the_package_itself_is_for_the_last_line(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {
            "mock_server.low": "from mock_server import name",
            "mock_server.high": "from mock_server import name",
            "mock_server.__main__": "from mock_server.high import name",
        },
    )

    assert upward([["low"], ["high"]], graph_of(tree, MOCK)) == [
        "mock_server.low imports mock_server"
    ]


def test_a_circle_is_found_once() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}

    assert cycles(graph) == ["a -> b -> c -> a"]


def test_a_mock_that_needs_its_tests_is_found(tmp_path: Path) -> None:
    tree = plant(tmp_path, {"mock_server.low": "import contract_tests.judging.judge"})

    assert foreign(tree, set()) == ["mock_server.low imports contract_tests.judging.judge"]


@pytest.mark.parametrize(
    ("breach", "said"),
    [
        ("from mock_server.low import Known", "imports mock_server.low.Known"),
        ("from mock_server import Unknown", "imports mock_server.Unknown"),
        ("import mock_server.low", "imports mock_server.low"),
        ("import mock_server\nmock_server.Unknown()", "uses mock_server.Unknown"),
    ],
)
def test_a_kit_that_looks_inside_the_mock_is_found(tmp_path: Path, breach: str, said: str) -> None:
    tree = plant(tmp_path, {"contract_tests.suite.test_it": breach})

    assert foreign(tree, {"Known"}) == [f"contract_tests.suite.test_it {said}"]


def test_a_kit_that_uses_public_names_is_fine(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {
            "contract_tests.one": "from mock_server import Known",
            "contract_tests.two": "import mock_server\nmock_server.Known()",
        },
    )

    assert foreign(tree, {"Known"}) == []
