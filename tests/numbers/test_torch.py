"""Every gradient agrees with torch's automatic differentiation: of the same equations, and of torch's own modules.

torch interprets a network's expressions here by itself, from the first step on demand; it shares no code with the
derivation but the parser. Everything is float64, and the values are binary fractions, so that both start from the same
numbers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import functioned
import pytest
from declared import DECLARED, first_steps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matrix_networks import MATRICES
from samples import apart, equation, flat, initial_nodes, matrices, random_values

from derive import Derivation, Network, derive, load, ready_made
from derive.equations import expression as ex
from derive.equations.expression import Expr
from derive.equations.lengths import length_at
from derive.graph.unrolled import Node
from derive.network.toml import from_toml
from derive.numbers.example import Evaluation
from derive.numbers.number_systems import FLOAT
from derive.numbers.passes import BackwardPass, forward_pass
from derive.numbers.values import Values, resolve

if os.environ.get("CI"):
    import torch
else:
    torch = pytest.importorskip("torch")

EXAMPLES = int(os.environ.get("DERIVE_EXAMPLES", "60"))
CLOSE = 1e-12
MOST_PATHS = 400
SIZES = {"linear-attention": {"n": 3}}
"""A key of one number has the weight 1 whatever the query is: that gradient is exactly 0, and torch's what rounding leaves."""
Tensors = dict[Node, Any]
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "softplus": torch.nn.functional.softplus,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "sqrt": torch.sqrt,
    "softmax": lambda vector: torch.softmax(vector, 0),
    "logsumexp": lambda vector: torch.logsumexp(vector, 0),
    "erf": torch.erf,
    "abs": torch.abs,
    "sign": torch.sign,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "clip": torch.clamp,
    "hard_tanh": torch.nn.functional.hardtanh,
    "hard_sigmoid": lambda z: (
        torch.nn.functional.relu6(z + 3) / 6
    ),  # torch's own has a slope of 1/6 in single precision
    "step": lambda z: torch.heaviside(z, torch.zeros_like(z)).detach(),
    "pi": lambda _: torch.tensor(torch.pi, dtype=torch.float64),
    "components": lambda vector: torch.tensor(float(vector.numel()), dtype=torch.float64),
    "leaky_relu": lambda z, slope: torch.where(z > 0, z, slope * z),
    "elu": torch.nn.functional.elu,
    "silu": torch.nn.functional.silu,
    "gelu": torch.nn.functional.gelu,
    "softsign": torch.nn.functional.softsign,
    "log_softmax": lambda vector: torch.log_softmax(vector, 0),
    "cross_entropy": torch.nn.functional.cross_entropy,
    "stop_gradient": lambda z: z.detach(),
}


class _Surrogate(torch.autograd.Function):  # type: ignore[misc]  # torch is not typed here
    """The usual way to say a surrogate gradient in torch: a jump, with 1/(1 + |z|)² on the way back."""

    @staticmethod
    def forward(ctx: Any, z: Any) -> Any:
        ctx.save_for_backward(z)
        return (z > 0).to(z.dtype)

    @staticmethod
    def backward(ctx: Any, slope: Any) -> Any:
        (z,) = ctx.saved_tensors
        return slope / (1 + z.abs()) ** 2


OWN: Mapping[str, Callable[[Any], Any]] = {
    "spike": _Surrogate.apply,
    "bump": lambda z: torch.exp(-(z**2)) * torch.nn.functional.silu(z),
    "bell": lambda z: torch.exp(-(z**2)),
}


def _cross_entropy(axis: int, scores: Any, aim: Any) -> Any:
    """Torch's own, which takes each row; a number for each row or column, in the place of it."""
    rows = (scores, aim) if axis else (scores.T, aim.T)
    return torch.nn.functional.cross_entropy(*rows, reduction="none").unsqueeze(axis)


ALONG: Mapping[str, Callable[..., Any]] = {
    "log_softmax": lambda axis, scores: torch.log_softmax(scores, axis),
    "cross_entropy": _cross_entropy,
}


