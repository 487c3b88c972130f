"""Closed forms in print, as one writes them by hand."""

from __future__ import annotations

from typing import Any

import pytest
from matrix_networks import MATRICES
from samples import random_values

from derive.derivation import derive
from derive.equations import Var
from derive.graph.rolled import Graph
from derive.network.network import Network
from derive.network.toml import load, ready_made
from derive.notation import sides
from derive.notation.closed_form import closed_form
from derive.notation.express import Notation, T
from derive.notation.formula import Matrix
from derive.notation.measure import width
from derive.notation.text import text
from derive.notation.transfers import Letters
from derive.recurrence import ADJOINT
from derive.recurrence.recurrence import Recurrence
from derive.report.document import Paragraph, plain
from derive.report.options import Options
from derive.report.publish import subject, tell

LETTERS = Letters("F", "G", "q", "s", "j")
LINE = 42.0


def printed(network: Network, *names: str, room: float = LINE) -> list[str]:
    """The closed form of some adjoints, as the lines of a text."""
    recurrence = Recurrence(Graph(network))
    form = next(form for form in recurrence.closed_forms if form.names == names)
    equations = closed_form(Notation(network, recurrence.named), form, LETTERS, room)
    return [f"{text(left)} = {text(right)}" for left, right in equations]


@pytest.mark.parametrize(
    ("network", "name", "formula"),
    [
        ("elman", "h", "δ_t = Σ_{s=t}^T (y_s − ŷ_s) w_y Π_{j=t+1}^s (1 − h_j²) w_h"),
        ("bidirectional", "g", "δ_t^g = Σ_{s=1}^t (y_s − ŷ_s) v_y Π_{j=s}^{t−1} (1 − g_j²) v_g"),
        ("bidirectional-classifier", "g", "δ_t^g = γ_1^g Π_{j=1}^{t−1} (1 − g_j²) v_g"),
        ("bidirectional-classifier", "h", "δ_t^h = γ_T^h Π_{j=t+1}^T (1 − h_j²) w_h"),
        ("many-to-one", "h", "δ_t = (p_T − ŷ_T) w_y Π_{j=t+1}^T (1 − h_j²) w_h"),
        ("elman-vector", "h", "δ_t = Σ_{s=t}^T (Π_{j=t+1}^s W_hᵀ diag(1 − h_j²)) W_yᵀ (y_s − ŷ_s)"),
        (
            "jordan",
            "s",
            "δ_t^s = Σ_{s=t}^T (y_s − ŷ_s) w_y h_s (1 − h_s) w_s Π_{j=t+1}^s (w_y h_{j−1} (1 − h_{j−1}) w_s + μ)",
        ),
    ],
)
def test_closed_forms(network: str, name: str, formula: str) -> None:
    """Forwards, backwards in time, the loss at the last step only, matrices in the path's order, other adjoints in place."""
    assert printed(load(network), name) == [formula]


def test_a_transfer_that_is_too_long_has_a_letter() -> None:
    """The factors of a GRU do not fit the line, and are told beneath it; where there is room they stand in it."""
    assert printed(load("gru-scalar"), "h") == [
        "δ_t^h = Σ_{s=t}^T (y_s − ŷ_s) w_y Π_{j=t+1}^s F_j",
        (
            "F_t = (1 − z_t) (1 − n_t²) w_{hn} h_{t−1} r_t (1 − r_t) w_{hr} + (h_{t−1} − n_t) z_t (1 − z_t) w_{hz} "
            "+ (1 − z_t) (1 − n_t²) r_t w_{hn} + z_t"
        ),
    ]
    assert len(printed(load("gru-scalar"), "h", room=100)) == 1


def test_a_source_that_is_too_long_has_a_letter() -> None:
    """Where the line is short, what comes from the loss has a letter too."""
    assert printed(load("elman"), "h", room=8) == [
        "δ_t = Σ_{s=t}^T q_s Π_{j=t+1}^s F_j",
        "F_t = (1 − h_t²) w_h",
        "q_t = (y_t − ŷ_t) w_y",
    ]
    assert printed(load("many-to-one"), "h", room=6)[0] == "δ_t = q_T Π_{j=t+1}^T F_j"


