"""Products as a teacher leaves them: what cancels is cancelled, everything else stays where it is, vectors stay vectors."""

from __future__ import annotations

import pytest
from samples import said

from derive.equations.functions import FUNCTIONS, NAMES
from derive.equations.parse import parse
from derive.equations.products import is_vector, product_of, softmax_pull, summed_to_one, tidied

VECTORS = frozenset("uvpz")


@pytest.mark.parametrize(
    ("first", "second", "product"),
    [
        ("d", "1/x", "d/x"),
        ("1/x", "d", "d/x"),
        ("-d", "1/x", "-d/x"),
        ("-z/p + (1 - z)/(1 - p)", "p*(1 - p)", "p - z"),
        ("d*(1 - h**2)", "w", "d*(1 - h**2)*w"),
        ("w", "d*(1 - h**2)", "w*d*(1 - h**2)"),
        ("1/x", "y", "y/x"),
        ("d/x", "y", "(d/x)*y"),
        ("u", "1/u", "ones(u)"),
        ("w*(-z/p + (1 - z)/(1 - p))", "p*(1 - p)*x", "w*(p - z)*x"),
        ("a*b*(1/x)", "x*c", "a*b*c"),
        ("d*w", "2*x", "2*d*w*x"),
        ("d", "0.5", "0.5*d"),
    ],
)
def test_a_product_is_shortened_where_it_cancels_only(first: str, second: str, product: str) -> None:
    """The order of factors is the order of the path; u ⊙ 1/u of a vector is 𝟏, not 1."""
    assert said(product_of(parse(first), parse(second), VECTORS)) == product


@pytest.mark.parametrize(
    ("adjoint", "pulled"),
    [
        ("u", "p*u - (p@u)*p"),
        ("-z/p", "sum(z)*p - z"),
        ("z/p", "z - sum(z)*p"),
        ("-z/p/T", "(1/T)*(sum(z)*p - z)"),
        ("-2*z/p", "2*(sum(z)*p - z)"),
    ],
)
def test_softmax_is_pulled_back_through_its_value(adjoint: str, pulled: str) -> None:
    """The vector p ⊙ λ − (pᵀλ) p; for the cross-entropy, λ = −ŷ/p, that is (1ᵀŷ) p − ŷ."""
    assert said(softmax_pull(parse("p"), parse(adjoint), VECTORS)) == pulled


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_distributions_add_up_to_one_along_their_axis_only(axis: int | None) -> None:
    """Of a matrix whose rows add up to 1 the columns and the whole do not; and so on."""
    sums = {None: "sum(z)", 0: "sum(z, axis=0)", 1: "sum(z, axis=1)"}
    for along, text in sums.items():
        found = summed_to_one(parse(f"{text}*p - z"), frozenset({("z", axis)}), VECTORS)
        assert found == parse("p - z" if along == axis else f"{text}*p - z")


@pytest.mark.parametrize("name", [name for name in NAMES if name in FUNCTIONS])
def test_a_function_of_a_vector_is_a_vector_unless_it_sums_up(name: str) -> None:
    """Its row says so; of a scalar it is a scalar."""
    row = FUNCTIONS[name]
    assert is_vector(parse(f"{name}({', '.join(['u'] * row.arity)})"), VECTORS) == (row.acts != "vector to scalar")
    assert not is_vector(parse(f"{name}({', '.join(['k'] * row.arity)})"), VECTORS)


def test_a_function_made_of_others_is_a_vector_where_these_are() -> None:
    """silu(u) is one, mean(u) is a number."""
    assert is_vector(parse("silu(u)"), VECTORS)
    assert is_vector(parse("log_softmax(u)"), VECTORS)
    assert not is_vector(parse("silu(k)"), VECTORS)
    assert not is_vector(parse("mean(u)"), VECTORS)


def test_what_is_tidied_keeps_its_kind() -> None:
    """u/u is 𝟏, u − u is 0."""
    assert said(tidied(parse("u/u"), VECTORS)) == "ones(u)"
    assert said(tidied(parse("u/u"))) == "1"
    assert said(tidied(parse("u - u"), VECTORS)) == "0"
