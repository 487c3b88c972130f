"""Networks of papers and libraries, declared as these write them; loss and gradients are those of torch by their own code.

Each loop below is written after the library, and shares nothing with the declaration but the values.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from samples import apart, random_values

from derive import derive
from derive.graph import Node
from derive.network.toml import from_toml
from derive.numbers import resolve

if os.environ.get("CI"):
    import torch
else:
    torch = pytest.importorskip("torch")

Tensors = Mapping[str, Any]
"""Parameters by name, initial states by theirs, and data as a list of one tensor per step."""
SRU = """
# T. Lei et al., Simple recurrent units for highly parallelizable recurrence, EMNLP 2018, (1)-(4); asappresearch/sru
parameters = ["W", "W_f", "v_f", "b_f", "W_r", "v_r", "b_r"]
inputs = ["x"]
targets = ["y"]
loss = "l"
equations.f = "sigmoid(W_f@x[t] + v_f*c[t-1] + b_f)"
equations.c = "f[t]*c[t-1] + (1 - f[t])*(W@x[t])"
equations.r = "sigmoid(W_r@x[t] + v_r*c[t-1] + b_r)"
equations.h = "r[t]*c[t] + (1 - r[t])*x[t]"
equations.l = "sum((h[t] - y[t])**2)/2"
initial.c = 0
shapes = { W = "n, n", W_f = "n, n", W_r = "n, n", v_f = "n", v_r = "n", b_f = "n", b_r = "n", x = "n", y = "n", f = "n", \
c = "n", r = "n", h = "n" }
"""
FASTRNN = """
# A. Kusupati et al., FastGRNN, NeurIPS 2018, section 3.1, with the sigmoids of torchrecurrent
parameters = ["W", "U", "b", "alpha", "beta", "V"]
inputs = ["x"]
targets = ["y"]
loss = "l"
loss_at = "last"
broadcast = true
equations.htilde = "tanh(W@x[t] + U@h[t-1] + b)"
equations.h = "sigmoid(alpha)*htilde[t] + sigmoid(beta)*h[t-1]"
equations.o = "V@h[t]"
equations.l = "cross_entropy(o[t], y[t])"
initial.h = 0
shapes = { W = "n, d", U = "n, n", b = "n", V = "k, n", x = "d", h = "n", htilde = "n", o = "k", y = "k" }
"""
SYNAPTIC = """
# snnTorch, snn.Synaptic: a synaptic current and a membrane; what is subtracted after a spike has no gradient
parameters = ["w", "alpha", "beta"]
constants = ["theta"]
inputs = ["x"]
targets = ["y"]
loss = "l"
functions.spike = { of = "z", value = "step(z)", slope = "1/(1 + 25*abs(z))**2" }
equations.i = "alpha*i[t-1] + w*x[t]"
equations.u = "beta*u[t-1] + i[t] - stop_gradient(s[t-1])*theta"
equations.s = "spike(u[t] - theta)"
equations.l = "(s[t] - y[t])**2/2 + u[t]**2/8"
initial = { i = 0, u = 0, s = 0 }
"""
LSTM_IN_ROWS = """
# an LSTM as courses write it in NumPy: a batch in rows, the state joined in front of the input
parameters = ["W_f", "W_i", "W_C", "W_o", "b_f", "b_i", "b_C", "b_o"]
inputs = ["X"]
targets = ["Y"]
loss = "l"
reduction = "mean"
equations.Z = "concat(H[t-1], X[t], axis=1)"
equations.F = "sigmoid(Z[t]@W_f + b_f)"
equations.I = "sigmoid(Z[t]@W_i + b_i)"
equations.G = "tanh(Z[t]@W_C + b_C)"
equations.O = "sigmoid(Z[t]@W_o + b_o)"
equations.C = "F[t]*C[t-1] + I[t]*G[t]"
equations.H = "O[t]*tanh(C[t])"
equations.l = "sum(mean((H[t] - Y[t])**2, axis=0))"
initial = { C = 0, H = 0 }
shapes = { X = "k, d", Y = "k, n", Z = "k, n+d", F = "k, n", I = "k, n", G = "k, n", O = "k, n", C = "k, n", H = "k, n", \
W_f = "n+d, n", W_i = "n+d, n", W_C = "n+d, n", W_o = "n+d, n", b_f = "1, n", b_i = "1, n", b_C = "1, n", b_o = "1, n" }
"""
ANTISYMMETRIC = """
# B. Chang et al., AntisymmetricRNN, ICLR 2019, (9); RecurrentLayers.jl. The last state alone is read
parameters = ["W", "V", "b", "a"]
constants = ["epsilon", "gamma"]
inputs = ["x"]
targets = ["y"]
loss = "l"
penalty = "gamma*sum(exp(W))"
equations.h = "h[t-1] + epsilon*tanh((W - W.T)@h[t-1] - gamma*h[t-1] + V@x[t] + b)"
equations.o = "a@h[T]"
equations.l = "(o[t] - y[t])**2/2"
initial.h = 0
shapes = { W = "n, n", V = "n, d", b = "n", a = "n", x = "d", h = "n" }
"""


class _Spike(torch.autograd.Function):
    """snnTorch's fast sigmoid."""

    @staticmethod
    def forward(context: Any, z: Any) -> Any:
        """A step."""
        context.save_for_backward(z)
        return (z > 0).to(z.dtype)

    @staticmethod
    def backward(context: Any, slope: Any) -> Any:
        """The slope of the fast sigmoid."""
        (z,) = context.saved_tensors
        return slope / (25 * z.abs() + 1) ** 2