def axis_of(expr: Expr) -> int | None:
    """The axis along which a function that is made of others goes."""
    own = expr.axis if isinstance(expr, ex.Call | ex.Summed) else None
    return next((axis for axis in (own, *map(axis_of, ex.children(expr))) if axis is not None), None)


def interpret(expr: Expr, value: Callable[[ex.Var], Any], sizes: Mapping[str, int]) -> Any:
    """An expression in torch; ``value`` gives its variables, ``sizes`` what stands in the bounds of slices."""
    match expr:
        case ex.Const(number):
            return torch.tensor(float(number), dtype=torch.float64)
        case ex.Var():
            return value(expr)
        case ex.Neg(body):
            return -interpret(body, value, sizes)
        case ex.Add(terms):
            total, *rest = (interpret(term, value, sizes) for term in terms)
            for term in rest:
                total = total + term
            return total
        case ex.Mul(factors):
            product, *rest = (interpret(factor, value, sizes) for factor in factors)
            for factor in rest:
                product = product * factor
            return product
        case ex.Div(top, bottom):
            return interpret(top, value, sizes) / interpret(bottom, value, sizes)
        case ex.Pow(base, exponent):
            return interpret(base, value, sizes) ** float(exponent)
        case ex.Call("softmax" | "logsumexp" as function, argument, axis=int() as axis):
            kept = {"keepdim": True} if function == "logsumexp" else {}
            return getattr(torch, function)(interpret(argument, value, sizes), axis, **kept)
        case ex.Summed(body, axis):
            return interpret(body, value, sizes).sum(axis, keepdim=True)
        case ex.Defined(definition, arguments) if (axis := axis_of(definition.value)) is not None:
            return ALONG[definition.name](axis, *(interpret(argument, value, sizes) for argument in arguments))
        case ex.Call(function):
            return FUNCTIONS[function](*(interpret(argument, value, sizes) for argument in expr.arguments))
        case ex.Defined(definition, arguments):
            return {**FUNCTIONS, **OWN}[definition.name](*(interpret(argument, value, sizes) for argument in arguments))
        case ex.MatMul(left, right) | ex.Dot(left, right):
            return interpret(left, value, sizes) @ interpret(right, value, sizes)
        case ex.Outer(left, right):
            return torch.outer(interpret(left, value, sizes), interpret(right, value, sizes))
        case ex.Transpose(body):
            return interpret(body, value, sizes).T
        case ex.Total(body):
            return interpret(body, value, sizes).sum()
        case ex.Concat(parts, axis):
            return torch.cat([torch.atleast_1d(interpret(part, value, sizes)) for part in parts], dim=axis)
        case ex.Part(body, start, stop, axis):
            first, last = (length_at(end, sizes) for end in (start, stop))
            return interpret(body, value, sizes).narrow(axis, first, last - first)
        case _:
            raise AssertionError(expr)


def autograd(network: Network, steps: int, values: Values) -> Tensors:
    """dL/d(node) for every parameter, datum and initial state, by torch."""
    known: Tensors = {
        node: torch.tensor(_floats(value), dtype=torch.float64, requires_grad=True) for node, value in values.of.items()
    }
    leaves = {node: leaf for node, leaf in known.items() if not network.is_known(ex.Var(node.name, None))}

    def argument(var: ex.Var, step: int) -> Node:
        if var.at is not None:
            return Node(var.name, ex.step_of(var.at, steps))
        return Node(var.name, None if var.lag is None else step - var.lag)

    def at(node: Node) -> Any:
        if node not in known:
            rule = network.rules[node.name]
            known[node] = interpret(rule, lambda var: at(argument(var, node.step or 0)), values.sizes)
        return known[node]

    counted: Any = {"every": range(1, steps + 1), "last": [steps]}.get(str(network.loss_at), network.loss_at)
    total = sum(at(Node(network.loss, step)) for step in counted)
    total = total / len(counted) if network.reduction == "mean" else total
    total = (
        total
        if network.penalty_term is None
        else total + interpret(network.penalty_term, lambda var: at(Node(var.name)), values.sizes)
    )
    found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    pairs = zip(leaves.items(), found, strict=True)
    return {node: torch.zeros_like(leaf) if slope is None else slope for (node, leaf), slope in pairs}


