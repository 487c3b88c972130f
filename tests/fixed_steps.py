"""Networks that read a state at one step for all t, each with the same network by a trick: a memory that keeps the state.

The memory m is taken over at the step that is read, where ``first`` is 1, and handed on afterwards, where ``after`` is 1. Then
all arrows lead from step to step, and what was known of such networks before can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from samples import random_values

from derive.network.network import Given, Network

MEMORY = "first[t]*h[t] + after[t]*m[t-1]"


@dataclass(frozen=True)
class FixedStep:
    """A network by its equations, in which ``{}`` is h at one step for all t; step 0 is T."""

    step: int
    equations: Mapping[str, str]
    declared: Mapping[str, Any]

    def network(self, *, kept: bool = False) -> Network:
        """The network, or with its memory."""
        read = "m[t]" if kept else f"h[{self.step or 'T'}]"
        rules = {name: text.format(read) for name, text in self.equations.items()}
        shapes = dict.fromkeys(("x", *rules), ("n",)) if "W" in self.declared["parameters"] else {}
        shapes |= {name: ("n", "n") for name in self.declared["parameters"] if name.isupper()}
        if kept:
            at = [*rules].index("h") + 1
            rules = dict([*[*rules.items()][:at], ("m", MEMORY), *[*rules.items()][at:]])
            shapes |= {"m": ("n",)} if shapes else {}
        states = [name for name in rules if any(f"{name}[t-{lag}]" in " ".join(rules.values()) for lag in (1, 2))]
        return Network(
            name="kept" if kept else "fixed",
            equations=rules,
            inputs=("x", "first", "after") if kept else ("x",),
            loss="l",
            initial=dict.fromkeys(states, 0),
            broadcast=True,
            shapes={name: shape for name, shape in shapes.items() if name != "l"},
            **self.declared,
        )

    def values(self, steps: int, seed: int) -> dict[str, Given]:
        """Random values of the network."""
        return random_values(self.network(), steps, seed, {"n": 2})

    def kept(self, values: Mapping[str, Given], steps: int) -> dict[str, Given]:
        """The same with those that the memory needs."""
        at = self.step or steps
        first = [int(t == at) for t in range(1, steps + 1)]
        after = [int(t > at) for t in range(1, steps + 1)]
        m = [0, 0] if "W" in self.declared["parameters"] else 0
        return {**values, "first": first, "after": after, "m_0": m}


FIXED = {
    "change since the first step": FixedStep(
        1,
        {"h": "tanh(u*x[t] + w*h[t-1])", "l": "(v*(h[t] - {}) - x[t])**2/2"},
        {"parameters": ("w", "u", "v")},
    ),
    "second layer told the first state": FixedStep(
        1,
        {"h": "tanh(x[t] + w*h[t-1])", "r": "tanh(v*r[t-1] + u*{} + h[t])", "l": "(r[t] - x[t])**2/2"},
        {"parameters": ("w", "u", "v"), "trainable_initial": ("h",)},
    ),
    "two lags, and the second step": FixedStep(
        2,
        {
            "c": "sin(w*h[t-1] + x[t])",
            "h": "tanh(c[t] + u*h[t-2])",
            "r": "c[t]*h[t] + v*r[t-1]",
            "l": "(r[t]*{})**2/2",
        },
        {"parameters": ("w", "u", "v"), "loss_at": (2, 3, 4)},
    ),
    "vectors, read by two layers": FixedStep(
        1,
        {
            "h": "tanh(W@x[t] + U@h[t-1])",
            "r": "tanh(V@({} * r[t-1]) + h[t])",
            "s": "sin(r[t] + U@s[t-1] + {})",
            "l": "s[t]@s[t]/2",
        },
        {"parameters": ("W", "U", "V"), "loss_at": "last"},
    ),
    "read at the last step": FixedStep(
        0,
        {"h": "tanh(u*x[t] + w*h[t-1])", "y": "v*{}", "l": "(y[t] - x[t])**2/2"},
        {"parameters": ("w", "u", "v"), "loss_at": "last"},
    ),
}
"""By what they are; some read the step from many steps, some from T alone."""
