"""Kept: what a step has computed, another looks at; signs of emitted code stand before what they belong to."""

from __future__ import annotations

import ast
import re

import pytest

from derive import derive, ready_made
from derive.equations import Var
from derive.equations import expression as ex
from derive.programs.code import TARGETS
from derive.programs.signs import outward

SIGNS = re.compile(r"[-+*/] -|- \(?-|\b1\.0 \* |\b1 \* | \* 1\b")


def lines(name: str, target: str, *, plain: bool = False) -> list[str]:
    """The code of a file without its comments, and without what it says above everything."""
    text = derive(name, 1).code(target, plain=plain)
    text = text.partition('"""\n\n')[2] if target not in {"c", "javascript"} else text
    return [line for line in text.splitlines() if not line.lstrip().startswith(("#", "//"))]


@pytest.mark.parametrize(
    ("name", "target", "part"),
    [
        ("lstm", "c", "tanh(c["),
        ("lstm-scalar", "python", "tanh(c_t)"),
        ("linear-attention", "javascript", "S[t][i][j] * q[t][j]"),
        ("linear-attention", "c", "z[t][i] * q[t][i]"),
        ("mgu", "numpy", "U_n.T @"),
        ("ssm", "python", "= exp("),
        ("rnn-classifier", "python", "h[t][i] * h[t][i]"),
    ],
)
def test_a_part_is_computed_once(name: str, target: str, part: str) -> None:
    """A function or a sum over components has one place in the code, whichever pass and step looks at it."""
    assert sum(line.count(part) for line in lines(name, target)) == 1


def test_a_function_in_a_sum_over_components_is_no_part_of_its_loop() -> None:
    """Either side of an outer product is computed before the loop over the other one's components."""
    code = lines("linear-attention", "c")
    assert all("exp(" not in line for line in code if "dW_q[i][j] +=" in line)


def test_two_signs_are_none() -> None:
    """Of the factors with a minus each pair is without one, in a sum each term keeps its own."""
    a, b = Var("a"), Var("b")
    both = ex.Mul((ex.Neg(a), ex.Div(ex.Neg(b), a)))
    assert outward(both) == ex.Mul((a, ex.Div(b, a)))
    assert outward(ex.Add((ex.Dot(ex.Neg(a), b), both))) == ex.Add((ex.Neg(ex.Dot(a, b)), outward(both)))


@pytest.mark.parametrize("target", TARGETS)
def test_no_sign_follows_another(target: str) -> None:
    """Nothing is added that has a minus, and nothing is multiplied by one."""
    for name in ready_made():
        for plain in (True, False):
            found = [line for line in lines(name, target, plain=plain) if SIGNS.search(line)]
            assert not found


@pytest.mark.parametrize("target", ["python", "javascript"])
def test_a_beginning_of_a_product_is_computed_once(target: str) -> None:
    """`dj j (1 - j)` stands in sums and slopes of the network that reads backwards, and is computed at one place."""
    code = lines("seq-bidirectional-lstm", target)
    assert sum(bool(re.search(r"\(1(\.0)? - j", line)) for line in code) == 1


def test_a_power_without_a_step_is_computed_once() -> None:
    """The variance `a^2` of the measurement is asked for in each step and known before the first."""
    assert sum("a * a" in line for line in lines("kalman", "python")) == 1


@pytest.mark.parametrize("target", ["python", "javascript"])
def test_the_sum_of_a_softmax_is_computed_once(target: str) -> None:
    """Each component is divided by one sum, and as many components as there are may be handed over."""
    code = "\n".join(lines("softmax", target))
    assert "/ sum(e)" not in code
    assert "...z" not in code


@pytest.mark.parametrize("target", ["python", "javascript"])
def test_a_gradient_by_a_number_that_begins_is_no_sum(target: str) -> None:
    """What one term makes is assigned; nothing is set to zero before."""
    found = [line.strip() for line in lines("trainable-initial", target) if "dh_0 " in line]
    assert found[0].endswith("dh_0 = da[0] * w_h" + (";" if target == "javascript" else ""))


@pytest.mark.parametrize("name", ready_made())
def test_no_function_of_jax_is_defined_twice_in_another(name: str) -> None:
    """A second scan of one function has a step of its own name."""
    for plain in (True, False):
        tree = ast.parse(derive(name, 1).code("jax", plain=plain))
        for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
            inner = [node.name for node in ast.walk(function) if isinstance(node, ast.FunctionDef)]
            assert len(inner) == len(set(inner))