def _floats(value: Any) -> Any:
    return [_floats(entry) for entry in value] if isinstance(value, tuple) else float(value)


def _path_sum(derivation: Derivation, evaluation: Evaluation, target: Node) -> Any:
    return sum((evaluation.product(path) for path in derivation.paths(*target)), evaluation.gradient(target) * 0)


@pytest.mark.parametrize("steps", range(1, 7))
@pytest.mark.parametrize("name", ready_made())
def test_ready_made_networks_agree_with_autograd(name: str, steps: int) -> None:
    """Recurrence (in balls and in float64), path sum and torch agree for every parameter, bias, initial state and input."""
    derivation = derive(name, steps)
    network = derivation.network
    chosen = random_values(network, steps, steps, SIZES.get(name))
    values = resolve(network, steps, chosen)
    evaluation = derivation.evaluate(chosen)
    floats = BackwardPass(
        derivation.recurrence, derivation.unrolled, forward_pass(derivation.unrolled, values, FLOAT), FLOAT
    )
    theirs = autograd(network, steps, values)
    targets = [Node(name) for name in network.parameters] + initial_nodes(network, steps)
    targets += [Node(name, step) for name in network.data for step in range(1, steps + 1)]
    assert set(targets) == set(theirs)
    for target in targets:
        assert apart(evaluation.gradient(target), theirs[target]) < CLOSE, target
        assert apart(floats.gradient(target), theirs[target]) < CLOSE, target
        if derivation.paths(*target).count <= MOST_PATHS:
            assert apart(_path_sum(derivation, evaluation, target), theirs[target]) < CLOSE, target


@pytest.mark.parametrize("name", MATRICES)
def test_matrices_as_variables_agree_with_autograd(name: str) -> None:
    """Batches in columns and rows, vectors as rows, outer products, masks, repeated biases: every T from 1 to 6."""
    network = MATRICES[name]
    for steps in range(1, 7):
        chosen = random_values(network, steps, steps)
        derivation, theirs = derive(network, steps), autograd(network, steps, resolve(network, steps, chosen))
        evaluation = derivation.evaluate(chosen)
        for target, slope in theirs.items():
            ours = evaluation.gradient(target)
            assert getattr(ours, "shape", ()) == tuple(slope.shape)
            assert apart(ours, slope) < CLOSE, target


def agrees_with_autograd(network: Network, steps: int) -> None:
    """The loss and every gradient are torch's, for random values."""
    chosen = random_values(network, steps, steps)
    evaluation = derive(network, steps).evaluate(chosen)
    theirs = autograd(network, steps, resolve(network, steps, chosen))
    data = [Node(name, step) for name in network.data if name in network.by for step in range(1, steps + 1)]
    for target in [*map(Node, network.parameters), *initial_nodes(network, steps), *data]:
        assert apart(evaluation.gradient(target), theirs[target]) < CLOSE, target


@pytest.mark.parametrize("activation", functioned.OF_A_NUMBER)
def test_every_function_of_a_number_agrees_with_autograd(activation: str) -> None:
    """Those with kinks, those made of others, one's own with a rule for its slope, and what no gradient goes through."""
    for steps in range(1, 7):
        agrees_with_autograd(functioned.scalar(activation), steps)


@pytest.mark.parametrize("activation", functioned.OF_A_VECTOR)
def test_every_function_of_a_vector_agrees_with_autograd(activation: str) -> None:
    """Of each component, and of the whole."""
    for steps in range(1, 7):
        agrees_with_autograd(functioned.vector(activation), steps)


@pytest.mark.parametrize("loss", functioned.LOSSES)
def test_every_loss_of_a_vector_agrees_with_autograd(loss: str) -> None:
    """Targets that add up to anything: torch's cross_entropy is −Σ q log p for these, too."""
    for steps in range(1, 7):
        agrees_with_autograd(functioned.vector("tanh({a})", loss), steps)


