"""Imports run one way. Read from the import statements of src/policyengine; a broken arrow is named in words."""

from __future__ import annotations

import ast
import gc
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import policyengine

ROOT = Path(policyengine.__file__).parent
# what `import policyengine` must not pull in: it costs time and isn't always installed
HEAVY = (
    "polars",
    "numpy",
    "pyarrow",
    "numba",
    "z3",
    "durable",
    "typer",
    "rich",
    "lark",
    "hypothesis",
    "pytest",
    "altair",
)


@dataclass(frozen=True)
class Import:
    """One module of the package imports another. runs_at_import: not inside a function, not only for types."""

    importer: str
    imported: str
    line: int
    runs_at_import: bool

    def __str__(self) -> str:
        return f"{self.importer} (line {self.line}) imports {self.imported}"


def modules() -> dict[str, Path]:
    """Dotted names within the package: `compiler.lower`; the package itself is ""."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path, known: set[str]) -> Iterator[Import]:
    """Every import of a module of the package, wherever it stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    waiting: list[tuple[ast.AST, bool]] = [(tree, True)]
    while waiting:
        node, runs = waiting.pop()
        for target in _targets(node, package, known):
            yield Import(name, target, node.lineno, runs)  # type: ignore[attr-defined]
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        types_only = isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for child in ast.iter_child_nodes(node):
            waiting.append((child, runs and not inside and not types_only))


def _targets(node: ast.AST, package: str, known: set[str]) -> list[str]:
    """The modules of the package that a statement imports; `from x import y` means x.y where that is a module."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if package else []
            base = ".".join(["policyengine", *above, *([node.module] if node.module else [])])
        names = [f"{base}.{alias.name}" for alias in node.names]
    else:
        return []
    found = []
    for name in names:
        if name.split(".")[0] == "policyengine":
            inner = name.removeprefix("policyengine").removeprefix(".")
            while inner not in known:
                inner = inner.rpartition(".")[0]
            found.append(inner)
    return found


MODULES = modules()
IMPORTS = list(dict.fromkeys(item for name, path in MODULES.items() for item in imports(name, path, set(MODULES))))


def lies_in(module: str, *places: str) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


def broken(importer: str, *forbidden: str) -> list[str]:
    """The imports from one part of the package to others, in words."""
    found = [item for item in IMPORTS if lies_in(item.importer, importer) and lies_in(item.imported, *forbidden)]
    return [str(item) for item in found]


ABOVE_PROGRAM = ("decision", "packs", "record", "explaining", "cases", "intake", "checking", "commands", "cli")


def test_reading_a_pack_knows_nothing_of_compiling_or_deciding() -> None:
    assert broken("authoring", "compiler", "interpreters", "testing", "analysis", "ir", *ABOVE_PROGRAM) == []


def test_compiling_knows_nothing_of_deciding() -> None:
    assert broken("compiler", "interpreters", "testing", "analysis", *ABOVE_PROGRAM) == []


def test_interpreters_see_programs_and_not_how_they_were_written() -> None:
    assert broken("interpreters", "authoring", "compiler", "commands", "cli") == []


# files that are one interpreter: straight.py, specialised.py and readings.py write household.py's steps as one function; population is a folder
HOUSEHOLD = ("household", "closures", "members", "lookups", "layout", "straight", "specialised", "readings")
ONE = (
    {f"interpreters.{name}" for name in HOUSEHOLD},
    {"interpreters.forward", "interpreters.forward_rules", "interpreters.forward_host"},
    {"interpreters.verification", "interpreters.verification_terms"},
    {name for name in MODULES if lies_in(name, "interpreters.population")},
)
# what is shared on purpose: atoms are settled by the household evaluator's own functions; whole years are counted once
SHARED = {
    "interpreters.forward": {"interpreters.household", "interpreters.layout"},
    "interpreters.verification": {"interpreters.lookups"},
}


def test_interpreters_do_not_import_each_other() -> None:
    files = [name for name in MODULES if name.startswith("interpreters.")]
    parts = {name: next((whole for whole in ONE if name in whole), {name}) | SHARED.get(name, set()) for name in files}
    apart = [item for name in files for item in broken(name, *(other for other in files if other not in parts[name]))]
    assert apart == []


def test_program_and_values_rest_on_nothing_above_them() -> None:
    floor = {"ir", "values", "limits", "units", "text", "source", "errors", "catalogue", "_version"}
    ground = [str(item) for item in IMPORTS if item.importer in floor and item.imported not in floor]
    assert ground == []


def test_nothing_imports_the_command_line() -> None:
    line = ("cli", "commands")
    users = [
        item for item in IMPORTS if lies_in(item.imported, *line) and not lies_in(item.importer, *line, "__main__")
    ]
    assert [str(item) for item in users] == []


def test_explaining_knows_nothing_of_cases_or_populations() -> None:
    assert broken("explaining", "cases", "population", "analysis", "testing", "verifying", "commands", "cli") == []


def test_tools_for_tests_are_used_only_by_the_command_line() -> None:
    users = [
        item
        for item in IMPORTS
        if lies_in(item.imported, "testing") and not lies_in(item.importer, "testing", "commands")
    ]
    assert [str(item) for item in users] == []


def cycle() -> list[str]:
    """A cycle of imports that run when the modules are imported, or an empty list."""
    below: dict[str, list[str]] = {name: [] for name in MODULES}
    for item in IMPORTS:
        if item.runs_at_import and item.imported != item.importer:
            below[item.importer].append(item.imported)
    done: set[str] = set()

    def follow(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in below[name]:
            if found := follow(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in MODULES if (found := follow(name, []))), [])


def test_no_cycle_of_imports() -> None:
    assert " → ".join(f"policyengine.{name}".rstrip(".") for name in cycle()) == ""


def test_reader_of_imports_sees_every_kind_of_statement(tmp_path: Path) -> None:
    """The tests above are worth nothing if an import escapes them."""
    text = (
        "import policyengine.ir\nfrom policyengine import values\nfrom policyengine.compiler import lower as l\n"
        "from . import symbols\nfrom .tables import check_rows\nfrom ..authoring.pack import PolicyPack\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from policyengine import packs\n"
        "def f():\n    from policyengine import cli\nclass C:\n    from policyengine import record\n"
    )
    path = tmp_path / "made_up.py"
    path.write_text(text, encoding="utf-8")
    known = {*MODULES, "cli"}
    found = {(item.imported, item.runs_at_import) for item in imports("compiler.made_up", path, known)}
    assert found == {
        ("ir", True),
        ("values", True),
        ("compiler.lower", True),
        ("compiler.symbols", True),
        ("compiler.tables", True),
        ("authoring.pack", True),
        ("packs", False),
        ("cli", False),
        ("record", True),
    }


@pytest.mark.parametrize("statement", ["import policyengine", "import policyengine; policyengine.shipped_packs()"])
def test_import_pulls_in_nothing_heavy(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.split() == []


def test_reading_a_pack_leaves_the_search_for_garbage_as_it_was(tmp_path: Path) -> None:
    for was_on in (True, False):
        (gc.enable if was_on else gc.disable)()
        try:
            policyengine.load("zibo")
            with pytest.raises(policyengine.PolicyError):
                policyengine.load(tmp_path)
            assert gc.isenabled() == was_on
        finally:
            gc.enable()