def test_adjoints_that_look_at_each_other_are_a_column() -> None:
    """Of an LSTM h and c are solved together; what c has by way of h is said by the entries of h."""
    assert printed(load("lstm-scalar"), "h", "c") == [
        "[δ_t^h; δ_t^c] = Σ_{s=t}^T (Π_{j=t+1}^s F_j) q_s",
        (
            "F_t = [F_t^{h,h}, F_t^{h,c}; o_{t−1} (1 − (tanh(c_{t−1}))²) F_t^{h,h}, "
            "f_t + o_{t−1} (1 − (tanh(c_{t−1}))²) F_t^{h,c}]"
        ),
        "F_t^{h,h} = tanh(c_t) o_t (1 − o_t) w_{ho}",
        "F_t^{h,c} = g_t i_t (1 − i_t) w_{hi} + c_{t−1} f_t (1 − f_t) w_{hf} + i_t (1 − g_t²) w_{hg}",
        "q_t = [(y_t − ŷ_t) w_y; (y_t − ŷ_t) w_y o_t (1 − (tanh(c_t))²)]",
    ]


def test_entries_have_letters_until_the_matrix_fits() -> None:
    """The narrower the line, the more entries of the matrix and of the column are told beneath it."""
    lines = printed(load("lstm-scalar"), "h", "c", room=20)
    assert lines[1] == "F_t = [F_t^{h,h}, F_t^{h,c}; o_{t−1} (1 − (tanh(c_{t−1}))²) F_t^{h,h}, F_t^{c,c}]"
    assert lines[4] == "F_t^{c,c} = f_t + o_{t−1} (1 − (tanh(c_{t−1}))²) F_t^{h,c}"
    assert printed(load("lstm-scalar"), "h", "c", room=10)[-3:] == [
        "q_t = [q_t^h; q_t^c]",
        "q_t^h = (y_t − ŷ_t) w_y",
        "q_t^c = (y_t − ŷ_t) w_y o_t (1 − (tanh(c_t))²)",
    ]


def test_what_comes_from_several_steps_on_waits_in_the_column() -> None:
    """Of a longer lag the matrix is a companion matrix, and a row of 1 and 0 picks the adjoint out of the column."""
    assert printed(load("narx"), "y") == [
        "δ_t^y = Σ_{s=t}^T [1, 0] (Π_{j=t+1}^s F_j) q_s",
        "F_t = [w_y (1 − h_t²) w_1, 1; w_y (1 − h_t²) w_2, 0]",
        "q_t = [y_t − ŷ_t; 0]",
    ]


def test_the_loss_of_the_last_step_is_taken_there() -> None:
    """With a loss at the last step only there is no sum, in blocks neither."""
    network = Network(
        name="late",
        equations={"h": "W @ h[t-1] + U @ h[t-2] + x[t]", "l": "sum(h[t]**2)/2"},
        parameters=("W", "U"),
        inputs=("x",),
        loss="l",
        loss_at="last",
        initial={"h": 0},
        shapes={"W": ("n", "n"), "U": ("n", "n"), "h": ("n",), "x": ("n",)},
    )
    assert printed(network, "h") == [
        "δ_t = [I, 0] (Π_{j=t+1}^T F_j) q_T",
        "F_t = [Wᵀ, I; Uᵀ, 0]",
        "q_T = [h_T; 0]",
    ]


def test_a_transfer_of_several_ways_is_a_sum() -> None:
    """Where several ways lead from step to step the factor under the product is their sum, for matrices too."""
    scalar = Network(
        name="two",
        equations={"a": "w*h[t-1]", "h": "a[t] + u*h[t-1] + x[t]", "l": "h[t]**2/2"},
        parameters=("w", "u"),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
    )
    assert printed(scalar, "h") == ["δ_t = Σ_{s=t}^T h_s Π_{j=t+1}^s (w + u)"]
    assert printed(leaky("h[t-1]"), "h") == ["δ_t = Σ_{s=t}^T (Π_{j=t+1}^s (Wᵀ + I)) h_s"]


def leaky(kept: str, sign: str = "-") -> Network:
    """A state that keeps some of itself beside what a matrix makes of it."""
    return Network(
        name="leaky",
        equations={"a": f"W @ h[t{sign}1]", "h": f"a[t] + {kept} + x[t]".replace("-", sign), "l": "h[t] @ h[t]/2"},
        parameters=("W", *(("k",) if "k" in kept else ())),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        shapes={"W": ("n", "n"), "h": ("n",), "a": ("n",), "x": ("n",)},
        broadcast=True,
    )


