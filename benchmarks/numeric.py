"""The loss and gradients of the Elman network on numbers, by the compiled recurrence, against what others do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import mpmath
import numpy as np

from benchmarks.measure import Row, agree, at_least, at_most, beside, medians, missing, peer
from derive.derivation import derive
from derive.numbers import FLOAT, System, arrays, balls, precision
from derive.programs import Program

WEIGHTS = {"w_x": 0.5, "w_h": 0.7, "w_y": 0.9}
BITS = 200
DIGITS = 50


def rows(*, quick: bool) -> Iterator[Row]:
    """Scalars, vectors and balls."""
    steps, units, repeats = (5, 3, 1) if quick else (100, 64, 25)
    given = WEIGHTS | {name: [curve(t) for t in range(steps)] for name, curve in (("x", math.sin), ("yhat", math.cos))}
    torch = peer("torch")
    yield _by_hand(steps, given, repeats)
    yield _balls(steps, given, repeats)
    for what, compare in (
        (f"numeric gradient, T = {steps}, scalar", lambda module: _torch_scalar(module, steps, given, repeats)),
        (f"numeric gradient, T = {steps}, n = {units}", lambda module: _torch_vector(module, steps, units, repeats)),
    ):
        yield missing(what, "torch") if torch is None else compare(torch)
    jax = peer("jax")
    for what, compare in (
        (f"numeric gradient, T = {steps}, scalar", lambda module: _jax_scalar(module, steps, given, repeats)),
        (f"numeric gradient, T = {steps}, n = {units}", lambda module: _jax_vector(module, steps, units, repeats)),
    ):
        yield missing(what, "jax") if jax is None else compare(jax)


def _program(name: str, system: System, steps: int, given: dict[str, Any]) -> Callable[[], list[Any]]:
    """A run of the compiled program: the loss and the gradients."""
    program = Program(derive(name, 1).recurrence, system)

    def run() -> list[Any]:
        loss, gradients = program(steps, given)
        return [loss, *gradients.values()]

    return run


def hand_written(weights: tuple[Any, Any, Any], x: list[Any], target: list[Any], tanh: Any, zero: Any) -> list[Any]:
    """What a careful person writes: one loop forwards, one backwards."""
    w_x, w_h, w_y = weights
    steps = len(x)
    h = [zero] * (steps + 1)
    error = [zero] * steps
    loss = grad_x = grad_h = grad_y = delta = zero
    for t in range(steps):
        h[t + 1] = tanh(w_x * x[t] + w_h * h[t])
        error[t] = e = w_y * h[t + 1] - target[t]
        loss += e * e / 2
    for t in range(steps - 1, -1, -1):
        state = h[t + 1]
        grad_y += error[t] * state
        delta = (error[t] * w_y + w_h * delta) * (1 - state * state)
        grad_x += delta * x[t]
        grad_h += delta * h[t]
    return [loss, grad_x, grad_h, grad_y]


def _by_hand(steps: int, given: dict[str, Any], repeats: int) -> Row:
    run = _program("elman", FLOAT, steps, given | {"h_0": 0.0})

    def hand() -> list[Any]:
        return hand_written((given["w_x"], given["w_h"], given["w_y"]), given["x"], given["yhat"], math.tanh, 0.0)

    agree("by hand", run(), hand())
    ours, theirs = medians(run, hand, repeats=repeats)
    return at_most(f"numeric gradient, T = {steps}, scalar", ours, theirs, "hand-written loop", 1.5)


def _balls(steps: int, given: dict[str, Any], repeats: int) -> Row:
    from flint import arb

    def every(make: Callable[[float], Any]) -> dict[str, Any]:
        return {name: [*map(make, of)] if isinstance(of, list) else make(of) for name, of in given.items()}

    mine, theirs = every(arb), every(mpmath.mpf)
    run = _program("elman", balls(), steps, mine | {"h_0": arb(0)})
    weights = (theirs["w_x"], theirs["w_h"], theirs["w_y"])

    def hand() -> list[Any]:
        return hand_written(weights, theirs["x"], theirs["yhat"], mpmath.tanh, mpmath.mpf(0))

    with precision(BITS), mpmath.workdps(DIGITS):
        agree("mpmath", [mpmath.mpf(ball.str(DIGITS, radius=False)) for ball in run()], hand(), relative=1e-40)
        ours, peers = medians(run, hand, repeats=repeats)
    note = f"{BITS}-bit balls, with error bounds, against {DIGITS} digits without"
    return at_least(f"numeric gradient in balls, T = {steps}, scalar", ours, peers, "mpmath", 4, note)


def _torch_scalar(torch: ModuleType, steps: int, given: dict[str, Any], repeats: int) -> Row:
    run = _program("elman", FLOAT, steps, given | {"h_0": 0.0})
    x, target = given["x"], given["yhat"]

    def eager() -> list[Any]:
        w_x, w_h, w_y = (torch.tensor(given[name], dtype=torch.float64, requires_grad=True) for name in WEIGHTS)
        h = loss = torch.zeros((), dtype=torch.float64)
        for t in range(steps):
            h = torch.tanh(w_x * x[t] + w_h * h)
            loss = loss + (w_y * h - target[t]) ** 2 / 2
        loss.backward()
        return [loss.detach(), w_x.grad, w_h.grad, w_y.grad]

    agree("torch", run(), [float(value) for value in eager()])
    ours, theirs = medians(run, eager, repeats=repeats)
    return at_least(f"numeric gradient, T = {steps}, scalar", ours, theirs, "torch, eager", 100)


def _torch_vector(torch: ModuleType, steps: int, units: int, repeats: int) -> Row:
    weights, x, target = _large(steps, units)
    run = _program("elman-vector", arrays(), steps, weights | {"x": x, "yhat": target, "h_0": np.zeros(units)})
    tensors = torch.tensor(np.array(x)), torch.tensor(np.array(target))

    def eager() -> list[Any]:
        of = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
        h = loss = torch.zeros(units, dtype=torch.float64)
        loss = loss.sum()
        for this_x, this_target in zip(*tensors, strict=True):
            h = torch.tanh(of["W_x"] @ this_x + of["W_h"] @ h + of["b_h"])
            loss = loss + ((of["W_y"] @ h + of["b_y"] - this_target) ** 2).sum() / 2
        loss.backward()
        return [loss, *(of[name].grad for name in weights)]

    agree("torch", _flat(run()), _flat([value.detach().numpy() for value in eager()]))
    ours, theirs = medians(run, eager, repeats=repeats)
    return at_least(f"numeric gradient, T = {steps}, n = {units}", ours, theirs, "torch, eager", 1)


def _large(steps: int, units: int) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """Random weights, inputs and targets of a network of vectors."""
    random = np.random.default_rng(1)
    names = derive("elman-vector", 1).network.parameters
    scale = 1 / math.sqrt(units)
    weights = {name: scale * random.normal(size=(units, units) if name[0] == "W" else units) for name in names}
    x, target = random.normal(size=(2, steps, units))
    return weights, list(x), list(target)


def _flat(values: list[Any]) -> list[float]:
    return [float(entry) for value in values for entry in np.ravel(value)]


def _jax_scalar(jax: ModuleType, steps: int, given: dict[str, Any], repeats: int) -> Row:
    run = _program("elman", FLOAT, steps, given | {"h_0": 0.0})
    weights = tuple(given[name] for name in WEIGHTS)

    def step(weights: Any, h: Any, data: Any) -> tuple[Any, Any]:
        w_x, w_h, w_y = weights
        h = jax.numpy.tanh(w_x * data[0] + w_h * h)
        return h, (w_y * h - data[1]) ** 2 / 2

    return _jax(jax, f"T = {steps}, scalar", run, step, weights, 0.0, (given["x"], given["yhat"]), repeats)


def _jax_vector(jax: ModuleType, steps: int, units: int, repeats: int) -> Row:
    weights, x, target = _large(steps, units)
    run = _program("elman-vector", arrays(), steps, weights | {"x": x, "yhat": target, "h_0": np.zeros(units)})
    order = ("W_x", "W_h", "b_h", "W_y", "b_y")

    def step(weights: Any, h: Any, data: Any) -> tuple[Any, Any]:
        of = dict(zip(order, weights, strict=True))
        h = jax.numpy.tanh(of["W_x"] @ data[0] + of["W_h"] @ h + of["b_h"])
        return h, ((of["W_y"] @ h + of["b_y"] - data[1]) ** 2).sum() / 2

    def ours() -> list[Any]:
        loss, *gradients = run()
        named = dict(zip(weights, gradients, strict=True))
        return [loss, *(named[name] for name in order)]

    given = tuple(weights[name] for name in order)
    data = (np.array(x), np.array(target))
    return _jax(jax, f"T = {steps}, n = {units}", ours, step, given, np.zeros(units), data, repeats)


def _jax(
    jax: ModuleType, what: str, run: Callable[[], list[Any]], step: Any, weights: Any, h: Any, data: Any, repeats: int
) -> Row:
    """Loss and gradients as one compiled loop of XLA's, in double precision; compiling is not timed, on either side."""
    jax.config.update("jax_enable_x64", val=True)
    xs = tuple(map(jax.numpy.asarray, data))

    @jax.jit
    @jax.value_and_grad
    def loss(weights: Any) -> Any:
        _, losses = jax.lax.scan(lambda h, data: step(weights, h, data), jax.numpy.asarray(h), xs)
        return losses.sum()

    def compiled() -> list[Any]:
        value, gradients = loss(weights)
        return [float(value), *map(np.asarray, gradients)]

    agree("jax", _flat(run()), _flat(compiled()))
    ours, theirs = medians(run, compiled, repeats=repeats)
    return beside(
        f"numeric gradient, {what}", ours, theirs, "jax, compiled", "ours runs in Python, jax's in machine code"
    )
