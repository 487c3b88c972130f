"""Ready-made networks: what their files say, and their recurrences as the literature has them; random vector networks."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import flat, networks, random_values, said

import derive as package
from derive import Network, derive, load, ready_made
from derive.errors import ValuesError
from derive.graph.unrolled import Node
from derive.notation.names import symbol_from_name, symbol_from_tex
from derive.recurrence import Recurrence
from derive.recurrence.tree import adjoints, has_start

EXAMPLES = int(os.environ.get("DERIVE_EXAMPLES", "30"))
"""How many random networks; a thousand before a release."""
CHARACTERS = Path(package.__file__).parent / "report" / "engines" / "fonts" / "characters.txt"
every_network = pytest.mark.parametrize("name", ready_made())


def rules(name: str) -> dict[str, str]:
    """The recurrence of a ready-made network, each rule in the syntax of equations."""
    return {variable: said(rule.expression) for variable, rule in derive(name, 3).rules.items()}


def gradients(name: str) -> dict[str, str]:
    """What the gradient by each parameter adds over t."""
    found = derive(name, 3).gradients
    return {label: said(gradient.summand) for label, gradient in found.items() if gradient.target.step is None}


def test_the_ready_made_networks_are_those_of_the_handbook() -> None:
    """One file per network that the literature has a name for."""
    assert set(ready_made()) >= {
        *("elman", "elman-vector", "jordan", "lstm", "lstm-scalar", "lstm-peephole", "gru", "gru-scalar"),
        *("gru-reset-before", "stacked", "narx", "bidirectional", "many-to-one", "softmax", "trainable-initial"),
        *("rnn-classifier", "mgu", "indrnn", "ssm", "linear-attention", "lif", "kalman", "seq-bidirectional-lstm"),
        "bidirectional-classifier",
    }


@every_network
def test_a_file_says_what_the_network_is_and_where_it_is_from(name: str) -> None:
    """Title and description in both languages, in characters that print, the source with its year, names that print."""
    network = load(name)
    assert set(network.title) == set(network.about) == {"en", "zh"}
    printable = set(CHARACTERS.read_text(encoding="utf-8"))
    for text in (*network.title.values(), *network.about.values(), network.source):
        assert set(text) <= printable, set(text) - printable
    assert any(year in network.source for year in map(str, range(1980, 2030))) or "documentation" in network.source
    printed = {
        variable: network.tex.get(variable) for variable in (*network.variables, *network.parameters, *network.data)
    }
    symbols = [symbol_from_tex(tex) if tex else symbol_from_name(variable) for variable, tex in printed.items()]
    assert len(set(symbols)) == len(symbols)


@every_network
def test_a_source_is_a_reference_in_any_language(name: str) -> None:
    """Authors, title and where, or what a library calls it: what is taken from it, and what is not, the description says.

    A Chinese page prints the source as it stands, so that half a sentence of English there would be one in its text.
    """
    for reference in load(name).source.split("; "):
        begins = r"[A-Z]\.[ -]|arXiv:|torch\.|keras\.|Advances in Psychology"
        assert re.match(begins, reference), reference
        ends = r"\d\)?|documentation|reset_after=(True|False)\)"
        assert re.search(f"({ends})$", reference), reference


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
def test_the_worked_values_serve_every_number_of_steps(name: str, steps: int) -> None:
    """The example of the file can be computed at any T, and its loss is not 0."""
    evaluation = derive(name, steps).evaluate()
    assert evaluation.loss > 0
    assert evaluation.bits <= 256


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_every_check_passes_on_random_values(name: str, steps: int) -> None:
    """Paths, closed form, induction, elimination, diff and complex step agree with the recurrence, off the file's values."""
    derivation = derive(name, steps)
    checks = derivation.checks(random_values(derivation.network, steps, 5))
    assert {check.route for check in checks} >= {"induction", "complex step"}
    assert not [check for check in checks if check.passed is False]
    assert all(
        check.worked.reason in {"many paths", "long loss", "vectors"} for check in checks if check.passed is None
    )


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
def test_paths_are_counted_as_they_are_enumerated(name: str, steps: int) -> None:
    """For every parameter, up to T = 5."""
    derivation = derive(name, steps)
    for gradient in derivation.gradients.values():
        paths = gradient.path_sum
        if paths.count <= 1_000:
            assert len({path.word for path in paths}) == paths.count
            assert sum(paths.by_lag().values()) == paths.count