def test_matrices_of_a_state_that_runs_backwards_are_counted_from_t_on() -> None:
    """So they stand in the order in which they are multiplied."""
    assert printed(leaky("h[t-1]/2", sign="+"), "h") == [
        "δ_t = Σ_{s=1}^t (Π_{j=1}^{t−s} F_{t−j}) h_s",
        "F_t = Wᵀ + 1/2 · I",
    ]


def test_a_number_beside_matrices_is_a_multiple_of_the_unit_matrix() -> None:
    """K h_{t−1} beside W h_{t−1} is k I beside Wᵀ."""
    assert printed(leaky("k*h[t-1]"), "h") == ["δ_t = Σ_{s=t}^T (Π_{j=t+1}^s (Wᵀ + k I)) h_s"]


@pytest.mark.parametrize("name", ready_made())
def test_no_matrix_and_no_column_is_wider_than_the_line(name: str) -> None:
    """What cannot be broken between two lines is told with letters until it fits."""
    network = load(name)
    recurrence = Recurrence(Graph(network))
    for form in recurrence.closed_forms:
        for left, right in closed_form(Notation(network, recurrence.named), form, LETTERS, LINE):
            assert not isinstance(right, Matrix) or width(left) + width(right) < LINE


def test_several_ways_of_one_equation_are_a_sum_of_products() -> None:
    """From h_{t−1} to h_t lead Wᵀ V, whose transpose is Vᵀ W, and p ⊙, whose matrix is diagonal."""
    network = Network(
        name="ways",
        equations={"h": "W.T @ (V @ h[t-1]) + p*h[t-1]", "l": "h[t] @ h[t]/2"},
        parameters=("W", "V", "p"),
        inputs=(),
        loss="l",
        initial={"h": 0},
        shapes={"W": ("n", "n"), "V": ("n", "n"), "h": ("n",), "p": ("n",)},
    )
    assert printed(network, "h") == ["δ_t = Σ_{s=t}^T (Π_{j=t+1}^s (Vᵀ W + diag(p))) h_s"]


def test_matrices_of_a_way_stand_each_at_its_own_step() -> None:
    """From s_{j−1} to s_j lead k and, by way of the output of step j − 1, V diag(1 − h_{j−1}²) U, here transposed."""
    network = Network(
        name="jordan",
        equations={"h": "tanh(U @ s[t] + x[t])", "s": "V @ h[t-1] + k*s[t-1]", "l": "s[t] @ s[t]/2"},
        parameters=("U", "V", "k"),
        inputs=("x",),
        loss="l",
        initial={"h": 0, "s": 0},
        shapes={"U": ("n", "m"), "V": ("m", "n"), "h": ("n",), "s": ("m",), "x": ("n",)},
        broadcast=True,
    )
    assert printed(network, "s") == ["δ_t^s = Σ_{s=t}^T (Π_{j=t+1}^s (Uᵀ diag(1 − h_{j−1}²) Vᵀ + k I)) s_s"]


def test_of_several_adjoints_each_has_its_row_of_zeros_and_a_one() -> None:
    """The column holds g, h and what waits for h; in front of the product the first two are picked out."""
    network = Network(
        name="two",
        equations={"h": "tanh(u*g[t-1] + w*h[t-2])", "g": "sin(v*h[t-1] + k*g[t-1])", "l": "h[t]*g[t]"},
        parameters=("u", "v", "w", "k"),
        loss="l",
        initial={"h": 0, "g": 0},
    )
    assert printed(network, "g", "h")[0] == "[δ_t^g; δ_t^h] = Σ_{s=t}^T [1, 0, 0; 0, 1, 0] (Π_{j=t+1}^s F_j) q_s"


