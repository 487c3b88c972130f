"""The loss and gradients of the Elman network on numbers, by the compiled recurrence, against what others do.

All compute in double precision, from Python's numbers or NumPy's arrays to numbers or arrays, but for the balls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks import automatic, by_hand
from benchmarks.contest import Contest, held
from benchmarks.measure import Row, at_least, at_most
from benchmarks.way import Way
from derive.derivation import derive
from derive.numbers import FLOAT, System, arrays, balls, precision
from derive.programs import Program

WEIGHTS = {"w_x": 0.5, "w_h": 0.7, "w_y": 0.9}
BITS = 200
DIGITS = 50


def rows(*, quick: bool) -> Iterator[Row]:
    """Scalars, vectors and balls."""
    yield from held("numeric", contests(quick=quick), quick=quick)


def contests(*, quick: bool) -> tuple[Contest, ...]:
    """What is run is a loss with its gradients at new numbers; deriving, tracing and compiling are the set-up."""
    steps, units, repeats = (5, 3, 1) if quick else (100, 64, 25)
    return _scalar(steps, repeats), _balls(steps, repeats), _vector(steps, units, repeats)


def _scalar(steps: int, repeats: int) -> Contest:
    weights, x, target = scalars(steps)
    given = dict(zip(WEIGHTS, weights, strict=True)) | {"x": x, "yhat": target, "h_0": 0.0}
    loop, torch, jax = (
        partial(way, weights, x, target) for way in (_loop, automatic.torch_scalar, automatic.jax_scalar)
    )
    ways = (
        Way("derive", partial(_program, "elman", FLOAT, given)),
        Way("hand-written loop", loop, row=partial(at_most, times=1)),
        Way("torch, eager", torch, "torch", partial(at_least, times=100)),
        Way("jax, compiled", jax, "jax", note="ours is Python, jax's machine code"),
    )
    return Contest(f"numeric gradient, T = {steps}, scalar", ways, repeats)


def _balls(steps: int, repeats: int) -> Contest:
    note = f"{BITS}-bit balls, with error bounds, against {DIGITS} digits without"
    ways = (
        Way("derive", partial(_in_balls, steps), answer=partial(_midpoints, steps)),
        Way("mpmath", partial(_in_mpmath, steps), "mpmath", partial(at_least, times=4), note),
    )
    return Contest(f"numeric gradient in balls, T = {steps}, scalar", ways, repeats, relative=1e-40)


def _vector(steps: int, units: int, repeats: int) -> Contest:
    weights, x, target = inputs_and_weights(steps, units)
    given = weights | {"x": x, "yhat": target, "h_0": np.zeros(units)}
    loop, eager, module, jax = (
        partial(way, [*weights.values()], x, target)
        for way in (by_hand.vector, automatic.torch_vector, automatic.torch_module, automatic.jax_vector)
    )
    one = "torch on one thread"
    ways = (
        Way("derive", partial(_program, "elman-vector", arrays(), given)),
        Way(
            "hand-written NumPy",
            loop,
            row=partial(at_most, times=1.2),
            note="here and there what does not wait for its neighbour is done for all steps at once",
        ),
        Way("torch, eager", eager, "torch", partial(at_least, times=1), one),
        Way("torch.nn.RNN", module, "torch", note=one),
        Way(
            "jax, compiled",
            jax,
            "jax",
            partial(at_least, times=1),
            "ours is Python that calls NumPy, jax's machine code",
        ),
    )
    return Contest(f"numeric gradient, T = {steps}, n = {units}", ways, repeats)


def _program(name: str, system: System, given: dict[str, Any]) -> Callable[[], list[Any]]:
    """A run of the compiled program: the loss and the gradients in the network's order."""
    program = Program(derive(name, 1).recurrence, system)
    steps = len(given["x"])

    def run() -> list[Any]:
        loss, gradients = program(steps, given)
        return [loss, *gradients.values()]

    return run


def _loop(weights: list[float], x: list[float], target: list[float]) -> Callable[[], list[float]]:
    return lambda: by_hand.scalar(weights, x, target, math.tanh, 0.0)


def _in_balls(steps: int) -> Callable[[], list[Any]]:
    """Our program in Arb's balls."""
    from flint import arb

    weights, x, target = scalars(steps)
    given = {name: arb(weight) for name, weight in zip(WEIGHTS, weights, strict=True)}
    run = _program("elman", balls(), given | {"x": [*map(arb, x)], "yhat": [*map(arb, target)], "h_0": arb(0)})

    def precise() -> list[Any]:
        with precision(BITS):
            return run()

    return precise


def _midpoints(steps: int) -> list[Any]:
    """Their midpoints in mpmath's numbers."""
    import mpmath

    found = _in_balls(steps)()
    with precision(BITS), mpmath.workdps(DIGITS):
        return [mpmath.mpf(ball.str(DIGITS, radius=False)) for ball in found]


def _in_mpmath(steps: int) -> Callable[[], list[Any]]:
    """The loop written by hand, in mpmath's numbers."""
    import mpmath

    weights, x, target = ([*map(mpmath.mpf, numbers)] for numbers in scalars(steps))

    def run() -> list[Any]:
        with mpmath.workdps(DIGITS):
            return by_hand.scalar(weights, x, target, mpmath.tanh, mpmath.mpf(0))

    return run


def scalars(steps: int) -> tuple[list[float], list[float], list[float]]:
    """Weights, inputs and targets of a network of scalars."""
    return [*WEIGHTS.values()], [math.sin(t) for t in range(steps)], [math.cos(t) for t in range(steps)]


def inputs_and_weights(steps: int, units: int) -> tuple[dict[str, Any], Any, Any]:
    """Random weights, inputs and targets of a network of vectors, a row for each step."""
    random = np.random.default_rng(1)
    names = ("W_x", "W_h", "b_h", "W_y", "b_y")
    scale = 1 / math.sqrt(units)
    weights = {name: scale * random.normal(size=(units, units) if name[0] == "W" else units) for name in names}
    x, target = random.normal(size=(2, steps, units))
    return weights, x, target