KINKS = {
    "abs": ("abs(w)", 0),
    "maximum at a tie": ("maximum(w, u)", 1),
    "minimum at a tie": ("minimum(w, u)", 1),
    "maximum with a number": ("maximum(w, 0)", 0),
    "clip at its lower bound": ("clip(w, -1, 1)", -1),
    "clip at its upper bound": ("clip(w, -1, 1)", 1),
    "hard_tanh at its lower bound": ("hard_tanh(w)", -1),
    "hard_tanh at its upper bound": ("hard_tanh(w)", 1),
    "hard_sigmoid at its lower bound": ("hard_sigmoid(w)", -3),
    "hard_sigmoid at its upper bound": ("hard_sigmoid(w)", 3),
    "leaky_relu": ("leaky_relu(w)", 0),
    "elu": ("elu(w)", 0),
    "softsign": ("softsign(w)", 0),
    "sign": ("sign(w)", 0),
    "relu": ("relu(w)", 0),
}


@pytest.mark.parametrize("kink", KINKS)
def test_at_a_kink_the_slope_is_torchs(kink: str) -> None:
    """So is it by every other route: a proven tie is a tie for the complex step as well."""
    text, at = KINKS[kink]
    network = Network(
        name="kink",
        equations={"l": f"x[t]*({text}) + u"},
        parameters=("w", "u"),
        inputs=("x",),
        loss="l",
        values={"w": at, "u": at, "x": 3},
    )
    lesson = derive(network, 1)
    theirs = autograd(network, 1, resolve(network, 1, network.values))
    for name in ("w", "u"):
        assert apart(lesson.evaluate().gradient(Node(name)), theirs[Node(name)]) < CLOSE
    assert all(check.passed for check in lesson.checks())


@settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(matrices(), st.integers(1, 3), st.integers(0, 1_000))
def test_any_mathematics_of_matrices_agrees_with_autograd(network: Network, steps: int, seed: int) -> None:
    """Products from both sides, outer products, masks and biases nested at random, by everything they depend on."""
    chosen = random_values(network, steps, seed, {"n": 3, "m": 2, "k": 4})
    evaluation = derive(network, steps).evaluate(chosen)
    for target, theirs in autograd(network, steps, resolve(network, steps, chosen)).items():
        ours = evaluation.gradient(target)
        distances = [abs(one - other) / (1 + abs(one)) for one, other in zip(flat(ours), flat(theirs), strict=True)]
        assert max(distances) < 1e-10, target


@pytest.mark.parametrize("name", DECLARED)
def test_what_can_be_declared_agrees_with_autograd(name: str) -> None:
    """Each thing that can be declared beside equations: recurrence, path sum and torch agree for T = 1 … 6, by everything."""
    for steps in range(first_steps(DECLARED[name]), 7):
        derivation = derive(DECLARED[name], steps)
        chosen = random_values(derivation.network, steps, 1)
        evaluation = derivation.evaluate(chosen)
        theirs = autograd(derivation.network, steps, resolve(derivation.network, steps, chosen))
        for target in theirs:
            assert apart(evaluation.gradient(target), theirs[target]) < CLOSE, target
            if derivation.paths(*target).count <= MOST_PATHS:
                assert apart(_path_sum(derivation, evaluation, target), theirs[target]) < CLOSE, target


def guided() -> dict[str, Network]:
    """The networks of the guide that have values, by their file names."""
    page = (Path(__file__).parents[2] / "docs" / "writing-a-network.md").read_text(encoding="utf-8")
    files = re.findall(r"```toml\n# ([\w-]+)\.toml\n(.*?)```", page, re.DOTALL)
    return {name: from_toml(text, name, f"{name}.toml") for name, text in files if "[values]" in text}


GUIDED = guided()