@pytest.mark.parametrize(
    ("network", "name", "lines"),
    [
        (
            "vectors as rows",
            "h",
            ["δ_t = Σ_{s=t}^T (p_s − y_s) Vᵀ (Π_{j=1}^{s−t} F_{s+1−j})", "F_t = diag(1 − h_t²) Uᵀ"],
        ),
        ("linear attention", "S", ["δ_t = Σ_{s=t}^T (o_s − y_s) q_sᵀ"]),
        ("delta rule", "S", ["δ_t = Σ_{s=t}^T v_s 𝟏ᵀ (Π_{j=1}^{s−t} F_{s+1−j})", "F_t = I − b_t k_t k_tᵀ"]),
        ("memory in rows", "S", ["δ_t = Σ_{s=t}^T (Π_{j=t+1}^s 0.9) · 2/n · q_sᵀ · (o_s − y_s)"]),
        ("linear batch in columns", "H", ["δ_t = Σ_{s=t}^T 2 (Π_{j=t+1}^s Uᵀ) H_s"]),
        ("linear batch in rows", "H", ["δ_t = Σ_{s=t}^T 2 H_s (Π_{j=1}^{s−t} F_{s+1−j})", "F_t = Uᵀ"]),
    ],
)
def test_rows_and_matrices_have_closed_forms_where_they_exist(network: str, name: str, lines: list[str]) -> None:
    """Of rows the factor nearest to the loss stands first; what is handed on as it is needs no product."""
    assert printed(LINEAR.get(network) or MATRICES[network], name) == lines


def linear_batch(product: str, shape: str) -> Network:
    """A batch without an activation, so that its state is multiplied on one side only."""
    return Network(
        name="linear",
        equations={"H": f"X[t] + {product}", "l": "sum(H[t]**2)"},
        parameters=("U",),
        inputs=("X",),
        loss="l",
        initial={"H": 0},
        shapes={"U": "n, n", "X": shape, "H": shape},
    )


LINEAR = {
    "linear batch in columns": linear_batch("U@H[t-1]", "n, k"),
    "linear batch in rows": linear_batch("H[t-1]@U", "k, n"),
}


@pytest.mark.parametrize(("network", "alone"), [("batch in columns", "column"), ("batch in rows", "row")])
def test_a_batch_with_an_activation_has_one_for_each_sample_by_itself(network: str, alone: str) -> None:
    """No matrix multiplies a whole matrix componentwise."""
    recurrence = Recurrence(Graph(MATRICES[network]))
    notation = Notation(MATRICES[network], recurrence.named)
    (form,) = recurrence.closed_forms
    assert sides.side(notation, form) is None
    assert sides.by_itself(notation, form) == alone


def test_a_short_entry_stands_as_it_is_and_its_sign_in_front() -> None:
    """Level and trend of Holt: 1 − β needs no name where another entry contains it, and −β stands in no bracket."""
    trend = Network(
        name="trend",
        equations={
            "m": "alpha*y[t] + (1 - alpha)*(m[t-1] + b[t-1])",
            "b": "beta*(m[t] - m[t-1]) + (1 - beta)*b[t-1]",
            "l": "(m[t] - y[t])**2 + b[t]**2",
        },
        parameters=("alpha", "beta"),
        inputs=("y",),
        loss="l",
        initial={"m": 0, "b": 0},
    )
    _, matrix, _ = printed(trend, "b", "m")
    # δ^b_t = 2 b_t + (1 − α) δ^m_{t+1} + (1 − β) δ^b_{t+1}, δ^m_t = 2 (m_t − y_t) + β δ^b_t + (1 − α) δ^m_{t+1} − β δ^b_{t+1}
    assert matrix == "F_t = [1 − β, 1 − α; −β + β (1 − β), 1 − α + β (1 − α)]"


def test_a_closed_form_of_a_page_is_left_out_and_the_handout_says_why() -> None:
    """Four states of vectors that look at one another, as of an sLSTM, have sixteen blocks, which show nothing at a glance."""
    gates = {name: f"W_{name}@x[t] + R_{name}@h[t-1]" for name in "zifo"}
    shapes = {name: "n, n" for gate in gates for name in (f"W_{gate}", f"R_{gate}")}
    network = Network(
        name="slstm",
        equations={
            **gates,
            "m": "maximum(f[t] + m[t-1], i[t])",
            "c": "exp(f[t] + m[t-1] - m[t])*c[t-1] + exp(i[t] - m[t])*tanh(z[t])",
            "k": "exp(f[t] + m[t-1] - m[t])*k[t-1] + exp(i[t] - m[t])",
            "h": "sigmoid(o[t])*c[t]/k[t]",
            "l": "sum((h[t] - y[t])**2)/2",
        },
        parameters=tuple(shapes),
        inputs=("x",),
        targets=("y",),
        loss="l",
        initial={"h": 0, "c": 0, "k": 0, "m": 0},
        shapes={**shapes, **dict.fromkeys("xyhckm", "n")},
    )
    values = random_values(network, 2, 1, {"n": 2})
    about = subject(derive(network, 2), Options("en", values=values))
    assert about.derivation.recurrence.closed_forms
    assert about.closed_forms == ()
    said = [plain(block.inlines) for block in tell(about).blocks if isinstance(block, Paragraph)]
    assert any(paragraph.startswith("So many parts come back to one another") for paragraph in said)