@pytest.mark.parametrize(
    ("name", "parameter", "counts"),
    [
        ("lstm-scalar", "w_hf", (1, 7, 37, 182, 878)),
        ("lstm", "W_hf", (1, 7, 37, 182, 878)),
        ("gru-scalar", "w_xn", (1, 6, 27, 112, 453)),
        ("gru", "W_xn", (1, 6, 27, 112, 453)),
        ("elman", "w_h", (1, 3, 6, 10, 15)),
    ],
)
def test_known_numbers_of_paths(name: str, parameter: str, counts: tuple[int, ...]) -> None:
    """Gate by gate: the forget gate of an LSTM, the candidate of a GRU, the recurrent weight of a plain network."""
    assert tuple(derive(name, steps).paths(parameter).count for steps in range(1, 6)) == counts


def test_paths_of_an_lstm_are_counted_without_being_enumerated() -> None:
    """14,166,632,180,785 paths lead to the forget gate at T = 20."""
    assert derive("lstm", 20).paths("W_hf").count == 14_166_632_180_785


def test_elman_with_vectors_as_in_the_books() -> None:
    """δ_t = W_yᵀ (y_t − ŷ_t) + W_hᵀ ((1 − h_{t+1}²) ⊙ δ_{t+1}); gradients are outer products in the shape of W."""
    assert rules("elman-vector") == {"h": "W_y.T@(y[t] - yhat[t]) + W_h.T@((1 - h[t+1]**2)*d_h[t+1])"}
    assert gradients("elman-vector") == {
        "W_x": "outer((1 - h[t]**2)*d_h[t], x[t])",
        "W_h": "outer((1 - h[t]**2)*d_h[t], h[t-1])",
        "b_h": "(1 - h[t]**2)*d_h[t]",
        "W_y": "outer(y[t] - yhat[t], h[t])",
        "b_y": "y[t] - yhat[t]",
    }


def test_elman_with_numbers_as_in_the_lecture() -> None:
    """δ_t = (y_t − ŷ_t) w_y + δ_{t+1} (1 − h_{t+1}²) w_h, factors from the loss to the parameter."""
    assert rules("elman") == {"h": "(y[t] - yhat[t])*w_y + d_h[t+1]*(1 - h[t+1]**2)*w_h"}
    assert gradients("elman")["w_h"] == "d_h[t]*(1 - h[t]**2)*h[t-1]"


def test_lstm_as_in_the_literature() -> None:
    """One adjoint for the state, one for the cell, one for what goes into each gate (Greff et al. 2017, appendix A)."""
    assert rules("lstm") == {
        "h": "W_y.T@(y[t] - yhat[t]) + W_hi.T@d_ibar[t+1] + W_hf.T@d_fbar[t+1] + W_hg.T@d_gbar[t+1] + W_ho.T@d_obar[t+1]",
        "c": "o[t]*(1 - tanh(c[t])**2)*d_h[t] + f[t+1]*d_c[t+1]",
        "obar": "o[t]*(1 - o[t])*tanh(c[t])*d_h[t]",
        "gbar": "(1 - g[t]**2)*i[t]*d_c[t]",
        "fbar": "f[t]*(1 - f[t])*c[t-1]*d_c[t]",
        "ibar": "i[t]*(1 - i[t])*g[t]*d_c[t]",
    }
    assert gradients("lstm")["W_hf"] == "outer(d_fbar[t], h[t-1])"
    assert rules("lstm-scalar")["c"] == "d_h[t]*o[t]*(1 - tanh(c[t])**2) + d_c[t+1]*f[t+1]"


def test_peepholes_lead_to_the_cell() -> None:
    """The output gate's at the same step, the other two from the step after."""
    assert rules("lstm-peephole")["c"] == (
        "w_co*d_obar[t] + o[t]*(1 - tanh(c[t])**2)*d_h[t] + w_ci*d_ibar[t+1] + w_cf*d_fbar[t+1] + f[t+1]*d_c[t+1]"
    )