def sru(p: Tensors) -> Any:
    """The loop of the paper."""
    c, total = p["c_0"], 0
    for x, y in zip(p["x"], p["y"], strict=True):
        f = torch.sigmoid(p["W_f"] @ x + p["v_f"] * c + p["b_f"])
        r = torch.sigmoid(p["W_r"] @ x + p["v_r"] * c + p["b_r"])
        c = f * c + (1 - f) * (p["W"] @ x)
        total = total + ((r * c + (1 - r) * x - y) ** 2).sum() / 2
    return total


def fastrnn(p: Tensors) -> Any:
    """A residual with two learned scalars, and a classifier at its end."""
    h = p["h_0"]
    for x in p["x"]:
        h = p["alpha"].sigmoid() * torch.tanh(p["W"] @ x + p["U"] @ h + p["b"]) + p["beta"].sigmoid() * h
    return torch.nn.functional.cross_entropy((p["V"] @ h)[None], p["y"][-1][None])


def synaptic(p: Tensors) -> Any:
    """What `forward` of snn.Synaptic computes with reset by subtraction."""
    current, membrane, spike, total = p["i_0"], p["u_0"], p["s_0"], 0
    for x, y in zip(p["x"], p["y"], strict=True):
        current = p["alpha"] * current + p["w"] * x
        membrane = p["beta"] * membrane + current - spike.detach() * p["theta"]
        spike = _Spike.apply(membrane - p["theta"])
        total = total + (spike - y) ** 2 / 2 + membrane**2 / 8
    return total


def lstm_in_rows(p: Tensors) -> Any:
    """One matrix for each gate."""
    cell, state, total = p["C_0"], p["H_0"], 0
    for x, y in zip(p["X"], p["Y"], strict=True):
        joined = torch.cat((state, x), 1)
        f, i, o = (torch.sigmoid(joined @ p[f"W_{gate}"] + p[f"b_{gate}"]) for gate in "fio")
        cell = f * cell + i * torch.tanh(joined @ p["W_C"] + p["b_C"])
        state = o * torch.tanh(cell)
        total = total + ((state - y) ** 2).mean(0).sum()
    return total / len(p["X"])


def antisymmetric(p: Tensors) -> Any:
    """Every step judges what the last state says."""
    return unpenalized(p) + p["gamma"] * p["W"].exp().sum()


