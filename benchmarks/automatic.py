"""Automatic differentiation: the loss and gradients of the Elman network by torch and by JAX, in double precision.

torch runs step by step as it is written, or as its own module; JAX compiles a loop with XLA. Data become their arrays in the
set-up; weights come in, and answers go out, as Python's numbers or NumPy's arrays, as ours do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Run = Callable[[], list[Any]]


def torch_scalar(weights: list[float], x: list[float], target: list[float]) -> Run:
    """One operation after the other."""
    import torch

    def eager() -> list[Any]:
        w_x, w_h, w_y = leaves = [torch.tensor(weight, dtype=torch.float64, requires_grad=True) for weight in weights]
        h = loss = torch.zeros((), dtype=torch.float64)
        for this_x, this_target in zip(x, target, strict=True):
            h = torch.tanh(w_x * this_x + w_h * h)
            loss = loss + (w_y * h - this_target) ** 2 / 2
        loss.backward()
        return [loss.item(), *(leaf.grad.item() for leaf in leaves)]

    return eager


def torch_vector(weights: list[Any], x: Any, target: Any) -> Run:
    """One operation after the other, on one thread."""
    import torch

    torch.set_num_threads(1)
    data = [*zip(torch.tensor(x), torch.tensor(target), strict=True)]

    def eager() -> list[Any]:
        w_x, w_h, b_h, w_y, b_y = leaves = [torch.tensor(weight, requires_grad=True) for weight in weights]
        h, loss = torch.zeros(len(weights[2]), dtype=torch.float64), torch.zeros((), dtype=torch.float64)
        for this_x, this_target in data:
            h = torch.tanh(w_x @ this_x + w_h @ h + b_h)
            loss = loss + ((w_y @ h + b_y - this_target) ** 2).sum() / 2
        loss.backward()
        return [loss.item(), *(leaf.grad.numpy() for leaf in leaves)]

    return eager


def torch_module(weights: list[Any], x: Any, target: Any) -> Run:
    """torch.nn.RNN, whose loop is compiled, on one thread; its second bias stays 0."""
    import torch

    torch.set_num_threads(1)
    w_x, w_h, b_h, w_y, b_y = weights
    units = len(b_h)
    xs, targets = torch.tensor(x), torch.tensor(target)
    rnn = torch.nn.RNN(units, units, dtype=torch.float64)
    out = torch.nn.Linear(units, units, dtype=torch.float64)
    rnn.bias_hh_l0.requires_grad_(requires_grad=False).zero_()
    leaves = [rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, out.weight, out.bias]

    def run() -> list[Any]:
        with torch.no_grad():
            for leaf, weight in zip(leaves, (w_x, w_h, b_h, w_y, b_y), strict=True):
                leaf.copy_(torch.tensor(weight))
        states, _ = rnn(xs)
        loss = ((out(states) - targets) ** 2).sum() / 2
        return [loss.item(), *(slope.numpy() for slope in torch.autograd.grad(loss, leaves))]

    return run


def jax_scalar(weights: list[float], x: list[float], target: list[float]) -> Run:
    """One compiled loop."""
    import jax

    def step(weights: Any, h: Any, data: Any) -> tuple[Any, Any]:
        w_x, w_h, w_y = weights
        h = jax.numpy.tanh(w_x * data[0] + w_h * h)
        return h, (w_y * h - data[1]) ** 2 / 2

    return _jax(step, weights, 0.0, (x, target))


def jax_vector(weights: list[Any], x: Any, target: Any) -> Run:
    """One compiled loop."""
    import jax

    def step(weights: Any, h: Any, data: Any) -> tuple[Any, Any]:
        w_x, w_h, b_h, w_y, b_y = weights
        h = jax.numpy.tanh(w_x @ data[0] + w_h @ h + b_h)
        return h, ((w_y @ h + b_y - data[1]) ** 2).sum() / 2

    return _jax(step, weights, np.zeros(len(weights[2])), (x, target))


def _jax(step: Callable[..., Any], weights: list[Any], h: Any, data: tuple[Any, Any]) -> Run:
    """Tracing and compiling happen at the first run."""
    import jax

    jax.config.update("jax_enable_x64", val=True)
    steps = tuple(map(jax.numpy.asarray, data))

    @jax.jit
    @jax.value_and_grad
    def loss(weights: Any) -> Any:
        _, losses = jax.lax.scan(lambda h, data: step(weights, h, data), jax.numpy.asarray(h), steps)
        return losses.sum()

    def compiled() -> list[Any]:
        value, gradients = loss(weights)
        return [float(value), *map(np.asarray, gradients)]

    return compiled


def tangent_scalar(weights: list[float], x: list[float], target: list[float]) -> Run:
    """Its own source of the adjoint, compiled by Python."""
    return _tangent(scalar_loss, [*weights, x, target, 0.0], len(weights))


def tangent_vector(weights: list[Any], x: Any, target: Any) -> Run:
    """The same of arrays."""
    return _tangent(vector_loss, [*weights, x, target, np.zeros(len(weights[2]))], len(weights))


def scalar_loss(w_x, w_h, w_y, x, target, h_0):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - tangent copies types
    """What tangent reads."""
    h = h_0
    loss = 0.0
    for t in range(len(x)):
        h = np.tanh(w_x * x[t] + w_h * h)
        e = w_y * h - target[t]
        loss = loss + e * e / 2.0
    return loss


def vector_loss(w_x, w_h, b_h, w_y, b_y, x, target, h_0):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    """What tangent reads."""
    h = h_0
    loss = 0.0
    for t in range(len(x)):
        h = np.tanh(np.dot(w_x, x[t]) + np.dot(w_h, h) + b_h)
        e = np.dot(w_y, h) + b_y - target[t]
        loss = loss + np.sum(e * e) / 2.0
    return loss


def _tangent(loss: Callable[..., Any], given: list[Any], weights: int) -> Run:
    """Reading the loss and writing its adjoint is the set-up."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what other libraries it has extensions for
        import tangent

        adjoint = tangent.autodiff(loss, wrt=tuple(range(weights)), preserve_result=True)

    def run() -> list[Any]:
        *gradients, value = adjoint(*given, 1.0)
        return [value, *gradients]

    return run