def test_gru_with_the_reset_after_the_product() -> None:
    """The reset gate stands between the weights and the candidate's adjoint."""
    assert rules("gru") == {
        "h": "W_y.T@(y[t] - yhat[t]) + W_hr.T@d_rbar[t+1] + W_hz.T@d_zbar[t+1] + W_hn.T@(r[t+1]*d_nbar[t+1]) + z[t+1]*d_h[t+1]",
        "nbar": "(1 - n[t]**2)*(1 - z[t])*d_h[t]",
        "zbar": "z[t]*(1 - z[t])*(h[t-1] - n[t])*d_h[t]",
        "rbar": "r[t]*(1 - r[t])*m[t]*d_nbar[t]",
    }


def test_gru_with_the_reset_before_the_product() -> None:
    """There the weights stand between the reset gate and the candidate's adjoint."""
    found = rules("gru-reset-before")
    assert "r[t+1]*(U.T@d_a[t+1])" in found["h"]
    assert found["rbar"] == "r[t]*(1 - r[t])*h[t-1]*(U.T@d_a[t])"


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("jordan", ("y", "y[t] - yhat[t] + d_s[t+1]")),
        ("narx", ("y", "y[t] - yhat[t] + d_a[t+1]*w_1 + d_a[t+2]*w_2")),
        ("stacked", ("h1", "d_h2[t]*(1 - h2[t]**2)*w_x2 + d_h1[t+1]*(1 - h1[t+1]**2)*w_h1")),
        ("bidirectional", ("g", "(y[t] - yhat[t])*v_y + d_g[t-1]*(1 - g[t-1]**2)*v_g")),
        ("many-to-one", ("h", "(p[t] - yhat[t])*w_y + d_h[t+1]*(1 - h[t+1]**2)*w_h")),
        ("softmax", ("h", "W_y.T@(p[t] - yhat[t]) + W_h.T@((1 - h[t+1]**2)*d_h[t+1])")),
    ],
)
def test_the_rule_that_a_network_is_known_for(name: str, rule: tuple[str, str]) -> None:
    """Feedback from the output, two lags, two layers, a state that runs backwards, p − ŷ from both cross-entropies."""
    variable, text = rule
    assert rules(name)[variable] == text


def test_a_loss_at_the_last_step_enters_there_only() -> None:
    """At T the rule has the loss and nothing else, before T only what comes from the step after."""
    derivation = derive("many-to-one", 3)
    trees = [derivation.rules["h"].at(derivation.unrolled, step) for step in (1, 2, 3)]
    assert [has_start(tree) for tree in trees if tree] == [False, False, True]
    assert [adjoints(tree) for tree in trees if tree] == [(Node("h", 2),), (Node("h", 3),), ()]


# The cells that torch has no module for, once more, in NumPy, from their papers.

Arrays = dict[str, Any]


def sigmoid(z: Any) -> Any:
    """σ."""
    return 1 / (1 + np.exp(-z))