@pytest.mark.parametrize("name", GUIDED)
def test_the_networks_of_the_guide_agree_with_autograd(name: str) -> None:
    """Every network that the guide leads to, by all it is differentiated by, for T = 1 … 6 and random values."""
    assert len(GUIDED) >= 12
    for steps in range(first_steps(GUIDED[name]), 7):
        agrees_with_autograd(GUIDED[name], steps)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(equation(), st.integers(1, 3), st.integers(0, 1_000))
def test_any_mathematics_of_vectors_agrees_with_autograd(network: Network, steps: int, seed: int) -> None:
    """Matrix products, inner products, softmax, sums and broadcasting nested at random, by everything they depend on."""
    chosen = random_values(network, steps, seed)
    evaluation = derive(network, steps).evaluate(chosen)
    for target, theirs in autograd(network, steps, resolve(network, steps, chosen)).items():
        ours = evaluation.gradient(target)
        assert ours.shape == tuple(theirs.shape) if theirs.ndim else not hasattr(ours, "shape")
        distances = [abs(one - other) / (1 + abs(one)) for one, other in zip(flat(ours), flat(theirs), strict=True)]
        assert max(distances) < 1e-10, target


@pytest.mark.parametrize("name", ["elman-vector", "lstm-scalar"])
def test_the_comparison_sees_an_error(name: str) -> None:
    """A gradient that is off by one part in 10¹¹, or transposed, does not pass."""
    steps = 3
    derivation = derive(name, steps)
    chosen = random_values(derivation.network, steps, 1)
    theirs = autograd(derivation.network, steps, resolve(derivation.network, steps, chosen))
    target = Node("W_h" if name == "elman-vector" else "w_hf")
    ours = derivation.evaluate(chosen).gradient(target)
    assert apart(ours, theirs[target] * (1 + 1e-11)) > CLOSE
    if theirs[target].ndim == 2:
        assert apart(ours, theirs[target].T) > CLOSE


# torch's own modules. A cell's equations with its gates in the order in which torch stacks them, by layer {k}, reading
# {u}; a gate's weights on the input and on the state are W_x<gate>, W_h<gate>, its biases b_x<gate>, b_h<gate>.

_AFFINE = "W_x{g}{k}@{u} + b_x{g}{k} + W_h{g}{k}@h{k}[t-1] + b_h{g}{k}"
_CELLS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "rnn_tanh": ("h", {"h{k}": f"tanh({_AFFINE.replace('{g}', 'h')})"}),
    "rnn_relu": ("h", {"h{k}": f"relu({_AFFINE.replace('{g}', 'h')})"}),
    "lstm": (
        "ifgo",
        {
            **{f"{g}{{k}}": f"{'tanh' if g == 'g' else 'sigmoid'}({_AFFINE.replace('{g}', g)})" for g in "ifgo"},
            "c{k}": "f{k}[t]*c{k}[t-1] + i{k}[t]*g{k}[t]",
            "h{k}": "o{k}[t]*tanh(c{k}[t])",
        },
    ),
    "gru": (
        "rzn",
        {
            **{f"{g}{{k}}": f"sigmoid({_AFFINE.replace('{g}', g)})" for g in "rz"},
            "n{k}": "tanh(W_xn{k}@{u} + b_xn{k} + r{k}[t]*(W_hn{k}@h{k}[t-1] + b_hn{k}))",
            "h{k}": "(1 - z{k}[t])*n{k}[t] + z{k}[t]*h{k}[t-1]",
        },
    ),
}


@cache
def layered(cell: str, layers: int) -> Network:
    """The network of torch's module: so many layers of a cell, and the sum of squares of the last layer as its loss."""
    gates, cell_equations = _CELLS[cell]
    equations: dict[str, str] = {}
    shapes: dict[str, tuple[str, ...]] = {"x": ("d",), "target": ("n",)}
    for layer in map(str, range(layers)):
        below = f"h{int(layer) - 1}[t]" if layer != "0" else "x[t]"
        for name, text in cell_equations.items():
            equations[name.replace("{k}", layer)] = text.replace("{k}", layer).replace("{u}", below)
            shapes[name.replace("{k}", layer)] = ("n",)
        for gate in gates:
            shapes[f"W_x{gate}{layer}"] = ("n", "d" if layer == "0" else "n")
            shapes[f"W_h{gate}{layer}"] = ("n", "n")
            shapes |= {f"b_{of}{gate}{layer}": ("n",) for of in "xh"}
    last = f"h{layers - 1}"
    equations["l"] = f"sum(({last}[t] - target[t])**2)/2"
    states = [f"{state}{layer}" for layer in range(layers) for state in ("hc" if cell == "lstm" else "h")]
    return Network(
        name=f"{cell}-{layers}",
        equations=equations,
        parameters=tuple(name for name in shapes if name[:2] in {"W_", "b_"}),
        inputs=("x",),
        targets=("target",),
        loss="l",
        initial=dict.fromkeys(states, 0),
        shapes=shapes,
    )


