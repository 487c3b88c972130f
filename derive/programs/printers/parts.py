"""Parts: every equation of a network, and every arc of its graph, as a JavaScript function by itself.

A page that answers puts them together anew for each selection of paths, so it needs them one by one: ``forward.h(v, t)`` is
h_t, of the values ``v``, and ``pull[3](v, t, d)`` what the arc 3 at step t makes of an adjoint d. Steps are those of the text,
from 1 on. Numbers stand beside JavaScript's own operators; where there are arrays, which are nested lists, functions of the
page that repeat a row or a column as NumPy does are called.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

from derive.equations import FUNCTIONS, Expr, Shapes, Var, terms
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph import Graph
from derive.network import LENGTH
from derive.programs.functions import IN_CODE
from derive.programs.printers.spelled import ATOM, POWER, Speller, Text
from derive.recurrence import ADJOINT

BY_THE_PAGE = frozenset({"softmax", "logsumexp", "erf"})
"""Functions that the page brings along."""
_D = "d"


def parts(graph: Graph) -> str:
    """Return a JavaScript expression: an object with ``forward`` and ``pull``.

    Raises `NetworkError` for a function that JavaScript has no text for.

    >>> from derive.network import load
    >>> print(parts(Graph(load("elman"))))  # doctest: +ELLIPSIS
    {
    forward: {
    "a": (v, t) => v["w_x"] * v["x"][t] + v["w_h"] * v["h"][t - 1],
    ...
    """
    return "\n".join(_Parts(graph).lines())


class _Parts(Speller):
    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph, self.network = graph, graph.network
        shapes = dict(self.network.shapes)
        names = (*self.network.variables, *self.network.data, *self.network.timeless)
        shapes |= {f"{ADJOINT}{name}": self.network.shape(name) for name in names}
        self.shapes = Shapes(shapes, broadcast=True)
        self.functions: dict[str, str] = {}

    def lines(self) -> Iterator[str]:
        """The object, with the functions it needs before it."""
        forward = [f"{json.dumps(name)}: (v, t) => {self.spelled(rule)}," for name, rule in self.network.rules.items()]
        pulls = [
            f"(v, t, d) => {self.spelled(edge.partial.pull(Var(f'{ADJOINT}{edge.head}', 0)))},"
            for edge in self.graph.edges
        ]
        yield from ("{", "forward: {", *forward, "},", "pull: [", *pulls, "],")
        penalty = self.network.penalty_term
        if penalty is not None:
            yield f"penalty: v => {self.spelled(penalty)},"
        straight = [
            f"{json.dumps(edge.tail)}: v => {self.spelled(edge.partial.pull(ex.ONE))},"
            for edge in self.graph.penalty_edges
        ]
        yield from ("straight: {", *straight, "},", "}")

    def rank(self, expr: Expr) -> int:
        """How many axes a value has."""
        return len(self.shapes.shape(expr))

    def called(self, name: str, *arguments: Expr) -> Text:
        """A call of a function of the page."""
        return Text(f"R.{name}({', '.join(map(self.spelled, arguments))})")

    # -- operators ----------------------------------------------------------------------------------------------------

    def sum(self, terms: tuple[Expr, ...]) -> Text:
        return self.called("add", *terms) if any(map(self.rank, terms)) else super().sum(terms)

    def product(self, factors: tuple[Expr, ...]) -> Text:
        return self.called("mul", *factors) if any(map(self.rank, factors)) else super().product(factors)

    def quotient(self, top: Expr, bottom: Expr) -> Text:
        several = self.rank(top) or self.rank(bottom)
        return self.called("div", top, bottom) if several else super().quotient(top, bottom)

    def power(self, base: Expr, exponent: Fraction) -> Text:
        raised = self.number(exponent).beside(ATOM)
        if self.rank(base):
            return Text(f"R.each(z => z ** {raised}, {self.spelled(base)})")
        return Text(f"{self.text(base).beside(ATOM)} ** {raised}", POWER)

    def text(self, expr: Expr) -> Text:
        if isinstance(expr, ex.Neg) and self.rank(expr.body):
            return Text(f"R.mul(-1, {self.spelled(expr.body)})")
        return super().text(expr)

    def matrix_product(self, left: Expr, right: Expr) -> Text:
        return self.called("matmul", left, right)

    def inner_product(self, left: Expr, right: Expr) -> Text:
        return self.called("matmul", left, right)

    def outer_product(self, left: Expr, right: Expr) -> Text:
        return self.called("outer", left, right)

    def transposed(self, body: Expr) -> Text:
        return self.called("flip", body)

    def concatenated(self, parts: tuple[Expr, ...], axis: int) -> Text:
        listed = ", ".join(map(self.spelled, parts))
        return Text(f"R.concat([{listed}], {axis})")

    def part(self, body: Expr, start: str, stop: str, axis: int) -> Text:
        return Text(f"R.part({self.spelled(body)}, {_length(start)}, {_length(stop)}, {axis})")

    def padded(self, body: Expr, before: str, after: str, axis: int) -> Text:
        return Text(f"R.padded({self.spelled(body)}, {_length(before)}, {_length(after)}, {axis})")

    def total(self, body: Expr) -> Text:
        return self.called("total", body)

    def summed(self, body: Expr, axis: int, *, kept: bool) -> Text:
        return Text(f"R.summed({self.spelled(body)}, {axis}, {'true' if kept else 'false'})")

    # -- names and functions -------------------------------------------------------------------------------------------

    def variable(self, var: Var) -> Text:
        if var.name.startswith(ADJOINT):
            return Text(_D)
        name = f"v[{json.dumps(var.name)}]"
        if var.at is not None:  # data of one step at all steps; 0 stands for T
            return Text(f"{name}[{var.at or 'v.T'}]")
        if var == LENGTH or var.lag is None:
            return Text(name)
        step = "t" if not var.lag else f"t - {var.lag}" if var.lag > 0 else f"t + {-var.lag}"
        return Text(f"{name}[{step}]")

    def call(self, call: ex.Call) -> Text:
        name = call.function
        match name:
            case "identity":
                return self.text(call.argument)
            case "pi":
                return Text(IN_CODE["pi"].javascript)
            case "sum":
                return self.total(call.argument)
            case "ones" | "components":
                return self.called(name, call.argument)
        if name == "logsumexp" and call.axis is not None:  # a number for each row or column, which stays one
            return Text(
                f"R.flip([R.logsumexp({self.spelled(call.argument)}, 1)])"
                if call.axis
                else f"[R.logsumexp(R.flip({self.spelled(call.argument)}), 1)]"
            )
        if name in BY_THE_PAGE and (FUNCTIONS[name].acts != "elementwise" or not self.rank(call.argument)):
            along = "" if call.axis is None else f", {call.axis}"
            return Text(f"R.{name}({', '.join(map(self.spelled, call.arguments))}{along})")
        function = f"R.{name}" if name in BY_THE_PAGE else self._function(name)
        arguments = [self.spelled(argument) for argument in call.arguments]
        if any(map(self.rank, call.arguments)):
            return Text(f"R.each({', '.join([function, *arguments])})")
        bare = function if function.isidentifier() or function.startswith("Math.") else f"({function})"
        return Text(f"{bare}({', '.join(arguments)})")

    def _function(self, name: str) -> str:
        """A function of numbers, as JavaScript has it."""
        spelled = IN_CODE[name].javascript if name in IN_CODE else ""
        if not spelled:
            raise NetworkError(f"{self.network.where}{name} cannot be written in JavaScript")
        if "return" not in spelled:
            return spelled
        letters = "z" if FUNCTIONS[name].arity == 1 else ", ".join("abc"[: FUNCTIONS[name].arity])
        return f"({letters}) => {{ {spelled} }}"

    def defined(self, expr: ex.Defined) -> Text:
        return self.text(expr.arguments[0] if expr.definition.name == "stop_gradient" else expr.value)


def _length(size: str) -> str:
    """A size as the page computes it, of those that it knows."""
    counted = terms(size).items()
    return (
        " + ".join(f"{times} * R.sizes[{json.dumps(name)}]" if name else str(times) for name, times in counted) or "0"
    )