def test_the_sign_of_a_factor_stands_in_front_of_a_product_of_matrices() -> None:
    """The delta rule forgets v kᵀ of what it has: the adjoint receives − δ k kᵀ, not + (−δ k) kᵀ."""
    network = Network(
        name="delta-rule",
        equations={"S": "S[t-1] - b*(S[t-1]@k[t])@k[t].T + x[t]@k[t].T", "l": "sum(S[t]**2)/2"},
        parameters=("b",),
        inputs=("x", "k"),
        loss="l",
        initial={"S": 0},
        shapes={"S": "n, m", "k": "m", "x": "n"},
        broadcast=True,
    )
    recurrence = Recurrence(Graph(network))
    (rule,) = (
        text(Notation(network, recurrence.named).formula(edge.partial.pull(Var(f"{ADJOINT}S", 0)), T))
        for edge in Graph(network).edges
        if (edge.tail, edge.head) == ("S", "S")
    )
    assert rule == "δ_t − b δ_t k_t k_tᵀ"


def test_a_memory_that_decays_entry_by_entry_has_one_for_each_entry() -> None:
    """Nothing but numbers multiplies an entry, as in a selective scan; no other matrix does."""
    network = Network(
        name="scan",
        equations={"A": "exp(-outer(d[t], k))", "S": "A[t]*S[t-1] + outer(d[t], x[t])", "l": "sum(S[t]**2)"},
        parameters=("k",),
        inputs=("d", "x"),
        loss="l",
        initial={"S": 0},
        shapes={"d": "d", "k": "n", "x": "n", "S": "d, n"},
        values={"k": [0.5, 1], "d": [[1, 2], [2, 1]], "x": [[1, 0], [0, 1]]},
    )
    recurrence = Recurrence(Graph(network))
    notation = Notation(network, recurrence.named)
    (form,) = recurrence.closed_forms
    assert sides.by_itself(notation, form) == "entry"
    for locale, sentence in (("en", "For each entry of the adjoint by itself"), ("zh", "对伴随量的每个元素分别来看")):
        document = tell(subject(derive(network, 2), Options(locale)))
        assert any(sentence in plain(block.inlines) for block in document.blocks if isinstance(block, Paragraph))


def coupled_rows(sign: str = "-", **loss: Any) -> Network:
    """Two states, rows of different lengths, that look at each other."""
    into_u, into_v = f"u[t{sign}1]@B + v[t{sign}1]@C", f"u[t{sign}1]@D + v[t{sign}1]@E"
    return Network(
        name="coupled-rows",
        equations={"u": f"tanh(x[t]@A + {into_u})", "v": f"tanh({into_v})", "l": "sum((u[t]@P - y[t])**2)/2"},
        parameters=tuple("ABCDEP"),
        inputs=("x", "y"),
        loss="l",
        initial={"u": 0, "v": 0},
        shapes={
            "A": "d,n",
            "B": "n,n",
            "C": "m,n",
            "D": "n,m",
            "E": "m,m",
            "P": "n,q",
            "x": "d",
            "y": "q",
            "u": "n",
            "v": "m",
        },
        **loss,
    )


def test_of_coupled_rows_the_block_matrix_stands_behind() -> None:
    """In it a row says where something comes from, a column where it goes; the factor nearest to the loss stands first."""
    assert printed(coupled_rows(), "v", "u") == [
        "[δ_t^v, δ_t^u] = Σ_{s=t}^T q_s (Π_{j=1}^{s−t} F_{s+1−j})",
        "F_t = [diag(1 − v_t²) Eᵀ, diag(1 − v_t²) Dᵀ; diag(1 − u_t²) Cᵀ, diag(1 − u_t²) Bᵀ]",
        "q_t = [0, (u_t P − y_t) Pᵀ]",
    ]
    assert printed(coupled_rows("+"), "v", "u")[0] == "[δ_t^v, δ_t^u] = Σ_{s=1}^t q_s (Π_{j=s}^{t−1} F_j)"