def module_of(cell: str, size: int, hidden: int, layers: int) -> Any:
    """A module of that cell from torch, in float64."""
    kind, *mode = cell.split("_")
    extra = {"nonlinearity": mode[0]} if mode else {}
    made = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]
    return made(size, hidden, num_layers=layers, dtype=torch.float64, **extra)


def exactly(tensor: Any) -> Any:
    """A tensor as nested lists of fractions."""
    numbers = tensor.tolist()

    def exact(entry: Any) -> Any:
        return [exact(inner) for inner in entry] if isinstance(entry, list) else Fraction(entry)

    return exact(numbers)


def pieces(module: Any, gates: str, layers: int, hidden: int, of: Callable[[Any], Any]) -> dict[str, Any]:
    """The module's weights (or their gradients), cut into one piece per gate, under the names of our parameters."""
    found = {}
    for layer in range(layers):
        for kind, letter, source in (
            ("weight", "W", "ih"),
            ("weight", "W", "hh"),
            ("bias", "b", "ih"),
            ("bias", "b", "hh"),
        ):
            whole = of(getattr(module, f"{kind}_{source}_l{layer}"))
            for place, gate in enumerate(gates):
                name = f"{letter}_{'x' if source == 'ih' else 'h'}{gate}{layer}"
                found[name] = whole[place * hidden : (place + 1) * hidden]
    return found


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", sorted(_CELLS))
def test_torchs_modules_with_their_own_weights(cell: str, layers: int) -> None:
    """For torch.nn.RNN, LSTM and GRU, layout of weights included: every weight, bias and initial state has our gradient."""
    torch.manual_seed(7)
    size, hidden, steps = 4, 3, 5
    module = module_of(cell, size, hidden, layers)
    network, gates = layered(cell, layers), _CELLS[cell][0]
    x, target = (torch.randn(steps, count, dtype=torch.float64) for count in (size, hidden))
    states = [torch.randn(layers, hidden, dtype=torch.float64, requires_grad=True) for _ in range(1 + (cell == "lstm"))]
    output, _ = module(x, tuple(states) if cell == "lstm" else states[0])
    ((output - target) ** 2).sum().div(2).backward()

    chosen: dict[str, Any] = {"x": exactly(x), "target": exactly(target)}
    chosen |= {
        name: exactly(piece) for name, piece in pieces(module, gates, layers, hidden, torch.Tensor.detach).items()
    }
    for name, state in zip("hc", states, strict=False):
        chosen |= {f"{name}{layer}_0": exactly(state[layer].detach()) for layer in range(layers)}
    evaluation = derive(network, steps).evaluate(chosen)
    for name, theirs in pieces(module, gates, layers, hidden, lambda weight: weight.grad).items():
        assert apart(evaluation.gradient(Node(name)), theirs) < CLOSE, name
    for name, state in zip("hc", states, strict=False):
        for layer in range(layers):
            assert apart(evaluation.gradient(Node(f"{name}{layer}", 0)), state.grad[layer]) < CLOSE, (name, layer)


# Ready-made networks against torch's modules: which weight of ours is which piece of theirs.


def _set(weight: Any, value: Any) -> None:
    with torch.no_grad():
        weight.copy_(torch.tensor(_floats_of(value), dtype=torch.float64).reshape(weight.shape))


