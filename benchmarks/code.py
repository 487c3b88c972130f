"""Code: NumPy beside what a careful person writes and beside JAX, C beside NumPy, Python beside a loop by hand."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import automatic, by_hand
from benchmarks.contest import Contest, held
from benchmarks.measure import Row, at_least, at_most
from benchmarks.numeric import inputs_and_weights, scalars
from benchmarks.way import Way
from derive.derivation import derive

READ_BESIDE = "what it writes is Python too: adjoints of every assignment, with a stack of values"
FLAGS = ("-std=c11", "-O3", "-march=native", "-ffast-math")


def rows(*, quick: bool) -> Iterator[Row]:
    """Arrays, C and single numbers."""
    yield from held("code", contests(quick=quick), quick=quick)


def contests(*, quick: bool) -> tuple[Contest, ...]:
    """What is run is a loss with its gradients; deriving, writing and compiling are the set-up."""
    steps, units, repeats = (5, 3, 1) if quick else (100, 64, 25)
    found = [_arrays(steps, units, repeats), _numbers(steps, repeats)]
    if shutil.which("gcc"):
        found.insert(1, _c(steps, units, repeats))
    return tuple(found)


def _arrays(steps: int, units: int, repeats: int) -> Contest:
    weights, x, target = inputs_and_weights(steps, units)
    given = [*weights.values()]
    ways = (
        Way("derive", partial(_numpy, given, x, target)),
        Way("hand-written NumPy", partial(by_hand.vector, given, x, target), row=partial(at_most, times=1.2)),
        Way("jax, compiled", partial(automatic.jax_vector, given, x, target), "jax", partial(at_least, times=1)),
        Way("tangent", partial(automatic.tangent_vector, given, x, target), "tangent", note=READ_BESIDE),
    )
    return Contest(f"code in NumPy, T = {steps}, n = {units}", ways, repeats)


def _c(steps: int, units: int, repeats: int) -> Contest:
    weights, x, target = inputs_and_weights(steps, units)
    given = [*weights.values()]
    ways = (
        Way("derive", partial(_compiled, given, x, target)),
        Way("derive's NumPy", partial(_numpy, given, x, target), row=partial(at_most, times=0.5)),
    )
    return Contest(
        f"code in C, T = {steps}, n = {units}", ways, repeats, end_note=f"gcc {' '.join(FLAGS)} in the set-up"
    )


def _numbers(steps: int, repeats: int) -> Contest:
    weights, x, target = scalars(steps)
    loop = partial(_loop, weights, x, target)
    ways = (
        Way("derive", partial(_python, weights, x, target)),
        Way("hand-written loop", loop, row=partial(at_most, times=1)),
        Way("tangent", partial(automatic.tangent_scalar, weights, x, target), "tangent", note=READ_BESIDE),
    )
    return Contest(f"code in Python, T = {steps}, scalar", ways, repeats)


def _loop(weights: list[float], x: list[float], target: list[float]) -> Callable[[], list[float]]:
    return lambda: by_hand.scalar(weights, x, target, math.tanh, 0.0)


def _function(network: str, target: str) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """The function that a file of Python defines."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(derive(network, 1).code(target), "<emitted>", "exec"), scope)  # noqa: S102 - it is what we wrote
    found: Callable[..., tuple[Any, dict[str, Any]]] = scope["loss_and_gradients"]
    return found


def _numpy(weights: list[Any], x: Any, target: Any) -> Callable[[], list[Any]]:
    return _run(_function("elman-vector", "numpy"), [*weights, x, target, np.zeros(len(weights[2]))])


def _python(weights: list[float], x: list[float], target: list[float]) -> Callable[[], list[Any]]:
    return _run(_function("elman", "python"), [*weights, x, target, 0.0])


def _run(function: Callable[..., tuple[Any, dict[str, Any]]], given: list[Any]) -> Callable[[], list[Any]]:
    def run() -> list[Any]:
        loss, gradients = function(*given)
        return [loss, *gradients.values()]

    return run


def _compiled(weights: list[Any], x: Any, target: Any) -> Callable[[], list[Any]]:
    """The file of C as a library, called with arrays."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "elman.c"), Path(folder, "elman.so")
        source.write_text(derive("elman-vector", 1).code("c"), encoding="utf-8")
        compiler = shutil.which("gcc") or "gcc"
        subprocess.run([compiler, *FLAGS, "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
        function = ctypes.CDLL(str(library)).loss_and_gradients
    function.restype = ctypes.c_double
    units = len(weights[2])
    given = [*weights, x, target, np.zeros(units)]
    found = [np.zeros_like(weight) for weight in weights]
    sizes = [ctypes.c_int(size) for size in (len(x), units, units, units)]
    places = [array.ctypes.data_as(ctypes.c_void_p) for array in (*given, *found)]

    def run() -> list[Any]:
        return [function(*sizes, *places), *found]

    run.given = given  # type: ignore[attr-defined]  # the arrays live as long as what looks at them
    return run
