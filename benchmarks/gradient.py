"""All gradients of the Elman network as one shared expression graph, against CasADi, SymEngine and SymPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import cos, sin
from types import ModuleType
from typing import Any

import sympy
from sympy.core.cache import clear_cache

from benchmarks.measure import Row, agree, at_least, at_most, beside, medians, missing, peer
from derive.derivation import derive
from derive.graph import Loss
from derive.programs import Sharing

WEIGHTS = {"w_x": 0.5, "w_h": 0.7, "w_y": 0.9}
AGREED = 4
"""The answers are compared at this T: written out, a nested expression can be evaluated only while it is small."""


def rows(*, quick: bool) -> Iterator[Row]:
    """Linear in T; as quick as compiled libraries at T = 1000; against `sympy.diff` at T = 30."""
    few, long, longest, repeats = (3, 20, 200, 1) if quick else (30, 1_000, 10_000, 9)
    sharing = Sharing(derive("elman", 1).recurrence)
    for module, gradients in ((peer("casadi"), _casadi), (peer("symengine"), _symengine)):
        name = gradients.__name__[1:]
        what = f"gradient graph, T = {long:,}"
        if module is None:
            yield missing(what, name)
            continue
        agree(name, _ours(sharing, AGREED), _numbers(module, gradients))
        ours, theirs = medians(partial(sharing, long), partial(gradients, module, long), repeats=repeats)
        yield at_least(what, ours, theirs, name, 1)
    yield _linear(sharing, longest, long, repeats)
    yield from _against_sympy(sharing, few, min(repeats, 3))


def _linear(sharing: Sharing, longest: int, long: int, repeats: int) -> Row:
    """Twice the steps have twice the nodes exactly, and take about twice the time: more where a table is enlarged."""
    half = longest // 2
    sizes = [len(sharing(steps).nodes) for steps in (half, longest, 2 * longest)]
    agree("nodes", sizes[2] - sizes[1], 2 * (sizes[1] - sizes[0]), relative=0)
    ours, before, short = medians(*(partial(sharing, steps) for steps in (longest, half, long)), repeats=repeats)
    slower = ours / short * long / longest
    note = (
        f"{sizes[1]:,} nodes, exactly linear in T; per node {slower:.1f} times as long as at T = {long:,}, whose table fits "
        "the processor's cache; the limit is our own"
    )
    return at_most(f"gradient graph, T = {longest:,}", ours, before, f"ours at T = {half:,}", 3, note)


def _against_sympy(sharing: Sharing, steps: int, repeats: int) -> Iterator[Row]:
    """SymPy remembers derivatives, so each run begins with an empty cache, and its time is one run's."""
    loss = Loss(derive("elman", steps).unrolled).sympy()

    def differentiated(loss: Any) -> list[Any]:
        clear_cache()
        symbols = {symbol.name: symbol for symbol in loss.free_symbols}
        return [sympy.diff(loss, symbols[name]) for name in WEIGHTS]

    def from_the_file() -> list[Any]:
        return differentiated(Loss(derive("elman", steps).unrolled).sympy())

    small = Loss(derive("elman", AGREED).unrolled).sympy()
    agree("sympy", _ours(sharing, AGREED), [_at(slope) for slope in differentiated(small)])
    ours, theirs = medians(partial(sharing, steps), partial(differentiated, loss), repeats=repeats)
    note = "of the substituted loss; what is done once is left out, on both sides: substituting, and deriving and compiling"
    yield at_least(f"gradient graph, T = {steps}", ours, theirs, "sympy.diff", 1_000, note)
    ours, theirs = medians(lambda: Sharing(derive("elman", 1).recurrence)(steps), from_the_file, repeats=repeats)
    note = "from the network's name on, everything included on both sides"
    yield beside(f"gradient graph, T = {steps}", ours, theirs, "sympy.diff", note)


def _at(expr: Any) -> float:
    values = {**WEIGHTS, "h_0": 0.0}
    for step in range(1, AGREED + 1):
        values |= {f"x_{step}": sin(step), f"yhat_{step}": cos(step)}
    return float(expr.evalf(subs={symbol: values[symbol.name] for symbol in expr.free_symbols}))


def _ours(sharing: Sharing, steps: int) -> list[float]:
    data = {"x": [sin(t) for t in range(1, steps + 1)], "yhat": [cos(t) for t in range(1, steps + 1)]}
    _, gradients = sharing(steps).evaluate({**WEIGHTS, **data, "h_0": 0.0})
    return [gradients[name] for name in WEIGHTS]


def _casadi(casadi: ModuleType, steps: int) -> tuple[list[Any], Any]:
    weights = [casadi.SX.sym(name) for name in WEIGHTS]
    x, target = casadi.SX.sym("x", steps), casadi.SX.sym("yhat", steps)
    loss = _loss(casadi.tanh, weights, [x[t] for t in range(steps)], [target[t] for t in range(steps)])
    return [*weights, x, target], casadi.gradient(loss, casadi.vertcat(*weights))


def _symengine(symengine: ModuleType, steps: int) -> tuple[list[Any], Any]:
    weights = [symengine.Symbol(name) for name in WEIGHTS]
    x = [symengine.Symbol(f"x_{t}") for t in range(1, steps + 1)]
    target = [symengine.Symbol(f"yhat_{t}") for t in range(1, steps + 1)]
    loss = _loss(symengine.tanh, weights, x, target)
    return [*weights, *x, *target], [loss.diff(weight) for weight in weights]


def _loss(tanh: Callable[[Any], Any], weights: list[Any], x: list[Any], target: list[Any]) -> Any:
    """The loss as one nested expression."""
    w_x, w_h, w_y = weights
    h: Any = 0
    loss: Any = 0
    for this_x, this_target in zip(x, target, strict=True):
        h = tanh(w_x * this_x + w_h * h)
        loss = loss + (w_y * h - this_target) ** 2 / 2
    return loss


def _numbers(module: ModuleType, gradients: Callable[[ModuleType, int], tuple[list[Any], Any]]) -> list[float]:
    """A peer's gradients on numbers."""
    names, found = gradients(module, AGREED)
    x, target = ([function(t) for t in range(1, AGREED + 1)] for function in (sin, cos))
    if module.__name__ == "casadi":
        function = module.Function("gradient", names, [found])
        return [float(value) for value in function(*WEIGHTS.values(), x, target).full().ravel()]
    values = dict(zip(names, (*WEIGHTS.values(), *x, *target), strict=True))
    return [float(expr.subs(values).n(real=True)) for expr in found]