def _floats_of(value: Any) -> Any:
    return [_floats_of(entry) for entry in value] if isinstance(value, list) else float(value)


@pytest.mark.parametrize(("name", "gates"), [("lstm", "ifgo"), ("gru", "rzn")])
def test_ready_made_lstm_and_gru_are_torchs(name: str, gates: str) -> None:
    """The files lstm and gru say what torch.nn.LSTM and torch.nn.GRU compute; lstm's one bias per gate is both of torch's."""
    steps, network = 4, load(name)
    chosen = random_values(network, steps, 3)
    hidden, size = len(chosen["W_h" + gates[0]]), len(chosen["x"][0])
    module = module_of(name, size, hidden, 1)
    for place, gate in enumerate(gates):
        rows = slice(place * hidden, (place + 1) * hidden)
        _set(module.weight_ih_l0[rows], chosen[f"W_x{gate}"])
        _set(module.weight_hh_l0[rows], chosen[f"W_h{gate}"])
        _set(module.bias_ih_l0[rows], chosen[f"b_{'x' if name == 'gru' else ''}{gate}"])
        _set(module.bias_hh_l0[rows], chosen[f"b_h{gate}"] if name == "gru" else [0] * hidden)
    x, target, out = (torch.tensor(_floats_of(chosen[key]), dtype=torch.float64) for key in ("x", "yhat", "W_y"))
    bias = torch.tensor(_floats_of(chosen.get("b_y", [0] * len(out))), dtype=torch.float64)
    states = [
        torch.tensor([_floats_of(chosen[f"{key}_0"])], dtype=torch.float64) for key in ("hc" if name == "lstm" else "h")
    ]
    output, _ = module(x, tuple(states) if name == "lstm" else states[0])
    ((output @ out.T + bias - target) ** 2).sum().div(2).backward()

    evaluation = derive(network, steps).evaluate(chosen)
    for place, gate in enumerate(gates):
        rows = slice(place * hidden, (place + 1) * hidden)
        names = {f"W_x{gate}": "weight_ih_l0", f"W_h{gate}": "weight_hh_l0"}
        names |= (
            {f"b_x{gate}": "bias_ih_l0", f"b_h{gate}": "bias_hh_l0"} if name == "gru" else {f"b_{gate}": "bias_hh_l0"}
        )
        for ours, theirs in names.items():
            assert apart(evaluation.gradient(Node(ours)), getattr(module, theirs).grad[rows]) < CLOSE, ours


def test_ready_made_bidirectional_is_torchs() -> None:
    """Forward and backward weights of the file bidirectional are those of torch.nn.RNN(bidirectional=True)."""
    steps, network = 5, load("bidirectional")
    chosen = random_values(network, steps, 4)
    module = torch.nn.RNN(1, 1, bias=False, bidirectional=True, dtype=torch.float64)
    names = {"w_x": "weight_ih_l0", "w_h": "weight_hh_l0", "v_x": "weight_ih_l0_reverse", "v_g": "weight_hh_l0_reverse"}
    for ours, theirs in names.items():
        _set(getattr(module, theirs), chosen[ours])
    x, target = (torch.tensor(_floats_of(chosen[key]), dtype=torch.float64).reshape(steps, 1) for key in ("x", "yhat"))
    start = torch.tensor([[float(chosen["h_0"])], [float(chosen["g_T+1"])]], dtype=torch.float64)
    output, _ = module(x, start)
    readout = torch.tensor([[float(chosen["w_y"])], [float(chosen["v_y"])]], dtype=torch.float64)
    ((output @ readout - target) ** 2).sum().div(2).backward()
    evaluation = derive(network, steps).evaluate(chosen)
    for ours, theirs in names.items():
        assert apart(evaluation.gradient(Node(ours)), getattr(module, theirs).grad) < CLOSE, ours


