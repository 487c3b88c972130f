"""Architecture: which way imports run, who may touch the world, and what no module is called."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import derive

PACKAGE = Path(derive.__file__).parent
SPINE = (
    ("errors", "expression"),
    ("functions",),
    ("equations", "shapes", "order", "decimals"),
    ("algebra",),
    ("network",),
    ("toml", "products"),
    ("partials",),
    ("graph",),
    ("unroll",),
    ("paths", "values"),
    ("fold", "accumulate", "numeric", "loss"),
    ("recurrence",),
    ("folding", "passes"),
    ("evaluate",),
    ("verify",),
    ("derivation",),
)
"""The way from equations to checks: none of these modules imports, even by way of others, from a later row."""
LEVEL = {f"derive.{name}": level for level, row in enumerate(SPINE) for name in row}
DOOR = {"derive", "derive.__main__", "derive.api", "derive.notebook"}
"""The command, the Python interface and notebooks: they know everything, and nothing else knows them."""
TREE = {"formula", "letters", "lines", "measure", "names", "spelling", "tex", "text", "typst"}
"""The formula tree and its writers, which know no network."""
NUMBERS = {"derive.numeric", "derive.passes", "derive.evaluate", "derive.verify", "derive.derivation"}
"""What the rest of notation, which makes formulas of expressions and trees, does without."""

PRINTING = {"print", "input", "exit", "quit", "breakpoint", "exec", "echo"}
WRITING = {"open", "write_text", "write_bytes", "mkdir", "unlink", "rmdir", "rename", "touch", "rmtree", "makedirs"}
READING = {"read_text", "read_bytes", "iterdir", "glob", "rglob"}
WORLD = {"os", "sys", "subprocess", "tempfile", "shutil", "signal", "time", "datetime", "random", "secrets", "uuid"}
MAY = {
    "derive.__main__": PRINTING | WRITING | READING | WORLD,
    "derive.report.write": WRITING | WORLD,
    "derive.toml": READING,
    "derive.numeric": {"exec"},
    # A PDF engine runs in a process and a temporary folder of its own; the guard is that process.
    "derive.report.engines": READING | WORLD,
    "derive.report.guard": {"os", "sys", "signal", "subprocess", "exit"},
}
"""Who may do what no other module may."""


def _modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_text(encoding="utf-8"))
    return found


MODULES = _modules()
every_module = pytest.mark.parametrize("name", MODULES)


def imported(tree: ast.Module) -> set[str]:
    """The modules that a module imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            submodules = {f"{module}.{alias.name}" for alias in node.names} & MODULES.keys()
            found |= submodules or {module}
    return found


def called(tree: ast.Module) -> set[str]:
    """The last names of all functions and methods that a module calls."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    return names | {call.attr for call in calls if isinstance(call, ast.Attribute)}


def part(name: str) -> str:
    """What a module belongs to: mathematics, notation, report, or the door that people come in by."""
    if name in DOOR:
        return "door"
    second = name.split(".")[1]
    return second if second in {"notation", "report"} else "mathematics"


@every_module
def test_imports_are_absolute_and_run_from_mathematics_to_notation_to_report(name: str) -> None:
    """Mathematics never imports notation or report, notation never report, and none of them what is made from all."""
    order = ("mathematics", "notation", "report", "door")
    ours = {other for other in imported(MODULES[name]) if other.split(".")[0] in {"derive", ""}}
    assert not [other for other in ours if other.startswith(".")]
    later = order[order.index(part(name)) + 1 :]
    assert not [other for other in ours if part(other) in later]


def reached(name: str) -> set[str]:
    """All modules that a module imports, directly or not."""
    seen: set[str] = set()
    queue = [name]
    while queue:
        fresh = (imported(MODULES[queue.pop()]) & MODULES.keys()) - seen
        seen |= fresh
        queue.extend(fresh)
    return seen


@every_module
def test_imports_run_in_no_circle(name: str) -> None:
    """No module imports itself by way of others, not even inside a function."""
    assert name not in reached(name)


@pytest.mark.parametrize("name", LEVEL)
def test_the_spine_imports_earlier_rows_only(name: str) -> None:
    """From equations to checks, a stage knows those before it and none after it."""
    assert not [other for other in reached(name) & LEVEL.keys() if LEVEL[other] >= LEVEL[name]]


@every_module
def test_the_formula_tree_knows_no_network(name: str) -> None:
    """The formula tree and its writers import notation alone; what makes formulas imports no numbers and no checks."""
    if part(name) == "notation":
        ours = {other for other in imported(MODULES[name]) & MODULES.keys() if part(other) == "mathematics"}
        if name.removeprefix("derive.notation.") in TREE:
            assert not ours - {"derive.errors"}
        else:
            assert not ours & NUMBERS


@every_module
def test_only_the_command_and_the_writer_touch_the_world(name: str) -> None:
    """No other module prints, exits, writes to disk, starts a process, or reads the clock; `load` may read."""
    tree = MODULES[name]
    touched = (called(tree) & (PRINTING | WRITING | READING)) | (
        {other.split(".")[0] for other in imported(tree)} & WORLD
    )
    assert not touched - MAY.get(name, set())


@every_module
def test_a_module_is_named_after_a_concept(name: str) -> None:
    """No module is a drawer for odds and ends."""
    assert not {"util", "utils", "helper", "helpers", "misc", "common", "tools"} & set(name.split("."))


def test_only_one_place_runs_code_that_was_made() -> None:
    """`eval` and `exec` run source that is made of validated expressions, in one module and nowhere else."""
    found = {name for name, tree in MODULES.items() if called(tree) & {"eval", "exec", "__import__"}}
    assert found == {"derive.numeric"}