def cho(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """The GRU of Cho et al. v3, with the biases of Keras."""
    h = before["h"]
    r = sigmoid(w["W_r"] @ x + w["U_r"] @ h + w["b_r"])
    z = sigmoid(w["W_z"] @ x + w["U_z"] @ h + w["b_z"])
    candidate = np.tanh(w["W"] @ x + w["U"] @ (r * h) + w["b"])
    new = z * h + (1 - z) * candidate
    return {"h": new, "y": w["V"] @ new}


def graves(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """The LSTM of Graves 2013; his cell input, which has no letter, is g."""
    h, c = before["h"], before["c"]
    i = sigmoid(w["W_xi"] @ x + w["W_hi"] @ h + w["w_ci"] * c + w["b_i"])
    f = sigmoid(w["W_xf"] @ x + w["W_hf"] @ h + w["w_cf"] * c + w["b_f"])
    cell = f * c + i * np.tanh(w["W_xg"] @ x + w["W_hg"] @ h + w["b_g"])
    o = sigmoid(w["W_xo"] @ x + w["W_ho"] @ h + w["w_co"] * cell + w["b_o"])
    return {"c": cell, "h": o * np.tanh(cell), "y": w["W_y"] @ (o * np.tanh(cell))}


def jordan(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """Jordan 1986: the state is an exponential trace of the outputs."""
    s = w["mu"] * before["s"] + before["y"]
    return {"s": s, "y": w["w_y"] * sigmoid(w["w_x"] * x + w["w_s"] * s)}


def narx(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """Lin et al. 1996: the output from the input and the two outputs before."""
    y = w["w_y"] * np.tanh(w["w_x"] * x + w["w_1"] * before["y"] + w["w_2"] * before["older"])
    return {"y": y, "older": before["y"]}


def stacked(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """Graves et al. 2013: the second layer reads the first."""
    h1 = np.tanh(w["w_x1"] * x + w["w_h1"] * before["h1"])
    h2 = np.tanh(w["w_x2"] * h1 + w["w_h2"] * before["h2"])
    return {"h1": h1, "h2": h2, "y": w["w_y"] * h2}


def zhou(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """The minimal gated unit, Zhou et al. 2016, (6)."""
    h = before["h"]
    f = sigmoid(w["W_f"] @ x + w["U_f"] @ h + w["b_f"])
    candidate = np.tanh(w["W_n"] @ x + w["U_n"] @ (f * h) + w["b_n"])
    new = (1 - f) * h + f * candidate
    return {"h": new, "y": w["V"] @ new}


def independent(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """Li et al. 2018: each unit by its own past, with rectified units."""
    h = np.maximum(w["W"] @ x + w["u"] * before["h"] + w["b"], 0)
    return {"h": h, "y": w["V"] @ h + w["c"]}


def diagonal(w: Arrays, u: Any, before: Arrays) -> Arrays:
    """Gu et al. 2022: exp(ΔA) with A = −diag(a) for the state; ΔB for the input."""
    x = np.diag(np.exp(-w["Delta"] * w["a"])) @ before["x"] + w["Delta"] * w["b"] * u
    return {"x": x, "y": w["c"] @ x + w["d"] * u}


def attention(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """Katharopoulos et al. 2020, (18)–(20), with φ(z) = elu(z) + 1; vectors are columns, so the memory is theirs transposed."""
    k, q = (np.where(z > 0, z + 1, np.exp(z)) for z in (w["W_k"] @ x, w["W_q"] @ x))
    memory, total = before["S"] + np.outer(w["W_v"] @ x, k), before["z"] + k
    return {"S": memory, "z": total, "y": memory @ q / (total @ q)}


def spiking(w: Arrays, x: Any, before: Arrays) -> Arrays:
    """Neftci et al. 2019: a leaky potential, a jump at the threshold, a reset by subtraction, a leaky readout."""
    u = w["beta"] * before["u"] + w["w"] * x + (w["v"] - w["theta"]) * before["s"]
    s = np.heaviside(u - w["theta"], 0)
    return {"u": u, "s": s, "y": w["kappa"] * before["y"] + w["w_y"] * s}


@pytest.mark.parametrize(
    ("name", "cell", "states"),
    [
        ("mgu", zhou, {"h": "h_0"}),
        ("indrnn", independent, {"h": "h_0"}),
        ("ssm", diagonal, {"x": "x_0"}),
        ("linear-attention", attention, {"S": "S_0", "z": "z_0"}),
        ("lif", spiking, {"u": "u_0", "s": "s_0", "y": "y_0"}),
        ("gru-reset-before", cho, {"h": "h_0"}),
        ("lstm-peephole", graves, {"h": "h_0", "c": "c_0"}),
        ("jordan", jordan, {"s": "s_0", "y": "y_0"}),
        ("narx", narx, {"y": "y_0", "older": "y_-1"}),
        ("stacked", stacked, {"h1": "h1_0", "h2": "h2_0"}),
    ],
)
def test_a_file_says_what_its_paper_says(
    name: str, cell: Callable[[Arrays, Any, Arrays], Arrays], states: dict[str, str]
) -> None:
    """Outputs and loss of four steps at random values are those of the paper's equations, written down once more."""
    derivation = derive(name, 4)
    chosen = {label: np.array(value, dtype=float) for label, value in random_values(derivation.network, 4, 8).items()}
    evaluation = derivation.evaluate(random_values(derivation.network, 4, 8))
    now, loss = {state: chosen[label] for state, label in states.items()}, 0.0
    for step in range(4):
        now = cell(chosen, chosen[derivation.network.inputs[0]][step], now)
        assert flat(evaluation.value(Node("y", step + 1))) == pytest.approx(flat(now["y"]), rel=1e-13)
        loss += ((now["y"] - chosen["yhat"][step]) ** 2).sum() / 2
    assert float(evaluation.loss) == pytest.approx(loss, rel=1e-13)


def test_the_kalman_filter_is_that_of_least_squares() -> None:
    """Its last estimate is that of weighted least squares for the whole trajectory, from prior, motion and measurements."""
    steps = 5
    evaluation = derive("kalman", steps).evaluate()
    a, q, r = 0.9, 0.6, 0.8
    measured = [1, 0.5, -1, 1, 0.5]
    rows, right = [np.eye(steps + 1)[0]], [0.0]  # m_0 = 0 with variance 1
    for step in range(1, steps + 1):
        here, before = np.eye(steps + 1)[step], np.eye(steps + 1)[step - 1]
        rows += [(here - a * before) / q, here / r]
        right += [0.0, measured[step - 1] / r]
    system = np.array(rows)
    solution, variance = np.linalg.lstsq(system, np.array(right))[0], np.linalg.inv(system.T @ system)
    assert float(evaluation.value(Node("m", steps))) == pytest.approx(solution[-1], rel=1e-12)
    assert float(evaluation.value(Node("P", steps))) == pytest.approx(variance[-1, -1], rel=1e-12)


def test_the_classifier_is_torchs() -> None:
    """The embedding of a one-hot word is its column, and the loss that of torch after the last word."""
    torch = pytest.importorskip("torch")
    network = load("rnn-classifier")
    w = {name: torch.tensor(np.array(value, dtype=float)) for name, value in network.values.items() if name in "EWUbVc"}
    embedding = torch.nn.Embedding.from_pretrained(w["E"].T)
    h = torch.zeros(2, dtype=torch.float64)
    for word in embedding(torch.tensor([0, 1, 2, 0])):
        h = torch.tanh(w["W"] @ word + w["U"] @ h + w["b"])
    loss = torch.nn.functional.cross_entropy(w["V"] @ h + w["c"], torch.tensor(0))
    assert float(derive(network, 4).evaluate().loss) == pytest.approx(float(loss), rel=1e-13)


@pytest.mark.parametrize("vectors", [False, True], ids=["scalars", "vectors"])
def test_random_networks_go_all_the_way(vectors: bool) -> None:  # noqa: FBT001
    """Random states, lags, activations, losses and sizes: a derivation whose every check passes."""

    @settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(networks(vectors=vectors), st.integers(1, 4), st.integers(0, 10_000))
    def holds(network: Network, steps: int, seed: int) -> None:
        derivation = derive(network, steps)
        checks = derivation.checks(random_values(network, steps, seed))
        assert not [check for check in checks if check.passed is False]
        assert derivation.recurrence.induction_holds()

    holds()


def test_a_wrong_value_is_an_error_of_the_network_it_is_for() -> None:
    """The message begins with the file."""
    with pytest.raises(ValuesError, match=r"^lstm\.toml: .*W_xi"):
        derive("lstm", 2).evaluate({"W_xi": [1, 2]})


@pytest.mark.parametrize("name", [name for name in ready_made() if load(name).is_scalar])
def test_the_general_recurrence_is_little_work_whatever_t_is(name: str) -> None:
    """Each slope is found once per equation: as many calls for 1,000 steps as for 10, and some ten thousands at most."""
    once = (10, 10, 1_000)  # the first finds what is kept for all networks
    _, few, many = (_calls(lambda steps=steps: derive(load(name), steps).recurrence) for steps in once)
    assert few == many < 50_000


def _calls(made: Callable[[], Recurrence]) -> int:
    """How many functions of ours are called until every rule of a recurrence is there as an expression."""
    ours, found = str(Path(package.__file__).parent), 0

    def seen(frame: FrameType, event: str, _: Any) -> None:
        nonlocal found
        found += event == "call" and frame.f_code.co_filename.startswith(ours)

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        assert [rule.expression for rule in made().rules.values()]
    finally:
        sys.setprofile(before)
    return found
