"""Architecture: which way imports run, who may touch the world, and what no module is called."""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from inspect import ismodule
from pathlib import Path

import pytest

import derive
from derive.commands import NAMES

PACKAGE = Path(derive.__file__).parent
ROOMS = (
    "lazily",
    "characters",
    "version",
    "errors",
    "limits",
    "contents",
    "stopping",
    "shown",
    "equations",
    "network",
    "graph",
    "paths",
    "recurrence",
    "numbers",
    "costs",
    "groups",
    "programs",
    "checks",
    "review",
    "derivation",
    "symbolic",
    "notation",
    "report.formats",
    "report.document",
    "report.heading",
    "report.options",
    "report.narrative",
    "report.alike",
    "report.subject",
    "report.printed",
    "report.exhibits",
    "report.chapters",
    "report.full_tables",
    "report.paths_document",
    "report.review_document",
    "report.story",
    "report.claims",
    "report.held",
    "report.engines",
    "report.writers",
    "report.publish",
    "report.review",
    "report.write",
    "report",
    "notebook",
    "testing",
    "api",
    "watch",
    "parameters",
    "progress",
    "commands",
    "__main__",
    "",
)
"""The way from equations to handout, room by room: each imports from rooms before it only. The last is the package itself."""
TREE = {
    "formula",
    "items",
    "letters",
    "linear",
    "lines",
    "measure",
    "names",
    "spelling",
    "tex",
    "text",
    "typst",
    "value",
}
"""The formula tree and its writers, which know no network."""
NUMERIC = {"numbers", "costs", "groups", "programs", "checks", "derivation"}
"""What the rest of notation, which makes formulas of expressions and trees, does without."""

PRINTING = {"print", "input", "exit", "quit", "breakpoint", "exec", "echo"}
WRITING = {"open", "write_text", "write_bytes", "mkdir", "unlink", "rmdir", "rename", "touch", "rmtree", "makedirs"}
READING = {"read_text", "read_bytes", "iterdir", "glob", "rglob"}
WORLD = {"os", "sys", "subprocess", "tempfile", "shutil", "signal", "time", "datetime", "random", "secrets", "uuid"}
MAY = {
    "derive.__main__": {"echo", "exit", "open", "os", "sys"},
    # What the command line says, and the code that it ends with; a browser is opened.
    "derive.commands.asked": {"echo", "exit", "sys"},
    "derive.commands.told": {"echo", "os", "print"},
    **{f"derive.commands.{name}": {"echo", "exit", "open", "os", "sys"} for name in NAMES},
    "derive.report.write": WRITING | WORLD,
    "derive.report.held": WRITING | WORLD,
    # The one place where a file that somebody named is opened.
    "derive.contents": {"open", "os"},
    "derive.network.toml": READING,
    # How much memory this process has taken.
    "derive.commands.ceiling": {"open"},
    # Bytecode of the packaged templates, beside them, as Python keeps that of modules.
    "derive.report.narrative.kept": {"os", "sys", "read_bytes", "write_bytes", "mkdir", "unlink"},
    "derive.report.narrative.work": {"time"},
    "derive.numbers.compile": {"exec"},
    # Somebody's function is run in a process of its own; the runner is that process.
    "derive.review.audit": {"os", "signal", "subprocess", "sys", "tempfile"},
    "derive.review.runner": {"open", "os", "signal", "sys"},
    "derive.review.calling": {"sys"},
    # Whether somebody sits at a terminal.
    "derive.progress": {"sys"},
    # The files of a page that is watched, and the script around it.
    "derive.watch.files": {"open", "rglob"},
    "derive.watch.host": {"read_text"},
    # What ends the command on a signal, and what is locked while a process lives.
    "derive.stopping": {"os", "signal"},
    # A date stands above a title.
    "derive.report.heading": {"datetime"},
    "derive.report.claims": {"open", "os", "time"},
    # Values drawn by a seed; handouts that stand there already, and how long the rest will take; the processes that make them.
    "derive.report.rows": {"random"},
    "derive.report.many": {"time"},
    "derive.report.workers": {"os", "signal"},
    # A PDF engine runs in a process and a temporary folder of its own; the guard is that process.
    "derive.report.engines.engines": READING | {"os", "shutil", "subprocess", "sys"} | {"write_text", "write_bytes"},
    "derive.report.engines.typst_pages": {"os", "sys", "read_text", "write_text", "write_bytes"},
    "derive.report.engines.workplace": {"os", "shutil", "tempfile", "time", "touch", "rmdir", "rmtree"},
    "derive.report.engines.compiler": {"os", "sys", "subprocess"},
    # The typefaces of a page.
    "derive.report.writers.html": {"read_bytes"},
    # The script of a page, which no folder of templates can replace.
    "derive.report.writers.html_live": {"read_text"},
    # It stands between XeTeX and xdvipdfmx, as a program of its own.
    "derive.report.engines.specials": {"os", "sys", "subprocess", "exit", "read_bytes", "open"},
    "derive.report.engines.guard": {"os", "sys", "signal", "subprocess", "exit", "rglob"},
}
"""Who may do what no other module may."""


