"""By hand: the loss and gradients of the Elman network as a careful person writes them, a loop forwards and one backwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def scalar(weights: list[Any], x: list[Any], target: list[Any], tanh: Callable[[Any], Any], zero: Any) -> list[Any]:
    """The loss and the gradients by w_x, w_h, w_y, in the numbers that are given."""
    w_x, w_h, w_y = weights
    steps, one = len(x), zero + 1  # of their kind, so that no step converts it
    h = [zero] * (steps + 1)
    error = [zero] * steps
    loss = grad_x = grad_h = grad_y = delta = zero
    for t in range(steps):
        h[t + 1] = tanh(w_x * x[t] + w_h * h[t])
        error[t] = e = w_y * h[t + 1] - target[t]
        loss += e * e
    for t in range(steps - 1, -1, -1):
        state = h[t + 1]
        grad_y += error[t] * state
        delta = (error[t] * w_y + w_h * delta) * (one - state * state)
        grad_x += delta * x[t]
        grad_h += delta * h[t]
    return [loss / 2, grad_x, grad_h, grad_y]


def vector(weights: list[Any], x: Any, target: Any) -> Callable[[], list[Any]]:
    """The same in NumPy: what does not wait for its neighbour is one product of matrices for all steps."""
    w_x, w_h, b_h, w_y, b_y = weights
    steps, units = len(x), len(b_h)

    def run() -> list[Any]:
        h, delta = np.zeros((steps + 1, units)), np.zeros((steps + 1, units))
        driven = x @ w_x.T + b_h
        for t in range(steps):
            h[t + 1] = np.tanh(driven[t] + w_h @ h[t])
        error = h[1:] @ w_y.T + b_y - target
        entering, slope = error @ w_y, 1 - h[1:] ** 2
        for t in range(steps - 1, -1, -1):
            delta[t] = (entering[t] + w_h.T @ delta[t + 1]) * slope[t]
        delta = delta[:-1]
        gradients = (delta.T @ x, delta.T @ h[:-1], delta.sum(0), error.T @ h[1:], error.sum(0))
        return [(error * error).sum() / 2, *gradients]

    return run
