"""All gradients of the Elman network as one shared expression graph, against CasADi, SymEngine and SymPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import cos, sin
from typing import Any

from benchmarks.contest import Contest, held
from benchmarks.measure import Row, agree, at_least, at_most, medians
from benchmarks.way import Way
from derive.derivation import derive
from derive.programs import Sharing

WEIGHTS = {"w_x": 0.5, "w_h": 0.7, "w_y": 0.9}
AGREED = 4
"""The answers are compared at this T: written out, a nested expression can be evaluated only while it is small."""
ONCE = "left out: deriving and compiling here, "


def rows(*, quick: bool) -> Iterator[Row]:
    """As quick as compiled libraries at T = 1000; against `sympy.diff` at T = 30; linear in T."""
    yield from held("gradient", contests(quick=quick), quick=quick)
    yield _linear(*((200, 20, 1) if quick else (10_000, 1_000, 9)))


def contests(*, quick: bool) -> tuple[Contest, ...]:
    """Libraries that make graphs, and one that makes expressions, at the T that it can do."""
    few, long, repeats = (3, 20, 1) if quick else (30, 1_000, 9)
    no_slower, a_thousand_times = partial(at_least, times=1), partial(at_least, times=1_000)
    graphs = (
        Way("derive", partial(_ours, long), answer=_ours_in_numbers),
        Way(
            "casadi",
            partial(_casadi, long),
            "casadi",
            no_slower,
            f"{ONCE}the function of a step there",
            answer=_casadi_in_numbers,
        ),
        Way(
            "symengine",
            partial(_symengine, long),
            "symengine",
            no_slower,
            f"{ONCE}nothing there",
            answer=_symengine_in_numbers,
        ),
    )
    expressions = (
        Way("derive", partial(_ours, few), answer=_ours_in_numbers),
        Way(
            "sympy.diff",
            partial(_sympy, few),
            "sympy",
            a_thousand_times,
            f"{ONCE}writing out the loss there",
            answer=_sympy_in_numbers,
        ),
    )
    return (
        Contest(f"gradient graph, T = {long:,}", graphs, repeats),
        Contest(f"gradient graph, T = {few}", expressions, min(repeats, 3)),
    )


def _linear(longest: int, long: int, repeats: int) -> Row:
    """Twice the steps have twice the nodes exactly, and take about twice the time."""
    sharing = Sharing(derive("elman", 1).recurrence)
    half = longest // 2
    sizes = [len(sharing(steps).nodes) for steps in (half, longest, 2 * longest)]
    agree("nodes", sizes[2] - sizes[1], 2 * (sizes[1] - sizes[0]), relative=0)
    ours, before, short = medians(*(partial(sharing, steps) for steps in (longest, half, long)), repeats=repeats)
    slower = ours / short * long / longest
    note = f"{sizes[1]:,} nodes, exactly linear in T; per node {slower:.1f}× as long as at T = {long:,}; the limit is our own"
    return at_most(f"gradient graph, T = {longest:,}", ours, before, f"ours at T = {half:,}", note, times=3)


def _data(steps: int) -> tuple[list[float], list[float]]:
    """Inputs and targets."""
    x, target = ([function(t) for t in range(1, steps + 1)] for function in (sin, cos))
    return x, target


def _ours(steps: int) -> Callable[[], Any]:
    return partial(Sharing(derive("elman", 1).recurrence), steps)


def _ours_in_numbers() -> list[float]:
    x, target = _data(AGREED)
    _, gradients = _ours(AGREED)().evaluate({**WEIGHTS, "x": x, "yhat": target, "h_0": 0.0})
    return [gradients[name] for name in WEIGHTS]


def _casadi(steps: int) -> Callable[[], tuple[list[Any], Any]]:
    """A function of one step, folded over T steps: many times as quick as a loop in Python."""
    import casadi

    weights = [casadi.SX.sym(name) for name in WEIGHTS]
    w = casadi.vertcat(*weights)
    h, loss, x, target = (casadi.SX.sym(name) for name in ("h", "L", "x", "yhat"))
    state = casadi.tanh(w[0] * x + w[1] * h)
    after = casadi.vertcat(state, loss + (w[2] * state - target) ** 2 / 2)
    step = casadi.Function("step", [casadi.vertcat(h, loss), casadi.vertcat(x, target), w], [after])

    def graph() -> tuple[list[Any], Any]:
        xs, targets = casadi.SX.sym("x", steps), casadi.SX.sym("yhat", steps)
        end = step.fold(steps)(casadi.SX.zeros(2), casadi.horzcat(xs, targets).T, casadi.repmat(w, 1, steps))
        return [*weights, xs, targets], casadi.gradient(end[1], w)

    return graph


def _casadi_in_numbers() -> list[float]:
    import casadi

    names, found = _casadi(AGREED)()
    function = casadi.Function("gradient", names, [found])
    return [float(value) for value in function(*WEIGHTS.values(), *_data(AGREED)).full().ravel()]


def _symengine(steps: int) -> Callable[[], tuple[list[Any], list[Any]]]:
    """SymEngine has no loop that could be compiled: the loss is written out each time."""
    from symengine import Symbol, tanh

    def graph() -> tuple[list[Any], list[Any]]:
        names, loss = _loss(Symbol, tanh, steps)
        return names, [loss.diff(weight) for weight in names[: len(WEIGHTS)]]

    return graph


def _symengine_in_numbers() -> list[float]:
    names, found = _symengine(AGREED)()
    return [float(expr.subs(_values(names)).n(real=True)) for expr in found]


def _sympy(steps: int) -> Callable[[], tuple[list[Any], list[Any]]]:
    """SymPy remembers derivatives, so each run begins with an empty cache; real symbols are quicker than plain ones."""
    import sympy
    from sympy.core.cache import clear_cache

    names, loss = _loss(partial(sympy.Symbol, real=True), sympy.tanh, steps)

    def differentiated() -> tuple[list[Any], list[Any]]:
        clear_cache()
        return names, [sympy.diff(loss, weight) for weight in names[: len(WEIGHTS)]]

    return differentiated


def _sympy_in_numbers() -> list[float]:
    names, found = _sympy(AGREED)()
    return [float(expr.evalf(subs=_values(names))) for expr in found]


def _loss(symbol: Callable[[str], Any], tanh: Callable[[Any], Any], steps: int) -> tuple[list[Any], Any]:
    """The symbols of weights, inputs and targets, and the loss as one nested expression."""
    weights = w_x, w_h, w_y = [symbol(name) for name in WEIGHTS]
    x, target = ([symbol(f"{name}_{t}") for t in range(1, steps + 1)] for name in ("x", "yhat"))
    h: Any = 0
    loss: Any = 0
    for this_x, this_target in zip(x, target, strict=True):
        h = tanh(w_x * this_x + w_h * h)
        loss = loss + (w_y * h - this_target) ** 2 / 2
    return [*weights, *x, *target], loss


def _values(names: list[Any]) -> dict[Any, float]:
    """The numbers of the symbols of `_loss`."""
    x, target = _data(AGREED)
    return dict(zip(names, (*WEIGHTS.values(), *x, *target), strict=True))