def _modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = _modules()
every_module = pytest.mark.parametrize("name", MODULES)


def _source(module: str, name: str) -> str:
    """Where ``from module import name`` looks: in a module of that name, unless the face hands out something else by it."""
    whole = f"{module}.{name}"
    if whole not in MODULES or not ismodule(getattr(import_module(module), name, import_module(whole))):
        return module
    return whole


@cache
def parsed(name: str) -> ast.Module:
    """A module, read."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def imported(name: str) -> frozenset[str]:
    """The modules that a module imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {_source(module, alias.name) for alias in node.names}
    return frozenset(found)


def called(name: str) -> set[str]:
    """The last names of all functions and methods that a module calls."""
    calls = [node.func for node in ast.walk(parsed(name)) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    return names | {call.attr for call in calls if isinstance(call, ast.Attribute)}


def room(name: str) -> str:
    """The room that a module belongs to: the longest of them that its name begins with."""
    inside = name.removeprefix("derive").removeprefix(".")
    return max((one for one in ROOMS if inside == one or inside.startswith(f"{one}.") or not one), key=len)


@every_module
def test_imports_are_absolute_and_run_from_room_to_room_one_way(name: str) -> None:
    """A module imports from its own room and from those before it, also inside functions."""
    ours = {other for other in imported(name) if other.split(".")[0] in {"derive", ""}}
    assert not [other for other in ours if other.startswith(".")]
    assert not [other for other in ours if ROOMS.index(room(other)) > ROOMS.index(room(name))]


@every_module
def test_another_room_is_entered_by_its_face(name: str) -> None:
    """What another room of the mathematics makes is imported from the room, which says in one place what it hands out."""
    own = room(name)
    before = [other for other in imported(name) & MODULES.keys() if room(other) not in {own, "", "notation"}]
    faces = [other for other in before if not room(other).startswith("report")]
    assert not [other for other in faces if other not in {f"derive.{room(other)}", "derive.equations.expression"}]


def reached(name: str) -> set[str]:
    """All modules that a module imports, directly or not."""
    seen: set[str] = set()
    queue = [name]
    while queue:
        fresh = (imported(queue.pop()) & MODULES.keys()) - seen
        seen |= fresh
        queue.extend(fresh)
    return seen


@every_module
def test_imports_run_in_no_circle(name: str) -> None:
    """No module imports itself by way of others, not even inside a function."""
    assert name not in reached(name)


@every_module
def test_the_formula_tree_knows_no_network(name: str) -> None:
    """The formula tree and its writers import notation alone; what makes formulas imports no numbers and no checks.

    A reader takes what functions mean from their rows.
    """
    if room(name) == "notation":
        others = {room(other) for other in imported(name) & MODULES.keys()} - {"notation"}
        others -= {"equations"} if name == "derive.notation.linear" else set()
        known = {"errors"} if name.removeprefix("derive.notation.") in TREE else set(ROOMS) - NUMERIC
        assert not others - known


@every_module
def test_only_the_command_and_the_writer_touch_the_world(name: str) -> None:
    """No other module prints, exits, writes to disk, starts a process, or reads the clock; `load` may read."""
    touched = (called(name) & (PRINTING | WRITING | READING)) | (
        {other.split(".")[0] for other in imported(name)} & WORLD
    )
    assert not touched - MAY.get(name, set())


@every_module
def test_a_module_is_named_after_a_concept(name: str) -> None:
    """No module is a drawer for odds and ends."""
    assert not {"util", "utils", "helper", "helpers", "misc", "common", "tools"} & set(name.split("."))


def test_only_one_place_runs_code_that_was_made() -> None:
    """`eval` and `exec` run source that is made of validated expressions, in one module and nowhere else."""
    found = {name for name in MODULES if called(name) & {"eval", "exec", "__import__"}}
    assert found == {"derive.numbers.compile"}
