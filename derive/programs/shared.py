"""Shared: the loss and all gradients as one expression graph in which equal terms are one node.

The compiled program (`Program`) is written with nodes in place of numbers: each operation looks its node up, and makes it if
it is new (hash-consing; Ershov, On programming of arithmetic operations, 1958). So the derivatives share what the forward
equations compute, and the graph is a small multiple of the loss's own: linear in T. (Griewank & Walther, Evaluating
Derivatives, 2008, chapter 3.)
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any, TypeAlias

from derive.equations import length_terms
from derive.numbers import FLOAT, Number, System, defined
from derive.programs.listing import listing
from derive.programs.program import Arguments
from derive.programs.statements import Assign
from derive.programs.writer import ProgramWriter
from derive.recurrence import ADJOINT, Recurrence
from derive.shown import Seen

Entry: TypeAlias = tuple[Any, ...]
"""A node: ``("given", name, place)``, ``("constant", value)``, or an operation with the numbers of its arguments."""
OPERATORS: dict[str, Callable[..., Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "@": operator.matmul,
    "negative": operator.neg,
    "transpose": lambda matrix: matrix.T,
    "zero": lambda like: like * 0,
}


@dataclass(frozen=True, repr=False)
class SharedGraph(Seen):
    """The nodes, each after its arguments; the numbers of the loss and of each gradient."""

    nodes: tuple[Entry, ...]
    loss: int
    gradients: Mapping[str, int | tuple[int, ...]]

    @property
    def operations(self) -> int:
        """How many operations there are."""
        return sum(node[0] not in {"given", "constant", "extent", "length"} for node in self.nodes)

    def evaluate(self, arguments: Arguments, system: System = FLOAT) -> tuple[Number, dict[str, Any]]:
        """Return L and the gradients, those by data a list of one per step; arguments are those of a `Program`."""
        functions = {**system.functions, **OPERATORS}
        values: list[Any] = []
        for node in self.nodes:
            match node:
                case ("given", name, None):
                    values.append(arguments[name])
                case ("given", name, place):
                    values.append(arguments[name][place])
                case ("constant", value):
                    values.append(system.exact(value))
                case ("power", base, exponent):
                    values.append(values[base] ** exponent)
                case ("extent", whole, axis, others, times):
                    values.append((values[whole].shape[axis] - _sum_of(others, values)) // times)
                case ("length", sizes):
                    values.append(_sum_of(sizes, values))
                case (operation, *places):
                    values.append(functions[operation](*(values[place] for place in places)))
        return values[self.loss], {
            name: [values[at] for at in place] if isinstance(place, tuple) else values[place]
            for name, place in self.gradients.items()
        }


@dataclass(frozen=True)
class Sharing:
    """Makes the shared graph of a network for any T: written once, then a few operations per step.

    >>> from derive.derivation import derive
    >>> graph = Sharing(derive("elman", 1).recurrence)(2)
    >>> given = {"w_x": 1.0, "w_h": 1.0, "w_y": 1.0, "x": [1.0, 1.0], "yhat": [0.0, 0.0], "h_0": 0.0}
    >>> loss, gradients = graph.evaluate(given)
    >>> round(loss, 4), round(gradients["w_h"], 4), graph.operations
    (0.7343, 0.0799, 39)
    """

    recurrence: Recurrence

    def __call__(self, steps: int) -> SharedGraph:
        """Return the loss and all gradients over T steps."""
        build = self._build
        nodes: dict[Entry, int] = {NOTHING: 0}
        look_up = nodes.setdefault
        zeros = {0}

        def node(*entry: Any) -> int:
            return look_up(entry, len(nodes))

        def plus(left: int, right: int) -> int:
            if right in zeros:
                return left
            return right if left in zeros else look_up(("+", left, right), len(nodes))

        def minus(left: int, right: int) -> int:
            return left if right in zeros else look_up(("-", left, right), len(nodes))

        def linear(*entry: Any) -> int:
            return 0 if 0 in entry[1:] else look_up(entry, len(nodes))

        def zero(like: int) -> int:
            place = node("zero", like)
            zeros.add(place)
            return place

        network = self.recurrence.graph.network
        inputs = [
            [node("given", name, step) for step in range(steps)] if name in network.data else node("given", name, None)
            for name in self._writer.listing.inputs
        ]
        constants = [node("constant", value) for value in self._writer.constants]
        loss, *gradients = build(nodes, look_up, plus, minus, linear, zero, constants)(steps, *inputs)
        found = (tuple(place) if isinstance(place, list) else place for place in gradients)
        return SharedGraph(tuple(nodes), loss, dict(zip(network.gradients, found, strict=True)))

    @cached_property
    def _writer(self) -> _NodeWriter:
        return _NodeWriter(listing(self.recurrence))

    @cached_property
    def _build(self) -> Callable[..., Callable[..., Any]]:
        """The program as a function of how nodes are made, so that it is compiled once."""
        body = self._writer.text.replace("\n", "\n    ")
        constants = "".join(f"C{place}, " for place in self._writer.constants.values())
        unpacked = f"    {constants}= constants\n" if constants else ""
        text = f"def build(nodes, look_up, plus, minus, linear, zero, constants):\n{unpacked}    {body}\n    return program\n"
        return defined(text, "build", {"len": len, "range": range})


LINEAR = frozenset(
    {"*", "/", "@", "negative", "transpose", "outer", "sum", "sum_0", "sum_1", "sum_0_kept", "sum_1_kept"}
    | {"part_0", "part_1", "padded_0", "padded_1"}
)
"""Operations that make nothing of nothing."""
NOTHING: Entry = ("constant", Fraction(0))
"""Node 0, which stands for a term that does not exist."""


def _sum_of(sizes: tuple[tuple[int, int], ...], values: list[Any]) -> Any:
    """A sum of sizes, each so many times; node 0 stands for the number 1."""
    return sum(times * (values[place] if place else 1) for times, place in sizes)


class _NodeWriter(ProgramWriter):
    """Writes each operation as the look-up of its node, which is made if it is new.

    Node 0 stands for what does not exist; where an adjoint may be nothing, what is linear in it is nothing as well.
    """

    padded = False
    vanishing = False

    def combined(self, operator: str, left: str, right: str) -> str:
        """An operation of two arguments."""
        if operator == "-" and self.vanishing:
            return self._call("minus", left, right)
        return self._call("plus", left, right) if operator == "+" else self._node(operator, left, right)

    def chained(self, first: str, others: Iterable[tuple[str, str]]) -> str:
        """Operations one after the other, each a node."""
        return reduce(lambda left, following: self.combined(following[0], left, following[1]), others, first)

    def negated(self, body: str) -> str:
        """−body."""
        return self._node("negative", body)

    def power(self, base: str, exponent: int) -> str:
        """A whole power."""
        return self._node("power", base, str(exponent))

    def transposed(self, body: str) -> str:
        """A matrix transposed."""
        return self._node("transpose", body)

    def length(self) -> str:
        """T, a number of its own for each T."""
        return self._node("constant", "T")

    def extent_of(self, whole: tuple[str, int], others: list[tuple[int, str]], times: int) -> str:
        """A size: how long an argument is along an axis, without the others, over how often the size is in it."""
        listed = ", ".join(f"({each}, {size if size != '1' else 0})" for each, size in others)
        return self._node("extent", whole[0], str(whole[1]), f"({listed}{',' if listed else ''})", str(times))

    def length_of(self, length: str) -> str:
        """A sum of sizes, as a node."""
        listed = [f"({times}, {self.size(name) if name else 0})" for name, times in length_terms(length).items()]
        return self._node("length", f"({', '.join(listed)}{',' if listed else ''})")

    def zero(self, like: str) -> str:
        """A zero in the shape of something."""
        return self._call("zero", like)

    def _zero_of(self, name: str) -> str:  # noqa: ARG002 - for any name
        """What is not looked at."""
        return "0"

    def _backward(self) -> Iterator[str]:
        """The backward pass."""
        rules = (each for each in self.listing.statements() if isinstance(each, Assign))
        absent = any(all(map(self._is_guarded, rule.terms)) for rule in rules)
        self.vanishing = absent or self.listing.counted or bool(self.listing.collected)
        yield from super()._backward()
        self.vanishing = False

    def _sum(self, statement: Assign) -> str:
        """A sum; the gradient by a datum has its shape where it is nothing."""
        found, bare = super()._sum(statement), statement.name.removeprefix(ADJOINT)
        if bare == statement.name or bare not in self.network.data:
            return found
        return self.combined("+", self.zero_at(statement.name), found)

    def called(self, function: str, *arguments: str) -> str:
        """A function."""
        return self._node(function, *arguments)

    def _node(self, operation: str, *arguments: str) -> str:
        if self.vanishing and operation in LINEAR:
            return self._call("linear", repr(operation), *arguments)
        self.functions |= {"look_up", "nodes", "len"}
        return f"look_up(({', '.join((repr(operation), *arguments))}), len(nodes))"

    def _call(self, name: str, *arguments: str) -> str:
        self.functions.add(name)
        return f"{name}({', '.join(arguments)})"
