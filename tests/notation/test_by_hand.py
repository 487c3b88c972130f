"""What is printed of equations, links, paths, rules and gradients, as one writes it by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from formulas import at, t

from derive.equations import expression as ex
from derive.equations.expression import Expr, Var
from derive.graph.partials import Gather, LinearMap, Matrix, Scale, Softmax, Spread
from derive.graph.rolled import Graph
from derive.graph.unrolled import Node, Unrolled
from derive.network.network import Network
from derive.network.toml import load
from derive.notation.express import NUMBERS, Notation, T
from derive.notation.formula import (
    Colored,
    Formula,
    Number,
    Product,
    Sum,
    negated,
    plus,
    relation,
    symbol,
    times,
    transposed,
)
from derive.notation.general import gradient, rule
from derive.notation.jacobians import tree_formula
from derive.notation.tex import tex
from derive.notation.text import text
from derive.notation.typst import typst
from derive.paths.paths import PathSum
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.tree import either, path_tree

a, b, c = (symbol(letter) for letter in "abc")
W, h, p, q, k = Var("W"), Var("h", 1), Var("p"), Var("q"), Var("k")
VECTORS = Network(
    "vectors",
    {"h": "W@h[t-1] + p*q*k", "c_a": "h[t]@h[t]", "l": "c_a[t]/2"},
    ("W", "p", "q", "k"),
    "l",
    initial={"h": 0},
    shapes={"W": ("n", "n"), "h": ("n",), "p": ("n",), "q": ("n",)},
    broadcast=True,
)


# -- formulas -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "in_text", "in_tex", "in_typst"),
    [
        (negated(a), "−a", "-a", "− a"),
        (negated(plus(a, b)), "−(a + b)", "-(a + b)", r"− \(a + b\)"),
        (times(negated(a), b), "−a b", "-a b", "− a b"),
        (times(a, negated(b)), "a (−b)", "a (-b)", r"a \(− b\)"),
        (plus(c, times(negated(a), b)), "c − a b", "c - a b", "c − a b"),
        (Sum((c, Product((Number("-2"), a)))), "c − 2 a", "c - 2 a", "c − 2 a"),
        (Sum((c, Colored("now", negated(a)))), "c − a", None, None),
        (times(plus(a, b), c), "(a + b) c", "(a + b) c", r"\(a + b\) c"),
        (times(Number("2"), Number("3"), a), "2 · 3 a", r"2 \cdot 3 a", "2 ⋅ 3 a"),
        (transposed(times(a, b, sign="⊙")), "(a ⊙ b)ᵀ", r"(a \odot b)^{\top}", None),
        (relation(at("β", t), ("≤", a), ("≥", b)), "β_t ≤ a ≥ b", r"\beta_{t} \le a \ge b", None),
    ],
)
def test_a_formula_in_each_format(formula: Formula, in_text: str, in_tex: str | None, in_typst: str | None) -> None:
    """Signs, brackets and the dot between numbers are there in plain text, in TeX and in Typst."""
    assert text(formula) == in_text
    assert in_tex is None or tex(formula) == in_tex
    assert in_typst is None or typst(formula) == in_typst


# -- equations and links ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "formula"),
    [
        (ex.MatMul(W, h), "W h_{t−1}"),
        (ex.MatMul(ex.Transpose(W), h), "Wᵀ h_{t−1}"),
        (ex.Outer(p, h), "p h_{t−1}ᵀ"),
        (ex.Dot(p, h), "pᵀ h_{t−1}"),
        (ex.Mul((p, h)), "p ⊙ h_{t−1}"),
        (ex.Mul((k, p, q)), "k (p ⊙ q)"),
        (ex.Mul((ex.Dot(p, q), h)), "(pᵀ q) h_{t−1}"),
        (ex.Total(h), "𝟏ᵀ h_{t−1}"),
        (ex.Total(ex.Neg(h)), "−𝟏ᵀ h_{t−1}"),
        (ex.Total(ex.Mul((p, h))), "pᵀ h_{t−1}"),
        (ex.Total(ex.Mul((k, h))), "k 𝟏ᵀ h_{t−1}"),
        (ex.Total(ex.Pow(h, Fraction(2))), "‖h_{t−1}‖²"),
        (ex.Call("ones", h), "𝟏"),
        (ex.Call("exp", ex.Mul((k, Var("c_a", 0)))), "e^(k c_{a,t})"),
        (ex.Call("sqrt", k), "√k"),
        (ex.Call("step", k), "[k > 0]"),
        (ex.Pow(k, Fraction(-1, 2)), "k^(−1/2)"),
        (ex.Const(Fraction(-3, 4)), "−3/4"),
        (ex.Const(Fraction(-3, 10), decimal=True), "−0.3"),
        (ex.Div(ex.Add((k, ex.ONE)), ex.Const(Fraction(2))), "1/2 · (k + 1)"),
        (ex.Div(ex.Mul((ex.Const(Fraction(2)), ex.Add((k, ex.ONE)))), ex.Const(Fraction(3))), "2/3 · (k + 1)"),
        (ex.Div(k, ex.Add((k, ex.ONE))), "k/(k + 1)"),
    ],
)
def test_an_expression(expr: Expr, formula: str) -> None:
    """Matrices before columns, inner and outer products, what multiplies a vector, numbers as they are."""
    assert text(Notation(VECTORS).formula(expr)) == formula


@pytest.mark.parametrize(
    ("link", "formula"),
    [
        (Scale(k), "k"),
        (Scale(h), "diag(h_{t−1})"),
        (Matrix(W), "Wᵀ"),
        (Matrix(ex.Transpose(W)), "W"),
        (Spread(h), "h_{t−1}"),
        (Gather(h), "h_{t−1}ᵀ"),
        (Gather(None), "𝟏ᵀ"),
        (Softmax(h), "diag(h_{t−1}) − h_{t−1} h_{t−1}ᵀ"),
    ],
)
def test_a_link_of_a_path(link: LinearMap, formula: str) -> None:
    """The transposed local partial as a factor or a matrix."""
    assert text(Notation(VECTORS).link(link, T)) == formula


# -- paths --------------------------------------------------------------------------------------------------------------


def path_products(network: Network, steps: int, target: Node, keep: int = 9) -> list[str]:
    """The product of each path to a target."""
    notation = Notation(network)
    paths = PathSum(Unrolled(Graph(network), steps), target)
    return [text(tree_formula(notation, path_tree(path), NUMBERS, keep)) for path in paths]


def test_a_path_of_vectors() -> None:
    """Matrices from the parameter to the loss, each of its own step; at the right end the transposed input."""
    assert path_products(load("elman-vector"), 2, Node("W_x")) == [
        "diag(1 − h_1²) W_yᵀ (y_1 − ŷ_1) x_1ᵀ",
        "diag(1 − h_2²) W_yᵀ (y_2 − ŷ_2) x_2ᵀ",
        "diag(1 − h_1²) W_hᵀ diag(1 − h_2²) W_yᵀ (y_2 − ŷ_2) x_1ᵀ",
    ]


def twice(**more: Any) -> Network:
    """A network that uses a state by two ways in one equation, and a matrix transposed."""
    return Network(
        "twice",
        {"h": "W.T@(V@h[t-1]) + p*h[t-1]", "l": "h[t]@h[t]/2"},
        ("W", "V", "p"),
        "l",
        initial={"h": 0},
        shapes={"W": ("n", "n"), "V": ("n", "n"), "h": ("n",), "p": ("n",)},
        **more,
    )


def test_a_path_by_two_ways_at_once() -> None:
    """A local partial of two chains is their sum; what uses Wᵀ receives the column before the row."""
    assert path_products(twice(), 1, Node("h", 0)) == ["Vᵀ W h_1 + diag(p) h_1"]
    assert path_products(twice(), 1, Node("W")) == ["V h_0 h_1ᵀ"]
    assert path_products(twice(), 1, Node("V")) == ["W h_1 h_0ᵀ"]
    assert path_products(twice(loss_at="last"), 2, Node("W"))[1] == "V h_0 (Vᵀ W h_2 + diag(p) h_2)ᵀ"


@pytest.mark.parametrize("network", ["elman", "elman-vector"])
def test_of_a_long_sum_the_first_terms_and_the_last_are_printed(network: str) -> None:
    """With room for four of six paths these are the first two, dots, and the last."""
    found = load(network)
    notation = Notation(found)
    trees = [path_tree(path) for path in PathSum(Unrolled(Graph(found), 6), Node("h", 1))]
    alone = [text(tree_formula(notation, tree, NUMBERS, 4)) for tree in trees]
    assert text(tree_formula(notation, either(trees), NUMBERS, 4)) == f"{alone[0]} + {alone[1]} + ⋯ + {alone[-1]}"
    assert text(tree_formula(notation, either(trees), NUMBERS, 9)) == " + ".join(alone)


# -- rules and gradients ------------------------------------------------------------------------------------------------


def looking(loss: str, **more: Any) -> Network:
    """A network whose loss looks at other steps than its own."""
    return Network(
        "looking",
        {"h": "w*h[t-1] + x[t]", "l": loss},
        ("w",),
        "l",
        inputs=("x",),
        initial={"h": 0} | ({"x": 0} if "x[t+1]" in loss else {}),
        **more,
    )


BACKWARDS = Network(
    "backwards",
    {"b": "tanh(v*b[t+1] + x[t])", "l": "b[t+1]*x[t]"},
    ("v",),
    "l",
    inputs=("x",),
    initial={"b": 0},
)
BESIDE = Network(
    "beside",
    {"h": "w*h[t-1] + x[t]", "g": "v*h[t]", "l": "g[t]*h[t]"},
    ("w", "v"),
    "l",
    inputs=("x",),
    loss_at="last",
    initial={"h": 0},
    adjoints=("g",),
)


TWO_WAYS = Network(
    "ways",
    {"h": "w*h[t-1]", "y": "tanh(h[t])", "s": "v*y[t] + k*s[t-1]", "l": "y[t]*s[t]"},
    ("w", "v", "k"),
    "l",
    loss_at="last",
    initial={"h": 1, "s": 0},
)


@pytest.mark.parametrize(
    ("network", "name", "formula"),
    [
        (load("elman"), "h", "(y_t − ŷ_t) w_y + δ_{t+1} (1 − h_{t+1}²) w_h"),
        (
            load("many-to-one"),
            "h",
            "{ (p_t − ŷ_t) w_y if t = T; δ_{t+1} (1 − h_{t+1}²) w_h if t < T }",
        ),
        (looking("-h[t-1]*x[t]"), "h", "δ_{t+1} w − [t < T] x_{t+1}"),
        (looking("h[t-2]*x[t]"), "h", "δ_{t+1} w + [t < T − 1] x_{t+2}"),
        (looking("h[t-1]*x[t]", loss_at="last"), "h", "δ_{t+1} w + [t = T − 1] x_{t+1}"),
        (BACKWARDS, "b", "δ_{t−1} (1 − b_{t−1}²) v + [t > 1] x_{t−1}"),
        (
            TWO_WAYS,
            "h",
            "{ δ_t^s v (1 − y_t²) + s_t (1 − y_t²) if t = T; δ_t^s v (1 − y_t²) + δ_{t+1}^h w if t < T }",
        ),
        (BESIDE, "h", "{ δ_t^g v + g_t if t = T; δ_t^g v + δ_{t+1}^h w if t < T }"),
    ],
)
def test_a_rule(network: Network, name: str, formula: str) -> None:
    """What comes from the loss, what comes from the step after, and when each exists."""
    recurrence = Recurrence(Graph(network))
    assert text(rule(Notation(network, recurrence.named), recurrence.rules[name])) == formula


@pytest.mark.parametrize(
    ("network", "target", "formula"),
    [
        (load("elman"), "w_h", "Σ_{t=1}^T δ_t (1 − h_t²) h_{t−1}"),
        (load("elman"), "w_y", "Σ_{t=1}^T (y_t − ŷ_t) h_t"),
        (load("many-to-one"), "w_y", "(p_T − ŷ_T) h_T"),
        (load("elman-vector"), "W_h", "Σ_{t=1}^T ((1 − h_t²) ⊙ δ_t) h_{t−1}ᵀ"),
    ],
)
def test_a_gradient(network: Network, target: str, formula: str) -> None:
    """A sum over all steps, from 1 to T; of a loss at the last step one term, at T."""
    recurrence = Recurrence(Graph(network))
    unrolled = Unrolled(recurrence.graph, 3)
    notation = Notation(network, recurrence.named)
    assert text(gradient(notation, recurrence, unrolled, Node(target))) == formula