def unpenalized(p: Tensors) -> Any:
    """The same without the penalty, so that nothing depends on the diagonal of W: that gradient is 0, by terms that cancel."""
    h = p["h_0"]
    for x in p["x"]:
        h = h + p["epsilon"] * torch.tanh((p["W"] - p["W"].T) @ h - p["gamma"] * h + p["V"] @ x + p["b"])
    return sum((p["a"] @ h - y) ** 2 / 2 for y in p["y"])


LIBRARIES: Mapping[str, tuple[str, Callable[[Tensors], Any]]] = {
    "SRU": (SRU, sru),
    "FastRNN": (FASTRNN, fastrnn),
    "Synaptic": (SYNAPTIC, synaptic),
    "LSTM in rows": (LSTM_IN_ROWS, lstm_in_rows),
    "antisymmetric": (ANTISYMMETRIC, antisymmetric),
    "antisymmetric, no penalty": (ANTISYMMETRIC.replace('penalty = "gamma*sum(exp(W))"', ""), unpenalized),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_networks_of_libraries_are_torchs(name: str) -> None:
    """For T = 1 … 6 and random values loss and gradients agree to 12 digits, and no check of our own disagrees."""
    text, loop = LIBRARIES[name]
    network = from_toml(text.replace("\\\n", ""), "library", "library.toml")
    for steps in range(1, 7):
        chosen = random_values(network, steps, steps)
        lesson = derive(network, steps)
        evaluation = lesson.evaluate(chosen)
        tensors: dict[str, Any] = {}
        for node, value in resolve(network, steps, chosen).of.items():
            tensor = torch.tensor(_floats(value), dtype=torch.float64, requires_grad=node.name in network.parameters)
            if node.step is None:
                tensors[node.name] = tensor
            elif node.name in network.data:
                tensors.setdefault(node.name, []).append(tensor)
            else:
                tensors[f"{node.name}_0"] = tensor
        total = loop(tensors)
        assert apart(evaluation.loss, total) < 1e-12
        theirs = torch.autograd.grad(total, [tensors[name] for name in network.parameters])
        for parameter, slope in zip(network.parameters, theirs, strict=True):
            assert apart(evaluation.gradient(Node(parameter)), slope) < 1e-12, parameter
    assert not [
        check.route for check in derive(network, 2).checks(random_values(network, 2, 1)) if check.passed is False
    ]


def _floats(value: Any) -> Any:
    return [_floats(entry) for entry in value] if isinstance(value, tuple) else float(Fraction(value))


def test_a_published_number_of_an_lstm_of_numbers() -> None:
    """A notebook on the web runs three steps by hand, and prints 3.483 for 4 h_3."""
    text = """
parameters = ["Wf", "Wnf", "Wi", "Wni", "Wc", "Wnc", "Wo", "Wno", "Wy"]
inputs = ["x"]
targets = ["y"]
loss = "l"
loss_at = "last"
equations.f = "sigmoid(Wf*x[t] + Wnf*h[t-1])"
equations.i = "sigmoid(Wi*x[t] + Wni*h[t-1])"
equations.g = "tanh(Wc*x[t] + Wnc*h[t-1])"
equations.c = "f[t]*c[t-1] + i[t]*g[t]"
equations.o = "sigmoid(Wo*x[t] + Wno*h[t-1])"
equations.h = "o[t]*tanh(c[t])"
equations.p = "Wy*h[t]"
equations.l = "(p[t] - y[t])**2/2"
initial = { c = 0, h = 0 }
values = { Wf = 0.5, Wnf = 0.1, Wi = 0.6, Wni = 0.2, Wc = 0.7, Wnc = 0.3, Wo = 0.8, Wno = 0.4, Wy = 4, x = [1, 2, 3], y = 4 }
"""
    example = derive(from_toml(text, "lstm", "lstm.toml"), 3).evaluate(places=3)
    assert str(example.show(example.value(Node("p", 3)))) == "3.483"
