"""Metered: a template's syntax tree, in which everything pays for its work (`derive.report.narrative.work`).

Only what is listed here passes; a kind of node that a later Jinja brings is refused until somebody has said what it costs.
What is looked at only in passing (a name, a condition) costs nothing; every value that something is made from is paid for.
"""

from __future__ import annotations

from math import isfinite
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer

from derive.report.narrative.filters import FILTERS, TESTS
from derive.report.narrative.work import MOST_BITS, NODE, PAGE, SCOPE

# Filters with a space in their names are ours: no template can write them.
PAID, PRINTED, SPENT, LOOPED = "is paid for", "is printed", "is spent", "is gone through"

_COSTS_NOTHING: Final = (
    *(nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Neg, nodes.Pos, nodes.Name, nodes.NSRef, nodes.Const),
    *(nodes.TemplateData, nodes.Keyword, nodes.Slice, nodes.Getattr, nodes.Assign, nodes.AssignBlock, nodes.If),
    *(nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport, nodes.With, nodes.FilterBlock, nodes.Scope),
)
# Operators are the sandbox's own functions, which look at their numbers.
_OPERATORS: Final = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
_PAYS: Final[dict[type[nodes.Node], tuple[str, ...]]] = {
    nodes.Filter: ("node", "args", "dyn_args", "dyn_kwargs"),
    nodes.Test: ("node", "args", "dyn_args", "dyn_kwargs"),
    nodes.Call: ("args", "dyn_args", "dyn_kwargs"),
    nodes.Keyword: ("value",),
    nodes.Compare: ("expr",),
    nodes.Operand: ("expr",),
    nodes.List: ("items",),
    nodes.Tuple: ("items",),
    nodes.Dict: (),
    nodes.Pair: ("key", "value"),
    nodes.Getitem: ("arg",),
    nodes.Slice: ("start", "stop", "step"),
    nodes.Concat: ("nodes",),
    nodes.Output: ("nodes",),
}
_BY_ATTRIBUTES: Final = {"loop": "loop.index", "self": "self.a()"}
"""Jinja's own things that are no values: a template cannot hand them on."""
_IS_PRINTED: Final = (nodes.Concat, nodes.Output)
_REPEATED: Final = (nodes.Template, nodes.Block, nodes.For, nodes.Macro, nodes.CallBlock)
_SCOPES: Final = (
    *(nodes.Include, nodes.Import, nodes.FromImport, nodes.With, nodes.If, nodes.AssignBlock, nodes.FilterBlock),
    *(nodes.Block, nodes.For, nodes.Macro, nodes.CallBlock, nodes.Scope),
)
_KNOWN: Final = frozenset((*_COSTS_NOTHING, *_OPERATORS, *_PAYS, *_REPEATED))


def written_out(tree: nodes.Template) -> int:
    """How much work it is to make Python of a template: each node, and each name once more wherever others begin."""
    found = list(tree.find_all(nodes.Node))
    names = {one.name for one in found if isinstance(one, nodes.Name)}
    scopes = sum(isinstance(one, _SCOPES) for one in found)
    return NODE * len(found) + SCOPE * len(names) * scopes


def metered(tree: nodes.Template) -> nodes.Template:
    """Return a template that pays for its work; raise `TemplateSyntaxError` for what it may not hold."""
    found: nodes.Template = _Metered().visit(tree)
    return found


class _Metered(NodeTransformer):
    """Puts a filter around every value that something is made from, and one at the beginning of every body."""

    def __init__(self) -> None:
        self.looked_at: set[int] = set()

    def generic_visit(self, node: nodes.Node, *given: object, **named: object) -> nodes.Node:
        if complaint := self._complaint(node):
            raise TemplateSyntaxError(complaint, node.lineno)
        if isinstance(node, nodes.Getattr):
            self.looked_at.add(id(node.node))
        cost = _size(node) if isinstance(node, _REPEATED) else 0
        super().generic_visit(node, *given, **named)
        if not _is_target(node):
            for field in _PAYS.get(type(node), ()):
                _wrap(node, field, PRINTED if isinstance(node, _IS_PRINTED) else PAID)
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
            _wrap(node, "node", PAID)
        if isinstance(node, _REPEATED):
            node.body.insert(0, nodes.ExprStmt(_spent(cost, node.lineno), lineno=node.lineno))
        if isinstance(node, nodes.For) and node.test is not None:
            node.test = nodes.And(_spent(1, node.lineno), node.test, lineno=node.lineno)
        if isinstance(node, nodes.For):
            _wrap(node, "iter", LOOPED)
        return node

    def _complaint(self, node: nodes.Node) -> str | None:
        """What is wrong with a node, if it is none that a template may hold."""
        match node:
            case nodes.Filter(name=name) if name not in FILTERS:
                return f"there is no filter {name}; there are {', '.join(sorted(FILTERS))}"
            case nodes.Test(name=name) if name not in TESTS:
                return f"there is no test {name}; there are {', '.join(sorted(TESTS))}"
            case nodes.For(recursive=True):
                return "a loop does not call itself"
            case nodes.Name(name=name) if name in _BY_ATTRIBUTES and id(node) not in self.looked_at:
                return f"of “{name}” a template sees single names, such as {_BY_ATTRIBUTES[name]}"
            case nodes.Const(value=value) if _is_too_large(value):
                return "so large a number cannot stand in a template"
            case _:
                return None if type(node) in _KNOWN else f"a template of a handout has no “{_written(node)}”"


def _written(node: nodes.Node) -> str:
    """How a node is written: for one that there is under another name, as a template has it."""
    return {"ScopedEvalContextModifier": "autoescape"}.get(type(node).__name__, type(node).__name__.lower())


def _is_too_large(value: object) -> bool:
    """Whether a number is too large to reckon with."""
    return (isinstance(value, float) and not isfinite(value)) or (
        isinstance(value, int) and value.bit_length() > MOST_BITS
    )


def _is_target(node: nodes.Node) -> bool:
    """Whether values are put into a node: the names of ``for a, b in …``."""
    return isinstance(node, nodes.Tuple) and node.ctx != "load"


def _wrap(node: nodes.Node, field: str, name: str) -> None:
    found = getattr(node, field)
    setattr(node, field, [_paid(one, name) for one in found] if isinstance(found, list) else _paid(found, name))


def _paid(value: nodes.Node | None, name: str) -> nodes.Node | None:
    """A value that is paid for; what is no value, or costs what its source is long, stays as it is."""
    if value is None or isinstance(
        value, nodes.TemplateData | nodes.Keyword | nodes.Pair | nodes.Slice | nodes.Operand
    ):
        return value
    return _filter(value, name)


def _spent(units: int, line: int) -> nodes.Filter:
    return _filter(nodes.Const(units, lineno=line), SPENT)


def _filter(value: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)


def _size(node: nodes.Node) -> int:
    """How much text and how many nodes there are in a node; to begin with a template takes time of its own."""
    size = sum(1 + (len(one.data) if isinstance(one, nodes.TemplateData) else 0) for one in node.find_all(nodes.Node))
    return size + PAGE if isinstance(node, nodes.Template) else size
