"""Slips: what students type instead of an equation, and the sentence that says what would be right."""

from __future__ import annotations

import keyword
import math

import pytest

from derive import derive
from derive.equations.characters import plain
from derive.equations.expression import Var
from derive.equations.parse import parse
from derive.errors import EquationError, ShapeError
from derive.network import Network

SLIPS = [
    ("e[t, s]*h[s]", "two time axes, as an encoder and a decoder have them, are not possible now"),
    ("sum(a[s]*h[s])", "and so neither is attention over all steps; a sum over the past is a state: s = s[t-1] + h[t]"),
    ("sum(a[s]*h[s] for s in range(T))", "an index that runs beside t is not possible now"),
    ("a[t]@h[:]", "attention over all steps is not possible now"),
    ("attention(q[t], k[t], v[t])", "attention over all steps is not possible now; linear attention is"),
    ("x[i[t]]", "is itself looked up, which is not possible now"),
    ("h[t-d[t]]", "is itself looked up, which is not possible now"),
    ("embedding(x[t])", "to look up an embedding is to multiply by a one-hot input: write E@x[t]"),
    ("x[argmax(p[t-1])]", "to choose one has no derivative"),
    ("h[t-k]", "has to be t, t-1, t-2, …"),
    ("h[T-t]", "has to be t, t-1, t-2, …"),
    ("h(t-1)", "a step is written in square brackets: h[t-1]"),
    ("tanh(w*h(t - 1))", "a step is written in square brackets: h[t - 1]"),
    ("h_{t-1}", "a step is written in square brackets: h[t-1]"),
    ("tanh(w_{hh}*h_{t-1})", ": tanh(w_hh*h[t-1])"),
    ("hₜ₋₁", "a step is written in square brackets, such as h[t-1]"),
    ("h[]", "write h[t] or h[t-1]"),
    ("h[t][0]", "one is picked by a constant vector such as e = [1, 0]: e@h[t]"),
    ("d[t][:, None]*A", "a vector as each column of a matrix is written outer(d[t], ones(b))"),
    ("d[t][None, :]*A", "a vector beside a matrix is a row: write d[t]"),
    ("d[t][:, np.newaxis]*A", "is written outer(d[t], ones(b))"),
    ("x[t] if h[t-1] else 0", "step(z)*a + (1 - step(z))*b"),
    ("where(h[t-1], 1, 0)", "step(z)*a + (1 - step(z))*b"),
    ("x[t] % m", "the number of turns is an input: x - k[t]*m"),
    ("mod(x[t] - s, m)", "the number of whole turns is an input, such as k[t]: write x - k[t]*m"),
    ("floor(x[t])", "has no derivative; give its values as an input"),
    ("diag(d)@h[t]", "a diagonal matrix times a vector is written componentwise: d*x"),
    ("LayerNorm(h[t])", "(x - mean(x))/sqrt(mean((x - mean(x))**2) + 0.00001)"),
    ("dropout(h[t])", "a mask is an input: write m[t]*h[t]"),
    ("v h[t]", "a product is written *: v*h[t]"),
    ("2w", "a product is written *: 2*w"),
    ("2(w + u)", "a product is written *, such as 2*(…)"),
    ("(w + u)2", "a product is written *: (w + u)*2"),
    ("h[t-1]h[t]", "a product is written *: h[t-1]*h[t]"),
    ("w(x[t] + 1)", "a product is written *: w*(x[t] + 1)"),
    ("ω·h[t]", "a product is written *: omega*h[t]"),
    ("ωh[t]", "beside another letter it is written out: omega, as in omega*h[t]"),
    ("w×h[t]", "a product is written *: w*h[t]"),
    ("w\\cdot h[t]", "w*h[t]"),
    ("z[t] ⊙ h[t]", "an elementwise product is written *: z[t] * h[t]"),
    ("w÷2", "a quotient is written /: w/2"),
    ("w−u", "minus is written -: w-u"),
    ("w^2", "a power is written **: w**2"),
    ("y[t]²/2", "a power is written **: y[t]**2/2"),
    ("W_h^T h[t-1]", "a transpose is written .T: W_h.T@h[t-1]"),
    ("W.t@h[t]", "a transpose is written W.T"),
    ("\\tanh(w*x[t])", "without a backslash: tanh(w*x[t])"),
    ("tanh x[t]", "the argument of a function stands in brackets: tanh(x[t])"),
    ("np.tanh(w)", "the function is written tanh"),
    ("torch.sigmoid(w)", "the function is written sigmoid"),
    ("detach(h[t-1])", "did you mean stop_gradient?"),
    ("ln(w)", "did you mean log?"),
    ("σ(x[t])", "did you mean sigmoid?"),
    ("dot(w, h[t])", "is written W@x"),
    ("e**x[t]", "eᶻ is written exp(z)"),
    ("tanh（w＊x[t]）", "it is a full-width character; write (: tanh(w*x[t])"),
    ("w＋u", "it is a full-width character; write +: w+u"),
    ("【x[t]】", "square brackets are written [ and ]"),
    ("w\u200b*u", "“U+200B” is not allowed; it cannot be seen; delete it"),
    ("tanh(w*x[t]", "'(' was never closed; count the brackets"),
    ("tanh(w*x[t]))", "unmatched ')'; count the brackets"),
    ("w*", "something is missing after “*”"),
    ("tanh(*w)*2*", "something is missing after “*”"),
    ("w*/u", "“*/”: something is missing between two signs"),
    ("y[t] - 0,5", "a decimal is written with a point"),
    ("x[t] > 0", "step(z), which is 1 where z > 0"),
    ("|w|", "a squared norm is written sum(z**2)"),
    ("√w", "a root is written sqrt(z)"),
    ("w;", "leave it out: w"),
]