def between(back: str, given: str = "", **loss: Any) -> Network:
    """A matrix that is handed on as said, without an activation; of the other matrices some are ``given`` at each step."""
    return Network(
        name="between",
        equations={"S": f"{back} + X[t]@W", "l": "sum(S[t]**2)/2"},
        parameters=("W", *(name for name in "ABCDE" if name in back and name not in given)),
        inputs=("X", *given),
        loss="l",
        initial={"S": 0},
        shapes={name: shape for name, shape in SIZES.items() if name in f"{back} S X W"},
        **loss,
    )


SIZES = {"S": "n,m", "X": "n,m", "W": "m,m", "A": "n,n", "C": "n,n", "B": "m,m", "D": "m,m", "E": "n,m"}


@pytest.mark.parametrize(
    ("network", "lines"),
    [
        (between("A@S[t-1]@B"), ["δ_t = Σ_{s=t}^T (Aᵀ)^(s − t) S_s (Bᵀ)^(s − t)"]),
        (between("A@S[t-1]@B", loss_at="last"), ["δ_t = (Aᵀ)^(T − t) S_T (Bᵀ)^(T − t)"]),
        (
            between("A[t]@S[t-1]@B[t]", "AB"),
            ["δ_t = Σ_{s=t}^T (Π_{j=t+1}^s A_jᵀ) S_s (Π_{j=1}^{s−t} G_{s+1−j})", "G_t = B_tᵀ"],
        ),
        (
            between("A[t]@S[t+1]@B[t]", "AB"),
            ["δ_t = Σ_{s=1}^t (Π_{j=1}^{t−s} F_{t−j}) S_s (Π_{j=s}^{t−1} B_jᵀ)", "F_t = A_tᵀ"],
        ),
        (between("A@(C@S[t-1]@B)@D"), ["δ_t = Σ_{s=t}^T (Cᵀ Aᵀ)^(s − t) S_s (Dᵀ Bᵀ)^(s − t)"]),
        (
            between("0.5*(A@S[t-1]@B[t])", "B"),
            ["δ_t = Σ_{s=t}^T (0.5 Aᵀ)^(s − t) S_s (Π_{j=1}^{s−t} G_{s+1−j})", "G_t = B_tᵀ"],
        ),
    ],
)
def test_a_matrix_between_two_has_a_product_on_each_side(network: Network, lines: list[str]) -> None:
    """The factors nearest to t stand outermost; where they are the same at each step they are powers."""
    assert printed(network, "S") == lines


@pytest.mark.parametrize(
    "network",
    [
        coupled_rows(),
        coupled_rows("+", loss_at="last"),
        between("A@S[t-1]@B"),
        between("A[t]@S[t-1]@B[t]", "AB", reduction="mean"),
        between("A[t]@S[t+1]@B", "A"),
    ],
)
def test_what_is_printed_is_what_the_recurrence_gives(network: Network) -> None:
    """In the handout each closed form is evaluated beside the recurrence, at generic values."""
    about = subject(derive(network, 3), Options(values=random_values(network, 3, 1)))
    assert len(about.closed_forms) == (0 if network.loss_at == "last" else 1)
    assert tell(about).blocks


@pytest.mark.parametrize(
    ("back", "why"),
    [
        ("A@S[t-1]@B + C@S[t-1]@D", "sum of sides"),
        ("A@S[t-1] + S[t-1]@B", "sum of sides"),
        ("tanh(A@S[t-1]@B)", "entries"),
        ("E@S[t-1].T@E", "transposed"),
    ],
)
def test_where_there_is_no_closed_form_it_is_known_why(back: str, why: str) -> None:
    """Terms from both sides mix, no matrix multiplies entry by entry, what is transposed changes sides."""
    network = between(back)
    recurrence = Recurrence(Graph(network))
    notation = Notation(network, recurrence.named)
    assert [sides.side(notation, form) for form in recurrence.closed_forms] == [None]
    assert sides.obstacle(notation, recurrence.closed_forms) == why
    assert sides.obstacle(notation, [None]) == "parts"
