"""Glossary: what the symbols of a handout stand for, at a point, for a reader who knows the network and nothing else.

A symbol is resolved as it is printed: its letter, accent and scripts, the last subscript a step. δ with the superscript of
a variable (or, where only one adjoint has a name, without) is dL by that variable; a superscript (m) counts the losses up
to step m only. A quantity at a step at which it does not exist is something arbitrary; an adjoint there is unknown until
the handout says what it is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from derive.equations import SINGLE, Expr, Shape, Var, is_sum, variables
from derive.graph import TOTAL, Node
from derive.notation import linear
from derive.notation.express import TOTAL_LOSS, Notation
from derive.notation.formula import Accent, Formula, Group, Minus, Number, Symbol
from derive.notation.linear import UnreadableError, Value
from derive.notation.names import symbol_from_name
from derive.numbers import FLOAT, Point, compiled, spread_over

Rows = list[list[float]]


class TwofoldError(Exception):
    """An equation reads one node as two arguments, h_t and h_T at t = T: by which of them is open."""


Base = tuple[str, Accent | None, tuple[Formula, ...], tuple[Formula, ...]]


@dataclass(frozen=True)
class Glossary:
    """A reader's knowledge at a point; ``jacobians``: the derivative of L is a row, as among Jacobian matrices.

    ``learned`` is what the document has defined, given the size of 𝟏.
    """

    notation: Notation
    point: Point
    jacobians: bool = False
    ones: int = 0
    learned: dict[Symbol, Callable[[int], Value]] = field(default_factory=dict)
    _values: dict[Symbol, Value | None] = field(default_factory=dict, repr=False)

    @property
    def in_rows(self) -> bool:
        """Whether vectors are rows."""
        return self.notation.in_rows

    @property
    def axis(self) -> int | None:
        """Along which axis of a matrix functions of a whole vector go."""
        return self.point.network.axis

    # -- symbols -------------------------------------------------------------------------------------------------------

    def symbol(self, symbol: Symbol) -> Value | None:
        """The value of a symbol whose steps are numbers; None if the reader does not know it."""
        if symbol not in self._values or symbol in self.learned:
            self._values[symbol] = self._found(symbol)
        return self._values[symbol]

    def is_name(self, symbol: Symbol) -> bool:
        """Whether a symbol, its last subscript aside if that is a step, is a name of the network."""
        return symbol in self._plain or (symbol.letter, symbol.accent, symbol.subs[:-1], symbol.sups) in self._stepped

    def _found(self, symbol: Symbol) -> Value | None:
        found = self.nodes(symbol)
        if len(found) > 1:
            raise UnreadableError(f"{symbol} is {' and '.join(str(node) for node in found)}")
        if symbol in self.learned:
            if found:
                raise UnreadableError(f"{symbol} is defined, and a name of the network")
            return self.learned[symbol](self.ones)
        if found:
            return self.value(found[0])
        if symbol in self._arguments:
            return self._arguments[symbol]
        if symbol in self._sizes:
            return self._sizes[symbol]
        return self._adjoint(symbol)

    @cached_property
    def _sizes(self) -> Mapping[Symbol, Value]:
        sizes = self.point.values.sizes
        return {
            symbol_from_name(name): float(size) for name, size in sizes.items() if name != SINGLE and not is_sum(name)
        }

    def size(self, symbol: Symbol) -> Value | None:
        """What a symbol is as the name of a size, whatever else it is."""
        return self._sizes.get(symbol)

    def nodes(self, symbol: Symbol) -> list[Node]:
        """The nodes that a symbol may stand for; more than one if names print alike."""
        found = [Node(name) for name in self._plain.get(symbol, ())]
        if symbol == TOTAL_LOSS:
            found.append(TOTAL)
        if symbol.subs and (step := whole(symbol.subs[-1])) is not None:
            base = (symbol.letter, symbol.accent, symbol.subs[:-1], symbol.sups)
            found += [Node(name, step) for name in self._stepped.get(base, ())]
        return found

    @cached_property
    def _plain(self) -> dict[Symbol, list[str]]:
        """Parameters and constants by their symbol."""
        found: dict[Symbol, list[str]] = {}
        for name in self.point.network.timeless:
            found.setdefault(self.notation.name(name), []).append(name)
        return found

    @cached_property
    def _stepped(self) -> dict[Base, list[str]]:
        """Variables and data by their symbol without a step."""
        found: dict[Base, list[str]] = {}
        for name in (*self.point.network.variables, *self.point.network.data):
            base = self.notation.name(name)
            found.setdefault((base.letter, base.accent, base.subs, base.sups), []).append(name)
        return found

    def value(self, node: Node) -> Value:
        """The value of a node; something arbitrary where it does not exist."""
        if node == TOTAL or self.point.exists(node):
            return linear.laid_out(self.point.value(node), in_rows=self.in_rows)
        name, step = node
        arbitrary = spread_over((step or 0) + sum(map(ord, name)))
        return self._shaped([float(next(arbitrary)) for _ in range(self.point.size(Node(name, 1)))], name)

    # -- functions -----------------------------------------------------------------------------------------------------

    def function(self, name: str) -> Callable[..., Value] | None:
        """A function made of others, by its printed name; with a ′ behind it, the rule for its slope."""
        return self._functions.get(name)

    @cached_property
    def _functions(self) -> Mapping[str, Callable[..., Value]]:
        found: dict[str, Callable[..., Value]] = {}
        for used in self.point.network.functions_used:
            definition = used.definition
            of_matrices = any(len(shape) > 1 for shape in used.shapes.values())
            found[definition.sign] = _computed(definition.value, definition.of, of_matrices=of_matrices)
            if definition.rule and definition.slopes:
                found[f"{definition.sign}′"] = _computed(definition.slopes[0], definition.of, of_matrices=of_matrices)
        return found

    @cached_property
    def _arguments(self) -> Mapping[Symbol, Value]:
        """Something arbitrary for each argument of the functions that a network is told by."""
        found: dict[Symbol, Value] = {}
        for used in self.point.network.functions_used:
            for name, shape in used.shapes.items():
                arbitrary = spread_over(sum(map(ord, name)))
                count = math.prod(self.point.values.sizes[size] for size in shape)
                found[symbol_from_name(name)] = self._laid_out([float(next(arbitrary)) for _ in range(count)], shape)
        return found

    # -- derivatives ---------------------------------------------------------------------------------------------------

    def derivative(self, of: Symbol, by: Symbol, kind: str) -> Value:
        """The derivative of one symbol by another.

        It is that of one equation by its argument if it is local, that of one step by the one before if partial.
        """
        head, tail = self.node(of), self.node(by)
        if not all(node == TOTAL or self.point.exists(node) for node in (head, tail)):
            raise UnreadableError(f"the derivative of {head} by {tail}, which does not exist")
        derivative = {"local": self._local, "partial": self.point.across, "total": self.point.total}[kind]
        rows = derivative(head, tail)
        gradient = kind == "total" and not self.jacobians and len(rows) == 1
        return self._shaped(rows[0], tail.name) if gradient else table(rows)

    def _local(self, head: Node, tail: Node) -> Rows:
        """The derivative of one equation by one of its arguments; raises `TwofoldError` where it reads that twice."""
        rule = self.point.network.rules.get(head.name)
        read = () if rule is None else {var for var in variables(rule) if not self.point.network.is_known(var)}
        if sum(self.point.unrolled.argument(var, head.step or 0) == tail for var in read) > 1:
            raise TwofoldError
        return self.point.local(head, tail)

    def node(self, symbol: Symbol) -> Node:
        """The node of a symbol, which has to have one."""
        found = self.nodes(symbol)
        if len(found) != 1:
            raise UnreadableError(f"{len(found)} quantities print as {symbol}")
        return found[0]

    def _adjoint(self, symbol: Symbol) -> Value | None:
        """The value of an adjoint; None at a step at which the variable does not exist, and for what is no adjoint."""
        if (symbol.letter, symbol.accent, len(symbol.subs)) != (self.notation.adjoint_letter, None, 1):
            return None
        step = whole(symbol.subs[0])
        uppers = [sup for sup in symbol.sups if not isinstance(sup, Group)]
        ends = [whole(sup.body) for sup in symbol.sups if isinstance(sup, Group)]
        names = self._adjoints(uppers)
        end = ends[0] if ends else self.point.unrolled.steps
        if step is None or end is None or len(names) != 1 or len(ends) > 1 or not 1 <= step <= end:
            return None
        if end > self.point.unrolled.steps:
            return None
        return self.gradient(Node(names[0], step), end)

    def _adjoints(self, uppers: Sequence[Formula]) -> list[str]:
        """The variables that a δ with these superscripts belongs to."""
        if not uppers:
            return list(self.notation.named) if len(self.notation.named) == 1 else []
        return [name for name in self.point.network.variables if [self.notation.name(name)] == [*uppers]]

    def gradient(self, node: Node, end: int | None = None) -> Value:
        """The derivative by a node of the losses up to a step, in the shape of the node."""
        losses = [step for step in self.point.unrolled.loss_steps if end is None or step <= end]
        return self.sum_of(node, [(step, None) for step in losses])

    def sum_of(self, node: Node, uses: Sequence[tuple[int, int | None]]) -> Value:
        """What the losses of some steps have from the use of a node at some step (None: at all), added up.

        Of what has no step that is what counts once, the penalty, as well.
        """
        entries = [0.0] * self.point.size(node) if node.step is not None else self.point.local(TOTAL, node)[0]
        for loss, used in uses:
            (row,) = self.point.total(Node(self.point.network.loss, loss), node, used)
            entries = [one + self.point.loss_weight * other for one, other in zip(entries, row, strict=True)]
        return self._shaped(entries, node.name)

    def _shaped(self, entries: list[float], name: str) -> Value:
        """Components row by row in the shape of a variable: a number, column or matrix."""
        return self._laid_out(entries, self.point.network.shape(name))

    def _laid_out(self, entries: list[float], shape: Shape) -> Value:
        if not shape:
            return entries[0]
        wide = self.point.values.sizes[shape[1]] if len(shape) > 1 else len(entries) if self.in_rows else 1
        return linear.matrix([entries[place : place + wide] for place in range(0, len(entries), wide)])

    def received(self, of: Node, by: Node) -> Value:
        """What the adjoint of an argument receives from that of an equation's value; that of a loss is its weight in L."""
        rows = self._local(of, by)
        seed = self._seed(of)
        entries = [
            sum(row[place] * part for row, part in zip(rows, seed, strict=True)) for place in range(len(rows[0]))
        ]
        return self._shaped(entries, by.name)

    def _seed(self, of: Node) -> list[float]:
        """The adjoint of a node that an equation is for: that of L is 1."""
        if of == TOTAL:
            return [1.0]
        return [self.point.loss_weight] if of.name == self.point.network.loss else self.point.total(TOTAL, of)[0]

    def along(self, route: list[Node]) -> Value:
        """The product of the local derivatives along a route from a loss to a target, in the shape of the target.

        What the loss counts for in L is a factor of it; a route that begins at L has its own.
        """
        row = [1.0 if route[0] == TOTAL else self.point.loss_weight]
        for head, tail in itertools.pairwise(route):
            rows = self._local(head, tail)
            row = [
                sum(part * line[place] for part, line in zip(row, rows, strict=True)) for place in range(len(rows[0]))
            ]
        return self._shaped(row, route[-1].name)


def _computed(expr: Expr, of: tuple[Var, ...], *, of_matrices: bool) -> Callable[..., Value]:
    """An expression as a function of its arguments: numbers, and columns, rows or matrices."""
    rule = compiled(expr, FLOAT)

    def plain(*arguments: Value) -> Value:
        return rule({var.name: value for var, value in zip(of, arguments, strict=True)}, 0)

    if of_matrices:
        return lambda *arguments: plain(*map(linear.in_one, arguments))
    return lambda *arguments: linear.called(plain, list(arguments))


def whole(formula: Formula) -> int | None:
    """The whole number that a step is, if it is one."""
    match formula:
        case Number(text, None) if text.isdigit():
            return int(text)
        case Minus(Number(text, None)) if text.isdigit():
            return -int(text)
        case _:
            return None


def table(rows: Rows) -> Value:
    """Rows as a matrix; one entry is a number."""
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else linear.matrix([list(row) for row in rows])