@pytest.mark.parametrize(("text", "advice"), SLIPS, ids=range(len(SLIPS)))
def test_a_slip_is_answered_by_what_would_be_right(text: str, advice: str) -> None:
    """What nearly is an equation is refused with the way to write it."""
    with pytest.raises(EquationError) as caught:
        parse(text)
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "h(t-1)",
        "h_{t-1}",
        "v h[t]",
        "2w",
        "ω·h[t]",
        "w\\cdot h[t]",
        "y[t]²/2",
        "W_h^T h[t-1]",
        "\\tanh(w*x[t])",
        *["tanh x[t]", "tanh（w＊x[t]）", "w;", "h[t–1]"],
    ],
)
def test_an_equation_that_a_message_proposes_is_one(text: str) -> None:
    """What a message says would be right is read without a message."""
    with pytest.raises(EquationError) as caught:
        parse(text)
    assert parse(str(caught.value).rpartition(": ")[2])


@pytest.mark.parametrize("word", keyword.kwlist)
def test_words_of_python_are_names(word: str) -> None:
    """A variable may be called lambda, in or None: an equation is mathematics, not Python."""
    assert parse(word) == Var(word)
    assert parse(f"{word}[t-1]") == Var(word, 1)
    with pytest.raises(EquationError, match=rf"\({word}\*w\)|{word}\*w"):
        parse(f"{word} w")


@pytest.mark.parametrize(
    ("letter", "name"),
    [
        ("ω", "omega"),
        ("λ", "lambda"),
        ("Λ", "Lambda"),
        ("ς", "sigma"),
        ("ϑ", "theta"),
        ("ϵ", "epsilon"),
        ("µ", "mu"),
        ("ŷ", "yhat"),
        ("h̃", "htilde"),
        ("θ̂_1", "thetahat_1"),
        ("δ12", "delta12"),
        ("𝛼", "alpha"),
        ("Δ_h", "Delta_h"),
    ],
)
def test_a_letter_with_a_name_is_read_by_it(letter: str, name: str) -> None:
    """Greek letters and accents are read as the names that print as them."""
    assert plain(letter) == name


@pytest.mark.parametrize("text", ["Δt", "ωh", "é", "你好", "ƒ", "w_h", ""])
def test_what_is_no_single_letter_with_a_name_stays(text: str) -> None:
    """Nothing is guessed where a Greek letter touches another one, and other letters are no names."""
    assert plain(text) == text


WRITTEN = {
    "sinh": math.sinh,
    "cosh": math.cosh,
    "expm1": math.expm1,
    "log1p": math.log1p,
    "logit": lambda x: math.log(x / (1 - x)),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_function_is_said_to_be_is_what_it_is(name: str) -> None:
    """The formula of the message can be written, and has the values of the function."""
    with pytest.raises(EquationError, match=f"there is no function {name}; it is written ") as refused:
        parse(f"{name}(x)")
    formula = str(refused.value).partition("it is written ")[2]
    network = Network(name="said", equations={"l": formula}, parameters=("x",), loss="l", values={"x": 0.3})
    program = derive(network, 1).program()
    assert program(1, program.arguments(derive(network, 1).evaluate().values))[0] == pytest.approx(WRITTEN[name](0.3))


@pytest.mark.parametrize("name", ["layernorm", "rmsnorm", "var"])
def test_a_norm_is_written_as_the_message_says(name: str) -> None:
    """With ``broadcast = true`` a network takes the formula, of a vector."""
    with pytest.raises(EquationError) as refused:
        parse(f"{name}(x)")
    formula = str(refused.value).partition(" written ")[2].partition(", with broadcast = true")[0]
    network = Network(
        name="norm",
        equations={"y": formula, "l": "y[t]" if name == "var" else "sum(y[t])"},
        parameters=("x",),
        loss="l",
        shapes={"x": "n"},
        broadcast=True,
    )
    assert network.rules


def test_a_vector_beside_a_matrix_becomes_a_column_as_the_message_says() -> None:
    """outer(v, ones(b)) is v in each column; the shape "n, 1" is for what has no equation."""
    shapes = {"A": "n, k", "W": "n, n", "b": "k", "x": "n", "S": "n, k"}
    equations = {"d": "W@x[t]", "S": "{}*A + outer(x[t], b)", "l": "sum(S[t])"}
    given = {"name": "column", "parameters": ("A", "W", "b"), "inputs": ("x",), "loss": "l", "shapes": shapes}
    with pytest.raises(ShapeError, match="or if it has an equation write outer") as refused:
        Network(equations={**equations, "S": equations["S"].format("d[t]")}, **given)
    assert "read from left to right" not in str(refused.value)
    written = equations["S"].format("outer(d[t], ones(b))")
    assert Network(equations={**equations, "S": written}, **given).shape("S") == ("n", "k")
