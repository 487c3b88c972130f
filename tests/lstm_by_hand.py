"""The backward pass of an LSTM as people write it, with the faults that they asked about in public."""

from __future__ import annotations

from typing import Any

import numpy as np

GATES = "ifgo"


def sigmoid(z: Any) -> Any:
    """1/(1 + e⁻ᶻ)."""
    return 1 / (1 + np.exp(-z))


def lstm_by_hand(given: dict[str, Any], fault: str = "") -> tuple[float, dict[str, Any]]:
    """Loss and gradients of the ready-made ``lstm``, gate by gate, step by step."""
    h, c = given["h_0"], given["c_0"]
    kept, loss = [], 0.0
    for x, target in zip(given["x"], given["yhat"], strict=True):
        before = (h, c)
        bars = {gate: given[f"W_x{gate}"] @ x + given[f"W_h{gate}"] @ h + given[f"b_{gate}"] for gate in GATES}
        gate = {name: np.tanh(bar) if name == "g" else sigmoid(bar) for name, bar in bars.items()}
        c = gate["f"] * c + gate["i"] * gate["g"]
        h = gate["o"] * np.tanh(c)
        y = given["W_y"] @ h + given["b_y"]
        loss += ((y - target) ** 2).sum() / 2
        kept.append((x, before, gate, c, h, y - target))
    names = [f"{kind}{gate}" for gate in GATES for kind in ("W_x", "W_h", "b_")]
    found = {name: np.zeros_like(given[name]) for name in (*names, "W_y", "b_y")}
    later_h, later_c = np.zeros_like(h), np.zeros_like(c)
    for x, (h_before, c_before), gate, c, h, dy in reversed(kept):
        found["W_y"] += np.outer(dy, h)
        found["b_y"] += 0 * dy if fault == "dc += dc" else dy
        dh = given["W_y"].T @ dy + later_h
        dc = gate["o"] * (1 - np.tanh(c) ** 2) * dh + (0 if fault == "dC = for dC +=" else later_c)
        slope = {name: 1 - value**2 if name == "g" else value * (1 - value) for name, value in gate.items()}
        if fault == "sigmoid for its derivative":
            slope["f"] = sigmoid(gate["f"])
        arrives = {"i": dc * gate["g"], "f": dc * c_before, "g": dc * gate["i"], "o": dh * np.tanh(c)}
        delta = {name: arrives[name] * slope[name] for name in GATES}
        for name in GATES:
            found[f"W_x{name}"] += np.outer(delta[name], x)
            found[f"W_h{name}"] += np.outer(delta[name], h_before)
            found[f"b_{name}"] += delta["f"] if fault == "delta_f for all biases" and name in "io" else delta[name]
        back = {name: gate["i"] if fault == "hu for dhu" and name == "i" else delta[name] for name in GATES}
        if fault != "sigmoid for its derivative":  # there dh_next and dC_next are never updated either
            later_h = sum(given[f"W_h{name}"].T @ back[name] for name in GATES)
            later_c = gate["f"] * dc
    return float(loss), found