@pytest.mark.parametrize("steps", range(1, 7))
def test_ready_made_bidirectional_classifier_is_torchs(steps: int) -> None:
    """What the output reads is h_n of torch.nn.RNN(bidirectional=True): the last state of each direction."""
    network = load("bidirectional-classifier")
    chosen = random_values(network, steps, 4)
    module = torch.nn.RNN(1, 1, bias=False, bidirectional=True, dtype=torch.float64)
    names = {"w_x": "weight_ih_l0", "w_h": "weight_hh_l0", "v_x": "weight_ih_l0_reverse", "v_g": "weight_hh_l0_reverse"}
    for ours, theirs in names.items():
        _set(getattr(module, theirs), chosen[ours])
    x, target = (torch.tensor(_floats_of(chosen[key]), dtype=torch.float64).reshape(steps, 1) for key in ("x", "yhat"))
    start = torch.tensor([[float(chosen["h_0"])], [float(chosen["g_T+1"])]], dtype=torch.float64)
    readout = torch.tensor([[float(chosen["w_y"]), float(chosen["v_y"])]], dtype=torch.float64, requires_grad=True)
    _, last = module(x, start)
    ((readout @ last - target[-1]) ** 2).sum().div(2).backward()
    evaluation = derive(network, steps).evaluate(chosen)
    for ours, theirs in names.items():
        assert apart(evaluation.gradient(Node(ours)), getattr(module, theirs).grad) < CLOSE, ours
    for name, slope in zip(("w_y", "v_y"), readout.grad.flatten(), strict=True):
        assert apart(evaluation.gradient(Node(name)), slope) < CLOSE, name


def test_ready_made_bidirectional_lstm_is_torchs() -> None:
    """Gates, cells and states of both directions are torch.nn.LSTM's, bidirectional=True; the loss is torch's with logits."""
    steps, network = 5, load("seq-bidirectional-lstm")
    chosen = random_values(network, steps, 4)
    module = torch.nn.LSTM(1, 1, bias=False, bidirectional=True, dtype=torch.float64)
    names = {"weight_ih_l0": "w_x", "weight_hh_l0": "w_h", "weight_ih_l0_reverse": "v_x", "weight_hh_l0_reverse": "v_r"}
    pieces = {
        theirs: [start + gate for gate in ("ifgo" if start[0] == "w" else "jkqp")] for theirs, start in names.items()
    }
    for theirs, ours in pieces.items():
        _set(getattr(module, theirs), [chosen[name] for name in ours])
    x, target = (torch.tensor(_floats_of(chosen[key]), dtype=torch.float64).reshape(steps, 1) for key in ("x", "yhat"))
    start = [
        torch.tensor([[float(chosen[f"{forwards}_0"])], [float(chosen[f"{backwards}_T+1"])]], dtype=torch.float64)
        for forwards, backwards in ("hr", "ce")
    ]
    output, _ = module(x, tuple(start))
    readout = torch.tensor([[float(chosen["w_y"])], [float(chosen["v_y"])]], dtype=torch.float64)
    torch.nn.functional.binary_cross_entropy_with_logits(output @ readout, target, reduction="sum").backward()
    evaluation = derive(network, steps).evaluate(chosen)
    for theirs, ours in pieces.items():
        for name, slope in zip(ours, getattr(module, theirs).grad.flatten(), strict=True):
            assert apart(evaluation.gradient(Node(name)), slope) < CLOSE, name


def test_ready_made_losses_are_torchs() -> None:
    """many-to-one has torch's binary cross-entropy, softmax its cross-entropy, p − ŷ for both."""
    many = derive("many-to-one", 3).evaluate()
    p, target = (torch.tensor(float(many.value(Node(name, 3))), dtype=torch.float64) for name in ("p", "yhat"))
    assert apart(many.loss, torch.nn.functional.binary_cross_entropy(p, target)) < CLOSE
    classes = derive("softmax", 3).evaluate()
    outputs, targets = (
        torch.tensor(
            [[float(entry) for entry in classes.value(Node(name, step))] for step in (1, 2, 3)], dtype=torch.float64
        )
        for name in ("y", "yhat")
    )
    assert apart(classes.loss, torch.nn.functional.cross_entropy(outputs, targets, reduction="sum")) < CLOSE
