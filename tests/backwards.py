"""Backward passes of a vector Elman network as people write them, by hand, each with one fault that is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.derivation import Derivation

FAULTS = {
    "nothing comes back": ("lag_at_most", "lost"),
    "slope lost": ("factor",),
    "slope at the argument": ("at_argument",),
    "slope at tanh(h)": ("at_value",),
    "h for h before": ("index",),
    "not transposed": ("transposed",),
    "assigned": ("one_use", "without_use"),
    "loss not direct": ("lag_at_most", "lost", "last_loss"),
    "half": ("scaled",),
    "sign": ("negated", "sign"),
    "outer turned": ("turned", "transposed_result"),
    "mean": ("scaled",),
    "last step left out": ("without_use", "not_last_loss"),
    "power": ("power",),
}
"""A fault by its name, and the kinds of mistake that name it."""


NAMES = ("W_x", "W_h", "W_y", "b_h", "b_y")


def elman_by_hand(arguments: dict[str, Any], fault: str = "") -> tuple[float, dict[str, Any]]:
    """Loss and gradients of the ready-made ``elman-vector``, written as in a lecture, with a fault."""
    w_x, w_h, w_y, b_h, b_y = (arguments[name] for name in NAMES)
    xs, targets, before = arguments["x"], arguments["yhat"], arguments["h_0"]
    hs, zs, ys = [before], [], []
    for x in xs:
        zs.append(w_x @ x + w_h @ hs[-1] + b_h)
        hs.append(np.tanh(zs[-1]))
        ys.append(w_y @ hs[-1] + b_y)
    loss = sum(((y - target) ** 2).sum() / 2 for y, target in zip(ys, targets, strict=True))
    found = {name: np.zeros_like(arguments[name]) for name in NAMES}
    later = np.zeros_like(before)
    for t in reversed(range(len(xs))):
        error = ys[t] - targets[t]
        h, z = hs[t + 1], zs[t]
        slope = {
            "slope lost": np.ones_like(h),
            "slope at the argument": 1 - z**2,
            "slope at tanh(h)": 1 - np.tanh(h) ** 2,
            "power": 1 - h,
        }.get(fault, 1 - h**2)
        direct = 0 * h if fault == "loss not direct" and t < len(xs) - 1 else w_y.T @ error
        delta = slope * (direct + (0 if fault == "nothing comes back" else later))
        used = h if fault == "h for h before" else hs[t]
        if fault == "last step left out" and t == len(xs) - 1:
            later = w_h.T @ delta
            continue
        terms = {"W_x": np.outer(delta, xs[t]), "W_h": np.outer(delta, used), "W_y": np.outer(error, h)}
        terms |= {"b_h": delta, "b_y": error}
        if fault == "outer turned":
            terms["W_h"] = np.outer(used, delta)
        for name, term in terms.items():
            found[name] = term if fault == "assigned" else found[name] + term
        later = (w_h if fault == "not transposed" else w_h.T) @ delta
    factor = {"half": 0.5, "sign": -1.0, "mean": 1 / len(xs)}.get(fault, 1.0)
    return float(loss), {name: factor * value for name, value in found.items()}


def arguments_of(lesson: Derivation, seed: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """Random arguments of a lesson's network with all sizes different, and the values that say the same."""
    random = np.random.default_rng(seed)
    sizes = {"n": 3, "d": 2, "k": 4, "m": 5}
    network = lesson.network
    shaped = {name: tuple(sizes[size] for size in network.shape(name)) for name in (*network.timeless, *network.data)}
    arguments: dict[str, Any] = {name: random.normal(size=shaped[name]) * 0.7 for name in network.timeless}
    arguments |= {name: random.normal(size=(lesson.steps, *shaped[name])) for name in network.data}
    for name, (before, after) in network.outside.items():
        shape = tuple(sizes[size] for size in network.shape(name))
        arguments |= {label: random.normal(size=shape) * 0.5 for label in (*before, *after)}
    return arguments, {name: np.asarray(value).tolist() for name, value in arguments.items()}
